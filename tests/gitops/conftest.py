"""What the stories of a repository start with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitops.forge import Forge
from tests.gitops.gitlab_forge import GitLabForge
from tests.gitops.gitlab_runner import GitLabRunner, Variable
from tests.gitops.gitlab_story import GitLabStory
from tests.gitops.machine import Machine
from tests.gitops.story import Story
from tests.stories.account import Account


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    """A repository on a forge."""
    one = Forge(tmp_path / "forge")
    yield one
    one.stop()


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runners of this process keep the command that they have installed."""
    return tmp_path_factory.mktemp("tools")


@pytest.fixture
def story(tmp_path: Path, forge: Forge, account: Account, tools: Path) -> Story:
    """A repository with the shipped workflows, for that account, with a first commit on main."""
    places = ("ads-plan", "ads-production", "ads-advance")
    tokens = {name: {"TIKTOK_ACCESS_TOKEN": f"token-of-{name}"} for name in places}
    return Story(forge, account, Machine(forge, tmp_path / "runner", tokens, tools))


@pytest.fixture
def gitlab(tmp_path: Path) -> Iterator[GitLabForge]:
    """A project on a GitLab."""
    one = GitLabForge(tmp_path / "gitlab")
    yield one
    one.stop()


@pytest.fixture
def gitlab_runner(tmp_path: Path, gitlab: GitLabForge, tools: Path) -> GitLabRunner:
    """Its runner, with variables as docs/gitlab.md asks for them."""
    places = ("ads-plan", "ads-production", "ads-advance")
    tokens = [Variable(f"token-of-{name}", name, protected=name != "ads-plan") for name in places]
    variables = {"TIKTOK_ACCESS_TOKEN": tokens, "GITLAB_TOKEN": [Variable(gitlab.token())]}
    return GitLabRunner(gitlab, tmp_path / "runner", tools, variables)


@pytest.fixture
def gitlab_story(gitlab: GitLabForge, account: Account, gitlab_runner: GitLabRunner) -> GitLabStory:
    """A project with the pipeline of `init --gitlab`, for that account, with a first commit on main."""
    return GitLabStory(gitlab, account, gitlab_runner)
