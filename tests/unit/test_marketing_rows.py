"""Rows of production's listings in normal form: whatever way a value is written, it is the same value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reconciler.canonical import ALWAYS_ON
from reconciler.contracts.marketing.binding import MARKETING
from reconciler.contracts.marketing.normal import is_smart

campaign_row, adgroup_row, ad_row = (MARKETING.bindings[kind].decode for kind in ("campaign", "adgroup", "ad"))


@pytest.mark.parametrize("slots", [None, "", "0" * 336, "1" * 336])
def test_no_slot_and_every_slot_are_every_slot(slots: str | None) -> None:
    """However a list tells that an ad group runs always."""
    assert adgroup_row({"dayparting": slots})["dayparting"] == ALWAYS_ON


def test_other_slots_and_no_key_stay_as_they_are() -> None:
    """Half a week is half a week, and what is absent is unconfirmed."""
    half = "10" * 168
    assert adgroup_row({"dayparting": half})["dayparting"] == half
    assert "dayparting" not in adgroup_row({})


def test_what_the_platform_fills_in_is_taken_out() -> None:
    """Placements of an automatic choice, the end of an endless schedule, money under a shared budget."""
    row = adgroup_row(
        {
            "placement_type": "PLACEMENT_TYPE_AUTOMATIC", "placements": ["PLACEMENT_TIKTOK"],
            "schedule_type": "SCHEDULE_FROM_NOW", "schedule_end_time": "2035-01-01 00:00:00",
            "budget_mode": "BUDGET_MODE_INFINITE", "budget": Decimal("0.0"), "pacing": "PACING_MODE_SMOOTH",
        }
    )  # fmt: skip
    assert row.keys() == {"placement_type", "schedule_type"}
    assert campaign_row({"budget_mode": "BUDGET_MODE_INFINITE", "budget": Decimal("0.0")})["budget"] is None


@pytest.mark.parametrize("zero", [None, 0, "0", "0.00", Decimal("0.0"), Decimal(0)])
def test_a_bid_of_nothing_is_none(zero: Any) -> None:
    """It is not carried along with an update."""
    assert adgroup_row({"roas_bid": zero})["roas_bid"] is None
    assert adgroup_row({"roas_bid": Decimal("10.0")})["roas_bid"] == Decimal("10.0")


@pytest.mark.parametrize("name", ["device_model_ids", "audience_ids", "location_ids", "contextual_tag_ids"])
def test_ids_in_lists_are_texts(name: str) -> None:
    """As numbers they have lost nothing yet: JSON integers are exact here."""
    row = adgroup_row({name: [1234567890123456789, "5"]})
    assert ["1234567890123456789", "5"] in row.values()
    assert [] in adgroup_row({name: None}).values()


@pytest.mark.parametrize("nothing", [None, "", 0, "0"])
def test_an_id_that_is_not_set_is_none(nothing: Any) -> None:
    """Null, empty and 0 all mean that there is none."""
    assert adgroup_row({"pixel_id": nothing})["pixel_id"] is None
    assert ad_row({"tracking_pixel_id": nothing})["tracking_pixel_id"] is None


def test_parameters_hold_keys_and_values_only() -> None:
    """What else a list says of them is not compared."""
    shown = ad_row({"utm_params": [{"key": "a", "value": "b", "type": 1}, "odd"], "video_id": 12})
    assert (shown["utm_params"], shown["video"]) == ([{"key": "a", "value": "b"}, "odd"], "12")


@pytest.mark.parametrize(
    ("row", "smart"),
    [
        ({"campaign_automation_type": "UPGRADED_SMART_PLUS"}, True), ({"campaign_automation_type": "MANUAL"}, False),
        ({"is_smart_performance_campaign": True}, True), ({}, False), ({"campaign_automation_type": None}, False),
    ],
)  # fmt: skip
def test_smart_objects_are_known_by_either_sign(row: dict[str, Any], smart: bool) -> None:
    """The newer field and the older one."""
    assert is_smart(row) == smart
