"""examples/spring-launch over HTTP: from nothing to an empty plan, and through what a launch goes through after."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import day, error, fields_of, of, paths, statuses
from tests.stories.refresh.scene import NO_LIMITS
from tests.stories.workspace import Workspace

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "spring-launch"
CAMPAIGNS, GROUPS, ADS, VIDEOS = (
    f"manifests/{name}.yaml" for name in ("campaigns", "adgroups", "ads", "videos")
)  # fmt: skip
HOOKS = ("Hook 1 US", "Hook 2 US", "Hook 1 UK", "Hook 2 UK", "Hook 3 sales US")
HEROES = ("Hero DE", "Hero sales UK")


@pytest.fixture
def launch(tmp_path: Path, market: Account) -> Workspace:
    """The example as it lies there, on this simulator, without the waits of a real one; it starts tomorrow."""
    work = Workspace(tmp_path / "launch", market.url)
    shutil.copytree(EXAMPLE, work.root, dirs_exist_ok=True)
    settings = work.root / "reconciler.yaml"
    text = settings.read_text("utf-8").replace("http://127.0.0.1:8080", market.url)
    text = text.replace("contract: marketing\n", f"contract: marketing\n  rate: {NO_LIMITS}\n")
    text = text.replace("poll_seconds: 1 ", "poll_seconds: 0.02 ").replace("quiet_period: 5 ", "quiet_period: 2 ")
    settings.write_text(text, "utf-8")
    groups = work.root / GROUPS
    start = f"schedule_start_time: {day(1)}"
    groups.write_text(re.sub("schedule_start_time: .*", start, groups.read_text("utf-8")), "utf-8")
    return work


@pytest.fixture
def running(launch: Workspace, market: Account) -> Workspace:
    """Launched."""
    consented(launch)
    launch.apply()
    market.forget_calls()
    return launch


def consented(work: Workspace) -> None:
    """Somebody accepts the notice."""
    assert work.run("consent", "--by", "Ana Ruiz", "--accept").code == 0


def edit(work: Workspace, file: str, name: str, old: str, new: str) -> None:
    """The manifest of that name says something else; nothing else in its file does."""
    text = (work.root / file).read_text("utf-8")
    (document,) = [one for one in text.split("---\n") if f"\nname: {name}\n" in f"\n{one}"]
    assert document.count(old) == 1, document
    work.write(file, text.replace(document, document.replace(old, new)))


def shown(market: Account) -> dict[str, str]:
    """Ad → the file its video was uploaded as, for those that run."""
    names = {one["video_id"]: one["file_name"] for one in market.operate("state")["library_videos"]}
    return {one["ad_name"]: names[one["video_id"]] for one in of(market, "ad", status="ENABLE")}


def test_the_launch(launch: Workspace, market: Account) -> None:
    """Refused without consent; then all of it, what should run enabled last, variants in ads; then nothing is left."""
    assert launch.run("validate", token=None).code == 0
    refused = launch.run("apply", "--auto-approve", "--json")
    assert (refused.code, refused.codes, market.posts()) == (5, ["R804"], [])
    consented(launch)
    ended = launch.apply()
    assert len(ended.ended) == 16
    assert set(ended.ended.values()) == {"done"}
    assert {name for name, status in statuses(market).items() if status == "DISABLE"} == {
        "campaign/Spring 2027 · sales", "adgroup/Sales US", "adgroup/Sales UK", "adgroup/Traffic DE",
    }  # fmt: skip
    assert paths(market)[-1] == "campaign/status/update/"
    files = shown(market)
    assert {name: re.sub("-[0-9a-f]{16}", "", file) for name, file in files.items()} == {
        "Hook 1 US": "hero-hooks-g1-v1.mp4",
        "Hook 2 US": "hero-hooks-g1-v2.mp4",
        "Hook 1 UK": "hero-hooks-g1-v1.mp4",
        "Hook 2 UK": "hero-hooks-g1-v2.mp4",
        "Hook 3 sales US": "hero-hooks-g1-v3.mp4",
        "Hero DE": "hero.mp4",
        "Hero sales UK": "hero.mp4",
    }
    born = [body["creatives"][0] for path, body in market.posts() if path == "ad/create/"]
    disclosed = [one["ad_name"] for one in born if one.get("aigc_disclosure_type") == "SELF_DISCLOSURE"]
    assert sorted(disclosed) == sorted(HOOKS)
    assert launch.plan().json["worst_case"]["after"] == "200.00"
    assert launch.in_sync()
    market.forget_calls()
    launch.apply()
    assert market.posts() == []


def test_strangers_are_put_right(running: Workspace, market: Account) -> None:
    """Money, a status and a text changed in Ads Manager: drift names all three, an apply puts them back."""
    market.edit("adgroup", "Traffic US", budget=900)
    market.edit("adgroup", "Traffic DE", status="ENABLE")
    market.edit("ad", "Hero DE", ad_text="Bald ist Sommer.")
    drift = running.run("drift", "--detailed-exitcode", "--json")
    assert (drift.code, drift.json["summary"]) == (2, {"drifted": 3, "gone": 0})
    assert set(running.apply().ended.values()) == {"done"}
    assert market.one("adgroup", "Traffic US")["budget"] in ("120", "120.0", "120.00")
    assert market.one("adgroup", "Traffic DE")["status"] == "DISABLE"
    assert market.one("ad", "Hero DE")["ad_text"] == "Der Frühling ist da."
    assert running.in_sync()


def test_a_market_is_paused_and_another_one_opened(running: Workspace, market: Account) -> None:
    """Two lines, two calls, the pause first; the ads keep their own status, and the worst case follows."""
    edit(running, GROUPS, "traffic-uk", "status: ENABLE", "status: DISABLE")
    edit(running, GROUPS, "traffic-de", "status: DISABLE", "status: ENABLE")
    plan = running.plan()
    assert plan.ops == {"adgroup/traffic-uk": "update", "adgroup/traffic-de": "update"}
    assert plan.json["worst_case"] == {"before": "200.00", "after": "180.00"}
    running.apply()
    calls = [(path, body["operation_status"]) for path, body in market.posts()]
    assert calls == [("adgroup/status/update/", "DISABLE"), ("adgroup/status/update/", "ENABLE")]
    assert statuses(market)["ad/Hook 1 UK"] == "ENABLE"
    assert running.in_sync()


def test_texts_budgets_and_targeting_are_edited(running: Workspace, market: Account) -> None:
    """One update an object, on all three levels, with an audience by its name."""
    edit(running, CAMPAIGNS, "spring-sales", "budget: 300.00", "budget: 350.00")
    edit(running, GROUPS, "traffic-us", "languages: [en]", "languages: [en, es]\n  excluded_audiences: [Audience 2]")
    edit(running, ADS, "traffic-de-hero", "Der Frühling ist da.", "Der Frühling bleibt.")
    edit(running, ADS, "sales-uk-hero", 'call_to_action_id: "7100000000000000001"', "call_to_action: LEARN_MORE")
    plan = running.plan()
    assert set(plan.ops.values()) == {"update"}
    assert fields_of(plan, "campaign/spring-sales") == {"budget": ("300.00", "350.00")}
    assert set(running.apply().ended.values()) == {"done"}
    assert sorted(paths(market)) == ["ad/update/", "ad/update/", "adgroup/update/", "campaign/update/"]
    assert running.in_sync()


def test_a_revision_gives_every_ad_a_new_video(running: Workspace, market: Account) -> None:
    """A new generation: one update for each ad that shows a variant; back again, and nothing is paid."""
    before = shown(market)
    running.replace("variants: 3", "variants: 3\n  revision: 2", VIDEOS)
    assert running.plan().json["refresh"]["tasks"] == 3
    assert set(running.apply().ended.values()) == {"done"}
    after = shown(market)
    assert {name for name in after if after[name] != before[name]} == set(HOOKS)
    assert all("-g2-" in after[name] for name in HOOKS)
    assert paths(market).count("ad/update/") == len(HOOKS)
    assert running.in_sync()
    running.replace("revision: 2", "revision: 1", VIDEOS)
    assert running.plan().json["refresh"]["tasks"] == 0
    running.apply()
    assert shown(market) == before
    assert running.in_sync()


def test_a_replaced_ad_group_and_a_replaced_campaign(running: Workspace, market: Account) -> None:
    """A fixed field is blocked; `--replace` makes it anew with what is below, the old one is paused and stays."""
    edit(running, GROUPS, "traffic-de", "[PLACEMENT_TIKTOK]", "[PLACEMENT_TIKTOK, PLACEMENT_PANGLE]")
    edit(running, CAMPAIGNS, "spring-sales", "budget_mode: BUDGET_MODE_DAY", "budget_mode: BUDGET_MODE_TOTAL")
    ended = running.apply(code=5)
    assert [error(ended, one)["code"] for one in ("adgroup/traffic-de", "campaign/spring-sales")] == ["R704"] * 2
    assert market.posts() == []
    old = {address: entry["id"] for address, entry in running.lock.items() if "id" in entry}
    ended = running.apply("--replace", "adgroup/traffic-de", "--replace", "campaign/spring-sales")
    assert set(ended.ended.values()) == {"done"}
    assert sorted(ended.ended) == [
        "ad/sales-uk-hero", "ad/sales-us-hook-3", "ad/traffic-de-hero", "adgroup/sales-uk", "adgroup/sales-us",
        "adgroup/traffic-de", "campaign/spring-sales",
    ]  # fmt: skip
    assert {running.lock[address]["id"] != old[address] for address in ended.ended} == {True}
    for address in ended.ended:
        kind = address.partition("/")[0]
        (before,) = of(market, kind, **{f"{kind}_id": old[address]})
        assert before["status"] == "DISABLE"
    assert sorted(shown(market)) == sorted([*HOOKS, *HEROES])
    assert running.in_sync()


def test_a_running_campaign_is_made_anew(running: Workspace, market: Account) -> None:
    """With all below it, and without an edit: the ad groups' budgets count once, old and new never run together."""
    old = of(market, "campaign", campaign_name="Spring 2027 · traffic")[0]["campaign_id"]
    plan = running.plan("--replace", "campaign/spring-traffic")
    assert plan.json["worst_case"] == {"before": "200.00", "after": "200.00"}
    assert len(plan.ops) == 9
    assert set(running.apply("--replace", "campaign/spring-traffic").ended.values()) == {"done"}
    switched = [body for path, body in market.posts() if path == "campaign/status/update/"]
    new = running.lock["campaign/spring-traffic"]["id"]
    assert [(body["campaign_ids"], body["operation_status"]) for body in switched] == [
        ([old], "DISABLE"), ([new], "ENABLE"),
    ]  # fmt: skip
    assert sorted(shown(market)) == sorted([*HOOKS, *HEROES])
    assert running.in_sync()


