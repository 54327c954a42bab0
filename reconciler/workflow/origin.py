"""Who runs a command, and for which commit: what the environment tells, read once. Nothing is asked of git."""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reconciler.api.secret import Secret
from reconciler.world import World

_LONGEST = 300
_REQUEST = re.compile(r"^See merge request [^\s!]{0,255}!([0-9]{1,9})$", re.ASCII | re.MULTILINE)
"""What GitLab writes below the title of a merge."""
_MERGED = re.compile(r"Merge pull request #([0-9]{1,9}) from |[^\n]* \(#([0-9]{1,9})\)(?:\n|\Z)", re.ASCII)
"""The titles GitHub gives to a merge and to a squash."""


def origin(environment: Mapping[str, str], world: World, secret: Secret | None) -> dict[str, Any]:
    """What the record of a run says of where it came from. What is not known is None; the token is in none of it."""
    told: dict[str, str | None] = {"actor": login(), "commit": None, "branch": None, "pull_request": None}
    told["run_url"] = None
    if environment.get("GITHUB_ACTIONS") == "true":
        told |= _github(environment, world)
    elif environment.get("GITLAB_CI") == "true":
        told |= _gitlab(environment)
    told = {name: shown(text, secret) if text else None for name, text in told.items()}
    return {**told, "host": platform.node(), "pid": world.pid()}


def shown(text: str, secret: Secret | None) -> str:
    """A text from outside as it may be recorded: without the token, and not endless."""
    data = text.encode(errors="replace")
    return (secret.remove(data) if secret else data).decode(errors="replace")[:_LONGEST]


def login() -> str:
    """Who runs this: the login name, or the number of a user without one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"uid {os.getuid()}"


def _github(environment: Mapping[str, str], world: World) -> dict[str, str | None]:
    get = environment.get
    event = _event(get("GITHUB_EVENT_PATH"), world)
    url = None
    if get("GITHUB_SERVER_URL") and get("GITHUB_REPOSITORY") and get("GITHUB_RUN_ID"):
        url = f"{get('GITHUB_SERVER_URL')}/{get('GITHUB_REPOSITORY')}/actions/runs/{get('GITHUB_RUN_ID')}"
    return {
        "actor": get("GITHUB_ACTOR") or login(),
        "commit": get("GITHUB_SHA"),
        "branch": get("GITHUB_HEAD_REF") or (get("GITHUB_REF") or "").removeprefix("refs/heads/"),
        "pull_request": _pull_request(event),
        "run_url": url,
    }


def _event(path: str | None, world: World) -> Mapping[str, Any]:
    """What started the workflow; nothing when the file is not there or not what it should be."""
    try:
        found = json.loads(world.files.read(Path(path)) or b"{}") if path else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _pull_request(event: Mapping[str, Any]) -> str | None:
    """The number: of the event itself, or of the merge that was pushed."""
    asked, pushed = event.get("pull_request"), event.get("head_commit")
    if isinstance(asked, dict) and isinstance(asked.get("number"), int):
        return str(asked["number"])
    title = pushed.get("message") if isinstance(pushed, dict) else None
    found = _MERGED.match(title) if isinstance(title, str) else None
    return (found[1] or found[2]) if found else None


def _gitlab(environment: Mapping[str, str]) -> dict[str, str | None]:
    merged = _REQUEST.search(environment.get("CI_COMMIT_MESSAGE") or "")
    return {
        "actor": environment.get("GITLAB_USER_LOGIN") or login(),
        "commit": environment.get("CI_COMMIT_SHA"),
        "branch": environment.get("CI_COMMIT_REF_NAME"),
        "pull_request": environment.get("CI_MERGE_REQUEST_IID") or (merged[1] if merged else None),
        "run_url": environment.get("CI_JOB_URL"),
    }
