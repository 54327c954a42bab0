"""People decide on generated videos with comments: what becomes a commit, what does not, and what they are told."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.ci.question import heading
from tests.gitops.forge import Forge, git
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
    with Account(contract="smart_plus", switches={"transcode_seconds": "0", "task_seconds": "0"}) as one:
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

    def keep_files(self) -> None:
        """Somebody commits the videos, so that the next runner has them."""
        (packed,) = [one["packed"] for one in self.forge.artifacts if one["name"] == "variants"][:1]
        git(self.forge.desk, "checkout", "--quiet", "main")
        git(self.forge.desk, "pull", "--quiet", "origin", "main")
        zipfile.ZipFile(io.BytesIO(packed)).extractall(self.forge.desk / "artifacts")
        git(self.forge.desk, "add", "--force", "artifacts")
        git(self.forge.desk, "commit", "--quiet", "--message", "The videos")
        git(self.forge.desk, "push", "--quiet", "origin", "main")

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
def team(tmp_path: Path, forge: Forge, account: Account, tools: Path) -> Team:
    """Somebody merged, and the apply made three videos."""
    tokens = {
        name: {"TIKTOK_ACCESS_TOKEN": f"token-of-{name}"} for name in ("ads-plan", "ads-production", "ads-advance")
    }
    return Team(Story(forge, account, Machine(forge, tmp_path / "runner", tokens, tools), "smart_plus"))


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

    team.keep_files()
    number = team.story.propose({"README.md": "Hello."}, "second")
    comment = team.forge.comment_of(number)
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
    assert len(team.forge.replies(team.asked)) == 1

    team.forge.opens_pulls = False
    assert not team.answer(team.asked, "/reject refresh/hooks 3 blurred").failed
    assert "/compare/main...reconciler/approvals-" in team.forge.replies(team.asked)[-1]
    merged = team.story.merge(opened["number"])
    assert "R823" in merged.log or not merged.failed


@pytest.mark.parametrize(
    ("author", "body", "said"),
    [
        ("ray", "/approve refresh/hooks 1", "who may write to this repository"),
        ("stranger", "/approve refresh/hooks 1", "who may write to this repository"),
        ("mira", "/approve refresh/hooks 7", "has no variant 7 to decide on; there is 1, 2 and 3"),
        ("mira", "/approve refresh/other 1", "it asks about `refresh/hooks`"),
        ("mira", "/approve refresh/hooks 1 g2", "You watched generation 2"),
        ("mira", "/approve refresh/hooks", "it names no number"),
        ("mira", "/approve refresh/hooks 1 2\n/reject refresh/hooks 2", "both approved and rejected"),
        ("mira", "/approve refresh/hooks 1\n/approve refresh/hooks 9", "has no variant 9"),
        ("mira", "/reject $(touch${IFS}x) 1", "the address of a refresh comes first"),
    ],
)
def test_what_is_refused(team: Team, author: str, body: str, said: str) -> None:
    """Nothing is written, not even the half of it that would do; the reply says why; the job itself is well."""
    job = team.answer(team.asked, body, author)
    assert not job.failed, job.log
    assert (job.outputs["decide"]["decided"], job.outputs["decide"]["exit_code"]) == ("0", "5")
    (reply,) = team.forge.replies(team.asked)
    assert "**Nothing was decided.**" in reply
    assert said in reply
    assert ("POST", "/repos/acme/ads/git/trees") not in team.forge.calls
    assert [one for one in team.forge.pulls.values() if one["state"] == "open"] == []
