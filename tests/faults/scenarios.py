"""Scenarios with a killed process: what is applied, what goes wrong, when it is killed. One seed, one scenario."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.stage import APPLY, VIDEO, Watcher, converge, early_children, own_tasks, refresh, set_up, settled
from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign
from tests.stories.workspace import Workspace, finish

BIRTH = (campaign("a", status="ENABLE", budget="70"), campaign("b", budget="30"), adgroup("g", "a"), ad("d", "g"))
LIVE = (campaign("a", status="DISABLE", budget="70"), campaign("b", budget="30"), adgroup("g", "a"), ad("d", "g"))


@dataclass(frozen=True, slots=True)
class Story:
    """What is there before, what is wanted, how many writes that takes, and what must be there at the end."""

    before: tuple[str, ...]
    wanted: tuple[str, ...]
    writes: int
    check: Callable[[Account], None]
    rounds: int = 1
    """Applies that make `before`."""


def _budgets(account: Account, a: str, b: str, status: str) -> None:
    assert (account.one("campaign", "a")["budget"], account.one("campaign", "b")["budget"]) == (a, b)
    assert account.one("campaign", "a")["status"] == status
    assert account.one("campaign", "b")["status"] == "DISABLE"
    assert account.names("adgroup") == ["g"]
    assert account.names("ad") == ["d"]


def _gone(account: Account, status: str) -> None:
    assert [one["status"] for one in account.objects("campaign") if one["campaign_name"] == "b"] == [status]
    assert account.names("ad") == ["d"]


def _variants(account: Account) -> None:
    assert len(own_tasks(account)) == 2, "a task was paid for twice"


STORIES = {
    "create": Story((), BIRTH, 7, lambda account: _budgets(account, "70.00", "30.00", "ENABLE")),
    "update": Story(
        LIVE,
        (campaign("a", status="DISABLE", budget="55"), campaign("b", budget="90"), *LIVE[2:]),
        2,
        lambda account: _budgets(account, "55.00", "90.00", "DISABLE"),
    ),
    "enable": Story(
        LIVE,
        (campaign("a", status="ENABLE", budget="80"), *LIVE[1:]),
        2,
        lambda account: _budgets(account, "80.00", "30.00", "ENABLE"),
    ),
    "disable": Story(
        (LIVE[0], campaign("b", status="ENABLE"), *LIVE[2:]),
        (LIVE[0], *LIVE[2:]),
        1,
        lambda account: _gone(account, "DISABLE"),
    ),
    "delete": Story(
        (LIVE[0], campaign("b", lifecycle="on_remove: delete"), *LIVE[2:]),
        (LIVE[0], *LIVE[2:]),
        1,
        lambda account: _gone(account, "DELETE"),
        rounds=2,
    ),
    "refresh": Story((), (VIDEO, refresh("x", 2)), 3, _variants),
}
MOMENTS: dict[str, dict[str, Any]] = {
    "before the commit": {"lose_request": True, "delay": 60},
    "after the commit": {"delay": 60, "commit": True},
    "late commit": {"late_commit": 0.3},
    "lost reply": {"lose_reply": True},
    "random": {},
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story and how it is broken off. `nth`: which of its writes; `pause`: seconds, for a random moment."""

    story: str
    moment: str
    nth: int
    pause: float
    kills: int

    def __str__(self) -> str:
        return f"{self.story}, {self.moment}, write {self.nth}, {self.kills} kills"


def drawn(seed: int) -> Scenario:
    """The scenario of a seed."""
    chance = random.Random(seed)
    name = list(STORIES)[seed % len(STORIES)]
    moment = list(MOMENTS)[seed // len(STORIES) % len(MOMENTS)]
    return Scenario(
        name, moment, chance.randint(1, STORIES[name].writes), chance.uniform(0, 0.06), chance.choice((1, 1, 1, 2))
    )


def play(scenario: Scenario, root: Path) -> None:
    """Make what was before, kill the apply, converge, and look at the truth."""
    story = STORIES[scenario.story]
    with Account(switches={"task_seconds": "0.1-0.3"}) as account:
        # A lost submit is waited for five times as long as a lost create.
        work = set_up(root, account.url, days=0, quiet=0.4 if scenario.story == "refresh" else 0.6)
        _prepare(work, account, story)
        work.manifest(*story.wanted)
        with Watcher(work):
            for _ in range(scenario.kills):
                _kill(work, account, scenario)
            converge(work, account)
        assert early_children(account) == []
        settled(work, account)
        story.check(account)


def _prepare(work: Workspace, account: Account, story: Story) -> None:
    if story.before:
        work.manifest(*story.before)
        work.apply()
    if story.rounds > 1:
        # A removal is disabled now and deleted by a later plan.
        work.manifest(*story.wanted)
        work.apply()
    account.forget_calls()


def _kill(work: Workspace, account: Account, scenario: Scenario) -> None:
    fault = MOMENTS[scenario.moment]
    account.faults(*([{"path": "*", "method": "POST", "nth": scenario.nth, **fault}] if fault else []))
    before, writes = len(account.calls()), len(account.posts())
    process = work.start(*APPLY)

    def struck() -> bool:
        return len(account.posts()) >= writes + scenario.nth if fault else len(account.calls()) > before

    end = time.monotonic() + 30
    while process.poll() is None and not struck():
        assert time.monotonic() < end, "the process hangs"
        time.sleep(0.02 if fault else 0.005)
    time.sleep(scenario.pause if not fault else 0)
    process.kill()
    ended = finish(process)
    assert "Traceback" not in ended.text
    account.faults()
