"""One normal form for values, wherever they come from, so that comparing needs no options.

Money: text in the minor units of its currency ("500.00", JPY "5000"); a live amount finer than that keeps its digits,
so that it differs. Other decimals: text without trailing zeros. Both are `Number`, sent as bare JSON numbers.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from reconciler.model import Number

# Currencies whose amounts have no minor unit on this API; every other has two digits. Source: the platform's currency
# ratio table (whole numbers only).
WHOLE_UNITS = frozenset({"HUF", "TWD", "JPY", "ISK", "KRW", "CLP", "IDR", "VND", "PYG"})
ALWAYS_ON = "1" * 336
"""Every half hour of a week: what `dayparting` means when no slot, or every slot, is chosen."""
MONEY_TEXT = re.compile(r"(?:0|[1-9][0-9]{0,12})(?:\.([0-9]+))?", re.ASCII)


def minor_digits(currency: str | None) -> int:
    """Digits after the point; an unknown currency counts as one with two."""
    return 0 if currency in WHOLE_UNITS else 2


def money(value: Decimal, digits: int) -> Number:
    """An amount in normal form: exactly `digits` decimals, or more where the amount is finer."""
    text = format(value if value else abs(value), "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(digits, "0")
    return Number(f"{whole}.{fraction}" if fraction else whole)


def number(value: Decimal) -> Number:
    """Another decimal in normal form: no trailing zeros, no exponent."""
    return money(value, 0)


def live_money(value: Any, digits: int) -> Number | None:
    """Money as the API shows it: a number, a text, or nothing. Raises ValueError for anything else."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError(f"not an amount: {value!r}")
    if isinstance(value, str) and "_" in value:
        raise ValueError(f"not an amount: {value!r}")
    try:
        amount = Decimal(value)
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {value!r}") from error
    if not amount.is_finite() or amount.adjusted() > 30 or amount.adjusted() < -30:
        raise ValueError(f"not an amount: {value!r}")
    return money(amount, digits)


def live_value(value: Any) -> Any:
    """Any other live value: decimals to normal form, lists to tuples; text, booleans and whole numbers stay."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, list):
        return tuple(live_value(item) for item in value)
    if isinstance(value, dict):
        return {str(key): live_value(item) for key, item in value.items()}
    return value


def normal_text(text: str) -> str:
    """A text as whoever trims or normalises texts would keep it: composed characters, single spaces, none at an edge.

    Names that differ in nothing else cannot be told apart for certain.
    """
    if text.isascii() and "  " not in text and text == text.strip():
        return text
    return " ".join(unicodedata.normalize("NFC", text).split())


def wire(value: Any) -> str:
    """JSON with every `Number` as a bare number, digit for digit."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(key))}:{wire(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(wire(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def stamp(seconds: float) -> str:
    """Seconds since the epoch → `2026-11-21T10:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def id_text(value: Any) -> str | None:
    """An id as text: 1 to 20 digits, which may come as a whole number; None for anything else."""
    if not isinstance(value, str):
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            return None
        value = str(value)
    return value if value.isascii() and value.isdigit() and len(value) <= 20 else None


def canonical_json(value: Any) -> str:
    """Sorted keys, no spaces, no escapes beyond JSON's own: equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """`sha256:` and the hash over the canonical JSON of `value`."""
    return "sha256:" + hashlib.sha256(canonical_json(value).encode(errors="surrogatepass")).hexdigest()
