"""The difference of two plans: empty exactly when the digest is the same; else it says what, why and when."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import asdict, replace

from reconciler.allowance import Allowance
from reconciler.model import Change, Plan
from reconciler.plan.approved import Difference, Observation, Observations, difference, observed
from reconciler.plan.digest import digest
from reconciler.render import difference as shown
from reconciler.render.markdown import LEAST
from tests.unit.builders import at, basis, change, entry, live, money, plan, resource

values = st.one_of(st.none(), st.booleans(), st.integers(0, 1), st.sampled_from(["a", "b"]), st.just(("a",)))
ALLOWED = Allowance("max_daily_spend", "campaign/a", None, "because")
ops = st.sampled_from(["create", "update", "disable", "blocked"])


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Small plans, often alike."""
    rows = []
    for name in draw(st.lists(st.sampled_from("abc"), unique=True).map(sorted)):
        fields = {path: (draw(values), draw(values)) for path in draw(st.sets(st.sampled_from("xy")))}
        rows.append(change(f"campaign/{name}", draw(ops), draw(st.sampled_from(["new", "edited"])), "1", **fields))
    return plan(*rows, allowances=tuple(draw(st.sets(st.just(ALLOWED)))))


@settings(max_examples=150)
@given(planned=plans(), now=plans())
def test_it_is_empty_exactly_when_the_digest_is_the_same(planned: Plan, now: Plan) -> None:
    """What is compared is what an approval binds to: nothing more, nothing less."""
    found = difference(planned, now)
    assert bool(found) == (digest(planned) != digest(now))
    assert not difference(planned, replace(planned, warnings=("w",), unchanged=5))


def raised(live_budget: str, wanted: str = "80.00") -> Change:
    """A row that sets a budget."""
    return change("campaign/a", "update", "edited", "1", budget=(money(live_budget), money(wanted)))


def seen(then: str, now: str) -> Observations:
    """The budget of the account when it was planned, and now."""
    both = [{at("campaign/a"): Observation("1", time, {"budget": money(amount)})}
            for time, amount in (("2026-11-20 10:00:00", then), ("2026-11-21 09:30:00", now))]  # fmt: skip
    return Observations(*both)


def test_a_field_that_differs_tells_both_plans_and_what_changed_in_the_account() -> None:
    """Planned, now, and the live value then and now with the API's own time."""
    found = difference(plan(raised("50.00")), plan(raised("65.00")), seen("50.00", "65.00"))
    (row,) = found.rows
    assert (row.kind, row.modified) == ("other", "2026-11-21 09:30:00")
    assert shown.text(found).splitlines() == [
        "What was planned differs from what would be done now:",
        "  ~ campaign/a was to be updated in place; now it would be done differently",
        "      budget  planned 50.00 USD → 80.00 USD",
        "      budget  now     65.00 USD → 80.00 USD",
        "      budget  changed in the account: 50.00 USD → 65.00 USD, modified 2026-11-21 09:30:00 UTC",
    ]


def test_a_row_that_somebody_has_done_already() -> None:
    """It is gone, and the live values say why."""
    found = difference(plan(raised("50.00")), plan(unchanged=1), seen("50.00", "80.00"))
    told = shown.text(found)
    assert "  - campaign/a was to be updated in place; now there is nothing to do\n" in told
    assert "changed in the account: 50.00 USD → 80.00 USD, modified 2026-11-21 09:30:00 UTC" in told


def test_a_row_that_was_not_planned_tells_what_somebody_changed() -> None:
    """It was in sync: the saved readings tell the value it had."""
    found = difference(plan(), plan(raised("65.00", "50.00")), seen("50.00", "65.00"))
    told = shown.text(found)
    assert "  + campaign/a will be updated in place (edited in the manifests); this was not planned" in told
    assert "changed in the account: 50.00 USD → 65.00 USD" in told


