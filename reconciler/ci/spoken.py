"""What a comment says to us: `/approve refresh/hero-hooks 1 3` and `/reject refresh/hero-hooks 2 the reason`.

A command is a line of its own; a comment may hold several. What is quoted, stands in a block of code or in an HTML
comment is not said by the one who writes. After the numbers `g2` may stand, the generation that was watched: the
gallery writes it. Comments are data: nothing here is a shell's or a path's business.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

_COMMAND = re.compile(r" {0,3}/(approve|reject)(?:\s+(.*))?", re.ASCII)
_ADDRESS = re.compile(r"refresh/[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
_GENERATION = re.compile(r"g([0-9]{1,9})", re.ASCII)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<pre\b.*?(?:</pre\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_FORM = "/approve refresh/NAME 1 3, or /reject refresh/NAME 2 and the reason"
_LONGEST = 500
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class Order:
    """One command. `generation`: the one that was watched, where the command names it."""

    decision: Literal["approved", "rejected"]
    refresh: str
    numbers: tuple[int, ...]
    generation: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """The commands of one comment, and what is wrong with it: then none of them counts."""

    orders: tuple[Order, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Whether the comment is not meant for us."""
        return not self.orders and not self.problems


def spoken(body: str) -> Spoken:
    """Read a comment."""
    orders, problems = [], []
    for line in said(body):
        if match := _COMMAND.fullmatch(line):
            found = _order("approved" if match[1] == "approve" else "rejected", (match[2] or "").split())
            if isinstance(found, Order):
                orders.append(found)
            else:
                problems.append(f"/{match[1]}: {found}")
    return Spoken(tuple(orders), (*problems, *_contradictions(orders)))


def said(body: str) -> Iterator[str]:
    """The lines that count."""
    fence = ""
    for line in _HIDDEN.sub("", body.replace("\r\n", "\n").replace("\r", "\n")).split("\n"):
        match = _FENCE.match(line)
        if fence:
            # Only as many of the same characters, with nothing behind them, end a block.
            fence = "" if match and line.strip() == match[1] and match[1].startswith(fence) else fence
        elif match:
            fence = match[1]
        elif not line.startswith(("    ", "\t")) and not line.lstrip().startswith(">"):
            yield line


def _order(decision: Literal["approved", "rejected"], words: list[str]) -> Order | str:
    """What a command means, or what is wrong with it."""
    if not words or not _ADDRESS.fullmatch(words[0]):
        return f"the address of a refresh comes first: {_FORM}"
    refresh, rest, numbers = words[0], words[1:], list[int]()
    while rest and _NUMBER.fullmatch(rest[0].rstrip(",")):
        numbers.append(int(rest.pop(0).rstrip(",")))
    if not numbers:
        return f"it names no number of a variant: {_FORM}"
    generation = _GENERATION.fullmatch(rest[0]) if rest else None
    note = _one_line(rest[1:] if generation else rest)
    if len(note) > _LONGEST:
        return f"the reason has {len(note)} characters; {_LONGEST} fit"
    return Order(
        decision, refresh, tuple(dict.fromkeys(numbers)), int(generation[1]) if generation else None, note or None
    )


def _one_line(words: Iterable[str]) -> str:
    """A reason as a document can hold it: without control, format and unpaired characters."""
    text = " ".join(words)
    return "".join(one for one in text if unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp")).strip()


def _contradictions(orders: Iterable[Order]) -> Iterator[str]:
    taken: dict[tuple[str, int], str] = {}
    for one in orders:
        for number in one.numbers:
            if taken.setdefault((one.refresh, number), one.decision) != one.decision:
                yield f"variant {number} of {one.refresh} is both approved and rejected: say which"
