"""A text of bounded length that is made of groups of items: what does not fit is cut, counted, and never the frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Items that may be cut, with what stands around them."""

    before: str
    items: Sequence[str]
    after: str
    rest: Callable[[int, int], str]
    """(shown, all) → what says that not all are here."""
    most: int


def fill(groups: Sequence[Group], room: int) -> str:
    """Every group with as many of its items as fit; the first ones first."""
    frames = sum(len(one.before) + len(one.after) + len(one.rest(10**9, 10**9)) for one in groups)
    room -= frames
    out = ""
    for one in groups:
        shown = 0
        while shown < min(len(one.items), one.most) and len(one.items[shown]) <= room:
            room -= len(one.items[shown])
            shown += 1
        rest = one.rest(shown, len(one.items)) if shown < len(one.items) else ""
        out += f"{one.before}{''.join(one.items[:shown])}{one.after}{rest}" if shown else rest
    return out
