"""The places of one worker's jobs: beside the others, or the whole floor for one that may have killed workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK = 0.1
_SHUT = 2.0
"""Seconds for which a worker fetches nothing after somebody found no place: others may have it."""


class Floor:
    """Safe to share between threads. One at a time waits for the whole floor, and until it is done nobody comes in: so
    its turn comes once those inside are out. Only a pause always comes in, for it is what stops an account."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._wanted = False
        self._shut_until = 0.0

    @property
    def is_shut(self) -> bool:
        """Whether whoever is fetched now finds no place, unless it is a pause. Every other moment it says no, so that
        a pause is fetched, too."""
        return self._wanted and time.monotonic() < self._shut_until

    @contextmanager
    def beside(self, *, always: bool) -> Iterator[bool]:
        """Whether there is a place. Nobody waits for one."""
        with self._changed:
            free = always or self._has_place()
            self._inside += free
        try:
            yield free
        finally:
            with self._changed:
                self._inside -= free
                self._changed.notify_all()

    @contextmanager
    def alone(self, *, meanwhile: Callable[[], None], given_up: Callable[[], bool]) -> Iterator[bool]:
        """Whether there is the whole floor. It is waited for, after `meanwhile`, unless somebody else does already;
        without, that one came first, or somebody has given up waiting."""
        with self._changed:
            first = self._has_place()
            self._wanted = True
            taken = self._inside > 0
        try:
            if first and taken:
                meanwhile()
            yield first and self._is_left(given_up)
        finally:
            if first:
                with self._changed:
                    self._wanted = False

    def _has_place(self) -> bool:
        if self._wanted:
            self._shut_until = time.monotonic() + _SHUT
        return not self._wanted

    def _is_left(self, given_up: Callable[[], bool]) -> bool:
        with self._changed:
            while self._inside and not given_up():
                self._changed.wait(_LOOK)
            return not self._inside
