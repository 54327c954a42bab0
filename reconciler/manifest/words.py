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


def misspelt(name: str, among: Iterable[str]) -> str | None:
    """A hint that names what a name is a typing mistake of; None where none or several come into question.

    `spring-uk` is never taken for `spring-us`, nor `q1-2026` for `q1-2025`: whoever follows a hint blindly must not
    spend money in another market.
    """
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
