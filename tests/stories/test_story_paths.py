"""Paths of the workspace as somebody who attacks writes them: refused before they are opened, and never shown."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.manifests import campaign
from tests.stories.refresh.scene import ready
from tests.stories.workspace import Run, Workspace

SECRET = "the first line of somebody's key"
READING_MANIFESTS = (["validate"], ["plan"], ["apply", "--auto-approve"], ["drift"])
COMMANDS = (*READING_MANIFESTS, ["status"], ["state", "list"], ["variants"])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A folder outside of the workspace with a secret under each name that a workspace has."""
    folder = tmp_path / "outside"
    (folder / "hooks").mkdir(parents=True)
    for name in ("a.yaml", "consent.yaml", "reconciler.yaml", "reconciler.lock", "rate.json", "plan.json"):
        (folder / name).write_text(f"{SECRET}: {{\n", "utf-8")
    return folder


def content(work: Workspace, target: Path) -> dict[Path, bytes]:
    """Every file with something in it, but for the note of who holds the run lock and the folder's own .gitignore."""
    files = {path: path.read_bytes() for path in (*target.rglob("*"), *work.root.rglob("*")) if path.is_file()}
    return {path: data for path, data in files.items() if data and path.name not in ("lock", ".gitignore")}


def held(work: Workspace, target: Path, code: str, *named: str) -> None:
    """Every command ends with 3 and this code, names the path, shows nothing of the target, and writes nowhere."""
    before = content(work, target)
    for command in READING_MANIFESTS if any("manifests" in one or one == "door" for one in named) else COMMANDS:
        told = work.run(*command, "--json")
        assert (told.code, set(told.codes)) == (3, {code}), (command, told.text)
        said = work.run(*command)
        for text in (told.text, said.text):
            assert SECRET not in text
            assert all(one in text for one in named), text
    assert content(work, target) == before


TAKEN = {
    "artifacts: .git/x": ".git",
    "artifacts: .GIT": ".git",
    "artifacts: sub/.git/hooks": ".git",
    "artifacts: .": "workspace folder itself",
    "artifacts: ./": "workspace folder itself",
    "artifacts: manifests": "manifests",
    "artifacts: manifests/films": "manifests",
    "artifacts: approvals": "approvals",
    "artifacts: .reconciler": ".reconciler",
    "artifacts: reconciler.lock": "lockfile",
    "artifacts: consent.yaml": "consent",
    "manifests: [.]": "workspace folder itself",
    "manifests: [.reconciler]": ".reconciler",
    "manifests: [reconciler.yaml]": "workspace file",
    "manifests: [manifests, approvals]": "approvals",
    "manifests: [.git]": ".git",
}


@pytest.mark.parametrize("setting", TAKEN)
def test_a_path_that_serves_something_else_is_refused(work: Workspace, target: Path, setting: str) -> None:
    """Git's folder, our own files and the manifests: exit 3 at the line of reconciler.yaml, with whose it is."""
    work.manifest(campaign())
    work.configure(more=setting + "\n")
    held(work, target, "R117", TAKEN[setting], "reconciler.yaml")


WINDOWS = (
    ".reconciler/journal.jsonl", ".reconciler/journal-1.jsonl", ".reconciler/lock", ".reconciler/halt.json",
    ".reconciler/.gitignore", ".reconciler/cache/rate.json", "reconciler.lock", "reconciler.yaml", "consent.yaml",
    "reconciler", "RECONCILER.LOCK", "manifests/a.yaml", "manifests", "approvals/rate.json", "artifacts/rate.json",
    ".git/config", "../.git/hooks/pre-commit", ".", "./.reconciler/../reconciler.lock",
)  # fmt: skip


@pytest.mark.parametrize("window", rotating(WINDOWS, 3))
def test_the_rate_window_is_no_file_of_ours(work: Workspace, target: Path, window: str) -> None:
    """Neither by its own name nor by one that is made of it, as reconciler.lock is of `reconciler`."""
    work.manifest(campaign())
    work.apply()
    work.replace("contract: openapi", f'contract: openapi, rate_window: "{window}"', "reconciler.yaml")
    held(work, target, "R117", "rate window", "reconciler.yaml")


def test_a_rate_window_may_lie_outside_and_is_no_other_file(hooks: Workspace, target: Path, account: Account) -> None:
    """Beside the workspace it works; a file that holds something else is refused before anything is sent, untouched."""
    hooks.replace("contract: openapi", "contract: openapi, rate_window: ../shared/rate.json", "reconciler.yaml")
    hooks.apply()
    lines = (hooks.root.parent / "shared/rate.json").read_text("utf-8").splitlines()
    assert "refresh_create" in {name for line in lines for name in json.loads(line).get("classes", [])}
    account.forget_calls()
    theirs = target / "rate.json"
    hooks.replace("../shared/rate.json", "../outside/rate.json", "reconciler.yaml")
    hooks.replace("variants: 3", "variants: 4")
    for text in (theirs.read_text("utf-8"), "", '{"seq": 1}\n', '{"name": "x"}'):
        theirs.write_text(text, "utf-8")
        ended = hooks.run("apply", "--auto-approve", "--json")
        assert (ended.code, ended.codes) == (3, ["R405"]), ended.text
        assert "rate.json" in ended.text
        assert SECRET not in ended.text
        assert theirs.read_text("utf-8") == text
    assert account.calls() == []


