"""Guard rails over HTTP: what is refused, what one allowance lets through, and what is held again on live values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reconciler.manifest.guardrails import Freeze
from reconciler.state.runs import PastEffect, PastRun
from reconciler.workflow.rails import submitted, window_of
from tests.stories.account import Account
from tests.stories.hurry import world_of
from tests.stories.manifests import campaign
from tests.stories.marketing.scene import settle_in
from tests.stories.rails.scene import SCENES, limit
from tests.stories.refresh.scene import SUBMIT, ready, refresh, video
from tests.stories.workspace import Workspace, finish, until


@pytest.fixture
def shop(tmp_path: Path, market: Account) -> Workspace:
    """A campaign and an ad group of 20.00 that run, and an ad that leads to example.com and is paused."""
    work = settle_in(tmp_path / "workspace", market)
    declare(work, market, "20.00")
    work.apply()
    return work


def declare(work: Workspace, market: Account, budget: str, status: str = "DISABLE", page: str = "example.com") -> None:
    """The campaign, its ad group with this budget, and its ad in this status with this landing page."""
    scene = SCENES[market.contract]
    work.manifest(
        scene.campaign("spring", status="ENABLE"),
        scene.adgroup("us", "spring", status="ENABLE", budget=budget),
        scene.ad("hero", "us", status=status, landing_page_url=f"https://{page}/spring"),
    )


@pytest.mark.parametrize(
    ("rails", "rule", "passing", "beyond"),
    [
        ("max_budget: {adgroup: 30}", "max_budget", ("29.99", "30.00"), "30.01"),
        ("max_raise_percent: 50", "max_raise_percent", ("29.99", "30.00"), "30.01"),
        ("typo_factor: 2", "typo_factor", ("39.99", "40.00"), "40.01"),
    ],
)
def test_a_budget_a_cent_too_far(
    shop: Workspace, market: Account, rails: str, rule: str, passing: tuple[str, ...], beyond: str
) -> None:
    """Below the limit and at it nothing is refused; above it nothing is sent until exactly that amount is allowed."""
    limit(shop, market, rails)
    for amount in passing:
        declare(shop, market, amount)
        assert shop.plan().json["violations"] == []
    declare(shop, market, beyond)
    made = shop.plan().json
    (broken,) = made["violations"]
    assert (broken["rule"], broken["address"], broken["value"]) == (rule, "adgroup/us", beyond)
    assert broken["allow"] == f"{rule}=adgroup/us={beyond}"
    market.forget_calls()
    assert shop.apply(code=5).json["outcomes"] == []
    short = f"{rule}=adgroup/us={passing[-1]}"
    told = shop.run("apply", "--auto-approve", "--json", "--allow", short, "--reason", "less")
    assert (told.code, market.posts()) == (5, [])
    allowed = shop.plan("--allow", broken["allow"], "--reason", "opening").json
    assert allowed["allowances"] == [{"rule": rule, "address": "adgroup/us", "amount": beyond, "reason": "opening"}]
    assert allowed["digest"] != made["digest"]
    assert allowed["digest"] != shop.plan("--allow", broken["allow"], "--reason", "other").json["digest"]
    shown = shop.run("plan", "--allow", broken["allow"], "--reason", "opening").stdout
    assert f"Allowed: {broken['allow']} (opening)" in shown
    assert shop.apply("--allow", broken["allow"], "--reason", "opening").ended == {"adgroup/us": "done"}
    newest = shop.run("history", "--json").json["runs"][0]
    assert (newest["allow"], newest["reason"]) == ([broken["allow"]], "opening")


def test_the_way_back_and_down_is_open(shop: Workspace, market: Account) -> None:
    """Somebody lowered the budget; what was applied comes back in one step, and a lower one passes."""
    declare(shop, market, "24.00")
    shop.apply()
    limit(shop, market, "max_budget: {adgroup: 1}, max_raise_percent: 0, typo_factor: 2")
    market.edit("adgroup", "us", budget=1)
    assert shop.plan().json["violations"] == []
    shop.apply()
    declare(shop, market, "22.00")
    shop.apply()


def test_an_ad_leads_only_where_it_may(shop: Workspace, market: Account) -> None:
    """Another domain is refused with the ad paused; below the domain is fine; enabling what leads there is, too."""
    limit(shop, market, "landing_domains: [example.com]")
    declare(shop, market, "20.00", page="example.com.evil.example")
    (broken,) = shop.plan().json["violations"]
    assert (broken["rule"], broken["address"]) == ("landing_domains", "ad/hero")
    assert broken["value"] == "example.com.evil.example"
    market.forget_calls()
    assert (shop.apply(code=5).codes, market.posts()) == (["R836"], [])
    declare(shop, market, "20.00", page="shop.example.com", status="ENABLE")
    assert shop.plan().json["violations"] == []
    shop.apply()


def test_a_freeze_holds_what_is_not_a_pause(shop: Workspace, market: Account) -> None:
    """By the account's own clock, which the API tells: an edit waits, a pause does not."""
    now = datetime.now(UTC)
    times = [f"{now + timedelta(days=days):%Y-%m-%d %H:%M}" for days in (-2, 2)]
    limit(shop, market, f'freeze: [{{from: "{times[0]}", to: "{times[1]}"}}]')
    declare(shop, market, "21.00")
    assert shop.apply(code=5).codes == ["R837"]
    declare(shop, market, "20.00")
    shop.replace("status: ENABLE", "status: DISABLE")
    shop.apply()


