"""`guardrails` of the workspace file: what no plan may do without being allowed to by name."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from reconciler.kinds.document import Strict, unset
from reconciler.kinds.fields import Money, fail, text
from reconciler.manifest.numbers import Count, Factor, Percent, Positive

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}", re.ASCII)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


def _moment(value: Any) -> str:
    written = text(value)
    try:
        if not _MOMENT.fullmatch(written):
            raise ValueError
        datetime.fromisoformat(written)
    except ValueError:
        hint = "write the account's time as 2026-12-01 00:00, in quotes"
        raise fail("R204", f'"{written}" is not a time', hint) from None
    return written


def _domain(value: Any) -> str:
    """A domain in lower case, in punycode: as a landing page's host is compared."""
    written = text(value)
    try:
        found = written.encode("idna").decode().lower()
    except ValueError:
        found = ""
    if "." not in found or not all(_LABEL.fullmatch(part) for part in found.split(".")):
        hint = "write the domain alone, without https://, * and path, such as example.com"
        raise fail("R204", f'"{written}" is not a domain', hint)
    return found


Moment = Annotated[
    str,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}$"}),
]
Domain = Annotated[str, PlainValidator(_domain), WithJsonSchema({"type": "string"})]
Direction = Literal["pause", "lower", "raise", "enable", "create", "update", "delete", "upload", "refresh"]


class MaxBudget(Strict):
    """The highest budget of one object that is enabled, a day's or a whole life's, as it is written."""

    campaign: Money = unset()
    """Of a campaign."""
    adgroup: Money = unset()
    """Of an ad group."""


class MaxChanges(Strict):
    """What one plan may hold. The shares count from ten managed objects on."""

    enable: Count = unset()
    """Rows that enable something."""
    update_percent: Percent = unset()
    """Updates of what is enabled, of all managed campaigns, ad groups and ads."""
    disable_percent: Percent = unset()
    """Objects whose manifest is gone, of all managed campaigns, ad groups and ads."""
    delete: Count = unset()
    """Rows that delete something."""


class MaxSubmits(Strict):
    """Refresh tasks that may be asked for; one that fails counts, too."""

    run: Count = unset()
    """In one run."""
    day: Count = unset()
    """Since midnight, in the account's time."""
    month: Count = unset()
    """Since the first of the month, in the account's time."""


class Freeze(Strict):
    """A time in which nothing is changed."""

    from_: Annotated[Moment, Field(alias="from")]
    """When it begins, in the account's time."""
    to: Moment
    """When it is over, in the account's time."""
    allow: list[Direction] = Field(default_factory=list)
    """What may be done all the same. Pausing and lowering always may."""

    @model_validator(mode="after")
    def _forward(self) -> Freeze:
        if self.to <= self.from_:
            raise fail("R204", f'"{self.to}" is not after "{self.from_}"', "write `to` as a later time", at="to")
        return self


class Guardrails(Strict):
    """Limits a plan may not break."""

    max_daily_spend: Money = unset()
    """Worst case a day of all ENABLED campaigns; required before anything is enabled."""
    delete_hold_days: Count = 7
    """Days between disabling a removed resource and deleting it (`on_remove: delete`)."""
    plan_hours: Positive = 24
    """Life of a saved plan, in hours."""
    max_budget: MaxBudget = Field(default_factory=MaxBudget.model_construct)
    """The highest budget of one campaign, of one ad group."""
    max_raise_percent: Count = unset()
    """By how much the budget of what is enabled may rise at once, in percent of the live value."""
    typo_factor: Factor = unset()
    """So many times the live budget is taken for a slip, and so are a shifted point and a digit that is there twice."""
    max_changes: MaxChanges = Field(default_factory=MaxChanges.model_construct)
    """How much one plan may enable, update, disable and delete."""
    max_submits: MaxSubmits = Field(default_factory=MaxSubmits.model_construct)
    """How many refresh tasks may be asked for."""
    landing_domains: list[Domain] = Field(default_factory=list)
    """Where ads may lead: these domains and what is below them."""
    freeze: list[Freeze] = Field(default_factory=list)
    """Times in which nothing is changed."""
