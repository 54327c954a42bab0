"""Where the things of a plan can be looked at: its lines at the commit, its page, the objects in Ads Manager."""

from __future__ import annotations

from urllib.parse import quote

from msgspec import Struct

from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Source

# Ads Manager documents no address of one object. These are its tables, as many tools link to them; who follows one
# finds the object by the id that stands beside the link.
_ADS_MANAGER = "https://ads.tiktok.com/i18n/perf/{table}?aadvid={advertiser}"


class Links(Struct, frozen=True):
    """Every address is of a service that the caller knows; "" where there is none."""

    sources: str = ""
    """Of the workspace's folder at the commit: `https://github.com/acme/ads/blob/1a2b…/accounts/us`."""
    page: str = ""
    """Where the plan's HTML page can be opened."""
    gallery: str = ""
    """Where the variants that are asked about can be watched."""
    advertiser: str = ""
    """The account, where it is one that Ads Manager shows: not a simulated one, none of the sandbox."""

    def source(self, place: Source | None) -> str:
        """The line in the repository; GitHub and GitLab both take `#L7`."""
        return f"{self.sources}/{quote(place.file)}#L{place.line}" if self.sources and place else ""

    def live(self, address: Address, identity: str | None) -> str:
        """The table of Ads Manager that the object is in."""
        table = KINDS[address.kind].noun.table
        if not (table and identity and self.advertiser):
            return ""
        return _ADS_MANAGER.format(table=table, advertiser=quote(self.advertiser))


NOWHERE = Links()
