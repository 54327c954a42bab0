"""What the platform fills in, forces or writes otherwise is never a difference (fact sheet of the API, §9)."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.marketing.samples import HALF
from tests.stories.marketing.scene import ad, adgroup, campaign, day, family, fields_of, listed
from tests.stories.workspace import Workspace

ALWAYS = "1" * 336
NEVER = "0" * 336
SHARED = {"budget_optimize_on": "true", "budget_mode": "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"}


def test_automatic_placements_come_back_as_a_list(shop: Workspace, market: Account) -> None:
    """The list is the platform's, not ours."""
    shop.manifest(*family())
    shop.apply()
    assert len(listed(market, "adgroup", "spring-us")["placements"]) == 3
    assert shop.in_sync()


@pytest.mark.parametrize("written", [None, f'"{ALWAYS}"', f'"{NEVER}"'])
def test_no_dayparting_is_every_half_hour(shop: Workspace, market: Account, written: str | None) -> None:
    """Left out, all 0 and all 1 are the same; half of the week is not."""
    shop.manifest(campaign(), adgroup(dayparting=written))
    shop.apply()
    assert listed(market, "adgroup", "spring-us")["dayparting"] == ALWAYS
    assert shop.in_sync()
    shop.manifest(campaign(), adgroup(dayparting=HALF))
    assert fields_of(shop.plan(), "adgroup/spring-us").keys() == {"dayparting"}
    shop.apply()
    shop.manifest(campaign(), adgroup(dayparting=f'"{NEVER}"'))
    assert fields_of(shop.plan(), "adgroup/spring-us").keys() == {"dayparting"}
    shop.apply()
    assert shop.in_sync()


def test_an_endless_schedule_has_an_end(shop: Workspace, market: Account) -> None:
    """SCHEDULE_FROM_NOW reads back an end in ten years; a schedule that gets an end and loses it again, too."""
    shop.manifest(campaign(), adgroup())
    shop.apply()
    assert listed(market, "adgroup", "spring-us")["schedule_end_time"] > "2030"
    assert shop.in_sync()
    shop.manifest(campaign(), adgroup(schedule_type="SCHEDULE_START_END", schedule_end_time=day(9)))
    shop.apply()
    assert shop.in_sync()
    shop.manifest(campaign(), adgroup())
    assert fields_of(shop.plan(), "adgroup/spring-us").keys() == {"schedule_type"}
    shop.apply()
    assert shop.in_sync()


def test_a_campaign_without_a_budget_reads_back_none(shop: Workspace, market: Account) -> None:
    """BUDGET_MODE_INFINITE shows a budget of 0."""
    shop.manifest(campaign(budget_mode="BUDGET_MODE_INFINITE", budget=None), adgroup(), ad())
    shop.apply()
    assert listed(market, "campaign", "spring")["budget"] == "0.0"
    assert shop.in_sync()


@pytest.mark.parametrize("shown", ["null", "omitted"])
def test_what_was_never_sent_may_be_null_absent_or_a_default(shop: Workspace, market: Account, shown: str) -> None:
    """However lists show it; once it is declared it is one edit, and none after it."""
    market.switch(absent_fields=shown)
    shop.manifest(*family())
    shop.apply()
    assert ("frequency" in listed(market, "adgroup", "spring-us")) == (shown == "null")
    assert shop.in_sync()
    shop.manifest(campaign(), adgroup(gender="GENDER_UNLIMITED", comment_disabled="false", languages="[]"), ad())
    assert shop.apply().ended in ({}, {"adgroup/spring-us": "done"})
    assert shop.in_sync()


