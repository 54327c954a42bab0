"""A rate limit of a developer app that every machine shares: kept in PostgreSQL, by its clock, fair between accounts.

What decides stands in `migrations/0002_places.sql`. Each question is one statement that the server commits by itself,
under a lock of the class: whoever is stopped or killed in the middle of one holds nothing up.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.api.limits import SharedPlaces, part
from reconciler.errors import ReconcilerError
from reconciler.postgres.connection import Database
from reconciler.state.folder import PushRefused, Unreachable
from reconciler.state.shared import unusable
from reconciler.world import World

_TAKE = (
    "SELECT fleet_take(%s, %s, %s, %s::uuid, %s, %s, %s::double precision[], %s::int[], %s::int[],"
    " %s::double precision)"
)
_LEAVE = "SELECT fleet_leave(%s, %s, %s::uuid, %s)"
_CLOSE = "SELECT fleet_close(%s, %s, %s::double precision, %s::double precision)"
_USED = "SELECT fleet_used(%s, %s, %s::double precision)"
_SECOND = 1.0
"""For so long nobody calls after a throttle that the windows of seconds explain."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `app` is what all share; `background`: it only looks, and leaves a part of the limit to who writes."""

    app: str
    account: str
    call_seconds: float
    """The longest a call can take: a place that nobody gives back has ended by then."""
    background: bool = False


class PostgresPlaces(SharedPlaces):
    """Windows of one rate class, `{seconds: calls}`, for one account. Safe to share between threads.

    Raises ReconcilerError (R511) where the server cannot be asked for a place: then nothing is sent.
    """

    def __init__(
        self,
        database: Database,
        caller: Caller,
        name: str,
        windows: Mapping[float, int],
        world: World,
        share: float = 1.0,
    ) -> None:
        """`share`: no more than this part of the class for all calls in the background together."""
        self._database, self._caller, self._name = database, caller, name
        self._windows, self._world = dict(windows), world
        self._less = part(self._windows, share)
        self._longest = max(self._windows)
        self._asking = threading.local()
        """The key by which a thread that waits is known."""
        self._lock = threading.Lock()
        self._held: list[str] = []

    def wait(self) -> float:
        return self._take_or_look(look=True)

    def used(self) -> int:
        return int(self._ask(_USED, self._longest))

    def full_minute(self) -> bool:
        return self.used() >= self._windows[self._longest]

    def throttled(self, pause: float) -> bool:
        full = self.full_minute()
        self._ask(_CLOSE, pause if full else _SECOND, self._longest + self._caller.call_seconds)
        return full

    def _take(self) -> float:
        return self._take_or_look(look=False)

    def _release(self) -> None:
        with self._lock:
            key = self._held.pop(0)
        # What came back is not lost for this: a place that stays taken ends after `call_seconds`.
        with contextlib.suppress(ReconcilerError):
            self._ask(_LEAVE, key, self._caller.background)

    def _take_or_look(self, *, look: bool) -> float:
        key = self._asking.__dict__.setdefault("key", self._world.uuid())
        caller, seconds = self._caller, list(self._windows)
        windows = (seconds, [self._windows[one] for one in seconds], [self._less[one] for one in seconds])
        wait = float(self._ask(_TAKE, caller.account, key, caller.background, look, *windows, caller.call_seconds))
        if wait <= 0 and not look:
            del self._asking.key
            with self._lock:
                self._held.append(key)
        return wait

    def _ask(self, statement: str, *values: Any) -> Any:
        """Raises ReconcilerError."""
        try:
            return self._database.ask(statement, (self._caller.app, self._name, *values))
        except (Unreachable, PushRefused) as error:
            hint = "the login must be a member of fleet_worker or fleet_reader; see docs/fleet-postgres.md"
            raise unusable(error, f"the limit of the app in {self._database.where}", hint) from None
