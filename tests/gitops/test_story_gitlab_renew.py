"""Every day, on GitLab: one merge request an account with what is due, updated in place, closed when nothing is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from tests.gitops.forge import git
from tests.gitops.gitlab_forge import DEVELOPER, GitLabForge
from tests.gitops.gitlab_runner import GitLabPipeline, GitLabRunner, Variable
from tests.gitops.gitlab_story import GitLabStory
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
    switches = {"transcode_seconds": "0", "task_seconds": "0", "tiring": "0"}
    with Account(contract="marketing", ago=LIVES * DAY, switches=switches) as one:
        one.load(library_videos=[{**video, **UPRIGHT} for video in VIDEOS], images=IMAGES)
        yield one


@pytest.fixture
def tired(gitlab: GitLabForge, account: Account, gitlab_runner: GitLabRunner) -> GitLabStory:
    """Two ads that were launched forty days ago, and are tired; protected branches have a token for merge requests."""
    gitlab_runner.variables["GITLAB_TOKEN"].append(Variable(gitlab.token(DEVELOPER), "ads-plan", protected=True))
    story = GitLabStory(gitlab, account, gitlab_runner, contract="marketing")
    desk = Workspace(gitlab.desk, account.url)
    desk.manifest(*declared(), file="hooks.yaml")
    assert desk.run("consent", "--by", "Ann", "--accept").code == 0
    desk.apply()
    steady(account, "hook-1", "hook-2")
    falls(account, "hook-1", "hook-2", after=20)
    world_of(account.url).sleep(LIVES * DAY)
    names = ("manifests/hooks.yaml", "consent.yaml")
    gitlab.commit({name: (gitlab.desk / name).read_text("utf-8") for name in names}, "Launch")
    account.forget_calls()
    return story


def opened(story: GitLabStory) -> list[int]:
    """The merge requests that are open."""
    return [number for number, one in story.forge.requests.items() if one["state"] == "opened"]


def renewed(story: GitLabStory) -> GitLabPipeline:
    """A schedule of every day."""
    pipeline = story.runner.start("renew", "schedule")
    assert pipeline.statuses == {"renew": "success"}, pipeline["renew"].log
    return pipeline


def asked(story: GitLabStory) -> int:
    """How many pipelines were asked for."""
    return [method for method, path in story.forge.calls if path.endswith("/pipelines")].count("POST")


def test_one_merge_request_that_is_kept_and_closed(tired: GitLabStory) -> None:
    """Opened with the figures and a pipeline; the same on the next day, without another pipeline; merged, the step is
    carried out; nothing is due after it."""
    job = renewed(tired)["renew"]
    assert job.outputs["changes"] == "true"
    assert {one["method"] for one in tired.account.calls()} == {"GET"}
    (number,) = opened(tired)
    request = tired.forge.requests[number]
    assert request["title"] == "Renew: 1 of account 7000000000000000001 due for new variants"
    assert "refresh/hooks g1  tired: 2 of 2 ads" in request["description"]
    assert "at the plan of this merge request" in request["description"]
    assert asked(tired) == 1
    branch = request["source_branch"]
    (file,) = git(tired.forge.remote, "ls-tree", "-r", "--name-only", branch, "renewals").splitlines()
    told = yaml.safe_load(git(tired.forge.remote, "show", f"{branch}:{file}"))
    assert (told["step"], told["because"]) == (1, "tired")

    tip = tired.forge.sha(branch)
    renewed(tired)
    assert (opened(tired), tired.forge.sha(branch), asked(tired)) == ([number], tip, 1)

    plan = tired.runner.request(number)["plan"]
    assert plan.outputs["to_refresh"] == "2", plan.log
    applied = tired.merge(number)
    assert applied["apply"].status == "success", applied["apply"].log
    assert tired.account.calls("POST")
    assert renewed(tired)["renew"].outputs["changes"] == "false"
    assert opened(tired) == []


def test_what_is_due_no_more_is_closed(tired: GitLabStory) -> None:
    """A policy that somebody takes out: the merge request says so and is closed; an unread report closes nothing."""
    renewed(tired)
    (number,) = opened(tired)
    tired.account.switch(report_empty="9")
    assert tired.runner.start("renew", "schedule")["renew"].outputs["exit_code"] == "1"
    assert opened(tired) == [number]
    tired.account.switch(report_empty="0")
    text = (tired.forge.desk / "manifests/hooks.yaml").read_text("utf-8")
    without = "\n".join(line for line in text.split("\n") if "renew:" not in line)
    tired.forge.commit({"manifests/hooks.yaml": without}, "No policy")
    renewed(tired)
    assert opened(tired) == []
    assert "Nothing is due any more" in tired.forge.note_of(number)


def test_a_token_that_may_only_write_notes_is_named(tired: GitLabStory) -> None:
    """The branch is there, the merge request is not, and the job says which role is missing."""
    tired.runner.variables["GITLAB_TOKEN"].pop()
    job = tired.runner.start("renew", "schedule")["renew"]
    assert job.failed
    assert "R821" in job.log
    assert opened(tired) == []
