"""People decide on generated videos with comments: what becomes a commit, what does not, and what they are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.ci.question import heading
from tests.gitops.forge import BOT, Forge, git
from tests.gitops.machine import Job, Machine
from tests.gitops.story import Story
from tests.stories.account import Account
from tests.stories.smart_plus.scene import ad, adgroup, campaign, smart
from tests.stories.workspace import Workspace

ON = {"status": "ENABLE"}
VIDEO = "kind: Video\nname: hero\nspec: {url: https://cdn.example.com/hero.mp4}\n"
HOOKS = "refresh/hooks"
FILE = "manifests/spring.yaml"


@pytest.fixture
def account() -> Iterator[Account]:
    """An account that takes Smart+, where videos are made at once."""
    with Account.of_production("smart_plus") as one:
        yield one


class Team:
    """A repository whose videos are made and wait for a decision. Mira may write, Ray may read."""

    def __init__(self, story: Story) -> None:
        self.story, self.forge = story, story.forge
        desk = Workspace(self.forge.desk, story.account.url)
        assert desk.run("consent", "--by", "Mira", "--accept").code == 0
        self.forge.commit({}, "Consent")
        self.forge.roles |= {"mira": "write", "ray": "read", "ann": "admin"}
        self.forge.passed = 60
        self.asked = story.propose(self.launch())
        self.made = story.merge(self.asked)

    def launch(self, revision: int = 1) -> dict[str, str]:
        """The manifests of a family whose ad shows all that is approved."""
        hooks = (
            "kind: CreativeRefresh\nname: hooks\nspec: {video: hero, strategies: [SWAP_MUSIC], variants: 3, "
            f"revision: {revision}, require_approval: true}}\n"
        )
        parts = (campaign(**ON), adgroup(**ON), ad(creatives="[{refresh: hooks}]", **ON), VIDEO, hooks)
        return {FILE: "---\n".join(parts)}

    def answer(self, number: int, body: str, author: str = "mira") -> Job:
        """Somebody comments; how the job that answers ended."""
        self.event = self.forge.commented(number, body, author)
        return self.story.machine.run(self.event)["decide"]

    def decisions(self, branch: str) -> list[dict[str, Any]]:
        """The approval files of a branch, by number of the variant."""
        names = git(self.forge.remote, "ls-tree", "-r", "--name-only", branch, "approvals/").splitlines()
        found = [yaml.safe_load(git(self.forge.remote, "show", f"{branch}:{name}")) for name in names]
        return sorted(found, key=lambda one: self.numbers[one["sha256"]])

    @property
    def numbers(self) -> dict[str, int]:
        """SHA-256 → number, as the comment of the pull request lists them."""
        told = heading(self.forge.comment_of(self.asked))
        assert told
        return {digest: number for number, digest in told.batches[HOOKS].sha256.items()}


@pytest.fixture
def story(tmp_path: Path, forge: Forge, account: Account, tools: Path) -> Story:
    """A repository with the shipped workflows in the contract `smart_plus`."""
    tokens = {
        name: {"TIKTOK_ACCESS_TOKEN": f"token-of-{name}"} for name in ("ads-plan", "ads-production", "ads-advance")
    }
    return Story(forge, account, Machine(forge, tmp_path / "runner", tokens, tools), "smart_plus")


@pytest.fixture
def team(story: Story) -> Team:
    """Somebody merged, and the apply made three videos."""
    return Team(story)


@pytest.fixture
def slow(story: Story) -> Team:
    """The same, where videos take ten minutes and nobody waits for them."""
    story.account.switch(task_seconds="600")
    base = (story.forge.desk / "reconciler.yaml").read_text("utf-8")
    path = ".github/workflows/ads-advance.yml"
    text = (story.forge.desk / path).read_text("utf-8")
    once = text.replace("command: advance\n", 'command: advance\n      max-duration: "0"\n')
    waits = base.replace("{poll_seconds: 0.05}", "{poll_seconds: 0.05, wait_seconds: 0}")
    story.forge.commit({"reconciler.yaml": waits, path: once}, "Nobody waits")
    return Team(story)


def test_from_the_question_to_the_ad(team: Team) -> None:
    """The apply made videos and asks in its pull request; the next pull request asks, too, with the gallery; a comment
    becomes one commit on its branch, a second run of the same comment none; merged, the approved ones are in the ad."""
    assert not team.made.failed, team.made.log
    asked = team.forge.comment_of(team.asked)
    assert "**3 variants wait for a decision.**" in asked
    assert f"`{HOOKS}`, generation 1: 1, 2 and 3 to decide" in asked
    assert "/approve refresh/hooks 1 2\n/reject refresh/hooks 3 " in asked
    assert sorted(team.numbers.values()) == [1, 2, 3]
    assert smart(team.story.account) == []

    number = team.story.propose({"README.md": "Hello."}, "second")
    comment = team.forge.comment_of(number)
    assert "`reconciler" not in comment
    (kept,) = [one["id"] for one in team.forge.artifacts if one["name"] == "gallery"]
    assert re.search(rf"\[Watch them in the gallery\]\(\S+/actions/runs/\d+/artifacts/{kept}\)", comment)

    before = team.forge.sha("second")
    job = team.answer(
        number, "Nice!\r\n\r\n/approve refresh/hooks 1 3\r\n/reject refresh/hooks 2 the hook is too loud\r\n"
    )
    assert not job.failed, job.log
    assert (job.outputs["decide"]["decided"], job.outputs["decide"]["exit_code"]) == ("3", "0")
    assert git(team.forge.remote, "rev-parse", "second^") == before
    first, second, third = team.decisions("second")
    assert [one["decision"] for one in (first, second, third)] == ["approved", "rejected", "approved"]
    assert (second["kind"], second["refresh"], second["by"]) == ("Approval", HOOKS, "mira")
    assert (second["note"], "note" in first) == ("the hook is too loud", False)
    (reply,) = team.forge.replies(number)
    assert "`refresh/hooks` 2: **rejected**, `the hook is too loud`" in reply
    assert "press *Approve workflows to run*" in reply

    after = team.forge.sha("second")
    again = team.story.machine.run(team.event)["decide"]
    assert not again.failed, again.log
    assert team.forge.sha("second") == after
    assert len(team.forge.replies(number)) == 1

    team.story.machine.run(team.forge.pulled(number, "reopened"))
    assert "**Every variant is decided on.**" in team.forge.comment_of(number)
    applied = team.story.merge(number)
    assert not applied.failed, applied.log
    (shown,) = smart(team.story.account)
    assert len(shown["creative_ids"]) == 2


def test_after_the_merge_a_pull_request_is_opened(team: Team) -> None:
    """The branch is gone or done, so decisions come as a pull request of their own, opened once; a repository that does
    not allow that gets the branch and the link."""
    job = team.answer(team.asked, "/approve refresh/hooks 2")
    assert not job.failed, job.log
    (opened,) = [one for one in team.forge.pulls.values() if one["state"] == "open"]
    assert opened["title"] == "Approve variant 2 of refresh/hooks"
    assert opened["base"]["ref"] == "main"
    branch = opened["head"]["ref"]
    assert [team.numbers[one["sha256"]] for one in team.decisions(branch)] == [2]
    assert "merge it" in team.forge.replies(team.asked)[0]
    assert f"#{opened['number']}" in team.forge.replies(team.asked)[0]
    # The job broke off before its reply: nothing is written or opened again.
    team.forge.comments = [one for one in team.forge.comments if "Approve workflows" not in one["body"]]
    commit = team.forge.sha(branch)
    assert not team.story.machine.run(team.event)["decide"].failed
    assert team.forge.sha(branch) == commit
    assert [one for one in team.forge.pulls.values() if one["state"] == "open"] == [opened]
    (reply,) = team.forge.replies(team.asked)
    assert "**approved**" in reply
    assert f"#{opened['number']}" in reply
    team.answer(team.asked, "/reject refresh/hooks 2")
    assert "**rejected**" in team.forge.replies(team.asked)[-1]

    team.forge.opens_pulls = False
    assert not team.answer(team.asked, "/reject refresh/hooks 3 blurred").failed
    assert "/compare/main...reconciler/approvals-" in team.forge.replies(team.asked)[-1]
    team.story.merge(opened["number"])
    team.answer(team.asked, "/approve refresh/hooks 2", "ann")
    assert "is approved already, by `mira`" in team.forge.replies(team.asked)[-1]
    assert "**Nothing had to be written.**" in team.forge.replies(team.asked)[-1]


REFUSED = (
    ("ray", "/approve refresh/hooks 1", "who may write to this repository"),
    ("stranger", "/approve refresh/hooks 1", "who may write to this repository"),
    ("mira", "/approve refresh/hooks 7", "has no variant 7 to decide on; there is 1, 2 and 3"),
    ("mira", "/approve refresh/other 1", "here, only about `refresh/hooks`"),
    ("mira", "/approve refresh/hooks 1 g2", "You watched generation 2"),
    ("mira", "/approve refresh/hooks 1\n/approve refresh/hooks 9", "has no variant 9"),
    ("mira", "/reject $(touch${IFS}x) 1", "the address of a refresh comes first"),
)


def test_what_is_refused(team: Team) -> None:
    """Readers and strangers, unknown numbers and addresses, what was edited: nothing is written, not even the half of a
    comment that would do; the reply says why, and the job itself is well. Other talk gets no reply."""
    for author, body, said in REFUSED:
        job = team.answer(team.asked, body, author)
        assert not job.failed, job.log
        assert (job.outputs["decide"]["decided"], job.outputs["decide"]["exit_code"]) == ("0", "5")
        reply = team.forge.replies(team.asked)[-1]
        assert "**Nothing was decided.**" in reply
        assert said in reply

    event = team.forge.commented(team.asked, "/approve refresh/hooks 1", "mira")
    edited = next(one for one in team.forge.comments if one["id"] == event["body"]["comment"]["id"])
    edited |= {"body": "/approve refresh/hooks 2", "updated_at": "2099-01-01T00:00:00Z"}
    team.story.machine.run(event)
    assert "an edited comment does not count" in team.forge.replies(team.asked)[-1]
    assert len(team.forge.replies(team.asked)) == len(REFUSED) + 1

    team.answer(team.asked, "> /approve refresh/hooks 1\n\nWho wrote `/approve`?")
    team.forge.comments.pop()
    assert team.story.machine.run(team.event)["decide"].failed is False
    assert team.story.machine.run(team.forge.commented(team.asked, "I approve of this.", "mira")) == {}
    assert len(team.forge.replies(team.asked)) == len(REFUSED) + 1
    assert ("POST", "/repos/acme/ads/git/trees") not in team.forge.calls
    assert [one for one in team.forge.pulls.values() if one["state"] == "open"] == []


def test_an_answer_to_older_videos_is_refused(team: Team) -> None:
    """A new generation is made: where the old one is listed an answer does not count, nor does one that was written
    before the new one was listed; what is asked stays in the comment while a plan fails."""
    number = team.story.propose(team.launch(2), "second")
    assert "generation 1: 1, 2 and 3 to decide" in team.forge.comment_of(number)
    made = team.story.merge(number)
    assert not made.failed, made.log
    assert "generation 2: 1, 2 and 3 to decide" in team.forge.comment_of(number)
    team.answer(team.asked, "/approve refresh/hooks 1")
    assert "were made anew since they were listed here" in team.forge.replies(team.asked)[-1]
    team.forge.passed = -3600
    team.answer(number, "/approve refresh/hooks 1")
    assert "it may mean other videos" in team.forge.replies(number)[-1]
    team.forge.passed = 60
    team.answer(number, "/approve refresh/hooks 1 g2")
    assert "**approved**" in team.forge.replies(number)[-1]

    third = team.story.propose({"README.md": "Hello."}, "third")
    before = heading(team.forge.comment_of(third))
    team.forge.commit({FILE: "kind: Campagne\n"}, branch="third")
    team.story.machine.run(team.forge.pulled(third))
    assert "**Failed**" in team.forge.comment_of(third)
    assert heading(team.forge.comment_of(third)) == before


def test_a_branch_that_moves_and_one_of_a_fork(team: Team) -> None:
    """Somebody pushes while the decision is written: both commits are there. A fork's branch is not ours to write to:
    a pull request of our own. With a token for commits nobody has to let the workflows run."""
    number = team.story.propose({"README.md": "Hello."}, "second")
    team.forge.meanwhile = lambda: team.forge.commit({"README.md": "Hello, all."}, "Pushed", "second")
    job = team.answer(number, "/approve refresh/hooks 1")
    assert not job.failed, job.log
    log = git(team.forge.remote, "log", "--format=%s", "-2", "second").splitlines()
    assert log == ["Approve variant 1 of refresh/hooks", "Pushed"]
    assert git(team.forge.remote, "show", "second:README.md") == "Hello, all."

    question = team.forge.comment_of(number)
    fork = team.story.propose({"README.md": "A stranger's."}, "foreign", fork=True)
    team.forge.say(fork, question, BOT)
    rights = {"contents": "write", "pull-requests": "write"}
    assert isinstance(team.story.machine, Machine)
    team.story.machine.own_secrets["ADS_COMMIT_TOKEN"] = team.forge.token(rights)
    before = team.forge.sha("foreign")
    job = team.answer(fork, "/approve refresh/hooks 2", "ann")
    assert not job.failed, job.log
    assert team.forge.sha("foreign") == before
    (opened,) = [one for one in team.forge.pulls.values() if one.get("title") == "Approve variant 2 of refresh/hooks"]
    assert f"look at the plan of #{opened['number']}" in team.forge.replies(fork)[0]
    assert "Approve workflows to run" not in team.forge.replies(fork)[0]


def test_a_failure_is_told_and_can_be_repeated(team: Team) -> None:
    """The forge is down while the commit is made: the reply says so, the job fails; run again, it is decided."""
    number = team.story.propose({"README.md": "Hello."}, "second")
    team.forge.broken, team.forge.broken_times = re.compile("POST .*git/commits"), 1
    job = team.answer(number, "/approve refresh/hooks 1")
    assert job.failed
    assert "**The decision could not be written.**" in team.forge.replies(number)[0]
    again = team.story.machine.run(team.event)["decide"]
    assert not again.failed, again.log
    assert "**approved**" in team.forge.replies(number)[1]


def test_videos_of_a_schedule_are_asked_about_in_an_issue(slow: Team) -> None:
    """They were made by *ads advance*, for no pull request: one issue asks, is answered in, and closed by the apply
    that finds nothing to decide."""
    assert slow.made.outputs["apply"]["resumable"] == "true"
    assert "for a decision" not in slow.forge.comment_of(slow.asked)
    slow.story.account.operate("clock", {"advance": 700})
    advanced = slow.story.run("advance")
    assert not advanced.failed, advanced.log
    (issue,) = slow.forge.issues
    assert (issue["labels"], issue["state"]) == (["reconciler-variants"], "open")
    assert "**3 variants wait for a decision.**" in issue["body"]
    job = slow.answer(issue["number"], "/approve refresh/hooks 1\n/reject refresh/hooks 2 3 blurred")
    assert not job.failed, job.log
    (opened,) = [one for one in slow.forge.pulls.values() if one["state"] == "open"]
    assert opened["title"] == "Decide on variants of refresh/hooks"
    slow.story.machine.run(slow.forge.pulled(opened["number"], "reopened"))
    applied = slow.story.merge(opened["number"])
    assert not applied.failed, applied.log
    assert [one["state"] for one in slow.forge.issues] == ["closed"]
    (shown,) = smart(slow.story.account)
    assert len(shown["creative_ids"]) == 1


def test_outside_of_its_job_it_is_refused(tmp_path: Path) -> None:
    """It answers the comment that started a job, and nothing else."""
    work = Workspace(tmp_path / "work", "http://127.0.0.1:9")
    ended = work.run("decide", "--ci", "github")
    assert ended.code == 3
    assert "R820" in ended.text
    assert work.run("decide").code == 3
