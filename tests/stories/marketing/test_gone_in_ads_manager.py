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
    assert broken["allow"] == "--allow vanished_share=campaign --reason TEXT"
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
