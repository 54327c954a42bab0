"""What an edit sends: all that is managed where the platform may replace, one field where it patches; status apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import (
    STATUS,
    ad,
    adgroup,
    campaign,
    day,
    error,
    family,
    fields_of,
    listed,
    paths,
    statuses,
)
from tests.stories.workspace import Workspace

STRANGERS: Mapping[str, Any] = {
    "network_types": ["WIFI"], "device_model_ids": ["5", "6"], "interest_keyword_ids": ["7"], "saved_audience_id": "8",
    "actions": [{"action_scene": "VIDEO_RELATED", "action_period": 7}], "spending_power": "HIGH",
    "household_income": ["TOP_5_PERCENT"], "contextual_tag_ids": ["9"], "category_exclusion_ids": ["3"],
    "device_price_ranges": [0, 250], "min_android_version": "9.0", "search_result_enabled": True, "is_hfss": True,
    "inventory_filter_enabled": True, "deep_cpa_bid": 3, "languages": ["en"], "gender": "GENDER_MALE",
    "operating_systems": ["IOS"], "interest_category_ids": ["15"], "comment_disabled": True, "frequency": 3,
    "zipcode_ids": ["10001"], "brand_safety_type": "STANDARD_INVENTORY", "dayparting": "10" * 168,
}  # fmt: skip
CREATIVE: Mapping[str, object] = {
    "page_id": 55, "music_id": "m-1", "dark_post_status": "OFF", "item_duet_status": "DISABLE",
    "item_stitch_status": "ENABLE", "deeplink": "shop://x", "deeplink_type": "NORMAL", "tracking_app_id": "12",
    "impression_tracking_url": "https://example.com/i", "click_tracking_url": "https://example.com/c",
    "card_id": "44", "disclaimer_type": "TEXT_ONLY", "ad_texts": ["a", "b"], "display_name": "The shop",
    "call_to_action": "SHOP_NOW", "tracking_pixel_id": 71, "vast_moat_enabled": True,
}  # fmt: skip
NINE = {
    "ad_name": "Other", "identity_id": '"78"', "identity_type": "TT_USER", "identity_authorized_bc_id": '"6"',
    "video": '{video_id: "v2"}', "image_ids": "[i2]", "tiktok_item_id": '"10"', "ad_text": "Play now",
    "extra": "{music_id: m-2}",
}  # fmt: skip
WIRE = {"video": "video_id", "extra": "music_id"}


@pytest.mark.parametrize("semantics", ["merge", "replace"])
@pytest.mark.parametrize("ids", ["string", "number"])
def test_an_ad_group_keeps_what_others_set(shop: Workspace, market: Account, semantics: str, ids: str) -> None:
    """A stranger's targeting survives our edit, whether the platform merges or replaces; ids stay texts."""
    market.switch(adgroup_update=semantics, ids_as=ids)
    shop.manifest(campaign(), adgroup(age_groups="[AGE_18_24]"), ad())
    shop.apply()
    numbers = {name: [int(one) for one in value] for name, value in STRANGERS.items() if name.endswith("_ids")}
    market.edit("adgroup", "spring-us", **{**STRANGERS, **(numbers if ids == "number" else {})})
    assert shop.in_sync()
    before = listed(market, "adgroup", "spring-us")
    shop.replace("[AGE_18_24]", "[AGE_25_34]")
    shop.apply()
    after = listed(market, "adgroup", "spring-us")
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"age_groups", "modify_time", *(numbers if ids == "number" else ())}
    assert [list(map(str, before[name])) for name in numbers] == [list(map(str, after[name])) for name in numbers]
    sent = market.posts()[-1][1]
    lists = [value for name, value in sent.items() if name.endswith("_ids")]
    assert all(isinstance(one, str) for value in lists for one in value)
    assert shop.in_sync()


