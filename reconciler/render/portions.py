"""A text of bounded length, made of portions of items: what does not fit is cut and counted, and never the frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Portion:
    """Items that may be cut, with what stands around them."""

    before: str
    items: Sequence[str]
    after: str
    rest: Callable[[int, int], str]
    """(shown, all) → what says that not all are here."""
    most: int


def fill(portions: Sequence[Portion], room: int) -> str:
    """Every group with as many of its items as fit; the first ones first."""
    frames = sum(len(one.before) + len(one.after) + len(one.rest(10**9, 10**9)) for one in portions)
    room -= frames
    out = ""
    for one in portions:
        shown = 0
        while shown < min(len(one.items), one.most) and len(one.items[shown]) <= room:
            room -= len(one.items[shown])
            shown += 1
        rest = one.rest(shown, len(one.items)) if shown < len(one.items) else ""
        out += f"{one.before}{''.join(one.items[:shown])}{one.after}{rest}" if shown else rest
    return out
