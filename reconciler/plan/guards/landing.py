"""landing_domains: where a tap on an ad may lead. Held where the address changes, or where the ad becomes enabled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from reconciler.model import Violation
from reconciler.plan.guards.rails import Scene, violation
from reconciler.plan.guards.turns import Turn, turns

RULE = "landing_domains"
_PATHS = ("landing_page_url", "landing_page_urls")


def check(scene: Scene) -> Iterator[Violation]:
    """Rows that lead, or let somebody be led, to a host that is neither a domain of the list nor below one."""
    domains = scene.rails.landing_domains
    for turn in turns(scene) if domains else ():
        hosts = [host_of(url) for url in _urls(turn, scene)]
        wrong = next((host for host in hosts if not any(is_below(host, domain) for domain in domains)), None)
        if wrong is not None:
            yield violation(RULE, turn.address, wrong, ", ".join(domains))


def host_of(url: str) -> str:
    """The host in lower case, in punycode; the whole text where a browser might see another one than this does."""
    try:
        host = urlsplit(url).hostname or ""
        odd = "\\" in url or not url.isprintable()
        return url if odd or not host else punycode(host)
    except ValueError:
        return url


def punycode(host: str) -> str:
    """A domain as the name servers know it. Raises ValueError for what is none."""
    return host.rstrip(".").encode("idna").decode().lower()


def is_below(host: str, domain: str) -> bool:
    """Whether it is the domain or a subdomain."""
    return host == domain or host.endswith(f".{domain}")


def _urls(turn: Turn, scene: Scene) -> Iterator[str]:
    """The landing pages that the row sets, and of what becomes enabled those that it has."""
    rows = {one.path: one for one in turn.change.fields}
    resource = scene.desired.get(turn.address)
    for path in _PATHS:
        row = rows.get(path)
        if row is not None and (row.side != "theirs" or turn.starts):
            yield from _texts(row.new)
        elif row is None and turn.starts:
            declared = resource.fields.get(path) if resource else None
            yield from _texts(turn.after.get(path) or declared or turn.applied.get(path))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _texts(one)
