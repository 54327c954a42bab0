"""How a switch is described: a field of a dataclass; its metadata hold default, texts, their reader, and meaning.

The switches themselves: `settings.py`, and those of Upgraded Smart+ in `smart_switches.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from typing import Any


def switch(default: str, allowed: str, read: Callable[[str], Any], meaning: str) -> Any:
    """A switch: its default, what it takes, how a text is read, what it means."""
    return field(
        default_factory=lambda: read(default),
        metadata={"default": default, "allowed": allowed, "read": read, "meaning": meaning},
    )


def choice(default: str, *others: str, meaning: str) -> Any:
    """One of some words."""

    def read(text: str) -> str:
        if text not in (default, *others):
            raise ValueError
        return text

    return switch(default, "|".join((default, *others)), read, meaning)


def flag(default: str, meaning: str) -> Any:
    """on or off."""

    def read(text: str) -> bool:
        return {"on": True, "off": False}[text]

    return switch(default, "on|off", read, meaning)


def whole(default: int, meaning: str, least: int = 1) -> Any:
    """A whole number."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < least:
            raise ValueError
        return int(text)

    return switch(str(default), f"a whole number from {least}", read, meaning)


def seconds(default: str, meaning: str) -> Any:
    """A length of time."""

    def read(text: str) -> float:
        value = float(text)
        if not 0 <= value <= 10_000_000:
            raise ValueError
        return value

    return switch(default, "seconds, 0 or more", read, meaning)


def hours(default: str, meaning: str) -> Any:
    """A length of time in hours."""
    return switch(default, "hours, 0 or more", lambda text: _between(text, 0, 10_000), meaning)


def signed(default: str, meaning: str) -> Any:
    """A share that may be less than nothing."""
    return switch(default, "a number from -0.9 to 9", lambda text: _between(text, -0.9, 9), meaning)


def _between(text: str, least: float, most: float) -> float:
    value = float(text)
    if not least <= value <= most:
        raise ValueError
    return value


def span(default: str, unit: str, meaning: str) -> Any:
    """A length of time, or its least and most."""

    def read(text: str) -> tuple[float, float]:
        low, _, high = text.partition("-")
        pair = float(low), float(high or low)
        if not 0 <= pair[0] <= pair[1] <= 10_000_000:
            raise ValueError
        return pair

    return switch(default, f"{unit} or MIN-MAX", read, meaning)


def share(default: str, meaning: str) -> Any:
    """A number from 0 to 1."""

    def read(text: str) -> float:
        value = float(text)
        if not 0 <= value <= 1:
            raise ValueError
        return value

    return switch(default, "a number from 0 to 1", read, meaning)


def word(default: str, pattern: str, allowed: str, meaning: str) -> Any:
    """A text of one pattern."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return switch(default, allowed, read, meaning)


def counts(meaning: str) -> Any:
    """A set of whole numbers."""

    def read(text: str) -> frozenset[int]:
        words = [] if text == "none" else text.split(",")
        if not all(word.isascii() and word.isdigit() for word in words):
            raise ValueError
        return frozenset(map(int, words))

    return switch("none", "none or N,N", read, meaning)


def names(meaning: str) -> Any:
    """A set of names, or any."""

    def read(text: str) -> frozenset[str] | None:
        if text == "*":
            return None
        names = frozenset(part.strip() for part in text.split(","))
        if "" in names:
            raise ValueError
        return names

    return switch("*", "* (any) or NAME,NAME", read, meaning)