def test_a_variant_that_is_rejected_leaves_its_ad(running: Workspace, market: Account) -> None:
    """Rejected after the launch: the ad's row is blocked until another slot is named."""
    assert running.run("reject", "refresh/hero-hooks", "2", "--by", "Ana Ruiz", "--note", "too loud").code == 0
    ended = running.apply(code=5)
    assert {address: error(ended, address)["code"] for address in ended.ended} == {
        "ad/traffic-us-hook-2": "R721", "ad/traffic-uk-hook-2": "R721",
    }  # fmt: skip
    for name in ("traffic-us-hook-2", "traffic-uk-hook-2"):
        edit(running, ADS, name, "variant: 2", "variant: 3")
    assert set(running.apply().ended.values()) == {"done"}
    assert "-v3-" in shown(market)["Hook 2 US"]
    assert running.in_sync()


def test_what_leaves_the_manifests_is_paused(running: Workspace, market: Account) -> None:
    """An ad by itself; a campaign that is protected is blocked."""
    text = (running.root / ADS).read_text("utf-8")
    running.write(
        ADS, "---\n".join(one for one in text.split("---\n") if "\nname: traffic-uk-hook-2\n" not in f"\n{one}")
    )
    assert running.apply().ended == {"ad/traffic-uk-hook-2": "done"}
    assert statuses(market)["ad/Hook 2 UK"] == "DISABLE"
    assert running.in_sync()
    for file, word in ((CAMPAIGNS, "spring-sales"), (GROUPS, "spring-sales"), (ADS, "adgroup: sales-")):
        text = (running.root / file).read_text("utf-8")
        running.write(file, "---\n".join(one for one in text.split("---\n") if word not in one))
    plan = running.plan()
    assert plan.ops["campaign/spring-sales"] == "blocked"
