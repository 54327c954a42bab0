"""What goes with what in Smart+: the tables of money and of goals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.smart_samples import (
    ANDROID,
    APP,
    CBO,
    CUSTOM,
    DAY,
    DYNAMIC,
    FORM,
    INFINITE,
    LEAD,
    MINI,
    MINIS,
    OCPM,
    PIXEL,
    SPAN,
    TOTAL,
    VALUE,
)

if TYPE_CHECKING:
    from tests.simulator.conftest import Smart, SmartStart


@pytest.fixture
def client(smart: SmartStart) -> Smart:
    """A simulator with every switch at its default."""
    return smart()


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"budget_mode": DYNAMIC, "budget": 100, "budget_optimize_on": True}, 0),
        ({"budget_mode": TOTAL, "budget": 100, "budget_optimize_on": True}, 0),
        ({"budget_mode": DAY, "budget": 100, "budget_optimize_on": True}, 40002),
        ({"budget_mode": INFINITE, "budget_optimize_on": True}, 40002),
        ({"budget_mode": None, "budget_optimize_on": False}, 0),
        ({"budget_mode": INFINITE, "budget": 100}, 0),
        ({"budget_mode": DAY, "budget": 100}, 0),
        ({"budget_mode": TOTAL, "budget": 100}, 0),
        ({"budget_mode": TOTAL}, 40002),
        ({"budget_mode": DYNAMIC, "budget": 100}, 40002),
    ],
)
def test_budget_modes_go_with_cbo(client: Smart, told: dict[str, Any], code: int) -> None:
    """The modes of a campaign are those of the table, with a budget unless it is infinite, which comes back as 0."""
    answer = client.new_campaign(**told)
    assert answer["code"] == code
    if not code:
        free = answer["data"]["budget_mode"] == INFINITE
        assert answer["data"]["budget"] == (0 if free else 100)


@pytest.mark.parametrize(
    ("campaign", "group", "code"),
    [
        (CBO, {"budget_mode": None, "budget": None}, 0),
        (CBO, {}, 0),
        (CBO, {"bid_type": "BID_TYPE_CUSTOM", "bid_price": 101}, 40002),
        ({**CBO, "budget_mode": TOTAL}, {}, 40002),
        ({**CBO, "budget_mode": TOTAL}, SPAN, 0),
        ({**CBO, "budget_mode": TOTAL}, {**SPAN, "bid_type": "BID_TYPE_CUSTOM", "bid_price": 1}, 40002),
        ({}, {"budget": None}, 40002),
        ({}, {"budget_mode": TOTAL}, 40002),
        ({}, {**SPAN, "budget_mode": TOTAL, "budget": 39}, 40002),
        ({}, {**SPAN, "budget_mode": TOTAL, "budget": 40}, 0),
        ({}, {**SPAN, "schedule_end_time": None}, 40002),
        ({"budget_mode": DAY, "budget": 100}, {}, 0),
        ({"budget_mode": DAY, "budget": 100}, {**SPAN, "budget_mode": TOTAL}, 40002),
        ({"budget_mode": TOTAL, "budget": 100}, {**SPAN, "budget_mode": TOTAL}, 0),
        ({}, {"bid_type": "BID_TYPE_CUSTOM"}, 40002),
        ({}, {"bid_type": "BID_TYPE_CUSTOM", "bid_price": 50}, 40002),
        ({}, {"bid_type": "BID_TYPE_CUSTOM", "bid_price": 1}, 0),
        ({}, {"placements": None}, 40002),
        ({}, {"placements": None, "placement_type": None}, 0),
    ],
)
def test_an_ad_group_fits_the_money_above(
    client: Smart, campaign: dict[str, Any], group: dict[str, Any], code: int
) -> None:
    """Budget mode, schedule and bid of an ad group go with the campaign's budget."""
    parent = client.new_campaign(**campaign)["data"]["campaign_id"]
    assert client.new_adgroup(parent, **group)["code"] == code


