"""`spec.renew` of a CreativeRefresh: when new variants are due, which hooks come next, and how often at most."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from reconciler.kinds.document import Strict, unset
from reconciler.kinds.fields import Boolean, Integer, fail, number_in, text
from reconciler.kinds.hooks import STRATEGIES_SCHEMA, HookType, Strategies, Theme

Metric = Literal["hook", "hold", "ctr", "cvr", "cpa"]
METRICS: tuple[Metric, ...] = get_args(Metric)
FOLDER = "renewals"
"""Where the steps lie in a workspace, once they are decided."""
_DAYS = re.compile(r"(-?(?:0|[1-9][0-9]{0,2}))d", re.ASCII)
_RATE = re.compile(r"1/([1-9][0-9]{0,2})d", re.ASCII)
_DATE = re.compile(r"2[01][0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SHARE = re.compile(r"(0\.[0-9]{1,2}|1(?:\.0{1,2})?)", re.ASCII)


def _days(value: Any) -> int:
    found = _DAYS.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise fail("R204", f"`{value}` is not a number of days", "write it as 45d; before a day as -28d")
    return int(found[1])


def _positive(value: Any) -> int:
    days = _days(value)
    if days < 1:
        raise fail("R208", f"`{value}` is out of range", "write 1d at least")
    return days


def _rate(value: Any) -> int:
    found = _RATE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise fail("R204", f"`{value}` does not say how often", "write 1/14d: one step in 14 days at most")
    return int(found[1])


def _day(value: Any) -> str:
    try:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValueError
        date.fromisoformat(value)
    except ValueError:
        raise fail("R204", f"`{value}` is not a day", "write it as 2027-03-14") from None
    return str(value)


def _floor(value: Any) -> str:
    if not isinstance(value, str) or not _SHARE.fullmatch(value) or Decimal(value) < Decimal("0.05"):
        raise fail("R208", f"`{value}` is not a share", "write 0.05 to 1.00, with two decimals at most")
    return format(Decimal(value), ".2f")


Days = Annotated[int, PlainValidator(_days), WithJsonSchema({"type": "string", "pattern": "^-?[0-9]{1,3}d$"})]
Span = Annotated[int, PlainValidator(_positive), WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,2}d$"})]
Rate = Annotated[int, PlainValidator(_rate), WithJsonSchema({"type": "string", "pattern": "^1/[1-9][0-9]{0,2}d$"})]
Day = Annotated[str, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Floor = Annotated[
    str, PlainValidator(_floor), WithJsonSchema({"type": ["number", "string"], "minimum": 0.05, "maximum": 1})
]


class TiredWhen(Strict):
    """The figures that show it."""

    metric: Metric = "hook"
    """hook: 2-second views per impression; hold: 6-second views per impression; ctr: clicks per impression; cvr:
    conversions per click; cpa: conversions per spend."""
    of: Literal["any", "all"] = "all"
    """How many of the ads that show it must be tired: any, or all."""
    confirm: Metric = unset()
    """Another metric whose last seven days must lie below its baseline, too; it is not tested."""
    noise_floor: Floor = "0.15"
    """How much a rate may vary from day to day before it counts, at least. Lower finds falls earlier, and calls an ad
    tired more often that is not: with 0.10 a fifth of those whose slumps linger."""
    and_platform: Boolean = False
    """Whether TikTok's own detection of fatigue must agree, too; it needs a place on TikTok's allowlist."""
    require_siblings: Boolean = False
    """Whether nothing is decided while no other ad of the ad group can tell a fall of all of them."""


class SeasonSpec(Strict):
    """A holiday whose hook runs for a time; after it the hook from before comes back, from its kept generation."""

    theme: Theme
    """The holiday."""
    from_: Annotated[Days, Field(alias="from")]
    """When its hook is due, counted from the holiday's first day: -28d. Making and approving take time."""
    until: Days = 0
    """The last day, counted from the holiday's last day."""
    day: Day = unset()
    """The holiday's day, with its year, where it differs from the rule: Mother's Day of another country."""

    @model_validator(mode="after")
    def _in_order(self) -> SeasonSpec:
        if self.from_ > self.until:
            raise fail("R208", f"`from: {self.from_}d` is after `until: {self.until}d`", "begin before the end", "from")
        return self


