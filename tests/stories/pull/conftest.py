"""An account of production that is full already, and a workspace that declares nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import settle_in
from tests.stories.workspace import Workspace


@pytest.fixture
def market() -> Iterator[Account]:
    """An account of production on a server of its own."""
    with Account(contract="marketing", switches={"transcode_seconds": "0", "task_seconds": "0"}) as one:
        yield one


@pytest.fixture
def desk(tmp_path: Path, market: Account) -> Workspace:
    """An empty workspace for that account."""
    return settle_in(tmp_path / "workspace", market)
