"""A rate limit of a developer app that restarts and several processes share: its use is kept in a file, under a lock.

As in `limits.py` a call occupies its place from before it is sent until the window has passed since its reply. A
process that died with a call under way leaves a reservation without an end; it counts as ended when that is noticed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reconciler.api.limits import Places, delay
from reconciler.errors import Finding, ReconcilerError
from reconciler.world import World

_LOCK_WAIT = 0.02
_UNDER_WAY_WAIT = 0.05
_DEAD_MARGIN = 0.5
"""Seconds a request of a process that died may still need to arrive."""


class SharedWindow(Places):
    """Windows of one rate class, `{seconds: calls}`, kept in `path` under `name`."""

    def __init__(
        self, path: Path, name: str, windows: Mapping[float, int], world: World, call_seconds: float = 35.0
    ) -> None:
        """`call_seconds`: the longest a call can take; a reservation older than that has ended."""
        self._path, self._name, self._windows, self._world = path, name, dict(windows), world
        self._call_seconds = call_seconds
        self._mine: list[str] = []
        self._longest = max(self._windows)

    def wait(self) -> float:
        """Seconds until the next call may be sent; 0 when it may be sent now."""
        with self._held() as calls:
            return self._wait(calls, self._world.now())

    def used(self) -> int | None:
        """Calls that count now, None for a file that is damaged. Only looks: no lock, nothing is written.

        Raises OSError when the file cannot be read.
        """
        known = self._read()[self._name]
        return None if known is None else len(self._current(known))

    def full_minute(self) -> bool:
        with self._held() as calls:
            return len(calls) >= self._windows[self._longest]

    def _take(self) -> float:
        with self._held() as calls:
            now = self._world.now()
            wait = self._wait(calls, now)
            if wait <= 0:
                key = self._world.uuid()
                self._mine.append(key)
                calls.append({"start": now, "end": None, "pid": self._world.pid(), "key": key})
            return wait

    def _release(self) -> None:
        key = self._mine.pop(0)
        with self._held() as calls:
            for one in calls:
                if one["key"] == key:
                    one["end"] = self._world.now()

    def _wait(self, calls: list[dict[str, Any]], now: float) -> float:
        ends = sorted(one["end"] for one in calls if one["end"] is not None)
        under_way = len(calls) - len(ends)
        wait = delay(self._windows, ends, under_way, now)
        return _UNDER_WAY_WAIT if wait is None else wait

    @contextmanager
    def _held(self) -> Iterator[list[dict[str, Any]]]:
        """The calls that still matter, under the file's lock; what is changed is written back."""
        files = self._world.files
        lock = self._path.with_name(self._path.name + ".lock")
        try:
            files.make_folder(self._path.parent)
            while True:
                with files.lock(lock) as won:
                    if won:
                        data = self._read()
                        known = data[self._name]
                        calls = self._current(self._full() if known is None else known)
                        yield calls
                        if calls != known:
                            fresh = self._path.with_name(self._path.name + ".tmp")
                            files.write(fresh, json.dumps({**data, self._name: calls}).encode())
                            files.rename(fresh, self._path)
                        return
                self._world.sleep(_LOCK_WAIT)
        except OSError as error:
            message = f"cannot keep the rate window {self._path.name}: {error.strerror or error}"
            raise ReconcilerError(Finding("R506", message, hint="check `api.rate_window` and its folder")) from error

    def _read(self) -> dict[str, Any]:
        found = self._world.files.read(self._path)
        try:
            data = json.loads(found or b"{}")
        except ValueError:
            data = None
        calls = data.get(self._name, []) if isinstance(data, dict) else None
        if isinstance(data, dict) and isinstance(calls, list) and all(_sound(one) for one in calls):
            return {**data, self._name: calls}
        return {self._name: None}

    def _full(self) -> list[dict[str, Any]]:
        """A damaged file tells nothing: assume that a full window has just been used."""
        now = self._world.now()
        return [{"start": now, "end": now, "pid": 0, "key": ""} for _ in range(self._windows[self._longest])]

    def _current(self, calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        now = self._world.now()
        kept = []
        for one in calls:
            end = one["end"]
            if end is None and one["key"] not in self._mine and not self._under_way(one, now):
                end = now + _DEAD_MARGIN
            if end is not None and end > now + _DEAD_MARGIN:
                # The clock went back: what lies in the future has just happened.
                end = now
            if end is None or end > now - self._longest:
                kept.append({**one, "end": end})
        return kept

    def _under_way(self, one: dict[str, Any], now: float) -> bool:
        """Whether another process may still be waiting for its reply. A number can be given to a new process."""
        lives = one["pid"] != self._world.pid() and self._world.alive(one["pid"])
        return lives and 0 <= now - one["start"] <= self._call_seconds


def _sound(one: Any) -> bool:
    """Whether it is one recorded call."""
    if not isinstance(one, dict) or set(one) != {"start", "end", "pid", "key"}:
        return False
    times = isinstance(one["start"], int | float) and (one["end"] is None or isinstance(one["end"], int | float))
    return times and isinstance(one["pid"], int) and isinstance(one["key"], str)
