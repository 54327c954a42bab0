"""Which accounts a command is about."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reconciler.errors import Finding, Invalid
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.file import FILE
from reconciler.fleet.load import ACCOUNTS, Fleet, module_folder


@dataclass(frozen=True, slots=True)
class Selection:
    """What the command line asks for; everything, unless told."""

    names: Sequence[str] = ()
    """Globs over names: one of them matches."""
    labels: Mapping[str, str] | None = None
    """All of them are the account's."""
    changed: Collection[str] | None = None
    """Files that changed, from the fleet's folder; None: not asked."""
    only: Collection[str] | None = None
    """Names, and no other."""
    ring: str | None = None
    """Only accounts in it."""
    limit: int | None = None
    """Only the first so many."""


def selected(fleet: Fleet, asked: Selection) -> list[FleetAccount]:
    """The accounts, in the order of their names. Raises Invalid for a glob, a label or a ring of none."""
    for glob in asked.names:
        if not any(fnmatchcase(one.name, glob) for one in fleet.accounts):
            raise Invalid(Finding("R413", f'no account is named "{glob}"', hint="`reconciler fleet list` names them"))
    for key, value in (asked.labels or {}).items():
        if not any(one.labels.get(key) == value for one in fleet.accounts):
            hint = "`reconciler fleet list` shows the labels of each"
            raise Invalid(Finding("R413", f"no account has the label {key}={value}", hint=hint))
    if asked.ring is not None and asked.ring not in {one.name for one in fleet.file.rings}:
        raise Invalid(Finding("R413", f'no ring is named "{asked.ring}"', hint=f"see `rings:` of {FILE}"))
    found = [one for one in fleet.accounts if _is_asked(fleet, one, asked)]
    return found if asked.limit is None else found[: asked.limit]


def _is_asked(fleet: Fleet, one: FleetAccount, asked: Selection) -> bool:
    return (
        (not asked.names or any(fnmatchcase(one.name, glob) for glob in asked.names))
        and (asked.labels is None or asked.labels.items() <= one.labels.items())
        and (asked.ring is None or fleet.ring_of(one) == asked.ring)
        and (asked.only is None or one.name in asked.only)
        and (asked.changed is None or _has_changed(fleet, one, asked.changed))
    )


def _has_changed(fleet: Fleet, one: FleetAccount, changed: Collection[str]) -> bool:
    """Whether a file changed from which the account is made: the fleet's, its own, or one of a module that it uses."""
    if FILE in changed or one.file in changed:
        return True
    own = one.given.workspace or f"{ACCOUNTS}/{one.name}"
    modules = [use["module"] for use in one.given.uses if isinstance(use.get("module"), str)]
    folders = [posixpath.normpath(one) for one in (own, *map(module_folder, modules))]
    return any(file.startswith(f"{folder}/") for file in changed for folder in folders)
