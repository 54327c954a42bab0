"""A replacement that ends at any of its writes is taken up again: in the end one object of each name runs."""

from __future__ import annotations

import time
from collections import Counter
from itertools import product
from typing import Any

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.marketing.scene import ad, adgroup, campaign, configure
from tests.stories.workspace import Run, Workspace

NAMES = {"campaign": "spring", "adgroup": "spring-us", "ad": "spring-us-hero"}
WRITES = 10
"""Of a replaced campaign with one ad group and one ad: a rename, and three creates, pauses and enables each."""
EARLY: dict[str, dict[str, Any]] = {"refused": {"code": 40105}, "lost": {"lose_reply": True}}


def declared(objective: str) -> list[str]:
    """A family that is to run."""
    on = "ENABLE"
    return [campaign(objective_type=objective, status=on), adgroup(status=on), ad(status=on)]


def go_on(work: Workspace) -> Run:
    """Apply again, with the replacement where it has not begun."""
    blocked = [one for one in work.plan().rows.values() if one["reason"] == "replace"]
    again = ["--replace", "campaign/spring"] if blocked else []
    return work.run("apply", "--auto-approve", "--json", *again)


def converges(work: Workspace, market: Account) -> None:
    """Within a few applies: every name runs once, and everything else is paused."""
    for _ in range(4):
        if go_on(work).code == 0 and work.in_sync():
            break
    for kind, name in NAMES.items():
        rows = market.objects(kind)
        living = Counter(row["status"] for row in rows)
        assert living == {"ENABLE": 1, "DISABLE": 1}, rows
        (running,) = [row for row in rows if row["status"] == "ENABLE"]
        assert (running[f"{kind}_name"], running[f"{kind}_id"]) == (name, work.lock[f"{kind}/{name}"]["id"])
    assert work.in_sync()


@pytest.fixture
def edited(shop: Workspace, market: Account) -> Workspace:
    """A running family whose campaign must be replaced."""
    configure(shop, quiet=0.2)
    shop.manifest(*declared("TRAFFIC"))
    shop.apply()
    shop.manifest(*declared("REACH"))
    return shop


@pytest.mark.parametrize(("nth", "how"), rotating(list(product(range(1, WRITES + 1), EARLY)), 5))
def test_a_replacement_that_ends_early(edited: Workspace, market: Account, nth: int, how: str) -> None:
    """The token is refused from this write on, or its reply is lost although it was carried out."""
    market.faults({"method": "POST", "nth": nth, **EARLY[how]})
    edited.run("apply", "--auto-approve", "--json", "--replace", "campaign/spring")
    market.faults()
    converges(edited, market)


@pytest.mark.parametrize(("nth", "commit"), rotating([(nth, one) for one in (False, True) for nth in (1, 4, 7, 10)], 3))
def test_a_replacement_that_is_killed(edited: Workspace, market: Account, nth: int, commit: bool) -> None:
    """SIGKILL while this write is held up, before it is carried out or after."""
    market.forget_calls()
    market.faults({"method": "POST", "nth": nth, "commit": commit, "delay": 600})
    run = edited.start("apply", "--auto-approve", "--replace", "campaign/spring")
    while len(market.calls("POST")) < nth:
        assert run.poll() is None, run.communicate()
        time.sleep(0.01)
    time.sleep(0.05)
    run.kill()
    run.communicate()
    market.faults()
    converges(edited, market)


@pytest.fixture
def half(edited: Workspace, market: Account) -> Workspace:
    """The new campaign is made, the old one still runs: the ad group below the new one was refused."""
    market.faults({"path": "adgroup/create/", "code": 40002})
    edited.run("apply", "--auto-approve", "--json", "--replace", "campaign/spring")
    market.faults()
    assert [row["status"] for row in market.objects("campaign")] == ["ENABLE", "DISABLE"]
    return edited


def test_a_successor_that_somebody_deletes(half: Workspace, market: Account) -> None:
    """Made anew it still replaces the old one: the row says which, and that one is paused before anything new runs."""
    old = market.objects("campaign")[0]["campaign_id"]
    market.edit("campaign", "spring", status="DELETE")
    made = half.plan("--recreate", "campaign/spring")
    row = made.rows["campaign/spring"]
    assert (row["op"], row["reason"], row["id"]) == ("replace", "recreate", old)
    half.apply("--recreate", "campaign/spring")
    assert [row["status"] for row in market.objects("campaign") if row["status"] != "DELETE"] == ["DISABLE", "ENABLE"]
    assert [row["status"] for row in market.objects("ad")] == ["DISABLE", "ENABLE"]
    assert half.in_sync()


@pytest.mark.parametrize("deleted", [False, True])
def test_a_half_replaced_campaign_is_removed(half: Workspace, market: Account, deleted: bool) -> None:
    """Its manifest goes: the old one, which no manifest names any more, does not run on, whether the new one is there
    or was deleted."""
    if deleted:
        market.edit("campaign", "spring", status="DELETE")
    half.manifest(campaign("other"))
    rows = half.plan().rows
    assert (rows["campaign/spring"]["op"], rows["campaign/spring"]["reason"]) == ("disable", "unfinished replacement")
    half.apply()
    assert "ENABLE" not in {row["status"] for row in market.objects("campaign")}
    half.apply()
    assert half.in_sync()


def test_what_is_replaced_again_pauses_the_first_one_at_once(half: Workspace, market: Account) -> None:
    """Half replaced, given a new ad group and replaced once more: the first campaign's pause waits for nothing new."""
    half.manifest(*declared("TRAFFIC"), adgroup("spring-de", status="ENABLE"))
    half.apply("--replace", "campaign/spring")
    assert [row["status"] for row in market.objects("campaign")] == ["DISABLE", "DISABLE", "ENABLE"]
    assert half.in_sync()
