"""What else is in the account: Smart+ objects, audiences by name, removals, carousels, limits of the app."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.stories.account import ADVERTISER, Account
from tests.stories.marketing.scene import (
    STATUS,
    ad,
    adgroup,
    campaign,
    configure,
    error,
    family,
    fields_of,
    of,
    paths,
    settle_in,
    statuses,
)
from tests.stories.workspace import FAST, Workspace

DMP = "dmp/custom_audience/list/"


def smart(market: Account, kind: str = "UPGRADED_SMART_PLUS", name: str = "spring") -> dict[str, list[str]]:
    """A campaign that Smart+ has made, with an ad group and an ad; their ids."""
    top = {"campaign_name": name, "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 100}
    return market.load(
        campaigns=[{**top, "campaign_automation_type": kind}],
        adgroups=[{"adgroup_name": "spring-us", "parent": 0}],
        ads=[{"ad_name": "spring-us-hero", "parent": 0}],
    )


@pytest.mark.parametrize("kind", ["SMART_PLUS", "UPGRADED_SMART_PLUS"])
def test_what_smart_plus_made_is_unmanaged(shop: Workspace, market: Account, kind: str) -> None:
    """Counted, never written, never adopted; its name is not taken over either."""
    made = smart(market, kind)
    assert shop.plan().json["summary"]["unmanaged"] == 3
    shop.manifest(*family())
    row = shop.apply(code=5).rows["campaign/spring"]
    assert (row["error"]["code"], "Smart+" in row["error"]["hint"]) == ("R701", True)
    assert "adopt" not in row["error"]["hint"]
    ended = shop.run("adopt", "campaign/spring", made["campaigns"][0], "--json")
    assert (ended.code, ended.codes) == (1, ["R722"])
    assert market.posts() == []


def test_what_smart_plus_has_taken_over_is_blocked(shop: Workspace, market: Account) -> None:
    """A campaign of ours that was upgraded by hand: R722 for it and what is below, nothing is sent."""
    shop.manifest(*family())
    shop.apply()
    market.edit("campaign", "spring", campaign_automation_type="UPGRADED_SMART_PLUS")
    market.forget_calls()
    shop.manifest(campaign(budget=200), adgroup(budget=40), ad(ad_text="Play"))
    ended = shop.apply(code=5)
    assert {row["error"]["code"] for row in ended.rows.values()} <= {"R722", "R707"}
    assert len(ended.rows) == 3
    assert "remove its manifest" in error(ended, "campaign/spring")["hint"]
    assert market.posts() == []


def test_audiences_are_named(shop: Workspace, market: Account) -> None:
    """Names and ids go as ids, in any order; one listing, and none where only ids are written."""
    shop.manifest(campaign(), adgroup(audiences="[Audience 2, Audience 1]", excluded_audiences="[Audience 3]"))
    shop.apply()
    (row,) = market.objects("adgroup")
    assert (len(row["audience_ids"]), len(row["excluded_audience_ids"])) == (2, 1)
    assert all(one.isdigit() for one in (*row["audience_ids"], *row["excluded_audience_ids"]))
    assert shop.in_sync()
    first = row["audience_ids"][0]
    market.forget_calls()
    shop.manifest(campaign(), adgroup(audiences=f'["{first}"]', excluded_audiences=None))
    assert fields_of(shop.plan(), "adgroup/spring-us").keys() == {"audiences"}
    assert DMP not in [one["path"] for one in market.calls()]
    shop.apply()
    assert market.objects("adgroup")[0]["audience_ids"] == [first]


@pytest.mark.parametrize("field", ["audiences", "excluded_audiences"])
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_an_audience_nobody_has(shop: Workspace, market: Account, field: str, command: str) -> None:
    """R305 at the very name, all at once, exit 3; nothing is sent."""
    shop.manifest(campaign(), adgroup(**{field: "[Audience 1, Buyers, Byers]"}))
    ended = shop.run(command, "--json", *(["--auto-approve"] if command == "apply" else []))
    assert (ended.code, ended.codes) == (3, ["R305", "R305"]), ended.text
    (one, other) = ended.json["errors"]
    line = (shop.root / "manifests/a.yaml").read_text("utf-8").splitlines()[one["line"] - 1]
    assert line[one["column"] - 1 :].startswith("Buyers")
    assert line[other["column"] - 1 :].startswith("Byers")
    assert ("Buyers" in one["message"], one["address"]) == (True, "adgroup/spring-us")
    assert market.posts() == []


def test_an_audience_nobody_has_that_came_through_an_input(shop: Workspace) -> None:
    """R305 at the scalar of the module that took the list, and at the use that gave it."""
    shop.write("modules/m/module.yaml", "inputs: {people: {type: list}}\n")
    shop.write("modules/m/m.yaml", "---\n".join((campaign(), adgroup(audiences="${people}"))))
    shop.manifest("kind: Use\nname: gb\nmodule: modules/m\ninputs: {people: [Audience 1, Byers]}\n")
    (found,) = shop.run("plan", "--json").json["errors"]
    line = (shop.root / "modules/m/m.yaml").read_text("utf-8").splitlines()[found["line"] - 1]
    assert line[found["column"] - 1 :] == "${people}"
    assert (found["code"], found["address"]) == ("R305", "adgroup/gb-spring-us")
    assert found["use"] == {"file": "manifests/a.yaml", "line": 1}
    assert "`${people}`" in found["hint"]


def test_an_audience_whose_name_two_have(shop: Workspace, market: Account) -> None:
    """R305 names both ids; an id in quotes says which."""
    market.faults({"path": DMP, "edit": {"data.list.1.name": "Audience 1"}})
    shop.manifest(campaign(), adgroup(audiences="[Audience 1]"))
    ended = shop.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R305"])
    ids = [word for word in ended.json["errors"][0]["hint"].replace(",", " ").split() if word.isdigit()]
    assert len(ids) == 2
    shop.manifest(campaign(), adgroup(audiences=f'["{ids[0]}"]'))
    market.faults()
    assert set(shop.apply().ended.values()) == {"done"}


def test_an_audience_that_is_named_twice(shop: Workspace, market: Account) -> None:
    """By name and by id it is one audience."""
    shop.manifest(campaign(), adgroup(audiences="[Audience 1]"))
    shop.apply()
    (one,) = market.objects("adgroup")[0]["audience_ids"]
    shop.manifest(campaign(), adgroup(audiences=f'[Audience 1, "{one}"]'))
    assert shop.in_sync()


@pytest.mark.parametrize("kind", STATUS)
def test_what_is_removed_is_paused_by_its_own_call(shop: Workspace, market: Account, kind: str) -> None:
    """Every kind has a status here: one call, and its entry stays."""
    texts = dict(zip(STATUS, family(status="ENABLE"), strict=True))
    shop.manifest(*texts.values())
    shop.apply()
    market.forget_calls()
    names = {"campaign": "spring", "adgroup": "spring-us", "ad": "spring-us-hero"}
    below = list(STATUS)[list(STATUS).index(kind) :]
    shop.manifest(campaign("stays"), *(text for one, text in texts.items() if one not in below))
    assert {shop.plan().ops[f"{one}/{names[one]}"] for one in below} == {"disable"}
    shop.apply()
    assert {statuses(market)[f"{one}/{names[one]}"] for one in below} == {"DISABLE"}
    assert next(path for path in paths(market) if path in STATUS.values()) == STATUS[kind]
    assert shop.in_sync()


def test_what_is_to_be_deleted_is_paused_and_deleted_after_the_hold(shop: Workspace, market: Account) -> None:
    """`on_remove: delete` with a hold of no days: disabled by one apply, deleted by the next; nobody sees it again."""
    configure(shop, guardrails="{max_daily_spend: 1000, delete_hold_days: 0}")
    gone = "on_remove: delete"
    shop.manifest(campaign("stays"), campaign(lifecycle=gone), adgroup(lifecycle=gone), ad(lifecycle=gone))
    shop.apply()
    shop.manifest(campaign("stays"))
    for _ in range(5):
        if shop.in_sync():
            break
        shop.apply()
    assert shop.in_sync()
    assert [of(market, kind, status="DELETE") != [] for kind in ("campaign",)] == [True]
    assert list(shop.lock) == ["campaign/stays"]


def test_the_format_of_a_carousel_is_fixed(shop: Workspace, market: Account) -> None:
    """R704 before anything is sent, not the platform's refusal."""
    images: dict[str, Any] = {"video": None, "image_ids": "[i1]"}
    shop.manifest(campaign(), adgroup(), ad(ad_format="CAROUSEL_ADS", **images))
    shop.apply()
    shop.manifest(campaign(), adgroup(), ad(ad_format="SINGLE_IMAGE", **images))
    assert error(shop.apply(code=5), "ad/spring-us-hero")["code"] == "R704"


