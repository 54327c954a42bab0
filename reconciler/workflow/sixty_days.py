"""`demo --story sixty-days`: a launch, ads that tire, a proposal, its branch, new variants, approval, swap.

The clock is the simulator's: it stands still but for what the story and the commands wait through, so that the same
seed tells the same, line for line.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from reconciler.errors import Finding, ReconcilerError
from reconciler.workflow.demo import examples
from reconciler.world import InOrder, SystemWorld, World

Told = Callable[[list[str], World], tuple[int, str]]
"""A command in this process, in a World: its exit code, and what it printed."""
_TOKEN = "token-of-the-demo"  # noqa: S105 - the simulator takes any token; no other server ever sees this one
_VARIABLE = "TIKTOK_ACCESS_TOKEN"
BEGIN = datetime(2026, 8, 3, 13, tzinfo=UTC)
SWITCHES = {"rate": "off", "task_seconds": "60", "transcode_seconds": "60", "tiring": "0"}
"""Of the simulator."""
_DAY = 86_400
_DAYS, _TIRES, _EVERY = 60, 18, 3
_REFRESH = "refresh/hero-hooks"
_ADS = ("hook-1", "hook-2")


class _Clock(InOrder, SystemWorld):
    """Time passes only where somebody waits, here and on the server."""

    def __init__(self, operate: Callable[[str, Any], Any]) -> None:
        super().__init__()
        self._operate, self._passed = operate, 0.0

    def now(self) -> float:
        return BEGIN.timestamp() + self._passed

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        """At once, and the server's clock with it."""
        if seconds > 0:
            self._passed += seconds
            self._operate("clock", {"advance": seconds})


