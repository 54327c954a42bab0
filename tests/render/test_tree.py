"""The tree of a plan: where each row belongs, what is alike, and how each thing is called and reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from reconciler.model import Change, FieldChange, Plan, Source
from reconciler.plan.about import About, Known
from reconciler.plan.conversion import plan_document, plan_of
from reconciler.plan.document import PlanDocument
from reconciler.render import alike, markdown
from reconciler.render.inline import prose
from reconciler.render.links import Links
from reconciler.render.page import page
from reconciler.render.tree import TreeRow, flat, tree
from reconciler.render.words import named
from tests.browser.spring import LINKS, week
from tests.render.test_markdown import plainly
from tests.unit.builders import at, change, money, plan


def drawn(made: Plan) -> list[str]:
    """One line an object, indented as deep as it stands."""
    return [f"{'  ' * depth}{_line(one)}" for depth, one in flat(tree(made))]


def _line(one: TreeRow) -> str:
    return f"{one.title} {', '.join(each.name for each in one.all)}: {one.row.does if one.row else '-'}"


def test_rows_stand_where_ads_manager_has_them() -> None:
    """Under what they belong to, also where that does not change itself; what is blocked, and what holds it, first."""
    made = week()
    made = replace(made, changes=made.changes[1:])
    assert drawn(made) == [
        "Campaign Spring 2027: -",
        "  Ad group Austria 18–34: will be created paused",
        "    2 ads at-hook-1, at-hook-2: cannot be changed now",
        "  Ad group DACH_Prospecting_Frühjahr-2027_Mobile_18-34_Interests+Lookalike_v3_FINAL (copy) 2: will be changed",
        "    4 ads Hook 1, Hook 2, Hook 3, Hook 4: will be paused",
        "Campaign Outlet: cannot be changed now",
        "Video variants hero-hooks: will be made: 3 new",
    ]


def test_rows_that_differ_in_anything_stand_apart() -> None:
    """Another amount, another hint; and one that holds others is never one of several."""
    rows = [
        change(f"adgroup/g{one}", "update", "edited", "1", budget=(money("1.00"), money(one))) for one in ("2", "3")
    ]
    hints = [Change(at(f"ad/a{one}"), "blocked", "twin", "1", code="R701", hint=f"hint {one}") for one in (1, 2)]
    assert [len(one.all) for one in tree(plan(*rows, *hints))] == [1, 1, 1, 1]
    above = {at(f"campaign/c{one}"): Known("same", "1", None) for one in (1, 2)}
    below = {at(f"adgroup/g{one}"): Known("same", "2", at(f"campaign/c{one}")) for one in (1, 2)}
    off = [change(f"{kind}/{kind[0] if kind != 'adgroup' else 'g'}{one}", "disable", "removed", "1")
           for kind in ("campaign", "adgroup") for one in (1, 2)]  # fmt: skip
    assert [len(one.all) for _, one in flat(tree(plan(*off, about=About(above | below))))] == [1, 1, 1, 1]


def test_what_a_plan_is_about_survives_its_document() -> None:
    """Names, parents and places are in the JSON, and a saved plan shows the same tree; its digest is not touched."""
    made = week()
    document = PlanDocument.model_validate(_plain(plan_document(made))).root
    again = plan_of(document, made.contract)
    assert again.about == made.about
    assert drawn(again) == drawn(made)
    assert document["digest"] == plan_document(replace(made, about=None))["digest"]
    old = {key: value for key, value in document.items() if key not in ("objects", "called", "asked")}
    assert plan_of(PlanDocument.model_validate(old).root, made.contract).about is None


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize(
    ("path", "given", "said"),
    [
        ("targeting_spec.age_groups", ("AGE_18_24",), "18–24"),
        ("age_groups", ("AGE_25_34", "AGE_18_24", "AGE_55_100"), "18–34, 55+"),
        ("age_groups", ("AGE_13_17",), "13–17"),
        ("location_ids", ("2921044", "2658434"), "Germany, 2658434"),
        ("zipcode_ids", ("2921044",), "2921044"),
        ("gender", "GENDER_FEMALE", "women"),
        ("operating_systems", ("IOS",), "iOS"),
        ("campaign_name", "IOS", "IOS"),
        ("ad_texts", ("SPRING_IS HERE", "SPRING"), "SPRING_IS HERE, SPRING"),
        ("targeting_spec", {"location_ids": ("2921044",)}, "locations: Germany"),
    ],
)
def test_values_are_words_and_nothing_is_guessed(path: str, given: object, said: str) -> None:
    """An enum's value is a word, an id the account has a name for is that name, and of that field alone; any other
    stays, and so does what people write freely."""
    assert named(path, given, plan(about=About(called={"locations": {"2921044": "Germany"}}))) == said


def test_links_lead_to_the_line_and_to_ads_manager() -> None:
    """Quoted, so that a file's name cannot end the link; nothing leads anywhere that nobody told."""
    row = change("campaign/a", "update", "edited", "7", budget=(money("1.00"), money("2.00")))
    row = replace(row, source=Source("manifests/a) [b] #1.yaml", 3))
    made = plan(row, about=About({at("campaign/a"): Known("A", "7", None)}))
    shown = markdown.plan(
        made, showing=markdown.Framing(links=Links(sources="https://x.example/blob/1", advertiser="5"))
    )
    assert "(https://x.example/blob/1/manifests/a%29%20%5Bb%5D%20%231.yaml#L3)" in shown
    assert "[Ads Manager](https://ads.tiktok.com/i18n/perf/campaign?aadvid=5)" in shown
    assert "](" not in markdown.plan(made)
    for audience, wanted in (("engineer", 2), ("marketer", 1)):
        links = Links(sources="https://x.example/blob/1", advertiser="5")
        found = page(made, audience=audience, made_at="2026-11-21T10:00:00Z", links=links)  # type: ignore[arg-type]
        assert found.count("<a href=") == wanted


