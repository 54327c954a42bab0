"""Many objects: as many writes as objects and one pause a campaign, few reads, and nothing at all the second time."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign
from tests.stories.workspace import Workspace


@pytest.mark.parametrize(("groups_each", "ads_each"), [(10, 11), pytest.param(50, 20, marks=pytest.mark.proof)])
def test_two_campaigns_of_many_ad_groups_and_ads(
    work: Workspace, account: Account, groups_each: int, ads_each: int
) -> None:
    """Up to 2,102 objects: two writes more than objects, at most 10 reads, every id in the lockfile; then not a single
    write."""
    groups = [f"c{campaign}-g{number}" for campaign in range(2) for number in range(groups_each)]
    ads = len(groups) * ads_each
    work.manifest(*(campaign(f"c{number}") for number in range(2)), *(adgroup(one, one[:2]) for one in groups))
    for parent in groups:
        work.manifest(*(ad(f"{parent}-a{number}", parent) for number in range(ads_each)), file=f"{parent}.yaml")
    applied = work.apply()
    assert applied.json["summary"]["done"] == 2 + len(groups) + ads
    calls = Counter(f"{one['method']} {one['path']}" for one in account.calls())
    assert {path: count for path, count in calls.items() if path.startswith("POST")} == {
        "POST campaign/create/": 2,
        "POST campaign/update/": 2,
        "POST adgroup/create/": len(groups),
        "POST ad/create/": ads,
    }
    assert sum(count for path, count in calls.items() if path.startswith("GET")) <= 10
    truth = {kind: {one[f"{kind}_id"] for one in account.objects(kind)} for kind in ("campaign", "adgroup", "ad")}
    lock = work.lock
    for kind, ids in truth.items():
        assert {entry["id"] for address, entry in lock.items() if address.startswith(f"{kind}/")} == ids
    account.forget_calls()
    assert work.apply().json["outcomes"] == []
    assert account.posts() == []
    assert work.in_sync()
