"""An account whose tasks end at once, and a workspace with consent in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.refresh.scene import ready
from tests.stories.workspace import Workspace


@pytest.fixture
def hooks(work: Workspace, account: Account) -> Workspace:
    """Three variants of a video are declared and consent is given; tasks end at once."""
    account.switch(task_seconds="0")
    ready(work)
    return work


@pytest.fixture
def made(hooks: Workspace) -> Workspace:
    """The three variants are on the disk."""
    hooks.apply()
    return hooks


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A path for a copy of the folder."""
    return tmp_path / "another" / "place"
