"""What stories of production start with: a simulated account, a workspace for it, and days that pass at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.hurry import world_of
from tests.stories.marketing.scene import settle_in
from tests.stories.workspace import Workspace

Pass = Callable[[float], None]


@pytest.fixture
def ago() -> float:
    """So many seconds before the present the account's clock begins."""
    return 0


@pytest.fixture
def market(ago: float) -> Iterator[Account]:
    """An account of manual ads on a server of its own."""
    with Account.of_production(ago=ago) as one:
        yield one


@pytest.fixture
def shop(tmp_path: Path, market: Account) -> Workspace:
    """An empty workspace for that account."""
    return settle_in(tmp_path / "workspace", market)


@pytest.fixture
def days(market: Account) -> Pass:
    """Lets so many days pass, here and on the server."""
    return lambda count: world_of(market.url).sleep(count * 86_400)