@pytest.mark.parametrize("where", ["rate.json", "door/rate.json"])
@pytest.mark.parametrize("outside", [False, True])
def test_a_rate_window_behind_a_link_is_refused(work: Workspace, target: Path, where: str, outside: bool) -> None:
    """Inside and outside of the workspace, the file or a folder on the way."""
    work.manifest(campaign())
    folder = work.root.parent if outside else work.root
    (folder / where.partition("/")[0]).symlink_to(target if "/" in where else target / "rate.json")
    name = f"../{where}" if outside else where
    work.replace("contract: openapi", f"contract: openapi, rate_window: {name}", "reconciler.yaml")
    held(work, target, "R115", "link", "reconciler.yaml")


LINKS = {
    "manifests/a.yaml": "a.yaml",
    "manifests/team": "",
    "manifests": "",
    "consent.yaml": "consent.yaml",
    "approvals": "",
    "artifacts": "",
    "reconciler.lock": "reconciler.lock",
    "reconciler.yaml": "reconciler.yaml",
    ".reconciler": "",
    ".reconciler/journal.jsonl": "a.yaml",
    ".reconciler/journal-1.jsonl": "a.yaml",
    ".reconciler/rate.json": "rate.json",
}


@pytest.mark.parametrize("name", LINKS)
def test_what_a_link_leads_to_is_neither_read_nor_shown_nor_written(work: Workspace, target: Path, name: str) -> None:
    """Our own files, manifests and folders: exit 3 and the path; the first line of the target stays unseen."""
    work.manifest(campaign())
    work.apply()
    path = work.root / name
    if path.exists():
        path.rename(work.root.parent / "moved away")
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(target / LINKS[name])
    held(work, target, "R115", name, "link")


@pytest.mark.parametrize("name", ["manifests/a.yaml", "manifests"])
def test_a_link_inside_the_workspace_is_refused_as_well(work: Workspace, target: Path, name: str) -> None:
    """It would make one file two, or one that is ours a manifest."""
    work.manifest(campaign())
    (work.root / name).rename(work.root / "real")
    (work.root / name).symlink_to(work.root / "real")
    held(work, target, "R115", name, "link")


def test_a_folder_on_the_way_that_is_a_link_is_refused(work: Workspace, target: Path) -> None:
    """`artifacts: films/new` and `manifests: [team/spring]`, where films and team are links."""
    work.manifest(campaign())
    for setting in ("artifacts: door/hooks", "manifests: [door/hooks]"):
        work.configure(more=setting + "\n")
        (work.root / "door").unlink(missing_ok=True)
        (work.root / "door").symlink_to(target)
        held(work, target, "R115", "door")


def test_the_way_to_the_workspace_may_be_a_link(work: Workspace, tmp_path: Path) -> None:
    """Only what lies inside of it is held to this; many home and temporary folders are links."""
    work.manifest(campaign())
    (tmp_path / "door").symlink_to(work.root)
    ended = work.run("apply", "--auto-approve", "--json", "-C", str(tmp_path / "door"), chdir=False)
    assert ended.code == 0, ended.text


@pytest.mark.parametrize("folder", ["manifests", "approvals"])
def test_a_pipe_in_place_of_a_file_is_an_error_and_nobody_waits(work: Workspace, folder: str) -> None:
    """A file that is none is neither read for ever nor passed over."""
    work.manifest(campaign())
    (work.root / folder).mkdir(exist_ok=True)
    os.mkfifo(work.root / folder / "b.yaml")
    ended = work.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R116"])
    assert f"{folder}/b.yaml" in ended.text


def test_an_editors_note_beside_a_manifest_is_no_file(work: Workspace) -> None:
    """Emacs makes a link that leads nowhere while a file is edited; one that leads somewhere is a link as any other."""
    work.manifest(campaign())
    note = work.root / "manifests/.#a.yaml"
    note.symlink_to("ana@host.1:2")
    assert work.run("validate").code == 0
    note.unlink()
    note.symlink_to("../reconciler.yaml")
    assert work.run("validate", "--json").codes == ["R115"]


# ------------------------------------------------------------------------------------------------ what is written


@pytest.fixture
def hooks(work: Workspace, account: Account) -> Workspace:
    """Three variants are declared and consent is given; tasks end at once."""
    account.switch(task_seconds="0")
    ready(work)
    return work


