"""`demo`: the story a new user should see, told by the real commands against the real simulator server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from reconciler.errors import Finding, ReconcilerError

_TOKEN = "simulator"  # noqa: S105 - the simulator takes any token; no other server ever sees this one


class _Story:
    """Runs commands in the demo's workspace and shows each with its output."""

    def __init__(self, root: Path, url: str, say: Callable[[str], None]) -> None:
        self._root, self._url, self._say = root, url, say

    def chapter(self, text: str) -> None:
        """A line of the narrator."""
        self._say(f"\n# {text}")

    def run(self, *arguments: str, expect: int = 0) -> None:
        """One command. Raises ReconcilerError when it does not end as it should."""
        self._say(f"$ reconciler {' '.join(arguments)}")
        command = [sys.executable, "-m", "reconciler", "--base-url", self._url, "--no-input", *arguments]
        environment = {**os.environ, "TIKTOK_ACCESS_TOKEN": _TOKEN, "NO_COLOR": "1"}
        ended = subprocess.run(  # noqa: S603 - our own command
            command,
            cwd=self._root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self._say(ended.stdout.rstrip("\n"))
        if ended.returncode != expect:
            message = f"`reconciler {' '.join(arguments)}` ended with {ended.returncode}, not {expect}"
            raise ReconcilerError(Finding("R999", message, hint="please report the output above"))


def demo(say: Callable[[str], None], *, keep: bool) -> int:
    """Tell the story; returns 0. The folder is removed unless `keep`."""
    folder = Path(tempfile.mkdtemp(prefix="reconciler-demo-"))
    server = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "simulate", "--set", "rate=off", "--set", "task_seconds=1-3"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    try:
        url = json.loads(server.stdout.readline() if server.stdout else "")["url"]
        say(f"The simulator listens on {url}; the workspace is {folder}.")
        _tell(_Story(folder / "quickstart", url, say), folder / "quickstart", url)
    finally:
        server.terminate()
        server.wait()
        if keep:
            say(f"\nThe workspace is left in {folder / 'quickstart'}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def _tell(story: _Story, root: Path, url: str) -> None:
    shutil.copytree(examples() / "quickstart", root)
    story.chapter("Two files declare two campaigns, an ad group and an ad. Are they sound?")
    story.run("validate")
    story.chapter("What would change in the account?")
    story.run("plan")
    story.chapter("Make it so. Everything is born paused; what should run is enabled last.")
    story.run("apply", "--auto-approve")
    story.chapter("Nothing is left to do.")
    story.run("plan", "--detailed-exitcode")
    story.chapter("A stranger raises a budget in Ads Manager.")
    story.run("state", "list")
    _stranger(root, url)
    story.run("drift", "--detailed-exitcode", expect=2)
    story.chapter("Apply puts it back.")
    story.run("apply", "--auto-approve")
    story.run("plan", "--detailed-exitcode")
    story.chapter("A third manifest asks for three generated variants of a video. Uploads need recorded consent.")
    story.run("consent", "--by", "Demo", "--accept")
    shutil.copyfile(root / "videos" / "hero.yaml", root / "manifests" / "hero.yaml")
    story.run("plan")
    story.run("apply", "--auto-approve")
    story.run("variants")
    story.chapter("A media buyer watches them side by side on this page, and decides.")
    story.run("gallery")
    story.run("approve", "refresh/hero-hooks", "1", "--by", "Demo")
    story.run("status")
    story.chapter(
        "That was the whole tool: manifests, plan, apply, lockfile, variants. `reconciler init` starts your own."
    )


def _stranger(root: Path, url: str) -> None:
    """Another client edits the first campaign, over the same API."""
    import requests

    lock = json.loads((root / "reconciler.lock").read_text(encoding="utf-8"))
    identity = lock["resources"]["campaign/spring"]["id"]
    body = {"advertiser_id": lock["account"]["advertiser_id"], "campaign_id": identity, "budget": 950}
    session = requests.Session()
    session.trust_env = False
    answer = session.post(
        f"{url}/open_api/v1.3/campaign/update/", json=body, headers={"Access-Token": _TOKEN}, timeout=10
    )
    answer.raise_for_status()


def examples() -> Path:
    """The examples that come with the package, or with the checkout it runs from."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_data" / "examples"
    return shipped if shipped.is_dir() else package.parent / "examples"
