"""Which leaves of `targeting_spec` count: the platform drops the others without a word (fact sheet smart_plus, 1.2)."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.contracts.contract import Broken, missing
from reconciler.contracts.smart_plus.goals import APPS
from reconciler.contracts.smart_plus.rows import SPEC
from reconciler.model import Fields

_MANUAL, _AUTOMATIC = "MANUAL", "AUTOMATIC"
_ALWAYS = frozenset({"location_ids", "languages", "operating_systems", "excluded_audiences"})
_HINTS = frozenset({
    "age_groups", "gender", "audiences", "interest_category_ids", "interest_keyword_ids",
    "purchase_intention_keyword_ids", "actions",
})  # fmt: skip
_NOT_BY_HAND = frozenset({"spc_audience_age", "purchase_intention_keyword_ids"})


def broken(fields: Fields, campaign: Fields) -> Iterator[Broken]:
    """Leaves that the mode ignores, and what a targeting needs."""
    mode = fields.get("targeting_optimization_mode", _AUTOMATIC)
    hints = fields.get("suggestion_audience_enabled", False)
    leaves = {one.removeprefix(f"{SPEC}."): value for one, value in fields.items() if one.startswith(f"{SPEC}.")}
    if mode == _MANUAL and "suggestion_audience_enabled" in fields and hints:
        text = "`suggestion_audience_enabled` goes with AUTOMATIC only"
        yield Broken("suggestion_audience_enabled", text, "remove it, or write targeting_optimization_mode: AUTOMATIC")
    for leaf in sorted(leaves):
        if why := _ignored(leaf, mode, hints):
            yield Broken(f"{SPEC}.{leaf}", f"`{leaf}` would be dropped without a word: {why[0]}", why[1])
    if not leaves.get("location_ids"):
        yield missing(f"{SPEC}.location_ids", "targeting_spec needs them")
    if len(leaves.get("location_ids", ())) > 3000:
        yield Broken(f"{SPEC}.location_ids", "`location_ids`: more than 3,000 regions", "at most 3,000 are allowed")
    young = "AGE_13_17" in leaves.get("age_groups", ())
    if young and campaign and campaign.get("objective_type") != "APP_PROMOTION":
        yield Broken(f"{SPEC}.age_groups", "`age_groups`: AGE_13_17 goes with APP_PROMOTION only", "remove it")
    if len(leaves.get("operating_systems", ())) > 1:
        yield Broken(f"{SPEC}.operating_systems", "`operating_systems`: one of them", "leave it out for both")
    if "operating_systems" in leaves and fields["promotion_type"] in APPS:
        text = f"`operating_systems`: the platform sets it for {fields['promotion_type']}"
        yield Broken(f"{SPEC}.operating_systems", text, "remove it")
    if "device_model_ids" in leaves and "device_price_ranges" in leaves:
        yield Broken(f"{SPEC}.device_model_ids", "`device_model_ids` and `device_price_ranges` exclude each other",
                     "leave one out")  # fmt: skip


def _ignored(leaf: str, mode: str, hints: bool) -> tuple[str, str] | None:
    """(why a leaf does not count, what to do)."""
    if mode == _MANUAL:
        if leaf not in _NOT_BY_HAND:
            return None
        return (
            "targeting_optimization_mode is MANUAL",
            "write `age_groups`, or AUTOMATIC" if leaf == "spc_audience_age" else "remove it",
        )
    if leaf in _ALWAYS or leaf == "spc_audience_age" or (hints and leaf in _HINTS):
        return None
    if leaf in _HINTS:
        return (
            "targeting_optimization_mode is AUTOMATIC",
            "write targeting_optimization_mode: MANUAL, or suggestion_audience_enabled: true to give it as a hint",
        )
    return "targeting_optimization_mode is AUTOMATIC", "write targeting_optimization_mode: MANUAL"
