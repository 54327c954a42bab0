"""GitHub Enterprise Server: what is written beside such a remote, and the mirror that its workflows name."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.gitops.act import MIRROR, SERVER, Act, mirrored
from tests.gitops.forge import Forge, git
from tests.gitops.machine import ROOT
from tests.gitops.story import Story
from tests.gitops.test_official import ask
from tests.gitops.test_workflow_files import EXAMPLE, WORKFLOWS, tool
from tests.stories.account import Account
from tests.stories.workspace import Workspace

NOT_THERE = re.compile(r"uses: \$/|\bqueue:|\bdeployment:|\barchive:|\boverwrite:|upload-artifact@(?!c6a366c)")
"""What such a server does not know. Sources: GitHub's documentation of Enterprise Server 3.21 on `$/`; its releases of
actions/upload-artifact 3.2.2."""
WORKFLOW = f"""\
name: own
on: workflow_dispatch
permissions: {{}}
jobs:
  own:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - uses: {MIRROR}@COMMIT
        with:
          command: WORD
          access-token: ${{{{ secrets.TIKTOK_ACCESS_TOKEN }}}}
"""


def test_a_mirror_is_fitted(tmp_path: Path) -> None:
    """One command, two commits: nothing is left that the server does not know, the workflow names the actions at the
    commit that holds them, and our own workflows are gone."""
    commit = mirrored(tmp_path / "mirror")
    mirror = tmp_path / "mirror"
    assert git(mirror, "rev-parse", "HEAD") == commit
    assert git(mirror, "status", "--porcelain") == ""
    workflows = list((mirror / ".github" / "workflows").iterdir())
    assert "reconciler.yml" in {path.name for path in workflows}
    assert all("workflow_call:" in path.read_text("utf-8") for path in workflows)
    actions = git(mirror, "rev-parse", "HEAD~1")
    files = [mirror / "action.yml", *(mirror / ".github").rglob("*.yml")]
    for path in files:
        assert not NOT_THERE.search(path.read_text("utf-8")), path
        for name, pinned in re.findall(rf"uses: {MIRROR}/(\S+)@(\w+)", path.read_text("utf-8")):
            assert pinned == actions
            assert "using: composite" in git(mirror, "show", f"{actions}:{name}/action.yml")
    count = sum(path.read_text("utf-8").count(f"uses: {MIRROR}/") for path in files)
    assert count == sum(one.read_text("utf-8").count("uses: $/") for one in _ours())
    valid = tool("check-jsonschema", "--builtin-schema", "vendor.github-actions", *map(str, files[:1]))
    assert valid.returncode == 0, valid.stdout


def _ours() -> list[Path]:
    called = [
        one for one in WORKFLOWS if one.is_relative_to(ROOT / ".github") and "workflow_call:" in one.read_text("utf-8")
    ]
    return [ROOT / "action.yml", *called]


def test_a_mirror_is_left_alone_when_in_doubt(tmp_path: Path) -> None:
    """Without the name of the mirror, and over changes that nobody has committed, nothing is changed."""
    mirrored(tmp_path / "mirror")
    mirror = tmp_path / "mirror"
    before = git(mirror, "rev-parse", "HEAD")
    (mirror / "action.yml").write_text("mine", "utf-8")
    for words, code in (([], 2), (["reconciler"], 2), ([MIRROR], 1)):
        ended = subprocess.run([".github/enterprise-server", *words], cwd=mirror, check=False, capture_output=True)
        assert ended.returncode == code
    assert git(mirror, "rev-parse", "HEAD") == before
    assert (mirror / "action.yml").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("remote", "host"),
    [("git@ghe.example.com:acme/ads.git", SERVER), ("https://github.com/acme/ads", None),
     ("https://acme.ghe.com/acme/ads", None), ("git@github.com-work:acme/ads.git", None), ("work:acme/ads.git", None)],
)  # fmt: skip
def test_init_writes_what_the_server_of_the_remote_knows(tmp_path: Path, remote: str, host: str | None) -> None:
    """Beside a server's remote there is no `queue`, and it says what is missing; github.com and ghe.com know it all."""
    git(tmp_path, "init", "--quiet", "-b", "main", "clone")
    git(tmp_path / "clone", "remote", "add", "origin", remote)
    work = Workspace(tmp_path / "clone", "http://127.0.0.1:9")
    made = work.run("init", "--github")
    assert made.code == 0, made.text
    assert (f"{SERVER} needs a mirror of reconciler" in made.text) is bool(host)
    assert "replace OWNER" in made.text
    texts = [path.read_text("utf-8") for path in (work.root / ".github" / "workflows").glob("*.yml")]
    assert len(texts) == len(list((EXAMPLE / "workflows").iterdir()))
    assert any("queue: max" in text for text in texts) is not bool(host)


@pytest.mark.proof
def test_the_official_parser_reads_a_mirror(tmp_path: Path) -> None:
    """No error and no warning in what was fitted."""
    mirrored(tmp_path / "mirror")
    paths = [tmp_path / "mirror" / "action.yml", *(tmp_path / "mirror" / ".github").rglob("*.yml")]
    files = {one.relative_to(tmp_path / "mirror").as_posix(): one.read_text("utf-8") for one in paths}
    assert ask({name: text for name, text in files.items() if "dependabot" not in name}, [], [])["diagnostics"] == []


@pytest.mark.proof
def test_the_own_action_runs_under_act(tmp_path: Path, forge: Forge, account: Account) -> None:
    """A job that is nobody's template plans with `uses: OWNER/reconciler@COMMIT`; a command that is none is refused."""
    act = Act(forge, tmp_path / "act")
    story = Story(forge, account, act)
    forge.commit({f".github/workflows/{word}.yml": WORKFLOW.replace("COMMIT", act.commit).replace("WORD", word)
                  for word in ("plan", "aply")} | {"manifests/spring.yaml": story.spring})  # fmt: skip
    good = act.run({**forge.event("workflow_dispatch"), "file": "plan.yml"})["own"]
    assert not good.failed, good.log
    assert good.outputs["plan"]["to_create"] == "3"
    wrong = act.run({**forge.event("workflow_dispatch"), "file": "aply.yml"})["own"]
    assert wrong.failed
    assert "Failure - Main A command that is there" in wrong.log
