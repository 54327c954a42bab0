"""Saved plans: reviewed, shown without a network, applied once, and only if they are still the plan of now."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped] # its stubs are not pinned

from reconciler.canonical import digest as hash_of
from reconciler.canonical import stamp
from reconciler.workflow.schemas import plan_schema
from tests.stories.account import Account
from tests.stories.hurry import world_of
from tests.stories.manifests import adgroup, campaign, family
from tests.stories.refresh.scene import consent, refresh, video
from tests.stories.workspace import TOKEN, Run, Workspace, finish, until

FORMATS = [["--json"], ["--format", "text"], ["--format", "markdown"], ["--format", "html"],
           ["--audience", "marketer"], ["--format", "markdown", "--audience", "marketer"],
           ["--format", "html", "--audience", "marketer"]]  # fmt: skip
HOSTILE = "<img src=x>@octocat #1 | ``` [a](http://e.example) ::error::x ##[add-mask]x"


def save(work: Workspace, *arguments: str, out: str = "plan.json") -> dict[str, Any]:
    """`plan --out`, which must come out well; the document."""
    ended = work.run("plan", "--out", out, *arguments)
    assert ended.code == 0, ended.text
    document: dict[str, Any] = json.loads((work.root / out).read_text("utf-8"))
    return document


def rewrite(work: Workspace, change: Callable[[dict[str, Any]], None]) -> None:
    """Somebody edits the file, and makes its hash fit."""
    document = json.loads((work.root / "plan.json").read_text("utf-8"))
    change(document)
    del document["hash"]
    work.write("plan.json", json.dumps({**document, "hash": hash_of(document)}))


def bound(**other: object) -> Callable[[dict[str, Any]], None]:
    """An edit of what binds the plan."""
    return lambda document: document["saved"].update(other)


def refused(work: Workspace, account: Account, *codes: str) -> Mapping[str, Any]:
    """`apply FILE` ends with 6 and these codes, as JSON and as text, and sends nothing; the document."""
    before = len(account.posts())
    ended = work.run("apply", "plan.json", "--json")
    assert (ended.code, ended.codes) == (6, [*codes]), ended.text
    told = work.run("apply", "plan.json")
    assert told.code == 6
    assert all(f"error[{code}]" in told.stderr for code in codes)
    assert len(account.posts()) == before
    document: Mapping[str, Any] = ended.json
    return document


def test_out_show_apply(work: Workspace, account: Account) -> None:
    """The file validates as a plan, shows as the plan did, needs nothing to be shown, and applies exactly itself."""
    work.manifest(*family(status="ENABLE"))
    document = save(work)
    Draft7Validator(plan_schema()).validate(document)
    plan = work.plan().json
    assert {key: document[key] for key in plan} == plan
    for form in FORMATS[1:]:
        there, here = work.run("plan", *form), work.run("show", "plan.json", *form, token=None)
        assert here.code == 0, here.text
        assert len({re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "", one.stdout) for one in (there, here)}) == 1
    assert work.run("show", "plan.json", "--json", token=None).json == document
    account.forget_calls()
    ended = work.run("apply", "plan.json", "--json")
    assert (ended.code, ended.json["plan_digest"]) == (0, document["digest"])
    assert set(ended.ended.values()) == {"done"}
    assert work.in_sync()


def test_show_needs_no_workspace(work: Workspace, account: Account, tmp_path: Path) -> None:
    """Anybody may look at a plan: without token, network or workspace."""
    work.manifest(campaign())
    save(work)
    account.forget_calls()
    ended = work.run("show", str(work.root / "plan.json"), "-C", str(tmp_path), token=None, chdir=False)
    assert ended.code == 0
    assert "campaign/spring will be created" in ended.stdout
    assert "The account may have changed since." in ended.stderr
    assert account.calls() == []


def test_the_file_is_the_owners_and_holds_no_secret(work: Workspace, account: Account) -> None:
    """Its mode is 0600; neither the token nor the address of a preview is in it."""
    account.switch(task_seconds="0")
    work.manifest(video(), refresh(variants=2))
    consent(work)
    work.run("apply", "--auto-approve")
    work.manifest(video(), refresh(variants=3), campaign())
    document = save(work)
    path = work.root / "plan.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text("utf-8")
    assert TOKEN not in text
    assert "preview" not in text
    (row,) = [one for one in document["changes"] if one["op"] == "refresh"]
    assert row["refresh"]["submits"] == [[3]]
    shown = work.run("show", "plan.json", "--format", "markdown").stdout
    assert "| Refresh tasks | – | 1 for 1 videos" in shown


def test_a_plan_is_applied_once(work: Workspace, account: Account) -> None:
    """The second apply of the file, and of a copy, is refused, also by a machine that has the lockfile only."""
    work.manifest(campaign())
    save(work)
    assert work.run("apply", "plan.json").code == 0
    refused(work, account, "R812")
    work.write("copy.json", (work.root / "plan.json").read_text("utf-8"))
    assert work.run("apply", "copy.json", "--json").codes == ["R812"]
    work.journal.unlink()
    refused(work, account, "R803", "R809")


def test_a_plan_whose_apply_failed_is_used(work: Workspace, account: Account) -> None:
    """Nobody reviewed the half of it: make the plan again."""
    work.configure(quiet=0)
    work.manifest(campaign())
    save(work)
    account.faults({"path": "campaign/create/", "code": 40002})
    assert work.run("apply", "plan.json").code == 1
    account.faults()
    refused(work, account, "R812")
    save(work, out="again.json")
    assert work.run("apply", "again.json").code == 0


def test_a_plan_whose_apply_was_killed_is_used(work: Workspace, account: Account) -> None:
    """Dead in its first write, before any lockfile was saved: the file is used up, and an apply converges."""
    work.configure(quiet=0)
    work.manifest(campaign("a"), campaign("b"))
    save(work)
    account.faults({"path": "campaign/create/", "nth": 1, "delay": 60})
    first = work.start("apply", "plan.json", "--json")
    until(lambda: len(account.posts()) == 1)
    first.kill()
    finish(first)
    account.faults()
    refused(work, account, "R812")
    save(work, out="again.json")
    work.apply()
    assert account.names("campaign") == ["a", "b"]
    assert work.run("apply", "again.json").code == 6
    assert work.in_sync()


def test_a_plan_of_nothing_applies_as_nothing(work: Workspace, account: Account) -> None:
    """No write, and as often as one likes."""
    work.manifest(campaign())
    work.apply()
    save(work)
    before = work.files()
    for _ in range(2):
        account.forget_calls()
        assert work.run("apply", "plan.json").code == 0
        assert account.posts() == []
    after = work.files()
    assert {name for name in after if after[name] != before.get(name)} <= {".reconciler/lock"}


def test_a_stranger_in_between(work: Workspace, account: Account) -> None:
    """6, nothing sent, and the difference: planned, now, what changed live and when."""
    work.manifest(*family())
    work.apply()
    work.replace("500.00", "600.00")
    save(work)
    account.edit("campaign", "spring", budget=550)
    document = refused(work, account, "R803")
    (row,) = document["difference"]["rows"]
    assert (row["address"], row["kind"], row["planned"], row["now"]) == ("campaign/spring", "other", "update", "update")
    assert row["modified_at"]
    assert row["fields"] == [
        {
            "path": "budget",
            "planned": {"old": "500.00", "new": "600.00"},
            "now": {"old": "550.00", "new": "600.00"},
            "live": {"old": "500.00", "new": "550.00"},
        }
    ]
    assert document["outcomes"] == []
    assert document["plan"]["changes"][0]["fields"][0]["old"] == "550.00"
    told = work.run("apply", "plan.json").stderr
    assert "budget  planned 500.00 USD → 600.00 USD" in told
    assert "budget  now     550.00 USD → 600.00 USD" in told
    assert f"budget  changed in the account: 500.00 USD → 550.00 USD, modified {row['modified_at']} UTC" in told


def test_a_stranger_touches_what_was_in_sync(work: Workspace, account: Account) -> None:
    """A row that was not planned says what the value was then."""
    work.manifest(campaign("a"), campaign("b"))
    work.apply()
    work.manifest(campaign("a", budget="600.00"), campaign("b"))
    save(work)
    account.edit("campaign", "b", budget=1)
    document = refused(work, account, "R803")
    (row,) = document["difference"]["rows"]
    assert (row["address"], row["kind"]) == ("campaign/b", "new")
    assert row["fields"][0]["live"] == {"old": "500.00", "new": "1.00"}


def test_a_stranger_does_the_plan_or_deletes_its_object(work: Workspace, account: Account) -> None:
    """What is done already and what is gone is no longer planned, and the difference says so."""
    work.configure(quiet=0)
    work.manifest(campaign("a"), campaign("b"))
    work.apply()
    work.manifest(campaign("a", budget="600.00"), campaign("b", budget="600.00"))
    save(work)
    account.edit("campaign", "a", budget=600)
    account.edit("campaign", "b", status="DELETE")
    rows = {row["address"]: row for row in refused(work, account, "R803")["difference"]["rows"]}
    assert {address: row["kind"] for address, row in rows.items()} == {"campaign/a": "gone", "campaign/b": "gone"}
    assert (rows["campaign/a"]["now"], rows["campaign/b"]["now"]) == (None, "blocked")
    assert (rows["campaign/a"]["vanished"], rows["campaign/b"]["vanished"]) == (False, True)


def test_manifests_that_were_edited(work: Workspace, account: Account) -> None:
    """Refused even where the edit sends nothing; comments, order and files are no edit."""
    work.manifest(campaign("a"), campaign("b"))
    save(work)
    work.manifest("# a comment\n" + campaign("b"), campaign("a"), file="other.yaml")
    (work.root / "manifests/a.yaml").unlink()
    work.manifest(campaign("a", lifecycle="on_remove: keep"), campaign("b"), file="other.yaml")
    assert refused(work, account, "R810")["difference"]["rows"] == []
    work.manifest("# a comment\n" + campaign("b"), campaign("a"), file="other.yaml")
    assert work.run("apply", "plan.json").code == 0


def test_edited_manifests_show_the_difference(work: Workspace, account: Account) -> None:
    """What differs now is told, too."""
    work.manifest(campaign("a"))
    save(work)
    work.manifest(campaign("a", budget="600.00"), campaign("b"))
    rows = {row["address"]: row["kind"] for row in refused(work, account, "R803", "R810")["difference"]["rows"]}
    assert rows == {"campaign/a": "other", "campaign/b": "new"}


def test_another_serial(work: Workspace, account: Account) -> None:
    """A run has saved the lockfile since: with the first lockfile ever, and with a later one."""
    work.manifest(campaign("a"), campaign("b"))
    save(work, "--target", "campaign/a")
    work.apply("--target", "campaign/b")
    assert refused(work, account, "R809")["difference"]["rows"] == []
    work.manifest(campaign("a"), campaign("b"), campaign("c"))
    save(work, "--target", "campaign/a")
    work.apply("--target", "campaign/c")
    refused(work, account, "R809")


def test_its_choices_are_made_again(work: Workspace, account: Account) -> None:
    """Targets and allowances of the plan are those of its apply, which takes none of its own."""
    work.configure(guardrails="{max_daily_spend: 100.00}")
    work.manifest(campaign("a", status="ENABLE"), campaign("b", status="ENABLE"))
    allowed = ["--allow", "max_daily_spend=campaign/a", "--reason", "launch"]
    save(work, "--target", "campaign/a", *allowed)
    ended = work.run("apply", "plan.json", "--target", "campaign/a", "--json")
    assert (ended.code, ended.codes) == (3, ["R901"])
    ended = work.run("apply", "plan.json", "--json")
    assert (ended.code, ended.ended) == (0, {"campaign/a": "done"})
    assert account.names("campaign") == ["a"]


def test_a_refused_plan_stays_refused(work: Workspace, account: Account) -> None:
    """What broke a guard rail when it was shown is not applied, even when the limit is raised: a new plan is."""
    work.configure(guardrails="{max_daily_spend: 100.00}")
    work.manifest(campaign("a", status="ENABLE"))
    save(work)
    for limit in ("100.00", "1000.00"):
        work.configure(guardrails=f"{{max_daily_spend: {limit}}}")
        ended = work.run("apply", "plan.json", "--json")
        assert (ended.code, ended.codes) == (5, ["R814"])
    assert account.posts() == []
    save(work)
    assert work.run("apply", "plan.json").code == 0


def test_expired(work: Workspace, account: Account) -> None:
    """`plan_hours` is over, by the workspace's own clock and setting."""
    work.manifest(campaign())
    save(work)
    now = world_of(work.url).now()
    rewrite(work, bound(created_at=stamp(now - 25 * 3600)))
    refused(work, account, "R811")
    work.configure(guardrails="{max_daily_spend: 1000.00, plan_hours: 26}")
    assert work.run("show", "plan.json").code == 0
    rewrite(work, bound(created_at=stamp(now + 3600)))
    refused(work, account, "R811")
    rewrite(work, bound(created_at=stamp(now - 25 * 3600)))
    assert work.run("apply", "plan.json").code == 0


