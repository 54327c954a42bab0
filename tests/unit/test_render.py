"""Plans and reports as text and JSON: every fact is there, and no name from outside can move the cursor."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator  # type: ignore[import-untyped] # its stubs are not pinned
from msgspec.structs import replace

from reconciler.allowance import RULES, Allowance
from reconciler.codes import CODES
from reconciler.errors import Finding, Place
from reconciler.model import OPS, Address, Ending, Outcome, Plan, Source, Violation
from reconciler.plan.conversion import plan_document
from reconciler.plan.digest import digest
from reconciler.plan.guards.wording import option, refusal, words
from reconciler.render import json as documents
from reconciler.render import markdown, page, plain, text
from reconciler.render.facts import Audience
from reconciler.render.rows import GLYPHS, counts, rows, value
from reconciler.text import clean
from reconciler.workflow.schemas import plan_schema
from tests.unit.builders import at, change, money, plan

# Half a character is left out: the digest has a test of its own for it.
HOSTILE = "\x1b[2J\x1b]0;owned\x07\r\n\u202egnp.exe\u200b\u2028\x9b31m\U000e0041</td>|`*"
FULL = plan(
    change("campaign/a", "create", "new", budget=money("50.00"), campaign_name="a"),
    change("campaign/b", "update", "both", "2", budget=(money("50.00"), money("60.00"), "both")),
    change("campaign/c", "blocked", "twin", "3"),
    unchanged=4,
    unmanaged=2,
    warnings=("careful",),
    violations=(Violation("max_daily_spend", at("campaign/a"), "150.00", "100.00", "max_daily_spend=campaign/a"),),
    worst_case=("0.00", None),
)


def visible(shown: str) -> bool:
    """Whether a text holds nothing but printable characters and line feeds."""
    return all(one == "\n" or unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in shown)


def hostile() -> Plan:
    """A plan whose every text from outside is an attack."""
    row = change(
        "campaign/a",
        "update",
        HOSTILE,
        "1",
        budget=(HOSTILE, HOSTILE, "both"),
        x=((HOSTILE,), {"k": HOSTILE}),
    )
    return plan(
        type(row)(row.address, "blocked", HOSTILE, "1", row.fields, Source(HOSTILE, 1), "R701", HOSTILE),
        change("campaign/b", "update", "edited", "1", **{HOSTILE: (HOSTILE, money("1.00"))}),
        warnings=(HOSTILE,),
        violations=(Violation("max_daily_spend", at("campaign/a"), "1.00", None, "max_daily_spend=campaign/a"),),
    )


@settings(max_examples=200)
@given(st.text())
def test_clean_leaves_nothing_that_acts(given_text: str) -> None:
    """Any text is safe on one line afterwards, and a plain one is what it was."""
    shown = clean(given_text)
    assert visible(shown)
    assert "\n" not in shown
    if given_text.isprintable():
        assert shown == given_text


def test_hostile_names_in_a_plan() -> None:
    """Whatever an API or a file puts into a name stays on its line as escapes."""
    shown = text.plan(hostile(), color=False)
    assert visible(shown)
    assert "\\x1b" in shown


def test_hostile_names_in_a_report() -> None:
    """Messages of the API are texts from outside, too."""
    row = Outcome(at("campaign/a"), "create", "failed", "1", "R606", HOSTILE, HOSTILE, HOSTILE)
    error = Finding("R506", HOSTILE, Place(HOSTILE, 1), HOSTILE, HOSTILE, HOSTILE)
    shown = text.ending(Ending("sha256:0", (row,), 1, (error,)), color=False)
    assert visible(shown)


def test_json_of_anything_is_ascii_safe() -> None:
    """The document reads back as it was, and holds no raw control character."""
    told = documents.ending(Ending("d", (Outcome(at("campaign/a"), "create", "failed", None, "R606", HOSTILE),), 1))
    shown = json.dumps(told)
    assert shown.isascii()
    assert json.loads(shown)["outcomes"][0]["error"]["message"] == HOSTILE


@pytest.mark.parametrize("made", [FULL, plan()])
def test_the_plan_document_keeps_its_promise(made: Plan) -> None:
    """It fits its own schema, and names digest, counts and rows."""
    told = json.loads(json.dumps(plan_document(made)))
    Draft7Validator(plan_schema()).validate(told)
    assert told["format_version"] == "1.0"
    assert told["digest"] == digest(made)
    assert [row["address"] for row in told["changes"]] == [str(row.address) for row in made.changes]
    assert set(OPS) | {"unchanged", "untargeted", "unmanaged"} <= set(told["summary"])


def test_a_row_of_the_plan_document() -> None:
    """The promised keys with the promised meaning."""
    row = plan_document(FULL)["changes"][1]
    assert {key: row[key] for key in ("address", "op", "reason", "id", "source")} == {
        "address": "campaign/b", "op": "update", "reason": "both", "id": "2", "source": None,
    }  # fmt: skip
    assert row["fields"] == [{"path": "budget", "old": "50.00", "new": "60.00", "side": "both", "money": True}]


def test_rows_that_were_skipped_for_one_reason_are_one_line() -> None:
    """After Ctrl-C hundreds are; a few are named, and so is whatever failed or has another reason."""
    stopped = [
        Outcome(at(f"ad/a{n}"), "create", "skipped", None, "R710", "interrupted", None, "again") for n in range(304)
    ]
    few = [Outcome(at(f"ad/b{n}"), "create", "skipped", None, "R707", "a parent failed", None, None) for n in range(3)]
    failed = [Outcome(at(f"ad/c{n}"), "create", "failed", None, "R606", "no", None, None) for n in range(5)]
    told = text.outcomes([*failed, *stopped, *few], color=False)
    assert told == [
        *(f"  failed[R606] ad/c{n} (create): no" for n in range(5)),
        "  skipped[R710] 304 rows: interrupted",
        "      → again",
        *(f"  skipped[R707] ad/b{n} (create): a parent failed" for n in range(3)),
    ]


def test_the_report_document() -> None:
    """Outcomes with their errors, counted."""
    outcomes = (
        Outcome(at("campaign/a"), "create", "done", "1"),
        Outcome(at("campaign/b"), "update", "failed", "2", "R606", "no", "req", "do"),
    )
    told = documents.ending(Ending("sha256:1", outcomes, 9))
    assert told["plan_digest"] == "sha256:1"
    assert told["summary"] == {"done": 1, "failed": 1, "skipped": 0, "unknown": 0, "pending": 0}
    assert told["outcomes"][0]["error"] is None
    assert told["outcomes"][1]["error"] == {"code": "R606", "message": "no", "request_id": "req", "hint": "do"}
    assert "errors" not in told


def test_all_documents_are_of_one_format() -> None:
    """A plan has the same `format_version` as every other answer."""
    assert plan_document(FULL)["format_version"] == documents.FORMAT


def test_the_error_document() -> None:
    """What went wrong before there was a plan."""
    (told,) = documents.errors([Finding("R204", "m", Place("a.yaml", 3, 7), "campaign/a", "h")])["errors"]
    assert {key: told[key] for key in ("code", "message", "file", "line", "column", "address", "hint")} == {
        "code": "R204", "message": "m", "file": "a.yaml", "line": 3, "column": 7, "address": "campaign/a", "hint": "h",
    }  # fmt: skip


def test_the_plan_as_text() -> None:
    """Rows, old and new values with their unit, warnings, refusals, worst case, digest, counts."""
    shown = text.plan(FULL, color=False)
    for part in (
        "+ campaign/a will be created", "50.00 USD → 60.00 USD", "(changed on both sides)", "! campaign/c is blocked",
        "Warning: careful", "Refused: campaign/a", "above the limit of 100.00", "max_daily_spend=campaign/a",
        "Plan: 1 to create, 1 to update, 0 to disable, 1 blocked.", "0.00 USD → unlimited", digest(FULL),
        "4 unchanged", "2 unmanaged",
    ):  # fmt: skip
        assert part in shown, part


NESTED = plan(
    change(
        "ad/a",
        "update",
        "edited",
        "1",
        ad_name=("x", "y"),
        ages=(("13", "18"), ("18", "25"), "theirs"),
        utm_params=(({"key": "a", "value": "1"},), ({"key": "a", "value": "2"}, {"key": "b"})),
    )
)


def test_a_change_inside_a_nested_value() -> None:
    """The field as a headline, and below it a line for each place that differs; JSON has the two values whole."""
    assert text.plan(NESTED, color=False).splitlines()[:9] == [
        "  ~ ad/a will be updated in place (edited in the manifests)",
        '      ~ ad_name  "x" → "y"',
        "      ~ ages  (changed in the account)",
        '          - ages                 "13"',
        '          + ages                 "25"',
        "      ~ utm_params",
        '          ~ utm_params[0].value  "1" → "2"',
        '          + utm_params[1]        {"key": "b"}',
        "",
    ]
    fields = json.loads(json.dumps(plan_document(NESTED)))["changes"][0]["fields"]
    assert [one["path"] for one in fields] == ["ad_name", "ages", "utm_params"]
    assert fields[1]["old"] == ["13", "18"]


def test_inside_a_blocked_row_added_and_removed_stay_apart() -> None:
    """It has no signs of its own, since nothing of it is done."""
    stopped = plan(replace(NESTED.changes[0], op="blocked", reason="replace"))
    shown = text.plan(stopped, color=False)
    assert '        ages  (changed in the account)\n          - ages                 "13"\n' in shown
    assert '          + ages                 "25"\n' in shown
    told = markdown.plan(stopped)
    assert '#         ages  removed: "13"\n#         ages  added: "25"\n' in told
    assert '#         utm_params[0].value  "1" → "2"\n' in told


def test_a_change_inside_a_nested_value_in_plain_words() -> None:
    """The same lines for people who know no API."""
    shown = text.plain_plan(NESTED, color=False)
    for line in (
        "      ages taken out: 13  (changed in the account)\n",
        "      ages added: 25  (changed in the account)\n",
        "      utm params:\n",
        "          utm params [0] value: 1 → 2\n",
    ):
        assert line in shown


def test_a_guard_rail_about_a_kind() -> None:
    """It names the kind instead of an address, for every reader."""
    made = plan(violations=(Violation("vanished_share", "campaign", "3 of 5", "half", "vanished_share=campaign"),))
    said = "3 of 5 bound objects are no longer listed"
    assert f"Refused: campaign: {said}" in text.plan(made, color=False)
    assert f"Refused: Campaigns: {said}" in text.plain_plan(made, color=False)
    assert said in markdown.plan(made)
    audiences: tuple[Audience, ...] = ("engineer", "marketer")
    for audience in audiences:
        assert said in page.page(made, audience=audience, made_at="2026-11-21T10:00:00Z")


def test_no_changes() -> None:
    """One sentence that says so."""
    assert "No changes." in text.plan(plan(unchanged=3), color=False)


def test_colour_only_when_asked() -> None:
    """A pipe gets no escape sequences; with them the words are the same."""
    plain, painted = (text.plan(FULL, color=on) for on in (False, True))
    assert "\x1b" not in plain
    assert "\x1b[32m+\x1b[0m" in painted


def test_every_op_has_a_sign_and_words() -> None:
    """A new op cannot be forgotten here."""
    assert set(GLYPHS) == set(OPS)
    assert len(set(GLYPHS.values())) == len(OPS)
    every = plan(*(change(f"campaign/{op}", op, "new", "1") for op in OPS))
    assert len(list(rows(every))) == len(OPS)
    assert all(f"1 to {op}" in counts(every) for op in OPS if op != "blocked")


@pytest.mark.parametrize(
    ("given_value", "currency", "shown"),
    [
        (None, "USD", "(not set)"),
        (money("5.00"), "USD", "5.00 USD"),
        (money("5.00"), None, "5.00"),
        ("5.00", "USD", '"5.00"'),
        (True, "USD", "true"),
        (5, "USD", "5"),
        (("a", "b"), "USD", '["a", "b"]'),
        ("é", None, '"é"'),
    ],
)
def test_values(given_value: object, currency: str | None, shown: str) -> None:
    """Money with its unit, text in quotes, nothing as such."""
    assert value(given_value, currency) == shown


@pytest.mark.parametrize("kind", ["done", "failed", "skipped", "unknown", "pending"])
def test_the_report_as_text(kind: str) -> None:
    """What needs attention by name, everything in the counts."""
    row = Outcome(at("campaign/a"), "create", kind, None, "R606", "because", "req-1", "do this")  # type: ignore[arg-type]
    shown = text.ending(Ending("d", (row,), 0), color=False)
    assert f"1 {kind}" in shown
    assert ("Apply complete!" in shown) is (kind == "done")
    for part in ("because", "req-1", "do this", "R606"):
        assert (part in shown) is (kind != "done")


BROKEN: dict[str, tuple[Address | str, str, str, str]] = {
    "max_daily_spend": (
        at("campaign/a"), "150.00", "100.00", "worst case 150.00 USD a day, above the limit of 100.00 USD"
    ),
    "max_budget": (at("campaign/a"), "150.00", "100.00", "a budget of 150.00 USD, above the limit of 100.00 USD"),
    "max_raise_percent": (
        at("campaign/a"), "150.01", "150.00",
        "a budget of 150.01 USD is too big a raise at once; up to 150.00 USD passes",
    ),
    "typo_factor": (
        at("campaign/a"), "500.00", "50.00", "a budget of 500.00 USD looks like a slip: it is 50.00 USD now"
    ),
    "max_changes": ("enable", "12", "10", "12 rows enable something, more than the limit of 10"),
    "max_submits": (
        at("refresh/a"), "21", "20 a run", "21 refresh tasks with those before it, more than the limit of 20 a run"
    ),
    "landing_domains": (
        at("ad/a"), "evil.example", "example.com", "it would lead to evil.example, and landing_domains has example.com"
    ),
    "freeze": (at("ad/a"), "update", "2026-11-27 00:00 to 2026-12-01 00:00",
               "frozen from 2026-11-27 00:00 to 2026-12-01 00:00: update"),
    "vanished_share": (
        "campaign", "3 of 5", "half",
        "3 of 5 bound objects are no longer listed, which does not prove that they are gone",
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_every_guard_rail_is_told_to_everybody(rule: str) -> None:
    """In the text, to marketers, and as the refusal of an apply, each with its own code and what would allow it."""
    address, value, limit, said = BROKEN[rule]
    one = Violation(rule, address, value, limit, f"{rule}={address}")
    assert words(one, "USD") == said
    refused = refusal(one, "USD")
    assert CODES[refused.code][0] in (rule, "implausible listing")
    assert option(one) in (refused.hint or "")
    assert option(one) in text.plan(plan(violations=(one,)), color=False)
    told = plain.refusal(one, "USD")
    assert value in told
    assert "None" not in told


def test_what_is_allowed_is_shown() -> None:
    """Whoever reads the plan sees what was allowed, and why."""
    made = plan(allowances=(Allowance("max_budget", "campaign/a", "500.01", "opening"),))
    assert "Allowed: max_budget=campaign/a=500.01 (opening)" in text.plan(made, color=False)
