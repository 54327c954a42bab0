"""The fixtures of these stories."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.git_state.clones import Remote, pattern


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every repository starts as."""
    return pattern(tmp_path_factory.mktemp("git"))


@pytest.fixture
def remote(tmp_path: Path, account: Account, made: Path) -> Remote:
    """A repository for that account's workspace."""
    return Remote(tmp_path, account.url, made)
