"""The figures of a variant in words: `2 ads, 12 days, 10,021 impressions: hook 31.0 %, …`. *Pure*."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_TENTH = Decimal("0.1")
RATES = ("hook", "hold", "ctr")


def in_words(told: Mapping[str, Any], currency: str | None) -> str:
    """`performance` of VARIANT on one line."""
    parts = [counted(len(told["ads"]), "ad"), counted(told["days"], "day"), counted(told["impressions"], "impression")]
    rates = [f"{name} {percent(told[name])}" for name in RATES if told[name] is not None]
    spent = [
        f"{money(told['spend'], currency)} spent",
        counted(told["conversions"], "conversion") + _each(told, currency),
    ]
    verdict = [f"verdict: {told['verdict']}"] if told["verdict"] else []
    return "; ".join([", ".join(parts), *([", ".join(rates)] if rates else []), ", ".join(spent), *verdict])


def as_rows(told: Mapping[str, Any], currency: str | None) -> tuple[tuple[str, str], ...]:
    """The same as label and value, for under a video."""
    rates = [(name.upper() if name == "ctr" else name.capitalize(), told[name]) for name in RATES]
    shown = f"{told['impressions']:,} times on {counted(told['days'], 'day')}"
    return (
        *((label, percent(rate)) for label, rate in rates if rate is not None),
        ("Conversions", f"{told['conversions']:,}{_each(told, currency)}"),
        ("Spend", money(told["spend"], currency)),
        ("Shown", shown),
    )


def _each(told: Mapping[str, Any], currency: str | None) -> str:
    return f" at {money(told['cpa'], currency)}" if told["cpa"] is not None else ""


def percent(rate: str) -> str:
    """A share as people read it: `0.3098` as `31.0 %`."""
    return f"{(Decimal(rate) * 100).quantize(_TENTH, ROUND_HALF_UP)} %"


def money(amount: str, currency: str | None) -> str:
    """An amount with its currency, where the workspace says which."""
    return f"{Decimal(amount):,} {currency}" if currency else f"{Decimal(amount):,}"


def counted(count: int, noun: str) -> str:
    """`1 ad`, `1,200 ads`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
