"""Nobody decides without evidence: what is late, empty, refused, corrected or somebody else's, over HTTP."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.stories.account import Account
from tests.stories.figures.scene import today
from tests.stories.hurry import world_of
from tests.stories.marketing.scene import ad
from tests.stories.renew.scene import TIRED, asked, curve, declared, falls, renewals, steady
from tests.stories.workspace import Workspace

if TYPE_CHECKING:
    from tests.stories.conftest import Pass

REPORT = "report/integrated/get/"
BOTH = "{when: {tired: {metric: hook}, age: 30d}, next: [COMMENT, BILLO]}"


def test_a_late_report_decides_nothing(tired: Workspace, market: Account) -> None:
    """Rows of the last days are not there yet: the ad and the day are named, and it is no error."""
    market.switch(report_lag="72")
    found = asked(tired, "--write")
    assert (found["verdict"], found["state"]) == ("no evidence", "idle")
    assert re.search(r"the report of \d{4}-\d\d-\d\d lacks ad/hook-1, which is enabled", found["said"])
    assert renewals(tired) == {}


def test_an_empty_report_is_no_report(tired: Workspace, market: Account) -> None:
    """Exit 1, after everything else was told; nothing is written."""
    market.switch(report_empty="9")
    ended = tired.run("renew", "--write", "--json")
    assert (ended.code, ended.codes) == (1, ["R604"])
    (found,) = ended.json["refreshes"]
    assert (found["verdict"], found["state"]) == ("no evidence", "idle")
    assert renewals(tired) == {}


@pytest.mark.parametrize(
    ("fault", "code"),
    [({"code": 40002}, 1), ({"code": 40001}, 4), ({"status": 500}, 1), ({"empty_data": True}, 1)],
    ids=["an error", "no permission", "no answer", "no data"],
)
def test_a_report_that_fails_decides_nothing(
    tired: Workspace, market: Account, fault: dict[str, Any], code: int
) -> None:
    """Whatever fails: the exit code tells it, after everything else was told; nothing is written."""
    market.faults({"path": REPORT, **fault})
    ended = tired.run("renew", "--write", "--json")
    assert ended.code == code, ended.text
    (found,) = ended.json["refreshes"]
    assert found["verdict"] == "no evidence"
    assert renewals(tired) == {}


def test_an_ad_that_stopped_delivering_is_never_renewed(bare: Workspace, market: Account, days: Pass) -> None:
    """Zero impressions for three days is something else, even when age would decide."""
    bare.manifest(*declared(renew=BOTH))
    bare.apply()
    steady(market, "hook-1", "hook-2")
    days(36)
    for name in ("hook-1", "hook-2"):
        curve(market, name, "impressions", to=0, **{"from": str(today(market) - timedelta(days=6))})
    found = asked(bare, "--write")
    assert (found["verdict"], found["state"]) == ("not shown", "idle")
    assert "ad/hook-1 does not deliver" in found["said"]


def test_an_ad_changed_by_hand_is_left_out_and_named(tired: Workspace, market: Account) -> None:
    """So is a deleted one; with none left there is no evidence."""
    market.edit("ad", "hook-1", video_id="v1")
    found = asked(tired)
    assert found["left_out"] == ["ad/hook-1 is left out: its video was changed by hand"]
    assert found["verdict"] == "tired"
    market.edit("ad", "hook-2", status="DELETE")
    found = asked(tired)
    assert found["left_out"][1] == "ad/hook-2 is left out: gone"
    assert (found["verdict"], found["said"]) == ("no evidence", "no ad shows it whose figures count")


def test_another_currency_is_refused(tired: Workspace, market: Account) -> None:
    """Currencies are never mixed: exit 3 before anything is decided."""
    market.switch(currency="EUR")
    ended = tired.run("renew", "--write")
    assert ended.code == 3, ended.text
    assert renewals(tired) == {}


def test_damaged_counts_decide_nothing(tired: Workspace, market: Account) -> None:
    """More views than impressions: the value is shown."""
    day = str(today(market) - timedelta(days=5))
    metrics = {"impressions": 100, "video_watched_2s": 101}
    market.load(figures=[{"id": tired.lock["ad/hook-1"]["id"], "date": day, "metrics": metrics}])
    found = asked(tired)
    assert (found["verdict"], "101 hits of 100 exposures" in found["said"]) == ("no evidence", True)


def test_no_new_step_before_the_cool_down(proposed: Workspace, market: Account) -> None:
    """Rejected or failed variants use a step up; the next one waits."""
    proposed.apply()
    proposed.replace("metric: hook}", "metric: hook}, age: 1d")
    found = asked(proposed, "--write")
    assert found["file"] is None


def test_tasks_beyond_max_submits_are_held(tired: Workspace) -> None:
    """The plan would refuse them: the step waits, and says for what."""
    tired.replace("guardrails: {", "guardrails: {max_submits: {run: 1}, ", "reconciler.yaml")
    found = asked(tired, "--write")
    assert (found["state"], found["file"]) == ("held", None)
    assert "max_submits" in found["why"]


def test_learning_is_not_disturbed(bare: Workspace, market: Account, days: Pass) -> None:
    """A holiday's hook waits until the ad group has learned, and names the first free day."""
    bare.manifest(*declared(renew=TIRED))
    bare.apply()
    near = today(market) + timedelta(days=3)
    season = f"{{theme: MOTHERS_DAY, from: -10d, day: {near}}}"
    bare.replace("{tired: {metric: hook}}", f"{{calendar: [{season}]}}")
    found = asked(bare)
    assert found["state"] == "held"
    assert f"guarded: the platform learns, first free on {today(market) + timedelta(days=3)}" in found["why"]
    days(3)
    assert asked(bare)["state"] == "due"


