"""The types of a manifest's fields: what each takes, what it makes of it, and the code of what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from reconciler.kinds import fields
from reconciler.model import Number, Plain
from tests.rotation import in_turn

P = Plain
TYPES = {
    name: TypeAdapter(getattr(fields, name))
    for name in ("Text", "Name", "ApiName", "Id", "Money", "Boolean", "Integer", "WebUrl", "Extra")
}


def take(name: str, value: Any, currency: str | None = "USD") -> Any:
    """The value in normal form."""
    return TYPES[name].validate_python(value, context={"currency": currency})


def code(name: str, value: Any, currency: str | None = "USD") -> str | None:
    """The code of the refusal, or None."""
    try:
        take(name, value, currency)
    except ValidationError as error:
        (found,) = error.errors()
        context = found.get("ctx", {})
        assert context["text"]
        return str(context["code"])
    return None


@pytest.mark.parametrize(
    ("name", "given", "normal"),
    [
        ("Text", P("plain text"), "plain text"),
        ("Text", "50", "50"),
        ("Text", "true", "true"),
        ("Text", "", ""),
        ("Text", P("2026-05-28"), "2026-05-28"),
        ("Name", P("spring-2026"), "spring-2026"),
        ("Name", "2026", "2026"),
        ("Id", "7000000000000000001", "7000000000000000001"),
        ("Money", P("50"), "50.00"),
        ("Money", "50", "50.00"),
        ("Money", P("50.5"), "50.50"),
        ("Money", P("9999999999999"), "9999999999999.00"),
        ("Money", P("0"), "0.00"),
        ("Boolean", P("true"), True),
        ("Boolean", P("false"), False),
        ("Integer", P("5"), 5),
        ("Integer", P("-5"), -5),
        ("WebUrl", P("https://example.com/a?b=c#d"), "https://example.com/a?b=c#d"),
        ("WebUrl", "http://localhost:8080", "http://localhost:8080"),
        ("ApiName", P("Spring 2026"), "Spring 2026"),
        ("ApiName", "x" * 512, "x" * 512),
        ("Extra", {"a": P("5"), "b": P("5.50"), "c": P("true"), "d": "5", "e": [P("x")]},
         {"a": 5, "b": Number("5.5"), "c": True, "d": "5", "e": ("x",)}),
    ],
)  # fmt: skip
def test_taken(name: str, given: Any, normal: Any) -> None:
    """In normal form, with its own type."""
    found = take(name, given)
    assert found == normal
    assert type(found) is type(normal) or isinstance(found, Number)


@pytest.mark.parametrize(
    "word",
    [
        *("yes", "No", "ON", "off", "y", "true", "FALSE", "null", "~", "", ".inf", "-.INF", ".nan"),
        *("5", "5.0", "1e5", "0x1F", "1_000", ".5", "-5", "+5", "12:30", "0b1", "0o17"),
    ],
)
def test_what_some_reader_takes_for_something_else_is_no_text(word: str) -> None:
    """Unquoted it is refused with the way out; quoted it is text."""
    assert code("Text", P(word)) == "R203"
    assert take("Text", word) == word


@pytest.mark.parametrize(
    ("name", "given", "refusal"),
    [
        ("Text", [], "R215"),
        ("Text", {}, "R215"),
        ("Name", P("Spring"), "R209"),
        ("Name", P("-x"), "R209"),
        ("Name", P("a_b"), "R209"),
        ("Name", "x" * 64, "R209"),
        ("Name", "é", "R209"),
        ("Name", P("5"), "R203"),
        ("Id", P("7000000000000000001"), "R206"),
        ("Id", "12a", "R206"),
        ("Id", "", "R206"),
        ("Id", "1" * 21, "R206"),
        ("Id", "٣", "R206"),
        ("Id", [], "R215"),
        ("Money", P("-5"), "R205"),
        ("Money", P("+5"), "R205"),
        ("Money", P("05"), "R205"),
        ("Money", P("1e3"), "R205"),
        ("Money", P("1,000"), "R205"),
        ("Money", P("1_000"), "R205"),
        ("Money", P("5."), "R205"),
        ("Money", P(".5"), "R205"),
        ("Money", P("5.001"), "R205"),
        ("Money", P("٥"), "R205"),
        ("Money", P("99999999999999"), "R205"),
        ("Money", P(""), "R205"),
        ("Money", {}, "R215"),
        ("Boolean", P("yes"), "R207"),
        ("Boolean", P("True"), "R207"),
        ("Boolean", "true", "R207"),
        ("Boolean", [], "R207"),
        ("Integer", P("5.0"), "R208"),
        ("Integer", "5", "R208"),
        ("Integer", P("05"), "R208"),
        ("Integer", P("٥"), "R208"),
        ("Integer", [], "R208"),
        ("WebUrl", P("example.com"), "R212"),
        ("WebUrl", P("ftp://example.com"), "R212"),
        ("WebUrl", P("https://"), "R212"),
        ("WebUrl", P("https://user:pass@example.com"), "R212"),
        ("WebUrl", "https://example.com/a b", "R212"),
        ("WebUrl", "https://example.com/" + "x" * 2048, "R212"),
        ("WebUrl", "https://[::1", "R212"),
        ("WebUrl", "https://example.com:99999", "R212"),
        ("WebUrl", "javascript:alert(1)", "R212"),
        ("ApiName", "", "R211"),
        ("ApiName", "x" * 513, "R211"),
        ("ApiName", "a\nb", "R211"),
        ("Extra", P("x"), "R215"),
        ("Extra", {"a": P("yes")}, "R203"),
    ],
)
def test_refused(name: str, given: Any, refusal: str) -> None:
    """Each with the code that `explain` knows."""
    assert code(name, given) == refusal


@pytest.mark.parametrize(
    ("currency", "given", "refusal"),
    [
        ("JPY", "5000", None),
        ("JPY", "5000.5", "R205"),
        ("USD", "5.55", None),
        ("USD", "5.555", "R205"),
        (None, "5.55", None),
    ],
)
def test_money_has_the_units_of_the_currency(currency: str | None, given: str, refusal: str | None) -> None:
    """A yen has no cents."""
    assert code("Money", P(given), currency) == refusal


@in_turn(0, 3)
@settings(max_examples=200)
@given(st.sampled_from(sorted(TYPES)), st.recursive(
    st.text() | st.text().map(Plain), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4
))  # fmt: skip
def test_anything_is_taken_or_refused_with_a_code(name: str, value: Any) -> None:
    """No text a file can hold ends in an error of another kind."""
    found = code(name, value)
    assert found is None or found.startswith("R2")


def test_braces_of_a_user_are_no_template() -> None:
    """The message shows them as they were written."""
    with pytest.raises(ValidationError) as caught:
        take("WebUrl", "{text}{0}")
    assert "{text}{0}" in caught.value.errors()[0]["ctx"]["text"]
