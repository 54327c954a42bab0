"""What the clock forbids is found before anything is sent: a start that is over, and a start that was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import STATUS, ad, adgroup, campaign, day, error, paths
from tests.stories.workspace import Workspace


def hours(count: float) -> str:
    """A time so many hours from now, quoted for YAML."""
    return f'"{datetime.now(UTC) + timedelta(hours=count):%Y-%m-%d %H:%M:%S}"'


@pytest.mark.parametrize("kind", ["SCHEDULE_FROM_NOW", "SCHEDULE_START_END"])
def test_a_start_that_is_over_is_found_before_anything_is_sent(shop: Workspace, market: Account, kind: str) -> None:
    """validate refuses it at its line; a plan blocks the ad group, an apply sends nothing for it or below it."""
    ends = day(30) if kind == "SCHEDULE_START_END" else None
    late = adgroup(schedule_type=kind, schedule_start_time=hours(-12.1), schedule_end_time=ends)
    shop.manifest(campaign(), late, ad())
    ended = shop.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R219"])
    lines = (shop.root / "manifests/a.yaml").read_text("utf-8").splitlines()
    assert lines[ended.json["errors"][0]["line"] - 1].startswith("  schedule_start_time:")
    assert shop.plan().ops["adgroup/spring-us"] == "blocked"
    ended = shop.apply(code=5)
    assert (error(ended, "adgroup/spring-us")["code"], ended.ended["ad/spring-us-hero"]) == ("R219", "skipped")
    assert paths(market) == ["campaign/create/"]


def test_a_start_of_a_moment_ago_is_none(shop: Workspace, market: Account) -> None:
    """Twelve hours are the platform's: less is made."""
    shop.manifest(campaign(), adgroup(schedule_start_time=hours(-11.9)), ad())
    assert shop.run("validate").code == 0
    shop.apply()
    assert shop.in_sync()


def test_an_old_start_of_what_exists_is_no_error(shop: Workspace, market: Account) -> None:
    """An ad group that runs since last week validates for ever; only its replacement would need a new start."""
    shop.manifest(campaign(), adgroup())
    shop.apply()
    started = (datetime.now(UTC) - timedelta(days=7)).strftime("%Y-%m-%d %H:%M:%S")
    market.edit("adgroup", "spring-us", schedule_start_time=started)
    made = market.one("adgroup", "spring-us")["adgroup_id"]
    assert shop.run("state", "rm", "adgroup/spring-us").code == 0
    shop.manifest(campaign(), adgroup(schedule_start_time=f'"{started}"'))
    assert shop.run("adopt", "adgroup/spring-us", made).code == 0
    assert shop.run("validate").code == 0
    assert shop.in_sync()
    market.forget_calls()
    ended = shop.apply("--replace", "adgroup/spring-us", code=5)
    assert (error(ended, "adgroup/spring-us")["code"], paths(market)) == ("R219", [])


def test_the_start_of_what_has_started_cannot_be_changed(shop: Workspace, market: Account) -> None:
    """The row is blocked and names the start; other edits of the same kind are done."""
    shop.manifest(campaign(), adgroup(schedule_start_time=hours(-1)), adgroup("later"))
    shop.apply()
    market.forget_calls()
    shop.manifest(campaign(), adgroup(schedule_start_time=day(2)), adgroup("later", schedule_start_time=day(3)))
    ended = shop.apply(code=5)
    assert ended.ended == {"adgroup/spring-us": "skipped", "adgroup/later": "done"}
    assert "has started" in error(ended, "adgroup/spring-us")["hint"]
    assert paths(market) == ["adgroup/update/"]


def test_a_start_is_not_moved_into_the_past(shop: Workspace, market: Account) -> None:
    """An update that sends such a start is blocked, too."""
    shop.manifest(campaign(), adgroup(schedule_start_time=day(2)))
    shop.apply()
    shop.manifest(campaign(), adgroup(schedule_start_time=day(-2)))
    ended = shop.apply(code=5)
    assert error(ended, "adgroup/spring-us")["code"] == "R219"


def test_what_else_is_wanted_is_done(shop: Workspace, market: Account) -> None:
    """A start that is over holds nothing else up: what runs can be paused."""
    shop.manifest(campaign(status="ENABLE"))
    shop.apply()
    shop.manifest(campaign(status="DISABLE"), adgroup(schedule_start_time=day(-3)))
    market.forget_calls()
    ended = shop.apply(code=5)
    assert (ended.ended["campaign/spring"], paths(market)) == ("done", [STATUS["campaign"]])


def test_init_writes_a_start_that_does_not_rot(shop: Workspace, tmp_path: Path) -> None:
    """What it wrote is still in the future for whoever comes back weeks later, as far as the API takes such starts."""
    root = tmp_path / "new"
    assert shop.run("init", "--contract", "marketing", "-C", str(root), chdir=False).code == 0
    text = (root / "manifests/first.yaml").read_text("utf-8")
    (line,) = [one for one in text.splitlines() if "schedule_start_time" in one]
    start = datetime.strptime(line.split('"')[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert start > min(datetime.now(UTC) + timedelta(days=30), datetime(2027, 12, 31, tzinfo=UTC))
    assert "CUSTOMIZED_USER" not in text
