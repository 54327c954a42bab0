"""A rate limit of a developer app that restarts and several processes share: its use is kept in a file, under a lock.

As in `limits.py` a call occupies its place from before it is sent until the window has passed since its reply. A
process that died with a call under way leaves a reservation without an end; it counts as ended when that is noticed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec.structs import replace

from reconciler.api.limits import SharedPlaces, delay, part
from reconciler.api.usage import CallBegun, CallEnded, Usage
from reconciler.errors import Finding, ReconcilerError
from reconciler.world import World

_LOCK_WAIT = 0.02
_UNDER_WAY_WAIT = 0.05
_BACKGROUND = ":background"
_DEAD_MARGIN = 0.5
"""Seconds a request of a process that died may still need to arrive."""


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
        self._longest = max(self._windows)
        self._usage = Usage(path, self._classes, self._longest, world)
        self._mine: set[str] = set()
        """Calls that this object has begun, until their end is written down."""
        self._begun: deque[str] = deque()
        """Those under way, oldest first."""
        self._threads = threading.Lock()

    def wait(self) -> float:
        with self._held() as now:
            return self._wait(now)

    def used(self) -> int:
        """Calls that count now. Only looks: the file is not locked, nothing is written.

        Raises Invalid for a file that is no rate window, OSError when it cannot be read.
        """
        with self._threads:
            self._usage.look(self._world.now())
            return self._count()

    def full_minute(self) -> bool:
        with self._held():
            return self._count() >= self._windows[self._longest]

    def _take(self) -> float:
        # Whoever asks may have something else to do than to wait for who has the file.
        if not self._threads.acquire(timeout=_LOCK_WAIT):
            return _LOCK_WAIT
        try:
            with self._tried() as now:
                if now is None:
                    return _LOCK_WAIT
                if (wait := self._wait(now)) <= 0:
                    key = self._world.uuid()
                    call = CallBegun(key, tuple(self._classes), now, self._world.pid())
                    self._usage.add([call], now, sync=True)
                    # Only what the file holds is ours.
                    self._mine.add(key)
                    self._begun.append(key)
                return wait
        finally:
            self._threads.release()

    def _release(self) -> None:
        key = self._begun.popleft()
        try:
            with self._held() as now:
                # Who never reads it takes the call for one of a dead process: that is late, never early.
                self._usage.add([self._ended(key, now)], now, sync=False)
        finally:
            self._mine.discard(key)

    def _ended(self, key: str, now: float) -> CallEnded:
        return CallEnded(key, tuple(self._classes), now, self._longest)

    def _count(self) -> int:
        return self._usage.under_way(self._name) + len(self._usage.ends[self._name])

    def _wait(self, now: float) -> float:
        """As long as the class that is fullest asks for."""
        longest = 0.0
        for name, windows in self._classes.items():
            wait = delay(windows, self._usage.ends[name], self._usage.under_way(name), now)
            longest = max(longest, _UNDER_WAY_WAIT if wait is None else wait)
        return longest

    @contextmanager
    def _held(self) -> Iterator[float]:
        """The moment at which the file's lock was won and all was read that the file holds; held meanwhile.

        Raises Invalid for a file that is no rate window: it is somebody's, and nothing is written.
        """
        while True:
            with self._threads, self._tried() as now:
                if now is not None:
                    yield now
                    return
            self._world.sleep(_LOCK_WAIT)

    @contextmanager
    def _tried(self) -> Iterator[float | None]:
        """The same; None while another process has the lock."""
        try:
            with ExitStack() as stack:
                if not self._locked(stack):
                    yield None
                    return
                now = self._world.now()
                self._usage.look(now)
                self._correct(now)
                yield now
        except OSError as error:
            message = f"cannot keep the rate window {self.path.name}: {error.strerror or error}"
            raise ReconcilerError(Finding("R506", message, hint="check `api.rate_window` and its folder")) from error

    def _locked(self, stack: ExitStack) -> bool:
        files, lock = self._world.files, self.path.with_name(self.path.name + ".lock")
        try:
            return stack.enter_context(files.lock(lock))
        except FileNotFoundError:
            files.make_folder(self.path.parent)
            return stack.enter_context(files.lock(lock))

    def _correct(self, now: float) -> None:
        """Calls that ended unseen have ended now; when the clock went back, those that lie in the future as well."""
        usage, latest = self._usage, now + _DEAD_MARGIN
        found = [
            CallEnded(one.key, one.classes, latest, self._longest)
            for one in usage.begun.values()
            if one.key not in self._mine and not self._under_way(one, now)
        ]
        if any(ends and ends[-1] > latest for ends in usage.ends.values()):
            found += [replace(one, at=now) for one in usage.ended.values() if one.at > latest]
        if found:
            usage.add(found, now, sync=False)

    def _under_way(self, one: CallBegun, now: float) -> bool:
        """Whether another process may still be waiting for its reply. A number can be given to a new process."""
        lives = one.pid != self._world.pid() and self._world.alive(one.pid)
        return lives and 0 <= now - one.at <= self._call_seconds
