"""Rings: the canary first, the rest when it has ended well and has been watched long enough."""

from __future__ import annotations

import pytest

from reconciler.state.notice import NOTICE_SHA256
from tests.fleet.scene import Fleet, advertiser, budgets
from tests.stories.account import Account
from tests.stories.hurry import world_of

RINGS = """\
rings:
  - {name: canary, match: {ring: canary}}
  - {name: rest, after: canary, soak: 24h}
  - {name: last, match: {ring: none}, after: rest}
"""
WATCHED = "ring rest waits because ring canary is watched until"


@pytest.fixture
def ringed(fleet: Fleet) -> Fleet:
    """One canary of four."""
    fleet.settings(more=RINGS)
    fleet.account(0, labels="{ring: canary}")
    return fleet


def agreed(advertiser_id: str) -> str:
    """The consent of somebody for one account."""
    return (
        f'kind: Consent\nnotice_sha256: {NOTICE_SHA256}\nadvertiser_id: "{advertiser_id}"\n'
        "accepted_by: Ann\naccepted_at: 2026-11-21T10:00:00Z\n"
    )


def later(fleet: Fleet, hours: int) -> None:
    """So many hours pass, here and on the server."""
    world_of(fleet.url).sleep(hours * 3600)


def test_the_rest_waits_until_the_canary_has_been_watched(ringed: Fleet, market: Account) -> None:
    """The first apply changes the canary alone and ends with 8; a day later the same command does the rest."""
    applied = ringed.fleet("apply", "--auto-approve", code=8)
    assert [one["skipped"] for one in applied["accounts"]] == [False, True, True, True]
    assert applied["summary"] == {"accounts": 4, "changed": 1, "failed": 0, "pending": 0, "skipped": 3}
    assert {one["error"]["code"] for one in applied["accounts"][1:]} == {"R416"}
    assert WATCHED in applied["accounts"][1]["error"]["message"]
    later(ringed, 23)
    ringed.fleet("apply", "--auto-approve", code=8)
    assert list(budgets(market)) == [advertiser(0)]
    later(ringed, 1)
    ringed.fleet("apply", "--auto-approve")
    assert len(budgets(market)) == 4


def test_a_ring_is_chosen_by_its_name_and_held_all_the_same(ringed: Fleet, market: Account) -> None:
    """`--ring rest` before anybody applied the canary: nothing but GET; the canary's own changes hold it, too."""
    held = ringed.fleet("apply", "--auto-approve", "--ring", "rest", code=5)
    assert "no run that is kept here has applied a0" in held["accounts"][0]["error"]["message"]
    assert market.posts() == []
    assert len(ringed.fleet("apply", "--auto-approve", "--ring", "canary")["accounts"]) == 1
    later(ringed, 25)
    ringed.account(0, budget="70.00", labels="{ring: canary}")
    held = ringed.fleet("apply", "--auto-approve", "--ring", "rest", code=5)
    assert "ring canary has changes that are not applied: a0" in held["accounts"][0]["error"]["message"]
    assert list(budgets(market)) == [advertiser(0)]
    assert ringed.fleet("list", "--ring", "nothing", code=3)["errors"][0]["code"] == "R413"


def test_a_ring_that_failed_or_drifted_holds_the_rest(ringed: Fleet, market: Account) -> None:
    """The account that failed is named; so is one that a stranger changed after it was applied."""
    market.faults({"path": "campaign/create/", "code": 40002, "message": "no"})
    held = ringed.fleet("apply", "--auto-approve", code=1)
    assert "1 of ring canary failed: a0" in held["accounts"][1]["error"]["message"]
    market.faults()
    ringed.fleet("apply", "--auto-approve", code=8)
    later(ringed, 25)
    market.operate("edit", {"id": market.operate("state")["campaigns"][0]["campaign_id"], "budget": 99})
    held = ringed.fleet("apply", "--auto-approve", "--ring", "rest", code=5)
    assert "others changed 1 of ring canary: a0" in held["accounts"][0]["error"]["message"]
    assert list(budgets(market)) == [advertiser(0)]


def test_a_share_of_failures_ends_a_run(fleet: Fleet, market: Account) -> None:
    """A quarter of four accounts may fail, and one has: no other is begun."""
    fleet.settings(more="limits: {failed_percent: 25}\nengine: {threads: 1}\n")
    market.faults({"path": "campaign/create/", "nth": 1, "code": 40002, "message": "no"})
    applied = fleet.fleet("apply", "--auto-approve", code=1)
    assert applied["summary"]["skipped"] == 3
    assert "limits.failed_percent is 25" in applied["accounts"][1]["error"]["message"]