def test_ads_are_made_within_their_own_limit(tmp_path: Path) -> None:
    """ad/create has a class of its own: never refused by a server that counts, while other calls are not held back."""
    limits = {"rate": "on", "rate_per_second": "500", "rate_per_minute": "9000", "rate_ad_create_per_second": "4"}
    with Account.of_production(switches=limits) as market:
        work = settle_in(tmp_path, market, rate=f"{{default: {FAST}, ad_create: {{per_second: 4, per_minute: 150}}}}")
        work.manifest(campaign(), adgroup(), *(ad(f"ad-{number}") for number in range(10)))
        assert set(work.apply().ended.values()) == {"done"}
        calls = market.calls("POST")
        assert {one["code"] for one in calls} == {"0"}
        assert len([one for one in calls if one["path"] == "ad/create/"]) == 10
        assert len(market.objects("ad")) == 10


def test_a_throttle_by_the_minute_is_waited_out(tmp_path: Path) -> None:
    """Somebody else of the app has used it up: the refused create is looked for, then sent again, and made once."""
    with Account.of_production() as market:
        work = settle_in(tmp_path, market, quiet=0.3)
        market.faults({"path": "ad/create/", "to": 3, "code": 40100, "message": "Too many requests"})
        work.manifest(*family())
        ended = work.apply()
        assert "throttled; waiting" in ended.stderr
        assert paths(market).count("ad/create/") == 4
        assert len(market.objects("ad")) == 1


