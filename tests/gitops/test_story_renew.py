"""Every day, on GitHub: one pull request an account with what is due, updated in place, closed when nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.gitops.forge import Forge, git
from tests.gitops.machine import Machine
from tests.gitops.story import Story
from tests.stories.account import Account
from tests.stories.hurry import world_of
from tests.stories.marketing.scene import IMAGES, UPRIGHT, VIDEOS
from tests.stories.renew.scene import declared, falls, steady
from tests.stories.workspace import Workspace

DAY = 86_400
LIVES = 40
"""Days that the ads have run."""


@pytest.fixture
def account() -> Iterator[Account]:
    """An account of production whose clock begins forty days ago."""
    with Account.of_production(ago=LIVES * DAY) as one:
        one.load(library_videos=[{**video, **UPRIGHT} for video in VIDEOS], images=IMAGES)
        yield one


@pytest.fixture
def tired(tmp_path: Path, forge: Forge, account: Account, tools: Path) -> Story:
    """Two ads that were launched forty days ago, and are tired; everything is committed."""
    tokens = {name: {"TIKTOK_ACCESS_TOKEN": f"token-of-{name}"} for name in ("ads-plan", "ads-production")}
    story = Story(forge, account, Machine(forge, tmp_path / "runner", tokens, tools), "marketing")
    desk = Workspace(forge.desk, account.url)
    desk.manifest(*declared(), file="hooks.yaml")
    assert desk.run("consent", "--by", "Ann", "--accept").code == 0
    desk.apply()
    steady(account, "hook-1", "hook-2")
    falls(account, "hook-1", "hook-2", after=20)
    world_of(account.url).sleep(LIVES * DAY)
    names = ("manifests/hooks.yaml", "consent.yaml")
    forge.commit({name: (forge.desk / name).read_text("utf-8") for name in names}, "Launch")
    account.forget_calls()
    return story


def _open(story: Story) -> list[int]:
    return [number for number, one in story.forge.pulls.items() if one["state"] == "open"]


def test_one_pull_request_that_is_kept_and_closed(tired: Story) -> None:
    """Opened with the figures and the step; the same on the next day; merged, the step is planned and carried out;
    closed where nothing is due any more."""
    job = tired.run("renew")
    assert not job.failed, job.log
    assert job.outputs["renew"]["changes"] == "true"
    assert {one["method"] for one in tired.account.calls()} == {"GET"}
    (number,) = _open(tired)
    pull = tired.forge.pulls[number]
    assert pull["title"] == "Renew: 1 of account 7000000000000000001 due for new variants"
    assert "refresh/hooks g1  tired: 2 of 2 ads" in pull["body"]
    assert "next: step 1, COMMENT; 2 tasks" in pull["body"]
    branch = pull["head"]["ref"]
    (file,) = git(tired.forge.remote, "ls-tree", "-r", "--name-only", branch, "renewals").splitlines()
    told = yaml.safe_load(git(tired.forge.remote, "show", f"{branch}:{file}"))
    assert (told["step"], told["because"]) == (1, "tired")

    tip = tired.forge.sha(branch)
    again = tired.run("renew")
    assert not again.failed, again.log
    assert (_open(tired), tired.forge.sha(branch)) == ([number], tip)

    tired.machine.run(tired.forge.pulled(number))
    plan = tired.jobs["plan"]
    assert not plan.failed, plan.log
    assert plan.outputs["plan"]["to_refresh"] == "2"
    applied = tired.merge(number)
    assert not applied.failed, applied.log
    assert tired.account.calls("POST")

    after = tired.run("renew")
    assert not after.failed, after.log
    assert (after.outputs["renew"]["changes"], _open(tired)) == ("false", [])


def test_what_is_due_no_more_is_closed(tired: Story) -> None:
    """A policy that somebody takes out: the pull request says so and is closed."""
    assert not tired.run("renew").failed
    (number,) = _open(tired)
    text = (tired.forge.desk / "manifests/hooks.yaml").read_text("utf-8")
    without = "\n".join(line for line in text.split("\n") if "renew:" not in line)
    tired.forge.commit({"manifests/hooks.yaml": without}, "No policy")
    job = tired.run("renew")
    assert not job.failed, job.log
    assert _open(tired) == []
    (said,) = [
        one["body"] for one in tired.forge.comments if one["issue"] == number and "Nothing is due" in one["body"]
    ]
    assert "Nothing is due any more" in said


def test_a_report_that_cannot_be_read_closes_nothing(tired: Story) -> None:
    """The job is red, and the pull request stays: nobody has said that nothing is due."""
    assert not tired.run("renew").failed
    (number,) = _open(tired)
    tired.account.switch(report_empty="9")
    job = tired.run("renew")
    assert job.failed
    assert job.outputs["renew"]["exit_code"] == "1"
    assert _open(tired) == [number]
