"""Many objects: as many writes as objects and one pause a campaign, few reads, and nothing at all the second time."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign
from tests.stories.workspace import Workspace

PAGE = 1000
"""Rows that one request brings."""


def pages(rows: int) -> int:
    """The requests of a list; an empty one takes one, too."""
    return max(1, -(-rows // PAGE))


@pytest.mark.parametrize(("groups", "ads"), [(0, 0), (1000, 1001), (1001, 2500)])
def test_a_plan_asks_for_the_pages_of_each_list(work: Workspace, account: Account, groups: int, ads: int) -> None:
    """And for nothing else: no object is read by itself, whoever has made it."""
    account.load(
        campaigns=[{"campaign_name": "theirs", "budget": 50.0, "budget_mode": "BUDGET_MODE_DAY", "status": "DISABLE"}],
        adgroups=[{"parent": 0, "adgroup_name": f"g{number}", "budget": 1.0} for number in range(groups)],
        ads=[{"parent": 0, "ad_name": f"a{number}"} for number in range(ads)],
    )
    work.manifest(campaign())
    assert list(work.plan().ops) == ["campaign/spring"]
    assert Counter(f"{one['method']} {one['path']}" for one in account.calls()) == {
        "GET campaign/get/": 1,
        "GET adgroup/get/": pages(groups),
        "GET ad/get/": pages(ads),
    }


@pytest.mark.parametrize(("groups_each", "ads_each"), [(10, 11), pytest.param(50, 20, marks=pytest.mark.proof)])
def test_two_campaigns_of_many_ad_groups_and_ads(
    work: Workspace, account: Account, groups_each: int, ads_each: int
) -> None:
    """Up to 2,102 objects: two writes more than objects, each list read for the plan and once more when what it shows
    is made, every id in the lockfile; then not a single write."""
    groups = [f"c{campaign}-g{number}" for campaign in range(2) for number in range(groups_each)]
    ads = len(groups) * ads_each
    work.manifest(*(campaign(f"c{number}") for number in range(2)), *(adgroup(one, one[:2]) for one in groups))
    for parent in groups:
        work.manifest(*(ad(f"{parent}-a{number}", parent) for number in range(ads_each)), file=f"{parent}.yaml")
    applied = work.apply()
    assert applied.json["summary"]["done"] == 2 + len(groups) + ads
    calls = Counter(f"{one['method']} {one['path']}" for one in account.calls())
    assert calls == {
        "POST campaign/create/": 2,
        "POST campaign/update/": 2,
        "POST adgroup/create/": len(groups),
        "POST ad/create/": ads,
        "GET campaign/get/": 2,
        "GET adgroup/get/": 2,
        "GET ad/get/": 1 + pages(ads),
    }
    truth = {kind: {one[f"{kind}_id"] for one in account.objects(kind)} for kind in ("campaign", "adgroup", "ad")}
    lock = work.lock
    for kind, ids in truth.items():
        assert {entry["id"] for address, entry in lock.items() if address.startswith(f"{kind}/")} == ids
    account.forget_calls()
    assert work.apply().json["outcomes"] == []
    assert account.posts() == []
    assert work.in_sync()
