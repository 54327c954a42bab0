"""The fixtures of these stories."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stories.account import Account


@pytest.fixture
def market() -> Iterator[Account]:
    """An account of production on a server of its own."""
    with Account(contract="marketing") as one:
        yield one