def test_a_row_that_is_blocked_now_says_what_to_do() -> None:
    """It sends nothing, so it is gone; its hint stays."""
    stopped = Change(at("campaign/a"), "blocked", "vanished", "1", code="R702", hint="make it anew")
    found = difference(
        plan(raised("50.00")), plan(stopped), Observations({at("campaign/a"): Observation("1", None, {})}, {})
    )
    assert found.rows[0].kind == "gone"
    assert found.rows[0].vanished
    told = shown.text(found)
    assert "was to be updated in place; now it is blocked (somebody deleted the live object): make it anew" in told
    assert "it was in the account when this was planned, and is no longer there" in told


def test_without_observations_the_rows_tell_what_they_can() -> None:
    """Two plans alone still show a live value that differs."""
    (row,) = difference(plan(raised("50.00")), plan(raised("65.00"))).rows
    assert row.fields[0].live == ("50.00", "65.00")


def test_observations_hold_what_is_managed_and_shown() -> None:
    """Managed fields of bound objects, no more."""
    shown_object = live("1", "a", budget=money("50.00"), status="ENABLE", other="x")._replace(modified="T")
    found = observed(
        basis(
            [resource("campaign/a", {"budget": money("80.00"), "unseen": "x"})],
            {"campaign/a": entry("1", {"status": "DISABLE"}), "campaign/gone": entry("2")},
            {"campaign": [shown_object, live("3", "stranger")]},
        )
    )
    assert found == {at("campaign/a"): Observation("1", "T", {"budget": "50.00", "status": "ENABLE"})}


def test_as_json() -> None:
    """Scripts get the same facts."""
    found = difference(plan(raised("50.00")), plan(raised("65.00"), allowances=(ALLOWED,)), seen("50.00", "65.00"))
    document = json.loads(json.dumps(shown.document(found)))
    assert document["allowances"] == {"planned": [], "now": [asdict(ALLOWED)]}
    assert document["rows"] == [
        {
            "address": "campaign/a",
            "kind": "other",
            "planned": "update",
            "now": "update",
            "reason": "edited",
            "fields": [
                {
                    "path": "budget",
                    "planned": {"old": "50.00", "new": "80.00"},
                    "now": {"old": "65.00", "new": "80.00"},
                    "live": {"old": "50.00", "new": "65.00"},
                }
            ],
            "vanished": False,
            "modified_at": "2026-11-21 09:30:00",
        }
    ]


@settings(max_examples=100)
@given(text=st.text(alphabet="`~\n\r#:[]<>@\u202e\x1bab ", max_size=60))
def test_hostile_texts_stay_text(text: str) -> None:
    """As Markdown everything stands in one fence; as text nothing moves the cursor or commands a runner."""
    was, now = (change("campaign/a", "update", text, "1", **{"x" + text: (text + end, text)}) for end in "12")
    both = [{at("campaign/a"): Observation("1", text, {"x" + text: text + end})} for end in "12"]
    stopped = Change(at("campaign/b"), "blocked", text, "1", hint=text)
    was_b = change("campaign/b", "disable", "removed", "1")
    found = difference(
        plan(was, was_b, allowances=(replace(ALLOWED, reason=text),)), plan(now, stopped), Observations(*both)
    )
    told = shown.text(found)
    assert all(one == "\n" or one.isprintable() for one in told)
    assert "##[" not in told
    assert not any(line.lstrip().startswith("::") for line in told.splitlines())
    types = [one.type for one in MarkdownIt("commonmark").parse(shown.markdown(found))]
    assert types == ["paragraph_open", "inline", "paragraph_close", "fence"]


def test_markdown_is_cut_and_says_so() -> None:
    """Bounded, with what is cut counted."""
    rows = [change(f"campaign/c{number}", "create", "new", x="y" * 100) for number in range(500)]
    told = shown.markdown(difference(plan(), plan(*rows)), limit=LEAST)
    assert len(told) <= LEAST
    assert "of 500 differences are shown here" in told


def test_nothing_is_nothing() -> None:
    """An empty difference is false."""
    assert not Difference()