@pytest.mark.parametrize(
    ("campaign", "group", "wrong"),
    [
        ({}, {"optimization_goal": "CONVERT", **PIXEL}, ""),
        ({}, {"optimization_goal": "CONVERT", **OCPM}, "pixel_id"),
        ({}, {"optimization_goal": "CONVERT", **OCPM, "pixel_id": "7"}, "optimization_event"),
        ({}, {"optimization_goal": "CONVERT", **PIXEL, **CUSTOM, "bid_price": 1}, "conversion_bid_price"),
        ({}, {"optimization_goal": "CONVERT", **PIXEL, **CUSTOM, "conversion_bid_price": 1}, ""),
        ({}, {"optimization_goal": "TRAFFIC_LANDING_PAGE_VIEW", **OCPM}, ""),
        ({}, {"optimization_goal": "VALUE", **PIXEL}, "deep_bid_type"),
        ({}, {"optimization_goal": "VALUE", **PIXEL, "deep_bid_type": "VO_HIGHEST_VALUE"}, ""),
        ({}, {"optimization_goal": "VALUE", **PIXEL, "deep_bid_type": "VO_MIN_ROAS"}, "roas_bid"),
        ({}, {"optimization_goal": "VALUE", **PIXEL, "deep_bid_type": "VO_MIN_ROAS", "roas_bid": 1001}, "roas_bid"),
        ({}, {"optimization_goal": "VALUE", **PIXEL, "deep_bid_type": "VO_MIN_ROAS", "roas_bid": 2.5}, ""),
        ({}, {"optimization_goal": "VALUE", **PIXEL, "optimization_event": "FORM"}, "optimization_event"),
        (APP, {**ANDROID}, ""),
        (APP, {}, "promotion_type"),
        (APP, {"promotion_type": "APP_IOS"}, "app_id"),
        (APP, {**ANDROID, "optimization_goal": "INSTALL", **OCPM}, ""),
        (APP, {**ANDROID, "optimization_goal": "IN_APP_EVENT", **OCPM}, "optimization_event"),
        (APP, {**ANDROID, "optimization_goal": "CONVERT", **OCPM}, "optimization_goal"),
        (APP, {**ANDROID, **VALUE}, ""),
        (APP, {**ANDROID, **VALUE, "placements": None, "placement_type": None}, "placements"),
        (APP, {**ANDROID, **VALUE, "promotion_type": "APP_IOS"}, "optimization_goal"),
        (MINIS, {**MINI, **VALUE, "promotion_type": "MINI_GAME"}, ""),
        (MINIS, {**MINI, **VALUE, "promotion_type": "MINI_GAME", "minis_id": None}, "minis_id"),
        (MINIS, {**MINI, **VALUE, "placements": ["PLACEMENT_PANGLE"]}, "placements"),
        (LEAD, {**FORM, "optimization_goal": "LEAD_GENERATION"}, ""),
        (
            LEAD,
            {**FORM, "promotion_target_type": None, "optimization_goal": "LEAD_GENERATION"},
            "promotion_target_type",
        ),
        (LEAD, {**FORM, "optimization_goal": "CONVERT"}, "optimization_goal"),
        (LEAD, {**FORM, **PIXEL, "promotion_target_type": "EXTERNAL_WEBSITE", "optimization_goal": "CONVERT"}, ""),
        (LEAD, {}, "promotion_type"),
    ],
)
def test_goals_go_with_objective_and_place(
    client: Smart, campaign: dict[str, Any], group: dict[str, Any], wrong: str
) -> None:
    """Each line of the documented tables of objective, promotion, goal, pixel, event and bid holds."""
    parent = client.new_campaign(**campaign)["data"]["campaign_id"]
    told = client.new_adgroup(parent, **group)
    assert (told["code"], told["message"].partition(":")[0]) == ((40002, wrong) if wrong else (0, "OK"))
