"""`adopt`: bind a live object to a manifest, at once, under the run lock. Sends nothing but GET."""

from __future__ import annotations

from reconciler.apply.reply import settle_recorded
from reconciler.errors import Finding, Invalid, ReconcilerError
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, LiveObject, LockEntry, Resource
from reconciler.state.ledger import Ledger
from reconciler.workflow.session import Session


def adopt(session: Session, address: Address, identity: str) -> list[str]:
    """Bind; returns the fields whose live value differs from the manifest. Raises Invalid or ReconcilerError."""
    session.workspace  # noqa: B018 - a broken workspace file is reported before a missing token
    with session.writing("adopt") as ledger:
        settle_recorded(ledger, session.workspace.contracts)
        resource = _resource(session, ledger, address, identity)
        reader = session.reader(session.client(read_only=True))
        reader.extra = {address.kind: frozenset(resource.fields)}
        live = reader.listing(address.kind, ids=[identity]).objects.get(identity)
        if live is None:
            message = f"the account shows no {KINDS[address.kind].title} with the id {identity}"
            raise ReconcilerError(Finding("R508", message, address=str(address), hint="check the id and the account"))
        if live.foreign:
            message = f"{identity} is of Smart+, whose objects are never written here"
            raise ReconcilerError(
                Finding("R722", message, address=str(address), hint="declare a new one under another name")
            )
        _check_parent(ledger, resource, live)
        entry = _entry(resource, live)
        ledger.change({address: entry}, "adopt")
        ledger.save()
        return [path for path, value in sorted(entry.applied.items()) if resource.fields[path] != value]


def _resource(session: Session, ledger: Ledger, address: Address, identity: str) -> Resource:
    desired = session.desired(ledger)
    resource = desired.get(address)
    if resource is None:
        raise Invalid(
            Finding("R505", f"no manifest declares {address}", address=str(address), hint="write its manifest first")
        )
    bound = ledger.lock.resources.get(address)
    if bound is not None and bound.id != identity:
        hint = f"let go of it first: `reconciler state rm {address}`"
        raise Invalid(Finding("R508", f"{address} is bound to {bound.id} already", address=str(address), hint=hint))
    for other, entry in ledger.lock.resources.items():
        if other.kind == address.kind and entry.id == identity and other != address:
            hint = f"move it: `reconciler state mv {other} {address}`"
            raise Invalid(Finding("R508", f"{identity} is bound to {other} already", address=str(address), hint=hint))
    if any(intent.address == address for intent in ledger.intents.values()):
        hint = "run `reconciler apply` again after the quiet period"
        raise ReconcilerError(
            Finding("R703", f"{address} has a write of unknown outcome", address=str(address), hint=hint)
        )
    return resource


def _check_parent(ledger: Ledger, resource: Resource, live: LiveObject) -> None:
    if resource.parent is None:
        return
    parent = ledger.lock.resources.get(resource.parent)
    if parent is None:
        hint = f"adopt its parent first: `reconciler adopt {resource.parent} {live.parent or 'ID'}`"
        raise Invalid(
            Finding("R508", f"its parent {resource.parent} is not bound", address=str(resource.address), hint=hint)
        )
    if live.parent != parent.id:
        message = f"{live.id} belongs to {live.parent}, the manifest says {resource.parent} ({parent.id})"
        hint = "correct the manifest's reference, or adopt another object"
        raise Invalid(Finding("R508", message, address=str(resource.address), hint=hint))


def _entry(resource: Resource, live: LiveObject) -> LockEntry:
    """What is live counts as applied; what the API does not show is taken as it is declared."""
    ignored = resource.lifecycle.ignore
    applied = {path: live.fields.get(path, value) for path, value in resource.fields.items() if path not in ignored}
    return LockEntry(
        live.id, resource.parent, applied, resource.lifecycle.on_remove, resource.lifecycle.protect, resource.source,
        "adopted", contract=live.contract,
    )  # fmt: skip