def test_the_order_of_lists_means_nothing(shop: Workspace, market: Account) -> None:
    """Neither a manifest's order nor the account's."""
    shop.manifest(campaign(special_industries="[HOUSING, CREDIT]"), adgroup(
        location_ids='["3", "1", "2"]', age_groups="[AGE_25_34, AGE_18_24]", languages="[fr, en]",
        audiences="[Audience 2, Audience 1]",
    ), ad(utm_params="[{key: b, value: x}, {key: a, value: z}]"))  # fmt: skip
    shop.apply()
    told = {name: market.one("adgroup", "spring-us")[name] for name in ("location_ids", "age_groups", "languages")}
    market.edit("adgroup", "spring-us", **{name: values[::-1] for name, values in told.items()})
    told = market.one("adgroup", "spring-us")
    market.edit("adgroup", "spring-us", audience_ids=told["audience_ids"][::-1])
    market.edit("campaign", "spring", special_industries=["HOUSING", "CREDIT"])
    params = market.one("ad", "spring-us-hero")["utm_params"]
    market.edit("ad", "spring-us-hero", utm_params=params[::-1])
    assert shop.in_sync()
    shop.replace('["3", "1", "2"]', '["1", "2", "3"]')
    shop.replace("[fr, en]", "[en, fr]")
    assert shop.in_sync()
    market.edit("adgroup", "spring-us", languages=["en"])
    assert fields_of(shop.plan(), "adgroup/spring-us") == {"languages": (["en"], ["en", "fr"])}


def test_ids_and_numbers_are_texts_or_numbers(shop: Workspace, market: Account) -> None:
    """An id quoted or not, 20 and 20.0 and a text of it: all the same."""
    fields = {"pixel_id": '"71"', "bid_type": "BID_TYPE_CUSTOM", "bid_price": "1.5", "frequency": 3}
    shop.manifest(campaign(app_id='"11"'), adgroup(**fields), ad(tracking_pixel_id='"71"'))  # type: ignore[arg-type]
    shop.apply()
    for ids in ("string", "number"):
        for numbers in ("number", "string"):
            market.switch(ids_as=ids, numbers_as=numbers)
            assert shop.in_sync()
    market.edit("adgroup", "spring-us", pixel_id=71, location_ids=[6252001], frequency="3", budget=20)
    market.edit("campaign", "spring", app_id=11)
    assert shop.in_sync()


@pytest.mark.parametrize("told", [{}, {"budget": None, "budget_mode": None, "pacing": None}])
def test_a_shared_budget_overrules_the_ad_groups(shop: Workspace, market: Account, told: dict[str, None]) -> None:
    """Under budget_optimize_on an ad group's budget, mode and pacing mean nothing, whatever a manifest says."""
    fields = {"bid_type": "BID_TYPE_NO_BID", "pacing": "PACING_MODE_FAST", **told}
    shop.manifest(campaign(**SHARED), adgroup(**fields), ad())  # type: ignore[arg-type]
    shop.apply()
    row = listed(market, "adgroup", "spring-us")
    assert (row["budget"], row["budget_mode"], row["pacing"]) == ("0.0", "BUDGET_MODE_INFINITE", "PACING_MODE_SMOOTH")
    assert shop.in_sync()
    shop.manifest(campaign(**SHARED), adgroup(**fields, gender="GENDER_MALE"), ad())  # type: ignore[arg-type]
    market.forget_calls()
    shop.apply()
    ((path, body),) = market.posts()
    assert path == "adgroup/update/"
    assert not {"budget", "budget_mode", "pacing", "bid_type"} & body.keys()
    assert shop.in_sync()


def test_a_catalog_campaign_has_its_catalog_forced(shop: Workspace, market: Account) -> None:
    """catalog_enabled is set by the platform; what is declared in `extra` is compared, what is not is left alone."""
    extra = "{campaign_product_source: CATALOG}"
    shop.manifest(campaign(objective_type="PRODUCT_SALES", extra=extra))
    shop.apply()
    assert listed(market, "campaign", "spring")["catalog_enabled"] is True
    assert shop.in_sync()


