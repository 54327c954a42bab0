"""How the command is called: usage, places of options, init, schema, explain, what is imported, and odd machines."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.manifests import campaign, family
from tests.stories.workspace import TOKEN, Workspace, finish

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "arguments",
    [
        ["plna"], ["plan", "--nope"], ["plan", "extra"], ["apply", "--target"], ["state"], ["state", "nope"], ["adopt"],
        ["adopt", "campaign/x"], ["explain"], ["explain", "R000"], ["schema", "nope"], ["-C", "/nowhere", "plan"],
        ["simulate", "--port", "x"], ["simulate", "--set", "nope=1"], ["--nope"], ["plan", "--allow", "x=campaign/y"],
        ["init", "--contract", "nope"], ["simulate", "--contract", "nope"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_usage_errors_are_3(work: Workspace, arguments: list[str]) -> None:
    """click's own and ours; with --json as one document with a hint."""
    work.manifest(campaign())
    place = arguments[0] == "-C"
    assert work.run(*arguments, chdir=not place).code == 3
    ended = work.run(*arguments, "--json", chdir=not place)
    assert ended.code == 3
    assert ended.json["errors"][0]["message"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan", "--base-url", ""], ["plan", "--base-url="], ["--base-url", "", "plan"], ["-C", "", "plan"],
        ["pull", "--under", ""], ["apply", "--expect-digest", ""], ["apply", ""], ["plan", "--out", ""],
        ["consent", "--by", "", "--accept"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_empty_value_is_not_an_option_left_out(work: Workspace, account: Account, arguments: list[str]) -> None:
    """A variable of the shell that is not set: 3, told so, nothing asked of the host the workspace names."""
    work.manifest(campaign())
    ended = work.run(*arguments, "--json")
    (error,) = ended.json["errors"]
    assert (ended.code, error["code"], "variable of the shell" in error["message"]) == (3, "R901", True)
    assert account.calls() == []


def test_a_dumb_terminal_gets_no_colours(work: Workspace) -> None:
    """TERM=dumb says that it knows no escape sequences; any other terminal has colours."""
    work.manifest(campaign())
    for term, coloured in (("xterm", True), ("dumb", False)):
        with mock.patch.dict(os.environ, TERM=term):
            ours, theirs = pty.openpty()
            running = work.start("plan", stdout=theirs)
            os.close(theirs)
            told = b""
            with contextlib.suppress(OSError):  # a terminal that nobody writes to any more
                while piece := os.read(ours, 4096):
                    told += piece
            os.close(ours)
            assert (finish(running).code, b"\x1b" in told) == (0, coloured), told


def test_global_options_are_taken_before_and_after_the_command(work: Workspace) -> None:
    """-C, --base-url, --no-color, --no-input, -q and -v stand on either side."""
    work.manifest(campaign())
    place = ["-C", str(work.root), "--base-url", work.url, "--no-color", "--no-input", "-q"]
    for command in (["plan", "--json"], ["validate", "--json"], ["state", "list", "--json"], ["status", "--json"]):
        before = work.run(*place, *command, chdir=False)
        after = work.run(*command, *place, chdir=False)
        assert before.code == after.code == 0, before.text + after.text
        assert before.json == after.json
    assert "GET campaign/get/" in work.run("-v", "plan").stderr
    assert "GET campaign/get/" in work.run("plan", "-v").stderr
    assert work.run("-C", "/nowhere", "plan", "-C", str(work.root), chdir=False).code == 0


def test_answers_go_to_stdout_and_progress_to_stderr(work: Workspace) -> None:
    """With --json stdout is one document, whatever else is told; -q tells nothing."""
    work.manifest(*family())
    ended = work.run("apply", "--auto-approve", "--json", "-v")
    assert ended.json["summary"]["done"] == 3
    assert "POST campaign/create/" in ended.stderr
    work.replace("500.00", "400")
    assert work.run("apply", "--auto-approve", "--json", "-q").stderr == ""


def test_help_and_version_load_nothing_heavy() -> None:
    """`--help` imports no requests, deepdiff, rich or pydantic."""
    code = (
        "import sys\nfrom reconciler.cli.main import main\n"
        "try:\n    main([sys.argv[1]])\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted({'requests', 'deepdiff', 'rich', 'pydantic', 'yaml', 'jinja2'} & set(sys.modules)))\n"
    )
    for option in ("--help", "--version"):
        ended = subprocess.run(
            [sys.executable, "-c", code, option], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert ended.stdout.splitlines()[-1] == "[]"


def test_a_command_loads_what_it_needs(work: Workspace) -> None:
    """`validate` where nothing is renewed loads nothing about renewing, keeping or saved plans, and builds no model
    of a kind that no manifest is of."""
    work.manifest(*family())
    code = (
        "import sys\nfrom reconciler.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n    assert not end.code\n"
        "from reconciler.kinds.registry import KINDS\n"
        "unneeded = {'plan.fatigue', 'plan.document', 'kinds.renewal', 'apply.keeping'}\n"
        "print(sorted(one for one in unneeded if f'reconciler.{one}' in sys.modules))\n"
        "print(sorted(name for name, one in KINDS.items() if one.manifest.__pydantic_complete__))\n"
    )
    command = [sys.executable, "-c", code, "-C", str(work.root), "validate"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert ended.stdout.splitlines()[-2:] == ["[]", "['ad', 'adgroup', 'campaign']"]


def test_a_plan_loads_what_it_needs(work: Workspace, account: Account) -> None:
    """Nothing about renewing where nothing is renewed; and no git where nothing has changed in the account."""
    work.manifest(*family())
    code = (
        "import sys\nfrom reconciler.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n    assert not end.code\n"
        "unneeded = {'plan.renewals', 'plan.fatigue', 'kinds.renewal', 'state.git.command'}\n"
        "print(sorted(one for one in unneeded if f'reconciler.{one}' in sys.modules))\n"
    )
    command, env = [sys.executable, "-c", code, "-C", str(work.root), "plan"], {"TIKTOK_ACCESS_TOKEN": TOKEN}
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, **env})
    assert ended.stdout.splitlines()[-1] == "[]"


def test_init_makes_a_workspace_that_validates_and_applies(work: Workspace, account: Account, tmp_path: Path) -> None:
    """A new folder; validate, plan and apply work there; a second init touches nothing."""
    root = tmp_path / "new" / "deep"
    assert work.run("init", "--contract", "openapi", "-C", str(root), chdir=False).code == 0
    fresh = ["-C", str(root), "--base-url", account.url]
    assert work.run("validate", *fresh, chdir=False, token=None).code == 0
    assert work.run("plan", *fresh, chdir=False).code == 0
    assert work.run("apply", "--auto-approve", *fresh, chdir=False).code == 0
    assert work.run("plan", "--detailed-exitcode", *fresh, chdir=False).code == 0
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert work.run("init", "-C", str(root), chdir=False).code == 3
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("contract", ["marketing", "smart_plus"])
def test_a_mistake_in_a_campaign_is_none_of_its_ad_groups(work: Workspace, tmp_path: Path, contract: str) -> None:
    """It shares its budget and cannot be read: nobody is told to give the ad groups budgets of their own."""
    work.run("init", "--contract", contract, "-C", str(tmp_path / "new"), chdir=False)
    path = tmp_path / "new/manifests/first.yaml"
    text = path.read_text("utf-8").replace("  budget_mode: BUDGET_MODE_DAY\n  budget: 20.00\n", "")
    if "budget_optimize_on" not in text:
        text = text.replace("  campaign_name", "  budget_optimize_on: true\n  campaign_name", 1)
    path.write_text(text.replace("  campaign_name", "  nonsense: 1\n  campaign_name", 1), "utf-8")
    ended = work.run("validate", "--json", "-C", str(tmp_path / "new"), chdir=False)
    assert {one["address"] for one in ended.json["errors"]} == {"campaign/first-campaign"}


@pytest.mark.parametrize("group", [(), ("state",), ("fleet",)])
def test_without_a_command_the_commands_are_listed(work: Workspace, group: tuple[str, ...]) -> None:
    """Line by line, as `--help` does, and where errors go: nothing was done."""
    ended = work.run(*group, chdir=False)
    assert (ended.code, ended.stdout) == (3, "")
    assert ended.stderr == work.run(*group, "--help", chdir=False).stdout


def test_init_in_a_folder_under_version_control(work: Workspace, tmp_path: Path) -> None:
    """A .gitignore of one's own is no reason to refuse; it is kept."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / ".gitignore").write_text("*.pyc\n", "utf-8")
    assert work.run("init", "-C", str(root), chdir=False).code == 0
    assert (root / ".gitignore").read_text("utf-8").startswith("*.pyc\n")


def test_an_apply_in_the_wrong_folder_says_so_first(work: Workspace, tmp_path: Path) -> None:
    """There is no terminal either, but who named another folder has no use for that."""
    (tmp_path / "wrong").mkdir()
    ended = work.run("apply", "--no-input", "--json", "-C", str(tmp_path / "wrong"), chdir=False)
    assert (ended.code, ended.codes) == (3, ["R401"])
    assert work.run("apply", "--no-input", "--json").codes == ["R802"]


def test_init_in_a_workspace_is_one_error(work: Workspace, tmp_path: Path) -> None:
    """It names the workspace file, and not every file that belongs to it; nothing is written."""
    made = Workspace(tmp_path / "new", "")
    assert made.run("init").code == 0
    before = made.files()
    ended = made.run("init")
    assert (ended.code, ended.stderr.count("error[")) == (3, 1)
    assert "reconciler.yaml already exists" in ended.stderr
    assert "it is a workspace: edit its files" in ended.stderr
    assert made.files() == before


def test_init_where_a_file_stands_is_an_error_and_no_bug(work: Workspace, tmp_path: Path) -> None:
    """Exit 3 or 1, never 70."""
    (tmp_path / "file").write_text("", "utf-8")
    for name in ("file", "file/below"):
        assert work.run("init", "-C", str(tmp_path / name), chdir=False).code in (1, 3)


def test_the_schemas_are_the_committed_ones(work: Workspace, tmp_path: Path) -> None:
    """`schema --out` writes what `schemas/` holds, and each can be printed by name."""
    assert work.run("schema", "--out", str(tmp_path / "made"), chdir=False).code == 0
    committed = {path.name: path.read_text("utf-8") for path in (ROOT / "schemas").iterdir()}
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / "made").iterdir()} == committed
    for name in ("manifest", "workspace", "plan"):
        printed = work.run("schema", name, chdir=False).stdout
        assert json.loads(printed) == json.loads(committed[f"{name}.schema.json"])


def test_what_a_plan_prints_fits_its_schema(work: Workspace, account: Account) -> None:
    """Creates, updates, blocked rows, violations and warnings."""
    jsonschema = importlib.import_module("jsonschema")
    schema = json.loads((ROOT / "schemas/plan.schema.json").read_text("utf-8"))
    work.manifest(*family(), campaign("kept", lifecycle="on_remove: keep"), campaign("gone"))
    jsonschema.validate(work.plan().json, schema)
    work.apply()
    work.manifest(*family(status="ENABLE", budget="9000"), campaign("new"))
    work.replace("SINGLE_VIDEO", "SINGLE_IMAGE")
    account.edit("campaign", "spring", budget=3)
    jsonschema.validate(work.plan().json, schema)


def test_every_code_that_is_shown_can_be_explained(work: Workspace) -> None:
    """`explain` knows what findings and blocked rows name, in either case of letters."""
    work.manifest("kind: Nothing\n")
    for code in (*work.run("validate", "--json").codes, "R701", "r702", "R801", "R999"):
        told = work.run("explain", code, "--json").json
        assert told["code"] == code.upper()
        assert told["title"]
        assert told["text"]


def test_the_codes_of_the_api_can_be_explained(work: Workspace) -> None:
    """A number is a return code of the API: what it means, what to do, and what it makes of a write and of a read."""
    told = work.run("explain", "40001", "--json").json
    assert (told["code"], told["write"], told["read"]) == ("40001", "credentials", "credentials")
    assert "permission" in told["title"]
    shown = work.run("explain", "51039").text
    assert "51039 (the API's)" in shown
    assert "may or may not have been done" in shown
    unknown = work.run("explain", "49999", "--json")
    assert (unknown.code, unknown.codes) == (3, ["R901"])


@pytest.mark.parametrize(
    "fault", [{"code": 40002}, {"code": 40105}, {"code": 51039}, {"code": 40100}, {"edit": {"data.page_info": {}}},
              {"wrong_total": 9}, {"edit": {"data.list.0.budget": "a lot"}}], ids=str
)  # fmt: skip
def test_every_error_of_a_reply_names_its_request_id(
    work: Workspace, account: Account, fault: dict[str, object]
) -> None:
    """Refused, throttled, broken or incomplete: the log id is there for the API's support, in words and in JSON."""
    work.manifest(campaign())
    work.apply()
    work.configure(quiet=0)
    account.faults({"path": "campaign/get/", **fault})
    ended = work.run("plan", "--json")
    assert ended.code in (1, 4)
    assert ended.json["errors"][0]["request_id"]
    assert "request id: " in work.run("plan").stderr


@pytest.mark.parametrize(
    "timeout", ["{connect: 0, read: 30}", "{connect: 5, read: 0}", "{read: -1}", "{read: 1e3}", "{read: soon}"]
)
def test_a_timeout_that_no_call_can_meet_is_refused(work: Workspace, account: Account, timeout: str) -> None:
    """Exit 3 with its place, never a bug."""
    work.manifest(campaign())
    work.configure(timeout=timeout)
    ended = work.run("plan", "--json")
    assert (ended.code, ended.json["errors"][0]["file"]) == (3, "reconciler.yaml"), ended.text


@pytest.mark.parametrize("entry", ["../elsewhere", "/etc", "~", "a/../../b", "C:/x", '"a\\0b"', "missing"])
def test_manifests_outside_the_workspace_are_refused(work: Workspace, entry: str) -> None:
    """A path that leads out, or to nothing, is an error of the workspace file."""
    work.manifest(campaign())
    work.configure(more=f"manifests: [manifests, {entry}]\n")
    assert work.run("validate", "--json").code == 3


@pytest.mark.parametrize("name", ["team", "team.yaml"])
def test_a_link_out_of_the_workspace_is_refused_and_never_skipped(work: Workspace, tmp_path: Path, name: str) -> None:
    """A file or a folder: skipping it would take everything in it for removed."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.yaml").write_text(campaign("linked"), "utf-8")
    work.manifest(campaign())
    (work.root / "manifests" / name).symlink_to(outside / "a.yaml" if "." in name else outside)
    ended = work.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R115"]), ended.text


def test_a_user_without_a_name_can_apply(work: Workspace, account: Account) -> None:
    """In a container with a bare user id there is a HOME and no entry in the list of users."""
    work.manifest(campaign())
    code = "import os, sys\nos.getuid = lambda: 54321\nfrom reconciler.cli.main import main\nmain(sys.argv[1:])\n"
    environment = {"HOME": str(work.root), "TIKTOK_ACCESS_TOKEN": TOKEN, "PATH": "/usr/bin", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, "apply", "--auto-approve", "--json"]
    ended = subprocess.run(command, cwd=work.root, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("encoding", rotating(["ascii", "latin-1"], 2))
def test_a_terminal_that_cannot_show_every_character_gets_a_substitute(
    work: Workspace, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """An old locale is no reason to end an apply in the middle of its report."""
    work.manifest(campaign(campaign_name="Été 夏"))
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    for command in (["plan"], ["apply", "--auto-approve"], ["state", "list"]):
        ended = work.process(*command, anew=True)
        assert ended.code == 0, ended