def test_a_holiday_comes_and_goes(bare: Workspace, market: Account, days: Pass) -> None:
    """Its hook is made in time; after it the hook from before comes back, from its kept generation, without a task."""
    feast = today(market) + timedelta(days=20)
    season = f"{{theme: MOTHERS_DAY, from: -14d, day: {feast}}}"
    bare.manifest(*declared(renew=f"{{when: {{calendar: [{season}]}}}}"))
    bare.apply()
    days(4)
    assert asked(bare)["state"] == "idle"
    days(3)
    assert asked(bare, "--write")["next"]["theme"] == "MOTHERS_DAY"
    bare.apply()
    sent = [one["body"]["add_hook"] for one in market.calls("POST") if "refresh_video" in one["path"]][-1]
    assert (sent["hook_type"], sent["holiday_theme"]) == ("HOLIDAY", "MOTHERS_DAY")
    assert asked(bare)["state"] == "idle"
    days(14)
    found = asked(bare, "--write")
    assert (found["next"]["theme"], found["next"]["tasks"], found["next"]["step"]) == (None, 0, 0)
    market.forget_calls()
    bare.apply()
    assert [one for one in market.calls("POST") if "refresh_video" in one["path"]] == []
    assert bare.lock["refresh/hooks"]["generation"] == 1
    assert bare.in_sync()


# --- Renewals that do not hold: the row is blocked, everything stays as it is ---------------------------------------


def edited(work: Workspace, old: str, new: str) -> None:
    """Somebody edits the Renewal."""
    (name,) = renewals(work)
    text = (work.root / name).read_text()
    assert re.search(old, text)
    work.write(name, re.sub(old, new, text, count=1))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (r"days: \[\[(\S+), \d+,", r"days: [[\1, 1,", "R742"),
        (r'value: "[0-9.]+"', 'value: "99.9"', "R742"),
        (r"evidence_sha256: sha256:..", "evidence_sha256: sha256:00", "R742"),
        (r"advertiser_id: \"7", 'advertiser_id: "8', "R743"),
        (r"currency: \"USD\"", 'currency: "EUR"', "R743"),
        (r"version: 1", "version: 2", "R744"),
        (r"\nstep: 1", r"\nstep: 7", "R745"),
        (r"inputs: sha256:..", "inputs: sha256:00", "R741"),
    ],
    ids=["figures", "value", "hash", "account", "currency", "rule", "step", "inputs"],
)
def test_a_renewal_that_does_not_hold_blocks_its_row(proposed: Workspace, old: str, new: str, code: str) -> None:
    """Nothing is made, no ad changes, and the hint names the file."""
    edited(proposed, old, new)
    row = proposed.plan().rows["refresh/hooks"]
    assert (row["op"], row["code"]) == ("blocked", code)
    assert "renewals/hooks/" in row["hint"]
    assert list(proposed.plan().rows) == ["refresh/hooks"]
    proposed.apply(code=5)
    assert proposed.lock["refresh/hooks"]["generation"] == 1