def test_failures_of_an_earlier_ring_count_in_the_later_one(ringed: Fleet, market: Account) -> None:
    """The canary may fail, and does; with one more failure the run has reached its limit, and two are not begun."""
    rings = RINGS.replace("soak: 24h", "when: {failed: 1}")
    ringed.settings(more=f"{rings}limits: {{failures: 2}}\nengine: {{threads: 1}}\n")
    market.faults({"path": "campaign/create/", "code": 40002, "message": "no"})
    applied = ringed.fleet("apply", "--auto-approve", code=1)
    assert [one["skipped"] for one in applied["accounts"]] == [False, False, True, True]
    assert {one["error"]["code"] for one in applied["accounts"][2:]} == {"R415"}
    assert budgets(market) == {}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("soak: 24h", "soak: 24w", "R204"),
        ("after: canary", "after: last", "R215"),
        ("name: rest", "name: canary", "R215"),
        ("name: rest, after: canary", "name: rest", "R215"),
    ],
)
def test_a_mistake_in_the_rings(ringed: Fleet, old: str, new: str, code: str) -> None:
    """A time without a unit, a ring that comes later, a name twice."""
    ringed.replace(old, new, "fleet.yaml")
    assert ringed.fleet("validate", code=3)["errors"][0]["code"] == code


def test_an_account_of_no_ring_is_named(ringed: Fleet, market: Account) -> None:
    """By `validate` beside the others, by `plan` before anything is asked."""
    ringed.replace("name: rest, after: canary", "name: rest, match: {x: z}, after: canary", "fleet.yaml")
    rows = ringed.fleet("validate", code=3)["accounts"]
    assert [one["error"] and one["error"]["code"] for one in rows] == [None] + ["R412"] * 3
    assert ringed.fleet("plan", code=3)["errors"][0]["code"] == "R412"
    assert market.calls() == []


HOOKS = """\
kind: Video
name: hero
spec: {url: https://cdn.example.com/hero.mp4}
---
kind: CreativeRefresh
name: hooks
spec: {video: hero, strategies: [SWAP_MUSIC], variants: 2}
"""


def test_tasks_of_the_canary_hold_the_rest_until_they_have_ended(fleet: Fleet, market: Account) -> None:
    """However often somebody applies meanwhile: 8, nothing in the rest; `advance` ends them, and the rest goes on."""
    fleet.settings(more="rings:\n  - {name: canary, match: {ring: canary}}\n  - {name: rest, after: canary}\n")
    fleet.account(0, labels="{ring: canary}")
    market.switch(task_seconds="5000", transcode_seconds="0")
    fleet.write("accounts/a0/manifests/hooks.yaml", HOOKS)
    fleet.write("accounts/a0/consent.yaml", agreed(advertiser(0)))
    for _ in range(3):
        applied = fleet.fleet("apply", "--auto-approve", code=8)
        assert applied["accounts"][0]["exit_code"] == 8
        assert list(budgets(market)) == [advertiser(0)]
    later(fleet, 2)
    while fleet.run("fleet", "advance", "--json").code == 8:
        later(fleet, 1)
    fleet.fleet("apply", "--auto-approve")
    assert len(budgets(market)) == 4


def test_somebody_may_wait_for_tasks(fleet: Fleet, market: Account) -> None:
    """`--wait`: passes until they have ended, or until the time is over; the run ends as the last pass says."""
    market.switch(task_seconds="3", transcode_seconds="0")
    fleet.write("accounts/a0/manifests/hooks.yaml", HOOKS)
    fleet.write("accounts/a0/consent.yaml", agreed(advertiser(0)))
    applied = fleet.fleet("apply", "--auto-approve", "--wait", "600")
    row = applied["accounts"][0]
    assert (row["exit_code"], row["summary"]["done"], row["summary"]["pending"]) == (0, 3, 0)
    assert fleet.fleet("show", applied["run"])["accounts"][0]["exit_code"] == 0
    market.switch(task_seconds="5000")
    fleet.replace("variants: 2", "variants: 3", "accounts/a0/manifests/hooks.yaml")
    assert fleet.fleet("apply", "--auto-approve", "--wait", "60", code=8)["accounts"][0]["exit_code"] == 8
