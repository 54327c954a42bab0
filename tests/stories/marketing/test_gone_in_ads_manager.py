"""What somebody deletes in Ads Manager is gone with all below it, and one way out ends in an empty plan."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import STATUS, family
from tests.stories.workspace import Workspace

HIDDEN = {"data.list": [], "data.page_info.total_number": 0, "data.page_info.total_page": 0}


def test_a_deleted_campaign_takes_its_children_along(shop: Workspace, market: Account) -> None:
    """Drift names all three; recreating the campaign makes all three anew, and no call goes to the dead."""
    shop.manifest(*family(status="ENABLE"))
    shop.apply()
    dead = {market.objects(kind)[0][f"{kind}_id"] for kind in STATUS}
    market.edit("campaign", "spring", status="DELETE")
    told = shop.run("drift", "--json").json
    assert {one["address"] for one in told["drift"]} == {"campaign/spring", "adgroup/spring-us", "ad/spring-us-hero"}
    blocked = shop.plan()
    assert {row["op"] for row in blocked.rows.values()} == {"blocked"}
    assert all("--recreate campaign/spring" in row["hint"] for row in blocked.rows.values())
    market.forget_calls()
    assert set(shop.apply("--recreate", "campaign/spring").ended.values()) == {"done"}
    assert not any(one in str(body) for one in dead for _, body in market.posts())
    assert shop.in_sync()


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("campaign", "CAMPAIGN_STATUS_DELETE"),
        ("adgroup", "ADGROUP_STATUS_CAMPAIGN_DELETE"),
        ("ad", "AD_STATUS_ADGROUP_DELETE"),
    ],
)
def test_any_secondary_status_of_deletion_means_gone(shop: Workspace, market: Account, kind: str, status: str) -> None:
    """Listed as DISABLE or ENABLE or not: it is offered to nobody, and never written."""
    shop.manifest(*family())
    shop.apply()
    market.faults({"path": f"{kind}/get/", "edit": {"data.list.0.secondary_status": status}})
    rows = shop.plan().rows
    assert rows[f"{kind}/spring" + {"campaign": "", "adgroup": "-us", "ad": "-us-hero"}[kind]]["reason"] == "vanished"


def test_an_empty_listing_is_no_evidence(shop: Workspace, market: Account) -> None:
    """Three campaigns at once, one of them without its manifest: nothing is forgotten, and later it is paused."""
    names = ("a", "b", "c")
    for name in names:
        shop.manifest(*family()[:1], file=f"{name}.yaml")
        shop.replace("name: spring", f"name: {name}", f"manifests/{name}.yaml")
        shop.replace("spec:", "spec:\n  status: ENABLE", f"manifests/{name}.yaml")
    shop.apply()
    (shop.root / "manifests/c.yaml").unlink()
    market.faults({"path": "campaign/get/", "edit": HIDDEN})
    made = shop.plan()
    (broken,) = made.json["violations"]
    assert (broken["rule"], broken["address"]) == ("vanished_share", "campaign")
    assert broken["allow"] == "vanished_share=campaign"
    assert made.json["worst_case"] == {"before": None, "after": None}
    assert made.json["worst_case_known"] is False
    assert "Worst case a day: not known: the listing is not believed\n" in shop.run("plan").stdout
    assert "unlimited" not in shop.run("plan", "--format", "markdown").stdout
    ended = shop.run("apply", "--auto-approve", "--json")
    assert (ended.code, ended.json["outcomes"]) == (5, [])
    assert set(shop.lock) == {f"campaign/{one}" for one in names}
    market.faults()
    assert shop.apply().ended == {"campaign/c": "done"}
    assert market.one("campaign", "c")["status"] == "DISABLE"


def three_campaigns(shop: Workspace) -> None:
    """Campaigns a, b and c, each in a file of its own, running at 500 a day."""
    for name in ("a", "b", "c"):
        shop.manifest(*family()[:1], file=f"{name}.yaml")
        shop.replace("name: spring", f"name: {name}", f"manifests/{name}.yaml")
        shop.replace("spec:", "spec:\n  status: ENABLE", f"manifests/{name}.yaml")


def test_nothing_raises_on_the_word_of_an_empty_listing(shop: Workspace, market: Account) -> None:
    """Three campaigns that no list shows still spend: a fourth is not enabled as if the limit were free."""
    three_campaigns(shop)
    shop.apply()
    shop.configure(guardrails="{max_daily_spend: 1600.00}")
    shop.manifest(*family()[:1], file="new.yaml")
    shop.replace("name: spring", "name: new", "manifests/new.yaml")
    shop.replace("spec:", "spec:\n  status: ENABLE", "manifests/new.yaml")
    market.faults({"path": "campaign/get/", "edit": HIDDEN})
    market.forget_calls()
    refused = shop.run("apply", "--auto-approve", "--json")
    assert (refused.code, refused.codes) == (5, ["R813"])
    assert market.posts() == []


def test_an_ad_group_below_an_unlisted_campaign_is_not_forgotten(shop: Workspace, market: Account) -> None:
    """Its manifest goes while the campaigns are not listed: it is kept, and paused when they are back."""
    three_campaigns(shop)
    shop.manifest(*family(status="ENABLE")[1:2], file="group.yaml")
    shop.replace("campaign: spring", "campaign: a", "manifests/group.yaml")
    shop.apply()
    (shop.root / "manifests/group.yaml").unlink()
    market.faults({"path": "campaign/get/", "edit": HIDDEN})
    drift = shop.run("drift")
    assert "is gone" not in drift.stdout
    assert "recreate" not in drift.stdout
    assert shop.run("apply", "--auto-approve").code == 5
    assert "adgroup/spring-us" in shop.lock
    market.faults()
    assert shop.apply().ended == {"adgroup/spring-us": "done"}
    assert [one["status"] for one in market.objects("adgroup")] == ["DISABLE"]


def test_drift_leads_to_the_one_way_out(shop: Workspace, market: Account) -> None:
    """The command it prints for a dead ad makes all that died anew, and the plan is empty."""
    shop.manifest(*family())
    shop.apply()
    market.edit("campaign", "spring", status="DELETE")
    told = {one["address"]: one["revert"]["command"] for one in shop.run("drift", "--json").json["drift"]}
    assert set(told.values()) == {"reconciler apply --recreate campaign/spring"}
    assert set(shop.apply("--recreate", "campaign/spring").ended.values()) == {"done"}
    assert shop.in_sync()


def test_a_listing_that_is_allowed_to_be_empty_is_believed(shop: Workspace, market: Account) -> None:
    """With the rule lifted by name and reason, what is gone is forgotten."""
    for name in ("a", "b", "c"):
        shop.manifest(*family()[:1], file=f"{name}.yaml")
        shop.replace("name: spring", f"name: {name}", f"manifests/{name}.yaml")
    shop.apply()
    (shop.root / "manifests/c.yaml").unlink()
    market.faults({"path": "campaign/get/", "edit": HIDDEN})
    ended = shop.apply("--allow", "vanished_share=campaign", "--reason", "they are gone", code=5)
    assert ended.ended["campaign/c"] == "done"
    assert set(shop.lock) == {"campaign/a", "campaign/b"}
