"""At the desk, offline: `fmt`, `graph`, `completion`, and commands typed somewhere below the workspace."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from unittest import mock

import pytest

from tests.stories.account import Account
from tests.stories.manifests import campaign, family
from tests.stories.workspace import Run, Workspace

UNTIDY = (
    "name: a   # chosen\nspec: {budget_mode: BUDGET_MODE_DAY,objective_type: 'TRAFFIC', budget: 5}\nkind: Campaign\n"
)
TIDY = (
    'kind: Campaign\nname: a   # chosen\nspec: {objective_type: "TRAFFIC", budget_mode: BUDGET_MODE_DAY, budget: 5}\n'
)


# ---------------------------------------------------------------------------------------------------- fmt


def test_fmt_writes_manifests_in_one_style(work: Workspace, account: Account) -> None:
    """What is tidy is not touched, the plan is the same before and after, and a second run changes nothing."""
    work.manifest(UNTIDY)
    work.manifest(campaign("b"), file="b.yaml")
    digest = work.plan().json["digest"]
    before = work.files()
    ended = work.run("fmt", token=None)
    assert (ended.code, ended.stdout) == (0, "manifests/a.yaml\n")
    assert work.files() == {**before, "manifests/a.yaml": TIDY.encode()}
    assert work.plan().json["digest"] == digest
    again = work.run("fmt", "--json")
    assert again.json == {"format_version": "1.0", "errors": [], "changed": [], "unchanged": 2, "left": []}
    assert account.posts() == []


def test_fmt_check_writes_nothing_and_tells_by_its_exit_code(work: Workspace) -> None:
    """1 and the names where something would change, else 0; `--detailed-exitcode`'s 2 is not its own."""
    work.manifest(UNTIDY)
    before = work.files()
    ended = work.run("fmt", "--check")
    assert (ended.code, ended.stdout) == (1, "manifests/a.yaml\n")
    assert "1 file would be formatted" in ended.stderr
    assert work.files() == before
    assert work.run("fmt").code == 0
    assert work.run("fmt", "--check").code == 0


def test_fmt_leaves_a_file_that_cannot_be_read_and_formats_the_others(work: Workspace) -> None:
    """Exit 3 with the place; also for --check, and with --json in one document."""
    work.manifest(UNTIDY)
    work.manifest("kind: Campaign\nkind: Ad\nname: b\n", file="b.yaml")
    checked = work.run("fmt", "--check", "--json")
    assert (checked.code, checked.codes, checked.json["changed"]) == (3, ["R103"], ["manifests/a.yaml"])
    before = work.files()
    ended = work.run("fmt")
    assert ended.code == 3
    assert "manifests/b.yaml:2:1" in ended.stderr
    assert work.files() == {**before, "manifests/a.yaml": TIDY.encode()}


def test_fmt_names_what_it_does_not_take_apart(work: Workspace) -> None:
    """It stays, and is no failure: CI must not be red for ever."""
    work.manifest("? kind\n: Campaign\n? name\n: a\n")
    ended = work.run("fmt", "--check")
    assert ended.code == 0
    assert "manifests/a.yaml:1: left as it is" in ended.stderr


@pytest.mark.parametrize("example", ["quickstart", "local-creatives", "renewing", "smart-launch", "spring-launch"])
def test_the_examples_are_in_that_style(example: str) -> None:
    """What people copy is not rewritten by their first `fmt`."""
    work = Workspace(Path(__file__).parents[2] / "examples" / example, "")
    assert work.run("fmt", "--check").code == 0


@pytest.mark.parametrize("contract", ["openapi", "marketing", "smart_plus"])
def test_what_init_makes_is_in_that_style(tmp_path: Path, contract: str) -> None:
    """Nobody's first `fmt` changes what the tool itself wrote."""
    work = Workspace(tmp_path / "outer", "http://127.0.0.1:1")
    assert work.run("init", "--contract", contract).code == 0
    assert work.run("fmt", "--check").code == 0


def test_fmt_of_some_paths(work: Workspace, tmp_path: Path) -> None:
    """Files and folders, from where the user stands; what is no manifest of this workspace is refused."""
    for name in ("manifests/a.yaml", "manifests/deep/b.yaml", "other/c.yaml"):
        work.write(name, UNTIDY)
    (tmp_path / "outside.yaml").write_text(UNTIDY, "utf-8")
    assert below(work, work.root / "manifests/deep", "fmt", "b.yaml").stdout == "manifests/deep/b.yaml\n"
    assert below(work, work.root / "manifests/deep", "fmt", "--check", "..").stdout == "manifests/a.yaml\n"
    assert work.run("fmt", "--check", ".").stdout == "manifests/a.yaml\n"
    before = work.files()
    for path in ("other", "reconciler.yaml", "nosuch.yaml", "../outside.yaml"):
        ended = work.run("fmt", path, "--json")
        assert (ended.code, ended.codes) == (3, ["R404"]), path
    assert work.files() == before
    assert (tmp_path / "outside.yaml").read_text("utf-8") == UNTIDY


