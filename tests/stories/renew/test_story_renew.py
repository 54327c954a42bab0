"""Evidence becomes a file, the file becomes the plan: from tiring ads to new variants and back, over HTTP."""

from __future__ import annotations

import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.stories.account import ADVERTISER, Account
from tests.stories.figures.scene import today
from tests.stories.hurry import world_of
from tests.stories.renew.scene import asked, declared, falls, renewals, steady
from tests.stories.workspace import Workspace

if TYPE_CHECKING:
    from tests.stories.conftest import Pass

REPORT = "report/integrated/get/"


def evidence_fields(work: Workspace) -> dict[str, object]:
    """What the refresh row of a plan says of its step."""
    row = work.plan().rows["refresh/hooks"]
    return {one["path"]: one["new"] for one in row["fields"] if one["path"] in ("step", "because", "evidence")}


def test_renew_sends_only_get_and_writes_nothing(tired: Workspace, market: Account) -> None:
    """Verdict, figures, consequence and cost, without a file; exit 2 where it was asked for."""
    before = tired.files()
    ended = tired.run("renew", "--detailed-exitcode")
    assert ended.code == 2
    assert "refresh/hooks g1  tired: 2 of 2 ads, hook " in ended.stdout
    assert "next: step 1, COMMENT; 2 tasks (month: " in ended.stdout
    assert "2 ads change their video (nobody approves first)" in ended.stdout
    assert {one["method"] for one in market.calls()} == {"GET"}
    assert "campaign/get/" not in {one["path"] for one in market.calls()}
    assert tired.files() == before
    assert tired.run("renew").code == 0


def test_write_adds_one_file_a_step_and_sends_nothing(tired: Workspace, market: Account) -> None:
    """With figures, verdict and hash; a second run finds the step proposed."""
    before = tired.files().keys()
    found = asked(tired, "--write")
    assert {one["method"] for one in market.calls()} == {"GET"}
    (name,) = tired.files().keys() - before
    assert name == found["file"] == f"renewals/hooks/{today(market)}.yaml"
    (told,) = renewals(tired).values()
    assert (told["step"], told["because"], told["refresh"]) == ("1", "tired", "refresh/hooks")
    assert [one["verdict"] for one in told["evidence"]] == ["tired", "tired"]
    again = asked(tired, "--write")
    assert (again["state"], again["file"]) == ("idle", None)
    assert "not applied yet" in again["why"]


def test_the_plan_follows_the_file_and_asks_for_no_report(proposed: Workspace, market: Account) -> None:
    """The row carries step, cause and evidence, and the digest changes with them."""
    market.forget_calls()
    (told,) = renewals(proposed).values()
    assert evidence_fields(proposed) == {"step": 1, "because": "tired", "evidence": told["evidence_sha256"]}
    row = proposed.plan().rows["refresh/hooks"]
    assert (row["op"], row["refresh"]["generation"], row["refresh"]["submits"]) == ("refresh", 2, [[1], [2]])
    assert [one for one in market.calls() if one["path"] == REPORT] == []


def test_the_same_files_give_the_same_digest_later_and_elsewhere(
    proposed: Workspace, days: Pass, tmp_path: Path
) -> None:
    """Whatever the clock says, and in whatever folder."""
    digest = proposed.plan().json["digest"]
    days(30)
    assert proposed.plan().json["digest"] == digest
    shutil.copytree(proposed.root, tmp_path / "copy")
    assert Workspace(tmp_path / "copy", proposed.url).plan().json["digest"] == digest


def test_the_step_is_carried_out_once(proposed: Workspace, market: Account) -> None:
    """New variants are made with the next hook, both ads show them, the lockfile keeps the step."""
    proposed.apply()
    hooks = [one["body"]["add_hook"]["hook_type"] for one in market.calls("POST") if "refresh_video" in one["path"]]
    assert hooks == ["COMMENT", "COMMENT"]
    entry = proposed.lock["refresh/hooks"]
    assert (entry["generation"], entry["renewed"]["step"], entry["renewed"]["because"]) == (2, 1, "tired")
    assert proposed.lock["ad/hook-1"]["shown"][0]["generation"] == 2
    assert proposed.in_sync()


