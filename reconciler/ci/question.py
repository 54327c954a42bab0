"""What people are asked, hidden and shown: a line that lists generation and SHA-256 of each number, and the text.

    <!-- reconciler {"asked": {"refresh/hero-hooks": {"generation": 1, "sha256": {"1": "…"}}}, "kind": "question",
                     "scope": ".", "since": "2026-11-21T10:00:00Z", "v": 1} -->

`since` is when exactly this was asked first: an answer that is older was written to something else. It stays while the
text around it is written again. The line says what people saw; what is true, the state says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.ci import marker
from reconciler.render.deciding import Batch, Undecided, asking

_END = "<!-- above: what is to be decided -->"
_FIRST = 5
"""So many lines of a text may hold the line: what stands further below is a plan."""
_SHOWN_WITH = 900
"""Characters of the text around what is listed."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked in one place. `scope`: the workspace's folder. `gallery`: a link."""

    scope: str
    since: str
    undecided: tuple[Undecided, ...]
    gallery: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether anything waits for a decision."""
        return any(one.open for one in self.undecided)

    @property
    def batches(self) -> dict[str, Batch]:
        """By address."""
        return {
            one.refresh: Batch(one.generation, {each.number: each.sha256 for each in one.candidates})
            for one in self.undecided
        }


@dataclass(frozen=True, slots=True)
class Heading:
    """The hidden line, read back."""

    scope: str
    since: str
    batches: Mapping[str, Batch]


def placed(text: str, before: str, asked: Question | None, room: int) -> str:
    """A text of ours with the question below its first two lines, in at most `room` characters.

    `before`: the text as it was. Without a question of now, the one that it held stays.
    """
    block = _kept(before) if asked is None else _block(_since(asked, before), room)
    head, status, rest = (*text.split("\n", 2), "", "")[:3]
    return f"{head}\n{status}\n{block}\n{rest}" if block else text


def heading(text: str) -> Heading | None:
    """What a text of ours asks; None when it asks nothing."""
    for line in text.split("\n", _FIRST)[:_FIRST]:
        found = marker.read(line) or {}
        if (found.get("v"), found.get("kind")) == (1, "question"):
            try:
                batches = {str(name): _batch(one) for name, one in found["asked"].items()}
                return Heading(str(found["scope"]), str(found["since"]), batches)
            except (AttributeError, KeyError, TypeError, ValueError):
                return None
    return None


def _batch(told: Mapping[str, object]) -> Batch:
    sha256 = told["sha256"]
    if not isinstance(sha256, Mapping):
        raise TypeError
    return Batch(int(str(told["generation"])), {int(number): str(digest) for number, digest in sha256.items()})


def _since(asked: Question, before: str) -> Question:
    """The same, as old as it is."""
    old = heading(before)
    return replace(asked, since=old.since) if old and old.batches == asked.batches else asked


def _block(asked: Question, room: int) -> str:
    fitted = replace(asked, undecided=_fitting(asked.undecided, room - _SHOWN_WITH))
    if not fitted.undecided:
        return ""
    listed = {
        name: {"generation": one.generation, "sha256": {str(number): digest for number, digest in one.sha256.items()}}
        for name, one in fitted.batches.items()
    }
    line = marker.line("question", asked.scope, since=asked.since, asked=listed)
    left = sum(len(one.open) for one in asked.undecided) - sum(len(one.open) for one in fitted.undecided)
    more = f"\n{left} more are asked about when these are decided.\n" if left else ""
    return f"{line}\n\n{asking(fitted.undecided, asked.gallery)}{more}{_END}"


def _fitting(found: Sequence[Undecided], room: int) -> tuple[Undecided, ...]:
    """As many as there is room for, those that wait first."""
    shown = []
    for one in sorted(found, key=lambda each: not each.open):
        room -= 2 * len(one.refresh) + 80
        count = max(room // 80, 0)
        ordered = sorted(one.candidates, key=lambda each: (each.standing != "none", each.number))[:count]
        room -= 80 * len(ordered)
        if ordered:
            shown.append(replace(one, candidates=tuple(sorted(ordered, key=lambda each: each.number))))
    return tuple(sorted(shown, key=lambda each: each.refresh))


def _kept(before: str) -> str:
    """The question that a text of ours holds."""
    if heading(before) is None or _END not in before:
        return ""
    lines = before.split("\n")
    start = next(at for at, line in enumerate(lines) if (marker.read(line) or {}).get("kind") == "question")
    return "\n".join(lines[start : lines.index(_END) + 1])
