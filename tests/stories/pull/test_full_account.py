"""An account that is full already becomes manifests that are valid and mean what is live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.stories.account import ADVERTISER, Account
from tests.stories.marketing.scene import configure, listed
from tests.stories.pull.full import NASTY, ad, adgroup, campaign, is_clean, pulled, reasons, twelve
from tests.stories.workspace import Workspace


def texts(shop: Workspace) -> str:
    """Every pulled manifest."""
    return "\n".join(path.read_text("utf-8") for path in sorted(shop.root.glob("manifests/pulled/*.yaml")))


def plain(value: object) -> str:
    """A value as text, an amount without its zeros."""
    return str(value).removesuffix(".00").removesuffix(".0")


def test_every_name_that_people_give_can_be_taken_over(shop: Workspace, market: Account) -> None:
    """Quotes, colons, dashes, leading zeros, equal names, words of YAML, characters nobody sees: no row is left."""
    market.load(
        campaigns=[campaign(name) for name in NASTY],
        adgroups=[adgroup(name, number) for number, name in enumerate(NASTY)],
        ads=[ad(name, number, ad_text=name[:90] or None) for number, name in enumerate(NASTY)],
    )
    run = pulled(shop)
    assert len(run.json["pulled"]) == 3 * len(NASTY)
    assert run.json["left"] == []
    assert is_clean(shop)
    assert pulled(shop).json["pulled"] == []


def test_names_that_no_manifest_may_hold_are_left_out_and_told(shop: Workspace, market: Account) -> None:
    """A name with a line break stays in the account as it is; the comment says it, escaped."""
    market.load(campaigns=[campaign("line\nbreak"), campaign("bidi\u202e")])
    pulled(shop)
    told = texts(shop)
    assert 'named "line\\nbreak"' in told
    assert 'named "bidi\\u202e"' in told
    assert "campaign_name" not in told
    assert "\u202e" not in told


def test_what_is_pulled_is_in_the_style_of_fmt(shop: Workspace, market: Account) -> None:
    """`fmt --check` has nothing to say of any name, list or extra field."""
    market.load(
        campaigns=[campaign(name) for name in NASTY],
        adgroups=[adgroup("us", search_result_enabled=True, blocked_pangle_app_ids=[12, 13])],
        ads=[ad("hero", deeplink="app://x", utm_params=[{"key": "a", "value": "b: c"}])],
    )
    pulled(shop)
    assert shop.run("fmt", "--check").code == 0


def test_equal_names_become_numbered_in_the_order_of_ids(shop: Workspace, market: Account) -> None:
    """Three campaigns of one name: `same`, `same-2`, `same-3`, oldest first."""
    ids = market.load(campaigns=[campaign("Same"), campaign("same"), campaign("SAME!")])["campaigns"]
    found = {one["address"]: one["id"] for one in pulled(shop).json["pulled"]}
    assert found == {"campaign/same": ids[0], "campaign/same-2": ids[1], "campaign/same-3": ids[2]}


def test_what_cannot_be_taken_over_is_left_with_its_reason(shop: Workspace, market: Account) -> None:
    """Rows of Smart+ whose campaign is not there, unknown formats: counted and named; deleted rows are nothing."""
    market.load(
        campaigns=[campaign("spring"), campaign("gone", operation_status="DELETE"), campaign("old Smart+")],
        adgroups=[adgroup("us"), adgroup("theirs", 2, campaign_automation_type="SMART_PLUS")],
        ads=[ad("hero"), ad("odd", ad_format="SOMETHING_NEW"), ad("part", 1)],
    )
    run = pulled(shop)
    why = reasons(run)
    assert {one["address"] for one in run.json["pulled"]} == {"campaign/spring", "adgroup/us", "ad/hero"}
    assert {why[name] for name in ("old Smart+", "theirs", "part")} == {"foreign type"}
    assert "SOMETHING_NEW" in why["odd"]
    assert "gone" not in why
    assert is_clean(shop)


def test_spark_carousel_and_catalog_ads_keep_what_no_field_stands_for(shop: Workspace, market: Account) -> None:
    """API fields that the model does not know, and a call takes, go into `extra`; an edit loses none of them."""
    market.load(
        campaigns=[campaign("spring")],
        adgroups=[adgroup("us", search_result_enabled=True, blocked_pangle_app_ids=[12, 13], skip_learning_phase=True)],
        ads=[
            ad("spark", video_id=None, tiktok_item_id="7300000000000000001"),
            ad("carousel", video_id=None, ad_format="CAROUSEL_ADS", image_ids=["i1", "i2"], music_id="55"),
            ad("catalog", video_id=None, ad_format="CATALOG_CAROUSEL", product_set_id="99", item_group_ids=["1", "2"]),
            ad("app", deeplink="app://x?y=1", deeplink_type="NORMAL", tracking_pixel_id=5),
        ],
    )
    run = pulled(shop)
    assert run.json["left"] == []
    assert "skip_learning_phase" in run.json["unwritten"]
    assert is_clean(shop)
    shop.replace('ad_name: "app"', 'ad_name: "app two"', "manifests/pulled/spring.yaml")
    before = market.one("ad", "app")
    assert shop.plan().ops == {"ad/app": "update"}
    shop.apply()
    changed = {**before, "ad_name": "app two"}
    assert {one: value for one, value in market.one("ad", "app two").items() if changed.get(one) != value}.keys() <= {
        "modify_time"
    }
    assert is_clean(shop)


def test_an_extra_field_that_no_manifest_can_hold_takes_no_other_with_it(shop: Workspace, market: Account) -> None:
    """Of `extra` only the field with characters that nobody sees stays out, and it is named."""
    market.load(
        campaigns=[campaign("spring")],
        adgroups=[adgroup("us", search_keywords=[{"keyword": "a\u202eb"}], blocked_pangle_app_ids=["12"])],
    )
    run = pulled(shop)
    assert (run.json["unwritten"]["search_keywords"], "extra" in run.json["unwritten"]) == (1, False)
    assert 'blocked_pangle_app_ids: ["12"]' in texts(shop)
    assert is_clean(shop)


EDITS: list[tuple[str, str, str, str]] = [
    ("campaign", "budget: 100.00", "budget: 101.00", "budget"),
    ("adgroup", "budget: 20.00", "budget: 21.00", "budget"),
    ("adgroup", 'location_ids: ["6252001"]', 'location_ids: ["6252001", "2635167"]', "location_ids"),
    ("ad", "status: ENABLE\n", "status: DISABLE\n", "status"),
    ("ad", "https://example.com/?a=b#c", "https://example.com/new", "landing_page_url"),
]


@pytest.mark.parametrize(("kind", "old", "new", "field"), EDITS, ids=[f"{one[0]} {one[3]}" for one in EDITS])
def test_an_edit_in_a_pulled_file_changes_nothing_else(
    shop: Workspace, market: Account, kind: str, old: str, new: str, field: str
) -> None:
    """One update of one field of one object; every other live value stays."""
    market.load(campaigns=[campaign("spring")], adgroups=[adgroup("us", gender="GENDER_MALE")], ads=[ad("hero")])
    pulled(shop)
    file = shop.root / "manifests/pulled/spring.yaml"
    documents = file.read_text("utf-8").split("---\n")
    number = ("campaign", "adgroup", "ad").index(kind)
    documents[number] = documents[number].replace(old, new)
    file.write_text("---\n".join(documents), "utf-8")
    plan = shop.plan()
    (row,) = plan.rows.values()
    assert (row["op"], [one["path"] for one in row["fields"]]) == ("update", [field])
    names = {"campaign": "spring", "adgroup": "us", "ad": "hero"}
    before = {one: listed(market, one, name) for one, name in names.items()}
    shop.apply()
    changed = {
        (one, key)
        for one, name in names.items()
        for key, value in listed(market, one, name).items()
        if plain(value) != plain(before[one].get(key)) and key not in ("modify_time", "secondary_status")
    }
    assert changed == {(kind, "operation_status" if field == "status" else field)}
    assert is_clean(shop)


def test_amounts_of_a_currency_without_cents(tmp_path: Path) -> None:
    """Yen are whole, whether the workspace names the currency or leaves it to the account."""
    with Account(contract="marketing") as market:
        market.operate("account", {"advertiser_id": ADVERTISER, "currency": "JPY"})
        market.load(campaigns=[campaign("spring", budget=12000)], adgroups=[adgroup("us", budget=3500)])
        for name, currency in (("named", "currency: JPY"), ("unnamed", "")):
            shop = Workspace(tmp_path / name, market.url)
            configure(shop, currency="JPY", guardrails="{max_daily_spend: 100000}")
            if not currency:
                shop.replace(", currency: JPY", "", "reconciler.yaml")
            assert pulled(shop).json["left"] == []
            assert "budget: 12000\n" in texts(shop)
            assert is_clean(shop)


def test_defaults_of_the_platform_are_written_only_when_asked_for(shop: Workspace, market: Account) -> None:
    """`--all-fields` writes what nobody has set, too, and still nothing differs."""
    market.load(campaigns=[campaign("spring")], adgroups=[adgroup("us")], ads=[ad("hero")])
    assert pulled(shop, "--dry-run").json["pulled"] != []
    pulled(shop, "--all-fields")
    told = texts(shop)
    assert "gender: GENDER_UNLIMITED" in told
    assert "comment_disabled: false" in told
    assert is_clean(shop)


def test_the_account_is_read_once_and_nothing_is_sent(shop: Workspace, market: Account) -> None:
    """A page of each listing and the account itself: as many calls for 12 campaigns as for one."""
    twelve(market)
    market.forget_calls()
    pulled(shop)
    calls: list[Any] = [(one["method"], one["path"]) for one in market.calls()]
    listings = [f"{family}{kind}/get/" for kind in ("campaign", "adgroup", "ad") for family in ("", "smart_plus/")]
    assert sorted(calls) == sorted([("GET", "advertiser/info/"), *(("GET", one) for one in listings)])
    assert len(list(shop.root.glob("manifests/pulled/*.yaml"))) == 12
