"""An account of either contract of production."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stories.account import Account


@pytest.fixture(params=["marketing", "smart_plus"])
def market(request: pytest.FixtureRequest) -> Iterator[Account]:
    """Each test sees both; videos are transcoded at once."""
    with Account(contract=request.param, switches={"transcode_seconds": "0", "task_seconds": "0"}) as one:
        yield one
