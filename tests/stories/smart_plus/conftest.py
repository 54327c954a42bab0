"""A simulated account of production that takes Smart+, and a workspace for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.smart_plus.scene import settle_in
from tests.stories.workspace import Workspace


@pytest.fixture
def market() -> Iterator[Account]:
    """An account on a server of its own; videos are transcoded at once."""
    with Account(contract="smart_plus", switches={"transcode_seconds": "0", "task_seconds": "0"}) as one:
        yield one


@pytest.fixture
def shop(tmp_path: Path, market: Account) -> Workspace:
    """An empty workspace for that account."""
    return settle_in(Workspace(tmp_path / "workspace", market.url), market)
