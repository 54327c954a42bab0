"""Money in production: minima, modes, couplings, currencies, spend."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulator.conftest import Produce, Production

ACCOUNT = "7000000000000000001"
DAY, TOTAL = "BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL"
DYNAMIC, INFINITE = "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "BUDGET_MODE_INFINITE"
SPAN = {
    "schedule_type": "SCHEDULE_START_END",
    "schedule_start_time": "2025-06-16 00:00:00",
    "schedule_end_time": "2025-06-19 00:00:00",
}
STORE = {"objective_type": "PRODUCT_SALES", "campaign_product_source": "STORE"}
BID = {"bid_type": "BID_TYPE_CUSTOM"}


@pytest.fixture
def client(produce: Produce) -> Production:
    """A simulator with every switch at its default."""
    return produce()


@pytest.mark.parametrize(
    ("currency", "budget", "good"),
    [
        ("USD", 50, True), ("USD", 49.99, False), ("USD", 9_999_999, True), ("USD", 10_000_000, False),
        ("PLN", 200, True), ("PLN", 199, False), ("PHP", 2500, True), ("PHP", 2499, False),
        ("JPY", 5000, True), ("JPY", 4999, False), ("JPY", 5000.5, False), ("KRW", 50_000, True),
        ("KRW", 49_999, False), ("VND", 500_000, True), ("VND", 499_999, False), ("HUF", 50.5, False),
    ],
)  # fmt: skip
def test_a_minimum_goes_with_the_currency(produce: Produce, currency: str, budget: float, good: bool) -> None:
    """The least and the largest budget are multiplied by the currency's ratio; some have no fractions."""
    told = produce({"currency": currency}).campaign(budget=budget)
    assert told["code"] == (0 if good else 40002)
    assert good or told["message"].startswith("budget: ")


def test_an_account_may_have_a_currency_of_its_own(client: Production) -> None:
    """The operator sets what one account is; others keep what the switches say."""
    client.operate("account", {"advertiser_id": ACCOUNT, "currency": "JPY"})
    assert client.campaign(budget=4999)["code"] == 40002
    assert client.campaign(budget=4999, advertiser_id="8")["code"] == 0


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"budget_mode": DYNAMIC}, "budget_mode"),
        ({"budget_mode": DYNAMIC, "budget_optimize_on": True}, ""),
        ({"budget_mode": INFINITE, "budget_optimize_on": True}, "budget_mode"),
        ({"budget_mode": INFINITE}, ""),
        ({"budget_mode": TOTAL, "budget_optimize_on": True}, ""),
        ({"budget_mode": DAY, "objective_type": "RF_REACH"}, "budget_mode"),
        ({"budget_mode": INFINITE, "objective_type": "RF_REACH"}, ""),
        ({"objective_type": "APP_PROMOTION"}, "app_promotion_type"),
        ({"objective_type": "APP_PROMOTION", "app_promotion_type": "APP_INSTALL"}, ""),
        ({"objective_type": "PRODUCT_SALES"}, "campaign_product_source"),
        ({**STORE, "budget": 10}, ""),
        ({**STORE, "budget": 9}, "budget"),
        ({"campaign_type": "IOS14_CAMPAIGN"}, "app_id"),
        ({"virtual_objective_type": "SALES"}, "sales_destination"),
    ],
)
def test_what_goes_with_what_in_a_campaign(client: Production, told: dict[str, Any], field: str) -> None:
    """Modes, CBO and objectives have rules; who breaks one is told the field."""
    answer = client.campaign(**told)
    assert (answer["code"], answer["message"].split(":")[0]) == ((40002, field) if field else (0, "OK"))


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"budget": 19.99}, "budget"),
        ({"budget_mode": TOTAL, "budget": 100}, "budget_mode"),
        ({**SPAN, "budget_mode": TOTAL, "budget": 60}, ""),
        ({**SPAN, "budget_mode": TOTAL, "budget": 59}, "budget"),
        ({**SPAN, "budget_mode": DYNAMIC}, ""),
        ({**SPAN, "schedule_end_time": None}, "schedule_end_time"),
        ({"pacing": None}, "pacing"),
        ({"promotion_type": None}, "promotion_type"),
        ({"placement_type": None}, "placements"),
        ({"location_ids": None}, "location_ids"),
        ({"location_ids": None, "zipcode_ids": ["9"]}, ""),
        ({"location_ids": ["9"], "zipcode_ids": ["9"]}, "location_ids"),
        ({**BID}, "bid_price"),
        ({**BID, "bid_price": 20}, "bid_price"),
        ({**BID, "bid_price": 19.5}, ""),
        ({**BID, "optimization_goal": "CONVERT", "billing_event": "OCPM", "bid_price": 5}, "conversion_bid_price"),
        ({**BID, "optimization_goal": "CONVERT", "billing_event": "OCPM", "conversion_bid_price": 5}, ""),
        ({"click_attribution_window": "SEVEN_DAYS", "view_attribution_window": "ONE_DAY"}, ""),
        ({"view_attribution_window": "ONE_DAY"}, "click_attribution_window"),
        ({"schedule_start_time": "2025-06-15 03:06:40"}, ""),
    ],
)
def test_what_goes_with_what_in_an_ad_group(client: Production, told: dict[str, Any], field: str) -> None:
    """Money, schedule, bid and places have rules; who breaks one is told the field."""
    campaign = client.campaign(budget_mode=INFINITE)["data"]["campaign_id"]
    answer = client.adgroup(campaign, **told)
    assert (answer["code"], answer["message"].split(":")[0]) == ((40002, field) if field else (0, "OK"))