class _Days:
    """One telling of the story."""

    def __init__(self, root: Path, url: str, told: Told, say: Callable[[str], None]) -> None:
        self._root, self._url, self._told, self._say = root, url, told, say
        self.world = _Clock(self.operate)

    def operate(self, name: str, body: object = None) -> Any:
        """One call of the simulator's operator."""
        connection = HTTPConnection(self._url.removeprefix("http://"), timeout=30)
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, f"/_simulator/{name}", None if body is None else json.dumps(body))
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def chapter(self, text: str) -> None:
        """A line of the narrator, with the day."""
        day = 1 + int((self.world.now() - BEGIN.timestamp()) // _DAY)
        self._say(f"\n# Day {day}. {text}")

    def run(self, *arguments: str, expect: int = 0, first: bool = False) -> str:
        """One command, shown with what it prints, or its first line. Raises ReconcilerError when it ends otherwise."""
        place = ["--base-url", self._url, "--no-input", "-C", str(self._root), "-q"]
        # Every command takes it away, so that no other process gets it.
        os.environ[_VARIABLE] = _TOKEN
        code, text = self._told([*arguments, *place], self.world)
        if code != expect:
            message = f"`reconciler {' '.join(arguments)}` ended with {code}, not {expect}: {text}"
            raise ReconcilerError(Finding("R999", message, hint="please report the output above"))
        lines = text.rstrip("\n").replace(str(self._root), ".").splitlines()
        self._say("\n".join([f"$ reconciler {shlex.join(arguments)}", *(lines[:1] if first else lines)]))
        return text

    def git(self, *arguments: str, shown: bool = True) -> None:
        """One git command in the workspace, which comes out well."""
        who = ["-c", "user.name=Demo", "-c", "user.email=demo@example.com", "-c", "init.defaultBranch=main"]
        quiet = ["-c", f"core.hooksPath={os.devnull}", "-c", "commit.gpgsign=false", *who]
        ended = subprocess.run(  # noqa: S603 - the user's own git
            ["git", *quiet, *arguments], cwd=self._root, capture_output=True, text=True, check=False  # noqa: S607
        )  # fmt: skip
        if ended.returncode:
            raise ReconcilerError(Finding("R510", f"git {arguments[0]}: {ended.stderr.strip()}", hint="install git"))
        if shown:
            self._say(f"$ git {shlex.join(arguments)}")

    def curve(self, metric: str, **told: object) -> None:
        """What a metric of both ads does from today on."""
        day = datetime.fromtimestamp(self.world.now(), UTC).date()
        ids = {one["ad_name"]: one["ad_id"] for one in self.operate("state")["ads"]}
        for name in _ADS:
            start = day + timedelta(days=int(str(told.get("after", 0))))
            given = {key: value for key, value in told.items() if key != "after"}
            self.operate("curve", {"id": ids[name], "metric": metric, "from": start.isoformat(), "to": 1, **given})


def sixty_days(told: Told, say: Callable[[str], None], url: str, *, keep: bool) -> int:
    """Tell it; returns 0. The folder is removed unless `keep`. `url`: a simulator of contract marketing whose clock
    stands at `BEGIN`."""
    began = time.monotonic()  # how long the telling took is no part of the story
    folder = Path(tempfile.mkdtemp(prefix="reconciler-demo-"))
    root = folder / "renewing"
    try:
        shutil.copytree(examples() / "renewing", root)
        with _token():
            _tell(_Days(root, url, told, say))
    finally:
        if keep:
            say(f"\nThe workspace is left in {root}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    say(f"\nSixty days took {time.monotonic() - began:.0f} s.")
    return 0


@contextmanager
def _token() -> Iterator[None]:
    """Somebody's own token stays out of the story, and is there again after it."""
    before = os.environ.pop(_VARIABLE, None)
    try:
        yield
    finally:
        os.environ.pop(_VARIABLE, None)
        if before is not None:
            os.environ[_VARIABLE] = before


def _tell(story: _Days) -> None:
    story.git("init", "--quiet", shown=False)
    story.chapter("Two ads will show generated variants of one video; a policy says when the next hook is due.")
    story.run("validate")
    story.run("consent", "--by", "Demo", "--accept")
    story.chapter("The variants are made. None is shown before somebody has approved it.")
    story.run("apply", "--auto-approve", expect=8)
    story.run("approve", _REFRESH, "--all", "--by", "Demo")
    story.run("apply", "--auto-approve")
    story.git("add", "--all", shown=False)
    story.git("commit", "--quiet", "-m", "Launch", shown=False)
    story.curve("impressions", base=20_000)
    story.curve("video_watched_2s", base=0.3, noise=0.05)
    story.curve("video_watched_2s", after=_TIRES, shape="linear", to=0.55, days=10, noise=0.05)
    day = _until_due(story)
    story.chapter("Both hooks have worn out. What was seen becomes a file, and the file a branch for review.")
    story.git("switch", "--quiet", "--create", "renew")
    story.run("renew", "--write")
    story.git("add", "renewals")
    story.git("commit", "--quiet", "-m", "Renew: hero-hooks is tired")
    story.chapter("This is the plan that the pull request shows: it follows from files alone.")
    story.run("plan")
    story.chapter(
        "Somebody merges it: that says yes to the step. The new variants are made; the ads keep the old ones."
    )
    story.git("switch", "--quiet", "main")
    story.git("merge", "--quiet", "--ff-only", "renew")
    story.run("apply", "--auto-approve")
    story.run("variants")
    story.chapter("Somebody watches and approves them: that says yes to the bytes. The ads change their videos.")
    story.run("approve", _REFRESH, "--all", "--by", "Demo")
    story.run("apply", "--auto-approve")
    story.curve("video_watched_2s", to=1, noise=0.05)
    while day < _DAYS:
        passed = min(7, _DAYS - day)
        story.world.sleep(passed * _DAY)
        day += passed
        story.chapter("The new hooks against their own first week.")
        story.run("renew", first=True)
    story.run("plan", "--detailed-exitcode")


def _until_due(story: _Days) -> int:
    """The day on which a step is due."""
    for day in range(1, _DAYS, _EVERY):
        story.chapter("A look at the figures, as a schedule takes it every day.")
        if " due. " in story.run("renew", first=True):
            return day
        story.world.sleep(_EVERY * _DAY)
    raise ReconcilerError(Finding("R999", "nothing became due in sixty days", hint="please report the output above"))
