"""Sentences about many things that say the same of each, as one: `4 ads keep the videos they show until …`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from reconciler.kinds.registry import KINDS
from reconciler.render import plain

_ABOUT = re.compile(rf"((?:{'|'.join(KINDS)})/[^\s:]+)(:?) (.+)", re.DOTALL)
_SEVERAL = (
    ("keeps the video it shows", "keep the videos they show"),
    ("goes with its campaign", "go with their campaigns"),
    ("goes without", "go without"),
    ("is ", "are "),
    ("has ", "have "),
)
"""How a sentence begins that is about one, and about several."""
_APPROVE = re.compile(r"(.*approve refresh/\S+) ([0-9]+)(?![0-9])(.*)", re.DOTALL)
"""Both as a command, and as the words that stand for one where people answer a question."""


class Gathered(NamedTuple):
    """One sentence, and the addresses it is about where those are several."""

    sentence: str
    addresses: tuple[str, ...] = ()


def sentences(texts: Iterable[str]) -> list[Gathered]:
    """Those that begin with an address and go on alike as one, where the first of them stood."""
    groups: dict[tuple[str, ...], list[str]] = {}
    whole: dict[tuple[str, ...], str] = {}
    for text in texts:
        found = _ABOUT.fullmatch(text)
        key = (found[1].partition("/")[0], found[2], found[3]) if found else (text,)
        whole.setdefault(key, text)
        groups.setdefault(key, []).append(found[1] if found else "")
    return [
        Gathered(_several(key, len(about)), tuple(about)) if len(about) > 1 and about[0] else Gathered(whole[key])
        for key, about in groups.items()
    ]


def _several(key: tuple[str, ...], count: int) -> str:
    kind, colon, rest = key
    subject = plain.many(kind, count)
    if colon:
        return f"{subject}: {rest}"
    for one, more in _SEVERAL:
        if rest.startswith(one):
            return f"{subject} {more}{rest[len(one) :]}"
    return f"{subject}, each {rest}"


def shape(hint: str) -> str:
    """The same for rows that one sentence can be about."""
    found = _APPROVE.fullmatch(hint)
    return f"{found[1]} …{found[3]}" if found else hint


def hints(given: Iterable[str | None]) -> str | None:
    """What to do about several rows, where it is the same for all but for the variant; None where it is not."""
    found = list(dict.fromkeys(given))
    if len(found) < 2:
        return found[0] if found else None
    parts = [_APPROVE.fullmatch(one or "") for one in found]
    if any(one is None for one in parts) or len({(one[1], one[3]) for one in parts if one}) > 1:
        return None
    first = parts[0]
    numbers = " ".join(one[2] for one in parts if one)
    return f"{first[1]} {numbers}{first[3]}" if first else None