def test_virtual_sales_stay_what_they_are(shop: Workspace) -> None:
    """`virtual_objective_type` beside the objective, through `extra`."""
    extra = "{virtual_objective_type: SALES, sales_destination: WEBSITE}"
    shop.manifest(campaign(objective_type="WEB_CONVERSIONS", extra=extra))
    shop.apply()
    assert shop.in_sync()


def test_an_icon_comes_back_under_another_name(shop: Workspace, market: Account) -> None:
    """avatar_icon_web_uri is never shown, so it is unconfirmed and no difference; an edit of the ad keeps it."""
    icon = "{avatar_icon_web_uri: icon-1}"
    shop.manifest(campaign(), adgroup(), ad(extra=icon))
    shop.apply()
    assert "icon-1" in listed(market, "ad", "spring-us-hero")["avatar_icon_web_url"]
    assert shop.in_sync()
    shop.manifest(campaign(), adgroup(), ad(extra=icon, call_to_action="SHOP_NOW"))
    shop.apply()
    assert "icon-1" in listed(market, "ad", "spring-us-hero")["avatar_icon_web_url"]
    shop.manifest(campaign(), adgroup(), ad(extra="{avatar_icon_web_uri: icon-2}", call_to_action="SHOP_NOW"))
    assert fields_of(shop.plan(), "ad/spring-us-hero") == {"avatar_icon_web_uri": ("icon-1", "icon-2")}
    shop.apply()
    assert "icon-2" in listed(market, "ad", "spring-us-hero")["avatar_icon_web_url"]
    assert shop.in_sync()


def test_a_name_nobody_chose_is_the_manifests(shop: Workspace, market: Account) -> None:
    """An ad's name is always sent, so that none is made up, and never compared when it is not declared."""
    shop.manifest(*family())
    shop.apply()
    assert market.names("ad") == ["spring-us-hero"]
    market.edit("ad", "spring-us-hero", ad_name="Renamed by hand")
    assert shop.in_sync()


@pytest.mark.parametrize(("old", "new"), [("CONVERSIONS", "WEB_CONVERSIONS"), ("CATALOG_SALES", "PRODUCT_SALES")])
def test_dead_names_of_objectives_are_their_new_ones(shop: Workspace, market: Account, old: str, new: str) -> None:
    """A campaign from before still tells the old name."""
    told = {"campaign_name": "spring", "objective_type": old, "budget_mode": "BUDGET_MODE_DAY", "budget": 100}
    (identity,) = market.load(campaigns=[told])["campaigns"]
    shop.manifest(campaign(objective_type=new))
    assert shop.run("adopt", "campaign/spring", identity).code == 0
    assert listed(market, "campaign", "spring")["objective_type"] == old
    assert shop.in_sync()


def test_what_no_list_shows_is_what_was_applied(shop: Workspace, market: Account) -> None:
    """A list that leaves managed fields out confirms nothing and changes nothing."""
    shop.manifest(campaign(po_number="PO-1"), adgroup(languages="[en]"), ad(ad_text="Play"))
    shop.apply()
    market.switch(absent_fields="omitted")
    market.edit("campaign", "spring", po_number=None)
    market.edit("ad", "spring-us-hero", ad_text=None)
    assert shop.in_sync()
    shop.replace("PO-1", "PO-2")
    assert fields_of(shop.plan(), "campaign/spring") == {"po_number": ("PO-1", "PO-2")}


def test_numbers_of_extra_are_compared_as_numbers(shop: Workspace, market: Account) -> None:
    """A decimal of a field the model does not know: 1.50 is 1.5, and an edit of it is seen."""
    shop.manifest(campaign(), adgroup(extra="{deep_cpa_bid: 1.50, spending_power: HIGH}"))
    shop.apply()
    assert shop.in_sync()
    market.edit("adgroup", "spring-us", deep_cpa_bid=2)
    assert fields_of(shop.plan(), "adgroup/spring-us") == {"deep_cpa_bid": ("2", "1.5")}
    shop.apply()
    assert shop.in_sync()
