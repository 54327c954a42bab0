"""An account of either contract of production."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stories.account import Account


@pytest.fixture(params=["marketing", "smart_plus"])
def market(request: pytest.FixtureRequest) -> Iterator[Account]:
    """Each test sees both."""
    with Account.of_production(request.param) as one:
        yield one
