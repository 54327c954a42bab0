"""The word that was probably meant: of a vocabulary, or of the names that people chose."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_PART = re.compile(r"[-/:=]")
_SHORTEST = 4
"""Letters. A shorter part (us, uk, de, v2) is a choice, and one letter makes another choice of it."""

_STATUSES = {
    "ENABLE": "ACTIVE ACTIVATED ENABLED LIVE ON RESUME RUN RUNNING START STARTED TRUE YES",
    "DISABLE": "DEACTIVATED DISABLED FALSE INACTIVE NO OFF PAUSE PAUSED STOP STOPPED",
}
MEANT: dict[str, str] = {word: status for status, words in _STATUSES.items() for word in words.split()}
"""What people write for a status, in capitals → what it is here."""
REMOVED = frozenset({"ARCHIVE", "ARCHIVED", "DELETE", "DELETED", "REMOVE", "REMOVED"})
"""What they write to get rid of an object."""


def nearest(word: str, among: Iterable[str]) -> str | None:
    """A hint that names the most alike of the known words, if any is alike enough."""
    folded = {one.lower(): one for one in among}
    close = difflib.get_close_matches(word.lower()[:100], list(folded), n=1, cutoff=0.6)
    return f"did you mean `{folded[close[0]]}`?" if close else None


class Vocabulary:
    """Names that people chose, indexed: who asks for each of many wrong names compares each with a few alone."""

    def __init__(self, names: Iterable[str]) -> None:
        self._joined: dict[str, list[str]] = {}
        """By what they are without hyphens."""
        self._parts: dict[tuple[_Shape, int, str], list[str]] = {}
        """By shape, number of a part, and that part with a letter left out: two that are a slip apart share one."""
        for name in dict.fromkeys(names):
            folded = name.lower()
            self._joined.setdefault(folded.replace("-", ""), []).append(name)
            shape, parts = _shape(folded)
            for place, part in parts:
                for one in _shortened(part):
                    self._parts.setdefault((shape, place, one), []).append(name)

    def misspelt(self, name: str) -> str | None:
        """A hint that names what a name is a typing mistake of; None where none or several come into question.

        `spring-uk` is never taken for `spring-us`, nor `q1-2026` for `q1-2025`: whoever follows a hint blindly must
        not spend money in another market.
        """
        folded = name.lower()
        shape, parts = _shape(folded)
        found = set(self._joined.get(folded.replace("-", ""), ()))
        alike = [[self._parts.get((shape, place, one), []) for one in _shortened(part)] for place, part in parts]
        # Every part must be alike: those of the part that fewest have in common are enough to look at.
        for some in min(alike, key=lambda groups: sum(map(len, groups)), default=[]):
            found.update(one for one in some if one not in found and _is_typo(folded, one.lower()))
        return _only([one for one in found if one != name])


_Shape = tuple[str, ...]


def _shape(folded: str) -> tuple[_Shape, list[tuple[int, str]]]:
    """What two names must have in common to be a slip apart: short parts as they are, of long ones the digits. With
    it the long parts, by their place."""
    parts = _PART.split(folded)
    shape = tuple(one if len(one) < _SHORTEST else f"*{_digits(one)}" for one in parts)
    return shape, [(place, one) for place, one in enumerate(parts) if len(one) >= _SHORTEST]


def _shortened(part: str) -> set[str]:
    """The part, and the part without each of its letters."""
    return {part, *(part[:place] + part[place + 1 :] for place in range(len(part)))}


def misspelt(name: str, among: Iterable[str]) -> str | None:
    """What `Vocabulary` says of one name alone."""
    return _only([one for one in among if one != name and _is_typo(name.lower(), one.lower())])


def misaddressed(text: str, among: Iterable[str]) -> str | None:
    """The same for an address, also one whose kind was left out or is another one, and for `label:KEY=VALUE`."""
    names = {one: one.partition("/")[2] for one in among}
    written = text.rpartition("/")[2]
    if hint := _only([one for one, name in names.items() if name == written]):
        return hint
    if written != text or ":" in text:
        return misspelt(text, names)
    return _only([one for one, name in names.items() if _is_typo(text.lower(), name)])


def _only(found: list[str]) -> str | None:
    return f"did you mean `{found[0]}`?" if len(found) == 1 else None


def _is_typo(written: str, known: str) -> bool:
    """Whether both have the same parts but for one slip of the fingers in a part of at least four letters.

    A slip: a letter too many, too few or another one, or two that changed places. Digits are never a slip. A hyphen
    that was left out or put in is one, too.
    """
    if written.replace("-", "") == known.replace("-", ""):
        return True
    parts, others = _PART.split(written), _PART.split(known)
    if len(parts) != len(others):
        return False
    return all(one == other or _is_slip(one, other) for one, other in zip(parts, others, strict=True))


def _is_slip(one: str, other: str) -> bool:
    if min(len(one), len(other)) < _SHORTEST or _digits(one) != _digits(other):
        return False
    if len(one) == len(other):
        differ = [place for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if len(differ) == 2 and differ[1] == differ[0] + 1:
            first, second = differ
            return one[first] == other[second] and one[second] == other[first]
        return len(differ) == 1
    short, long = sorted((one, other), key=len)
    return any(short == long[:place] + long[place + 1 :] for place in range(len(long)))


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
