"""Generated variants that wait for a decision, as people are asked about them where they answer with a comment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from reconciler.render.inline import code

Standing = Literal["none", "approved", "rejected"]
_WORDS: dict[Standing, str] = {"none": "to decide", "approved": "approved", "rejected": "rejected"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One variant that is ready. `sha256`: 64 hex digits of its file's bytes."""

    number: int
    sha256: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Batch:
    """The files that numbers stand for, of one refresh."""

    generation: int
    sha256: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Undecided:
    """The variants of the newest generation of one refresh that asks for approval, by number."""

    refresh: str
    """Its address: `refresh/hero-hooks`."""
    generation: int
    candidates: tuple[Candidate, ...]

    @property
    def open(self) -> tuple[int, ...]:
        """The numbers nobody has decided on."""
        return tuple(one.number for one in self.candidates if one.standing == "none")


def asking(found: Sequence[Undecided], gallery: str | None) -> str:
    """What people read, with the comments to write. `gallery`: where the variants can be watched."""
    count = sum(len(one.open) for one in found)
    if not count:
        return "**Every variant is decided on.** A new comment changes a decision.\n\n" + _listed(found)
    what = f"{count} variants wait" if count != 1 else "1 variant waits"
    watch = f"[Watch them in the gallery]({gallery})" if gallery else "Watch them: the artifact *gallery* has them"
    return (
        f"🎬 **{what} for a decision.** {watch}, then answer with a new comment; it counts from people who may write "
        "to this repository.\n\n"
        f"{_listed(found)}\n```text\n{_example(next(one for one in found if one.open))}```\n"
    )


def _listed(found: Iterable[Undecided]) -> str:
    lines = []
    for one in found:
        ordered = sorted(one.candidates, key=lambda each: (tuple(_WORDS).index(each.standing), each.number))
        told = [
            f"{numbered([each.number for each in group])} {_WORDS[standing]}"
            for standing, group in groupby(ordered, key=lambda each: each.standing)
        ]
        lines.append(f"- {code(one.refresh)}, generation {one.generation}: {'; '.join(told)}\n")
    return "".join(lines)


def _example(one: Undecided) -> str:
    """Two comments as they could be; with several variants the last one stands for what is not liked."""
    first, last = one.open[:-1] or one.open, one.open[-1]
    return (
        f"/approve {one.refresh} {' '.join(map(str, first))}\n/reject {one.refresh} {last} the reason, in your words\n"
    )


def numbered(numbers: Sequence[int]) -> str:
    """`1, 2 and 3`."""
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last
