"""`demo`: the story a new user should see, told by the real commands against the real simulator server."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.contracts.registry import CONTRACTS
from reconciler.errors import Finding, ReconcilerError

_TOKEN = "token-of-the-demo"  # noqa: S105 - the simulator takes any token; no other server ever sees this one


class _Story:
    """Runs commands in the demo's workspace and shows each with its output."""

    def __init__(self, root: Path, url: str, say: Callable[[str], None]) -> None:
        self._root, self._url, self._say = root, url, say

    def chapter(self, text: str) -> None:
        """A line of the narrator."""
        self._say(f"\n# {text}")

    def run(self, *arguments: str, expect: int = 0) -> None:
        """One command. Raises ReconcilerError when it does not end as it should."""
        self._say(f"$ reconciler {shlex.join(arguments)}")
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


def demo(say: Callable[[str], None], *, contract: str, keep: bool) -> int:
    """Tell the story of a contract, or of a fleet; returns 0. The folder is removed unless `keep`."""
    folder = Path(tempfile.mkdtemp(prefix="reconciler-demo-"))
    example, tell = _STORIES[contract]
    root = folder / example
    switches = [word for one in ("rate=off", "task_seconds=1-3") for word in ("--set", one)]
    switches += ["--set", "transcode_seconds=1"] if contract != "openapi" else []
    spoken = contract if contract in CONTRACTS else "smart_plus"
    command = [sys.executable, "-m", "reconciler", "simulate", "--contract", spoken, *switches]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as server:  # noqa: S603 - our own
            try:
                url = json.loads(server.stdout.readline() if server.stdout else "")["url"]
                say(f"The simulator listens on {url}; the workspace is {folder}.")
                shutil.copytree(examples() / example, root)
                tell(_Story(root, url, say), root, url)
            finally:
                server.terminate()
    finally:
        if keep:
            say(f"\nThe workspace is left in {root}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def _quickstart(story: _Story, root: Path, url: str) -> None:
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
    _stranger(root, url, "campaign", "spring", 950)
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


def _launch(story: _Story, root: Path, url: str) -> None:
    _hurry(root)
    story.chapter("Two campaigns, five ad groups, seven ads, a video and three variants of it. Are they sound?")
    story.run("validate")
    story.chapter("What would change in the account?")
    story.run("plan")
    story.chapter("Videos are uploaded and generated, so somebody accepts the platform's notice first.")
    story.run("consent", "--by", "Demo", "--accept")
    story.chapter(
        "Make it so. All is born paused and read back; ads wait for their videos; what should run comes last."
    )
    story.run("apply", "--auto-approve")
    story.chapter("Nothing is left to do.")
    story.run("plan", "--detailed-exitcode")
    story.chapter("These are the variants that the ads show now, and the page to watch them on.")
    story.run("variants")
    story.run("gallery")
    story.chapter("A stranger raises the budget of an ad group in Ads Manager. Apply puts it back.")
    _stranger(root, url, "adgroup", "traffic-us", 900)
    story.run("drift", "--detailed-exitcode", expect=2)
    story.run("apply", "--auto-approve")
    story.chapter("A line of a manifest pauses the ad group for the UK.")
    _edit(root / "manifests" / "adgroups.yaml", "traffic-uk", "status: ENABLE", "status: DISABLE")
    story.run("apply", "--auto-approve")
    story.chapter("`revision: 2` has the variants made anew. Once all are there, each ad that shows one is updated.")
    _edit(root / "manifests" / "videos.yaml", "hero-hooks", "variants: 3", "variants: 3\n  revision: 2")
    story.run("plan")
    story.run("apply", "--auto-approve")
    story.run("variants")
    story.chapter("Placements are fixed after creation. An edit is blocked: learning and history would be lost.")
    _edit(
        root / "manifests" / "adgroups.yaml", "traffic-de", "[PLACEMENT_TIKTOK]", "[PLACEMENT_TIKTOK, PLACEMENT_PANGLE]"
    )
    story.run("plan")
    story.chapter("Whoever wants it all the same says so: the new ad group stands before the old one is paused.")
    story.run("apply", "--auto-approve", "--replace", "adgroup/traffic-de")
    story.run("plan", "--detailed-exitcode")
    story.run("status")
    story.chapter("That was a launch in production's contract. `reconciler init --contract marketing` starts your own.")


def _smart(story: _Story, root: Path, url: str) -> None:
    _hurry(root, contract="smart_plus")
    story.chapter("A campaign, two markets, an ad for each, two videos and three variants of one. Are they sound?")
    story.run("validate")
    story.chapter("What would change in the account?")
    story.run("plan")
    story.chapter("Videos are uploaded and generated, so somebody accepts the platform's notice first.")
    story.run("consent", "--by", "Demo", "--accept")
    story.chapter("Make it so. All is born paused and read back; what should run is enabled last.")
    story.run("apply", "--auto-approve")
    story.chapter("Variants are made. A person watches them on this page; none is shown before somebody approves it.")
    story.run("variants")
    story.run("gallery")
    story.run("approve", "refresh/hero-hooks", "1", "3", "--by", "Demo")
    story.chapter("What was approved joins the ads, in one write each; the winter video stays paused.")
    story.run("plan")
    story.run("apply", "--auto-approve")
    story.run("plan", "--detailed-exitcode")
    story.chapter("A stranger raises the budget of an ad group in Ads Manager. Apply puts it back.")
    _stranger(root, url, "adgroup", "us", 400, under="smart_plus/")
    story.run("drift", "--detailed-exitcode", expect=2)
    story.run("apply", "--auto-approve")
    story.chapter("A line pauses the ad group for the UK, another one creative of the ad for the US.")
    _edit(root / "manifests" / "adgroups.yaml", "name: uk", "status: ENABLE", "status: DISABLE")
    _edit(root / "manifests" / "ads.yaml", "name: us", "{video: hero}", "{video: hero, status: DISABLE}")
    story.run("apply", "--auto-approve")
    story.chapter("An event that is optimised for is fixed. An edit is blocked: learning and history would be lost.")
    _edit(root / "manifests" / "adgroups.yaml", "name: uk", "_event: SHOPPING", "_event: ON_WEB_ORDER")
    story.run("plan")
    story.run("status")
    story.chapter("That was a launch with Smart+. `reconciler init` starts your own.")


def _many(story: _Story, root: Path, url: str) -> None:
    head = "name,advertiser_id,currency,timezone,labels.client,uses,inputs.budget\n"
    given = [(one, 7_000_000_000_000_000_001 + one, 50 + one) for one in range(1, 30)]
    rows = (f"beta-{one:02},{own},USD,America/New_York,beta,launch,{budget}.00\n" for one, own, budget in given)
    (root / "accounts.csv").write_text(head + "".join(rows), encoding="utf-8")
    path = root / "fleet.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("tier: basic", "tier: ultimate"), encoding="utf-8")
    began = time.monotonic()
    story.chapter("Thirty ad accounts of one developer app: one in a file of its own, the others in a table.")
    story.run("fleet", "list", "--limit", "3")
    story.run("fleet", "validate", "--quiet")
    story.chapter("What would change in all of them? One digest stands for all plans.")
    story.run("fleet", "plan", "--quiet")
    story.run("fleet", "apply", "--auto-approve", "--quiet")
    story.chapter("Another budget for one client's account, and only what changed is planned.")
    table = root / "accounts.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("launch,51.00", "launch,59.00"), encoding="utf-8")
    story.run("fleet", "apply", "--account", "beta-0*", "--auto-approve", "--quiet")
    story.run("fleet", "runs")
    story.chapter(f"That took {time.monotonic() - began:.0f} s. docs/fleet.md says how to make a fleet of your own.")


_STORIES: dict[str, tuple[str, Callable[[_Story, Path, str], None]]] = {
    "openapi": ("quickstart", _quickstart),
    "marketing": ("spring-launch", _launch),
    "smart_plus": ("smart-launch", _smart),
    "fleet": ("fleet", _many),
}


def _hurry(root: Path, contract: str = "marketing") -> None:
    """The launch is tomorrow, whenever the story is told, and the simulator takes more than five tasks a minute."""
    path = root / "manifests" / "adgroups.yaml"
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    start = f'schedule_start_time: "{tomorrow:%Y-%m-%d} 06:00:00"'
    path.write_text(re.sub("schedule_start_time: .*", start, path.read_text(encoding="utf-8")), encoding="utf-8")
    rate = "  rate: {refresh_create: {per_second: 5, per_minute: 60}}"
    _edit(root / "reconciler.yaml", "api:", f"contract: {contract}", f"contract: {contract}\n{rate}")


def _edit(path: Path, after: str, old: str, new: str) -> None:
    """In a file, the first `old` that comes after a text becomes `new`."""
    head, found, tail = path.read_text(encoding="utf-8").partition(after)
    path.write_text(head + found + tail.replace(old, new, 1), encoding="utf-8")


def _stranger(root: Path, url: str, kind: str, name: str, budget: int, under: str = "") -> None:
    """Another client edits a budget, over the same API. `under`: where the calls of Smart+ are."""
    import requests

    lock = json.loads((root / "reconciler.lock").read_text(encoding="utf-8"))
    identity = lock["resources"][f"{kind}/{name}"]["id"]
    body = {"advertiser_id": lock["account"]["advertiser_id"], f"{kind}_id": identity, "budget": budget}
    session = requests.Session()
    session.trust_env = False
    answer = session.post(
        f"{url}/open_api/v1.3/{under}{kind}/update/", json=body, headers={"Access-Token": _TOKEN}, timeout=10
    )
    answer.raise_for_status()


def examples() -> Path:
    """The examples that come with the package, or with the checkout it runs from."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_data" / "examples"
    return shipped if shipped.is_dir() else package.parent / "examples"