@pytest.mark.parametrize(("kind", "name"), [("ad", "video_id"), ("adgroup", "audience_ids")])
def test_extra_cannot_name_a_field_by_its_wire_name(shop: Workspace, kind: str, name: str) -> None:
    """`video` and `audiences` are the fields; what they are called on the wire is ours to send."""
    extra = f"{{{name}: x}}"
    shop.manifest(
        campaign(), adgroup(extra=extra if kind == "adgroup" else None), ad(extra=extra if kind == "ad" else None)
    )
    ended = shop.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R213"])


def test_special_industries_can_only_be_cleared(shop: Workspace, market: Account) -> None:
    """Fewer, or others, are fixed; none is an update."""
    shop.manifest(campaign(special_industries="[HOUSING, CREDIT]"))
    shop.apply()
    for other in ("[HOUSING]", "[EMPLOYMENT]"):
        shop.manifest(campaign(special_industries=other))
        assert error(shop.apply(code=5), "campaign/spring")["code"] == "R704"
    shop.manifest(campaign(special_industries="[]"))
    assert shop.apply().ended == {"campaign/spring": "done"}
    assert market.objects("campaign")[0]["special_industries"] == []
    assert shop.in_sync()


def test_a_currency_of_whole_units(shop: Workspace, market: Account) -> None:
    """5000.0 yen are 5000: sent without decimals, and no difference comes back."""
    market.operate("account", {"advertiser_id": ADVERTISER, "currency": "JPY"})
    configure(shop, currency="JPY", guardrails="{max_daily_spend: 1000000}")
    shop.manifest(campaign(budget=5000), adgroup(budget=2000, bid_type="BID_TYPE_CUSTOM", bid_price=100), ad())
    shop.apply()
    assert [body["budget"] for _, body in market.posts() if "budget" in body] == ["5000", "2000"]
    assert shop.in_sync()


@pytest.mark.parametrize("committed", [True, False])
def test_a_server_that_says_nothing_changed(shop: Workspace, market: Account, committed: bool) -> None:
    """40012 is believed only when the account shows what was sent."""
    shop.manifest(*family())
    shop.apply()
    market.faults({"path": "campaign/update/", "code": 40012, **({"commit": True} if committed else {})})
    shop.manifest(campaign(budget=120), adgroup(), ad())
    ended = shop.run("apply", "--auto-approve", "--json")
    assert (ended.code == 0) == committed, ended.text
    market.faults()
    shop.apply()
    assert market.objects("campaign")[0]["budget"].startswith("120")
    assert shop.in_sync()


def test_objects_that_were_there_are_adopted(shop: Workspace, market: Account) -> None:
    """Campaign, ad group and ad by their ids; the plan shows only what differs, and applying it is the end."""
    shop.manifest(*family())
    shop.apply()
    ids = {address: entry["id"] for address, entry in shop.lock.items()}
    other = Workspace(shop.root.parent / "other", shop.url)
    configure(other)
    other.manifest(campaign(), adgroup(languages="[en]"), ad())
    for address in ("campaign/spring", "adgroup/spring-us", "ad/spring-us-hero"):
        assert other.run("adopt", address, ids[address]).code == 0
    assert {address: entry["id"] for address, entry in other.lock.items()} == ids
    assert fields_of(other.plan(), "adgroup/spring-us").keys() == {"languages"}
    other.apply()
    assert other.in_sync()
    assert shop.in_sync()
