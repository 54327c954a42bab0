"""The whole of it, as one story: pull request → comment → merge → apply → variants → advance → ad → drift → issue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitops.act import Act
from tests.gitops.forge import Forge
from tests.gitops.machine import Machine
from tests.gitops.story import Story
from tests.stories.account import Account
from tests.stories.smart_plus.scene import ad, adgroup, campaign, creatives
from tests.stories.workspace import Workspace

pytestmark = pytest.mark.proof
ON = {"status": "ENABLE"}
FILE = "manifests/spring.yaml"
VIDEO = "kind: Video\nname: hero\nspec: {url: https://cdn.example.com/hero.mp4}\n"
HOOKS = "kind: CreativeRefresh\nname: hooks\nspec: {video: hero, strategies: [SWAP_MUSIC], variants: 2}\n"


@pytest.fixture
def account() -> Iterator[Account]:
    """An account that takes Smart+, where a variant takes ten minutes to be made."""
    with Account.of_production("smart_plus", switches={"task_seconds": "600"}) as one:
        yield one


@pytest.fixture(params=["act", "ours"])
def team(request: pytest.FixtureRequest, tmp_path: Path, forge: Forge, account: Account, tools: Path) -> Story:
    """The shipped workflows on github.com, run by the runner of these tests, and as a GitHub Enterprise Server takes
    them, run by act."""
    if request.param == "act":
        act = Act(forge, tmp_path / "act")
        story = Story(forge, account, act, "smart_plus")
        forge.commit(act.templates(), "As the server takes them")
    else:
        tokens = {
            name: {"TIKTOK_ACCESS_TOKEN": f"token-of-{name}"} for name in ("ads-plan", "ads-production", "ads-advance")
        }
        story = Story(forge, account, Machine(forge, tmp_path / "runner", tokens, tools), "smart_plus")
    desk = Workspace(forge.desk, account.url)
    assert desk.run("consent", "--by", "Somebody", "--accept").code == 0
    base = (forge.desk / "reconciler.yaml").read_text("utf-8")
    quick = {"reconciler.yaml": base.replace("{poll_seconds: 0.05}", "{poll_seconds: 0.05, wait_seconds: 0}")}
    path = ".github/workflows/ads-advance.yml"
    text = (forge.desk / path).read_text("utf-8")
    once = {path: text.replace("command: advance\n", 'command: advance\n      max-duration: "0"\n')}
    forge.commit({**quick, **once}, "The notice is accepted; nobody waits here")
    return story


def launch(budget: str = "50") -> dict[str, str]:
    """A family whose ad shows the variants of one video."""
    shown = "[{refresh: hooks}]"
    parts = (campaign(**ON), adgroup(**ON, budget=budget), ad(creatives=shown, **ON), VIDEO, HOOKS)
    return {FILE: "---\n".join(parts)}


def shown(account: Account) -> dict[str, str]:
    """The variants that the ad shows, by number, and whether they run."""
    names = {one["video_id"]: one["file_name"] for one in account.operate("state")["library_videos"]}
    found = {video: re.search(r"g\d+-v\d+", names[video]) for video in creatives(account)}
    return {name[0] if name else video: creatives(account)[video] for video, name in found.items()}


def test_from_a_pull_request_to_an_issue_about_drift(team: Story) -> None:
    """What was reviewed is applied; what is made later reaches its ad with nobody asked again; what a stranger changes
    is told in one issue, put back by an apply of its own, and the issue is closed."""
    number = team.propose(launch())
    assert list(team.jobs) == ["validate", "plan"]
    assert not team.jobs["plan"].failed, team.jobs["plan"].log
    assert team.account.posts() == []
    comment = team.forge.comment_of(number)
    assert "**Planned**" in comment
    assert "Show 5 changes" in comment
    assert "plan" in {one["name"].partition("-")[0] for one in team.forge.artifacts}

    applied = team.merge(number)
    assert not applied.failed, applied.log
    assert "what still waits" in team.forge.comment_of(number)
    assert team.forge.started == [("ads-advance.yml", "main")]
    assert not team.run("advance").failed
    assert team.account.operate("state")["smart_plus_ads"] == []

    team.account.operate("clock", {"advance": 700})
    ended = team.run("advance")
    assert not ended.failed, ended.log
    assert shown(team.account) == {"g1-v1": "ENABLE", "g1-v2": "ENABLE"}
    assert team.account.one("campaign", "spring")["status"] == "ENABLE"
    assert "variants" in {one["name"] for one in team.forge.artifacts}

    assert not team.run("drift").failed
    assert team.forge.issues == []
    team.account.edit("adgroup", "us", budget="70.00")
    team.account.operate("clock", {"advance": 6})
    assert not team.run("drift").failed
    (issue,) = team.forge.issues
    assert "applied `50.00 USD`, live `70.00 USD`" in issue["body"]

    planned = team.run("plan", target="adgroup/us")
    assert not planned.failed, planned.log
    digest = planned.outputs["plan"]["plan_digest"]
    put_back = team.run("apply", target="adgroup/us", expect_digest=digest)
    assert not put_back.failed, put_back.log
    assert team.account.one("adgroup", "us")["budget"] == "50.00"
    team.run("drift")
    assert [one["state"] for one in team.forge.issues] == ["closed"]
