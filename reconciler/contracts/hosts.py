"""Which contract the platform's own hosts speak, and how its sandbox differs (fact sheet of production, 1 and 6)."""

from __future__ import annotations

from urllib.parse import urlsplit

_PRODUCTION = "business-api.tiktok.com"
_SPOKEN = {_PRODUCTION: ("marketing", "smart_plus"), "sandbox-ads.tiktok.com": ("marketing",)}
_SANDBOX = "sandbox-ads.tiktok.com"
SANDBOX_CALLS = (1, 30)
"""Calls a second and a minute of each endpoint of the sandbox; a day has 1,000."""
SANDBOX_DIFFERS = (
    "1 call a second, 30 a minute and 1,000 a day for each call; reports hold made-up figures of December 2020; there "
    "are no audiences, no generated videos, no look-up of videos, and nothing is delivered"
)


def spoken_at(url: str) -> tuple[str, ...] | None:
    """The names of the contracts spoken at a base URL; None where only asking can tell."""
    return _SPOKEN.get(urlsplit(url).hostname or "")


def is_sandbox(url: str) -> bool:
    """Whether a base URL is the sandbox."""
    return urlsplit(url).hostname == _SANDBOX


def has_ads_manager(url: str) -> bool:
    """Whether the accounts behind a base URL are those that Ads Manager shows: real ones, none of the sandbox."""
    return urlsplit(url).hostname == _PRODUCTION


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine by its very name: no lookup is made."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return is_loopback_name(host)


def is_loopback_name(host: str) -> bool:
    """The same of a host alone."""
    return host in ("localhost", "::1") or (host.startswith("127.") and host.replace(".", "").isdigit())
