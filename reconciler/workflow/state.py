"""`state`: the lockfile by hand. Every change goes through the journal like an effect, and calls nothing."""

from __future__ import annotations

from typing import Any

from reconciler.apply.reply import settle_recorded
from reconciler.errors import Finding, Invalid
from reconciler.kinds.fields import NAME_PATTERN
from reconciler.kinds.registry import KINDS
from reconciler.manifest.words import misaddressed, nearest
from reconciler.model import Address, Entry, LockEntry
from reconciler.plan.basis import sort_key
from reconciler.plan.moves import moved, names
from reconciler.state.entries import entry_json
from reconciler.state.ledger import Ledger
from reconciler.workflow.plan import written
from reconciler.workflow.session import Session, usable

_IDS = ("id", "stock_video_id", "library_id")
"""Where an entry has its id; a Video may have two."""


def parse(text: str) -> Address:
    """An address of a known kind. Raises Invalid."""
    try:
        address = Address.parse(text)
    except ValueError:
        address = Address("", "")
    if address.kind not in KINDS or not NAME_PATTERN.fullmatch(address.name):
        kind, slash, name = text.partition("/")
        near = nearest(kind, KINDS) if slash and NAME_PATTERN.fullmatch(name) and kind not in KINDS else None
        hint = (f"{near} " if near else "") + f"write KIND/NAME; kinds: {', '.join(KINDS)}"
        raise Invalid(Finding("R901", f'"{text}" is not an address', hint=hint))
    return address


def entries(session: Session) -> dict[Address, Entry]:
    """What the lockfile knows, the journal folded in, parents first."""
    ledger = session.ledger()
    settle_recorded(ledger, session.workspace.contracts)
    known = ledger.lock.all()
    return {address: known[address] for address in sorted(known, key=sort_key)}


def row(address: Address, entry: Entry) -> dict[str, str | None]:
    """One row of `state list --json`."""
    parent = entry.parent if isinstance(entry, LockEntry) else None
    identity = next((found for name in _IDS if (found := getattr(entry, name, None))), None)
    return {"address": str(address), "id": identity, "parent": str(parent) if parent else None}


def show(session: Session, address: Address) -> dict[str, Any]:
    """One entry. Raises Invalid."""
    return entry_json(_known(entries(session), address))


def move(session: Session, old: Address, new: Address) -> None:
    """Give an entry another address; what belongs to it follows. Raises Invalid."""
    with session.writing("state mv") as ledger:
        settle_recorded(ledger, session.workspace.contracts)
        _known(ledger.lock.all(), old)
        if old.kind != new.kind:
            raise _not_possible(
                f"{old.kind} and {new.kind} are different kinds", old, f"write the new address as {old.kind}/NAME"
            )
        if old == new:
            raise _not_possible("it has this address already", old, "write another one")
        if new in ledger.lock.all():
            raise _not_possible(
                f"{new} is in the lockfile already", old, f"let go of it first: `reconciler state rm {new}`"
            )
        _refuse_open(ledger, old)
        ledger.change(moved(ledger.lock.all(), [(old, new)]), "state mv")
        ledger.save()


def remove(session: Session, address: Address) -> None:
    """Forget an entry; the live object stays as it is. Raises Invalid."""
    with session.writing("state rm") as ledger:
        settle_recorded(ledger, session.workspace.contracts)
        _known(ledger.lock.all(), address)
        below = [str(one) for one, entry in ledger.lock.resources.items() if entry.parent == address]
        if below:
            of = "1 entry belongs" if len(below) == 1 else f"{len(below)} entries belong"
            hint = f"let go of what belongs to it first: `reconciler state rm {min(below)}`"
            raise _not_possible(f"{of} to it: {', '.join(sorted(below)[:5])}", address, hint)
        _refuse_open(ledger, address)
        ledger.change({address: None}, "state rm")
        ledger.save()


def unlock(session: Session, lock_id: str | None) -> None:
    """Forget a run that is gone. Raises Locked while it lives; on a state branch, where only its id says so."""
    session.workspace  # noqa: B018 - only a workspace has a lock
    with usable():
        session.store.unlock(lock_id)


def _known(entries: dict[Address, Entry], address: Address) -> Entry:
    if address not in entries:
        hint = misaddressed(str(address), map(str, entries)) or "`reconciler state list` shows what the lockfile holds"
        raise Invalid(Finding("R505", "it is not in the lockfile", address=str(address), hint=hint))
    return entries[address]


def _refuse_open(ledger: Ledger, address: Address) -> None:
    if any(names(text, address) for text in written(ledger)):
        raise _not_possible("it has a write of unknown outcome", address, "settle it first: see `reconciler recover`")


def _not_possible(message: str, address: Address, hint: str) -> Invalid:
    return Invalid(Finding("R508", message, address=str(address), hint=hint))
