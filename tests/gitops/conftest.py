"""What the stories of a repository start with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitops.forge import Forge
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