def test_an_ad_group_update_carries_everything_that_is_managed(shop: Workspace, market: Account) -> None:
    """And nothing that cannot be changed, no status, and no sum that nobody has declared."""
    told = {"languages": "[en]", "gender": "GENDER_MALE", "bid_type": "BID_TYPE_NO_BID", "pixel_id": '"7"'}
    shop.manifest(campaign(), adgroup(**told))
    shop.apply()
    market.edit("adgroup", "spring-us", bid_price=1)
    shop.replace("GENDER_MALE", "GENDER_FEMALE")
    market.forget_calls()
    shop.apply()
    ((path, body),) = market.posts()
    assert path == "adgroup/update/"
    assert body.keys() >= {"adgroup_id", "budget", "pacing", "location_ids", "languages", "gender"}
    fixed = {"placement_type", "promotion_type", "optimization_goal", "billing_event", "budget_mode", "pixel_id"}
    unsaid = {"operation_status", "status", "bid_price", "roas_bid", "deep_cpa_bid", "schedule_end_time"}
    assert not body.keys() & {*fixed, *unsaid, "campaign_id", "placements"}


@pytest.mark.parametrize("field", NINE)
def test_the_nine_fields_of_an_ad_are_patched(shop: Workspace, market: Account, field: str) -> None:
    """Only they are sent (with a new cover, where the video is another one); the rest of the creative stays."""
    who = {"identity_type": "AUTH_CODE", "identity_authorized_bc_id": '"5"', "extra": "{music_id: m-1}"}
    post = {"tiktok_item_id": '"9"', "video": None} if field == "tiktok_item_id" else {}
    shop.manifest(campaign(), adgroup(), ad(**{**who, "ad_text": "Play", **post}))  # type: ignore[arg-type]
    shop.apply()
    market.edit("ad", "spring-us-hero", page_id=55, call_to_action="SHOP_NOW")
    shop.manifest(campaign(), adgroup(), ad(**{**who, "ad_text": "Play", **post, field: NINE[field]}))  # type: ignore[arg-type]
    market.forget_calls()
    shop.apply()
    ((path, body),) = market.posts()
    assert (path, body["patch_update"]) == ("ad/update/", True)
    (creative,) = body["creatives"]
    assert creative.keys() == {"ad_id", WIRE.get(field, field), *(("image_ids",) if field == "video" else ())}
    (row,) = market.objects("ad")
    assert (row["page_id"], row["call_to_action"]) == ("55", "SHOP_NOW")
    assert shop.in_sync()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("landing_page_url", "https://example.com/autumn"), ("display_name", "Another"), ("app_name", "Puzzle"),
        ("call_to_action", "LEARN_MORE"), ("utm_params", "[{key: a, value: b}]"), ("tracking_pixel_id", '"72"'),
        ("aigc_disclosure_type", "SELF_DISCLOSURE"),
    ],
)  # fmt: skip
def test_a_whole_creative_keeps_what_others_set(shop: Workspace, market: Account, field: str, value: str) -> None:
    """Every other field is sent again: name, format, identity, media, and what a stranger has added."""
    shop.manifest(*family())
    shop.apply()
    market.edit("ad", "spring-us-hero", **CREATIVE)
    before = listed(market, "ad", "spring-us-hero")
    shop.manifest(campaign(), adgroup(), ad(**{field: value}))
    market.forget_calls()
    shop.apply()
    ((path, body),) = market.posts()
    assert path == "ad/update/"
    assert "patch_update" not in body
    (creative,) = body["creatives"]
    assert creative.keys() >= {"ad_name", "ad_format", "identity_type", "identity_id", "video_id", "image_ids"}
    assert "operation_status" not in creative
    after = listed(market, "ad", "spring-us-hero")
    assert {name for name in before if before[name] != after[name]} <= {field, "modify_time"}
    assert shop.in_sync()


def test_a_whole_creative_keeps_a_switch_that_others_turned_off(shop: Workspace, market: Account) -> None:
    """promotional_music_disabled is true where it is not sent."""
    shop.manifest(*family())
    shop.apply()
    market.edit("ad", "spring-us-hero", promotional_music_disabled=False)
    shop.manifest(campaign(), adgroup(), ad(call_to_action="SHOP_NOW"))
    shop.apply()
    assert listed(market, "ad", "spring-us-hero")["promotional_music_disabled"] is False


