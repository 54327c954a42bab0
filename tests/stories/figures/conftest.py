"""A simulated account of production with two ads that show variants, and days that pass at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.figures.scene import declared
from tests.stories.hurry import world_of
from tests.stories.marketing.scene import settle_in
from tests.stories.refresh.scene import consent
from tests.stories.workspace import Workspace

Pass = Callable[[float], None]


@pytest.fixture
def market() -> Iterator[Account]:
    """An account of production on a server of its own; videos are made and transcoded at once, no ad tires."""
    with Account(contract="marketing", switches={"transcode_seconds": "0", "task_seconds": "0", "tiring": "0"}) as one:
        yield one


@pytest.fixture
def hooks(tmp_path: Path, market: Account) -> Workspace:
    """A refresh of two variants and an ad of each have been applied."""
    work = settle_in(tmp_path / "workspace", market)
    consent(work)
    work.manifest(*declared())
    work.apply()
    market.forget_calls()
    return work


@pytest.fixture
def days(market: Account) -> Pass:
    """Lets so many days pass, here and on the server."""
    return lambda count: world_of(market.url).sleep(count * 86_400)