def test_sentences_about_many_are_one() -> None:
    """The number, the verb and the addresses; a sentence about one, or about something else, stays as it is."""
    keeps = "ad/{} keeps the video it shows until generation 2 of refresh/hooks is approved"
    others = [
        "campaign/a: its budget",
        "campaign/b: its budget",
        "the account is new",
        "ad/x is disabled",
        "ad/y is new",
    ]
    found = alike.sentences([keeps.format("a"), others[0], keeps.format("b"), *others[1:], "ad/a waits", "ad/b waits"])
    assert [(one.sentence, one.addresses) for one in found] == [
        ("2 ads keep the videos they show until generation 2 of refresh/hooks is approved", ("ad/a", "ad/b")),
        ("2 campaigns: its budget", ("campaign/a", "campaign/b")),
        ("the account is new", ()),
        ("ad/x is disabled", ()),
        ("ad/y is new", ()),
        ("2 ads, each waits", ("ad/a", "ad/b")),
    ]


def test_a_hint_for_many_variants_is_one_command() -> None:
    """The numbers of the variants stand in it; other hints are told apart."""
    one, two = (f"approve it: `reconciler approve refresh/hooks {slot}`" for slot in (1, 2))
    assert alike.hints([one, two]) == "approve it: `reconciler approve refresh/hooks 1 2`"
    assert alike.hints([one, one.replace("hooks", "music")]) is None
    assert alike.hints([one, "rename it"]) is None
    assert alike.hints([one, one]) == one


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("take it over with `adopt: 7`, or rename it.", "take it over with `adopt: 7`, or rename it."),
        ("ad/a keeps its video", "`ad/a` keeps its video"),
        ("at most 1,000.00 USD (12 %)", "at most 1,000.00 USD (12 %)"),
        ("the name is a | b", "the name is a `|` b"),
        ("see @octocat and GH-12", "see `@octocat` and `GH-12`"),
        ("fixed by deadbeef01", "fixed by `deadbeef01`"),
        ("4 ads wait", "4 ads wait"),
        ("one of A_B, C_D; not E_F g_h", "one of `A_B`, `C_D`; not `E_F g_h`"),
        ("1. one", "`1.` one"),
        ("a ` b", "a `` ` `` b"),
        ("", "`   `"),
    ],
)
def test_a_sentence_is_text_and_its_odd_words_are_code(text: str, shown: str) -> None:
    """Words, short numbers and stops are read as they are; whatever might mean something to a forge is code."""
    assert prose(text) == shown


def test_a_comment_in_full() -> None:
    """Money, pages, what is refused, blocked, asked and to be known, then the tree, before anything that is folded."""
    shown = plainly(
        markdown.plan(week(), showing=markdown.Framing(next_step="merge it", links=replace(LINKS, sources="")))
    )
    assert shown.partition("<details>")[0] == (Path(__file__).parent / "golden_comment.md").read_text("utf-8")


def test_field_changes_of_lists_are_told_in_two_lines() -> None:
    """What came, and what went."""
    ages = FieldChange("age_groups", ("AGE_18_24", "AGE_25_34"), ("AGE_25_34", "AGE_35_44", "AGE_45_54"))
    (row,) = tree(plan(Change(at("adgroup/a"), "update", "edited", "1", (ages,))))
    assert [(one.label, one.old, one.new) for one in row.fields] == [
        ("ages taken out", "18–24", None),
        ("ages added", None, "35–54"),
    ]


def test_a_moved_object_that_changes_has_both_rows() -> None:
    """What it was called, and what becomes of it, one after the other."""
    row = replace(change("campaign/new", "move"), reason="moved", moved_from=at("campaign/old"))
    made = plan(row, change("campaign/new", "update", budget=(money("1.00"), money("2.00"))))
    assert [one.change and one.change.op for one in tree(made)] == ["move", "update"]
    for text in (markdown.plan(made), page(made, audience="engineer", made_at="2026-11-27T10:00:00Z")):
        assert "campaign/old" in text
