"""What runs came to, from their rows: also of a run whose beginner has gone, and of one that is under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.canonical import stamp
from reconciler.errors import Finding, Invalid
from reconciler.fleet.load import Fleet
from reconciler.fleet.queue import rows
from reconciler.fleet.run import Result
from reconciler.fleet.run import document as made_of
from reconciler.plan.digest import summary
from reconciler.plan.saved import parse

if TYPE_CHECKING:
    from psycopg import Connection

GOING_ON = 8
_STOPPED = 130
_ROWS = """
SELECT DISTINCT ON (r.account) r.account, r.command, r.lock, r.ended_at, a.answer, p.digest, p.plan
FROM fleet_request r LEFT JOIN fleet_result a
    ON (a.run, a.account, a.command, a.at) = (r.run, r.account, r.command, r.ended_at)
    LEFT JOIN fleet_plan p ON (p.run, p.account) = (r.run, r.account) AND r.command = 'apply' AND r.ended_at IS NULL
WHERE r.run = %s AND r.command = ANY(%s) ORDER BY r.account, array_position(%s, r.command)"""
_ORDER = ["apply", "wake", "advance", "drift", "pause", "plan", "settle"]
"""Of what was asked of an account in one run, the first of these tells how it stands."""


_KEEP = """
INSERT INTO fleet_document (run, document) SELECT id, %s FROM fleet_run WHERE id = %s AND NOT EXISTS (
    SELECT FROM fleet_request r WHERE r.run = fleet_run.id AND r.ended_at IS NULL AND NOT r.scheduled)"""
_NAMES = """
SELECT id FROM fleet_run WHERE app = %s AND command = 'apply' AND (
    EXISTS (SELECT FROM fleet_document d WHERE d.run = fleet_run.id)
    OR EXISTS (SELECT FROM fleet_request r WHERE r.run = fleet_run.id AND r.command = 'apply')) ORDER BY id"""


def keep(fleet: Fleet, document: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """The document as it was shown, unless the run goes on without whoever was shown it."""
    from psycopg.types.json import Json

    with rows.asking(fleet) as connection:
        connection.execute(_KEEP, (Json({**about, **document}), document["run"]))


def names(fleet: Fleet) -> list[str]:
    """Every apply that was approved, the oldest first. Other runs are known by their name alone."""
    with rows.asking(fleet) as connection:
        found = connection.execute(_NAMES, (fleet.file.app.name,)).fetchall()
    return [row[0] for row in found]


def read(fleet: Fleet, run: str) -> dict[str, Any] | None:
    """As it was shown; where nobody saw its end, as it stands: who has not ended is pending."""
    with rows.asking(fleet) as connection:
        row = connection.execute(
            "SELECT run.command, run.who, run.began, run.base, d.document FROM fleet_run run"
            " LEFT JOIN fleet_document d ON d.run = run.id WHERE run.id = %s AND run.app = %s",
            (run, fleet.file.app.name),
        ).fetchone()
        if row is None:
            return None
        # The document of an older version does not tell the base.
        return {**row[4], "base": row[3]} if row[4] else _standing(connection, run, row)


def _standing(connection: Connection[Any], run: str, row: Any) -> dict[str, Any]:
    command, who, began, base, _ = row
    found = connection.execute(_ROWS, (run, _ORDER, _ORDER)).fetchall()
    results, ends = [], []
    for account, step, lock, ended, answer, *plan in found:
        one = Result.of_answer(answer) if answer else _open(Result(account, lock.rpartition("/")[2], GOING_ON), *plan)
        results.append(_planned_only(one, run) if step == "settle" and answer else one)
        ends.append(ended)
    told = {"command": command, "began": _stamp(began), "who": who, "why": None, "approved": {}, "base": base}
    told["ended"] = _stamp(max(ends)) if ends and all(ends) else None
    return {**told, **made_of(run, results)}


def _open(going: Result, digest: str | None, plan: bytes | None) -> Result:
    """With the plan that an apply carries out there, so that people can still decide about it."""
    try:
        counts = summary(parse(plan, f"the plan of {going.name}").plan) if plan else {}
    except Invalid:
        # Damaged: the worker that comes to it says so.
        counts = {}
    return replace(going, digest=digest, summary=counts)


def _planned_only(planned: Result, run: str) -> Result:
    """Of an account that an apply has planned, and asked for nothing more: it has done nothing there."""
    if planned.exit_code or not (planned.rows or planned.going):
        return planned
    hint = f"if that command has gone: `reconciler fleet retry {run}` plans it anew"
    found = Finding("R415", "not begun: the command that asked has planned it, and not come to it", hint=hint)
    return replace(planned, exit_code=_STOPPED, errors=(found,), skipped=True)


def _stamp(moment: datetime) -> str:
    return stamp(moment.astimezone(UTC).timestamp())
