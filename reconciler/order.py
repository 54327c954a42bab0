"""References → stages: parents before children. Removals walk the same stages backwards.

campaign ── adgroup ── ad
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class Cycle(ValueError):
    """References that lead back to where they started; `path` names them in order."""

    def __init__(self, path: list[str]) -> None:
        self.path = path
        super().__init__(" → ".join(path))


def stages(references: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Kind → number of the stage it belongs to: one more than the highest of the kinds it refers to, from 0.

    `references` gives for each kind the kinds it refers to; a kind that is not a key of it is ignored. Raises Cycle.
    """
    result: dict[str, int] = {}

    def visit(kind: str, path: list[str]) -> int:
        if kind in path:
            raise Cycle([*path[path.index(kind) :], kind])
        if kind not in result:
            below = [visit(up, [*path, kind]) for up in references[kind] if up in references]
            result[kind] = 1 + max(below, default=-1)
        return result[kind]

    for kind in references:
        visit(kind, [])
    return result
