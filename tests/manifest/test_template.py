"""`${name}` in parsed scalars: what is put in, with which type, and what is refused before any value is known."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifest.document import Document
from reconciler.manifest.template import Template, escaped, template
from reconciler.model import Plain

VALUES: dict[str, Any] = {"n": Plain("7"), "t": "true", "m": Plain("80.00"), "l": ["1", "2"], "var.s": "x"}


def of(value: Any) -> Template:
    """A template of one value."""
    return template(Document("f", 0, 1, {}), value)


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("${n}", Plain("7")),
        (Plain("${n}"), Plain("7")),
        ("${t}", "true"),
        ("${l}", ["1", "2"]),
        (["${n}", {"a": "${m}"}], [Plain("7"), {"a": Plain("80.00")}]),
        ("a-${n}", "a-7"),
        (Plain("${n}${n}"), "77"),
        ("${var.s}.com", "x.com"),
        ("$${n}", "${n}"),
        (Plain("$${n}"), Plain("${n}")),
        ("$$${n}", "$${n}"),
        ("$${${n}}", "${7}"),
        ("$ {n} $n $", "$ {n} $n $"),
    ],
)
def test_what_is_put_in(written: Any, made: Any) -> None:
    """A whole scalar takes the value with its type, quoted or not; else texts are joined; `$${` is literal."""
    found = of(written).made(VALUES)
    assert (found, type(found)) == (made, type(made))


@pytest.mark.parametrize(
    "written", ["${", "${}", "${ n }", "${n", "${a.b}", "${n+1}", "${1}", "${n:-5}", "${${n}}", "${é}"]
)
def test_there_are_no_expressions(written: str) -> None:
    """What is no name between the braces is refused, never passed through."""
    assert [one.code for one in of(written).problems({"n": "integer"}, "")][:1] == ["R113"]


@pytest.mark.parametrize("kind", ["money", "boolean", "url", "time", "list"])
def test_what_is_never_joined(kind: str) -> None:
    """These stand alone; a number's digits or a list's order in a text are nobody's intention."""
    assert list(of("${x}").problems({"x": kind}, "")) == []
    assert [one.code for one in of("a${x}").problems({"x": kind}, "")] == ["R113"]


@given(st.text())
def test_what_is_escaped_is_read_as_it_was(text: str) -> None:
    """Any text can be written, whatever dollars and braces it holds."""
    found = of(escaped(text))
    assert found.made({}) == text
    assert found.spots == ()


def test_what_is_shared_and_what_is_not() -> None:
    """A part in which nothing is put in is the same object in every copy; the others are not."""
    part = {"a": ["b"]}
    made = of({"one": part, "two": ["${n}"]})
    first, second = made.made({"n": "1"}), made.made({"n": "2"})
    assert first["one"] is part
    assert second["one"] is part
    assert (first["two"], second["two"]) == (["1"], ["2"])


def test_joined_text_is_in_normal_form() -> None:
    """As if it had been written out: an accent that ends up behind its letter is composed with it."""
    found = of("${a}\u0301").made({"a": "e"})
    assert found == "é"
    assert unicodedata.is_normalized("NFC", found)