EDITS: list[tuple[str, str, dict[str, Any]]] = [
    ("campaign", "spring", {"budget": 900, "po_number": "theirs"}),
    ("adgroup", "spring-us", {"budget": 75, "languages": ["fr"], "gender": "GENDER_FEMALE", "dayparting": "01" * 168}),
    ("adgroup", "spring-us", {"schedule_end_time": "2027-12-01 00:00:00", "comment_disabled": True}),
    ("adgroup", "spring-us", {"adgroup_name": "Renamed", "status": "ENABLE"}),
    ("ad", "spring-us-hero", {"landing_page_url": "https://example.com/theirs", "ad_text": "theirs"}),
    ("ad", "spring-us-hero", {"video_id": "v3", "identity_id": "1"}),
    ("ad", "spring-us-hero", {"ad_name": "Renamed", "status": "ENABLE"}),
]


@pytest.mark.parametrize(("kind", "name", "edit"), EDITS)
@pytest.mark.parametrize("semantics", ["merge", "replace"])
def test_a_strangers_edit_is_repaired(
    shop: Workspace, market: Account, kind: str, name: str, edit: dict[str, Any], semantics: str
) -> None:
    """The plan shows it as theirs, the apply takes it back and nothing else."""
    market.switch(adgroup_update=semantics)
    shop.manifest(
        campaign(po_number="PO-1", status="DISABLE"),
        adgroup(
            adgroup_name=name if kind == "adgroup" else "Adults", languages="[en]", gender="GENDER_MALE",
            dayparting=f'"{"1" * 168}{"0" * 168}"', comment_disabled="false", status="DISABLE",
            schedule_type="SCHEDULE_START_END", schedule_end_time=day(30),
        ),
        ad(ad_name=name if kind == "ad" else "Hero", ad_text="Play", image_ids="[i1]", status="DISABLE"),
    )  # fmt: skip
    shop.apply()
    before = listed(market, kind, name)
    market.edit(kind, name, **edit)
    ((address, row),) = shop.plan().rows.items()
    assert (row["op"], row["reason"]) == ("update", "drifted")
    assert {one["side"] for one in row["fields"]} == {"theirs"}
    wanted = {"video_id": "video"}
    assert {one["path"] for one in row["fields"]} == {wanted.get(one, one) for one in edit}
    assert shop.apply().ended == {address: "done"}
    after = listed(market, kind, name)
    assert {one for one in before if before[one] != after[one]} <= {"modify_time"}
    assert shop.in_sync()


def test_a_field_both_have_changed(shop: Workspace, market: Account) -> None:
    """Old is theirs, new is ours, and the row says so."""
    shop.manifest(*family())
    shop.apply()
    market.edit("campaign", "spring", budget=900)
    shop.replace("budget: 100", "budget: 120")
    made = shop.plan()
    assert fields_of(made, "campaign/spring") == {"budget": ("900.00", "120.00")}
    assert made.rows["campaign/spring"]["fields"][0]["side"] == "both"


@pytest.mark.parametrize("kind", STATUS)
def test_a_status_has_a_call_of_its_own(shop: Workspace, market: Account, kind: str) -> None:
    """Alone it is that call; with another edit, two calls: the pause first, the enabling last."""
    names = {"campaign": "spring", "adgroup": "spring-us", "ad": "spring-us-hero"}
    field = {"campaign": "po_number", "adgroup": "languages", "ad": "ad_text"}[kind]
    before, after = ("[en]", "[fr]") if kind == "adgroup" else ("one", "two")

    def declared(status: str, value: str) -> None:
        told = {one: {field: value, "status": status} if one == kind else {} for one in STATUS}
        shop.manifest(campaign(**told["campaign"]), adgroup(**told["adgroup"]), ad(**told["ad"]))

    declared("DISABLE", before)
    shop.apply()
    for status, value, calls in (
        ("ENABLE", before, [STATUS[kind]]), ("DISABLE", before, [STATUS[kind]]),
        ("ENABLE", after, [f"{kind}/update/", STATUS[kind]]), ("DISABLE", before, [STATUS[kind], f"{kind}/update/"]),
    ):  # fmt: skip
        market.forget_calls()
        declared(status, value)
        shop.apply()
        assert paths(market) == calls
        told = [body for path, body in market.posts() if path == f"{kind}/update/"]
        assert all("operation_status" not in str(body) for body in told)
        assert statuses(market)[f"{kind}/{names[kind]}"] == status
        assert shop.in_sync()


