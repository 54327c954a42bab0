"""Two normal forms → which fields differ, and where inside a nested value. The only importer of deepdiff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

ABSENT: Final = object()
"""Stands for the old value of what was added, and for the new one of what was removed."""


class InnerChange(NamedTuple):
    """One place inside a nested value that differs."""

    path: str
    """`utm_params[0].value`; for an item of a list that is shown as a set, the list's own path."""
    old: Any
    new: Any


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Names of the fields of `new` whose value in `old` differs, sorted.

    Only fields of `new` are looked at: a field that is not set is not managed.
    """
    if old == new:
        return []
    return sorted(path for path, value in new.items() if old.get(path) != value)


def is_nested(old: Any, new: Any) -> bool:
    """Whether two values differ inside: both are mappings, or both are lists."""
    return all(isinstance(one, Mapping) for one in (old, new)) or all(
        isinstance(one, list | tuple) for one in (old, new)
    )


def inner_changes(path: str, old: Any, new: Any) -> Iterator[InnerChange]:
    """Where two values that differ and are nested do so, in the order of their paths, which begin with `path`.

    Lists are compared place by place. Where both hold plain values, none of them twice, and not the same ones, what
    was added and removed is told instead: so people read a list of ages or places, in whatever order it is kept.
    """
    # It takes a tenth of a second, and few plans have nested values that differ.
    from deepdiff import DeepDiff
    from deepdiff.helper import notpresent

    found = DeepDiff(
        old,
        new,
        view="tree",
        custom_operators=[_AsSet()],
        ignore_type_in_groups=[(list, tuple)],
        ignore_type_subclasses=True,
        ignore_private_variables=False,  # It would take a key that begins with `__` for one.
    )
    for level in sorted((level for kind in found.values() for level in kind), key=_order):
        where = path + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in _parts(level))
        if _are_sets(level.t1, level.t2):
            yield from (InnerChange(where, one, ABSENT) for one in level.t1 if one not in level.t2)
            yield from (InnerChange(where, ABSENT, one) for one in level.t2 if one not in level.t1)
            continue
        before, after = (ABSENT if one is notpresent else one for one in (level.t1, level.t2))
        if before != after:
            yield InnerChange(where, before, after)


class _AsSet:
    """Tells deepdiff to leave two lists to us that are compared as sets."""

    def match(self, level: Any) -> bool:
        return _are_sets(level.t1, level.t2)

    def give_up_diffing(self, level: Any, diff_instance: Any) -> bool:
        diff_instance.custom_report_result("as_set", level)
        return True


def _are_sets(old: Any, new: Any) -> bool:
    """Lists of plain values, none twice in one of them, that do not hold the same ones."""
    if not all(isinstance(one, list | tuple) for one in (old, new)):
        return False
    if any(isinstance(item, Mapping | list | tuple) for item in (*old, *new)):
        return False
    before, after = set(old), set(new)
    return before != after and len(before) == len(old) and len(after) == len(new)


def _parts(level: Any) -> list[Any]:
    """Keys and indices that lead to it."""
    parts: list[Any] = level.path(output_format="list")
    return parts


def _order(level: Any) -> list[tuple[bool, int, str]]:
    """By place; an index stands before a key."""
    return [(False, one, "") if isinstance(one, int) else (True, 0, str(one)) for one in _parts(level)]
