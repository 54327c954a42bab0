"""Names, links and folders of real life: read, or named in an error; never passed over, never a bug."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rotation import in_turn, rotating
from tests.stories.account import Account
from tests.stories.manifests import campaign
from tests.stories.workspace import TOKEN, Run, Workspace

ROOT = Path(__file__).resolve().parents[2]


def refused(work: Workspace, account: Account, code: str, name: str) -> None:
    """validate, plan and apply end with 3, name the file, and nothing is sent."""
    for command in (["validate"], ["plan"], ["apply", "--auto-approve"]):
        ended = work.run(*command, "--json")
        assert (ended.code, ended.codes) == (3, [code]), (command, ended.text)
        assert name in ended.json["errors"][0]["message"]
        assert ended.json["errors"][0]["hint"]
        assert name in work.run(*command).stderr
    assert account.posts() == []


@pytest.mark.parametrize("suffix", [".YAML", ".Yml", ".yMl"])
def test_the_case_of_a_suffix_does_not_matter(work: Workspace, account: Account, suffix: str) -> None:
    """A manifest that is renamed to it stays declared: nothing is removed."""
    work.manifest(campaign("a"))
    work.manifest(campaign("b", status="ENABLE"), file="b.yaml")
    work.apply()
    (work.root / "manifests/b.yaml").rename(work.root / f"manifests/b{suffix}")
    assert work.run("validate", "--json").json["resources"] == 2
    assert work.in_sync()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"caf\xe9.yaml", "caf\\xe9.yaml"),
        (b"a\nb.yaml", "a\\nb.yaml"),
        (b"a\x1b[2Jb.YML", "a\\x1b[2Jb.YML"),
        ("a\u202eb.yaml".encode(), "a\\u202eb.yaml"),
        (b"caf\xe9/a.yaml", "caf\\xe9/a.yaml"),
    ],
)
def test_a_name_that_no_lockfile_can_hold(work: Workspace, account: Account, name: bytes, shown: str) -> None:
    """An error before the first write; renamed, everything is made."""
    work.manifest(campaign("a"))
    path = os.fsencode(work.root / "manifests") + b"/" + name
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Path(os.fsdecode(path)).write_text(campaign("b"), "utf-8")
    refused(work, account, "R120", shown)
    os.rename(path, os.fsencode(work.root / "manifests/b.yaml"))
    work.apply()
    assert work.in_sync()


def test_what_stands_in_a_file_of_such_a_name_is_checked_too(work: Workspace) -> None:
    """All mistakes at once."""
    work.manifest(campaign("a"))
    Path(os.fsdecode(os.fsencode(work.root / "manifests") + b"/\xe9.yaml")).write_text(campaign("a"), "utf-8")
    assert {"R120", "R301"} <= set(work.run("validate", "--json").codes)


@pytest.mark.parametrize(
    ("link", "target"), [("b.yaml", "b.yaml"), ("b.yaml", "gone.yaml"), ("team", "gone"), ("b.YAML", "c.YAML")]
)
def test_a_link_that_leads_nowhere(work: Workspace, account: Account, link: str, target: str) -> None:
    """To itself, to nothing, to a folder that is gone: what it stood for would count as removed."""
    work.manifest(campaign())
    (work.root / "manifests" / link).symlink_to(target)
    refused(work, account, "R115", f"manifests/{link}")


def test_what_an_editor_keeps_beside_a_file_is_no_manifest(work: Workspace) -> None:
    """Emacs marks a file that is being edited with a link to nothing."""
    work.manifest(campaign())
    (work.root / "manifests/.#a.yaml").symlink_to("ann@host.1234")
    assert work.run("validate").code == 0


def test_a_pipe_in_place_of_a_manifest(work: Workspace, account: Account) -> None:
    """It is named, and not waited for."""
    work.manifest(campaign())
    os.mkfifo(work.root / "manifests/b.yaml")
    refused(work, account, "R116", "manifests/b.yaml")


def test_a_manifests_folder_that_is_gone(work: Workspace, account: Account) -> None:
    """Removed meanwhile, or a link to nothing: 3, at the place that names it, and nothing counts as removed."""
    work.manifest(campaign())
    work.apply()
    account.forget_calls()
    shutil.rmtree(work.root / "manifests")
    refused(work, account, "R404", "manifests")
    work.configure(more="manifests:\n- manifests\n- others\n")
    (work.root / "others").mkdir()
    refused(work, account, "R404", "manifests")
    (wrong,) = work.run("validate", "--json").json["errors"]
    assert (wrong["file"], wrong["line"], wrong["column"]) == ("reconciler.yaml", 7, 3)
    (work.root / "manifests").symlink_to("elsewhere")
    refused(work, account, "R115", "manifests")


def test_a_decision_is_read_whatever_the_case_of_its_suffix(work: Workspace) -> None:
    """A file under approvals/ is read, or an error: a rejection that is passed over would be none."""
    work.manifest(campaign())
    work.write("approvals/hooks/a.YAML", "kind: Nonsense\n")
    assert work.run("validate").code == 3
    (work.root / "approvals/hooks/a.YAML").unlink()
    (work.root / "approvals/hooks/b.yaml").symlink_to("b.yaml")
    assert work.run("validate", "--json").codes == ["R115"]


def process(work: Workspace, *arguments: str, environment: dict[str, str] | None = None, **how: Any) -> Run:
    """The command in a process of its own, with these variables and no other."""
    given = {"TIKTOK_ACCESS_TOKEN": TOKEN, "PYTHONPATH": str(ROOT), **(environment or {})}
    command = [sys.executable, "-m", "reconciler", *arguments]
    ended = subprocess.run(
        command, env=given, capture_output=True, text=True, check=False, timeout=60, **{"cwd": work.root, **how}
    )
    return Run(ended.returncode, ended.stdout, ended.stderr)


@in_turn(0, 4)
def test_without_a_home(work: Workspace, account: Account) -> None:
    """No HOME, no PATH, no USER: everything works."""
    work.manifest(campaign())
    for command in (["validate"], ["plan"], ["apply", "--auto-approve"], ["status"], ["gallery"], ["history"]):
        ended = process(work, *command)
        assert ended.code == 0, (command, ended.text)
    assert work.in_sync()


@pytest.mark.parametrize(
    "command", rotating(["validate", "plan", "apply", "status", "init", "show x", "doctor", "gallery"], 4)
)
def test_in_a_folder_that_was_deleted(work: Workspace, tmp_path: Path, command: str) -> None:
    """An error that says so: 3, no bug, no report file."""
    gone, reports = tmp_path / "gone", tmp_path / "reports"
    gone.mkdir()
    reports.mkdir()
    line = f'cd "{gone}" && rmdir "{gone}" && exec "{sys.executable}" -m reconciler {command}'
    ended = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60,
        env={"TIKTOK_ACCESS_TOKEN": TOKEN, "PYTHONPATH": str(ROOT), "TMPDIR": str(reports), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert ended.returncode == 3, ended.stderr
    assert "working directory" in ended.stderr
    assert list(reports.iterdir()) == []


def test_a_full_path_still_works_there(work: Workspace, tmp_path: Path) -> None:
    """With -C and a full path nothing depends on the folder that was deleted."""
    work.manifest(campaign())
    gone = tmp_path / "gone"
    gone.mkdir()
    line = f'cd "{gone}" && rmdir "{gone}" && exec "{sys.executable}" -m reconciler -C "{work.root}" validate'
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, env=environment)
    assert ended.returncode == 0, ended.stderr


def closed(path: Path) -> None:
    """Nothing can be made below it, whoever asks: a file stands where the folder belongs."""
    path.write_text("", "utf-8")


@pytest.mark.parametrize(
    ("command", "name"),
    rotating(
        [
            ("gallery", "gallery"),
            ("gallery --out gallery/page", "gallery"),
            ("schema --out made/schemas", "made"),
            ("plan --out made/plan.json", "made"),
            ("simulate --data made/data", "made"),
        ],
        4,
        lambda one: str(one[0]),
    ),
)
def test_a_folder_that_cannot_be_written(work: Workspace, command: str, name: str) -> None:
    """1 or 3 with the path and the reason, no bug, no report file."""
    work.manifest(campaign())
    closed(work.root / name)
    ended = work.process(*command.split())
    assert ended.code in (1, 3), ended.text
    assert "R999" not in ended.text
    assert name in ended.stderr or "page" in ended.stderr


def test_consent_that_cannot_be_recorded(work: Workspace) -> None:
    """A folder stands where consent.yaml is to be written: 1, and the path."""
    work.manifest(campaign())
    (work.root / "consent.yaml.tmp").mkdir()
    ended = work.run("consent", "--by", "Ann", "--accept")
    assert ended.code == 1, ended.text
    assert "consent.yaml" in ended.stderr
    assert "R999" not in ended.stderr