def test_one_plan_enables_no_more_than_it_may(shop: Workspace, market: Account) -> None:
    """Two more ads are enabled at once, one is allowed; their number allows exactly two."""
    scene = SCENES[market.contract]
    limit(shop, market, "max_changes: {enable: 1}")
    text = (shop.root / "manifests/a.yaml").read_text("utf-8").replace("status: DISABLE", "status: ENABLE")
    shop.write("manifests/a.yaml", text)
    assert shop.plan().json["violations"] == []
    shop.manifest(scene.ad("two", "us", status="ENABLE"), file="b.yaml")
    (broken,) = shop.plan().json["violations"]
    assert (broken["rule"], broken["address"], broken["value"]) == ("max_changes", "enable", "2")
    assert broken["allow"] == "max_changes=enable=2"
    shop.apply("--allow", broken["allow"], "--reason", "both")


def test_tasks_of_a_day_and_of_a_run(work: Workspace, account: Account) -> None:
    """Three tasks were asked for today; a new generation of three more is beyond five, whoever asks when.
    Midnight in UTC begins no day of the account."""
    world = world_of(account.url)
    world.sleep((23.5 * 3_600 - world.now()) % 86_400)
    account.switch(task_seconds="0")
    ready(work)
    work.replace("currency: USD", "currency: USD, timezone: America/New_York", "reconciler.yaml")
    work.replace("{max_daily_spend: 1000.00}", "{max_submits: {run: 3, day: 5}}", "reconciler.yaml")
    work.apply()
    world.sleep(3_600)
    work.manifest(video(), refresh(revision=2))
    (broken,) = work.plan().json["violations"]
    assert (broken["rule"], broken["address"]) == ("max_submits", "refresh/hooks")
    assert (broken["value"], broken["limit"], broken["allow"]) == ("6", "5 a day", "max_submits=refresh/hooks=3")
    account.forget_calls()
    assert work.apply(code=5).codes == ["R835"]
    assert account.posts() == []
    work.apply("--allow", broken["allow"], "--reason", "one more look")
    assert len([one for one in account.calls("POST") if one["path"] == SUBMIT]) == 3


def test_a_clock_that_nobody_knows_is_refused(work: Workspace) -> None:
    """`openapi` tells no time zone, so the workspace must: exit 3, with what to write."""
    work.configure(guardrails='{freeze: [{from: "2026-11-27 00:00", to: "2026-12-01 00:00"}]}')
    work.manifest(campaign())
    ended = work.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R408"])
    assert "account.timezone" in ended.json["errors"][0]["hint"]