def test_fmt_where_nothing_can_be_written(work: Workspace) -> None:
    """The file is whole and as it was, and the error names it."""
    work.manifest(UNTIDY)
    (work.root / "manifests/a.yaml.tmp").mkdir()
    ended = work.run("fmt", "--json")
    assert (ended.code, ended.codes) == (1, ["R506"])
    assert (work.root / "manifests/a.yaml").read_text("utf-8") == UNTIDY


# ---------------------------------------------------------------------------------------------------- graph


def test_graph_tells_what_refers_to_what(work: Workspace, account: Account) -> None:
    """The same resources and references in every format, without a token and without a call."""
    work.manifest(*family())
    ended = work.run("graph", token=None)
    assert ended.stdout == (
        "campaign/spring\nadgroup/spring-us\n  campaign → campaign/spring\n"
        "ad/spring-us-hero\n  adgroup → adgroup/spring-us\n"
    )
    assert work.run("graph", "--format", "mermaid").stdout == (
        'flowchart LR\n  n0["campaign/spring"]\n  n1["adgroup/spring-us"]\n  n2["ad/spring-us-hero"]\n'
        '  n1 -->|"campaign"| n0\n  n2 -->|"adgroup"| n1\n'
    )
    dot = work.run("graph", "--format", "dot").stdout
    assert '"adgroup/spring-us" -> "campaign/spring" [label="campaign"];' in dot
    document = work.run("graph", "--json").json
    assert [one["address"] for one in document["resources"]] == [
        "campaign/spring", "adgroup/spring-us", "ad/spring-us-hero",
    ]  # fmt: skip
    assert document["references"] == [
        {"from": "adgroup/spring-us", "field": "campaign", "to": "campaign/spring"},
        {"from": "ad/spring-us-hero", "field": "adgroup", "to": "adgroup/spring-us"},
    ]
    assert account.calls() == []


def test_graph_escapes_names(work: Workspace) -> None:
    """A name in the account is text, in every format: it ends no label and makes no line."""
    work.manifest(campaign(campaign_name=r'"a\"] --> <b>#35; \\n ]"'))
    name = r'a"] --> <b>#35; \n ]'
    assert work.run("graph").stdout == f"campaign/spring  {name}\n"
    assert work.run("graph", "--format", "mermaid").stdout == (
        'flowchart LR\n  n0["campaign/spring<br/>a#34;#93; --#62; #60;b#62;#35;35#59; #92;n #93;"]\n'
    )
    assert r'[label="campaign/spring\na\"] --> <b>#35; \\n ]"];' in work.run("graph", "--format", "dot").stdout


def test_graph_of_manifests_with_a_mistake_is_an_error(work: Workspace) -> None:
    """A reference to nothing is no arrow: it is told as `validate` tells it."""
    work.manifest(family()[1])
    assert (work.run("graph").code, work.run("graph", "--json").codes) == (3, ["R302"])


# ---------------------------------------------------------------------------------------------------- completion


def completed(work: Workspace, *words: str, folder: Path | None = None) -> list[str]:
    """What a shell is offered for the last of these words."""
    asked = {
        "_RECONCILER_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(("reconciler", *words)),
        "COMP_CWORD": str(len(words)),
    }  # fmt: skip
    with mock.patch.dict(os.environ, asked):
        ended = below(work, folder or work.root)
    assert (ended.code, ended.stderr) == (0, "")
    return [line.partition(",")[2] for line in ended.stdout.splitlines() if line]


def test_addresses_are_completed_from_manifests_and_lockfile(work: Workspace, account: Account) -> None:
    """Also below the workspace, with -C, and where the manifest is gone; without a token and without a call."""
    work.manifest(*family())
    work.apply()
    work.manifest(*family()[:2], campaign("summer"))
    account.forget_calls()
    assert completed(work, "state", "show", "ad") == ["ad/spring-us-hero", "adgroup/spring-us"]
    assert completed(work, "plan", "--target", "campaign/s") == ["campaign/spring", "campaign/summer"]
    assert completed(work, "drift", "--accept", "campaign/sp") == ["campaign/spring"]
    assert completed(work, "adopt", "adg", folder=work.root / "manifests") == ["adgroup/spring-us"]
    assert completed(work, "-C", str(work.root), "explain", "adg", folder=Path("/")) == ["adgroup/spring-us"]
    assert completed(work, "explain", "adg", "-C", str(work.root), "x", folder=Path("/")) == []
    assert account.calls() == []