def approve(work: Workspace) -> Run:
    """One decision."""
    return work.run("approve", "refresh/hooks", "1", "--by", "Ann", "--json")


@pytest.mark.parametrize("name", ["approvals", "approvals/hooks", "the file", "its temporary file"])
def test_a_decision_is_not_written_through_a_link(hooks: Workspace, target: Path, name: str) -> None:
    """Neither the folder of all nor that of a refresh, nor the file itself: exit 3, and the target stays empty."""
    hooks.apply()
    assert approve(hooks).code == 0
    (written,) = (hooks.root / "approvals/hooks").iterdir()
    path = hooks.root / name if name.startswith("approvals") else written
    if name == "its temporary file":
        path = written.with_name(f"{written.name}.tmp")
    else:
        path.rename(hooks.root.parent / "moved away")
    there = target / "hooks" if path.parent.name != "hooks" or name == "approvals/hooks" else target / "a.yaml"
    path.symlink_to(there)
    before = {one: one.read_bytes() for one in target.rglob("*") if one.is_file()}
    ended = approve(hooks)
    assert (ended.code, ended.codes) == (3, ["R115"]), ended.text
    assert {one: one.read_bytes() for one in target.rglob("*") if one.is_file()} == before
    assert SECRET not in ended.text


def test_a_saved_plan_is_written_and_read_in_its_own_place_only(work: Workspace, target: Path) -> None:
    """Not among the manifests, not as one of our files, not in git's folder, not over a link; nor read over one."""
    work.manifest(campaign())
    (work.root / ".git").mkdir()
    (work.root / "approvals").mkdir()
    (work.root / "door").symlink_to(target)
    for name in (".git/plan.json", "manifests/new.yaml", "approvals/new.yaml", "reconciler.lock", "consent.yaml",
                 "door/new.json", ".reconciler/plan.json", str(work.root / "manifests/new.yaml")):  # fmt: skip
        ended = work.run("plan", "--out", name, "--json")
        assert (ended.code, ended.codes) == (3, ["R807"]), (name, ended.text)
        assert not (work.root / name).exists()
    assert not (target / "new.json").exists()
    (work.root / "link.json").symlink_to(target / "plan.json")
    for name in ("link.json", "door/plan.json", "reconciler.yaml"):
        for command in (["show", name], ["apply", name]):
            ended = work.run(*command, "--json")
            assert (ended.code, ended.codes) == (3, ["R806"]), (name, ended.text)
            assert SECRET not in ended.text


GALLERIES = {
    "manifests": None,
    ".reconciler": None,
    ".git/pages": None,
    "door": "door",
    "door/new": "door",
    "page": "page/index.html",
    "films": "films/media",
}


@pytest.mark.parametrize("out", GALLERIES)
def test_the_gallery_is_not_written_over_our_files_or_a_link(hooks: Workspace, target: Path, out: str) -> None:
    """The folder, the page and its films: exit 3, nothing outside is made or changed."""
    hooks.apply()
    (hooks.root / ".git").mkdir()
    link = GALLERIES[out]
    if link:
        (hooks.root / link).parent.mkdir(exist_ok=True)
        (hooks.root / link).symlink_to(target / "a.yaml" if link.endswith(".html") else target)
    before = content(hooks, target)
    ended = hooks.run("gallery", "--out", out, "--json")
    assert ended.code == 3, ended.text
    assert set(ended.codes) <= {"R115", "R117"}
    assert content(hooks, target) == before


def test_the_gallery_shows_films_and_no_other_file(hooks: Workspace) -> None:
    """A lockfile that names another file as a film's embeds nothing of it."""
    hooks.apply()
    film = hooks.lock["refresh/hooks"]["variants"][0]["file"]
    (hooks.root / "notes.mp4").write_text(SECRET, "utf-8")
    for other in ("reconciler.yaml", "../outside/a.yaml", "artifacts/../notes.mp4", "notes.mp4"):
        hooks.edit_lock(film, other)
        ended = hooks.run("gallery", "--out", "page", "--single-file")
        assert ended.code == 0, ended.text
        page = (hooks.root / "page/index.html").read_text("utf-8")
        assert page.count("data:video/mp4;base64,") == 2
        hooks.edit_lock(other, film)


def test_init_writes_over_no_link(tmp_path: Path, target: Path, work: Workspace) -> None:
    """A folder that came from somebody else may hold one."""
    folder = tmp_path / "fresh"
    folder.mkdir()
    (folder / ".gitignore").symlink_to(target / "a.yaml")
    ended = work.run("init", "-C", str(folder), chdir=False)
    assert ended.code == 3, ended.text
    assert (target / "a.yaml").read_text("utf-8").startswith(SECRET)
    assert SECRET not in ended.text
