"""What is done to a video: strategies, hooks and holidays, as the API names them, and how a step changes them.

Source of the values: the Refresh Ads document, section create a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema

from reconciler.kinds.fields import fail

HookType = Literal["EMOTIONAL", "COMMENT", "BILLO", "TEXT_TO_VIDEO", "RECOMMENDED", "HOLIDAY"]
Theme = Literal[
    "NEW_YEARS_DAY", "VALENTINES_DAY", "NATIONAL_PET_DAY", "EASTER", "MOTHERS_DAY", "PRIDE", "FATHERS_DAY",
    "GRANDPARENTS_DAY", "BACK_TO_SCHOOL", "HALLOWEEN", "SINGLES_DAY", "THANKSGIVING", "BLACK_FRIDAY",
    "SMALL_BUSINESS_SATURDAY", "CYBER_MONDAY", "CHRISTMAS_DAY", "BOXING_DAY",
]  # fmt: skip
STRATEGIES = (("ADD_HOOK",), ("SWAP_MUSIC",), ("ADD_HOOK", "SWAP_MUSIC"))


def strategies(value: Any) -> tuple[str, ...]:
    """A set of strategies in its normal form."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise fail("R215", "a list of strategies is expected here", "write [ADD_HOOK], [SWAP_MUSIC] or both")
    found = tuple(sorted(str(one) for one in value))
    if found not in STRATEGIES:
        raise fail("R204", f"[{', '.join(value)}] is not a set of strategies", "write [ADD_HOOK], [SWAP_MUSIC] or both")
    return found


STRATEGIES_SCHEMA = {
    "type": "array",
    "items": {"enum": ["ADD_HOOK", "SWAP_MUSIC"]},
    "minItems": 1,
    "maxItems": 2,
    "uniqueItems": True,
}
Strategies = Annotated[
    tuple[str, ...],
    PlainValidator(strategies),
    WithJsonSchema(STRATEGIES_SCHEMA),
]


def changed(fields: Mapping[str, Any], step: Mapping[str, Any]) -> dict[str, Any]:
    """`strategies` and `add_hook` of a refresh whose own are in `fields`, with what a step of its policy changes.

    Without `add_hook` where the strategies hold ADD_HOOK: `fields` lack what every hook needs.
    """
    own = tuple(fields["strategies"])
    hooked = tuple(sorted({*own, "ADD_HOOK"})) if "hook_type" in step else own
    made = tuple(step.get("strategies", hooked))
    found: dict[str, Any] = {"strategies": made}
    if "ADD_HOOK" in made and "add_hook" in fields:
        kept = {name: one for name, one in fields["add_hook"].items() if name != "holiday_theme"}
        hook = {name: step[name] for name in ("hook_type", "holiday_theme") if name in step}
        found["add_hook"] = {**kept, **hook} if hook else dict(fields["add_hook"])
    return found
