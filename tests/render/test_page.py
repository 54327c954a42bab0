"""A plan as one HTML file: nothing runs, nothing is loaded, and whatever a name holds stays text."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from unicodedata import category

import pytest
from hypothesis import given, settings

from reconciler.model import Change, Plan
from reconciler.render.facts import Audience
from reconciler.render.page import page
from tests.render.test_markdown import ATTACKS, AUDIENCES, hostile, texts
from tests.rotation import in_turn
from tests.unit.builders import at, change, money, plan

MADE = "2026-11-21T10:00:00Z"


class Reader(HTMLParser):
    """Tags with their attributes' names, and the text between them."""

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.ids: list[str] = []
        self.words = ""
        self.feed(shown)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Counts."""
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_data(self, data: str) -> None:
        """Collects."""
        self.words += data.replace("\N{NO-BREAK SPACE}", " ")


@cache
def harmless(audience: Audience) -> Reader:
    """The page of the same plan with texts of letters."""
    return Reader(page(hostile("harmless"), audience=audience, made_at=MADE))


@in_turn(0, 3)
@pytest.mark.parametrize("audience", AUDIENCES)
@settings(max_examples=60)
@given(text=texts)
def test_whatever_a_text_holds_it_stays_text(audience: Audience, text: str) -> None:
    """No element and no attribute comes of it, and no control character reaches the page."""
    shown = page(hostile(text), audience=audience, made_at=MADE)
    read, plain = Reader(shown), harmless(audience)
    # Of a sentence of ours what stands in backticks is code, whoever has put them there.
    assert read.tags - Counter(code=99) == plain.tags - Counter(code=99)
    assert [one[:2] for one in read.attributes] == [one[:2] for one in plain.attributes]
    assert all(one == "\n" or category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in shown)
    assert "##[" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


def test_names_are_shown_whole() -> None:
    """What a person reads is the name, whatever it looks like."""
    for text in ("<img src=x onerror=alert(1)>", "a | b & c", "@octocat #123"):
        assert text in Reader(page(hostile(text), audience="marketer", made_at=MADE)).words


@in_turn(1, 3)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_its_policy_lets_nothing_run_and_nothing_load(audience: Audience) -> None:
    """No script, no link, no picture, no form; the one style is named by its hash."""
    for text in ATTACKS:
        shown = page(hostile(text), audience=audience, made_at=MADE)
        found = Reader(shown)
        assert not found.tags.keys() & {"script", "a", "img", "iframe", "form", "input", "object", "base", "svg"}
        assert {value for _, name, value in found.attributes if name in ("href", "src")} == {"data:,"}
        assert not {name for _, name, _ in found.attributes if name.startswith("on") or name == "style"}
    (style,) = re.findall(r"<style>(.*?)</style>", shown, re.DOTALL)
    known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{known}'" in re.sub("&#39;", "'", shown)


def full() -> Plan:
    """One row of most kinds."""
    return plan(
        change("campaign/a", "create", "new", budget=money("50.00"), budget_mode="BUDGET_MODE_DAY", status="ENABLE"),
        change("campaign/b", "update", "edited", "2", budget=(money("50.00"), money("60.00"))),
        Change(at("campaign/c"), "blocked", "twin", "3", code="R701", hint="adopt it"),
        worst_case=("50.00", "110.00"),
        running=(1, 2),
        warnings=("careful",),
    )


def test_a_change_inside_a_nested_value() -> None:
    """Struck through what goes, plain what comes: line by line for an engineer, in one line each for a buyer."""
    made = plan(change("ad/a", "update", "edited", "1", ages=(("13", "18"), ("18", "25"))))
    found = {
        audience: [
            re.sub(r"<(?!/?(?:del|ins))[^>]+>|&#34;", "", one)
            for one in re.findall(r"<tr[^>]*>(.*)</tr>", page(made, audience=audience, made_at=MADE))
            if "ages" in one
        ]
        for audience in AUDIENCES
    }
    assert found["engineer"] == ["ages", "ages<del>13</del>", "ages<ins>25</ins>"]
    assert found["marketer"] == ["ages taken out<del>13</del>", "ages added<ins>25</ins>"]


def test_a_media_buyer_can_read_it() -> None:
    """Money first, then what happens, without the API's names."""
    words = Reader(page(full(), audience="marketer", made_at=MADE)).words
    for said in ("1 new, 1 changed, 1 cannot be changed now", "110.00 USD", "(+120 %)", "Live campaigns", "Campaign a",
                 "will be created and will start", "budget per day", "R701", "careful"):  # fmt: skip
        assert said in words
    body = words.partition("What will change in the ads")[2]
    assert not re.search(r"sha256|budget_mode|BUDGET_MODE|campaign/|ENABLE", body)


def test_an_engineer_finds_everything() -> None:
    """Addresses, fields, digest, and the command that applies exactly this."""
    words = Reader(page(full(), audience="engineer", made_at=MADE)).words
    for said in ("campaign/a", "budget_mode", '"BUDGET_MODE_DAY"', "Digest", "--expect-digest sha256:", "adopt it"):
        assert said in words


@pytest.mark.parametrize("audience", AUDIENCES)
def test_only_an_empty_plan_reads_as_one(audience: Audience) -> None:
    """No changes is said where there are none, and nowhere else."""
    assert "No changes." in page(plan(), audience=audience, made_at=MADE)
    stopped = plan(Change(at("campaign/c"), "blocked", "twin", "3", code="R701"))
    assert "No changes." not in page(stopped, audience=audience, made_at=MADE)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_accessible(audience: Audience) -> None:
    """A language, one main heading, headings in order, cells that belong to a header, unique ids that labels name."""
    shown = page(hostile("x"), audience=audience, made_at=MADE)
    found = Reader(shown)
    assert ("html", "lang", "en") in found.attributes
    assert found.tags["h1"] == found.tags["main"] == 1
    levels = [int(one) for one in re.findall(r"<h([1-6])", shown)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all("scope" in one for one in re.findall(r"<th\b[^>]*>", shown))
    assert len(found.ids) == len(set(found.ids))
    assert {value for _, name, value in found.attributes if name == "aria-labelledby"} <= set(found.ids)
    assert "prefers-color-scheme: dark" in shown
