"""What ads can be aimed at and promote: locations, languages, interests, pixels, apps (decision 0009).

The three `tool/` calls and `app/list/` know no pages. Which places, languages and interests there are is made up but
for the ids of countries, which are those of GeoNames.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from reconciler.simulator.answers import page_info, size_of, wire_id
from reconciler.simulator.library import APP, PIXEL, Asset
from reconciler.simulator.marketing.shapes import OWNER, PAGE, anything, count, endpoint, one_id, text, texts, wrong
from reconciler.simulator.marketing.words import PLACEMENT_WORDS
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.wire import Json

LEVELS = ("COUNTRY", "PROVINCE", "CITY", "DISTRICT")
RANGES = {"ALL": 4, "TO_COUNTRY": 1, "TO_PROVINCE": 2, "TO_CITY": 3, "TO_DISTRICT": 4}
"""How many levels each `level_range` shows."""


class Place(NamedTuple):
    """One location; `parent` is an id, "0" of a country."""

    id: str
    name: str
    parent: str
    code: str | None
    level: str


PLACES = (
    Place("6252001", "United States", "0", "US", "COUNTRY"),
    Place("2635167", "United Kingdom", "0", "GB", "COUNTRY"),
    Place("2921044", "Germany", "0", "DE", "COUNTRY"),
    Place("6251999", "Canada", "0", "CA", "COUNTRY"),
    Place("3017382", "France", "0", "FR", "COUNTRY"),
    Place("1861060", "Japan", "0", "JP", "COUNTRY"),
    Place("614540", "Georgia", "0", "GE", "COUNTRY"),
    Place("5332921", "California", "6252001", None, "PROVINCE"),
    Place("4197000", "Georgia", "6252001", None, "PROVINCE"),
    Place("5368361", "Los Angeles", "5332921", None, "CITY"),
)
LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "ja": "Japanese", "no": "Norwegian",
    "pt": "Portuguese",
}  # fmt: skip
INTERESTS = (
    ("15", "Games", 1, ("15100", "15101")),
    ("15100", "Puzzle Games", 2, ()),
    ("15101", "Racing Games", 2, ()),
    ("16", "Beauty & Personal Care", 1, ()),
    ("17", "Food & Beverage", 1, ()),
)


def regions(call: Call) -> Json:
    """Every location down to a level."""
    depth = RANGES[call.params.get("level_range", "ALL")]
    shown = [one for one in PLACES if LEVELS.index(one.level) < depth]
    rows: list[Json] = [
        {
            "location_id": wire_id(call, one.id),
            "name": one.name,
            "parent_id": wire_id(call, one.parent),
            "region_code": one.code,
            "area_type": "ADMIN",
            "level": one.level,
            "next_level_ids": [wire_id(call, each.id) for each in shown if each.parent == one.id],
            "support_below_18": False,
        }
        for one in shown
    ]
    return {"region_info": rows, "region_list": [one.code for one in shown if one.code]}


def languages(call: Call) -> Json:
    """Every language by its code."""
    return {"languages": [{"code": code, "name": name} for code, name in LANGUAGES.items()]}


def interests(call: Call) -> Json:
    """Every interest, whatever the placement."""
    if call.params.get("version", "2") not in ("1", "2"):
        raise wrong("version", "must be 1 or 2")
    rows: list[Json] = [
        {
            "interest_category_id": wire_id(call, one),
            "interest_category_name": name,
            "level": level,
            "sub_category_ids": [wire_id(call, each) for each in below],
            "special_industries": [],
            "placements": [],
        }
        for one, name, level, below in INTERESTS
    ]
    return {"interest_categories": rows}


def pixels(call: Call) -> Json:
    """A page of the pixels: the one that every account has, and what was loaded."""
    digest = int.from_bytes(hashlib.blake2b(f"{call.seed}/{call.owner}/pixel".encode(), digest_size=6).digest(), "big")
    first = _pixel(call, str(7_200_000_000_000_000_000 + digest), "Web pixel", f"C{digest:015d}")
    rows = [first, *(_pixel(call, one.id, _name(one, "pixel_name"), f"C{one.number:015d}") for one in _of(call, PIXEL))]
    asked = call.params
    rows = [row for row in rows if asked.get("pixel_id") in (None, str(row["pixel_id"]))]
    rows = [row for row in rows if asked.get("name", "").casefold() in str(row["pixel_name"]).casefold()]
    rows = [row for row in rows if asked.get("code") in (None, row["pixel_code"])]
    if asked.get("order_by") == "LATEST_CREATE":
        rows.reverse()
    page, size = asked.get("page", 1), size_of(call)
    return {"pixels": rows[(page - 1) * size : page * size], "page_info": page_info(page, size, len(rows))}


def _pixel(call: Call, pixel_id: str, name: str, code: str) -> dict[str, Json]:
    return {
        "pixel_id": wire_id(call, pixel_id),
        "pixel_code": code,
        "pixel_name": name,
        "activity_status": "ACTIVE",
    }


def apps(call: Call) -> Json:
    """Every app of the account."""
    rows = [
        {
            "app_id": wire_id(call, one.id),
            "app_name": _name(one, "app_name"),
            "platform": one.fields.get("platform", "ANDROID"),
            "app_platform_id": one.fields.get("app_platform_id", f"com.example.{one.number}"),
        }
        for one in _of(call, APP)
    ]
    wanted = call.params.get("app_platform_ids")
    return {"apps": [row for row in rows if wanted is None or row["app_platform_id"] in wanted]}


def _of(call: Call, kind: str) -> list[Asset]:
    """As lists show them: with the switch `list_lag`, late."""
    return [one for one in call.library.of(kind, call.owner) if one.created <= call.now - call.settings.list_lag]


def _name(one: Asset, key: str) -> str:
    return str(one.fields.get(key, one.name))


ENDPOINTS = (
    endpoint(
        "GET",
        "tool/region/",
        (
            OWNER,
            texts("placements", *PLACEMENT_WORDS, required=True),
            text("objective_type", required=True),
            text("level_range", *RANGES),
            *anything("promotion_target_type", "operating_system", "brand_safety_type", "rf_campaign_type"),
        ),
        regions,
    ),
    endpoint("GET", "tool/language/", (OWNER,), languages),
    endpoint(
        "GET",
        "tool/interest_category/",
        (
            OWNER,
            text("version"),
            texts("placements", *PLACEMENT_WORDS),
            texts("special_industries", "HOUSING", "EMPLOYMENT", "CREDIT"),
            text("language"),
        ),
        interests,
    ),
    endpoint(
        "GET",
        "pixel/list/",
        (
            OWNER,
            one_id("pixel_id"),
            text("code"),
            text("name"),
            text("order_by", "LATEST_CREATE", "EARLIEST_CREATE"),
            Field("filtering", Type.OBJECT, fields=anything("available_for_catalog_only")),
            PAGE,
            count("page_size", most=20),
        ),
        pixels,
    ),
    endpoint("GET", "app/list/", (OWNER, texts("app_platform_ids")), apps),
)
