"""A simulated account of production that takes Smart+."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stories.account import Account


@pytest.fixture
def market() -> Iterator[Account]:
    """An account on a server of its own."""
    with Account.of_production("smart_plus") as one:
        yield one