def test_reverting_the_file_takes_the_step_back_without_a_task(proposed: Workspace, market: Account) -> None:
    """The kept generation returns; nothing is made."""
    proposed.apply()
    market.forget_calls()
    shutil.rmtree(proposed.root / "renewals")
    row = proposed.plan().rows["refresh/hooks"]
    assert (row["reason"], row["refresh"]["generation"], row["refresh"]["submits"]) == ("kept generation", 1, [])
    proposed.apply()
    assert [one for one in market.calls("POST") if "refresh_video" in one["path"]] == []
    assert "renewed" not in proposed.lock["refresh/hooks"]
    assert proposed.in_sync()


def test_a_revision_by_hand_needs_no_evidence(proposed: Workspace) -> None:
    """It makes a new generation of the step that runs, at once."""
    proposed.apply()
    proposed.replace("variants: 2", "variants: 2\n  revision: 2")
    row = proposed.plan().rows["refresh/hooks"]
    assert (row["refresh"]["generation"], row["refresh"]["submits"]) == (3, [[1], [2]])


def test_a_workspace_without_renewals_has_the_digest_it_had(hooks: Workspace, market: Account) -> None:
    """A policy alone changes nothing: the same plan as without it."""
    hooks.replace("variants: 2", "variants: 3")
    with_policy = hooks.plan().json["digest"]
    hooks.write(
        "manifests/a.yaml",
        "\n".join(line for line in (hooks.root / "manifests/a.yaml").read_text().split("\n") if "renew:" not in line),
    )
    assert hooks.plan().json["digest"] == with_policy


def test_after_a_swap_the_baseline_begins_anew(proposed: Workspace, market: Account, days: Pass) -> None:
    """The ad keeps its id, and its old days are another video's: at most one step in a cool-down, whatever they say."""
    proposed.apply()
    found = asked(proposed)
    assert found["generation"] == 2
    assert "0 of 7 days" in found["said"]
    steady(market, "hook-1", "hook-2")
    falls(market, "hook-1", "hook-2", after=11, to=0.4)
    days(12)
    assert asked(proposed)["state"] != "due"
    days(12)
    again = asked(proposed, "--write")
    assert (again["verdict"], again["next"]["step"]) == ("tired", 2)
    proposed.apply()
    assert proposed.lock["refresh/hooks"]["renewed"]["step"] == 2


def test_the_order_has_an_end(proposed: Workspace, market: Account, days: Pass) -> None:
    """`then: stop`: a person must bring a new source video; nothing is written."""
    proposed.apply()
    proposed.replace("next: [COMMENT, BILLO]", "next: [COMMENT]")
    steady(market, "hook-1", "hook-2")
    falls(market, "hook-1", "hook-2", after=14)
    days(30)
    found = asked(proposed, "--write")
    assert (found["state"], found["verdict"], found["file"]) == ("held", "tired", None)
    assert "bring a new source video" in found["why"]
    proposed.replace("next: [COMMENT]", "next: [COMMENT], then: repeat")
    assert asked(proposed)["next"]["step"] == 2


