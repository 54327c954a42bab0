"""What is known of every account without the network: its last apply, what is open; and what of the limit is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.canonical import stamp
from reconciler.fleet import history, looks
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.execute import CLASSES, Services
from reconciler.fleet.run import Result

_MINUTE = 60.0
_RUNS, _APPLIES = 500, 20
"""So many applies are looked through, so many told of an account."""


def report(services: Services, accounts: Sequence[FleetAccount], found: Sequence[Result]) -> dict[str, Any]:
    """The document of `fleet report --json`, without `format_version`. `found`: what `status` tells of each account."""
    runs = _last(services, {one.name for one in accounts})
    world, root = services.world, services.fleet.root
    known = [looks.load(world, root, command) for command in (looks.PLAN, looks.DRIFT)]
    rows = [
        _row(services, account, one, runs.get(account.name)) | _looked(*(each.get(account.name) for each in known))
        for account, one in zip(accounts, found, strict=True)
    ]
    return {
        "app": services.fleet.file.app.name,
        "made_at": stamp(services.world.now()),
        "summary": {
            "accounts": len(rows),
            "never": sum(one["run"] is None for one in rows),
            "failed": sum(one["exit_code"] not in (None, 0, 2, 5, 8) for one in rows),
            "blocked": sum(one["exit_code"] == 5 for one in rows),
            "drifted": sum(bool(one["drift"] and one["drift"]["drifted"] + one["drift"]["gone"]) for one in rows),
            "pending": sum(bool(one["pending"]) for one in rows),
            "unknown": sum(bool(one["unknown"]) for one in rows),
            "halted": sum(bool(one["halted"]) for one in rows),
        },
        "calls": [_calls(services, name) for name in CLASSES],
        "accounts": rows,
    }


def _row(
    services: Services, account: FleetAccount, found: Result, last: tuple[Mapping[str, Any], Mapping[str, Any]] | None
) -> dict[str, Any]:
    """An account; what its last apply did not tell is None. An error of now stands before those of that apply."""
    run, row = last or ({}, {})
    status = found.status or {"intents": [], "refreshes": []}
    variants = [slot for one in status["refreshes"] for slot in one["variants"] if slot["state"] == "pending"]
    polls = [task["next_poll_at"] for one in status["refreshes"] for task in one["tasks"] if task["next_poll_at"]]
    settles = [one["settles_at"] for one in status["intents"]]
    errors = [*(one.as_json() for one in found.errors), *row.get("errors", ())]
    return {
        "name": account.name,
        "advertiser_id": found.advertiser_id,
        "ring": services.fleet.ring_of(account),
        "labels": dict(account.labels),
        "run": run.get("run"),
        "ended": run.get("ended"),
        "exit_code": found.exit_code or row.get("exit_code"),
        "summary": {key: count for key, count in row.get("summary", {}).items() if count},
        "approved_by": run.get("approved", {}).get(account.name, []),
        "pending": found.summary.get("pending", 0),
        "unknown": found.summary.get("unknown", 0),
        "halted": status.get("halted"),
        "wakes_at": min((*polls, *settles), default=None),
        "expires_at": min((one["preview_expires_at"] for one in variants if one["preview_expires_at"]), default=None),
        "errors": [{key: one[key] for key in ("code", "message", "hint")} for one in errors],
    }


def _looked(plan: Mapping[str, Any] | None, drift: Mapping[str, Any] | None) -> dict[str, Any]:
    """The same of its last plan, which an apply makes, too, and of the last look for drift."""
    found: dict[str, Any] = {"plan": None, "worst_case": None, "blocked": [], "blocked_more": 0, "drift": None}
    if plan:
        found["plan"] = {key: plan[key] for key in ("at", "exit_code", "digest", "summary")}
        found |= {key: plan[key] for key in ("worst_case", "blocked", "blocked_more") if key in plan}
    if drift:
        counts = {key: drift["summary"].get(key, 0) for key in ("drifted", "gone")}
        found["drift"] = {"at": drift["at"], "exit_code": drift["exit_code"], **counts}
    return found


def details(services: Services, accounts: Sequence[FleetAccount]) -> dict[str, dict[str, Any]]:
    """By account what only its own page tells: its last plan in words, and its applies, the newest first."""
    world, root = services.world, services.fleet.root
    plans = looks.load(world, root, looks.PLAN)
    found: dict[str, dict[str, Any]] = {
        one.name: {"shown": plans.get(one.name, {}).get("shown", ""), "history": [], "gallery": False}
        for one in accounts
    }
    for name in reversed(history.names(world, services.fleet)[-_RUNS:]):
        run = history.read(world, services.fleet, name)
        for row in run["accounts"]:
            past = found[row["name"]]["history"] if row["name"] in found else None
            if past is not None and len(past) < _APPLIES:
                past.append(_past(run, row))
    return found


def _past(run: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    counts = {key: count for key, count in row["summary"].items() if count}
    about = {key: run.get(key) for key in ("run", "ended", "who", "why")}
    approved = run.get("approved", {}).get(row["name"], [])
    told = {key: row[key] for key in ("exit_code", "skipped", "errors")}
    return {**about, **told, "summary": counts, "approved_by": approved}


def _last(services: Services, accounts: set[str]) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """By account (run, its row) of the newest apply that chose it."""
    world, fleet = services.world, services.fleet
    found: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for name in reversed(history.names(world, fleet)):
        if found.keys() >= accounts:
            break
        run = history.read(world, fleet, name)
        for row in run["accounts"]:
            if row["name"] in accounts:
                found.setdefault(row["name"], (run, row))
    return found


def _calls(services: Services, name: str) -> dict[str, Any]:
    """Calls of the last minute that count against a limit, from every process that shares it."""
    most = services.fleet.file.windows(name)[_MINUTE]
    return {"class": name, "last_minute": services.limit(name).used(), "limit": most}