def test_names_are_edited(shop: Workspace, market: Account) -> None:
    """All three levels; the address stays."""
    shop.manifest(campaign(campaign_name="A"), adgroup(adgroup_name="B"), ad(ad_name="C"))
    shop.apply()
    ids = {address: entry["id"] for address, entry in shop.lock.items()}
    shop.manifest(campaign(campaign_name="A 2"), adgroup(adgroup_name="B 2"), ad(ad_name="C 2"))
    shop.apply()
    assert [market.names(kind) for kind in STATUS] == [["A 2"], ["B 2"], ["C 2"]]
    assert {address: entry["id"] for address, entry in shop.lock.items()} == ids
    assert shop.in_sync()


def test_what_lowers_spend_comes_first(shop: Workspace, market: Account) -> None:
    """Pauses and lower budgets before raises, wherever they stand in the plan."""
    shop.manifest(*(campaign(name, status="ENABLE") for name in "abcd"), adgroup("g", "d", budget=40))
    shop.apply()
    market.forget_calls()
    shop.manifest(
        campaign("a", status="ENABLE", budget=200), campaign("b", status="ENABLE", budget=60),
        campaign("c", status="DISABLE"), campaign("d", status="ENABLE", budget=150), adgroup("g", "d", budget=30),
    )  # fmt: skip
    shop.apply()
    told = [(path, body.get("budget")) for path, body in market.posts()]
    group = market.one("adgroup", "g")["adgroup_id"]
    assert {told[0], told[1]} == {("campaign/update/", "60.00"), ("campaign/status/update/", None)}
    assert told[2:] == [
        ("adgroup/budget/update/", [{"adgroup_id": group, "budget": "30.00"}]),
        ("campaign/update/", "200.00"), ("campaign/update/", "150.00"),
    ]  # fmt: skip
    assert shop.in_sync()


def test_a_budget_below_what_is_spent_is_the_platforms_refusal(shop: Workspace, market: Account) -> None:
    """105 % of today's spend is the least: the row fails with the platform's words, nothing else is lost."""
    shop.manifest(*family())
    shop.apply()
    today = market.operate("state")["time"][:10]
    spent = [{"id": shop.lock["campaign/spring"]["id"], "date": today, "metrics": {"spend": 90}}]
    market.load(figures=spent)
    market.load(figures=[{**spent[0], "date": day(-1).strip('"')[:10]}])
    shop.manifest(campaign(budget=60), adgroup(languages="[en]"), ad())
    ended = shop.apply(code=9)
    assert ended.ended == {"campaign/spring": "failed", "adgroup/spring-us": "done"}
    assert error(ended, "campaign/spring")["code"] == "R606"
    assert "105%" in error(ended, "campaign/spring")["message"]


def test_extra_fields_of_an_ad_are_carried_and_edited(shop: Workspace, market: Account) -> None:
    """A field the model does not know is sent with the creative, stays with the next edit and can be edited itself."""
    shop.manifest(campaign(), adgroup(), ad(extra="{creative_authorized: true}"))
    shop.apply()
    assert shop.in_sync()
    shop.manifest(campaign(), adgroup(), ad(extra="{creative_authorized: true}", call_to_action="SHOP_NOW"))
    shop.apply()
    assert listed(market, "ad", "spring-us-hero")["creative_authorized"] is True
    shop.manifest(campaign(), adgroup(), ad(extra="{creative_authorized: false}", call_to_action="SHOP_NOW"))
    assert shop.apply().ended == {"ad/spring-us-hero": "done"}
    assert shop.in_sync()
