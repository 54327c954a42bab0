"""Two ads that show variants."""

from __future__ import annotations

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.figures.scene import HOURS, declared, since
from tests.stories.refresh.scene import consent
from tests.stories.workspace import Workspace


@pytest.fixture(params=rotating(list(HOURS), len(HOURS)))
def ago(request: pytest.FixtureRequest) -> float:
    """At one of the hours."""
    return since(HOURS[request.param])


@pytest.fixture
def hooks(shop: Workspace, market: Account) -> Workspace:
    """A refresh of two variants and an ad of each have been applied."""
    consent(shop)
    shop.manifest(*declared())
    shop.apply()
    market.forget_calls()
    return shop
