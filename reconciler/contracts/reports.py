"""What can be read beside objects: reports, audiences, the account's facts. One row of data a contract.

Sources: the OpenAPI document, calls report and audience; the fact sheet of production, 1.6, 3.2, 4 (rows 14 to 18), 5.
Reports on the creatives of Smart+ ads are other calls: `materials.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

REPORT = "report/integrated/get/"
AUDIENCES = "dmp/custom_audience/list/"
IDS = ("advertiser_id", "campaign_id", "adgroup_id", "ad_id")
"""From coarse to fine; a dimension must not be finer than the data level."""
LEVELS = ("ADVERTISER", "CAMPAIGN", "ADGROUP", "AD")
CREATIVE = "creative"
"""Our word for the level below the ads of Smart+, which is no data level of the API."""
DAY, HOUR = "stat_time_day", "stat_time_hour"
TIMES = (HOUR, DAY, "stat_time_week", "stat_time_month")
ORDERS = ("ASC", "DESC")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


class Filter(NamedTuple):
    """One condition on the rows of a report, such as ad_status, IN, (STATUS_ALL)."""

    field: str
    type: str
    values: tuple[str, ...]

    def wire(self) -> dict[str, str]:
        """As the API wants it: the value is JSON inside a text."""
        if self.type == "IN":
            value = compact(list(self.values))
        else:
            given = ",".join(self.values)
            value = given if _NUMBER.fullmatch(given) else compact(given)
        return {"field_name": self.field, "filter_type": self.type, "filter_value": value}


class Asked(Struct, frozen=True):
    """The report somebody wants. Dates are `YYYY-MM-DD`, and None with `lifetime`."""

    type: str
    level: str
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    start: str | None = None
    end: str | None = None
    filters: tuple[Filter, ...] = ()
    order_by: str | None = None
    order: str | None = None
    lifetime: bool = False
    totals: bool = False

    @property
    def time(self) -> str | None:
        """The dimension of time among the others."""
        return next((one for one in self.dimensions if one in TIMES), None)


class ReportCall(NamedTuple):
    """A listing to be read page by page."""

    path: str
    query: Mapping[str, str]
    """Without its page."""
    page_size: int


class Reports(Struct, frozen=True):
    """How one contract gives reports and audiences."""

    join: Callable[[Sequence[str]], str]
    """A list as one query parameter."""
    types: tuple[str, ...]
    services: tuple[str, ...]
    """What a data level begins with."""
    takes: frozenset[str]
    """Query parameters beyond those that every contract takes."""
    longest: Mapping[str | None, int]
    """Most days of one report by its dimension of time; what is not in here is not documented."""
    audience_fields: Mapping[str, str]
    """Our name of an audience's field → the API's."""
    audiences_counted: bool
    """Whether the list of audiences promises a page_info."""
    account_path: str | None
    """The call that tells currency and time zone."""
    creatives: bool = False
    """Whether there are reports on the creatives of Smart+ ads."""
    page_size: int = 1000
    audiences_page: int = 100

    @property
    def levels(self) -> tuple[str, ...]:
        """Every level, the API's and ours."""
        own = (CREATIVE,) if self.creatives else ()
        return (*(f"{service}_{level}" for service in self.services for level in LEVELS), *own)

    def call(self, advertiser: str, asked: Asked) -> ReportCall:
        """The listing that tells a report of a data level. `asked` has passed its checks."""
        query = {
            "advertiser_id": advertiser,
            "report_type": asked.type,
            "data_level": asked.level,
            "dimensions": self.join(asked.dimensions),
            "metrics": self.join(asked.metrics),
        }
        if "service_type" in self.takes:
            query["service_type"] = asked.level.partition("_")[0]
        if asked.lifetime:
            query["query_lifetime"] = "true"
        if asked.start and asked.end:
            query.update(start_date=asked.start, end_date=asked.end)
        if asked.filters:
            query["filtering"] = compact([one.wire() for one in asked.filters])
        if asked.order_by:
            query.update(order_field=asked.order_by, order_type=asked.order or "DESC")
        if asked.totals:
            query["enable_total_metrics"] = "true"
        return ReportCall(REPORT, query, self.page_size)

    def account_query(self, *advertisers: str) -> dict[str, str]:
        """The query of `account_path` for these accounts."""
        return {"advertiser_ids": self.join(advertisers)}


def compact(value: object) -> str:
    """JSON in one parameter: no spaces, and characters beyond ASCII as they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


_AUDIENCE = {"id": "audience_id", "name": "name", "type": "audience_type"}
_REPORTS = {
    "openapi": Reports(
        join=",".join,
        types=("BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC"),
        services=("AUCTION",),
        takes=frozenset(),
        longest={},
        audience_fields={**_AUDIENCE, "size": "size"},
        audiences_counted=False,
        account_path=None,
    ),
    "marketing": Reports(
        join=lambda words: compact(list(words)),
        types=("BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP"),
        services=("AUCTION", "RESERVATION"),
        takes=frozenset(
            {"service_type", "query_lifetime", "filtering", "order_field", "order_type", "enable_total_metrics"}
        ),
        longest={DAY: 30, HOUR: 1, None: 365},
        audience_fields={
            **_AUDIENCE,
            "size": "cover_num",
            "valid": "is_valid",
            "created": "create_time",
            "expires": "expired_time",
            "trouble": "error_msg",
        },
        audiences_counted=True,
        account_path="advertiser/info/",
        creatives=True,
    ),
}
# One account holds both families: the classic report covers Smart+, and the reports of creatives are open to all.
REPORTS: Mapping[str, Reports] = {**_REPORTS, "smart_plus": _REPORTS["marketing"]}
"""By the contract's name."""
