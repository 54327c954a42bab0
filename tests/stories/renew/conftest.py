"""A simulated account of production, a refresh with a policy and two ads that show its variants; days pass at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.hurry import world_of
from tests.stories.marketing.scene import settle_in
from tests.stories.refresh.scene import consent
from tests.stories.renew.scene import declared
from tests.stories.workspace import Workspace

Pass = Callable[[float], None]


@pytest.fixture
def market() -> Iterator[Account]:
    """An account of production on a server of its own; videos are made and transcoded at once, no ad tires."""
    with Account(contract="marketing", switches={"transcode_seconds": "0", "task_seconds": "0", "tiring": "0"}) as one:
        yield one


@pytest.fixture
def bare(tmp_path: Path, market: Account) -> Workspace:
    """A workspace with consent, without manifests."""
    work = settle_in(tmp_path / "workspace", market)
    consent(work)
    return work


@pytest.fixture
def hooks(bare: Workspace, market: Account) -> Workspace:
    """A refresh of two variants with a policy, and an ad of each, have been applied."""
    bare.manifest(*declared())
    bare.apply()
    market.forget_calls()
    return bare


@pytest.fixture
def days(market: Account) -> Pass:
    """Lets so many days pass, here and on the server."""
    return lambda count: world_of(market.url).sleep(count * 86_400)
