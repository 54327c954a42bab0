"""A plan is a value: sorted, the same bytes for the same inputs, and its digest covers what would be sent."""

from __future__ import annotations

from itertools import permutations

import pytest
from msgspec.structs import replace

from reconciler.allowance import Allowance
from reconciler.model import OPS, FieldChange, Number, Plan, Source, Violation
from reconciler.plan.digest import digest, summary
from tests.unit.builders import CAMPAIGN, at, basis, change, entry, live, plan, planned, resource

ROW = change("campaign/a", "update", "edited", "1", budget=("50.00", Number("60.00")))
MADE = plan(ROW, change("campaign/b", "create", "new", campaign_name="b"))


@pytest.mark.parametrize(
    "other",
    [
        replace(MADE, unchanged=5, untargeted=2, unmanaged=3, warnings=("careful",), worst_case=("1.00", None)),
        replace(MADE, currency="EUR"),
        replace(MADE, entries={at("campaign/z"): None}),
        replace(
            MADE, violations=(Violation("max_daily_spend", at("campaign/a"), "1", None, "max_daily_spend=campaign/a"),)
        ),
        replace(MADE, changes=(replace(ROW, reason="both", source=Source("b.yaml", 9), hint="h"), *MADE.changes[1:])),
        replace(MADE, changes=(replace(ROW, fields=(ROW.fields[0]._replace(side="theirs"),)), *MADE.changes[1:])),
        replace(MADE, changes=(*MADE.changes, change("campaign/c", "blocked", "twin", "9"))),
    ],
)
def test_what_only_explains_is_not_in_the_digest(other: Plan) -> None:
    """Reasons, sources, counts, warnings and blocked rows send nothing."""
    assert digest(other) == digest(MADE)


@pytest.mark.parametrize(
    "other",
    [
        replace(MADE, contract="marketing"),
        replace(MADE, advertiser_id="7000000000000000002"),
        replace(MADE, allowances=(Allowance("max_daily_spend", "campaign/a", None, "another reason"),)),
        replace(MADE, allowances=(Allowance("max_daily_spend", "campaign/a", None, "because"),)),
        replace(MADE, changes=MADE.changes[:1]),
        replace(MADE, changes=(replace(ROW, address=at("campaign/x")), *MADE.changes[1:])),
        replace(MADE, changes=(replace(ROW, op="disable"), *MADE.changes[1:])),
        replace(MADE, changes=(replace(ROW, id="2"), *MADE.changes[1:])),
        replace(MADE, changes=(replace(ROW, fields=()), *MADE.changes[1:])),
        replace(MADE, changes=(replace(ROW, fields=(FieldChange("budget", "50.00", "61.00"),)), *MADE.changes[1:])),
        replace(MADE, changes=(replace(ROW, fields=(FieldChange("budget", "51.00", "60.00"),)), *MADE.changes[1:])),
        replace(MADE, changes=(replace(ROW, fields=(FieldChange("name", "50.00", "60.00"),)), *MADE.changes[1:])),
    ],
)
def test_what_would_be_sent_is_in_the_digest(other: Plan) -> None:
    """Contract, account, allowances, and each row's address, op, id and fields."""
    assert digest(other) != digest(MADE)


def test_the_order_of_files_changes_nothing() -> None:
    """The same resources in any order, from any line, make the same bytes."""
    declared = [
        resource("campaign/b", CAMPAIGN),
        resource("campaign/a", CAMPAIGN),
        resource("adgroup/z", parent="campaign/b"),
    ]
    plans = {repr(planned(basis(order))) for order in permutations(declared)}
    assert len(plans) == 1
    moved = [replace(one, source=Source("elsewhere.yaml", 99)) for one in declared]
    assert digest(planned(basis(moved))) == digest(planned(basis(declared)))


def test_rows_are_sorted_parents_first() -> None:
    """By kind, then by name."""
    declared = [
        resource("ad/a", parent="adgroup/g"), resource("adgroup/g", parent="campaign/c"),
        resource("campaign/d"), resource("campaign/c"),
    ]  # fmt: skip
    rows = [str(row.address) for row in planned(basis(declared)).changes]
    assert rows == ["campaign/c", "campaign/d", "adgroup/g", "ad/a"]


def test_a_plan_does_not_depend_on_the_clock_inside_a_day() -> None:
    """Making it again a minute later gives the same value."""
    given = basis([resource("campaign/c")], {"campaign/d": entry("1")}, {"campaign": [live("1", "d")]})
    assert planned(given) == planned(replace(given, now=given.now + 60))


def test_summary_counts_every_row_and_the_rest() -> None:
    """One count an op, the promised names, and what is no row."""
    found = summary(replace(MADE, unchanged=5, untargeted=2, unmanaged=3))
    assert set(found) == {*OPS, "unchanged", "untargeted", "unmanaged"}
    assert (found["create"], found["update"], found["unchanged"], found["blocked"]) == (1, 1, 5, 0)
