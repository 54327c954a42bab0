"""Manual campaigns and Smart+ in one account and one workspace: each row is written by the calls of its family."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.marketing import scene as manual
from tests.stories.smart_plus.scene import ad, adgroup, campaign, creatives, family, smart
from tests.stories.workspace import Workspace

ON = {"status": "ENABLE"}


def by_hand(*documents: str) -> list[str]:
    """The same of contract marketing."""
    return [one.replace("\nname:", "\ncontract: marketing\nname:", 1) for one in documents]


def old() -> list[str]:
    """A manual family that runs."""
    group, ad_ = manual.adgroup("old-us", "old", **ON), manual.ad("old-ad", "old-us", **ON)
    return by_hand(manual.campaign("old", **ON), group, ad_)


def calls(account: Account) -> dict[str, list[str]]:
    """The names of what each family's creates made."""
    found: dict[str, list[str]] = {"smart_plus": [], "marketing": []}
    for path, body in account.posts():
        if path.endswith("campaign/create/"):
            found["smart_plus" if path.startswith("smart_plus/") else "marketing"].append(body["campaign_name"])
    return found


@pytest.fixture
def both(shop: Workspace, market: Account) -> Workspace:
    """A manual family and one of Smart+ that run, in one workspace."""
    old = by_hand(
        manual.campaign("old", **ON), manual.adgroup("old-us", "old", **ON), manual.ad("old-ad", "old-us", **ON)
    )
    shop.manifest(*family(**ON), *old)
    shop.apply()
    return shop


def test_each_by_its_own_calls(both: Workspace, market: Account) -> None:
    """One plan, one apply, one lockfile that remembers which is which; then nothing is left to do."""
    assert calls(market) == {"smart_plus": ["spring"], "marketing": ["old"]}
    assert both.lock["campaign/old"]["contract"] == "marketing"
    assert both.lock["campaign/spring"]["contract"] == "smart_plus"
    made = both.plan()
    assert (made.rows, made.json["summary"]["unchanged"], made.json["summary"]["unmanaged"]) == ({}, 6, 0)


def test_edits_pauses_and_removals_of_both(both: Workspace, market: Account) -> None:
    """Each row by the calls of its family, and the money of both is counted."""
    assert both.plan().json["worst_case"]["after"] == "162.50"
    market.forget_calls()
    both.manifest(
        campaign(**ON), adgroup(budget=60, **ON), ad(**ON),
        *by_hand(manual.campaign("old", budget=120, **ON), manual.adgroup("old-us", "old", **ON)),
    )  # fmt: skip
    assert both.plan().ops == {"adgroup/us": "update", "campaign/old": "update", "ad/old-ad": "disable"}
    both.apply()
    assert {path for path, _ in market.posts()} == {
        "smart_plus/adgroup/update/", "campaign/update/", "ad/status/update/",
    }  # fmt: skip
    assert both.in_sync()


def test_a_family_cannot_be_mixed(shop: Workspace) -> None:
    """What belongs to an object has its contract; the error names both places."""
    shop.manifest(campaign(), *by_hand(manual.adgroup("us", "spring")))
    ended = shop.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R213"])
    told = ended.json["errors"][0]
    assert "manifests/a.yaml:1" in told["message"]
    assert "contract:" in told["hint"]


def test_openapi_has_no_family(work: Workspace) -> None:
    """`contract:` never goes with it."""
    work.manifest("kind: Campaign\ncontract: smart_plus\nname: x\nspec: {objective_type: TRAFFIC, budget_mode: "
                  "BUDGET_MODE_DAY, budget: 50}\n")  # fmt: skip
    assert work.run("validate", "--json").codes == ["R213"]


def test_a_bound_document_keeps_its_family(both: Workspace, market: Account) -> None:
    """Another contract for it is a blocked row, and nothing is sent."""
    market.forget_calls()
    both.manifest(
        *family(**ON), campaign("old", campaign_name="old"),
        adgroup("old-us", "old", adgroup_name="old-us"), ad("old-ad", "old-us", ad_name="old-ad"),
    )  # fmt: skip
    rows = both.plan().rows
    assert {address: row["code"] for address, row in rows.items()} == dict.fromkeys(
        ["campaign/old", "adgroup/old-us", "ad/old-ad"], "R722"
    )
    both.apply(code=5)
    assert market.posts() == []


def test_a_manual_one_of_the_same_name_is_no_twin(shop: Workspace, market: Account) -> None:
    """Smart+ takes any name; its own list tells them apart, also after a lost reply."""
    market.load(campaigns=[{"campaign_name": "spring", "objective_type": "TRAFFIC", "budget": 50}])
    shop.manifest(campaign())
    market.faults({"path": "smart_plus/campaign/create/", "nth": 1, "lose_reply": True})
    shop.apply(code=8)
    market.faults()
    shop.apply()
    assert len(market.objects("campaign")) == 2
    assert shop.in_sync()


def test_another_smart_plus_one_of_that_name_is_a_twin(shop: Workspace, market: Account) -> None:
    """The row is blocked and names it; it can be taken over."""
    shop.manifest(campaign())
    shop.apply()
    identity = shop.lock["campaign/spring"]["id"]
    assert shop.run("state", "rm", "campaign/spring").code == 0
    row = shop.plan().rows["campaign/spring"]
    assert (row["op"], row["code"], row["id"]) == ("blocked", "R701", identity)
    assert shop.run("adopt", "campaign/spring", identity).code == 0
    assert shop.in_sync()


