"""drift, adopt, --replace, --recreate, removal and saved plans with ads of Smart+ and their creatives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import error
from tests.stories.smart_plus.scene import ad, adgroup, campaign, creatives, family, smart
from tests.stories.workspace import Workspace

ON = {"status": "ENABLE"}
UPDATE, SWITCH = "smart_plus/ad/update/", "smart_plus/ad/material_status/update/"


@pytest.fixture
def running(shop: Workspace, market: Account) -> Workspace:
    """An ad of v1 and v2 that runs."""
    shop.manifest(*family(**ON))
    shop.apply()
    market.operate("clock", {"advance": 6})
    market.forget_calls()
    return shop


def with_creatives(work: Workspace, told: str, **fields: object) -> None:
    """The same family, and an ad of these."""
    work.manifest(campaign(**ON), adgroup(**ON), ad(creatives=told, **{**ON, **fields}))


def item(video: str) -> dict[str, Any]:
    """A creative as somebody else makes it."""
    info = {
        "ad_format": "SINGLE_VIDEO", "video_info": {"video_id": video}, "image_info": [{"web_uri": "i1"}],
        "identity_type": "TT_USER", "identity_id": "7300000000000000009",
    }  # fmt: skip
    return {"creative_info": info}


def creative_row(market: Account, video: str) -> str:
    """The id of the living creative that shows a video."""
    (found,) = [one for one in market.objects("ad") if one.get("video_id") == video and one["status"] != "DELETE"]
    identity: str = found["ad_id"]
    return identity


# ------------------------------------------------------------------------------------------------ drift


def test_drift_names_each_creative_that_others_touched(running: Workspace, market: Account) -> None:
    """A creative that somebody paused and one that somebody added, beside a text; put back is what is ours."""
    market.operate("edit", {"id": creative_row(market, "v1"), "status": "DISABLE"})
    market.operate("edit", {
        "id": smart(market)[0]["smart_plus_ad_id"],
        "creative_list": [item("v1") | {"material_operation_status": "DISABLE"}, item("v2"), item("v3")],
        "ad_text_list": [{"ad_text": "Another one."}],
    })  # fmt: skip
    told = running.run("drift", "--json", "--detailed-exitcode")
    assert (told.code, told.json["summary"]) == (2, {"drifted": 1, "gone": 0}), told.text
    text = running.run("drift").stdout
    for one in ("creatives[video:v1].status", "creatives[video:v3]", "ad_texts"):
        assert one in text, text
    running.apply()
    assert creatives(market) == {"v1": "ENABLE", "v2": "ENABLE", "v3": "ENABLE"}
    assert {one["ad_text"] for one in smart(market)[0]["ad_text_list"]} == {"Spring is here.", "Another one."}
    assert running.in_sync()


def test_a_creative_that_others_removed_comes_back(running: Workspace, market: Account) -> None:
    """It is drift, a row of the plan, and one write."""
    market.operate("edit", {"id": smart(market)[0]["smart_plus_ad_id"], "creative_list": [item("v2")]})
    assert "creatives[video:v1]" in running.run("drift").stdout
    row = running.plan().rows["ad/us-hero"]
    assert [(one["path"], one["old"]) for one in row["fields"]] == [("creatives[video:v1]", None)]
    running.apply()
    assert creatives(market) == {"v1": "ENABLE", "v2": "ENABLE"}
    assert running.in_sync()


# ------------------------------------------------------------------------------------------------ adopt


def test_adopt_takes_over_an_ad_with_other_creatives(running: Workspace, market: Account) -> None:
    """It says what the next plan changes; that plan adds ours, and keeps theirs, whom nobody applied."""
    identity = running.lock["ad/us-hero"]["id"]
    assert running.run("state", "rm", "ad/us-hero").code == 0
    with_creatives(running, '[{video_id: "v2"}, {video_id: "v3", status: DISABLE}]')
    row = running.plan().rows["ad/us-hero"]
    assert (row["op"], row["code"], row["id"]) == ("blocked", "R701", identity)
    market.forget_calls()
    adopted = running.run("adopt", "ad/us-hero", identity, "--json")
    assert adopted.code == 0, adopted.text
    assert (adopted.json["id"], adopted.json["blocked"]) == (identity, None)
    assert market.posts() == []
    fields = running.plan().rows["ad/us-hero"]["fields"]
    assert adopted.json["differing"] == [one["path"] for one in fields]
    running.apply()
    assert creatives(market) == {"v1": "ENABLE", "v2": "ENABLE", "v3": "DISABLE"}
    assert running.in_sync()
    market.operate("clock", {"advance": 6})
    with_creatives(running, '[{video_id: "v3"}]')
    running.apply()
    assert creatives(market) == {"v1": "ENABLE", "v3": "ENABLE"}
    assert running.in_sync()


def test_adopt_says_what_an_exclusive_list_loses(running: Workspace, market: Account) -> None:
    """Who wants the list alone says so in the manifest; then what others have in it is announced, and goes."""
    identity = running.lock["ad/us-hero"]["id"]
    assert running.run("state", "rm", "ad/us-hero").code == 0
    only = "exclusive: [creatives]"
    running.manifest(campaign(**ON), adgroup(**ON), ad(lifecycle=only, creatives='[{video_id: "v2"}]', **ON))
    adopted = running.run("adopt", "ad/us-hero", identity, "--json")
    assert adopted.json["differing"] == ["creatives[video:v1]"]
    running.apply()
    assert creatives(market) == {"v2": "ENABLE"}
    assert running.in_sync()


def test_adopt_knows_an_ad_by_its_own_id_alone(running: Workspace, market: Account) -> None:
    """The id of one creative in it is not the ad's: refused, nothing is bound, nothing is sent."""
    assert running.run("state", "rm", "ad/us-hero").code == 0
    market.forget_calls()
    wrong = running.run("adopt", "ad/us-hero", creative_row(market, "v1"), "--json")
    assert wrong.code != 0
    assert wrong.json["errors"][0]["hint"]
    assert "ad/us-hero" not in running.lock
    assert market.posts() == []


