"""The rows of runs: what was asked in which account, and what it came to. Short transactions, each its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.errors import Finding, Invalid
from reconciler.fleet.circuit import HARMLESS
from reconciler.fleet.run import Result
from reconciler.plan.digest import digest
from reconciler.plan.saved import SavedPlan, dump, parse
from reconciler.postgres.connection import LET_IN, Database, opened
from reconciler.state.folder import PushRefused, Unreachable
from reconciler.state.shared import unusable

if TYPE_CHECKING:
    from psycopg import Connection

    from reconciler.fleet.load import Fleet

Key = tuple[str, str, str]
"""Run, account, command."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker is to do, as its row says."""

    key: Key
    decided: int
    """How many decisions there were when who asked had read them."""
    version: str
    base: str | None
    """The commit whose guard rails, approvals and limits count, instead of those of its files."""
    lock: str
    queue: str
    scheduled: bool
    through: bool
    starts: int
    tries: int
    held: bool
    """Whether the token of its group was refused, in an earlier run or in this one."""
    held_by: str | None
    """In which run."""
    dropped: bool
    """Whether somebody has dropped the run."""

    @property
    def advertiser_id(self) -> str:
        """Of its ad account, which the lock names."""
        return self.lock.rpartition("/")[2]


def database_of(fleet: Fleet) -> Database:
    """That of the fleet's state, which holds its queue, too."""
    return opened(fleet.file.state.dsn.env)


@contextmanager
def spoken(database: Database) -> Iterator[None]:
    """Its failures as errors for people: R511, R512."""
    try:
        yield
    except (Unreachable, PushRefused) as error:
        raise unusable(error, database.where, LET_IN) from None


@contextmanager
def asking(fleet: Fleet) -> Iterator[Connection[Any]]:
    """One transaction for a command that somebody has typed. Raises ReconcilerError where the server is away."""
    database = database_of(fleet)
    with spoken(database), database.transaction() as connection:
        yield connection


_ASKED = """
SELECT run.decided, run.version, run.base,
       r.lock, r.queue, r.scheduled, r.through, r.starts, r.tries,
       held.queue IS NOT NULL, held.run, dropped.run IS NOT NULL
FROM fleet_request r JOIN fleet_run run ON run.id = r.run LEFT JOIN fleet_hold held ON held.queue = r.queue
LEFT JOIN fleet_cancelled dropped ON dropped.run = r.run
WHERE r.run = %s AND r.account = %s AND r.command = %s AND r.ended_at IS NULL
FOR UPDATE OF r"""


def asked(connection: Connection[Any], key: Key) -> Assignment | None:
    """None where it has ended, or was never asked. Nobody else begins it until the transaction ends."""
    row = connection.execute(_ASKED, key).fetchone()
    return Assignment(key, *row) if row else None


def drop(connection: Connection[Any], run: str) -> None:
    """Nothing more is asked for in it."""
    is_dropped(connection, run)
    connection.execute("INSERT INTO fleet_cancelled (run) VALUES (%s) ON CONFLICT DO NOTHING", (run,))


def is_dropped(connection: Connection[Any], run: str) -> bool:
    """Whether somebody has dropped it; until the transaction ends nobody else does, nor asks for more in it."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (run,))
    return connection.execute("SELECT 1 FROM fleet_cancelled WHERE run = %s", (run,)).fetchone() is not None


def begin(connection: Connection[Any], key: Key) -> int:
    """Count one more start; whoever counted last may write the end."""
    row = connection.execute(
        "UPDATE fleet_request SET starts = starts + 1"
        " WHERE run = %s AND account = %s AND command = %s RETURNING starts",
        key,
    ).fetchone()
    return int(row[0]) if row else 1


_END = """
WITH ended AS (
    UPDATE fleet_request SET ended_at = clock_timestamp()
    WHERE run = %s AND account = %s AND command = %s AND ended_at IS NULL AND (%s::int IS NULL OR starts = %s)
    RETURNING run, account, command, ended_at)
INSERT INTO fleet_result (run, account, command, at, exit_code, skipped, answer)
SELECT ended.*, %s, %s, %s FROM ended"""


def end(connection: Connection[Any], key: Key, result: Result, start: int | None = None) -> bool:
    """Write what it came to; False where it has ended, or was begun once more since. None: whoever has begun it."""
    from psycopg.types.json import Json

    told = (result.exit_code, result.skipped, Json(result.answer()))
    return connection.execute(_END, (*key, start, start, *told)).rowcount == 1


def tried(database: Database, key: Key) -> None:
    """It failed, and will be tried again."""
    with database.transaction() as connection:
        connection.execute(
            "UPDATE fleet_request SET tries = tries + 1 WHERE run = %s AND account = %s AND command = %s", key
        )


_FAILURES = """
SELECT count(*) FILTER (WHERE a.exit_code <> ALL(%s) AND NOT a.skipped), count(*)
FROM fleet_request r LEFT JOIN fleet_result a
    ON (a.run, a.account, a.command, a.at) = (r.run, r.account, r.command, r.ended_at)
WHERE r.run = %s AND r.command = %s"""


def failures(connection: Connection[Any], key: Key) -> tuple[int, int]:
    """(how many accounts of the run have failed in this command, of how many that were asked)."""
    row = connection.execute(_FAILURES, (list(HARMLESS), key[0], key[2])).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def hold(database: Database, queue: str, run: str) -> None:
    """Nothing of this group is begun any more."""
    with database.transaction() as connection:
        connection.execute("INSERT INTO fleet_hold (queue, run) VALUES (%s, %s) ON CONFLICT DO NOTHING", (queue, run))


_ANSWERS = """
SELECT a.answer FROM fleet_request r JOIN fleet_result a
    ON (a.run, a.account, a.command, a.at) = (r.run, r.account, r.command, r.ended_at)
WHERE r.run = %s AND r.command = %s AND r.account = ANY(%s) ORDER BY a.at"""


def answers(database: Database, run: str, command: str, accounts: Sequence[str]) -> list[Result]:
    """What has ended of these accounts."""
    with database.transaction() as connection:
        found = connection.execute(_ANSWERS, (run, command, list(accounts))).fetchall()
    return [Result.of_answer(row[0]) for row in found]


def keep_plans(connection: Connection[Any], run: str, plans: Mapping[str, SavedPlan]) -> None:
    """For whoever carries them out."""
    told = [(run, name, digest(one.plan), dump(one)) for name, one in plans.items()]
    connection.cursor().executemany(
        "INSERT INTO fleet_plan (run, account, digest, plan) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (run, account) DO UPDATE SET digest = excluded.digest, plan = excluded.plan",
        told,
    )


def plans(database: Database, run: str, accounts: Sequence[str]) -> dict[str, SavedPlan]:
    """Those of these accounts. Raises Invalid (R806) for one that was changed or damaged."""
    with database.transaction() as connection:
        found = connection.execute(
            "SELECT account, digest, plan FROM fleet_plan WHERE run = %s AND account = ANY(%s)",
            (run, list(accounts)),
        ).fetchall()
    made = {}
    for name, wanted, data in found:
        what = f"the plan of {name} in run {run}"
        made[name] = parse(bytes(data), what)
        if digest(made[name].plan) != wanted:
            message = f"{what} has another digest than its row"
            raise Invalid(Finding("R806", message, hint="make the plans again: reconciler fleet plan"))
    return made
