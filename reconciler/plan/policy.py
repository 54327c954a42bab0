"""`spec.renew` as a value: what makes a step due, and what a refresh is made from at each step. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.kinds.calendar import Season
from reconciler.kinds.hooks import changed
from reconciler.kinds.renew import AtMost, Metric, RenewSpec, SeasonSpec, TiredWhen, given
from reconciler.model import Resource


class Tired(Struct, frozen=True):
    """By which figures."""

    metric: Metric
    is_any: bool
    confirm: Metric | None
    noise_floor: Decimal
    require_siblings: bool
    and_platform: bool = False


class Policy(Struct, frozen=True):
    """When, which, and how often at most. Days are whole days of the account."""

    tired: Tired | None
    age: int | None
    calendar: tuple[Season, ...]
    next: tuple[Mapping[str, Any], ...]
    """What each step from the first on changes of the manifest's own fields."""
    repeats: bool
    cooldown: int
    month: int | None
    valid_days: int

    def has_step(self, step: int) -> bool:
        """Whether the order goes so far."""
        return step == 0 or (step > 0 and bool(self.next) and (self.repeats or step <= len(self.next)))


def policy_of(resource: Resource) -> Policy | None:
    """The policy of a refresh, None without one."""
    told = resource.fields.get("renew")
    if told is None:
        return None
    when, at_most = told["when"], told.get("at_most", {})
    return Policy(
        tired=_tired(when["tired"]) if "tired" in when else None,
        age=when.get("age"),
        calendar=tuple(_season(one) for one in when.get("calendar", ())),
        next=tuple(told.get("next", ())),
        repeats=given(RenewSpec, told, "then") == "repeat",
        cooldown=given(AtMost, at_most, "steps"),
        month=at_most.get("month"),
        valid_days=given(RenewSpec, told, "valid_days"),
    )


def _tired(told: Mapping[str, Any]) -> Tired:
    metric, of, floor, siblings, platform = (
        given(TiredWhen, told, name) for name in ("metric", "of", "noise_floor", "require_siblings", "and_platform")
    )
    return Tired(metric, of == "any", told.get("confirm"), Decimal(floor), siblings, platform)


def _season(told: Mapping[str, Any]) -> Season:
    day = date.fromisoformat(told["day"]) if "day" in told else None
    return Season(told["theme"], told["from_"], given(SeasonSpec, told, "until"), day)


def at_step(resource: Resource, policy: Policy, step: int, theme: str | None) -> Resource:
    """The refresh as its variants are made at a step, or for a holiday. `policy.has_step(step)` holds."""
    fields = dict(resource.fields)
    round_, place = divmod(max(step - 1, 0), max(len(policy.next), 1))
    change: Mapping[str, Any] = policy.next[place] if step else {}
    if theme is not None:
        change = {"hook_type": "HOLIDAY", "holiday_theme": theme}
    if change:
        fields = {name: one for name, one in fields.items() if name != "add_hook"} | changed(fields, change)
    if round_:
        # The same hooks once more, and yet made anew.
        fields["revision"] = fields.get("revision", 1) + round_
    return replace(resource, fields=fields)


def made_words(stepped: Resource) -> str:
    """What its variants are made by: `COMMENT`, `HOLIDAY CHRISTMAS_DAY and SWAP_MUSIC`."""
    fields = stepped.fields
    hook = fields.get("add_hook", {})
    words = " ".join(hook[name] for name in ("hook_type", "holiday_theme") if name in hook)
    return " and ".join(one for one in (words, "SWAP_MUSIC" if "SWAP_MUSIC" in fields["strategies"] else "") if one)
