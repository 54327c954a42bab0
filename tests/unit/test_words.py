"""What was probably meant: a typing mistake is named, and nothing that means something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifest.glimpse import glimpse
from reconciler.manifest.words import Vocabulary, misaddressed, misspelt
from tests.unit.builders import at

KNOWN = ["campaign/first", "adgroup/spring-us", "adgroup/spring-uk", "ad/spring-us-hero", "refresh/hero-hooks"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("frist", "first"), ("firts", "first"), ("firrst", "first"), ("fist", "first"), ("forst", "first"),
        ("FIRST", "first"), ("srping-us", "spring-us"), ("springus", "spring-us"), ("hero-hook", "hero-hooks"),
    ],
)  # fmt: skip
def test_a_slip_of_the_fingers_is_named(written: str, meant: str) -> None:
    """A letter too many, too few or another one, two that changed places, a hyphen left out."""
    assert misspelt(written, [meant, "other-name"]) == f"did you mean `{meant}`?"


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ("spring-us", "spring-uk"), ("us", "uk"), ("us-spring", "uk-spring"), ("spring-de", "spring-se"),
        ("q1-2026", "q1-2025"), ("sale-2026", "sale-2062"), ("hook-1", "hook-2"), ("men", "women"),
        ("spring-us", "spring-us-hero"), ("spring", "summer"), ("low-cost", "high-cost"), ("first", "first"),
    ],
)  # fmt: skip
def test_another_market_or_year_is_never_suggested(written: str, there: str) -> None:
    """A short part or a digit that differs is a choice, and money would go somewhere else."""
    assert misspelt(written, [there]) is None


def test_of_several_none_is_suggested() -> None:
    """Which of them was meant is for the person to say."""
    assert misspelt("hors", ["horse", "hours"]) is None


NAMES = st.lists(st.text("ab1", min_size=1, max_size=5), min_size=1, max_size=3).map("-".join)


@given(NAMES, st.lists(NAMES, max_size=30))
def test_many_wrong_names_are_told_as_one_is(name: str, among: list[str]) -> None:
    """With an index, so that each is compared with a few alone, and with the same hint."""
    assert Vocabulary(among).misspelt(name) == misspelt(name, dict.fromkeys(among))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("campaign/frist", "campaign/first"), ("campain/first", "campaign/first"), ("first", "campaign/first"),
        ("frist", "campaign/first"), ("ad/first", "campaign/first"), ("refreshes/hero-hooks", "refresh/hero-hooks"),
    ],
)  # fmt: skip
def test_an_address_is_named_whole(written: str, meant: str) -> None:
    """Also where its kind was left out, misspelt or is another one."""
    assert misaddressed(written, KNOWN) == f"did you mean `{meant}`?"


@pytest.mark.parametrize("written", ["adgroup/spring-de", "campaign/second", "ad/*", "label:team=growth", "spring-fr"])
def test_an_address_like_no_other(written: str) -> None:
    """Nothing is suggested."""
    assert misaddressed(written, KNOWN) is None


def test_a_label_is_named() -> None:
    """Key and value are looked at apart."""
    assert misaddressed("label:team=growht", [*KNOWN, "label:team=growth"]) == "did you mean `label:team=growth`?"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kind: Campaign\nname: a\n\tspec: {}\n", {"campaign/a"}),
        ('"kind" : "Ad"\n name : "x"', {"ad/x"}),
        ("kind: Campaign\nname: a\n---\nkind: Ad\nname: b\n", {"campaign/a", "ad/b"}),
        ("kind: Ad\nname: a\nkind: Video\nname: b\n", {"ad/a", "ad/b", "video/a", "video/b"}),
        ("kind: Ad\nspec: {}\n", set()),
    ],
)
def test_what_an_unreadable_file_seems_to_declare(text: str, found: set[str]) -> None:
    """Names under kinds, document by document, in the encodings that people save by mistake."""
    for encoding in ("utf-8", "utf-16"):
        assert glimpse(text.encode(encoding)) == {at(one) for one in found}


def test_a_name_without_a_kind_may_be_of_any() -> None:
    """So that nothing is reported that may be there."""
    assert {at("campaign/a"), at("ad/a")} < glimpse(b"name: a\nkin: Campaign\n")
