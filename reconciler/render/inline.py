"""Texts from outside inside Markdown: names as code, sentences as text whose odd words are code.

A live name or a manifest's text may be an attack: Markdown, HTML, a mention, an issue's number, a link, a formula, an
emoji's short name, a command to the runner that prints it. What stands in a code span or a fence is text to CommonMark
and to everything that GitHub and GitLab do with text after it. A sentence is set as text so that people can read it,
but only its plain words are: letters with an apostrophe or a hyphen inside, short numbers, and what ends a clause.
Nothing of that means anything to a renderer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reconciler.text import clean

LONGEST = 1_000
"""Characters of one text that are shown."""
_SPAN = re.compile(r"(?<!\S)([(]?)`([^`]+)`([.,;:!?)]{0,2})(?!\S)")
"""What a sentence of ours sets as code, with the brackets and stops around it."""
_WORD = re.compile(r"[(\"'“]?[^\W\d_]+(?:['’-][^\W\d_]+)*[)\"'”]{0,2}[.,;:!?]?")
_NUMBER = re.compile(r"[(]?[0-9]{1,6}(?:[.,][0-9]{1,3}){0,4}[)]?[.,;:]?", re.ASCII)
_BEGINS_A_LIST = re.compile(r"[0-9]+[.)]", re.ASCII)
_SIGN = re.compile("[→–—·]|%[)]?[.,;:]?")
_STOPS = ",;"
_COMMIT = re.compile("[0-9a-f]{7,}")
"""A word that might be the name of a commit, to which a forge makes a link."""
_AMOUNT = re.compile(r"[0-9][0-9.,]* [A-Z]{3}", re.ASCII)
_SPACES = re.compile(r"(?<=[0-9]) (?=[A-Z]{3}\b|%)", re.ASCII)


def code(text: str) -> str:
    """Any text as a code span on one line."""
    shown = limited(clean(text)) or " "
    ticks = "`" * (longest_run(shown) + 1)
    pad = " " if "`" in (shown[0], shown[-1]) or shown[0] == shown[-1] == " " else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def value(text: str) -> str:
    """A value as a code span; an amount of money is never broken between figure and currency."""
    return code(unbroken(text) if is_amount(text) else text)


def is_amount(text: str) -> bool:
    """Whether it is money with its currency."""
    return _AMOUNT.fullmatch(text) is not None


def unbroken(text: str) -> str:
    """Our own words with no line break before a currency or a percent sign."""
    return _SPACES.sub("\N{NO-BREAK SPACE}", text)


def prose(text: str) -> str:
    """A sentence of ours that may hold names of others: plain words as text, everything else as code."""
    return " ".join(_pieces(limited(clean(text)))) or code("")


def _pieces(text: str) -> Iterator[str]:
    """Words as they are; odd words that stand together in one span, without the stop at its end."""
    odd: list[str] = []
    first = True
    for word, shown in _words(text):
        if shown is None or (first and _BEGINS_A_LIST.fullmatch(shown)):
            odd.append(word)
            shown = None
        if odd and (shown is not None or word[-1] in _STOPS):
            yield _span(odd)
            odd = []
        if shown is not None:
            yield shown
        first = False
    if odd:
        yield _span(odd)


def _span(words: Sequence[str]) -> str:
    text = " ".join(words)
    stop = text[-1] if text[-1] in _STOPS and len(text) > 1 else ""
    return code(text.removesuffix(stop)) + stop


def _words(text: str) -> Iterator[tuple[str, str | None]]:
    """Each word, and how it is shown; None for an odd one. What the sentence has in backticks is code already."""
    at = 0
    for found in _SPAN.finditer(text):
        yield from ((one, one if _is_plain(one) else None) for one in text[at : found.start()].split())
        yield found[0], f"{found[1]}{code(found[2].strip())}{found[3]}"
        at = found.end()
    yield from ((one, one if _is_plain(one) else None) for one in text[at:].split())


def _is_plain(word: str) -> bool:
    if _COMMIT.search(word):
        return False
    return bool(_WORD.fullmatch(word) or _NUMBER.fullmatch(word) or _SIGN.fullmatch(word))


def fence(lines: Sequence[str], language: str) -> tuple[str, str]:
    """What stands before and after these lines, each cleaned, so that they are nothing but text."""
    ticks = "`" * max(3, max(map(longest_run, lines), default=0) + 1)
    return f"{ticks}{language}\n", f"{ticks}\n"


def limited(text: str) -> str:
    """At most LONGEST characters of it."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… ({len(text) - LONGEST} more characters)"


def longest_run(text: str) -> int:
    """Of backticks."""
    return max(map(len, re.findall("`+", text)), default=0)