@pytest.mark.parametrize(
    "broken", ["version: [", "", "manifests: 3\n", "manifests: [nosuch]\n", "manifests: [..]\n", "- a\n"]
)
def test_a_broken_workspace_completes_nothing_and_says_nothing(work: Workspace, broken: str) -> None:
    """No error, no traceback, between two key strokes."""
    work.manifest(*family())
    work.write("reconciler.yaml", broken)
    assert set(completed(work, "state", "show", "ad")) <= {"ad/spring-us-hero", "adgroup/spring-us"}
    work.write("reconciler.lock", "{")
    assert completed(work, "state", "show", "ad") == []


def test_one_broken_manifest_does_not_hide_the_others(work: Workspace) -> None:
    """Whoever repairs it may need the address."""
    work.manifest(*family())
    work.write("manifests/b.yaml", "kind: [\n")
    assert completed(work, "state", "show", "adg") == ["adgroup/spring-us"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell(work: Workspace, shell: str) -> None:
    """It names the command and the variable that asks it; where the shell is installed, it takes the script."""
    ended = work.run("completion", shell)
    assert ended.code == 0
    assert "_RECONCILER_COMPLETE" in ended.stdout
    if found := shutil.which(shell):
        subprocess.run([found, "-n"], input=ended.stdout, text=True, check=True)
    assert work.run("completion", "tcsh").code == 3
    assert "Choose from: bash, zsh, fish\n" in work.run("completion").stderr


# ---------------------------------------------------------------------------------------------------- below


def below(work: Workspace, folder: Path, *arguments: str) -> Run:
    """The command, typed in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(folder):
        return work.run(*arguments, chdir=False)


def test_a_workspace_is_found_from_below(work: Workspace) -> None:
    """Typed in a folder of it, or with -C there; what is printed is relative to the workspace."""
    work.manifest(*family())
    deep = work.root / "manifests/deep"
    assert below(work, deep, "validate", "--json").json["resources"] == 3
    assert below(work, work.root.parent, "validate", "--json", "-C", str(deep)).json["resources"] == 3
    work.manifest(campaign(budget="x"))
    assert "manifests/a.yaml:" in below(work, deep, "validate").stderr


def test_the_nearest_workspace_counts(work: Workspace, account: Account) -> None:
    """As with git: one inside another is one of its own."""
    work.manifest(*family())
    inner = Workspace(work.root / "inner", account.url)
    inner.configure()
    inner.manifest(campaign("only"))
    assert below(work, inner.root / "manifests", "validate", "--json").json["resources"] == 1


def test_paths_of_the_command_line_are_those_of_whoever_types_them(work: Workspace) -> None:
    """A plan is saved where they stand, and read and applied from there."""
    work.manifest(*family())
    desk = work.root / "desk"
    assert below(work, desk, "plan", "--out", "plan.json").code == 0
    assert (desk / "plan.json").is_file()
    assert not (work.root / "plan.json").exists()
    assert below(work, desk, "show", "plan.json").code == 0
    assert below(work, desk, "apply", "plan.json").code == 0
    assert below(work, desk, "schema", "--out", "schemas").code == 0
    assert (desk / "schemas/plan.schema.json").is_file()
    assert below(work, desk, "gallery").code == 0
    assert (work.root / "gallery/index.html").is_file()
    assert below(work, desk, "plan", "--out", "../reconciler.lock", "--json").codes == ["R807"]
    assert work.in_sync()


def test_the_search_ends_at_the_top_of_a_repository(work: Workspace) -> None:
    """Another repository inside the workspace's folder is not of the workspace; its own top is."""
    work.manifest(*family())
    other = work.root / "other"
    (other / "deep").mkdir(parents=True)
    for top in (other, work.root):
        subprocess.run(["git", "init", "--quiet", str(top)], check=True)
    ended = below(work, other / "deep", "validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R401"])
    assert below(work, work.root / "manifests", "validate").code == 0


@pytest.fixture
def strangers(work: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The same workspace, of another user: root gives the file away; for others the system tells another asker."""
    asker = os.geteuid()
    if asker == 0:
        os.chown(work.root / "reconciler.yaml", 12345, 12345)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: asker + 1)
    return work


def test_a_workspace_of_another_user_is_taken_only_by_name(strangers: Workspace) -> None:
    """Somebody who may write above must not choose where a token goes; -C says that it is meant."""
    strangers.manifest(*family())
    ended = below(strangers, strangers.root / "manifests", "validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R401"])
    assert "another user" in ended.json["errors"][0]["hint"]
    assert strangers.run("validate").code == 0


def test_init_never_searches(work: Workspace) -> None:
    """A workspace is made where somebody stands, also inside another."""
    ended = below(work, work.root / "new", "init")
    assert ended.code == 0
    assert (work.root / "new/reconciler.yaml").is_file()


def test_no_workspace_anywhere(tmp_path: Path) -> None:
    """The error says where it looked, and what to do."""
    work = Workspace(tmp_path / "empty", "http://127.0.0.1:1")
    ended = work.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R401"])
    assert "here or above" in ended.json["errors"][0]["message"]