# ------------------------------------------------------------------------------------------------ replace and recreate


def test_replace_makes_an_ad_anew_with_all_its_creatives(running: Workspace, market: Account) -> None:
    """The new one stands before the old one is paused; a paused creative is paused there, too."""
    with_creatives(running, '[{video_id: "v1"}, {video_id: "v2", status: DISABLE}]')
    running.apply()
    old = running.lock["ad/us-hero"]["id"]
    market.operate("clock", {"advance": 6})
    market.forget_calls()
    assert set(running.apply("--replace", "ad/us-hero").ended.values()) == {"done"}
    before, after = smart(market)
    assert (before["smart_plus_ad_id"], before["status"], after["status"]) == (old, "DISABLE", "ENABLE")
    rows = {one["ad_id"]: one for one in market.objects("ad")}
    assert {rows[one]["video_id"]: rows[one]["status"] for one in after["creative_ids"]} == {
        "v1": "ENABLE", "v2": "DISABLE",
    }  # fmt: skip
    switched = [body for path, body in market.posts() if path == "smart_plus/ad/status/update/"]
    assert [(one["smart_plus_ad_ids"], one["operation_status"]) for one in switched] == [
        ([old], "DISABLE"), ([after["smart_plus_ad_id"]], "ENABLE"),
    ]  # fmt: skip
    assert running.in_sync()


def test_recreate_after_a_deletion_in_ads_manager(running: Workspace, market: Account) -> None:
    """Blocked until somebody says so; then there is one living ad with all creatives."""
    market.operate("edit", {"id": running.lock["ad/us-hero"]["id"], "status": "DELETE"})
    assert running.plan().rows["ad/us-hero"]["reason"] == "vanished"
    assert error(running.apply(code=5), "ad/us-hero")["code"]
    running.apply("--recreate", "ad/us-hero")
    assert creatives(market) == {"v1": "ENABLE", "v2": "ENABLE"}
    assert running.in_sync()


