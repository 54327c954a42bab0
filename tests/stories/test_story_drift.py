"""Drift and the three ways out of it: put it back, take it over, leave it to others; each as the command says it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rotation import in_turn
from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign, family
from tests.stories.workspace import Workspace

SPEC = {"campaign_name": "Spring", "status": "ENABLE"}


@pytest.fixture
def made(work: Workspace) -> Workspace:
    """A family that is there and in sync."""
    work.manifest(*family(**SPEC))
    work.apply()
    return work


def drifted(work: Workspace, address: str = "campaign/spring") -> dict[str, Any]:
    """The row of one object."""
    ended = work.run("drift", "--json")
    assert ended.code == 0, ended.text
    (found,) = [one for one in ended.json["drift"] if one["address"] == address]
    assert isinstance(found, dict)
    return found


def write(work: Workspace, way: dict[str, Any]) -> None:
    """Do to the manifest what a proposal says, with the tools of a script."""
    path = work.root / way["file"]
    lines = path.read_text("utf-8").split("\n")
    first, last = way["line"] - 1, way["last_line"]
    lines[first : first if way["action"] == "insert" else last] = [] if way["action"] == "remove" else [way["text"]]
    path.write_text("\n".join(lines), "utf-8")


def test_each_field_says_whose_change_it_is_and_when(made: Workspace, account: Account) -> None:
    """Theirs, or both where the manifest was edited too; the time is the API's."""
    account.edit("campaign", "Spring", budget=650, status="DISABLE")
    made.replace("500.00", "800.00")
    row = drifted(made)
    assert row["sides"] == {"budget": "both", "status": "theirs"}
    assert row["modified_at"]
    assert row["source"] == {"file": "manifests/a.yaml", "line": 1}
    text = made.run("drift").stdout
    assert "modified " in text
    assert "(edited in the manifest, too: 800.00 USD)" in text


def test_put_back_by_the_command_that_is_shown(made: Workspace, account: Account) -> None:
    """It is run as it stands there."""
    account.edit("campaign", "Spring", budget=650)
    row = drifted(made)
    command = shlex.split(row["revert"]["command"])
    assert made.run(*command[1:], "--auto-approve").code == 0
    assert account.one("campaign", "Spring")["budget"] == "500.00"
    assert made.run("drift", "--detailed-exitcode").code == 0
    assert row["revert"]["command"] == "reconciler apply --target campaign/spring"


def test_what_no_apply_puts_back_says_why(made: Workspace, account: Account) -> None:
    """An ad group cannot be changed here; a field no manifest sets is nobody's; the same edit is no difference."""
    account.edit("adgroup", "spring-us", budget=66)
    account.edit("campaign", "Spring", budget=650, status="DISABLE")
    made.replace("500.00", "650")
    made.replace("  status: ENABLE\n", "")
    revert = drifted(made, "adgroup/spring-us")["revert"]
    assert revert["command"] is None
    assert "Ads Manager" in revert["why"]
    row = drifted(made)
    assert row["revert"]["command"] is None
    assert {way["path"]: bool(way["why"]) for way in row["ignore"]} == {"budget": False, "status": True}
    ways = {way["path"]: way for way in row["take_over"]}
    assert "already" in ways["budget"]["why"]
    assert (ways["status"]["action"], ways["status"]["text"]) == ("insert", "  status: DISABLE")


@pytest.mark.parametrize(
    "edit",
    [
        lambda work: None,
        lambda work: work.manifest("# ours\n" + campaign(**SPEC).replace("500.00", "'500'  # a day")),
        lambda work: work.manifest(
            'kind: Campaign\nname: spring\nspec: {campaign_name: "Spring", objective_type: TRAFFIC,\n'
            "  budget_mode: BUDGET_MODE_DAY, budget: 500, status: ENABLE}\n"
        ),
        lambda work: work.manifest(campaign("zz"), campaign(lifecycle="protect: true", **SPEC)),
        lambda work: work.manifest(campaign(lifecycle="ignore: [status]", **SPEC)),
    ],
    ids=["plain", "quoted and commented", "flow", "second document", "ignores another"],
)  # fmt: skip
def test_take_over_by_writing_the_line_that_is_shown(work: Workspace, account: Account, edit: Any) -> None:
    """The plan is empty for that field then, and the next apply sends nothing for it."""
    work.manifest(campaign(**SPEC))
    edit(work)
    work.apply()
    account.edit("campaign", "Spring", budget=950)
    row = drifted(work)
    (way,) = row["take_over"]
    assert "950.00" in way["text"]
    shown = work.run("drift").stdout
    assert f"{way['file']}:{way['line']}: {way['text'].strip()}" in shown
    write(work, way)
    assert work.in_sync()
    account.forget_calls()
    work.apply()
    assert account.posts() == []
    assert work.run("drift", "--json").json["drift"] == []


