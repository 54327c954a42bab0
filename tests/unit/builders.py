"""Short ways to write the engine's values in a test; what a test does not name is as plain as can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.contracts.registry import Contracts
from reconciler.kinds.registry import KINDS
from reconciler.manifest.document import Document
from reconciler.manifest.references import references as named
from reconciler.manifest.yaml import read
from reconciler.model import (
    Address,
    Change,
    FieldChange,
    Lifecycle,
    LiveObject,
    LockEntry,
    Number,
    Plan,
    Resource,
    Source,
)
from reconciler.plan import decide as planning
from reconciler.plan import removals
from reconciler.plan.basis import Basis, Draft
from reconciler.plan.sending import Action

ADVERTISER = "7000000000000000001"
NOON = 1_780_000_000.0
"""2026-05-28, some time of the day."""


def at(text: str) -> Address:
    """`campaign/spring` as an address."""
    return Address.parse(text)


def resource(
    address: str, fields: Mapping[str, Any] | None = None, *, parent: str | None = None, name: str = "", **more: Any
) -> Resource:
    """A declared resource; `more` are the keys of its lifecycle, and `labels`."""
    where = at(address)
    labels = more.pop("labels", {})
    return Resource(
        address=where,
        fields=dict(fields or {}),
        parent=at(parent) if parent else None,
        name=name or where.name,
        lifecycle=Lifecycle(**more),
        labels=labels,
        source=Source("manifests/a.yaml", 1),
        refs=references(where, fields or {}, at(parent) if parent else None),
    )


def references(address: Address, fields: Mapping[str, Any], parent: Address | None) -> dict[str, Address]:
    """The edges that the loader would read from such a manifest."""
    kind = KINDS[address.kind]
    above = {kind.parent_field or "video": parent} if parent else {}
    return {**above, **named(kind, fields)}


def entry(
    identity: str, applied: Mapping[str, Any] | None = None, *, parent: str | None = None, **more: Any
) -> LockEntry:
    """A lockfile entry, as an apply of the manifest's plain form would leave it."""
    source = more.pop("source", Source("manifests/a.yaml", 1))
    return LockEntry(identity, at(parent) if parent else None, dict(applied or {}), source=source, **more)


def live(identity: str, name: str = "", parent: str | None = None, **fields: Any) -> LiveObject:
    """A live object."""
    return LiveObject(identity, name, parent, fields)


def basis(
    desired: Iterable[Resource] = (),
    entries: Mapping[str, LockEntry] | None = None,
    shown: Mapping[str, Iterable[LiveObject]] | None = None,
    **more: Any,
) -> Basis:
    """What a plan depends on: manifests, lockfile by address, live objects by kind."""
    kinds: dict[str, dict[str, LiveObject]] = {kind: {} for kind in OPENAPI.bindings}
    names: dict[str, dict[tuple[str | None, str], list[str]]] = {kind: {} for kind in OPENAPI.bindings}
    for kind, objects in (shown or {}).items():
        for one in objects:
            kinds[kind][one.id] = one
            names[kind].setdefault((one.parent, one.name), []).append(one.id)
    return Basis(
        contracts=Contracts(OPENAPI),
        advertiser_id=ADVERTISER,
        currency="USD",
        now=more.pop("now", NOON),
        desired={one.address: one for one in desired},
        entries={at(address): one for address, one in (entries or {}).items()},
        live=kinds,
        names=names,
        **more,
    )


def decided(given: Basis) -> Draft:
    """Everything the engine decides on it."""
    draft = planning.decide(given)
    removals.decide(given, draft)
    return draft


def planned(given: Basis) -> Plan:
    """The same as a plan."""
    draft = decided(given)
    return plan(*draft.changes, unchanged=draft.unchanged, warnings=tuple(draft.warnings), entries=draft.entries)


def plan(*changes: Change, **more: Any) -> Plan:
    """A plan of these rows."""
    return Plan("openapi", ADVERTISER, more.pop("currency", "USD"), tuple(changes), **more)


def change(address: str, op: str, reason: str = "", identity: str | None = None, **new: Any) -> Change:
    """A row whose fields are new, or go from the first to the second of a pair."""
    fields = []
    for path, value in sorted(new.items()):
        old, after, *side = value if isinstance(value, tuple) else (None, value)
        fields.append(FieldChange(path, old, after, *side))
    return Change(at(address), op, reason, identity, tuple(fields))  # type: ignore[arg-type] # a test may misspell


def money(text: str) -> Number:
    """An amount in normal form."""
    return Number(text)


def told(actions: Iterable[Action]) -> list[str]:
    """Actions as `verb address`, in order."""
    return [f"{one.verb} {one.address}" for one in actions]


def documents(text: str) -> list[Document]:
    """The documents of a YAML text that has no mistake as YAML."""
    found, wrong = read("manifests/a.yaml", text.encode())
    assert not wrong, wrong
    return found


CAMPAIGN: dict[str, Any] = {
    "objective_type": "TRAFFIC",
    "budget_mode": "BUDGET_MODE_DAY",
    "budget": Number("50.00"),
}
PARENTS = {short: kind.parent for short, kind in KINDS.items() if short in OPENAPI.bindings}
