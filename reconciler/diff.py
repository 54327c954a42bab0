"""Two normal forms → which fields differ. The only importer of deepdiff, and only for what is known to differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def changed_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Names of the fields of `new` whose value in `old` is another one, sorted.

    Only fields of `new` are looked at: a field that is not set is not managed. Equal inputs never load deepdiff, so a
    plan pays for it once per changed resource, not once per resource.
    """
    compared = {path: old.get(path) for path in new}
    if compared == new:
        return []
    from deepdiff import DeepDiff

    tree = DeepDiff(compared, dict(new), view="tree", ignore_type_subclasses=True)
    return sorted({level.path(output_format="list")[0] for kind in tree.values() for level in kind})
