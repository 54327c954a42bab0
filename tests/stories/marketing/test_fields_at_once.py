"""All fields of production in one account, on servers that answer in every way the documents leave open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.marketing.scene import settle_in
from tests.stories.marketing.trials import CASES, Trial
from tests.stories.workspace import Workspace

SERVERS: Mapping[str, Mapping[str, str]] = {
    "replacing": {"adgroup_update": "replace", "absent_fields": "omitted", "ids_as": "number", "list_order": "oldest"},
    "merging": {"absent_fields": "omitted", "asset_answer": "object", "numbers_as": "string", "no_update": "on"},
    "replacing with nulls": {"adgroup_update": "replace", "ids_as": "number", "secondary_status": "off"},
    "awkward": {"cbo_default": "on", "birth_status": "ignored", "filter": "ignored", "max_page_size": "7"},
    "slow": {"list_lag": "0.3", "errors_as": "http", "request_id": "off"},
}
TRIALS = [Trial(*case) for case in CASES if case[0] == "marketing"]


@pytest.mark.parametrize("server", rotating(list(SERVERS), 5))
def test_all_fields_at_once(tmp_path: Path, server: str) -> None:
    """Applied, then every one changed, applied and taken back, then left out: no difference stays."""
    with Account.of_production(switches=SERVERS[server]) as account:
        work = settle_in(tmp_path, account)
        declare(work, (one.first() for one in TRIALS))
        assert set(work.apply().ended.values()) == {"done"}
        assert work.in_sync()

        declare(work, (one.second() for one in TRIALS))
        rows = work.plan().rows
        seen = {address: {one["path"] for one in row["fields"]} for address, row in rows.items()}
        assert seen == {one.address: one.changed for one in TRIALS}
        blocked = {one.address for one in TRIALS if one.sample.fixed}
        ended = work.apply(code=5).ended
        assert {address for address, outcome in ended.items() if outcome != "done"} == blocked

        declare(work, (one.first() if one.sample.fixed else one.second() for one in TRIALS))
        assert work.in_sync()
        kept = {one.address: one.first() if one.sample.fixed else one.second() for one in TRIALS}
        left_out = [one for one in TRIALS if not one.sample.needed]
        declare(work, (kept | {one.address: one.without() for one in left_out}).values())
        made = work.plan()
        assert made.rows == {}
        told = made.json["warnings"]
        assert all(any(f"{one.address}: {one.field} " in warning for warning in told) for one in left_out)


def declare(work: Workspace, documents: Iterable[list[str]]) -> None:
    """These are all the manifests."""
    work.manifest(*(text for one in documents for text in one))
