"""A line to write into a manifest, in words: where, whether it is new, and its text."""

from __future__ import annotations

from reconciler.manifest.edits import Edit
from reconciler.text import clean


def edit(one: Edit) -> str:
    """`manifests/a.yaml:7: budget: 60.00`, on one line."""
    lines = f"{one.line}" if one.last_line == one.line else f"{one.line}-{one.last_line}"
    place = f"{clean(one.file)}:{lines}"
    if one.action == "remove":
        return f"remove {place}"
    new = " (a new line)" if one.action == "insert" else ""
    return f"{place}{new}: {clean(one.text.strip())}"
