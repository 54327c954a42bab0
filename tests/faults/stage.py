"""An account and a workspace with everything turned down to seconds, and what must hold on the server in the end.

Commands that run in this process wait on a World whose sleep moves the server's clock and takes no time; only those in
a process of their own, to be killed or sent a signal, wait for real.
"""

from __future__ import annotations

import re
from pathlib import Path
from threading import Event, Thread
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.state import lockfile
from tests.stories.account import Account
from tests.stories.hurry import world_of
from tests.stories.workspace import FAST, Run, Workspace

RATE = f"{{default: {FAST}, ad_create: {FAST}, refresh_create: {FAST}}}"
SUBMIT = "creative/aigc/refresh_video/task/create/"
UPLOAD = "file/video/ad/upload/"
VIDEO = "kind: Video\nname: hero\nspec: {url: https://cdn.example.com/hero.mp4}\n"
APPLY = ("apply", "--auto-approve", "--json")
MOST_RUNS = 60
"""Runs after which a workspace that still has not converged never will."""


def refresh(name: str = "x", variants: int = 1) -> str:
    """A refresh of the hero video that swaps its music."""
    return (
        f"kind: CreativeRefresh\nname: {name}\nspec: {{video: hero, strategies: [SWAP_MUSIC], variants: {variants}}}\n"
    )


def set_up(root: Path, url: str, *, quiet: float = 0.6, days: int = 7, read: float = 30) -> Workspace:
    """A workspace with consent, whose periods are fractions of a second."""
    work = Workspace(root, url)
    work.configure(
        quiet=quiet,
        rate=RATE,
        guardrails=f"{{max_daily_spend: 100000, delete_hold_days: {days}}}",
        timeout=f"{{connect: 5, read: {read}}}",
        more="refresh: {poll_seconds: 0.1, wait_seconds: 20}\n",
    )
    assert work.run("consent", "--by", "tester", "--accept").code == 0
    return work


def wait(account: Account, seconds: float) -> None:
    """Seconds pass, on the server and for the commands of this process."""
    world_of(account.url).sleep(seconds)


def own_tasks(account: Account) -> list[dict[str, Any]]:
    """The refresh tasks that were not a stranger's."""
    return [one for one in account.operate("state")["tasks"] if not one["stranger"]]


def remembered(work: Workspace) -> tuple[set[str], set[str]]:
    """Task ids and video ids that the lockfile holds, of every generation."""
    tasks: set[str] = set()
    videos: set[str] = set()
    for address, entry in work.lock.items():
        if address.startswith("refresh/"):
            for made in (entry, *entry["past"]):
                tasks |= {one["task_id"] for one in made["tasks"]}
                videos |= {one["video_id"] for one in made["variants"] if one["video_id"]}
    return tasks, videos


def answers(work: Workspace, account: Account) -> list[str]:
    """What a person who knows the account would decide about everything that `recover` asks."""
    told = work.run("recover", "--json")
    assert told.code in (0, 8, 10), told.text
    decisions: list[str] = []
    tasks, videos = remembered(work) if (work.root / "reconciler.lock").exists() else (set(), set())
    lost = [one for one in own_tasks(account) if one["task_id"] not in tasks and not set(one["video_ids"]) & videos]
    for case in told.json["open"]:
        seen = [row["id"] for row in case["candidates"]]
        if case["op"] == "submit":
            made = [one for task in lost for one in task["video_ids"] if one in seen]
            if made:
                decisions.append(f"--adopt={case['address']}={made[0]}")
            elif not lost:
                decisions.append(f"--absent={case['address']}")
        elif not seen:
            decisions.append(f"--absent={case['address']}")
        else:
            decisions.append(f"--adopt={case['address']}={seen[0]}")
    return decisions


def converge(work: Workspace, account: Account) -> list[Run]:
    """Apply, and answer what is asked, until nothing is left; every run that it took."""
    runs: list[Run] = []
    while len(runs) < MOST_RUNS:
        ended = work.run(*APPLY)
        runs.append(ended)
        assert ended.code in (0, 8, 9, 10), ended.text
        assert "Traceback" not in ended.text
        if ended.code == 0:
            return runs
        if ended.code == 10:
            for decision in answers(work, account):
                decided = work.run("recover", "--json", decision)
                # Too early to say that nothing came of it is the one thing that may be refused.
                assert decided.code in (0, 8, 10) or "R703" in decided.codes, decided.text
        wait(account, 0.4)
    raise AssertionError(f"no end after {len(runs)} runs: {runs[-1].text}")


def settled(work: Workspace, account: Account) -> None:
    """What holds once converged: nothing to plan, nothing to send, nothing lost, one object a name."""
    assert work.in_sync(), work.plan().text
    account.forget_calls()
    assert work.run(*APPLY).code == 0
    assert account.posts() == []
    assert work.run("recover", "--json").json["open"] == []
    for kind in ("campaign", "adgroup", "ad"):
        parent = {"campaign": "", "adgroup": "campaign_id", "ad": "adgroup_id"}[kind]
        live = [one for one in account.objects(kind) if one["status"] != "DELETE"]
        names = [(one.get(parent), one[f"{kind}_name"]) for one in live]
        assert len(set(names)) == len(names), f"a second {kind}: {names}"
        ids = {one[f"{kind}_id"] for one in live}
        bound = {entry["id"] for address, entry in work.lock.items() if address.startswith(f"{kind}/")}
        assert bound <= ids, f"the lockfile knows a {kind} that is not there"
    tasks, videos = remembered(work)
    lost = [one for one in own_tasks(account) if one["task_id"] not in tasks and not set(one["video_ids"]) & videos]
    assert lost == [], "a task was paid for and is known to nobody"


def early_children(account: Account) -> list[str]:
    """Ad groups that arrived while the campaign above them was not paused; only of campaigns born in this log."""
    names = {one["campaign_name"]: one["campaign_id"] for one in account.objects("campaign")}
    status: dict[str, str] = {}
    wrong = []
    for call in account.calls("POST"):
        body = call["body"]
        if body is None:
            # Its sender was killed in the middle of it.
            continue
        if call["path"] == "campaign/create/" and call["committed"]:
            status[names[body["campaign_name"]]] = "ENABLE"
        elif call["path"] == "campaign/update/" and call["committed"] and "status" in body:
            status[body["campaign_id"]] = body["status"]
        elif call["path"] == "adgroup/create/" and status.get(body["campaign_id"], "DISABLE") != "DISABLE":
            wrong.append(body["adgroup_name"])
    return wrong


class Watcher:
    """Reads the lockfile again and again while a scenario runs; `trouble` holds what it could not read."""

    def __init__(self, work: Workspace) -> None:
        self._path = work.root / lockfile.FILE
        self._ended = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self.trouble: list[str] = []

    def _watch(self) -> None:
        seen = b""
        while not self._ended.wait(0.002):
            try:
                data = self._path.read_bytes()
                if data != seen:
                    lockfile.parse(data)
            except FileNotFoundError:
                continue
            except ReconcilerError as error:
                self.trouble.append(str(error))
            seen = data

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        assert self.trouble == []


def places(work: Workspace, token: str, *texts: str) -> list[str]:
    """Where the token, whole or in parts, can be found: in these texts, or in a file of the workspace."""
    parts = {token, token[::-1], token[: len(token) // 2 + 2], re.sub("/", r"\\/", token)}
    found = [f"text {number}" for number, text in enumerate(texts) if any(part in text for part in parts)]
    return found + [name for name, data in work.files().items() if any(part.encode() in data for part in parts)]
