"""examples/smart-launch over HTTP: from nothing to an empty plan, and through what a launch goes through after."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import day, error, fields_of, paths
from tests.stories.refresh.scene import NO_LIMITS
from tests.stories.smart_plus.scene import creatives, smart
from tests.stories.workspace import Run, Workspace

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "smart-launch"
CAMPAIGN, GROUPS, ADS, VIDEOS = (
    f"manifests/{name}.yaml" for name in ("campaign", "adgroups", "ads", "videos")
)  # fmt: skip
UPDATE, SWITCH = "smart_plus/ad/update/", "smart_plus/ad/material_status/update/"
POST = "7300000000000000001"
BASE = {"hero.mp4": "ENABLE", "winter.mp4": "DISABLE", POST: "ENABLE"}
"""What the American ad shows beside the variants."""
FIRST = {"g1-v1": "ENABLE", "g1-v3": "ENABLE"}


@pytest.fixture
def launch(tmp_path: Path, market: Account) -> Workspace:
    """The example as it lies there, on this simulator, without the waits of a real one; it starts tomorrow."""
    work = Workspace(tmp_path / "launch", market.url)
    shutil.copytree(EXAMPLE, work.root, dirs_exist_ok=True)
    settings = work.root / "reconciler.yaml"
    text = settings.read_text("utf-8").replace("http://127.0.0.1:8080", market.url)
    text = text.replace("contract: smart_plus\n", f"contract: smart_plus\n  rate: {NO_LIMITS}\n")
    text = text.replace("poll_seconds: 1 ", "poll_seconds: 0.02 ").replace("quiet_period: 5 ", "quiet_period: 2 ")
    settings.write_text(text, "utf-8")
    groups = work.root / GROUPS
    start = f"schedule_start_time: {day(1)}"
    groups.write_text(re.sub("schedule_start_time: .*", start, groups.read_text("utf-8")), "utf-8")
    return work


@pytest.fixture
def running(launch: Workspace, market: Account) -> Workspace:
    """Launched: the variants 1 and 3 are approved and shown, 2 is rejected."""
    assert launch.run("consent", "--by", "Ana Ruiz", "--accept").code == 0
    launch.apply()
    decide(launch, "approve", 1, 3)
    decide(launch, "reject", 2)
    launch.apply()
    moments_later(market)
    return launch


def decide(work: Workspace, what: str, *variants: int) -> None:
    """Somebody approves or rejects some variants of the current generation."""
    numbers = [str(one) for one in variants]
    assert work.run(what, "refresh/hero-hooks", *numbers, "--by", "Ana Ruiz").code == 0


def edit(work: Workspace, file: str, name: str, old: str, new: str) -> None:
    """The manifest of that name says something else; nothing else in its file does."""
    text = (work.root / file).read_text("utf-8")
    (document,) = [one for one in text.split("---\n") if f"\nname: {name}\n" in f"\n{one}"]
    assert document.count(old) == 1, document
    work.write(file, text.replace(document, document.replace(old, new)))


def shown(market: Account, name: str = "Hero US") -> dict[str, str]:
    """What an ad shows → its status: variants by generation and number, other videos by their files, posts by id."""
    names = {one["video_id"]: one["file_name"] for one in market.operate("state")["library_videos"]}

    def plain(one: str) -> str:
        file = re.sub("-[0-9a-f]{16}", "", names.get(one, one))
        found = re.search(r"g\d+-v\d+", file)
        return found[0] if found else file

    return {plain(one): status for one, status in creatives(market, name).items()}


def colleague(market: Account, *videos: str, **fields: object) -> None:
    """Somebody adds videos of the library to the American ad in Ads Manager, or sets other fields of it."""
    (found,) = [one for one in smart(market) if one["ad_name"] == "Hero US"]
    rows = {one["ad_id"]: one for one in market.objects("ad")}
    items = [{"creative_info": rows[one]["creative_info"]} for one in found["creative_ids"]]
    info = next(one["creative_info"] for one in items if "video_info" in one["creative_info"])
    more = [{"creative_info": {**info, "video_info": {"video_id": one}}} for one in videos]
    told = {"creative_list": [*items, *more], **fields} if videos else fields
    market.operate("edit", {"id": found["smart_plus_ad_id"], **told})


def moments_later(market: Account) -> None:
    """The ads were not written a moment ago any more."""
    market.operate("clock", {"advance": 6})
    market.forget_calls()


def of_creatives(plan: Run, address: str = "ad/us") -> dict[str, tuple[object, object]]:
    """The rows of single creatives of an ad in a plan: key → (old, new)."""
    return {path: change for path, change in fields_of(plan, address).items() if path.startswith("creatives[")}


def test_the_launch(launch: Workspace, market: Account) -> None:
    """Refused without consent; then all of it, what should run enabled last, and an ad without a variant until a
    person has approved one; then nothing is left."""
    assert launch.run("validate", token=None).code == 0
    refused = launch.run("apply", "--auto-approve", "--json")
    assert (refused.code, refused.codes, market.posts()) == (5, ["R804"], [])
    assert launch.run("consent", "--by", "Ana Ruiz", "--accept").code == 0
    ended = launch.apply()
    assert set(ended.ended.values()) == {"done"}
    assert shown(market) == BASE
    assert shown(market, "Hero UK") == {"hero.mp4": "ENABLE"}
    born = [body for path, body in market.posts() if path.startswith("smart_plus/") and path.endswith("/create/")]
    assert {one["operation_status"] for one in born} == {"DISABLE"}
    assert paths(market)[-1] == "smart_plus/campaign/status/update/"
    assert launch.in_sync()
    decide(launch, "approve", 1, 3)
    decide(launch, "reject", 2)
    moments_later(market)
    launch.apply()
    assert shown(market) == {**BASE, **FIRST}
    assert shown(market, "Hero UK") == {"hero.mp4": "ENABLE", "g1-v1": "ENABLE"}
    assert {one["status"] for one in (*market.objects("campaign"), *market.objects("adgroup"), *smart(market))} == {
        "ENABLE"
    }
    assert launch.plan().json["worst_case"]["after"] == "200.00"
    assert launch.in_sync()
    market.forget_calls()
    launch.apply()
    assert market.posts() == []


def test_strangers_are_put_right_and_colleagues_are_kept(running: Workspace, market: Account) -> None:
    """Money, a status, a text and a paused creative changed in Ads Manager go back; what a colleague added stays."""
    market.edit("adgroup", "United States", budget=400)
    market.edit("adgroup", "United Kingdom", status="DISABLE")
    market.load(library_videos=[{"video_id": "v9", "file_name": "theirs.mp4", "width": 540, "height": 960}])
    texts = [{"ad_text": one} for one in ("Spring is here.", "A colleague's.")]
    colleague(market, "v9", ad_text_list=texts)
    (winter,) = [one for one in market.objects("ad") if one.get("video_id") and one["status"] == "DISABLE"]
    market.operate("edit", {"id": winter["ad_id"], "status": "ENABLE"})
    drift = running.run("drift", "--detailed-exitcode", "--json")
    assert (drift.code, drift.json["summary"]) == (2, {"drifted": 3, "gone": 0})
    assert set(running.apply().ended.values()) == {"done"}
    assert market.one("adgroup", "United States")["budget"] in ("100", "100.0", "100.00")
    assert market.one("adgroup", "United Kingdom")["status"] == "ENABLE"
    assert shown(market) == {**BASE, **FIRST, "theirs.mp4": "ENABLE"}
    (live,) = [one for one in smart(market) if one["ad_name"] == "Hero US"]
    assert {one["ad_text"] for one in live["ad_text_list"]} == {
        "Spring is here.", "Fresh for spring.", "A colleague's.",
    }  # fmt: skip
    assert running.in_sync()


def test_a_market_and_a_creative_are_paused(running: Workspace, market: Account) -> None:
    """Two lines, two calls; no list is rewritten, and the worst case follows. Back again by the same two calls."""
    edit(running, GROUPS, "uk", "status: ENABLE", "status: DISABLE")
    edit(running, ADS, "us", "{video: hero}", "{video: hero, status: DISABLE}")
    plan = running.plan()
    assert plan.ops == {"adgroup/uk": "update", "ad/us": "update"}
    ((path, change),) = of_creatives(plan).items()
    assert (path.endswith("].status"), change) == (True, ("ENABLE", "DISABLE"))
    assert plan.json["worst_case"] == {"before": "200.00", "after": "125.00"}
    running.apply()
    assert sorted(paths(market)) == [SWITCH, "smart_plus/adgroup/status/update/"]
    assert shown(market) == {**BASE, **FIRST, "hero.mp4": "DISABLE"}
    assert running.in_sync()
    edit(running, GROUPS, "uk", "status: DISABLE", "status: ENABLE")
    edit(running, ADS, "us", "{video: hero, status: DISABLE}", "{video: hero}")
    moments_later(market)
    running.apply()
    assert sorted(paths(market)) == [SWITCH, "smart_plus/adgroup/status/update/"]
    assert shown(market) == {**BASE, **FIRST}
    assert running.in_sync()


def test_texts_budgets_targeting_and_creatives_are_edited(running: Workspace, market: Account) -> None:
    """One update an object, on all three levels; the creatives one by one in the plan."""
    edit(running, CAMPAIGN, "spring", "campaign_name: Spring 2027", "campaign_name: Spring & Summer 2027")
    edit(running, GROUPS, "us", "languages: [en]", "languages: [en, es]")
    edit(running, GROUPS, "us", "budget: 100.00", "budget: 110.00")
    edit(running, ADS, "us", "[Spring is here., Fresh for spring.]", "[Spring is here., Linen is here.]")
    edit(running, ADS, "uk", "  - {video: hero}\n", "  - {video: winter}\n")
    plan = running.plan()
    assert set(plan.ops.values()) == {"update"}
    assert fields_of(plan, "adgroup/us")["budget"] == ("100.00", "110.00")
    changes = sorted((old is None, new is None) for old, new in of_creatives(plan, "ad/uk").values())
    assert changes == [(False, True), (True, False)]
    assert set(running.apply().ended.values()) == {"done"}
    assert sorted(paths(market)) == [UPDATE, UPDATE, "smart_plus/adgroup/update/", "smart_plus/campaign/update/"]
    assert shown(market, "Hero UK") == {"winter.mp4": "ENABLE", "g1-v1": "ENABLE"}
    assert running.in_sync()


def test_a_new_generation_replaces(running: Workspace, market: Account) -> None:
    """The old variants stay until a person has decided on all new ones; then one write an ad, back again free."""
    running.replace("variants: 3", "variants: 3\n  revision: 2", VIDEOS)
    assert running.plan().json["refresh"]["tasks"] == 3
    running.apply()
    assert shown(market) == {**BASE, **FIRST}
    assert [path for path in paths(market) if "smart_plus" in path] == []
    decide(running, "approve", 1, 2)
    decide(running, "reject", 3)
    assert set(running.apply().ended.values()) == {"done"}
    assert shown(market) == {**BASE, "g2-v1": "ENABLE", "g2-v2": "ENABLE"}
    assert shown(market, "Hero UK") == {"hero.mp4": "ENABLE", "g2-v1": "ENABLE"}
    assert paths(market).count(UPDATE) == 2
    assert running.in_sync()
    running.replace("revision: 2", "revision: 1", VIDEOS)
    assert running.plan().json["refresh"]["tasks"] == 0
    running.apply()
    assert shown(market) == {**BASE, **FIRST}
    assert running.in_sync()


def test_a_new_generation_joins(running: Workspace, market: Account) -> None:
    """The old variants stay in the ad, paused, with their figures under their ids."""
    edit(running, ADS, "us", "  ad_texts:", "  on_new_generation: join\n  ad_texts:")
    running.replace("variants: 3", "variants: 3\n  revision: 2", VIDEOS)
    running.apply()
    decide(running, "approve", 1, 2, 3)
    assert set(running.apply().ended.values()) == {"done"}
    new = {f"g2-v{number}": "ENABLE" for number in (1, 2, 3)}
    assert shown(market) == {**BASE, **new, "g1-v1": "DISABLE", "g1-v3": "DISABLE"}
    assert shown(market, "Hero UK") == {"hero.mp4": "ENABLE", "g2-v1": "ENABLE"}
    assert running.in_sync()


def test_a_variant_that_is_rejected_leaves_its_ads(running: Workspace, market: Account) -> None:
    """Rejected after the launch: out of both sets, the one that names its slot too; another slot can be named."""
    decide(running, "reject", 1)
    assert running.apply().ended == {"ad/uk": "done", "ad/us": "done"}
    assert shown(market) == {**BASE, "g1-v3": "ENABLE"}
    assert shown(market, "Hero UK") == {"hero.mp4": "ENABLE"}
    assert running.in_sync()
    edit(running, ADS, "uk", "variant: 1", "variant: 3")
    assert set(running.apply().ended.values()) == {"done"}
    assert shown(market, "Hero UK") == {"hero.mp4": "ENABLE", "g1-v3": "ENABLE"}
    assert running.in_sync()


def test_a_replaced_ad_group(running: Workspace, market: Account) -> None:
    """A fixed field is blocked; `--replace` makes it anew with its ad and every creative, the old one is paused."""
    edit(running, GROUPS, "uk", "optimization_event: SHOPPING", "optimization_event: ON_WEB_ORDER")
    assert error(running.apply(code=5), "adgroup/uk")["code"] == "R704"
    assert market.posts() == []
    old = {address: running.lock[address]["id"] for address in ("adgroup/uk", "ad/uk")}
    ended = running.apply("--replace", "adgroup/uk")
    assert ended.ended == {"adgroup/uk": "done", "ad/uk": "done"}
    assert {address: running.lock[address]["id"] != one for address, one in old.items()} == dict.fromkeys(old, True)
    (before,) = [one for one in smart(market) if one["smart_plus_ad_id"] == old["ad/uk"]]
    assert before["status"] == "DISABLE"
    (after,) = [one for one in smart(market) if one["smart_plus_ad_id"] == running.lock["ad/uk"]["id"]]
    assert (after["status"], len(after["creative_ids"])) == ("ENABLE", 2)
    assert running.plan().json["worst_case"]["after"] == "200.00"
    assert running.in_sync()


def test_what_leaves_the_manifests_is_paused(running: Workspace, market: Account) -> None:
    """An ad by itself, its creatives keep their own status; then the whole campaign, from the top."""
    text = (running.root / ADS).read_text("utf-8")
    running.write(ADS, next(one for one in text.split("---\n") if "\nname: us\n" in one))
    assert running.apply().ended == {"ad/uk": "done"}
    (uk,) = [one for one in smart(market) if one["ad_name"] == "Hero UK"]
    assert uk["status"] == "DISABLE"
    assert shown(market, "Hero UK") == {"hero.mp4": "ENABLE", "g1-v1": "ENABLE"}
    assert running.in_sync()
    for file in (CAMPAIGN, GROUPS, ADS):
        (running.root / file).unlink()
    moments_later(market)
    assert set(running.apply().ended.values()) == {"done"}
    assert market.one("campaign", "Spring 2027")["status"] == "DISABLE"
    assert running.in_sync()
