"""Four accounts of one app on a server of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.scene import Fleet, advertiser
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