def test_a_changed_manifest_makes_it_stale(proposed: Workspace) -> None:
    """Other variants run than those it was decided on: renew again."""
    files = {name: data for name, data in proposed.files().items() if name.startswith("renewals/")}
    (name,) = files
    (proposed.root / name).unlink()
    proposed.replace("variants: 2", "variants: 2\n  revision: 2")
    proposed.apply()
    proposed.write(name, files[name].decode())
    row = proposed.plan().rows["refresh/hooks"]
    assert (row["op"], row["code"]) == ("blocked", "R741")


def test_without_its_policy_a_renewal_counts_nothing(proposed: Workspace) -> None:
    """The steps are those of `spec.renew`."""
    proposed.apply()
    text = (proposed.root / "manifests/a.yaml").read_text()
    proposed.manifest("\n".join(line for line in text.split("\n") if "renew:" not in line))
    row = proposed.plan().rows["refresh/hooks"]
    assert (row["op"], row["code"]) == ("blocked", "R745")


def test_two_branches_that_decide_the_same(proposed: Workspace, market: Account) -> None:
    """git merges the files side by side; validate and plan name both, and the person picks."""
    (name,) = renewals(proposed)
    other = f"renewals/hooks/{today(market) + timedelta(days=1)}.yaml"
    proposed.write(other, (proposed.root / name).read_text())
    for command in ("validate", "plan"):
        ended = proposed.run(command, "--json")
        assert (ended.code, ended.codes) == (3, ["R314"])
        assert name in ended.text
        assert other in ended.text


def test_two_renewals_of_one_date(proposed: Workspace) -> None:
    """Two documents in one file, or a file of each ending: keep one."""
    (name,) = renewals(proposed)
    text = (proposed.root / name).read_text()
    proposed.write(name, f"{text}---\n{text}")
    assert proposed.run("validate", "--json").codes == ["R314"]
    proposed.write(name, text)
    proposed.write(name.replace(".yaml", ".yml"), text)
    assert proposed.run("plan", "--json").codes == ["R314"]


def test_a_renamed_refresh_keeps_its_step(proposed: Workspace) -> None:
    """Its Renewals name what it was called before."""
    proposed.apply()
    text = (proposed.root / "manifests/a.yaml").read_text()
    new = text.replace("name: hooks\n", "name: better\nmoved: {from: hooks}\n").replace(
        "refresh: hooks,", "refresh: better,"
    )
    proposed.write("manifests/a.yaml", new)
    assert proposed.plan().ops == {"refresh/better": "move"}
    proposed.apply()
    assert proposed.in_sync()
    assert proposed.lock["refresh/better"]["renewed"]["step"] == 1


def test_the_days_of_a_step_are_those_of_the_account(bare: Workspace, market: Account, days: Pass) -> None:
    """In its evening, when it is tomorrow in UTC: what `validate` says without asking the account."""
    evening = 2 * 3_600
    days((evening - world_of(market.url).now()) % 86_400 / 86_400)
    bare.manifest(*declared(renew="{when: {age: 1d}, next: [COMMENT]}"))
    bare.apply()
    assert bare.run("renew", "refresh/hooks", "--step", "1", "--reason", "new").code == 0
    days(8)
    said = [one["message"] for one in bare.run("validate", "--json").json["warnings"]]
    assert any("8 days old and not applied" in one for one in said)
    (name,) = renewals(bare)
    assert name == f"renewals/hooks/{today(market) - timedelta(days=8)}.yaml"
    (bare.root / "renewals/hooks").rename(bare.root / "renewals/hoks")
    (wrong,) = bare.run("validate", "--json").json["errors"]
    assert (wrong["code"], wrong["hint"]) == ("R315", f"move it to {name}")


def test_a_renewal_in_the_wrong_place_is_found(proposed: Workspace) -> None:
    """Its folder is the refresh's name."""
    (name,) = renewals(proposed)
    (proposed.root / "renewals/hooks").rename(proposed.root / "renewals/hoks")
    ended = proposed.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R315"])
    assert f"move it to {name}" in ended.json["errors"][0]["hint"]