# ------------------------------------------------------------------------------------------------ removal


def test_removal_pauses_then_deletes_after_the_hold(running: Workspace, market: Account) -> None:
    """`on_remove: delete`: paused at once, deleted by its own id when the hold is over, never by a creative's."""
    running.replace("max_daily_spend: 100000.00", "max_daily_spend: 100000.00, delete_hold_days: 0", "reconciler.yaml")
    running.manifest(campaign(**ON), adgroup(**ON), ad(lifecycle="on_remove: delete", **ON))
    running.apply()
    identity = running.lock["ad/us-hero"]["id"]
    running.manifest(campaign(**ON), adgroup(**ON))
    market.forget_calls()
    for status in ("DISABLE", "DELETE"):
        assert running.apply().ended == {"ad/us-hero": "done"}
        assert [(path, body["smart_plus_ad_ids"], body["operation_status"]) for path, body in market.posts()] == [
            ("smart_plus/ad/status/update/", [identity], status)
        ]
        market.forget_calls()
        market.operate("clock", {"advance": 6})
    assert smart(market) == []
    assert "ad/us-hero" not in running.lock
    assert running.in_sync()


def test_a_creative_that_leaves_the_manifest_leaves_the_ad(running: Workspace, market: Account) -> None:
    """One write with what stays; the ad is never without one."""
    with_creatives(running, '[{video_id: "v2"}]')
    running.apply()
    assert [path for path, _ in market.posts()] == [UPDATE]
    assert creatives(market) == {"v2": "ENABLE"}
    assert running.in_sync()


# ------------------------------------------------------------------------------------------------ saved plans


@pytest.fixture
def saved(running: Workspace) -> Workspace:
    """A plan that pauses v1, takes v2 out and puts v3 in, in a file."""
    with_creatives(running, '[{video_id: "v1", status: DISABLE}, {video_id: "v3"}]')
    assert running.run("plan", "--out", "plan.json").code == 0
    return running


def test_a_saved_plan_shows_creatives_and_does_exactly_itself(saved: Workspace, market: Account) -> None:
    """One by one in every form, without a network; applied, it is the digest that was shown."""
    shown = saved.run("show", "plan.json", "--json", token=None)
    paths = {one["path"] for one in shown.rows["ad/us-hero"]["fields"]}
    assert paths == {"creatives[video:v1].status", "creatives[video:v2]", "creatives[video:v3]"}
    for how in ("text", "markdown", "html"):
        text = saved.run("show", "plan.json", "--format", how, token=None).stdout
        assert all(f"video:{one}" in text for one in ("v1", "v2", "v3")), text
    market.forget_calls()
    ended = saved.run("apply", "plan.json", "--json")
    assert (ended.code, ended.json["plan_digest"]) == (0, shown.json["digest"])
    assert creatives(market) == {"v1": "DISABLE", "v3": "ENABLE"}
    assert saved.in_sync()
    again = saved.run("apply", "plan.json", "--json")
    assert again.code == 6


def test_a_saved_plan_is_stale_once_a_creative_changed(saved: Workspace, market: Account) -> None:
    """Somebody paused the one that stays: nothing is sent, and the plan of now says so."""
    market.operate("edit", {"id": creative_row(market, "v2"), "status": "DISABLE"})
    market.forget_calls()
    ended = saved.run("apply", "plan.json", "--json")
    assert ended.code == 6, ended.text
    assert market.posts() == []
    assert creatives(market) == {"v1": "ENABLE", "v2": "DISABLE"}
    assert saved.run("plan", "--out", "plan.json").code == 0
    assert saved.run("apply", "plan.json").code == 0
    assert creatives(market) == {"v1": "DISABLE", "v3": "ENABLE"}
