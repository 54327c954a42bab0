"""Which rules of a contract that a manifest breaks are errors, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.contracts.contract import Broken, Contract
from reconciler.kinds.fields import Sought
from reconciler.kinds.registry import KINDS
from reconciler.manifest import named
from reconciler.manifest.document import Document
from reconciler.manifest.problems import Problem
from reconciler.model import Address, Fields, Resource


def broken_rule(one: Broken, resource: Resource, document: Document) -> Problem:
    """A rule that a resource breaks, at the field of its document that says so."""
    path = named.written(KINDS[resource.address.kind], document.value["spec"], one.field)
    where = path or ("spec",)
    return Problem(one.code, one.message, document, where, path is None, one.hint, str(resource.address))


def broken_rules(
    contract: Contract,
    resource: Resource,
    above: Resource | None,
    bound: Mapping[Address, Fields],
    currency: str | None,
    *,
    births: bool,
) -> list[Broken]:
    """The rules whose breach is an error: what is there already, and is not made worse, never is one."""
    kind = resource.address.kind
    found = list(contract.rules(kind, resource.fields, above.fields if above else None, currency))
    if not found:
        return []
    applied = bound.get(resource.address)
    new = applied is None and resource.adopt is None
    whole = applied is not None and all(_is_there(applied.get(one)) for one in contract.bindings[kind].required)
    untouched = all(one is None or is_untouched(one, bound) for one in (resource, above))
    old: set[tuple[str, str]] = set()
    if applied is not None and whole:
        before = {name: value for name, value in applied.items() if _is_there(value)}
        parent = bound.get(above.address) if above else None
        old = {(one.field, one.code) for one in contract.rules(kind, before, parent, currency)}

    def counts(one: Broken) -> bool:
        kept = is_kept(resource, bound, one.field)
        if one.only_new:
            return births and (new or (applied is not None and not kept))
        return not kept or ((one.field, one.code) not in old if whole else not untouched)

    return [one for one in found if counts(one)]


def is_kept(resource: Resource, bound: Mapping[Address, Fields], name: str) -> bool:
    """Whether its manifest says of one field of a bound object what was last applied, or both say nothing."""
    applied = bound.get(resource.address)
    if applied is None or name not in resource.fields:
        return applied is not None and not _is_there(applied.get(name))
    value = resource.fields[name]
    return name in applied and (isinstance(value, Sought) or applied[name] == _applied(value))


def is_untouched(resource: Resource, bound: Mapping[Address, Fields]) -> bool:
    """Whether its manifest says nothing of a bound object but what was last applied, as far as names tell."""
    return resource.address in bound and all(is_kept(resource, bound, name) for name in resource.fields)


def _is_there(value: Any) -> bool:
    return value not in (None, "", ())


def _applied(value: Any) -> Any:
    """A value as the lockfile has it: of a video in the library its id."""
    return value["video_id"] if isinstance(value, Mapping) and value.keys() == {"video_id"} else value
