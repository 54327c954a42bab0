"""Every write of production is lost, refused or throttled: applying again converges, and nothing is there twice."""

from __future__ import annotations

import time
from itertools import product
from typing import Any

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.marketing.scene import ad, adgroup, campaign, configure, error, family, paths, statuses
from tests.stories.refresh.scene import UPLOAD, consent, refresh, variants, video
from tests.stories.workspace import Run, Workspace

NAMES = {"campaign": "spring", "adgroup": "spring-us", "ad": "spring-us-hero"}
CREATES = [f"{kind}/create/" for kind in NAMES]
STATUSES = [f"{kind}/status/update/" for kind in NAMES]
UPDATES = [f"{kind}/update/" for kind in NAMES]
LOST: dict[str, dict[str, Any]] = {
    "lost": {"lose_reply": True}, "never sent": {"lose_request": True}, "gateway": {"status": 504, "commit": True},
    "busy": {"code": 50002}, "partly": {"code": 20001, "message": "Partial success", "commit": True},
    "nameless": {"empty_data": True},
}  # fmt: skip


@pytest.fixture
def quick(shop: Workspace) -> Workspace:
    """What is unknown is settled after a moment."""
    configure(shop, quiet=0.2)
    shop.manifest(*family(status="ENABLE"))
    return shop


def converged(work: Workspace, market: Account, status: str = "ENABLE") -> bool:
    """Within a few applies there is one of everything, as it is wanted."""
    for _ in range(3):
        ended = work.run("apply", "--auto-approve", "--json")
        if ended.code == 0 and work.in_sync():
            break
    assert [[row["status"] for row in market.objects(kind)] for kind in NAMES] == [[status]] * 3
    return work.in_sync()


def broken(work: Workspace, market: Account, path: str, fault: dict[str, Any]) -> Run:
    """An apply in which the first call of a path ends like this."""
    market.faults({"path": path, "nth": 1, **fault})
    ended = work.run("apply", "--auto-approve", "--json")
    market.faults()
    return ended


@pytest.mark.parametrize(("how", "path"), rotating(list(product(LOST, [*CREATES, *STATUSES])), 5, " ".join))
def test_a_lost_write_of_a_birth(quick: Workspace, market: Account, path: str, how: str) -> None:
    """Creates and the calls that enable: whatever became of it, one object of each kind is there in the end."""
    ended = broken(quick, market, path, LOST[how])
    assert ended.code in (0, 1, 8, 9), ended.text
    assert converged(quick, market)


@pytest.mark.parametrize(("how", "path"), rotating(list(product(LOST, UPDATES)), 5, " ".join))
def test_a_lost_edit(quick: Workspace, market: Account, path: str, how: str) -> None:
    """The edit is there in the end, once, and nothing else is changed."""
    quick.apply()
    told = {"campaign/update/": {"budget": 120}, "adgroup/update/": {"languages": "[en]"}, "ad/update/": {}}
    on: dict[str, object] = {"status": "ENABLE"}
    quick.manifest(
        campaign(**on, **told["campaign/update/"]),  # type: ignore[arg-type]
        adgroup(**on, **told["adgroup/update/"]),  # type: ignore[arg-type]
        ad(**on, call_to_action="SHOP_NOW"),  # type: ignore[arg-type]
    )
    ended = broken(quick, market, path, LOST[how])
    assert ended.code in (0, 8, 9), ended.text
    assert converged(quick, market)
    assert market.one("ad", NAMES["ad"])["call_to_action"] == "SHOP_NOW"


@pytest.mark.parametrize("path", CREATES)
def test_a_write_that_comes_late(quick: Workspace, market: Account, path: str) -> None:
    """It is carried out after its connection was lost, within the quiet period: found, not made again."""
    configure(quick, quiet=60)
    ended = broken(quick, market, path, {"late_commit": 20})
    assert ended.code == 8, ended.text
    assert converged(quick, market)


@pytest.mark.parametrize("path", rotating([*CREATES, *STATUSES], 3))
@pytest.mark.parametrize(("code", "message"), [(40001, "no permission"), (40105, "invalid token"), (40118, "")])
def test_a_permission_that_is_missing_ends_the_run(
    quick: Workspace, market: Account, path: str, code: int, message: str
) -> None:
    """Exit 4 with code, message and request_id; nothing more is sent; with the permission it is finished."""
    market.faults({"path": path, "code": code, "message": message})
    ended = quick.apply(code=4)
    (failed,) = [row["error"] for row in ended.json["outcomes"] if row["outcome"] == "failed"]
    assert (failed["code"], str(code) in failed["message"], bool(failed["request_id"])) == ("R602", True, True)
    assert paths(market)[-1] == path
    market.faults()
    assert converged(quick, market)


