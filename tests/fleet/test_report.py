"""The report: a page, a document and metrics of what is known of every account without the network."""

from __future__ import annotations

import re
from typing import Any

from reconciler.render.fleet_page import fleet_page
from reconciler.render.prometheus import metrics
from tests.fleet.scene import Fleet, advertiser
from tests.stories.account import Account

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(
    rf'({NAME})\{{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\}} (-?[0-9.]+(?:e[+-]?[0-9]+)?)'
)
HOSTILE = '</td><script>alert("1")</script>\\\n"'


def rows(count: int) -> dict[str, Any]:
    """A report of so many accounts, each with something to tell."""
    error = {"code": "R606", "message": f"campaign/ev-main: {HOSTILE}", "hint": "look at the row"}
    halted = {"at": "2026-11-27T11:00:00Z", "by": "x", "host": "y", "reason": HOSTILE}
    accounts = [
        {
            "name": f"client-{number:05}", "advertiser_id": advertiser(number),
            "ring": "rest" if number % 9 else "canary", "labels": {"client": f"c{number % 40}", "market": "us"},
            "run": "r", "ended": "2026-11-27T10:00:00Z", "exit_code": (0, 0, 0, 8, 9)[number % 5],
            "summary": {"done": 3, "failed": number % 2}, "approved_by": ["rule:only-down"],
            "worst_case": {"before": "60.00", "after": "70.00", "currency": "USD"},
            "pending": number % 3, "unknown": int(number % 7 == 0), "wakes_at": "2026-11-27T12:00:00Z",
            "halted": halted if number % 11 == 0 else None, "errors": [error] if number % 5 == 4 else [],
            "expires_at": ("2026-11-27T12:30:00Z", "2026-11-28T12:30:00Z", None)[number % 3],
        }
        for number in range(count)
    ]  # fmt: skip
    states = ("accounts", "never", "failed", "blocked", "pending", "unknown", "halted")
    calls = [{"class": "default", "last_minute": 12, "limit": 600}]
    made = {"app": f"agency {HOSTILE}", "made_at": "2026-11-27T12:00:00Z", "summary": dict.fromkeys(states, count)}
    return {**made, "calls": calls, "accounts": accounts}


def parsed(text: str) -> dict[str, dict[str, float]]:
    """By family its samples, as the exposition format has them; AssertionError for anything else."""
    found: dict[str, dict[str, float]] = {}
    kind = about = None
    assert text.endswith("\n")
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("# HELP "):
            about = line.split(" ")[2]
        elif line.startswith("# TYPE "):
            kind = line.split(" ")[2]
            assert (kind, line.split(" ")[3], kind in found) == (about, "gauge", False)
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1] == kind
            assert sample[2] not in found.setdefault(sample[1], {})
            found[sample[1]][sample[2]] = float(sample[3])
    return found


def test_what_is_known_of_every_account(fleet: Fleet, market: Account) -> None:
    """After an apply that one account did not survive, and a halt of another: no call, and everything is told."""
    fleet.settings(more="engine: {threads: 1}\n")
    fleet.replace("budget_mode:", "status: ENABLE, budget_mode:", "modules/evergreen/campaign.yaml")
    market.faults(
        {"path": "campaign/create/", "match": {"advertiser_id": advertiser(1)}, "code": 40002, "message": "no"}
    )
    applied = fleet.fleet("apply", "--auto-approve", "--account", "a[012]", code=1)
    fleet.fleet("halt", "--account", "a2", "--reason", "look here")
    market.forget_calls()
    told = fleet.fleet("report", "--html", "out", "--metrics", "out/fleet.prom")
    assert market.calls() == []
    assert [one["exit_code"] for one in told["accounts"]] == [0, 1, 0, None]
    assert [one["run"] for one in told["accounts"]] == [applied["run"]] * 3 + [None]
    assert told["accounts"][0]["worst_case"] == {"before": "0.00", "after": "60.00", "currency": "USD"}
    assert told["accounts"][1]["errors"][0]["code"] == applied["accounts"][1]["error"]["code"]
    assert (told["summary"]["failed"], told["summary"]["halted"], told["summary"]["never"]) == (1, 1, 1)
    assert told["calls"][0]["last_minute"] > 5
    page = (fleet.root / "out/index.html").read_text("utf-8")
    assert "look here" in page
    numbers = parsed((fleet.root / "out/fleet.prom").read_text("utf-8"))
    assert list(numbers["reconciler_fleet_exit_code"].values()) == [0, 1, 0]
    assert list(numbers["reconciler_fleet_halted"].values()) == [0, 0, 1, 0]
    assert fleet.run("fleet", "report").code == 3


def test_metrics_follow_the_grammar_whatever_a_text_holds() -> None:
    """Quotes, backslashes and line ends are escaped; each family is told once, each of its samples once."""
    numbers = parsed(metrics(rows(30)))
    assert len(numbers["reconciler_fleet_exit_code"]) == 30
    assert len(numbers["reconciler_fleet_preview_expires_timestamp_seconds"]) == 20


def test_five_thousand_accounts_are_a_page_of_five_megabytes_at_most() -> None:
    """And what somebody wrote as a reason is text in it."""
    page = fleet_page(rows(5000))
    assert len(page.encode()) <= 5_000_000
    assert page.count("<script>") == 1
    assert "<script>alert" not in page
