"""What is known of every account without the network: its last apply, what is open; and what of the limit is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.api.window import SharedWindow
from reconciler.canonical import stamp
from reconciler.fleet import history
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.execute import CLASSES, Services
from reconciler.fleet.load import WINDOW
from reconciler.fleet.run import Result
from reconciler.manifest.workspace import windows

_MINUTE = 60.0
_CLASSES = (*CLASSES, "refresh_create")


def report(services: Services, accounts: Sequence[FleetAccount], found: Sequence[Result]) -> dict[str, Any]:
    """The document of `fleet report --json`, without `format_version`. `found`: what `status` tells of each account."""
    runs = _last(services, {one.name for one in accounts})
    rows = [_row(services, account, one, runs.get(account.name)) for account, one in zip(accounts, found, strict=True)]
    return {
        "app": services.fleet.file.app.name,
        "made_at": stamp(services.world.now()),
        "summary": {
            "accounts": len(rows),
            "never": sum(one["run"] is None for one in rows),
            "failed": sum(one["exit_code"] not in (None, 0, 2, 5, 8) for one in rows),
            "blocked": sum(one["exit_code"] == 5 for one in rows),
            "pending": sum(bool(one["pending"]) for one in rows),
            "unknown": sum(bool(one["unknown"]) for one in rows),
            "halted": sum(bool(one["halted"]) for one in rows),
        },
        "calls": [_calls(services, name) for name in _CLASSES],
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
        "worst_case": row.get("worst_case"),
        "approved_by": run.get("approved", {}).get(account.name, []),
        "pending": found.summary.get("pending", 0),
        "unknown": found.summary.get("unknown", 0),
        "halted": status.get("halted"),
        "wakes_at": min((*polls, *settles), default=None),
        "expires_at": min((one["preview_expires_at"] for one in variants if one["preview_expires_at"]), default=None),
        "errors": [{key: one[key] for key in ("code", "message", "hint")} for one in errors],
    }


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
    """Calls of the last minute that count against a limit, from every process on this machine."""
    per = windows(services.fleet.file.api.rate, name)
    used = SharedWindow(services.fleet.root / WINDOW, name, per, services.world).used()
    return {"class": name, "last_minute": used, "limit": per[_MINUTE]}