def test_a_marketing_workspace_takes_smart_plus_in(shop: Workspace, market: Account) -> None:
    """A workspace of manual campaigns adopts what Smart+ made, family by family."""
    shop.manifest(*family(**ON))
    shop.apply()
    ids = {address: entry["id"] for address, entry in shop.lock.items()}
    for address in ("ad/us-hero", "adgroup/us", "campaign/spring"):
        assert shop.run("state", "rm", address).code == 0
    shop.replace("contract: smart_plus", "contract: marketing", "reconciler.yaml")
    market.forget_calls()
    smart_ones = [one.replace("\nname:", "\ncontract: smart_plus\nname:", 1) for one in family(**ON)]
    shop.manifest(*smart_ones, manual.campaign("old"))
    for address in ("campaign/spring", "adgroup/us", "ad/us-hero"):
        ended = shop.run("adopt", address, ids[address])
        assert ended.code == 0, ended.text
    assert shop.plan().ops == {"campaign/old": "create"}
    shop.apply()
    assert shop.in_sync()


def test_a_marketing_workspace_without_smart_plus_asks_nothing_of_it(
    tmp_path: object, shop: Workspace, market: Account
) -> None:
    """No call below smart_plus/ from a workspace of manual campaigns alone."""
    shop.replace("contract: smart_plus", "contract: marketing", "reconciler.yaml")
    shop.manifest(manual.campaign("old"))
    shop.apply()
    assert not any("smart_plus/" in one["path"] for one in market.calls())


@pytest.mark.parametrize("stops", ["four", "campaigns_stop", "all_stop"])
def test_the_end_of_manual_campaigns(both: Workspace, market: Account, stops: str) -> None:
    """The server's refusal has a hint; updates, pauses and removals go on; Smart+ goes on."""
    market.switch(manual_creates=stops)
    new = by_hand(manual.campaign("new", objective_type="WEB_CONVERSIONS"))
    less = by_hand(manual.campaign("old", budget=120, status="DISABLE"), manual.adgroup("old-us", "old", **ON))
    both.manifest(*family(**ON), *less, *new, campaign("later"))
    made = both.plan()
    assert any("campaign/new" in one and "smart_plus" in one for one in made.json["warnings"])
    ended = both.run("apply", "--auto-approve", "--json")
    assert ended.code == 9, ended.text
    assert ended.ended == {
        "campaign/new": "failed", "campaign/old": "done", "ad/old-ad": "done", "campaign/later": "done",
    }  # fmt: skip
    assert "contract: smart_plus" in ended.rows["campaign/new"]["error"]["hint"]


def test_drift_replace_and_saved_plans(both: Workspace, market: Account) -> None:
    """They work on rows of Smart+ as on all others."""
    market.edit("adgroup", "us", budget=70)
    drift = both.run("drift", "--json", "--detailed-exitcode")
    assert (drift.code, drift.json["summary"]) == (2, {"drifted": 1, "gone": 0})
    assert both.run("plan", "--out", "saved.json").code == 0
    assert both.run("apply", "saved.json").code == 0
    assert both.in_sync()
    group = both.lock["adgroup/us"]["id"]
    both.manifest(
        campaign(**ON), adgroup(optimization_event="ON_WEB_ORDER", **ON), ad(**ON),
        *old(),
    )  # fmt: skip
    assert both.plan().rows["adgroup/us"]["code"] == "R704"
    ended = both.apply("--replace", "adgroup/us")
    assert set(ended.ended.values()) == {"done"}
    (before,) = [one for one in market.objects("adgroup") if one["adgroup_id"] == group]
    assert before["status"] == "DISABLE"
    assert both.lock["adgroup/us"]["id"] != group
    assert both.in_sync()
    assert len(smart(market)) == 2


def test_what_is_removed_is_paused_then_deleted(both: Workspace, market: Account) -> None:
    """As everywhere; the manual family stays."""
    both.manifest(
        *by_hand(
            manual.campaign("old", **ON), manual.adgroup("old-us", "old", **ON), manual.ad("old-ad", "old-us", **ON)
        ),
    )
    both.apply()
    assert market.one("campaign", "spring")["status"] == "DISABLE"
    assert smart(market)[0]["status"] == "DISABLE"
    assert creatives(market) == {"v1": "ENABLE", "v2": "ENABLE"}
    assert both.in_sync()


def test_deleted_in_ads_manager(both: Workspace, market: Account) -> None:
    """Gone, with all below it: blocked until somebody says that it is to be made anew."""
    market.operate("edit", {"id": both.lock["campaign/spring"]["id"], "status": "DELETE"})
    rows = both.plan().rows
    assert {row["reason"] for row in rows.values()} == {"vanished"}
    both.apply("--recreate", "campaign/spring")
    assert both.in_sync()
    assert len([one for one in market.objects("campaign") if one["status"] == "ENABLE"]) == 2


def test_what_only_the_other_familys_list_shows_is_neither_gone_nor_somebody_elses(
    both: Workspace, market: Account
) -> None:
    """For a moment the lists of Smart+ are empty, while the manual ones name its objects: what has no manifest any more
    is not forgotten, for it runs and would be nobody's; the next apply pauses it."""
    both.manifest(*old())
    nothing = {"data.list": [], "data.page_info.total_number": 0, "data.page_info.total_page": 0}
    lists = [f"smart_plus/{one}/get/" for one in ("campaign", "adgroup", "ad")]
    market.faults(*({"path": path, "from": 1, "edit": nothing} for path in lists))
    ended = both.run("apply", "--auto-approve", "--json")
    assert (ended.code, {row["error"]["code"] for row in ended.rows.values()}) == (5, {"R702"})
    market.faults()
    both.apply()
    assert market.one("campaign", "spring")["status"] == "DISABLE"
