"""Findings as text, and text made safe to show."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import Finding, Place
from reconciler.render.findings import text
from reconciler.text import clean

FILE = "manifests/a.yaml"
SOURCE = "kind: Campaign\nspec:\n  objective_type: TRAFIC\n"


def shown(source: str | None, *findings: Finding, color: bool = False) -> str:
    """The findings, with `source` as the text of every file."""
    return text(findings, lambda _: source, color)


def excerpt(source: str, place: Place) -> list[str]:
    """The lines of the excerpt, without the header and what follows it."""
    return [line for line in shown(source, Finding("R204", "m", place)).splitlines() if " | " in line][-2:]


def test_whole_block() -> None:
    """One finding is shown with place, excerpt, caret, help and the command that explains it."""
    finding = Finding(
        "R204",
        'unknown objective_type "TRAFIC"',
        Place(FILE, 3, 19, 6),
        "campaign/spring",
        "did you mean TRAFFIC?",
        "r-1",
    )
    assert shown(SOURCE, finding) == (
        'error[R204]: campaign/spring: unknown objective_type "TRAFIC"\n'
        "  --> manifests/a.yaml:3:19\n"
        "   |\n"
        " 2 | spec:\n"
        " 3 |   objective_type: TRAFIC\n"
        "   |                   ^^^^^^\n"
        "   = help: did you mean TRAFFIC?\n"
        "   = request id: r-1\n"
        "   = more: reconciler explain R204\n"
        "\n"
        "Found 1 error in 1 file.\n"
    )


def test_nothing_found() -> None:
    """No finding is no text."""
    assert shown(SOURCE) == ""


def test_without_place() -> None:
    """A finding without a place has no excerpt and counts no file."""
    assert shown(SOURCE, Finding("R601", "no token")) == (
        "error[R601]: no token\n  = more: reconciler explain R601\n\nFound 1 error.\n"
    )


def test_sorted_and_counted() -> None:
    """Findings come by file and line, and the last line counts both."""
    findings = [Finding("R2", "c", Place("b", 1)), Finding("R1", "b", Place("a", 2)), Finding("R1", "a", Place("a", 1))]
    out = text(findings, lambda _: None, False)
    assert [line for line in out.splitlines() if line.startswith("error")] == [
        "error[R1]: a",
        "error[R1]: b",
        "error[R2]: c",
    ]
    assert out.endswith("\nFound 3 errors in 2 files.\n")


def test_each_file_is_asked_once() -> None:
    """The source of a file is taken once, however many findings it has."""
    asked: list[str] = []

    def source(file: str) -> str:
        asked.append(file)
        return SOURCE

    text([Finding("R1", "m", Place(FILE, line)) for line in (1, 2, 3)], source, False)
    assert asked == [FILE]


@pytest.mark.parametrize("source", [None, "", "one line"])
def test_line_that_is_not_there(source: str | None) -> None:
    """A file that cannot be had, or changed since, gives no excerpt."""
    assert " | " not in shown(source, Finding("R204", "m", Place(FILE, 9)))


def test_gutter_grows_with_the_line_number() -> None:
    """Numbers of different length stay under each other."""
    lines = shown("x: y\n" * 100, Finding("R204", "m", Place(FILE, 100, 4))).splitlines()
    assert lines[1:6] == [
        "    --> manifests/a.yaml:100:4",
        "     |",
        "  99 | x: y",
        " 100 | x: y",
        "     |    ^",
    ]


@pytest.mark.parametrize(
    ("line", "column", "length", "view", "caret"),
    [
        ("a: bcd", 4, 3, "a: bcd", "   ^^^"),
        ("a:\tb", 4, 1, "a:  b", "    ^"),
        ("\ta", 2, 1, "    a", "    ^"),
        ("a: 日本 x", 7, 1, "a: 日本 x", " " * 8 + "^"),
        ("a: 日本", 4, 2, "a: 日本", "   ^^^^"),
        ("e\u0301: x", 5, 1, "e\u0301: x", "   ^"),
        ("a: \x1b[0m x", 4, 1, "a: \\x1b[0m x", "   ^^^^"),
        ("a: \u202ex", 5, 1, "a: \\u202ex", "         ^"),
        ("a: x", 9, 1, "a: x", "    ^"),
        ("a: x", 4, 0, "a: x", "   ^"),
        ("k" * 300, 200, 3, "…" + "k" * 160 + "…", " " * 101 + "^^^"),
        ("k" * 300, 1, 300, "k" * 160 + "…", "^" * 161),
        ("k" * 161, 161, 1, "…" + "k" * 101, " " * 101 + "^"),
    ],
)
def test_caret_stands_under_the_column(line: str, column: int, length: int, view: str, caret: str) -> None:
    """Tabs, wide, combining and escaped characters and long lines keep the caret right."""
    assert excerpt(line, Place(FILE, 1, column, length)) == [f" 1 | {view}", f"   | {caret}"]


def test_crlf_and_bom_do_not_show() -> None:
    """Line ends and a byte order mark are no part of a line."""
    assert excerpt("\ufeffa: 1\r\nb: 2\r\n", Place(FILE, 1)) == [" 1 | a: 1", "   | ^"]


def test_the_line_of_the_token_is_never_shown() -> None:
    """Neither the finding itself nor one on that line, or the next, shows it."""
    source = "a: tok123\nb: 1\n"
    findings = [
        Finding("R114", "token", Place(FILE, 1)),
        Finding("R103", "x", Place(FILE, 1, 4, 6)),
        Finding("R103", "y", Place(FILE, 2)),
    ]
    out = shown(source, *findings)
    assert "tok123" not in out
    assert "2 | b: 1" in out


def test_color() -> None:
    """Colour adds escape sequences and nothing else."""
    finding = Finding("R204", "m", Place(FILE, 3, 19, 6), hint="h")
    colored = shown(SOURCE, finding, color=True)
    assert colored.startswith("\x1b[1;31merror[R204]\x1b[0m: m\n")
    plain = colored
    for code in ("\x1b[1;31m", "\x1b[36m", "\x1b[0m"):
        plain = plain.replace(code, "")
    assert plain == shown(SOURCE, finding)


@given(st.text(), st.text(), st.text(), st.integers(1, 5), st.integers(1, 400), st.integers(0, 400))
def test_nothing_unsafe_reaches_the_terminal(
    source: str, message: str, hint: str, line: int, column: int, length: int
) -> None:
    """Whatever source and finding hold, the output is printable lines."""
    out = shown(source, Finding("R204", message, Place(message, line, column, length), hint, hint, hint))
    assert clean(out.replace("\n", "")) == out.replace("\n", "")


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        ("plain é 日本 \U0001f600", "plain é 日本 \U0001f600"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
        ("\u202e\u200b\ufeff", "\\u202e\\u200b\\ufeff"),
        ("\x9b\x7f\x85", "\\x9b\\x7f\\x85"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("\xa0\ue000", "\xa0\ue000"),
        ("", ""),
    ],
)
def test_clean(raw: str, safe: str) -> None:
    """Control and format characters become escapes, everything else stays."""
    assert clean(raw) == safe


@given(st.text(st.characters(exclude_categories=[])))
def test_clean_leaves_nothing_unsafe(raw: str) -> None:
    """No control or format character, surrogate or separator of lines survives, and cleaning twice changes nothing."""
    safe = clean(raw)
    assert not {unicodedata.category(character) for character in safe} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert clean(safe) == safe
