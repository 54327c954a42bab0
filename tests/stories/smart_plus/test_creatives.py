"""The creatives of an ad: a set, known by content; what others have added stays, what they have paused stays paused."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.marketing.scene import error
from tests.stories.smart_plus.scene import ad, adgroup, campaign, creatives, family, smart
from tests.stories.workspace import Workspace, finish, until

UPDATE, SWITCH = "smart_plus/ad/update/", "smart_plus/ad/material_status/update/"
ON = {"status": "ENABLE"}


def shown(*videos: str) -> str:
    """Creatives of the library; `v1-` is paused."""
    items = [{"video_id": one.rstrip("-"), **({"status": "DISABLE"} if one.endswith("-") else {})} for one in videos]
    return json.dumps(items)


@pytest.fixture
def running(shop: Workspace, market: Account) -> Workspace:
    """An ad of v1 and v2 that runs."""
    shop.manifest(*family(**ON))
    shop.apply()
    market.forget_calls()
    return shop


def with_creatives(work: Workspace, *videos: str, lifecycle: str = "", **fields: object) -> None:
    """The same family, and an ad of these."""
    told = {**ON, "creatives": shown(*videos), **fields}
    work.manifest(campaign(**ON), adgroup(**ON), ad(lifecycle=lifecycle, **told))


def colleague(account: Account, **fields: object) -> None:
    """Somebody edits the ad in Ads Manager."""
    account.operate("edit", {"id": smart(account)[0]["smart_plus_ad_id"], **fields})


def items(account: Account, *more: str) -> list[dict[str, Any]]:
    """The creatives of the ad as they are, with these videos of a colleague's."""
    rows = {one["ad_id"]: one for one in account.objects("ad")}
    mine = [{"creative_info": rows[one]["creative_info"]} for one in smart(account)[0]["creative_ids"]]
    info = mine[0]["creative_info"]
    return [*mine, *({"creative_info": {**info, "video_info": {"video_id": one}}} for one in more)]


def paths(account: Account) -> list[str]:
    """The paths of all writes."""
    return [path for path, _ in account.posts()]


def test_added_removed_and_paused_one_by_one(running: Workspace, market: Account) -> None:
    """Each is a field of its own, one write of the list, and then the status of those that are to be paused."""
    with_creatives(running, "v1-", "v3")
    fields = {one["path"]: (one["old"], one["new"]) for one in running.plan().rows["ad/us-hero"]["fields"]}
    assert fields.keys() == {"creatives[video:v1].status", "creatives[video:v2]", "creatives[video:v3]"}
    assert fields["creatives[video:v1].status"] == ("ENABLE", "DISABLE")
    assert fields["creatives[video:v2]"][1] is None
    assert fields["creatives[video:v3]"][0] is None
    running.apply()
    assert creatives(market) == {"v1": "DISABLE", "v3": "ENABLE"}
    assert [path for path in paths(market) if path != UPDATE] == [SWITCH]
    assert running.in_sync()


def test_the_lockfile_knows_each_creative(running: Workspace, market: Account) -> None:
    """What it is, and its ids of now, for whoever reads reports."""
    entry = {one["key"]: one for one in running.lock["ad/us-hero"]["creatives"]}
    assert entry.keys() == {"video:v1", "video:v2"}
    rows = {one["video_id"]: one for one in market.objects("ad")}
    assert entry["video:v1"]["creative_id"] == rows["v1"]["ad_id"]
    assert entry["video:v1"]["ad_material_id"] == rows["v1"]["ad_material_id"]
    assert entry["video:v1"]["status"] == "ENABLE"


def test_a_colleagues_parameter_is_kept(running: Workspace, market: Account) -> None:
    """URL parameters are merged by their names."""
    with_creatives(running, "v1", "v2", utm_params="[{key: a, value: b}]")
    running.apply()
    configuration = smart(market)[0]["ad_configuration"]
    more = [*configuration["utm_params"], {"key": "c", "value": "d"}]
    colleague(market, ad_configuration={**configuration, "utm_params": more})
    assert running.in_sync()
    with_creatives(running, "v1", "v2", utm_params="[{key: a, value: x}]")
    running.apply()
    after = {one["key"]: one["value"] for one in smart(market)[0]["ad_configuration"]["utm_params"]}
    assert after == {"a": "x", "c": "d"}
    assert running.in_sync()