@pytest.mark.parametrize("path", rotating([*CREATES, *STATUSES, "ad/get/"], 3))
@pytest.mark.parametrize("code", [40100, 40133, 40016])
def test_a_throttled_call_is_sent_again(quick: Workspace, market: Account, path: str, code: int) -> None:
    """It was not looked at: after a pause the same run goes on to its end."""
    assert broken(quick, market, path, {"code": code, "message": "too many requests"}).code == 0
    assert quick.in_sync()
    assert set(statuses(market).values()) == {"ENABLE"}


@pytest.mark.parametrize("code", [40002, 40502, 40065, 40700])
def test_a_refused_create_is_told_in_the_platforms_words(quick: Workspace, market: Account, code: int) -> None:
    """R606, or unknown where it may have been done; the campaign stays paused, the next apply finishes."""
    ended = broken(quick, market, "ad/create/", {"code": code, "message": "ad text is not allowed"})
    found = error(ended, "ad/spring-us-hero")
    assert found["code"] in ("R606", "R709")
    assert ("ad text is not allowed" in found["message"], bool(found["request_id"])) == (True, True)
    assert statuses(market)["campaign/spring"] == "DISABLE"
    assert converged(quick, market)


def test_an_object_of_our_name_that_a_stranger_made_meanwhile(quick: Workspace, market: Account) -> None:
    """A create was lost and never came; a colleague makes one of that name: a person decides, nothing is adopted."""
    ended = broken(quick, market, "campaign/create/", {"lose_request": True})
    assert ended.code == 8, ended.text
    theirs = {"campaign_name": "spring", "objective_type": "REACH", "budget_mode": "BUDGET_MODE_DAY", "budget": 70}
    market.load(campaigns=[theirs])
    assert quick.run("apply", "--auto-approve", "--json").code in (5, 10)
    assert quick.plan().rows["campaign/spring"]["op"] == "blocked"
    assert len(market.objects("campaign")) == 1


def test_a_name_that_is_taken_is_a_twin(shop: Workspace, market: Account) -> None:
    """A manual object of the name: blocked with how to take it over; then adopted, and nothing is left."""
    market.switch(unique_names="on")
    theirs = {"campaign_name": "spring", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 100}
    (identity,) = market.load(campaigns=[theirs])["campaigns"]
    shop.manifest(campaign())
    ended = shop.apply(code=5)
    assert error(ended, "campaign/spring")["code"] == "R701"
    assert f"reconciler adopt campaign/spring {identity}" in error(ended, "campaign/spring")["hint"]
    assert shop.run("adopt", "campaign/spring", identity).code == 0
    assert shop.in_sync()


@pytest.mark.parametrize(
    ("path", "commit"),
    rotating([(path, commit) for commit in (False, True) for path in (CREATES[0], CREATES[2], UPLOAD)], 4),
)
def test_a_killed_process(quick: Workspace, market: Account, path: str, commit: bool) -> None:
    """SIGKILL while this write is held up, before or after it was carried out: one of everything in the end."""
    quick.manifest(video(), *family(status="ENABLE")[:2], ad(status="ENABLE", video="{video: hero}"))
    market.faults({"path": path, "nth": 1, "delay": 600, **({"commit": True} if commit else {})})
    run = quick.start("apply", "--auto-approve")
    while path not in paths(market):
        assert run.poll() is None, run.communicate()
        time.sleep(0.01)
    time.sleep(0.05)
    run.kill()
    run.communicate()
    market.faults()
    assert converged(quick, market)
    clips = [one for one in market.operate("state")["library_videos"] if one["file_name"].startswith("hero-")]
    assert len(clips) == 1


@pytest.mark.parametrize("nth", rotating([1, 2, 3], 3))
def test_a_killed_process_between_uploads_of_variants(shop: Workspace, market: Account, nth: int) -> None:
    """Three ads, three files: killed at any of them, each is there once."""
    configure(shop, quiet=0.2)
    consent(shop)
    ads = [ad(f"hook-{slot}", video=f"{{refresh: hooks, variant: {slot}}}") for slot in (1, 2, 3)]
    shop.manifest(video(), refresh(variants=3), campaign(), adgroup(), *ads)
    fault = {"path": UPLOAD, "match": {"upload_type": "UPLOAD_BY_FILE"}, "nth": nth}
    market.faults({**fault, "delay": 600, "commit": True})
    run = shop.start("apply", "--auto-approve")
    by_file = 0
    while by_file < nth:
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
        bodies = [body for path, body in market.posts() if path == UPLOAD]
        by_file = sum(body["upload_type"] == "UPLOAD_BY_FILE" for body in bodies)
    time.sleep(0.05)
    run.kill()
    run.communicate()
    market.faults()
    assert set(shop.apply().ended.values()) == {"done"}
    shown = {row["video_id"] for row in market.objects("ad")}
    assert shown == {one["library_video_id"] for one in variants(shop)}
    files = [one for one in market.operate("state")["library_videos"] if one["file_name"].startswith("hooks-")]
    assert (len(files), len(market.objects("ad"))) == (3, 3)
    assert shop.in_sync()
