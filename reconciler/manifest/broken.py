"""Which rules of a contract that a manifest breaks are errors, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.contracts.contract import Broken
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


def counts(
    one: Broken, resource: Resource, above: Resource | None, bound: Mapping[Address, Fields], *, births: bool
) -> bool:
    """Whether a rule that a resource breaks is an error: what is there already, and is not touched, never is one."""
    applied = bound.get(resource.address)
    adopts = applied is None and resource.adopt is not None
    sent = births and not adopts and (applied is None or applied.get(one.field) != resource.fields.get(one.field))
    if one.only_new and not sent:
        return False
    return not (is_untouched(resource, bound, one.field) and (above is None or is_untouched(above, bound)))


def is_untouched(resource: Resource, bound: Mapping[Address, Fields], missing: str = "") -> bool:
    """Whether its manifest says of a bound object what was last applied, as far as names tell. `missing`: a field that
    it may lack, unless that was applied."""
    applied = bound.get(resource.address)
    if applied is None or (missing not in resource.fields and applied.get(missing) is not None):
        return False
    return all(
        name in applied and (isinstance(value, Sought) or applied[name] == _applied(value))
        for name, value in resource.fields.items()
    )


def _applied(value: Any) -> Any:
    """A value as the lockfile has it: of a video in the library its id."""
    return value["video_id"] if isinstance(value, Mapping) and value.keys() == {"video_id"} else value