def test_a_person_takes_a_step(hooks: Workspace) -> None:
    """Whatever the figures say, with name and reason; back to step 0 as well."""
    ended = hooks.run("renew", "refresh/hooks", "--step", "2", "--by", "Ann", "--reason", "new packaging")
    assert ended.code == 0, ended.text
    (told,) = renewals(hooks).values()
    assert (told["step"], told["because"], told["by"], told["reason"]) == ("2", "manual", "Ann", "new packaging")
    hooks.apply()
    assert hooks.lock["refresh/hooks"]["renewed"]["step"] == 2
    again = hooks.run("renew", "refresh/hooks", "--step", "0", "--reason", "back", "--json")
    assert (again.code, again.codes) == (3, ["R314"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["refresh/hooks", "--step", "1"], "--reason"),
        (["--step", "1", "--reason", "x"], "ADDRESS"),
        (["refresh/hooks", "--step", "9", "--reason", "x"], "no step 9"),
        (["refresh/hooks", "--step", "0", "--reason", "x"], "already"),
        (["--by", "Ann"], "--step"),
        (["--as-of", "yesterday"], "is not a day"),
        (["--as-of", "0001-01-01"], "is not a day"),
        (["--as-of", "2199-01-01"], "still to come"),
        (["--target", "refresh/hoks"], "refresh/hooks"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_asked(hooks: Workspace, arguments: list[str], said: str) -> None:
    """Exit 3, with what to write; nothing is written."""
    ended = hooks.run("renew", *arguments)
    assert ended.code == 3, ended.text
    assert said in ended.text
    assert renewals(hooks) == {}


def test_explain_tells_each_condition_with_its_number(bare: Workspace, market: Account, days: Pass) -> None:
    """What is missing until it would fire."""
    policy = "{when: {tired: {metric: hook}, age: 45d, calendar: [{theme: EASTER, from: -28d}]}, next: [COMMENT]}"
    bare.manifest(*declared(renew=policy))
    bare.apply()
    steady(market, "hook-1", "hook-2")
    days(20)
    ended = bare.run("explain", "refresh/hooks")
    assert ended.code == 0, ended.text
    assert "renew:     tired, hook of all ads: not shown: 0 of 2 ads" in ended.stdout
    assert re.search(r"renew:     age: (18|19|20) of 45 days, (25|26|27) to go", ended.stdout)
    assert "renew:     calendar, EASTER: " in ended.stdout
    assert "renew:     step 0 of 1, then stop" in ended.stdout
    assert "at most one step in 14 days" in ended.stdout


def test_age_decides_alone(bare: Workspace, market: Account, days: Pass) -> None:
    """45 days since its first impressions."""
    bare.manifest(*declared(renew="{when: {age: 30d}, next: [COMMENT]}"))
    bare.apply()
    steady(market, "hook-1", "hook-2")
    days(20)
    assert asked(bare)["state"] == "idle"
    days(14)
    found = asked(bare, "--write")
    assert found["next"]["because"] == "age"
    assert evidence_fields(bare)["because"] == "age"


def test_as_of_looks_as_on_that_day(tired: Workspace, market: Account) -> None:
    """Ten days ago nothing was due."""
    assert asked(tired)["state"] == "due"
    assert asked(tired, "--as-of", str(today(market) - timedelta(days=12)))["state"] == "idle"


@pytest.mark.parametrize(("zone", "hour"), [("America/New_York", 2), ("Asia/Tokyo", 20), ("Pacific/Auckland", 20)])
def test_as_of_names_a_day_of_the_account(bare: Workspace, market: Account, days: Pass, zone: str, hour: int) -> None:
    """Where it is yesterday in UTC, or tomorrow: the account's today can be asked for, the day after cannot."""
    days((hour * 3_600 - world_of(market.url).now()) % 86_400 / 86_400)
    market.operate("account", {"advertiser_id": ADVERTISER, "timezone": zone})
    bare.manifest(*declared(renew="{when: {age: 90d}, next: [COMMENT]}"))
    bare.apply()
    steady(market, "hook-1", "hook-2")
    days(10)

    def age(*arguments: str) -> int:
        (told,) = asked(bare, *arguments)["conditions"]
        return int(told.removeprefix("age: ").partition(" of ")[0])

    day = datetime.fromtimestamp(world_of(market.url).now(), ZoneInfo(zone)).date()
    assert age() == age("--as-of", str(day)) > 7
    assert age("--as-of", str(day - timedelta(days=3))) == age() - 3
    assert "still to come" in bare.run("renew", "--as-of", str(day + timedelta(days=1))).text


def test_no_figure_holds_token_or_name(tired: Workspace) -> None:
    """What `-v` prints, and the file: counts of ads, no token, no preview URL."""
    ended = tired.run("renew", "--write", "-v")
    (data,) = [data.decode() for name, data in tired.files().items() if name.startswith("renewals/")]
    for text in (ended.text, data):
        assert "story-token" not in text
        assert "preview" not in text


def test_the_verdict_stands_beside_the_figures(tired: Workspace, market: Account) -> None:
    """`variants --performance` says what is judged of each variant that ads show."""
    ended = tired.run("variants", "--performance", "--json")
    assert ended.code == 0, ended.text
    told = {one["variant"]: one["performance"]["verdict"] for one in ended.json["variants"]}
    assert told == {1: "tired", 2: "tired"}
    assert {one["method"] for one in market.calls()} == {"GET"}
