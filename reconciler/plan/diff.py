"""Two normal forms → which fields differ. The only importer of deepdiff, and only for what is known to differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Names of the fields of `new` whose value in `old` is another one, sorted.

    Only fields of `new` are looked at: a field that is not set is not managed. Plain `!=` comes first; deepdiff is
    loaded for resources that differ in a list or a mapping.
    """
    compared = {path: old.get(path) for path in new}
    if compared == new:
        return []
    plain = [path for path, value in new.items() if compared[path] != value]
    if not any(isinstance(value, Mapping | tuple | list) for path in plain for value in (compared[path], new[path])):
        return sorted(plain)
    from deepdiff import DeepDiff

    old_part, new_part = {path: compared[path] for path in plain}, {path: new[path] for path in plain}
    tree = DeepDiff(old_part, new_part, view="tree", ignore_type_subclasses=True)
    return sorted({level.path(output_format="list")[0] for kind in tree.values() for level in kind})