@pytest.mark.parametrize(
    ("renew", "line", "said"),
    [
        ("{when: {tired: {metric: hok}}, next: [COMMENT]}", 0, "hook"),
        ("{when: {age: 45}, next: [COMMENT]}", 0, "45d"),
        ("{when: {age: 45d}}", 0, "next"),
        ("{when: {age: 45d}, next: [EMOTIONAL]}", 0, "the same as step 0"),
        ("{when: {age: 45d}, next: [RECOMMENDED]}", 0, "multiple of 4"),
        ("{when: {age: 45d}, next: [HOLIDAY]}", 0, "holiday_theme"),
        ("{when: {calendar: [{theme: XMAS, from: -28d}]}}", 0, "CHRISTMAS_DAY"),
        ("{when: {calendar: [{theme: EASTER, from: 2d, until: -2d}]}}", 0, "after"),
        ("{when: {age: 45d}, next: [COMMENT], at_most: {steps: 14d}}", 0, "1/14d"),
        ("{when: {}, next: [COMMENT]}", 0, "names nothing"),
    ],
    ids=lambda one: str(one)[:60],
)  # fmt: skip
def test_mistakes_in_a_policy_are_placed(bare: Workspace, renew: str, line: int, said: str) -> None:
    """With file, line and column, and what to write."""
    bare.manifest(*declared(renew=renew))
    ended = bare.run("validate", "--json")
    assert ended.code == 3
    (found,) = ended.json["errors"]
    assert (found["file"], found["address"]) == ("manifests/a.yaml", "refresh/hooks")
    assert "renew" in (bare.root / "manifests/a.yaml").read_text().splitlines()[found["line"] - 1]
    assert found["column"] > 1
    assert said in json.dumps(found)


def test_validate_warns_of_policies_that_may_surprise(bare: Workspace, market: Account, days: Pass) -> None:
    """Nobody looks; a short lead; holidays that overlap; a `day` that is over; a Renewal that has aged."""
    over = today(market) - timedelta(days=30)
    calendar = (
        f"[{{theme: CHRISTMAS_DAY, from: -28d}}, {{theme: CYBER_MONDAY, from: -2d}},"
        f" {{theme: MOTHERS_DAY, from: -14d, day: {over}}}]"
    )
    bare.manifest(*declared(renew=f"{{when: {{age: 1d, calendar: {calendar}}}, next: [COMMENT]}}"))
    said = " ".join(one["message"] for one in bare.run("validate", "--json").json["warnings"] if one["code"] == "R221")
    assert "nobody looks before an ad changes" in said
    assert "CYBER_MONDAY: `from: -2d` is a short time before the day" in said
    assert f"MOTHERS_DAY: its newest `day` {over} is over" in said
    assert re.search(r"(CHRISTMAS_DAY|CYBER_MONDAY) \(until \S+\) and (CHRISTMAS_DAY|CYBER_MONDAY)", said)
    bare.apply()
    bare.run("renew", "refresh/hooks", "--step", "1", "--reason", "new")
    days(8)
    warnings = bare.run("validate", "--json").json["warnings"]
    assert any("8 days old and not applied" in one["message"] for one in warnings)


def test_an_ad_beside_them_is_a_sibling(bare: Workspace, market: Account, days: Pass) -> None:
    """What falls with the other ads of the ad group is no fatigue."""
    bare.manifest(*declared(), ad("plain-1", status="ENABLE"), ad("plain-2", status="ENABLE"))
    bare.apply()
    names = ("hook-1", "hook-2", "plain-1", "plain-2")
    steady(market, *names)
    falls(market, *names, after=20, to=0.75)
    days(34)
    assert asked(bare)["verdict"] == "not shown"


def test_an_ad_that_nobody_manages_is_no_sibling_and_no_evidence(bare: Workspace, market: Account, days: Pass) -> None:
    """Somebody's ads in the same ad group fall with ours, and one of them delivers nothing: ours are tired all the
    same, and the file names ours alone. The same ads in the manifests would have been siblings."""
    bare.manifest(*declared())
    bare.apply()
    group = market.one("adgroup", "spring-us")["adgroup_id"]
    theirs = ("theirs-1", "theirs-2", "theirs-3")
    live = {"adgroup_id": group, "ad_format": "SINGLE_VIDEO", "video_id": "v1", "operation_status": "ENABLE"}
    market.load(ads=[{"ad_name": name, **live} for name in theirs])
    steady(market, "hook-1", "hook-2", *theirs[:2])
    curve(market, theirs[2], "impressions", base=0)
    falls(market, "hook-1", "hook-2", *theirs[:2], after=20)
    days(34)
    found = asked(bare, "--write")
    assert found["verdict"] == "tired", found
    assert found["left_out"] == ["3 ads of its ad groups are not managed here, and left out"]
    assert "no sibling to compare with" in found["said"]
    ids = {market.one("ad", name)["ad_id"] for name in ("hook-1", "hook-2")}
    (told,) = renewals(bare).values()
    assert {one["id"] for one in told["evidence"]} == ids
    assert not any(one.get("siblings") for one in told["evidence"])
    assert bare.run("plan").code == 0


