"""The report: a page, a document and metrics of what is known of every account without the network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from reconciler.render.fleet_page import fleet_page
from reconciler.render.prometheus import metrics
from tests.fleet.scene import FLEET, GROUP, Fleet, advertiser
from tests.stories.account import Account
from tests.stories.refresh.scene import ready
from tests.stories.workspace import FAST, Workspace

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(
    rf'({NAME})\{{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\}} (-?[0-9.]+(?:e[+-]?[0-9]+)?)'
)
HOSTILE = '</td><script>alert("1")</script>\\\n"'


def rows(count: int) -> dict[str, Any]:
    """A report of so many accounts, each with something to tell."""
    error = {"code": "R606", "message": f"campaign/ev-main: {HOSTILE}", "hint": "look at the row"}
    halted = {"at": "2026-11-27T11:00:00Z", "by": "x", "host": "y", "reason": HOSTILE}
    row = {"address": "ad/ev-hero", "code": "R703", "reason": "refused", "hint": HOSTILE}
    accounts = [
        {
            "name": f"client-{number:05}", "advertiser_id": advertiser(number),
            "ring": "rest" if number % 9 else "canary", "labels": {"client": f"c{number % 40}", "market": "us"},
            "run": "r", "ended": "2026-11-27T10:00:00Z", "exit_code": (0, 0, 0, 8, 9)[number % 5],
            "summary": {"done": 3, "failed": number % 2}, "approved_by": ["rule:only-down"],
            "worst_case": {"before": "60.00", "after": "70.00", "currency": "USD"},
            "pending": number % 3, "unknown": int(number % 7 == 0), "wakes_at": "2026-11-27T12:00:00Z",
            "halted": halted if number % 11 == 0 else None, "errors": [error] if number % 5 == 4 else [],
            "plan": {"at": "2026-11-27T09:00:00Z", "exit_code": 0, "digest": "sha256:1", "summary": {"update": 2}},
            "drift": {"at": "2026-11-27T09:30:00Z", "exit_code": 0, "drifted": number % 4, "gone": number % 2},
            "blocked": [row] if number % 20 == 3 else [], "blocked_more": 0,
            "expires_at": ("2026-11-27T12:30:00Z", "2026-11-28T12:30:00Z", None)[number % 3],
        }
        for number in range(count)
    ]  # fmt: skip
    states = ("accounts", "never", "failed", "blocked", "drifted", "pending", "unknown", "halted")
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


def test_plans_and_drift_stand_beside_the_last_apply(fleet: Fleet, market: Account) -> None:
    """What others changed, what a plan would do, what of it is blocked: as a document, a page, and numbers."""
    fleet.fleet("apply", "--auto-approve", "--account", "a[012]")
    told = fleet.fleet("report")["accounts"]
    assert [one["plan"] and one["plan"]["summary"] for one in told] == [{"create": 1}] * 3 + [None]
    assert [one["drift"] for one in told] == [None] * 4
    first = next(one for one in market.operate("state")["campaigns"] if one["advertiser_id"] == advertiser(0))
    market.operate("edit", {"id": first["campaign_id"], "budget": 99})
    fleet.fleet("drift", "--account", "a[01]")
    fleet.account(1, budget="61.00")
    fleet.replace("TRAFFIC", "REACH", "modules/evergreen/campaign.yaml")
    fleet.fleet("plan", "--account", "a[13]")
    told = fleet.fleet("report", "--html", "out", "--metrics", "out/fleet.prom")
    assert [one["drift"] and one["drift"]["drifted"] for one in told["accounts"]] == [1, 0, None, None]
    assert told["summary"]["drifted"] == 1
    assert [one["plan"]["summary"] for one in told["accounts"][1::2]] == [{"blocked": 1}, {"create": 1}]
    (blocked,) = told["accounts"][1]["blocked"]
    assert (blocked["address"], bool(blocked["hint"])) == ("campaign/ev-main", True)
    numbers = parsed((fleet.root / "out/fleet.prom").read_text("utf-8"))
    assert list(numbers["reconciler_fleet_drifted"].values()) == [1, 0]
    assert list(numbers["reconciler_fleet_blocked_rows"].values()) == [0, 1, 0, 0]
    page = (fleet.root / "out/index.html").read_text("utf-8")
    assert "1 changed" in page
    assert "campaign/ev-main is blocked" in page
    assert page.count('href="accounts/') == 4


def test_an_account_has_a_page_of_its_own(fleet: Fleet, market: Account) -> None:
    """Its plan as people read it, every apply that chose it, the newest first, and the way back."""
    fleet.fleet("apply", "--auto-approve")
    fleet.account(0, budget="61.00")
    reason = ("--allow-limit", "accounts=1", "--reason", "<b>summer</b>")
    fleet.fleet("apply", "--auto-approve", *reason)
    fleet.account(0, budget="62.00")
    fleet.fleet("plan", "--account", "a0")
    assert fleet.shown("report", "--html", "out").stdout == "out/index.html\n"
    page = (fleet.root / "out/accounts/a0.html").read_text("utf-8")
    assert "62.00" in page
    assert page.index("&lt;b&gt;summer") < page.rindex("exit 0")
    assert page.count("<td><small>2") == 2
    assert '<a href="../index.html">' in page
    assert "<script" not in page
    other = (fleet.root / "out/accounts/a3.html").read_text("utf-8")
    assert "No changes." in other
    fleet.write(".reconciler/fleet/looks/plan.json", "{")
    fleet.shown("report", "--html", "out")
    assert "Nobody has planned it" in (fleet.root / "out/accounts/a0.html").read_text("utf-8")


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


def test_variants_that_wait_for_a_decision_have_a_gallery(tmp_path: Path) -> None:
    """The page of their account links to it, until somebody has decided about all."""
    with Account(switches={"task_seconds": "0"}) as account:
        team = Workspace(tmp_path / "fleet/team", account.url)
        ready(team)
        team.apply()
        file = FLEET.format(url=account.url, groups=GROUP, more="", default=FAST, fast=FAST)
        team.write("../fleet.yaml", file)
        team.write("../accounts/team.yaml", "version: 1\nname: team\nworkspace: team\n")
        assert team.run("fleet", "report", "--html", "../out").code == 0
        made = tmp_path / "fleet/out/accounts"
        assert 'href="team/gallery/index.html"' in (made / "team.html").read_text("utf-8")
        assert len(list((made / "team/gallery/media/hooks").iterdir())) == 3
        assert team.run("approve", "refresh/hooks", "--all", "--by", "Ann").code == 0
        assert team.run("fleet", "report", "--html", "../out").code == 0
        assert "gallery" not in (made / "team.html").read_text("utf-8")
