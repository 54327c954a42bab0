"""A folder that several machines share: seen whole, and changed whole by compare-and-swap."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from msgspec import Struct

PROMPT = 5.0
"""Seconds: far less than any lease, and more than a machine under load takes from a look to the send."""


PIECE = re.compile(r"journal(?:-([1-9][0-9]{0,6}))?/([0-9]{8})\.jsonl")
"""The name of a piece of a journal: (number of one that was set aside, or None; number of the piece)."""


def piece_name(piece: int, aside: int | None = None) -> str:
    """The inverse."""
    return f"journal{f'-{aside}' if aside else ''}/{piece:08d}.jsonl"


class Moved(Exception):
    """Somebody else has changed the folder."""


class Unreachable(Exception):
    """No usable answer; whether a change was made is not known. `hint`: what to do, where it is not the network."""

    def __init__(self, why: str, hint: str | None = None) -> None:
        super().__init__(why)
        self.hint = hint


class PushRefused(Exception):
    """What holds the folder answers, and does not take it."""


class Advice(Struct, frozen=True):
    """Next steps, in the words of what holds the folder."""

    let_in: str
    """When it refuses us."""
    foreign: str
    """When it holds what reconciler did not write."""
    locked: str
    """When another run holds the lock; `{id}` stands for its id."""


class SharedFolder(Protocol):
    """One workspace's folder, as this machine last saw it."""

    ref: str
    """What holds it, as people call it."""
    folder: str
    tip: str | None
    """Differs whenever the folder may have changed since; None: there is nothing yet."""
    advice: Advice
    prompt: float
    """Seconds after a look at it within which a write must be on its way."""

    def fetch(self) -> None:
        """See what is there now. Raises Unreachable or PushRefused."""

    def unmoved(self) -> bool:
        """Whether it is as it was last seen; where the lock has a lease, that begins anew. Raises as `fetch`."""

    def lapsed(self) -> bool:
        """Whether whoever holds the lock has let its lease run out. Raises as `fetch`."""

    def kept(self) -> AbstractContextManager[object]:
        """To be entered while the lock is held: where its lease has to be renewed all the time, it is."""

    def files(self, wanted: Callable[[str], object]) -> dict[str, bytes]:
        """The files that are wanted, by path in there. Raises Invalid, and as `fetch`."""

    def swap(
        self, message: str, put: Mapping[str, bytes], drop: Sequence[str] = (), move: Mapping[str, str] | None = None
    ) -> None:
        """Move, drop, then write files, all at once, and only if the folder is as last seen.

        Raises Moved, Unreachable or PushRefused. After Unreachable nobody knows; the next swap looks first.
        """

    def beside(self, folder: str) -> SharedFolder:
        """Another folder of the same place, as it was last seen. Raises as `fetch`."""
