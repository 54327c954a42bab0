"""Four accounts of one app on a server of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.scene import Fleet, advertiser
from tests.fleet.workers import QUEUE, Workers, workers_of
from tests.stories.account import Account

COUNT = 4


@pytest.fixture
def market() -> Iterator[Account]:
    """They are the token's."""
    own = ",".join(advertiser(number) for number in range(COUNT))
    with Account(contract="marketing", switches={"advertisers": own}) as one:
        yield one


@pytest.fixture
def fleet(tmp_path: Path, market: Account) -> Fleet:
    """Their fleet; nothing of it is there yet."""
    return Fleet(tmp_path / "fleet", market.url, COUNT)


@pytest.fixture
def workers(fleet: Fleet, dsn: str) -> Iterator[Workers]:
    """The same fleet with a queue, and none that serves it yet."""
    fleet.settings(more=QUEUE)
    with workers_of(fleet) as made:
        yield made
