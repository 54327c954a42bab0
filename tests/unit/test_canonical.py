"""One normal form: money, numbers and wire texts lose no digit, and equal values are equal bytes."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.canonical import (
    canonical_json,
    digest,
    live_money,
    live_value,
    minor_digits,
    money,
    number,
    wire,
)
from reconciler.model import Number

amounts = st.decimals(min_value=0, max_value=Decimal("9999999999999"), allow_nan=False, allow_infinity=False, places=2)
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15)
values = st.recursive(
    st.text() | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
quick = settings(max_examples=100)


@quick
@given(amounts)
def test_money_keeps_its_value(amount: Decimal) -> None:
    """Normal form changes the writing of an amount, never the amount."""
    text = money(amount, 2)
    assert Decimal(text) == amount
    assert len(text.partition(".")[2]) == 2


@quick
@given(amounts, st.integers(0, 4))
def test_equal_money_is_equal_text(amount: Decimal, zeros: int) -> None:
    """50, 50.0 and 50.000 are the same text."""
    longer = amount.quantize(Decimal(1).scaleb(-2 - zeros))
    assert money(amount, 2) == money(longer, 2)


@pytest.mark.parametrize(
    ("given", "digits", "shown"),
    [
        ("50", 2, "50.00"),
        ("50.10", 2, "50.10"),
        ("50.123", 2, "50.123"),
        ("5000", 0, "5000"),
        ("5000.0", 0, "5000"),
        ("5000.5", 0, "5000.5"),
        ("1E+3", 2, "1000.00"),
        ("0", 2, "0.00"),
    ],
)
def test_money_has_the_digits_of_its_currency(given: str, digits: int, shown: str) -> None:
    """Exactly the minor units, and more only where a live amount is finer than its currency."""
    assert money(Decimal(given), digits) == shown


def test_whole_unit_currencies() -> None:
    """Yen have no cents; what is not known has two digits."""
    assert [minor_digits(one) for one in ("JPY", "KRW", "USD", "XXX", None)] == [0, 0, 2, 2, 2]


@quick
@given(decimals)
def test_number_keeps_its_value(given: Decimal) -> None:
    """No exponent, no trailing zero, no digit lost."""
    text = number(given)
    assert Decimal(text) == given
    assert "e" not in text.lower()
    assert not (("." in text) and text.endswith("0"))


@pytest.mark.parametrize("nothing", [None, ""])
def test_live_money_may_be_missing(nothing: object) -> None:
    """No amount is None, not zero: zero would be a budget."""
    assert live_money(nothing, 2) is None


@pytest.mark.parametrize("wrong", [True, 5.5, [], {}, "abc", "NaN", "Infinity", Decimal("1e99"), "1e-99"])
def test_live_money_refuses_what_is_no_amount(wrong: object) -> None:
    """A reply that shows nonsense as money is an error, never a number."""
    with pytest.raises(ValueError, match="not an amount"):
        live_money(wrong, 2)


def test_no_negative_zero() -> None:
    """Minus nothing is nothing: it must not show as drift."""
    assert live_money(Decimal("-0.0"), 2) == "0.00"


def test_live_values_become_normal() -> None:
    """Lists turn into tuples and decimals into numbers, all the way down."""
    found = live_value({"a": [Decimal("1.50"), {"b": [1]}], "c": True})
    assert found == {"a": ("1.5", {"b": (1,)}), "c": True}
    assert isinstance(found["a"][0], Number)


@quick
@given(amounts)
def test_wire_sends_money_digit_for_digit(amount: Decimal) -> None:
    """An amount is a bare JSON number with the very digits of its normal form."""
    text = money(amount, 2)
    assert wire({"budget": text}) == f'{{"budget":{text}}}'
    assert json.loads(wire({"budget": text}), parse_float=Decimal)["budget"] == amount


@quick
@given(values)
def test_wire_is_json(value: object) -> None:
    """What is sent reads back as what was meant."""
    assert json.loads(wire(value)) == value


@quick
@given(values)
def test_canonical_json_forgets_the_order_of_keys(value: object) -> None:
    """Equal values are equal bytes however their mappings were built."""
    turned = json.loads(json.dumps(value), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert canonical_json(turned) == canonical_json(value)


def test_digest_names_its_hash() -> None:
    """A digest says which hash it is and is 64 digits long."""
    found = digest({"a": 1})
    assert found.startswith("sha256:")
    assert len(found) == 71
    assert found != digest({"a": 2})


def test_digest_of_half_a_character() -> None:
    """A live name with half a surrogate pair is hashed like any other: it must not end the run."""
    assert digest({"old": "\ud83d"}) != digest({"old": "?"})