def test_a_file_of_another_workspace(work: Workspace, account: Account, tmp_path: Path) -> None:
    """Another lineage, another account, another contract."""
    other = Workspace(tmp_path / "other", account.url)
    other.configure()
    for one in (work, other):
        one.manifest(campaign(one.root.name))
        one.apply()
        one.replace("500.00", "600.00")
    save(other)
    work.write("plan.json", (other.root / "plan.json").read_text("utf-8"))
    refused(work, account, "R808")
    save(work)
    rewrite(work, lambda document: document["saved"].update(contract="marketing"))
    assert work.run("apply", "plan.json", "--json").codes == ["R806"]
    work.configure(advertiser="7000000000000000002")
    (work.root / "reconciler.lock").unlink()
    work.journal.unlink()
    work.write("plan.json", (other.root / "plan.json").read_text("utf-8"))
    refused(work, account, "R808")


def cut(document: str) -> str:
    """Half of the file."""
    return document[: len(document) // 2]


@pytest.mark.parametrize(
    "damage",
    [cut, lambda _: "", lambda _: "[]", lambda _: "{}", lambda _: '{"saved": {}}', lambda _: "[" * 100_000,
     lambda text: text.replace('"500.00"', '"999.00"'), lambda text: text.replace('"format": 1', '"format": 2'),
     lambda text: text.replace("campaign/spring", "campaign/../x")],
    ids=["cut", "empty", "list", "object", "no binding", "deep", "value", "later format", "address"],
)  # fmt: skip
@pytest.mark.parametrize("command", ["show", "apply"])
def test_a_damaged_file(work: Workspace, account: Account, damage: Callable[[str], str], command: str) -> None:
    """3, with what is wrong and what to do, and not a single call."""
    work.manifest(campaign())
    save(work)
    work.write("plan.json", damage((work.root / "plan.json").read_text("utf-8")))
    account.forget_calls()
    ended = work.run(command, "plan.json", "--json")
    assert (ended.code, ended.codes) == (3, ["R806"])
    assert ended.json["errors"][0]["hint"]
    assert account.calls() == []


@pytest.mark.parametrize(
    "edit",
    [
        lambda document: document.update(digest="sha256:" + "0" * 64),
        lambda document: document["changes"].clear(),
        lambda document: document["changes"][0].update(address="campaign/../../x"),
        lambda document: document["changes"][0].update(op="explode"),
        lambda document: document["account"].update(currency="<b>"),
        lambda document: document["worst_case"].update(after="much"),
        lambda document: document["saved"].update(choices={"targets": [], "later": ["x"]}),
        lambda document: document["saved"].update(created_at="2026-99-99T00:00:00Z"),
        lambda document: document["saved"].update(created_at="yesterday"),
        lambda document: document["saved"].update(serial=True),
    ],
)
def test_a_file_that_somebody_edited_well(
    work: Workspace, account: Account, edit: Callable[[dict[str, Any]], None]
) -> None:
    """A hash that fits makes no plan of what is none."""
    work.manifest(campaign())
    save(work)
    rewrite(work, edit)
    ended = work.run("apply", "plan.json", "--json")
    assert (ended.code, ended.codes) == (3, ["R806"]), ended.text
    assert account.posts() == []


def test_no_file(work: Workspace) -> None:
    """3 for a name that is wrong, or a folder."""
    for command in ("show", "apply"):
        for name, said in (
            ("nothing.json", "does not exist"),
            ("manifests", "is a folder"),
            ("/dev/null", "is no file"),
        ):
            ended = work.run(command, name, "--json")
            assert (ended.code, ended.codes) == (3, ["R806"])
            assert said in ended.json["errors"][0]["message"]


def test_what_out_never_writes_over(work: Workspace, tmp_path: Path) -> None:
    """Not into .reconciler, not over what is no saved plan, not through a link, not into a folder that is not there."""
    work.manifest(campaign())
    save(work)
    (work.root / ".reconciler").mkdir(exist_ok=True)
    target = tmp_path / "elsewhere.json"
    (work.root / "link.json").symlink_to(target)
    (work.root / "door").symlink_to(work.root / ".reconciler")
    before = work.files()
    for name in ("manifests/a.yaml", "reconciler.yaml", ".reconciler/plan.json", "door/plan.json", "link.json",
                 "manifests", "nowhere/plan.json"):  # fmt: skip
        ended = work.run("plan", "--out", name, "--json")
        assert (ended.code, ended.codes) == (3, ["R807"]), name
    for name, said in ((str(tmp_path), "it is a folder"), ("nowhere/plan.json", "there is no folder")):
        assert said in work.run("plan", "--out", name).stderr
    assert work.files() == before
    assert not target.exists()
    assert save(work)["saved"]["id"] != json.loads(before["plan.json"])["saved"]["id"]


def test_the_options_that_do_not_go_together(work: Workspace) -> None:
    """--json is a format of its own."""
    work.manifest(campaign())
    save(work)
    for command in (["plan"], ["show", "plan.json"]):
        for more in (["--format", "html"], ["--audience", "marketer"]):
            assert work.run(*command, "--json", *more).code == 3
        assert work.run(*command, "--format", "pdf").code == 3


def test_out_and_json_together(work: Workspace) -> None:
    """Stdout holds exactly the plan's document, and the exit code is the plan's."""
    work.manifest(campaign())
    ended = work.run("plan", "--out", "plan.json", "--json", "--detailed-exitcode")
    assert ended.code == 2
    assert ended.json["digest"] == json.loads((work.root / "plan.json").read_text("utf-8"))["digest"]
    assert "Saved the plan to plan.json" in ended.stderr


def test_an_expected_digest_that_is_not_met_shows_the_plan_of_now(work: Workspace, account: Account) -> None:
    """Without a saved plan there is nothing to compare with, but what would be done now is in the document."""
    work.manifest(campaign())
    ended = work.run("apply", "--expect-digest", "sha256:" + "0" * 64, "--json")
    assert (ended.code, ended.codes) == (6, ["R803"])
    assert [row["address"] for row in ended.json["plan"]["changes"]] == ["campaign/spring"]
    assert "difference" not in ended.json
    assert account.posts() == []


@pytest.mark.parametrize("form", FORMATS, ids=" ".join)
def test_hostile_names_stay_text(work: Workspace, account: Account, form: list[str]) -> None:
    """Names of the manifests and of the account, in every format of `plan` and `show`, and in the difference."""
    work.manifest(campaign(campaign_name=json.dumps(HOSTILE)), adgroup())
    work.apply()
    nasty = "\x1b[2J\u202e\n::error::" + HOSTILE
    account.edit("campaign", HOSTILE, campaign_name=nasty)
    ended = [work.run("plan", *form), save_and_show(work, form)]
    account.edit("campaign", nasty, campaign_name=nasty + "2")
    ended.append(work.run("apply", "plan.json", *(["--json"] if form == ["--json"] else [])))
    assert ended[-1].code == 6
    for one in ended:
        assert not any(line.lstrip().startswith("::") for line in one.text.splitlines())
        assert "##[" not in one.text
        assert not {"\x1b", "\u202e"} & set(one.text)
    if "html" in form:
        assert "<img" not in ended[0].stdout


def save_and_show(work: Workspace, form: list[str]) -> Run:
    """Through a file."""
    save(work)
    return work.run("show", "plan.json", *form)
