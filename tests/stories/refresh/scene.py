"""Manifests of videos and refreshes, and a workspace in which they are made."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from tests.stories.account import Account
from tests.stories.workspace import FAST, Run, Workspace

HERO = "https://cdn.example.com/hero.mp4"
UPLOAD = "file/video/ad/upload/"
SUBMIT = "creative/aigc/refresh_video/task/create/"
TASKS = "creative/aigc/video/task/list/"
VIDEOS = "creative/aigc/video/list/"
PREVIEW = {"path": "/preview/*"}
RECOMMENDED = "{hook_type: RECOMMENDED, product_category: GAMES}"
NO_LIMITS = f"{{default: {FAST}, ad_create: {FAST}, refresh_create: {FAST}}}"


def video(name: str = "hero", url: str = HERO, **fields: object) -> str:
    """A source video."""
    return _document("Video", name, {"url": url, **fields})


def refresh(name: str = "hooks", variants: object = 3, **fields: object) -> str:
    """Variants of `hero` with other music, unless told; a field of None is left out."""
    given = {"video": "hero", "strategies": "[SWAP_MUSIC]", "variants": variants, **fields}
    return _document("CreativeRefresh", name, given)


def recommended(variants: int = 4, **fields: object) -> str:
    """Variants of `hero` with recommended hooks."""
    hooked = {"video": "hero", "strategies": "[ADD_HOOK]", "add_hook": RECOMMENDED, "variants": variants}
    return _document("CreativeRefresh", "hooks", {**hooked, **fields})


def _document(kind: str, name: str, fields: dict[str, object]) -> str:
    lines = [f"  {key}: {value}" for key, value in fields.items() if value is not None]
    return "\n".join([f"kind: {kind}", f"name: {name}", "spec:", *lines]) + "\n"


def ready(work: Workspace, **how: Any) -> None:
    """Quick polls, no limits, consent given; what is declared is a refresh of three variants."""
    settings = {"poll": 0.02, "wait": 20, "rate": NO_LIMITS, "quiet": 2, **how}
    more = f"refresh: {{poll_seconds: {settings['poll']}, wait_seconds: {settings['wait']}}}\n"
    work.configure(rate=settings["rate"], quiet=settings["quiet"], more=more)
    work.manifest(video(), refresh())
    consent(work)


def consent(work: Workspace) -> None:
    """Somebody accepts the notice."""
    assert work.run("consent", "--by", "Ann", "--accept").code == 0


def record(work: Workspace, name: str = "hooks") -> dict[str, Any]:
    """The lockfile's entry of a refresh."""
    found: dict[str, Any] = work.lock[f"refresh/{name}"]
    return found


def known_tasks(work: Workspace) -> set[str]:
    """Every task id of every generation in the lockfile."""
    found = set()
    for address, entry in work.lock.items():
        if address.startswith("refresh/"):
            for made in (entry, *entry["past"]):
                found |= {task["task_id"] for task in made["tasks"]}
    return found


def variants(work: Workspace) -> list[dict[str, Any]]:
    """`variants --json`."""
    ended = work.run("variants", "--json")
    assert ended.code == 0, ended.text
    found: list[dict[str, Any]] = ended.json["variants"]
    return found


def truth(account: Account) -> dict[str, dict[str, Any]]:
    """The simulator's own videos that are ours, by id."""
    return {one["video_id"]: one for one in account.operate("state")["videos"] if not one["stranger"]}


def tasks(account: Account) -> list[dict[str, Any]]:
    """The simulator's own tasks that are ours, oldest first."""
    return [one for one in account.operate("state")["tasks"] if not one["stranger"]]


def arrivals(account: Account, path: str) -> list[dict[str, Any]]:
    """Every call of a path, or of the previews."""
    return [one for one in account.calls() if one["path"] == path or (path == "/preview/" and path in one["path"])]


def whole(work: Workspace, account: Account) -> bool:
    """Whether every variant that is called ready has the bytes of its video on the disk, and no `.part` is left."""
    films = truth(account)
    for one in variants(work):
        if one["state"] in ("ready", "superseded"):
            data = (work.root / one["file"]).read_bytes()
            film = films[one["video_id"]]
            assert (len(data), one["bytes"]) == (int(film["bytes"]),) * 2
            assert hashlib.sha256(data).hexdigest() == one["sha256"] == film["sha256"]
    return not parts(work)


def parts(work: Workspace) -> list[str]:
    """Files below `artifacts` that no variant names."""
    named = {one["file"] for one in variants(work)}
    return [name for name in work.files() if name.startswith("artifacts/") and name not in named]


def moved(work: Workspace, folder: Path) -> Workspace:
    """A copy of the folder on another path; the first one is gone."""
    shutil.copytree(work.root, folder, symlinks=True)
    shutil.rmtree(work.root)
    return Workspace(folder, work.url)


def error(ended: Run, address: str = "refresh/hooks") -> dict[str, Any]:
    """Why a row did not end well."""
    found: dict[str, Any] = ended.rows[address]["error"]
    return found
