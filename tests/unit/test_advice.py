"""Hints for a terminal become inputs of a workflow; what is next fits what a plan holds."""

from __future__ import annotations

import pytest

from reconciler.ci import advice
from reconciler.model import Address, Change, Plan, Violation


def plan(*changes: Change, violations: tuple[Violation, ...] = ()) -> Plan:
    """A plan with these rows."""
    return Plan(
        contract="openapi", advertiser_id="7", currency="USD", changes=changes, unchanged=0, unmanaged=0,
        violations=violations,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        ("--allow max_daily_spend=campaign/a --reason TEXT",
         "run ads apply with allow: max_daily_spend=campaign/a and a reason"),
        ("make it anew with `--recreate campaign/a`, or remove the manifest",
         "make it anew with the input recreate: campaign/a of ads apply, or remove the manifest"),
        ("reconciler apply --recreate campaign/a --target campaign/a",
         "run ads apply with recreate: campaign/a and target: campaign/a"),
        ("--allow max_daily_spend=campaign/a lifts nothing here",
         "the input allow: max_daily_spend=campaign/a of ads apply lifts nothing here"),
        ("name it with --target, too", "name it with the input target, too"),
        ("look at Ads Manager", "look at Ads Manager"),
        ("look at `reconciler gallery`, then `reconciler approve refresh/hooks 1` once the variant is there",
         "look at the gallery, then approve refresh/hooks 1 once the variant is there"),
        ("`reconciler approve refresh/hooks 1` takes it back; or raise `revision`",
         "an approval of refresh/hooks 1 takes it back; or raise `revision`"),
    ],
)  # fmt: skip
def test_options_become_inputs(hint: str, said: str) -> None:
    """Wherever an option stands in a sentence; and what decides on variants is no command there."""
    assert advice.inputs(hint) == said


def test_what_is_next_fits_the_plan() -> None:
    """Nothing to do, only blocked rows, rows of others, a refusal whose cause is another change, a gate by hand."""
    row = Change(Address("campaign", "a"), "create", "new")
    blocked = Change(Address("campaign", "a"), "blocked", "open")
    over = Violation("max_daily_spend", row.address, "9", "1", "--allow max_daily_spend=campaign/a --reason TEXT")
    assert advice.after_plan(plan(), ours=0) == "a merge changes nothing in the account"
    assert advice.after_plan(plan(blocked), ours=1) == "a merge changes nothing in the account"
    assert advice.after_plan(plan(row), ours=1).startswith("merge this pull request")
    assert advice.after_plan(plan(row), ours=0).startswith("nothing here is of this pull request")
    assert "this one is not the cause" in advice.after_plan(plan(row, violations=(over,)), ours=0)
    assert "then do it: it does exactly this" in advice.after_plan(plan(row), ours=1, by_hand="do it")
    assert "merge" not in advice.after_plan_by_hand(plan(row), "sha256:1")
