"""Which accounts Ads Manager shows: those of production, none that is simulated or of the sandbox."""

from __future__ import annotations

import pytest

from reconciler.contracts.hosts import has_ads_manager


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://business-api.tiktok.com/open_api/v1.3", True),
        ("https://sandbox-ads.tiktok.com/open_api/v1.3", False),
        ("http://127.0.0.1:8080/open_api/v1.3", False),
        ("https://proxy.example/business-api.tiktok.com", False),
    ],
)
def test_only_real_accounts_have_links(url: str, shown: bool) -> None:
    """A link to an account that is not there would mislead whoever decides."""
    assert has_ads_manager(url) is shown