def test_the_order_means_nothing(running: Workspace) -> None:
    """It is a set."""
    with_creatives(running, "v2", "v1")
    assert running.plan().rows == {}


def test_a_pause_alone_rewrites_no_list(running: Workspace, market: Account) -> None:
    """The cheapest and safest write; awake again by another one of them."""
    for videos in (("v1-", "v2"), ("v1", "v2")):
        with_creatives(running, *videos)
        running.apply()
        assert set(paths(market)) == {SWITCH}
        assert running.in_sync()


@pytest.mark.parametrize(("ids", "wakes"), rotating(list(product(("keep", "renew"), ("keep", "enable"))), 4))
def test_what_is_paused_stays_paused_when_the_list_is_written(
    running: Workspace, market: Account, ids: str, wakes: str
) -> None:
    """Ours and a colleague's, whatever the platform does to the ids and statuses of creatives that stay."""
    colleague(market, creative_list=items(market, "v3"))
    with_creatives(running, "v1-", "v2")
    running.apply()
    (theirs,) = [one for one in market.objects("ad") if one["video_id"] == "v3" and one["status"] != "DELETE"]
    market.operate("edit", {"id": theirs["ad_id"], "status": "DISABLE"})
    market.switch(sp_material_ids=ids, sp_material_status_on_update=wakes)
    with_creatives(running, "v1-", ad_texts="[Spring is here.]")
    running.apply()
    assert creatives(market) == {"v1": "DISABLE", "v3": "DISABLE"}
    assert running.in_sync()


def test_a_text_that_was_refused_is_still_ours(running: Workspace, market: Account) -> None:
    """A creative of the same ad is paused before it; that does not make the old text a colleague's."""
    with_creatives(running, "v1-", "v2", ad_texts="[Summer is here.]")
    market.faults({"path": UPDATE, "nth": 1, "code": 40002})
    assert running.run("apply", "--auto-approve").code != 0
    running.apply()
    assert [one["ad_text"] for one in smart(market)[0]["ad_text_list"]] == ["Summer is here."]
    assert creatives(market) == {"v1": "DISABLE", "v2": "ENABLE"}


def test_an_ad_with_a_paused_creative_is_replaced(shop: Workspace, market: Account) -> None:
    """Its successor holds the same, the creative paused, and the old one is paused once that is there."""
    shop.manifest(campaign(), adgroup(), ad(creatives=shown("v1", "v2-")))
    shop.apply()
    old = smart(market)[0]["smart_plus_ad_id"]
    market.operate("edit", {"id": old, "status": "ENABLE"})
    shop.apply("--replace", "ad/us-hero")
    assert {one["smart_plus_ad_id"] == old: one["status"] for one in smart(market)} == {
        True: "DISABLE",
        False: "DISABLE",
    }
    assert creatives(market) == {"v1": "ENABLE", "v2": "DISABLE"}
    assert not shop.plan().rows


def test_a_birth_that_was_interrupted_takes_an_edit_of_its_creatives(shop: Workspace, market: Account) -> None:
    """What is unfinished comes first, and the list with it: nothing of the first one is taken for a colleague's."""
    market.faults({"path": "smart_plus/ad/create/", "nth": 1, "lose_reply": True})
    market.switch(birth_status="ignored")
    shop.manifest(*family(**ON))
    assert shop.run("apply", "--auto-approve").code == 8
    with_creatives(shop, "v3")
    shop.apply()
    assert creatives(market) == {"v3": "ENABLE"}
    assert not shop.plan().rows


