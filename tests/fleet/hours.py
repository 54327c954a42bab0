"""Limits in a real PostgreSQL on a clock that a test moves: everything there becomes as much older as is slept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from reconciler.postgres.connection import Database
from reconciler.postgres.places import Caller, PostgresPlaces
from reconciler.world import SystemWorld

_OLDER = """
WITH one AS (UPDATE fleet_place SET ended = ended - %(by)s::float8 * interval '1 second'),
two AS (UPDATE fleet_waiter SET since = since - %(by)s::float8 * interval '1 second',
        due = due - %(by)s::float8 * interval '1 second'),
three AS (UPDATE fleet_share SET at = at - %(by)s::float8 * interval '1 second')
UPDATE fleet_window SET closed_until = closed_until - %(by)s::float8 * interval '1 second',
        seen = seen - %(by)s::float8 * interval '1 second'
"""
_CRASHED = "TRUNCATE fleet_place, fleet_waiter, fleet_share, fleet_window"
"""What recovery after a crash makes of tables that are not logged."""
CALL = 3.0


class Hours(SystemWorld):
    """Sleeping takes no time."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database, self.slept = database, 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.slept

    def sleep(self, seconds: float) -> None:
        """All that is recorded is older then."""
        if seconds > 0:
            self.slept += seconds
            with self.database.transaction() as connection:
                connection.execute(_OLDER, {"by": seconds})

    def crash(self) -> None:
        """As after a crash of the server."""
        with self.database.transaction() as connection:
            connection.execute(_CRASHED.encode())

    def places(
        self,
        account: str,
        windows: dict[float, int],
        *,
        app: str = "agency",
        name: str = "default",
        share: float = 1.0,
        background: bool = False,
    ) -> PostgresPlaces:
        """The limit as one account sees it."""
        return PostgresPlaces(self.database, Caller(app, account, CALL, background), name, windows, self, share)


@dataclass
class Worker:
    """Sends one call after the other; each takes (seconds to the server, seconds back)."""

    places: PostgresPlaces
    calls: list[tuple[float, float]]
    begins: float
    dies_in: int = -1
    """The call under way in which it is killed."""
    arrivals: list[float] = field(default_factory=list, init=False)
    asked: int = field(default=0, init=False)
    _held: bool = field(default=False, init=False)

    @property
    def sent(self) -> int:
        """Calls until now."""
        return len(self.arrivals)

    def step(self, clock: Callable[[], float]) -> float | None:
        """What it does when it is its turn, and when that is again; None: it has ended."""
        if self._held:
            self.places._release()
            self._held = False
        if self.sent == len(self.calls):
            return None
        wait = self.places._take()
        self.asked += 1
        if wait > 0:
            return clock() + wait
        there, back = self.calls[self.sent]
        self.arrivals.append(clock() + there)
        self._held = True
        return None if self.sent - 1 == self.dies_in else self.arrivals[-1] + back


def play(world: Hours, workers: list[Worker], crash_at: float | None = None, longest: float = 1000.0) -> list[float]:
    """Until all have ended: the moments at which calls arrived, by the clock of this world."""
    start = world.monotonic()
    due = [(start + one.begins, number) for number, one in enumerate(workers)]
    while due:
        due.sort()
        moment, number = due.pop(0)
        world.sleep(moment - world.monotonic())
        assert world.monotonic() - start < longest, "somebody waits for ever"
        if crash_at is not None and world.monotonic() - start >= crash_at:
            world.crash()
            crash_at = None
        then = workers[number].step(world.monotonic)
        if then is not None:
            due.append((then, number))
    return sorted(moment for one in workers for moment in one.arrivals)
