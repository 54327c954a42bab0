"""What an ad and its creatives are made of, as the calls take them (1.3)."""

from __future__ import annotations

from reconciler.simulator.marketing.shapes import anything, flag, one_id, text, texts
from reconciler.simulator.rules import Field, Type
from reconciler.simulator.smart_plus.words import AD_FORMATS, CALLS_TO_ACTION, CUSTOM, ENHANCEMENTS, SPARK

AIGC = ("SELF_DISCLOSURE", "NOT_DECLARED")


def items(name: str, *fields: Field, most: int | None = None, required: bool = False, least: int = 0) -> Field:
    """An array of objects, which may be empty unless `least` says otherwise."""
    return Field(name, Type.OBJECTS, required=required, most=most, least=least, fields=fields)


INFO = Field(
    "creative_info",
    Type.OBJECT,
    required=True,
    fields=(
        text("ad_format", *AD_FORMATS, required=True),
        Field(
            "video_info",
            Type.OBJECT,
            fields=(text("video_id", required=True), *anything("file_name")),
        ),
        items("image_info", text("web_uri", required=True), most=35),
        text("tiktok_item_id"),
        Field("music_info", Type.OBJECT, fields=(text("music_id", required=True),)),
        text("identity_type", *SPARK, CUSTOM),
        text("identity_id"),
        text("identity_authorized_bc_id"),
        text("aigc_disclosure_type", *AIGC),
        text("thumbnail_mode", "AUTOMATIC", "MANUAL"),
    ),
)
CREATIVES = items("creative_list", INFO, least=1)
"""A request knows no ids of creatives (4): they are fields that the call has not."""
LISTS = (
    items("ad_text_list", text("ad_text", required=True, most=100), most=5),
    items("call_to_action_list", text("call_to_action", *CALLS_TO_ACTION, required=True), most=3),
    items("landing_page_url_list", text("landing_page_url", required=True)),
    items("page_list", one_id("page_id", required=True), most=3),
    items("deeplink_list", *anything("deeplink", "deeplink_type"), most=1),
    items("interactive_add_on_list", one_id("card_id", required=True), most=1),
    items("custom_product_page_list", *anything("custom_product_page_id", "custom_product_page_url"), most=1),
)
REST = (text("deeplink_type"), Field("disclaimer", Type.ANY))
PRODUCTS = ("product_specific_type", "product_set_id", "product_info")
_LEAVES = (
    text("identity_type", CUSTOM, "TT_USER", "BC_AUTH_TT"),
    text("identity_id"),
    text("identity_authorized_bc_id"),
    text("dark_post_status", "ON", "OFF"),
    items("utm_params", text("key", required=True), text("value", required=True), most=14),
    one_id("call_to_action_id"),
    flag("creative_auto_add_toggle"),
    texts("creative_auto_enhancement_strategy_list", *ENHANCEMENTS),
    text("product_info_enabled", "UNSET", "NON_CATALOG", "CATALOG"),
    *anything(
        *PRODUCTS, "tracking_info", "phone_info", "fallback_type", "end_card_cta", "deeplink_utm_params",
    ),
)  # fmt: skip
LEAVES = tuple(one.name for one in _LEAVES)
CONFIGURATION_CREATE = Field(
    "ad_configuration", Type.OBJECT, fields=(*_LEAVES, *anything("product_display_field_list"))
)
CONFIGURATION_UPDATE = Field("ad_configuration", Type.OBJECT, fields=_LEAVES)
