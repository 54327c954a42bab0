"""A refresh with a policy and two ads that show its variants."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.refresh.scene import consent
from tests.stories.renew.scene import declared
from tests.stories.workspace import Workspace


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
