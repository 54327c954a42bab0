"""`--target` and `--exclude`: a part of a plan, with what that part still needs. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from fnmatch import fnmatchcase

from msgspec.structs import replace

from reconciler.errors import Finding, Invalid
from reconciler.manifest.words import misaddressed
from reconciler.model import Address, Change, Entry, LockEntry, Plan, Resource

_GLOB = re.compile(r"[*?\[]|^label:")
_MAKES = ("create", "replace", "adopt", "upload", "refresh", "blocked")


def narrow(
    plan: Plan,
    desired: Mapping[Address, Resource],
    entries: Mapping[Address, Entry],
    targets: Sequence[str],
    excludes: Sequence[str],
) -> Plan:
    """The rows that the targets name and the parents they still need, less the excluded ones and what needs those.

    A target is a glob over addresses or `label:KEY=VALUE`. What is left out is counted in `untargeted`. Moves are never
    left out: everything else goes by the new addresses. Raises Invalid when a pattern matches nothing at all, which is
    a typing mistake.
    """
    if not targets and not excludes:
        return plan
    known = {*desired, *entries}
    names = {str(address) for address in known}
    for pattern in (*targets, *excludes):
        if pattern not in names and not any(_matches(pattern, address, desired) for address in known):
            raise Invalid(_nothing(pattern, known, desired))
    is_target, is_excluded = _matcher(targets, desired), _matcher(excludes, desired)
    rows = {change.address: change for change in plan.changes if change.op != "move"}
    chosen = {one for one in rows if not targets or is_target(one)}
    for address in list(chosen):
        chosen.update(_needed(address, rows, desired, entries))
    dropped = {one for one in rows if is_excluded(one)}
    kept = {one for one in chosen - dropped if not (_needed(one, rows, desired, entries) & dropped)}
    changes = tuple(change for change in plan.changes if change.op == "move" or change.address in kept)
    meant = {one for one in known if (not targets or is_target(one)) and not is_excluded(one)}
    within = {address: entry for address, entry in plan.entries.items() if address in meant}
    aside = {str(one) for one in known - meant - kept}
    # A warning about an object begins with its address; one about the account or a guard rail does not.
    warnings = tuple(one for one in plan.warnings if re.split("[: ]", one, maxsplit=1)[0] not in aside)
    untargeted = len(plan.changes) - len(changes)
    return replace(plan, changes=changes, entries=within, warnings=warnings, untargeted=untargeted)


def _nothing(pattern: str, known: Set[Address], desired: Mapping[Address, Resource]) -> Finding:
    """A pattern that matches nothing, with what was probably meant."""
    labels = {f"label:{key}={value}" for one in desired.values() for key, value in one.labels.items()}
    near = misaddressed(pattern, [*map(str, known), *labels])
    hint = near or "`reconciler state list` and the manifests name them"
    return Finding("R902", f'"{pattern}" matches no address', hint=hint)


def _needed(
    address: Address,
    rows: Mapping[Address, Change],
    desired: Mapping[Address, Resource],
    entries: Mapping[Address, Entry],
) -> set[Address]:
    """What it refers to that is not there yet, or whose birth is not finished."""
    found: set[Address] = set()
    resource = desired.get(address)
    for target in resource.refs.values() if resource else ():
        row, entry = rows.get(target), entries.get(target)
        unborn = isinstance(entry, LockEntry) and entry.unpaused
        if row is not None and (unborn or row.op in _MAKES):
            found |= {target, *_needed(target, rows, desired, entries)}
    return found


def _matcher(patterns: Sequence[str], desired: Mapping[Address, Resource]) -> Callable[[Address], bool]:
    """Whether one of the patterns matches an address; those that are plain addresses, however many, are looked up."""
    plain = {one for one in patterns if not _GLOB.search(one)}
    globs = [one for one in patterns if one not in plain]
    return lambda address: str(address) in plain or any(_matches(one, address, desired) for one in globs)


def _matches(pattern: str, address: Address, desired: Mapping[Address, Resource]) -> bool:
    if pattern.startswith("label:"):
        key, _, value = pattern.removeprefix("label:").partition("=")
        resource = desired.get(address)
        return resource is not None and resource.labels.get(key) == value
    return fnmatchcase(str(address), pattern)