@pytest.mark.parametrize("lifecycle", ["", "protect: true", "ignore: [campaign_name]"])
def test_leave_it_to_others_by_writing_the_line_that_is_shown(
    work: Workspace, account: Account, lifecycle: str
) -> None:
    """With a reason, which `explain` tells; then nobody compares it any more."""
    work.manifest(campaign(lifecycle=lifecycle, **SPEC))
    work.apply()
    account.edit("campaign", "Spring", budget=950)
    (way,) = drifted(work)["ignore"]
    write(work, {**way, "text": way["text"].replace("TEXT", "the bid team sets it")})
    assert work.run("validate").code == 0
    assert work.in_sync()
    work.apply()
    assert work.run("drift", "--json").json["drift"] == []
    assert account.one("campaign", "Spring")["budget"] == "950"


def test_what_is_gone_is_made_anew_or_let_go(made: Workspace, account: Account) -> None:
    """The commands and places that are shown do it."""
    made.configure(quiet=0)
    account.edit("campaign", "Spring", status="DELETE")
    row = drifted(made)
    assert (row["gone"], row["fields"], row["take_over"]) == (True, [], [])
    assert "to let it go: remove its manifest, manifests/a.yaml:1" in made.run("drift").stdout
    ended = made.run(*shlex.split(row["revert"]["command"])[1:], "--auto-approve")
    assert ended.code == 0, ended.text
    assert account.names("campaign") == ["Spring"]


@pytest.mark.parametrize("value", ["650.005", "99999999999999"])
def test_what_no_manifest_may_say_is_not_proposed(made: Workspace, account: Account, value: str) -> None:
    """Finer than the currency, or longer than an amount: the reason stands in place of the line."""
    account.edit("campaign", "Spring", budget=value)
    (way,) = drifted(made)["take_over"]
    assert way["text"] is None
    assert way["why"]


def test_a_manifest_that_is_gone_has_no_line(made: Workspace, account: Account) -> None:
    """Somebody enabled what we disabled when its manifest went away."""
    made.manifest(campaign("other"))
    made.apply()
    account.edit("campaign", "Spring", status="ENABLE")
    row = drifted(made)
    assert row["source"] is None
    assert row["revert"]["command"] == "reconciler apply --target campaign/spring"
    assert [way["text"] for way in row["take_over"]] == [None]


def test_hostile_names_stay_text(made: Workspace, account: Account) -> None:
    """In the text of drift nothing moves the cursor, and no manifest is told to hold it."""
    account.edit("campaign", "Spring", campaign_name='x"\x1b[31m\u202e: [#')
    row = drifted(made)
    assert row["take_over"][0]["text"] is None
    shown = made.run("drift").stdout
    assert not {"\x1b", "\u202e"} & set(shown)


texts = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=20)


@in_turn(1, 4)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=texts, amount=st.decimals(1, 99999, places=2), on=st.booleans(), layout=st.integers(0, 2))
def test_any_value_that_can_be_taken_over_leaves_an_empty_plan(
    work: Workspace, account: Account, tmp_path: Path, name: str, amount: Any, on: bool, layout: int
) -> None:
    """Whatever somebody typed in Ads Manager: the lines are written, and nothing is left to change."""
    work.manifest(campaign(**SPEC))
    work.apply("--target", "campaign/spring")
    identity = work.lock["campaign/spring"]["id"]
    if layout == 1:
        work.manifest('kind: Campaign\nname: spring\nspec: {campaign_name: "Spring", objective_type: TRAFFIC,\n'
                      "  budget_mode: BUDGET_MODE_DAY, budget: 500, status: ENABLE}\n")  # fmt: skip
    if layout == 2:
        work.manifest(adgroup(), campaign(**SPEC).replace("budget: 500.00", "'budget' : 500.00 # daily"))
    account.operate(
        "edit",
        {"id": identity, "campaign_name": name, "budget": str(amount), "status": "ENABLE" if on else "DISABLE"},
    )
    rows = work.run("drift", "--json").json["drift"]
    ways = [way for row in rows if row["address"] == "campaign/spring" for way in row["take_over"]]
    impossible = {way["path"] for way in ways if way["text"] is None}
    for way in sorted((one for one in ways if one["text"] is not None), key=lambda one: -int(one["line"])):
        # Two fields on one line are taken over one after the other.
        now = next(one for row in work.run("drift", "--json").json["drift"] for one in row["take_over"]
                   if one["path"] == way["path"] and row["address"] == "campaign/spring")  # fmt: skip
        write(work, now)
    left = work.plan("--target", "campaign/spring").rows.get("campaign/spring", {"fields": []})
    assert {one["path"] for one in left["fields"]} == impossible
    assert impossible <= {"campaign_name"}