@pytest.mark.parametrize(
    ("start", "end", "utc"),
    [
        # Summer time begins 2027-03-14 02:00 in New York and ends 2026-11-01 02:00.
        ("2026-11-01 01:30", "2026-11-02 00:00", ("2026-11-01T05:30", "2026-11-02T05:00")),
        ("2026-10-31 00:00", "2026-11-01 01:30", ("2026-10-31T04:00", "2026-11-01T06:30")),
        ("2027-03-14 02:30", "2027-03-15 00:00", ("2027-03-14T06:30", "2027-03-15T04:00")),
        ("2027-03-13 00:00", "2027-03-14 02:30", ("2027-03-13T05:00", "2027-03-14T07:30")),
    ],
)
def test_a_night_in_which_the_clock_is_changed(start: str, end: str, utc: tuple[str, str]) -> None:
    """A time that is there twice, or never, makes the window the longer one."""
    made = window_of(Freeze.model_validate({"from": start, "to": end}), ZoneInfo("America/New_York"))
    assert (made.start, made.end) == tuple(datetime.fromisoformat(f"{one}+00:00").timestamp() for one in utc)


@pytest.mark.parametrize(
    ("at", "outcome", "counted"),
    [
        # It is 2026-12-01 00:30 in New York: the day and the month are half an hour old.
        ("2026-12-01T05:29", "done", (1, 1)),
        ("2026-12-01T05:00", "open", (1, 1)),
        ("2026-12-01T05:00", "unknown", (1, 1)),
        ("2026-12-01T05:00", "rejected", (0, 0)),
        ("2026-12-01T04:59", "done", (0, 0)),
    ],
)
def test_a_day_and_a_month_begin_at_the_accounts_midnight(at: str, outcome: str, counted: tuple[int, int]) -> None:
    """What was asked for before it does not count; nor does what the API refused."""
    run = PastRun("r", 0.0, "apply", "1", {})
    then, now = (datetime.fromisoformat(f"{one}+00:00").timestamp() for one in (at, "2026-12-01T05:30"))
    effect = PastEffect(run, then, "refresh/hooks", "submit", SUBMIT, {}, outcome)
    found = submitted([effect], now, ZoneInfo("America/New_York"))
    assert (found["day"], found["month"]) == counted


@pytest.mark.parametrize("given", ["max_spend=campaign/a", "max_budget=campaign/*=5", "max_budget=campaign/a"])
def test_what_names_nothing_is_no_allowance(work: Workspace, given: str) -> None:
    """An unknown rule, a pattern, an amount that is missing: exit 3, and so is no reason, or an empty one."""
    work.manifest(campaign())
    assert work.run("plan", "--allow", given, "--reason", "x").code == 3
    good = ("--allow", "max_budget=campaign/spring=5")
    assert work.run("plan", *good).code == 3
    assert work.run("plan", *good, "--reason", " ").code == 3
    warned = work.plan(*good, "--reason", "x").json["warnings"]
    assert warned == ["--allow max_budget=campaign/spring=5 lifts nothing here"]


def test_a_budget_that_a_stranger_raised_is_not_enabled(work: Workspace, account: Account) -> None:
    """It was below the limit when it was planned; by the time it would be enabled it is not: held on live values."""
    work.configure(guardrails="{max_daily_spend: 9000, max_budget: {campaign: 500}}")
    mine = {"lifecycle": "ignore: [budget]", "budget": "400.00"}
    work.manifest(campaign("mine", status="DISABLE", **mine))
    work.apply()
    work.manifest(campaign("mine", status="ENABLE", **mine), campaign("new"))
    account.faults({"path": "campaign/create/", "delay": 1.5})
    account.forget_calls()
    process = work.start("apply", "--auto-approve", "--json")
    until(lambda: any(path == "campaign/create/" for path, _ in account.posts()))
    account.edit("campaign", "mine", budget=600)
    ended = finish(process)
    assert ended.code == 9, ended.text
    assert ended.rows["campaign/mine"]["error"]["code"] == "R831"
    assert account.one("campaign", "mine")["status"] == "DISABLE"
