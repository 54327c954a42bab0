"""Variants that one runner made, approved by a person, become ads on another runner: no disk is shared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitops.forge import Forge, git
from tests.gitops.machine import Machine
from tests.gitops.story import Story
from tests.stories.account import Account
from tests.stories.marketing.scene import IMAGES, UPRIGHT, VIDEOS, ad, adgroup, campaign
from tests.stories.refresh.scene import SUBMIT, refresh, video
from tests.stories.workspace import Workspace

FILE = "manifests/spring.yaml"
MADE = (video(), refresh(variants=2, require_approval="true"))
SHOWN = (campaign(), adgroup(), *(ad(f"hook-{n}", video=f"{{refresh: hooks, variant: {n}}}") for n in (1, 2)))


@pytest.fixture
def account() -> Iterator[Account]:
    """An account of production; videos are made and transcoded at once."""
    with Account.of_production() as one:
        one.load(library_videos=[{**film, **UPRIGHT} for film in VIDEOS], images=IMAGES)
        yield one


@pytest.fixture
def team(tmp_path: Path, forge: Forge, account: Account, tools: Path) -> Story:
    """A repository with the shipped workflows in the contract `marketing`; somebody has accepted the notice."""
    tokens = {name: {"TIKTOK_ACCESS_TOKEN": f"token-of-{name}"} for name in ("ads-plan", "ads-production")}
    story = Story(forge, account, Machine(forge, tmp_path / "runner", tokens, tools), "marketing")
    assert Workspace(forge.desk, account.url).run("consent", "--by", "Somebody", "--accept").code == 0
    forge.commit({}, "Accept the notice")
    return story


def test_a_variant_of_one_runner_becomes_an_ad_on_another(team: Story) -> None:
    """Merge → two variants; somebody looks at them on a laptop and approves; merge → two ads with these videos, each
    variant paid once. No branch was made for the files, and no clone has them."""
    made = team.merge(team.propose({FILE: "---\n".join(MADE)}))
    assert not made.failed, made.log
    refs = git(team.forge.remote, "for-each-ref", "--format=%(refname)").split()
    kept = [ref for ref in refs if not ref.startswith(("refs/heads/", "refs/pull/"))]
    assert len(kept) == 2
    assert all(ref.startswith("refs/reconciler/artifacts/") for ref in kept)

    desk = Workspace(team.forge.desk, team.account.url)
    assert not (desk.root / "artifacts").exists()
    ended = desk.run("approve", "refresh/hooks", "--all", "--by", "Ann")
    assert ended.code == 0, ended.text
    approvals = {path.relative_to(desk.root).as_posix(): path.read_text("utf-8") for path in _files(desk)}
    assert len(approvals) == 2

    number = team.propose({FILE: "---\n".join((*MADE, *SHOWN)), **approvals}, "second")
    assert not team.jobs["plan"].failed, team.jobs["plan"].log
    applied = team.merge(number)
    assert not applied.failed, applied.log
    library = {one["video_id"]: one["file_name"] for one in team.account.operate("state")["library_videos"]}
    shown = sorted(library[one["video_id"]] for one in team.account.objects("ad"))
    assert [name[:11] for name in shown] == ["hooks-g1-v1", "hooks-g1-v2"]
    assert [path for path, _ in team.account.posts()].count(SUBMIT) == 2


def _files(desk: Workspace) -> list[Path]:
    return sorted((desk.root / "approvals").rglob("*.yaml"))
