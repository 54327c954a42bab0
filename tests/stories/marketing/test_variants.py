"""Ads that show generated variants: made, approved where asked, uploaded from their files, exchanged when complete."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import ad, adgroup, campaign, configure, error, family, listed, paths, statuses
from tests.stories.refresh.scene import SUBMIT, UPLOAD, arrivals, consent, refresh, variants, video
from tests.stories.workspace import Run, Workspace, until


def shows(slot: int) -> dict[str, str]:
    """The video of an ad: a slot of `hooks`."""
    return {"video": f"{{refresh: hooks, variant: {slot}}}"}


def declared(count: int = 2, **fields: Any) -> tuple[str, ...]:
    """A refresh of two variants, and an ad for each slot; all of it is to run."""
    ads = [ad(f"hook-{slot}", **shows(slot), status="ENABLE") for slot in range(1, count + 1)]
    above = (campaign(status="ENABLE"), adgroup(status="ENABLE"))
    return (video(), refresh(variants=2, **fields), *above, *ads)


def files(market: Account) -> list[dict[str, Any]]:
    """The videos in the asset library that came from variants."""
    found: list[dict[str, Any]] = market.operate("state")["library_videos"]
    return [one for one in found if one["file_name"].startswith("hooks-")]


def advance(work: Workspace, *arguments: str) -> Run:
    """`advance --json`."""
    return work.run("advance", "--json", *arguments)


@pytest.fixture
def hooks(shop: Workspace) -> Workspace:
    """Consent is given, two variants and their ads are declared."""
    consent(shop)
    shop.manifest(*declared())
    return shop


@pytest.fixture
def running(hooks: Workspace, market: Account) -> Workspace:
    """The ads run."""
    hooks.apply()
    market.forget_calls()
    return hooks


def test_a_variant_becomes_an_ad(hooks: Workspace, market: Account) -> None:
    """Its very bytes, with their MD5, under a name that says which; the ad declares that its video is generated."""
    assert set(hooks.apply().ended.values()) == {"done"}
    uploads = [body for path, body in market.posts() if path == UPLOAD and "advertiser_id" in body]
    assert [one["upload_type"] for one in uploads] == ["UPLOAD_BY_FILE"] * 2
    for one, made in zip(files(market), variants(hooks), strict=True):
        data = (hooks.root / made["file"]).read_bytes()
        assert one["signature"] == hashlib.md5(data, usedforsecurity=False).hexdigest()
        assert one["video_id"] == made["library_video_id"]
        assert listed(market, "ad", f"hook-{made['variant']}")["video_id"] == one["video_id"]
    born = [body["creatives"][0] for path, body in market.posts() if path == "ad/create/"]
    assert [one["aigc_disclosure_type"] for one in born] == ["SELF_DISCLOSURE"] * 2
    assert set(statuses(market).values()) == {"ENABLE"}
    assert hooks.in_sync()


def test_the_file_is_not_in_the_journal(running: Workspace) -> None:
    """A journal stays small."""
    assert running.journal.stat().st_size < 200_000


@pytest.mark.parametrize("fault", [{"lose_reply": True}, {"status": 504, "commit": True}])
def test_a_lost_upload_of_a_variant(hooks: Workspace, market: Account, fault: dict[str, Any]) -> None:
    """Found by name and MD5: no second copy."""
    market.faults({"path": UPLOAD, "match": {"upload_type": "UPLOAD_BY_FILE"}, "nth": 1, **fault})
    assert set(hooks.apply().ended.values()) == {"done"}
    assert len(files(market)) == 2
    assert hooks.in_sync()


@pytest.mark.parametrize("absent", ["null", "omitted"])
def test_a_lost_upload_that_is_still_transcoded(hooks: Workspace, market: Account, absent: str) -> None:
    """It has its name, and no MD5 for longer than any list lags: it is waited for, and no second copy is made."""
    market.switch(transcode_seconds="200", absent_fields=absent)
    market.faults({"path": UPLOAD, "match": {"upload_type": "UPLOAD_BY_FILE"}, "nth": 1, "lose_reply": True})
    assert set(hooks.apply().ended.values()) == {"done"}
    assert len(files(market)) == 2
    assert hooks.in_sync()


def test_a_name_that_somebody_else_has(hooks: Workspace, market: Account) -> None:
    """The same file name with other bytes is not our video."""
    market.switch(task_seconds="0")
    hooks.manifest(video(), refresh(variants=2))
    hooks.apply()
    (made, _) = variants(hooks)
    name = f"hooks-g1-v1-{made['sha256'][:16]}.mp4"
    theirs = {"video_id": "theirs", "file_name": name, "signature": "0" * 32, "width": 540, "height": 960}
    market.load(library_videos=[theirs])
    hooks.manifest(*declared())
    assert set(hooks.apply().ended.values()) == {"done"}
    assert market.one("ad", "hook-1")["video_id"] != "theirs"
    assert hooks.in_sync()


def test_a_new_generation_is_one_update_an_ad(running: Workspace, market: Account) -> None:
    """Video and cover, patched; what is unchanged is not sent, and no ad is made."""
    running.replace("variants: 2", "variants: 2\n  revision: 2")
    assert {row["op"] for row in running.plan().rows.values()} == {"refresh", "update"}
    assert set(running.apply().ended.values()) == {"done"}
    updates = [body for path, body in market.posts() if path == "ad/update/"]
    assert [sorted(body["creatives"][0]) for body in updates] == [["ad_id", "image_ids", "video_id"]] * 2
    assert paths(market).count("ad/create/") == 0
    assert {row["video_id"] for row in market.objects("ad")} == {one["library_video_id"] for one in variants(running) if
        one["state"] == "ready"}  # fmt: skip
    assert running.in_sync()


def test_a_plan_says_that_a_generation_takes_over(running: Workspace, market: Account) -> None:
    """Nobody has edited the ad; of one whose manifest names another slot, or says more, the plan says so."""
    running.replace("variants: 2", "variants: 2\n  revision: 2")
    running.replace("refresh: hooks, variant: 2", "refresh: hooks, variant: 1")
    words = "ad/{} will be updated in place ({})"
    told = running.run("plan").stdout
    assert words.format("hook-1", "another generation of its variants takes over") in told
    assert words.format("hook-2", "edited in the manifests") in told
    assert ", another generation of its variants takes over  manifests" in running.run("explain", "ad/hook-1").stdout


def test_a_plan_says_that_others_have_changed_the_ad_besides(running: Workspace, market: Account) -> None:
    """Somebody has paused one, and given the other another video: a generation takes over, and nobody has edited
    either; of one whose manifest says more, the plan says so."""
    running.replace("variants: 2", "variants: 2\n  revision: 2")
    market.edit("ad", "hook-1", status="DISABLE")
    market.edit("ad", "hook-2", video_id="v9")
    words = "ad/{} will be updated in place ({})"
    mixed = "another generation of its variants takes over; changed in the account, too"
    told = running.run("plan").stdout
    assert words.format("hook-1", mixed) in told
    assert words.format("hook-2", mixed) in told
    told = running.run("explain", "ad/hook-1").stdout
    assert "status: would be sent, changed in the account" in told
    assert "video: would be sent, another generation of its variants takes over  " in told
    running.replace("refresh: hooks, variant: 1", "refresh: hooks, variant: 2")
    assert words.format("hook-1", "edited in the manifests and changed in the account") in running.run("plan").stdout


def test_until_a_generation_is_complete_ads_keep_their_videos(running: Workspace, market: Account) -> None:
    """One task fails: no ad changes, however long; the next apply asks for the slot once more and then exchanges."""
    old = [row["video_id"] for row in market.objects("ad")]
    market.switch(fail_tasks="4")
    running.replace("variants: 2", "variants: 2\n  revision: 2")
    ended = running.run("apply", "--auto-approve", "--json")
    assert (ended.code in (1, 9), error(ended, "refresh/hooks")["code"]) == (True, "R716")
    assert [row["video_id"] for row in market.objects("ad")] == old
    assert "ad/update/" not in paths(market)
    assert set(running.apply().ended.values()) == {"done"}
    assert not {row["video_id"] for row in market.objects("ad")} & set(old)
    assert running.in_sync()


def test_a_new_ad_need_not_wait_for_the_others(running: Workspace, market: Account) -> None:
    """Slot 1 of the new generation is there, slot 2 failed: a new ad shows it, those that run keep the old one."""
    market.switch(fail_tasks="4")
    old = {row["ad_name"]: row["video_id"] for row in market.objects("ad")}
    running.manifest(*declared(revision=2), ad("fresh", **shows(1)))
    running.run("apply", "--auto-approve", "--json")
    market.switch(task_seconds="3000")
    ended = running.run("apply", "--auto-approve", "--json", "--detach")
    assert ended.ended["ad/hook-1"] == "pending", ended.text
    now = {row["ad_name"]: row["video_id"] for row in market.objects("ad")}
    (new,) = [one for one in variants(running) if (one["generation"], one["state"]) == (2, "ready")]
    assert now == {**old, "fresh": new["library_video_id"]}


def test_more_variants_are_more_slots(running: Workspace, market: Account) -> None:
    """Raising `variants` changes no ad that is there."""
    running.replace("variants: 2", "variants: 3")
    running.apply()
    assert paths(market).count("ad/update/") == 0
    assert running.in_sync()


def test_a_detached_apply_is_finished_by_advance(hooks: Workspace, market: Account) -> None:
    """Campaign and ad group are made and stay paused; advance makes the ads and enables all, as it was approved."""
    market.switch(task_seconds="30")
    ended = hooks.apply("--detach", code=8)
    assert (ended.ended["ad/hook-1"], ended.ended["campaign/spring"]) == ("pending", "pending")
    assert statuses(market) == {"campaign/spring": "DISABLE", "adgroup/spring-us": "DISABLE"}
    assert advance(hooks).code == 8
    assert market.names("ad") == []
    market.operate("clock", {"advance": 31})
    assert advance(hooks, "--max-duration", "10").code == 0
    assert set(statuses(market).values()) == {"ENABLE"}
    assert len(market.objects("ad")) == 2
    assert advance(hooks).code == 0
    assert hooks.in_sync()


def test_advance_makes_no_ad_elsewhere_than_approved(hooks: Workspace, market: Account) -> None:
    """An ad that waits is put below another ad group by its manifest: 6, advance makes the other; an apply does it."""
    market.switch(task_seconds="30")
    hooks.manifest(*declared(), adgroup("spring-uk", status="ENABLE"))
    hooks.apply("--detach", code=8)
    hooks.replace("name: hook-2\nspec:\n  adgroup: spring-us", "name: hook-2\nspec:\n  adgroup: spring-uk")
    market.operate("clock", {"advance": 31})
    assert advance(hooks, "--max-duration", "10").code == 6
    assert market.names("ad") == ["hook-1"]
    hooks.apply()
    assert listed(market, "ad", "hook-2")["adgroup_id"] == market.one("adgroup", "spring-uk")["adgroup_id"]
    assert hooks.in_sync()


def test_a_later_apply_that_is_killed_leaves_nothing_to_advance(hooks: Workspace, market: Account) -> None:
    """What waited was to go below an ad group that is half replaced by now: only apply goes on from there."""
    market.switch(task_seconds="30")
    hooks.apply("--detach", code=8)
    market.forget_calls()
    market.faults({"path": "adgroup/create/", "commit": True, "delay": 600})
    run = hooks.start("apply", "--auto-approve", "--detach", "--replace", "adgroup/spring-us")
    until(lambda: "adgroup/create/" in paths(market))
    run.kill()
    run.communicate()
    market.operate("clock", {"advance": 601})
    market.faults()
    advance(hooks, "--max-duration", "10")
    assert market.names("ad") == []
    assert statuses(market)["campaign/spring"] == "DISABLE"
    hooks.apply()
    assert len(market.objects("ad")) == 2
    assert hooks.in_sync()


def test_a_detached_exchange_is_finished_by_advance(running: Workspace, market: Account) -> None:
    """A new generation: advance sends one update an ad once all of it is there."""
    market.switch(task_seconds="30")
    running.replace("variants: 2", "variants: 2\n  revision: 2")
    assert running.apply("--detach", code=8).ended["ad/hook-1"] == "pending"
    assert "ad/update/" not in paths(market)
    market.operate("clock", {"advance": 31})
    assert advance(running, "--max-duration", "10").code == 0
    assert paths(market).count("ad/update/") == 2
    assert running.in_sync()


@pytest.mark.parametrize("what", ["manifest", "live", "removed"])
def test_advance_leaves_what_is_not_what_was_approved(running: Workspace, market: Account, what: str) -> None:
    """The manifest, the live ad changed, or the manifest is gone: 6, the ad is not sent; a new apply does it."""
    market.switch(task_seconds="30")
    running.replace("variants: 2", "variants: 2\n  revision: 2")
    running.apply("--detach", code=8)
    if what == "manifest":
        running.replace("name: hook-1\nspec:", "name: hook-1\nspec:\n  ad_text: Another")
    elif what == "live":
        market.edit("ad", "hook-1", video_id="v1")
    else:
        running.manifest(*declared(1, revision=2))
    market.operate("clock", {"advance": 31})
    ended = advance(running, "--max-duration", "10")
    assert ended.code == 6, ended.text
    changed = "hook-2" if what == "removed" else "hook-1"
    touched = {body["creatives"][0]["ad_id"] for path, body in market.posts() if path == "ad/update/"}
    assert market.one("ad", changed)["ad_id"] not in touched
    assert statuses(market)[f"ad/{changed}"] == "ENABLE"
    running.apply()
    assert running.in_sync()


def test_an_unapproved_variant_blocks_its_ad(hooks: Workspace, market: Account) -> None:
    """The refresh asks for approval: the first apply waits (8), a later one says what to do (5); approved, the ads are
    made, and what would be enabled above them has waited."""
    hooks.manifest(*declared(require_approval="true"))
    ended = hooks.apply(code=8)
    assert (ended.ended["ad/hook-1"], ended.ended["refresh/hooks"]) == ("pending", "done")
    assert set(statuses(market).values()) == {"DISABLE"}
    ended = hooks.apply(code=5)
    assert error(ended, "ad/hook-1")["code"] == "R720"
    assert set(statuses(market).values()) == {"DISABLE"}
    assert "reconciler approve refresh/hooks 1" in error(ended, "ad/hook-1")["hint"]
    assert market.names("ad") == []
    assert hooks.run("approve", "refresh/hooks", "1", "--by", "Ann").code == 0
    ended = hooks.apply(code=5)
    assert (ended.ended["ad/hook-1"], ended.ended["ad/hook-2"]) == ("done", "skipped")
    assert hooks.run("approve", "refresh/hooks", "--all", "--by", "Ann").code == 0
    assert set(hooks.apply().ended.values()) == {"done"}
    assert set(statuses(market).values()) == {"ENABLE"}
    assert hooks.in_sync()


def test_a_rejected_variant_blocks_its_ad(hooks: Workspace, market: Account) -> None:
    """R721 whether approval is asked for or not; another slot, or a change of mind, goes on."""
    hooks.manifest(video(), refresh(variants=2))
    hooks.apply()
    assert hooks.run("reject", "refresh/hooks", "1", "--by", "Ann").code == 0
    hooks.manifest(*declared())
    ended = hooks.apply(code=5)
    assert error(ended, "ad/hook-1")["code"] == "R721"
    assert market.names("ad") == ["hook-2"]
    assert hooks.run("approve", "refresh/hooks", "1", "--by", "Ann").code == 0
    assert set(hooks.apply().ended.values()) == {"done"}
    assert hooks.in_sync()


def test_an_unapproved_generation_leaves_ads_as_they_are(running: Workspace, market: Account) -> None:
    """Approval asked for from now on: the new generation is made, the ads keep the old one until all is approved."""
    running.replace("variants: 2", "variants: 2\n  revision: 2\n  require_approval: true")
    old = [row["video_id"] for row in market.objects("ad")]
    ended = running.run("apply", "--auto-approve", "--json")
    assert ended.code in (0, 5), ended.text
    assert [row["video_id"] for row in market.objects("ad")] == old
    assert running.run("approve", "refresh/hooks", "--all", "--by", "Ann").code == 0
    running.apply()
    assert not {row["video_id"] for row in market.objects("ad")} & set(old)
    assert running.in_sync()


def test_a_file_that_is_not_the_one_that_was_downloaded(hooks: Workspace, market: Account) -> None:
    """R723: nothing else is uploaded in its place, and the ad is not made."""
    hooks.manifest(video(), refresh(variants=2))
    hooks.apply()
    path = hooks.root / variants(hooks)[0]["file"]
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"!")
    hooks.manifest(*declared())
    ended = hooks.run("apply", "--auto-approve", "--json")
    assert error(ended, "ad/hook-1")["code"] == "R723"
    assert market.names("ad") == ["hook-2"]
    path.write_bytes(data)
    hooks.apply()
    assert hooks.in_sync()


def test_an_ad_goes_from_a_video_to_a_variant_and_back(shop: Workspace, market: Account) -> None:
    """With a variant the disclosure is sent along; without it is no longer managed."""
    consent(shop)
    shop.manifest(*family())
    shop.apply()
    shop.manifest(video(), refresh(variants=1), campaign(), adgroup(), ad(**shows(1)))
    assert set(shop.apply().ended.values()) == {"done"}
    (sent,) = [body["creatives"][0] for path, body in market.posts() if path == "ad/update/"]
    assert sent["aigc_disclosure_type"] == "SELF_DISCLOSURE"
    assert shop.in_sync()
    shop.manifest(video(), refresh(variants=1), *family())
    assert shop.apply().ended == {"ad/spring-us-hero": "done"}
    assert market.one("ad", "spring-us-hero")["video_id"] == "v1"
    assert shop.in_sync()


def test_the_second_run_pays_nothing(running: Workspace, market: Account) -> None:
    """Nothing is submitted, uploaded or sent again."""
    configure(running)
    running.apply()
    assert market.posts() == []
    assert arrivals(market, SUBMIT) == []


def test_steps_below_a_move_wait_for_the_apply_that_moves(running: Workspace, market: Account) -> None:
    """Ads wait for a new generation, and their ad group was renamed: advance binds nothing anew and leaves them, and
    the lockfile can be read; the next apply moves the ad group and gives the ads their videos."""
    market.switch(task_seconds="30")
    running.manifest(*declared(revision=2))
    running.apply("--detach", code=8)
    running.replace("name: spring-us\n", "name: us\nmoved: {from: spring-us}\n")
    running.replace("adgroup: spring-us\n", "adgroup: us\n")
    market.operate("clock", {"advance": 31})
    market.forget_calls()
    assert advance(running, "--max-duration", "10").code == 6
    assert "ad/update/" not in paths(market)
    assert running.run("state", "list").code == 0
    running.apply()
    assert running.in_sync()
    assert {running.lock[one]["parent"] for one in running.lock if one.startswith("ad/")} == {"adgroup/us"}
