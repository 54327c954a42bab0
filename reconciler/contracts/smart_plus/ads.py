"""What a Smart+ ad needs: creatives, texts, a way to act, an identity (fact sheet smart_plus, 1.3 and 1.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.contracts.contract import Broken, missing
from reconciler.contracts.smart_plus.creatives import CUSTOM, SPARK
from reconciler.kinds.fields import Sought
from reconciler.model import Fields

MOST = 50
_WORKS = (
    "TT_USER works there, and BC_AUTH_TT with identity_authorized_bc_id (AUTH_CODE for a post); CUSTOMIZED_USER works "
    "where `placements` leave PLACEMENT_TIKTOK out"
)


def broken(fields: Fields, adgroup: Fields) -> Iterator[Broken]:
    """Every rule that an ad breaks. `adgroup`: its ad group's fields, empty where they are not known."""
    uses: tuple[Mapping[str, Any], ...] = fields["creatives"]
    if not 1 <= len(uses) <= MOST:
        yield Broken("creatives", f"`creatives`: {len(uses)} of them", f"write 1 to {MOST}")
    yield from _twice(uses)
    kinds = [use.get("identity_type", fields.get("identity_type")) for use in uses]
    # A name is looked up by a plan, which asks again.
    spark = any(kind in SPARK for kind in kinds if not isinstance(kind, Sought))
    # What is wrong with the ad's identity is wrong with each of its creatives, and said once.
    yield from dict.fromkeys(
        one
        for place, (use, kind) in enumerate(zip(uses, kinds, strict=True))
        if not isinstance(kind, Sought)
        for one in _identity(use, kind, fields, adgroup, f"creatives[{place}]")
    )
    yield from _texts(fields, uses)
    yield from _action(fields, adgroup, spark=spark)
    if len(fields.get("utm_params", ())) > 14:
        yield Broken("utm_params", "`utm_params`: more than 14", "at most 14 are allowed")


def _twice(uses: tuple[Mapping[str, Any], ...]) -> Iterator[Broken]:
    """Two items of one content are one creative; a refresh holds each of its variants."""
    seen: set[tuple[Any, ...]] = set()
    for use in uses:
        source = next(one for one in ("video", "refresh", "video_id", "tiktok_item_id") if one in use)
        own = (source, str(use[source]), use.get("identity_type"), use.get("identity_id"))
        key = (*own, use.get("variant"))
        if key in seen or (source == "refresh" and (*own, None) in seen):
            said = f"{use[source]}" + (f", variant {use['variant']}" if "variant" in use else "")
            yield Broken("creatives", f"`creatives`: {source} {said} is in the list twice", "write it once")
        seen.add(key)
        if "variant" not in use and any(one[:4] == own and one[4] is not None for one in seen):
            text = f"`creatives`: {use[source]} is there as a whole and with one of its variants"
            yield Broken("creatives", text, "write one of the two")


def _identity(use: Fields, kind: str | None, fields: Fields, adgroup: Fields, where: str) -> Iterator[Broken]:
    if kind is None:
        yield Broken("creatives", f"`{where}` has no identity", "write identity_type and identity_id of the ad", "R202")
        return
    for name in ("identity_id", *(("identity_authorized_bc_id",) if kind == "BC_AUTH_TT" else ())):
        if name not in use and name not in fields:
            yield Broken("identity_type", f"`{name}` is missing: {kind} needs it", f"add `{name}:`", "R202")
    if kind == "AUTH_CODE" and "tiktok_item_id" not in use:
        yield Broken("creatives", f"`{where}`: AUTH_CODE is for posts", "write TT_USER or BC_AUTH_TT")
    if kind == CUSTOM and "tiktok_item_id" in use:
        yield Broken("creatives", f"`{where}`: a post belongs to a TikTok account", "write TT_USER or BC_AUTH_TT")
    elif kind == CUSTOM and adgroup and on_tiktok(adgroup):
        text = "`identity_type`: CUSTOMIZED_USER is refused for new ads on TikTok, automatic placement included"
        yield Broken("identity_type", text, _WORKS, "R218", only_new=True)
    declared = use.get("aigc_disclosure_type", fields.get("aigc_disclosure_type"))
    if "refresh" in use and kind == CUSTOM and declared == "NOT_DECLARED":
        text = "`aigc_disclosure_type`: a generated video must be declared as such"
        yield Broken("aigc_disclosure_type", text, "write SELF_DISCLOSURE, or leave it out")


def on_tiktok(adgroup: Fields) -> bool:
    """Whether TikTok is among the placements; what is not set is left to the platform."""
    automatic = adgroup.get("placement_type", "PLACEMENT_TYPE_AUTOMATIC") == "PLACEMENT_TYPE_AUTOMATIC"
    return automatic or "PLACEMENT_TIKTOK" in adgroup.get("placements", ())


def _texts(fields: Fields, uses: tuple[Mapping[str, Any], ...]) -> Iterator[Broken]:
    posts = bool(uses) and all("tiktok_item_id" in use for use in uses)
    texts = fields.get("ad_texts")
    if posts and texts is not None:
        yield Broken("ad_texts", "`ad_texts`: posts have their own texts", "remove it")
    if uses and not posts and not texts:
        yield missing("ad_texts", "videos need at least one")
    if len(texts or ()) > 5:
        yield Broken("ad_texts", f"`ad_texts`: {len(texts or ())} of them", "at most 5 are allowed")


def _action(fields: Fields, adgroup: Fields, *, spark: bool) -> Iterator[Broken]:
    """Where a tap leads, and what the button says."""
    promotion, target = adgroup.get("promotion_type"), adgroup.get("promotion_target_type")
    if (promotion == "WEBSITE" or target == "EXTERNAL_WEBSITE") and "landing_page_url" not in fields:
        yield missing("landing_page_url", "its ad group promotes a website")
    if promotion == "WEBSITE" and "page_ids" in fields:
        yield Broken("page_ids", "`page_ids` do not go with a website", "remove them")
    if target == "INSTANT_PAGE" and not fields.get("page_ids"):
        yield missing("page_ids", "its ad group takes leads by an instant form")
    for name in ("page_ids", "call_to_actions"):
        if len(fields.get(name, ())) > 3:
            yield Broken(name, f"`{name}`: {len(fields[name])} of them", "at most 3 are allowed")
    if "call_to_actions" in fields and "call_to_action_id" in fields:
        yield Broken("call_to_actions", "`call_to_actions` and `call_to_action_id` exclude each other", "leave one out")
    leads = str(promotion).startswith("LEAD_GEN")
    if adgroup and on_tiktok(adgroup) and (spark or leads):
        why = "LEAD_GENERATION" if leads else "an identity that is a TikTok account"
        if "call_to_actions" in fields:
            text = f"`call_to_actions` are not possible on TikTok with {why}"
            yield Broken("call_to_actions", text, "write `call_to_action_id`, the id of a portfolio")
        elif "call_to_action_id" not in fields:
            yield missing("call_to_action_id", f"ads on TikTok with {why} need a portfolio of calls to action")
