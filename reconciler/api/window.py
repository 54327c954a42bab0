"""A rate limit of a developer app that restarts and several processes share: its use is kept in a file, under a lock.

As in `limits.py` a call occupies its place from before it is sent until the window has passed since its reply. A
process that died with a call under way leaves a reservation without an end; it counts as ended when that is noticed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from reconciler.api.limits import SharedPlaces, delay, part
from reconciler.errors import Finding, Invalid, ReconcilerError
from reconciler.world import World

_LOCK_WAIT = 0.02
_UNDER_WAY_WAIT = 0.05
_BACKGROUND = ":background"
_DEAD_MARGIN = 0.5
"""Seconds a request of a process that died may still need to arrive."""


class _Held(Struct, frozen=True, forbid_unknown_fields=True):
    """One recorded call; times are seconds since the epoch."""

    start: float
    end: float | None
    """When its reply came; None while it is under way."""
    pid: int
    key: str


class _OfAnother(Struct, frozen=True):
    """What is certain of the calls of other rate classes, of this version or another."""

    start: Raw


_Use = dict[str, list[_Held]]
_file = msgspec.json.Decoder(dict[str, Raw])
_own = msgspec.json.Decoder(list[_Held])
_others = msgspec.json.Decoder(list[_OfAnother])


class SharedWindow(SharedPlaces):
    """Windows of one rate class, `{seconds: calls}`, kept in `path` under `name`."""

    def __init__(
        self,
        path: Path,
        name: str,
        windows: Mapping[float, int],
        world: World,
        call_seconds: float = 35.0,
        *,
        share: float | None = None,
    ) -> None:
        """`call_seconds`: the longest a call can take; a reservation older than that has ended.

        `share`: no more than this part of the class for these calls and all others that keep to it, in any process;
        they stand in the file a second time, under a name of their own.
        """
        self.path, self._name, self._windows, self._world = path, name, dict(windows), world
        self._call_seconds = call_seconds
        self._classes = {name: self._windows}
        if share is not None:
            self._classes[name + _BACKGROUND] = part(self._windows, share)
        self._mine: list[str] = []
        self._threads = threading.Lock()
        self._longest = max(self._windows)

    def wait(self) -> float:
        with self._held() as held:
            return self._wait(held, self._world.now())

    def used(self) -> int:
        """Calls that count now. Only looks: no lock, nothing is written.

        Raises Invalid for a file that is no rate window, OSError when it cannot be read.
        """
        return len(self._current(self._read()[0][self._name]))

    def full_minute(self) -> bool:
        with self._held() as held:
            return len(held[self._name]) >= self._windows[self._longest]

    def _take(self) -> float:
        # Whoever asks may have something else to do than to wait for who has the file.
        if not self._threads.acquire(timeout=_LOCK_WAIT):
            return _LOCK_WAIT
        try:
            with self._tried() as held:
                if held is None:
                    return _LOCK_WAIT
                now = self._world.now()
                wait = self._wait(held, now)
                if wait <= 0:
                    key = self._world.uuid()
                    for calls in held.values():
                        calls.append(_Held(now, None, self._world.pid(), key))
            # Only what the file holds is ours.
            if wait <= 0:
                self._mine.append(key)
            return wait
        finally:
            self._threads.release()

    def _release(self) -> None:
        key = self._mine.pop(0)
        with self._held() as held:
            now = self._world.now()
            for calls in held.values():
                calls[:] = [replace(one, end=now) if one.key == key else one for one in calls]

    def _wait(self, held: _Use, now: float) -> float:
        """As long as the class that is fullest asks for."""
        longest = 0.0
        for name, windows in self._classes.items():
            ends = sorted(one.end for one in held[name] if one.end is not None)
            wait = delay(windows, ends, len(held[name]) - len(ends), now)
            longest = max(longest, _UNDER_WAY_WAIT if wait is None else wait)
        return longest

    @contextmanager
    def _held(self) -> Iterator[_Use]:
        """The calls of its classes that still matter, under the file's lock; what is changed is written back.

        Raises Invalid for a file that is no rate window: it is somebody's, and nothing is written.
        """
        with self._threads:
            while True:
                with self._tried() as held:
                    if held is not None:
                        yield held
                        return
                self._world.sleep(_LOCK_WAIT)

    @contextmanager
    def _tried(self) -> Iterator[_Use | None]:
        """The same; None while another process has the lock."""
        files = self._world.files
        lock = self.path.with_name(self.path.name + ".lock")
        try:
            files.make_folder(self.path.parent)
            with files.lock(lock) as won:
                if not won:
                    yield None
                    return
                found, others = self._read()
                held = {name: self._current(calls) for name, calls in found.items()}
                yield held
                if held != found:
                    fresh = self.path.with_name(self.path.name + ".tmp")
                    files.write(fresh, msgspec.json.encode({**others, **held}))
                    files.rename(fresh, self.path)
        except OSError as error:
            message = f"cannot keep the rate window {self.path.name}: {error.strerror or error}"
            raise ReconcilerError(Finding("R506", message, hint="check `api.rate_window` and its folder")) from error

    def _read(self) -> tuple[_Use, dict[str, Raw]]:
        """The calls of its classes, and those of the others as they stand in the file."""
        found = self._world.files.read(self.path)
        try:
            others = _file.decode(found) if found is not None else {}
            mine = {name: _own.decode(others.pop(name)) if name in others else [] for name in self._classes}
            for calls in others.values():
                _others.decode(calls)
            return mine, others
        except (msgspec.MsgspecError, ValueError, RecursionError):
            message = f"{self.path.name} holds something else than a rate window, and is not written to"
            hint = "name another file in `api.rate_window`; one that was a rate window and is damaged may be removed"
            raise Invalid(Finding("R405", message, hint=f"{hint} a minute after the last run")) from None

    def _current(self, calls: list[_Held]) -> list[_Held]:
        now = self._world.now()
        kept = []
        for one in calls:
            end = one.end
            if end is None and one.key not in self._mine and not self._under_way(one, now):
                end = now + _DEAD_MARGIN
            if end is not None and end > now + _DEAD_MARGIN:
                # The clock went back: what lies in the future has just happened.
                end = now
            if end is None or end > now - self._longest:
                kept.append(one if end == one.end else replace(one, end=end))
        return kept

    def _under_way(self, one: _Held, now: float) -> bool:
        """Whether another process may still be waiting for its reply. A number can be given to a new process."""
        lives = one.pid != self._world.pid() and self._world.alive(one.pid)
        return lives and 0 <= now - one.start <= self._call_seconds
