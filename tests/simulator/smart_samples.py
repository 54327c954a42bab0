"""Fields of Smart+ campaigns and ad groups that go together, for several tests."""

from __future__ import annotations

from typing import Any

DYNAMIC, TOTAL = "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "BUDGET_MODE_TOTAL"
DAY, INFINITE = "BUDGET_MODE_DAY", "BUDGET_MODE_INFINITE"
CBO: dict[str, Any] = {"budget_optimize_on": None, "budget_mode": None, "budget": 100}
SPAN = {
    "schedule_type": "SCHEDULE_START_END",
    "schedule_start_time": "2025-06-16 00:00:00",
    "schedule_end_time": "2025-06-18 00:00:00",
}
PIXEL = {"pixel_id": "7", "optimization_event": "SHOPPING", "billing_event": "OCPM"}
APP: dict[str, Any] = {
    "objective_type": "APP_PROMOTION", "app_promotion_type": "APP_INSTALL", "sales_destination": None,
}  # fmt: skip
LEAD: dict[str, Any] = {"objective_type": "LEAD_GENERATION", "sales_destination": None}
ANDROID = {"promotion_type": "APP_ANDROID", "app_id": "7"}
FORM = {"promotion_type": "LEAD_GENERATION", "promotion_target_type": "INSTANT_PAGE", "billing_event": "OCPM"}
OCPM = {"billing_event": "OCPM"}
CUSTOM = {"bid_type": "BID_TYPE_CUSTOM"}
VALUE = {
    "optimization_goal": "VALUE",
    "optimization_event": "ACTIVE_PAY",
    "deep_bid_type": "VO_HIGHEST_VALUE",
    "billing_event": "OCPM",
}
MINIS = {**APP, "app_promotion_type": "MINIS"}
MINI = {"promotion_type": "MINI_APP", "minis_id": "7"}