def test_a_recommended_step_is_one_task_of_four_videos(bare: Workspace, market: Account, days: Pass) -> None:
    """`max_submits` counts what is asked for, and no ad shows what nobody has approved."""
    bare.manifest(*declared(4, renew="{when: {age: 10d}, next: [RECOMMENDED]}", require_approval="true"))
    bare.replace("guardrails: {", "guardrails: {max_submits: {run: 4}, ", "reconciler.yaml")
    bare.apply(code=8)
    bare.run("approve", "refresh/hooks", "--all", "--by", "Ann")
    bare.apply()
    bare.replace("max_submits: {run: 4}", "max_submits: {run: 1}", "reconciler.yaml")
    days(14)
    assert asked(bare, "--write")["next"]["tasks"] == 1
    assert bare.plan().json["refresh"]["videos"] == 4
    market.forget_calls()
    bare.apply()
    assert [path for path, _ in market.posts() if path.startswith("ad/")] == []
    assert bare.lock["refresh/hooks"]["generation"] == 2
    bare.run("approve", "refresh/hooks", "--all", "--by", "Ann")
    bare.apply()
    assert {bare.lock[f"ad/hook-{slot}"]["shown"][0]["generation"] for slot in (1, 2, 3, 4)} == {2}


def test_tiktoks_own_word_stands_beside_ours(tired: Workspace, market: Account) -> None:
    """Shown where the account may ask, asked once where not; it decides only where the policy says so."""
    market.forget_calls()
    assert asked(tired)["verdict"] == "tired"
    assert len([one for one in market.calls() if one["path"] == "creative_fatigue/get/"]) == 1
    tired.replace("metric: hook}", "metric: hook, and_platform: true}")
    found = asked(tired)
    assert (found["verdict"], found["state"]) == ("no evidence", "idle")
    assert "TikTok's own word is not to be had" in found["said"]
    market.switch(fatigue_api="on")
    found = asked(tired)
    assert (found["verdict"], found["state"]) == ("tired", "due")
    assert "TikTok sees fatigue in 2 of 2 ads" in found["said"]


def test_tiktok_may_disagree(bare: Workspace, market: Account, days: Pass) -> None:
    """A fall that TikTok does not call fatigue is none where both must agree, and is one else."""
    bare.manifest(*declared(renew=TIRED.replace("metric: hook", "metric: hook, noise_floor: 0.05")))
    bare.apply()
    steady(market, "hook-1", "hook-2", volume=50_000)
    falls(market, "hook-1", "hook-2", after=12, to=0.81)
    days(45)
    market.switch(fatigue_api="on")
    found = asked(bare)
    assert (found["verdict"], "TikTok sees fatigue in 0 of 2 ads" in found["said"]) == ("tired", True)
    bare.replace("metric: hook,", "metric: hook, and_platform: true,")
    assert asked(bare)["verdict"] == "not shown"


def test_rejected_variants_use_their_step_up(bare: Workspace, market: Account, days: Pass) -> None:
    """The ads keep the old video and may be tired of it still: after the cool-down comes the next hook."""
    bare.manifest(*declared(require_approval="true"))
    bare.apply(code=8)
    bare.run("approve", "refresh/hooks", "--all", "--by", "Ann")
    bare.apply()
    steady(market, "hook-1", "hook-2")
    falls(market, "hook-1", "hook-2", after=20)
    days(32)
    assert asked(bare, "--write")["next"]["step"] == 1
    bare.apply()
    assert asked(bare)["why"].startswith("ad/hook-1 shows generation 1 still")
    bare.run("reject", "refresh/hooks", "--all", "--by", "Ann")
    held = asked(bare)
    assert (held["state"], "at most one step in 14 days" in held["why"]) == ("held", True)
    days(15)
    found = asked(bare, "--write")
    assert (found["verdict"], found["next"]["step"]) == ("tired", 2)
    assert "ad/hook-1 shows generation 1 still" in found["left_out"]
    row = bare.plan().rows["refresh/hooks"]
    assert (row["op"], row["refresh"]["generation"]) == ("refresh", 3)
