"""The fixture of these stories."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.git_state.clones import Remote


@pytest.fixture
def remote(tmp_path: Path, account: Account) -> Remote:
    """A repository for that account's workspace."""
    return Remote(tmp_path, account.url)