class WhenSpec(Strict):
    """Any one is enough."""

    tired: TiredWhen = unset()
    """Figures of the ads that show it."""
    age: Span = unset()
    """Days since the running generation first had impressions."""
    calendar: list[SeasonSpec] = unset()
    """Holidays with a hook of their own."""

    @model_validator(mode="after")
    def _something(self) -> WhenSpec:
        if not self.model_fields_set:
            raise fail("R202", "`when` names nothing", "write `tired:`, `age:` or `calendar:`")
        return self


class HookStep(Strict):
    """A hook in the order: what it changes of the manifest's own fields."""

    hook_type: HookType = unset()
    """The kind of intro."""
    holiday_theme: Theme = unset()
    """The holiday; exactly with hook_type HOLIDAY."""
    strategies: Strategies = unset()
    """What is done to the video, where that differs."""

    @model_validator(mode="after")
    def _couplings(self) -> HookStep:
        if (self.hook_type == "HOLIDAY") != (self.holiday_theme is not None):
            if self.holiday_theme is None:
                raise fail("R202", "hook_type HOLIDAY needs a holiday_theme", "add `holiday_theme:`")
            raise fail("R201", "a holiday_theme goes with hook_type HOLIDAY only", "remove it", at="holiday_theme")
        if {"strategies", "hook_type"} <= self.model_fields_set and "ADD_HOOK" not in self.strategies:
            raise fail("R201", "a hook_type goes with strategy ADD_HOOK only", "add it to `strategies`", at="hook_type")
        if not self.model_fields_set:
            raise fail("R202", "a step that changes nothing", "write a hook_type, or `strategies:`")
        return self


def _step(value: Any) -> Any:
    return {"hook_type": text(value)} if isinstance(value, str) else value


Next = list[
    Annotated[
        HookStep,
        BeforeValidator(_step),
        WithJsonSchema(
            {
                "anyOf": [
                    {"enum": list(get_args(HookType))},
                    {
                        "type": "object",
                        "properties": {
                            "hook_type": {"enum": list(get_args(HookType))},
                            "holiday_theme": {"enum": list(get_args(Theme))},
                            "strategies": STRATEGIES_SCHEMA,
                        },
                        "additionalProperties": False,
                    },
                ]
            }
        ),
    ]
]


class AtMost(Strict):
    """How often, whatever figures say."""

    steps: Rate = 14
    """One step in so many days: 1/14d."""
    month: Annotated[Integer, number_in(1, 100)] = unset()
    """Steps in a month of the account."""


class RenewSpec(Strict):
    """When new variants are due, and which."""

    when: WhenSpec
    """What makes a step due; `reconciler renew` proposes it, a person merges it."""
    next: Next = Field(default_factory=list)
    """The hooks of steps 1, 2, 3, …: a hook_type, or what else changes. Step 0 is what the fields above say."""
    then: Literal["stop", "repeat"] = "stop"
    """After the last: stop, for a person to bring a new source video; or repeat, with the next revision."""
    at_most: AtMost = Field(default_factory=AtMost.model_construct)
    """How often at most. Tasks are counted by `guardrails.max_submits`."""
    valid_days: Annotated[Integer, number_in(1, 365)] = 7
    """After so many days a Renewal that was not applied is warned of."""
    rotate: Literal["all_at_once"] = "all_at_once"
    """How ads take new variants: each changes its video once the generation is whole."""

    @property
    def hooks(self) -> list[dict[str, Any]]:
        """What every step changes, then what each theme of the calendar does."""
        themes = [{"hook_type": "HOLIDAY", "holiday_theme": one.theme} for one in self.when.calendar or ()]
        return [*(one.model_dump(exclude_none=True) for one in self.next), *themes]

    @model_validator(mode="after")
    def _steps_there(self) -> RenewSpec:
        needs = self.when.tired is not None or self.when.age is not None
        if needs and not self.next:
            raise fail("R202", "`next` names no hook to go on with", "add `next: [COMMENT, BILLO]`")
        return self


def given(model: type[Strict], told: Mapping[str, Any], name: str) -> Any:
    """A value of a policy as a resource carries it, or what holds where the manifest leaves it out."""
    return told[name] if name in told else model.model_fields[name].get_default(call_default_factory=True)
