"""A refresh with a policy and two ads that show its variants."""

from __future__ import annotations

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.conftest import Pass
from tests.stories.figures.scene import HOURS, since
from tests.stories.refresh.scene import consent
from tests.stories.renew.scene import declared, falls, steady
from tests.stories.workspace import Workspace


@pytest.fixture(params=rotating(list(HOURS), len(HOURS)))
def ago(request: pytest.FixtureRequest) -> float:
    """At one of the hours."""
    return since(HOURS[request.param])


@pytest.fixture
def bare(shop: Workspace) -> Workspace:
    """A workspace with consent, without manifests."""
    consent(shop)
    return shop


@pytest.fixture
def hooks(bare: Workspace, market: Account) -> Workspace:
    """A refresh of two variants with a policy, and an ad of each, have been applied."""
    bare.manifest(*declared())
    bare.apply()
    market.forget_calls()
    return bare


@pytest.fixture
def tired(hooks: Workspace, market: Account, days: Pass) -> Workspace:
    """Both ads have lost two fifths of their hooks for ten days."""
    steady(market, "hook-1", "hook-2")
    falls(market, "hook-1", "hook-2", after=20)
    days(32)
    market.forget_calls()
    return hooks


@pytest.fixture
def proposed(tired: Workspace) -> Workspace:
    """The step is written down."""
    assert tired.run("renew", "--write").code == 0
    return tired