def test_a_colleagues_creative_text_and_call_are_kept(running: Workspace, market: Account) -> None:
    """They were there before the plan: no row for them, and whatever write carries them along, told as theirs."""
    colleague(market, creative_list=items(market, "v3"), ad_text_list=[
        {"ad_text": "Spring is here."}, {"ad_text": "A colleague's."},
    ])  # fmt: skip
    assert running.in_sync()
    drift = running.run("drift", "--json", "--detailed-exitcode")
    assert (drift.code, drift.json["summary"]["drifted"]) == (2, 1)
    with_creatives(running, "v1", ad_texts="[Summer is here.]")
    row = running.plan().rows["ad/us-hero"]
    theirs = [one["path"] for one in row["fields"] if one["side"] == "theirs"]
    assert "creatives[video:v3]" in theirs
    running.apply()
    assert creatives(market) == {"v1": "ENABLE", "v3": "ENABLE"}
    assert {one["ad_text"] for one in smart(market)[0]["ad_text_list"]} == {"Summer is here.", "A colleague's."}
    assert running.in_sync()


def test_an_exclusive_list_holds_nothing_else(running: Workspace, market: Account) -> None:
    """`lifecycle: {exclusive: [creatives]}` takes out what others have added."""
    colleague(market, creative_list=items(market, "v3"))
    with_creatives(running, "v1", "v2", lifecycle="exclusive: [creatives]")
    fields = running.plan().rows["ad/us-hero"]["fields"]
    assert [(one["path"], one["new"], one["side"]) for one in fields] == [("creatives[video:v3]", None, "theirs")]
    running.apply()
    assert creatives(market) == {"v1": "ENABLE", "v2": "ENABLE"}
    assert running.in_sync()


def test_what_changes_between_plan_and_write_leaves_the_row(running: Workspace, market: Account) -> None:
    """Exit 6: nobody's creative is dropped; the next plan shows what is there now."""
    video = "kind: Video\nname: hero\nspec: {url: https://cdn.example.com/hero.mp4}\n"
    told = {**ON, "creatives": '[{video_id: "v1"}, {video: hero}]'}
    running.manifest(campaign(**ON), adgroup(**ON), ad(**told), video)
    market.faults({"path": "file/video/ad/upload/", "delay": 60})
    run = running.start("apply", "--auto-approve", "--json")
    until(lambda: any(path == "file/video/ad/upload/" for path in paths(market)))
    colleague(market, creative_list=items(market, "v3"))
    market.operate("clock", {"advance": 61})
    ended = finish(run)
    assert ended.code == 6, ended.text
    assert error(ended, "ad/us-hero")["code"] == "R708"
    assert creatives(market) == {"v1": "ENABLE", "v2": "ENABLE", "v3": "ENABLE"}
    market.faults()
    running.apply()
    assert len(creatives(market)) == 3
    assert creatives(market).keys() >= {"v1", "v3"}
    assert running.in_sync()


def test_never_an_empty_list(running: Workspace) -> None:
    """Nor the same thing twice, nor fifty-one."""
    for given, code in (("[]", "R216"), (shown("v1", "v1"), "R216")):
        running.manifest(campaign(**ON), adgroup(**ON), ad(creatives=given))
        ended = running.run("validate", "--json")
        assert (ended.code, ended.codes) == (3, [code])


def test_a_post_has_its_own_text(shop: Workspace, market: Account) -> None:
    """An ad of posts alone takes no texts; beside videos it needs them."""
    post = '[{tiktok_item_id: "7300000000000000001"}]'
    shop.manifest(campaign(), adgroup(), ad(creatives=post))
    assert shop.run("validate", "--json").codes == ["R216"]
    shop.manifest(campaign(), adgroup(), ad(creatives=post, ad_texts=None))
    shop.apply()
    assert creatives(market) == {"7300000000000000001": "ENABLE"}
    assert shop.in_sync()


def test_explain_and_the_buyers_words(running: Workspace, market: Account) -> None:
    """What becomes of each creative, and nothing that is not so."""
    colleague(market, creative_list=items(market, "v3"))
    with_creatives(running, "v1-")
    told = running.run("explain", "ad/us-hero").stdout
    assert "creatives[video:v2]: would be sent" in told
    assert "creatives[video:v3]: added by others, and kept by the write" in told
    assert "creatives: in sync" not in told
    words = running.run("plan", "--audience", "marketer").stdout
    assert "creative[video:v2]: removed" in words
    assert "creative[video:v1] status: enable → disable" in words