def test_a_daily_campaign_forbids_a_total_in_its_ad_groups(client: Production) -> None:
    """Under a campaign with a budget a day an ad group has none for its life."""
    campaign = client.campaign()["data"]["campaign_id"]
    assert client.adgroup(campaign, **SPAN, budget_mode=TOTAL, budget=100)["message"].startswith("budget_mode: ")


def test_reach_needs_no_promotion_type(client: Production) -> None:
    """promotion_type is only needed with objectives that promote something."""
    campaign = client.campaign(objective_type="REACH")["data"]["campaign_id"]
    told: dict[str, Any] = {"promotion_type": None, "optimization_goal": "REACH", "billing_event": "CPM"}
    assert client.adgroup(campaign, **told)["code"] == 0


def test_cbo_may_be_the_default(produce: Produce) -> None:
    """With cbo_default=on a campaign that does not say otherwise has CBO."""
    client = produce({"cbo_default": "on"})
    assert client.campaign(budget_mode=DYNAMIC)["data"]["budget_optimize_on"] is True
    assert "budget_optimize_on" not in client.campaign("b", budget_optimize_on=False)["data"]


def test_a_budget_stays_above_what_is_spent(client: Production) -> None:
    """A new budget is at least 105% of the day's spend, or of the whole for a total; the old one passes."""
    campaign = client.campaign()["data"]["campaign_id"]
    whole = client.campaign("b", budget_mode=TOTAL)["data"]["campaign_id"]
    figures = [
        {"id": one, "date": day, "metrics": {"spend": 80}}
        for one in (campaign, whole)
        for day in ("2025-06-14", "2025-06-15")
    ]
    client.operate("load", {"advertiser_id": ACCOUNT, "figures": figures})
    assert client.post("campaign/update/", campaign_id=campaign, budget=83.99)["code"] == 40002
    assert client.post("campaign/update/", campaign_id=campaign, budget=84)["code"] == 0
    assert client.post("campaign/update/", campaign_id=whole, budget=167)["code"] == 40002
    assert client.post("campaign/update/", campaign_id=whole, budget=100)["code"] == 0
    assert client.post("campaign/update/", campaign_id=whole, budget=168)["code"] == 0


def test_an_infinite_budget_cannot_be_changed(client: Production) -> None:
    """A campaign without a budget gets none by an update."""
    campaign = client.campaign(budget_mode=INFINITE)["data"]["campaign_id"]
    assert client.post("campaign/update/", campaign_id=campaign, budget=100)["code"] == 40002


def test_budgets_may_be_locked_before_midnight(produce: Produce) -> None:
    """With budget_lock no budget changes in the last five minutes of the account's day."""
    client = produce({"budget_lock": "on", "timezone": "UTC"})
    campaign = client.campaign()["data"]["campaign_id"]
    client.wait(8 * 3600 + 50 * 60)
    told = client.post("campaign/update/", campaign_id=campaign, budget=200)
    assert (told["code"], "23:55" in told["message"]) == (40002, True)
    client.wait(5 * 60)
    assert client.post("campaign/update/", campaign_id=campaign, budget=200)["code"] == 0


def test_an_ad_group_budget_update_is_checked(client: Production) -> None:
    """The minima hold for updates, too, and an unchanged budget is left in peace."""
    group = client.adgroup(client.campaign()["data"]["campaign_id"])["data"]["adgroup_id"]
    assert client.post("adgroup/update/", adgroup_id=group, budget=19)["code"] == 40002
    assert client.post("adgroup/update/", adgroup_id=group, budget=21.25)["data"]["budget"] == Decimal("21.25")
