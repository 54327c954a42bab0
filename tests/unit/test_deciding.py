"""What a comment says, what people were asked, and whether the answer counts; without a forge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.ci.question import Heading, Question, heading, placed
from reconciler.ci.spoken import Order, Spoken, spoken
from reconciler.ci.verdict import elsewhere, judge
from reconciler.render.deciding import Batch, Candidate, Undecided

HOOKS = "refresh/hero-hooks"
SINCE, LATER = "2026-11-21T10:00:00Z", "2026-11-21T10:00:01Z"


def asked(*standings: str, generation: int = 1, refresh: str = HOOKS) -> Undecided:
    """Variants 1, 2 … whose hashes hold generation and number."""
    made = [Candidate(at, f"{generation:032x}{at:032x}", one) for at, one in enumerate(standings, 1)]  # type: ignore[arg-type]
    return Undecided(refresh, generation, tuple(made))


def question(*undecided: Undecided, scope: str = ".", since: str = SINCE) -> Question:
    """What is asked in one workspace."""
    return Question(scope, since, undecided, "https://forge.example/gallery")


def told(*undecided: Undecided, scope: str = ".") -> Heading:
    """The hidden line of it, read back from a text."""
    found = heading(placed("<!-- mark -->\nstatus\n\nNext: x.\n", "", question(*undecided, scope=scope), 5_000))
    assert found
    return found


APPROVED = Order("approved", HOOKS, (1, 3))


@pytest.mark.parametrize(
    ("body", "orders"),
    [
        ("/approve refresh/hero-hooks 1 3", [APPROVED]),
        ("Looks good.\r\n\r\n   /approve refresh/hero-hooks 1, 3  \r\nThanks", [APPROVED]),
        ("/approve refresh/hero-hooks 1 3 g2", [replace(APPROVED, generation=2)]),
        ("/approve refresh/hero-hooks 1 3 1", [APPROVED]),
        (
            "/approve refresh/hero-hooks 1 3\n/reject refresh/hero-hooks 2 g1 too `loud`: \"no\" #1 ${x} 50 %",
            [APPROVED, Order("rejected", HOOKS, (2,), 1, 'too `loud`: "no" #1 ${x} 50 %')],
        ),
        ("/reject refresh/hero-hooks 2 a\u202eb\u200b\x1b[0m c", [Order("rejected", HOOKS, (2,), None, "ab[0m c")]),
        ("> /approve refresh/hero-hooks 1", []),
        ("  > /approve refresh/hero-hooks 1", []),
        ("    /approve refresh/hero-hooks 1\n\t/approve refresh/hero-hooks 1", []),
        ("```\n/approve refresh/hero-hooks 1\n```", []),
        ("````text\n/approve refresh/hero-hooks 1\n```\n/approve refresh/hero-hooks 2\n````\n", []),
        ("~~~\n/approve refresh/hero-hooks 1", []),
        ("```\nx\n```\n/approve refresh/hero-hooks 1 3", [APPROVED]),
        ("<!-- \n/approve refresh/hero-hooks 1\n-->", []),
        ("<pre>\n/approve refresh/hero-hooks 1\n</pre>\n", []),
        ("Please /approve refresh/hero-hooks 1", []),
        ("`/approve refresh/hero-hooks 1`", []),
        ("/approved refresh/hero-hooks 1", []),
        ("", []),
    ],
)  # fmt: skip
def test_what_a_comment_says(body: str, orders: list[Order]) -> None:
    """Commands on lines of their own; nothing that is quoted, code, hidden or in the middle of a sentence."""
    assert spoken(body) == Spoken(tuple(orders))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("/approve", "the address of a refresh comes first"),
        ("/approve hero-hooks 1", "the address of a refresh comes first"),
        ("/approve refresh/../../x 1", "the address of a refresh comes first"),
        ("/approve refresh/hero-hooks", "it names no number"),
        ("/approve refresh/hero-hooks --all", "it names no number"),
        ("/approve refresh/hero-hooks one", "it names no number"),
        ("/approve refresh/hero-hooks \u0661", "it names no number"),
        ("/reject refresh/hero-hooks 1 " + "x" * 501, "the reason has 501 characters"),
        ("/approve refresh/hero-hooks 1 2\n/reject refresh/hero-hooks 2", "both approved and rejected"),
    ],
)
def test_what_a_comment_cannot_say(body: str, said: str) -> None:
    """It is meant for us, so it is told what is wrong; nothing is guessed."""
    (problem,) = spoken(body).problems
    assert said in problem


def test_the_question_is_read_back() -> None:
    """Generation and SHA-256 of each number, from the text it stands in; the rest of the text stays."""
    text = placed("<!-- mark -->\nstatus\n\nNext: x.\n", "", question(asked("none", "approved", generation=3)), 5_000)
    assert text.startswith("<!-- mark -->\nstatus\n<!-- reconciler {")
    assert text.endswith("\n\nNext: x.\n")
    assert "1 to decide; 2 approved" in text
    found = heading(text)
    assert found == Heading(".", SINCE, question(asked("none", "approved", generation=3)).batches)


def test_the_question_keeps_its_age() -> None:
    """Written again with other words around it, or left as it is, it is as old as it was; of other videos, it is new;
    when nothing is asked any more, it is gone."""
    first = placed("a\nb\n\nc", "", question(asked("none", "none")), 5_000)
    again = placed("a\nx\n\ny", first, question(asked("approved", "none"), since=LATER), 5_000)
    assert (heading(again) or told()).since == SINCE
    left = placed("a\nz", first, None, 5_000)
    assert heading(left) == heading(first)
    newer = placed("a\nb", first, question(asked("none", generation=2), since=LATER), 5_000)
    assert (heading(newer) or told()).since == LATER
    assert placed("a\nb", first, question(since=LATER), 5_000) == "a\nb"


def test_the_question_fits() -> None:
    """A hundred variants do not: those that wait come first, and the rest is counted."""
    many = asked(*["approved"] * 40, *["none"] * 60)
    text = placed("a\nb\n", "", question(many, asked("none", refresh="refresh/z")), 5_000)
    assert len(text) <= 5_000 + len("a\nb\n")
    found = heading(text)
    assert found
    assert min(found.batches[HOOKS].sha256) == 41
    assert "more are asked about when these are decided" in text


def test_a_line_in_a_plan_asks_nothing() -> None:
    """Further below, in the middle of a line, or broken: no question."""
    line = next(one for one in placed("a\nb", "", question(asked("none")), 5_000).split("\n") if "question" in one)
    assert heading(f"a\nb\n{line}\n") is not None
    for text in (
        f"a\nb\n\n\n\n\n{line}",
        f"a\nb\n- {line}",
        "a\nb\n" + line.replace('"generation": 1', '"generation": {}'),
    ):
        assert heading(text) is None


def verdict(body: str, *, at: str = LATER, made: Batch | None = None) -> tuple[list[int], str]:
    """Numbers that count, and what is said against the answer, of one workspace that asks for two variants."""
    known = told(asked("none", "none"))
    found = judge(spoken(body), known, [], {HOOKS: made or known.batches[HOOKS]}, at)
    return [one.number for one in found.rulings], " ".join(found.problems)


def test_an_answer_counts_when_it_was_seen() -> None:
    """It is younger than the question, names its generation or none, and the state has these very files."""
    assert verdict("/approve refresh/hero-hooks 1 2 g1") == ([1, 2], "")
    assert "changed at 2026-11-21T10:00:00Z" in verdict("/approve refresh/hero-hooks 1", at=SINCE)[1]
    assert "You watched generation 2" in verdict("/approve refresh/hero-hooks 1 g2")[1]
    other = Batch(1, {1: "f" * 64, 2: asked("none", "none").candidates[1].sha256})
    assert "made anew" in verdict("/approve refresh/hero-hooks 1", made=other)[1]
    assert verdict("/approve refresh/hero-hooks 2", made=other) == ([2], "")
    assert "made anew" in verdict("/approve refresh/hero-hooks 2", made=Batch(2, other.sha256))[1]


def test_workspaces_that_share_a_repository() -> None:
    """An answer to what another one asks is left to it; where both ask about one address, numbers mean two things."""
    answer = spoken("/approve refresh/hero-hooks 1")
    here, there = told(asked("none")), told(asked("none", generation=2), scope="accounts/uk")
    assert elsewhere(answer, None, [there])
    assert not elsewhere(answer, here, [there])
    assert not elsewhere(answer, None, [])
    assert "two things" in judge(answer, here, [there], here.batches, LATER).problems[0]
