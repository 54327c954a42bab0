"""What figures say of a refresh: tired, not shown, no evidence; and that nothing that is missing ever decides."""

from __future__ import annotations

import dataclasses
import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.kinds.renewal import EvidencePart, Renewal, RenewalDocument, RulePart
from reconciler.plan.deliveries import Delivery, Rows, Showing, Split, Unreadable, is_silent, split
from reconciler.plan.policy import Tired
from reconciler.plan.weighing import Watched, Weighed, weigh
from tests.renew.creatives import NONE, Cell, Fall, drawn
from tests.rotation import in_turn

BORN = date(2026, 9, 30)
FIRST = BORN + timedelta(days=1)
LAST = FIRST + timedelta(days=39)
HOOK = Tired("hook", is_any=False, confirm=None, noise_floor=Decimal("0.15"), require_siblings=False)
CELL = Cell(10_000, 0.3, 0.1, 0.0, days=33)
FALLEN = Fall(10, 0.6)


def rows(draw: random.Random, fall: Fall = NONE, cell: Cell = CELL) -> dict[date, Delivery | Unreadable]:
    """Three days of learning, a baseline, and 30 days more: day by day as a report has them."""
    days = [drawn(draw, dataclasses.replace(cell, days=3))[0] for _ in range(3)] + drawn(draw, cell, fall)
    return {
        FIRST + timedelta(days=number): Delivery(
            one.shown, one.shown // 50, one.shown // 1000, one.shown, one.hits, one.hits // 2
        )
        for number, one in enumerate(days)
    }


def watched(name: str, told: Rows, slot: int = 1, *, enabled: bool = True) -> Watched:
    """An ad; slot 0 shows something else."""
    return Watched(Showing(f"ad/{name}", BORN, enabled), f"18{name}", "17", told, slot)


def ads(seed: int, fall: Fall = FALLEN, others: int = 3) -> list[Watched]:
    """Two ads whose hooks fall, and others beside them that do not."""
    draw = random.Random(seed)
    own = [watched(str(slot), rows(draw, fall), slot) for slot in (1, 2)]
    return own + [watched(str(number), rows(draw), 0) for number in range(3, 3 + others)]


def test_both_ads_fell() -> None:
    """Tired, with the evidence of each."""
    found = weigh(HOOK, ads(1), LAST)
    assert found.verdict == "tired", found.said
    assert [one.verdict for one in found.evidence] == ["tired", "tired"]
    assert found.said.startswith("2 of 2 ads, hook ")
    assert all(one.siblings for one in found.evidence)


def test_one_of_two_is_enough_only_where_any_is() -> None:
    """`of: all` waits for the other; `of: any` gives each half of the false alarms."""
    (_, second, *others), fallen = ads(2, NONE), ads(2)[0]
    assert weigh(HOOK, [fallen, second, *others], LAST).verdict == "not shown"
    found = weigh(replace(HOOK, is_any=True), [fallen, second, *others], LAST)
    assert found.verdict == "tired"
    assert found.rule is not None
    assert found.rule.of == "any"


def test_a_metric_that_does_not_confirm_stops_it() -> None:
    """Clicks have not fallen with the hook."""
    found = weigh(replace(HOOK, confirm="ctr"), ads(1), LAST)
    assert found.verdict == "not shown"
    assert "does not confirm" in found.said


def test_the_order_of_ads_and_rows_changes_nothing() -> None:
    """Whatever order pages come in."""
    told = ads(3)
    mixed = [replace(one, rows=dict(sorted(one.rows.items(), reverse=True))) for one in told[::-1]]
    assert weigh(HOOK, told, LAST) == weigh(HOOK, mixed, LAST)


def _without(one: Watched, *days: date) -> Watched:
    return replace(one, rows={day: row for day, row in one.rows.items() if day not in days})


@in_turn(2, 3)
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 500), st.data())
def test_a_missing_or_damaged_row_never_makes_an_ad_tired(seed: int, data: st.DataObject) -> None:
    """Any one row of any ad is dropped, or comes damaged: what was not `tired` with it is not without it."""
    told = ads(seed, data.draw(st.sampled_from([Fall(10, 0.85), Fall(15, 0.8, 14), NONE])), others=2)
    whole = weigh(HOOK, told, LAST).verdict
    which, day = data.draw(st.integers(0, len(told) - 1)), FIRST + timedelta(days=data.draw(st.integers(0, 39)))
    broken = _without(told[which], day)
    if data.draw(st.booleans()):
        broken = replace(broken, rows={**broken.rows, day: Unreadable('clicks is "-", which is no count')})
    found = weigh(HOOK, [*told[:which], broken, *told[which + 1 :]], LAST).verdict
    assert found != "tired" or whole == "tired"


def test_a_late_report_decides_nothing() -> None:
    """The last day lacks an enabled ad that delivered before: ad and day are named."""
    first, *rest = ads(1)
    found = weigh(HOOK, [_without(first, LAST), *rest], LAST)
    assert found == Weighed("no evidence", f"the report of {LAST} lacks ad/1, which is enabled; nothing is decided")
    paused = replace(first, showing=replace(first.showing, enabled=False))
    assert weigh(HOOK, [_without(paused, LAST), *rest], LAST).verdict != "no evidence"


def test_a_gap_in_a_baseline_decides_nothing() -> None:
    """Of an ad, or of a sibling that tells the noise."""
    first, second, third, *rest = ads(1)
    day = FIRST + timedelta(days=5)
    for told in ([_without(first, day), second, third], [first, second, _without(third, day)]):
        found = weigh(HOOK, [*told, *rest], LAST)
        assert (found.verdict, str(day) in found.said) == ("no evidence", True)


@pytest.mark.parametrize(
    ("row", "said"),
    [(Unreadable('clicks is "1.5", which is no count'), "1.5"), (Delivery(100, 1, 0, 1, 101, 0), "101 hits of 100")],
)
def test_what_cannot_be_true_decides_nothing(row: Delivery | Unreadable, said: str) -> None:
    """More views than impressions, fractions, dashes: the value is shown."""
    first, *rest = ads(1)
    found = weigh(HOOK, [replace(first, rows={**first.rows, LAST: row}), *rest], LAST)
    assert found.verdict == "no evidence"
    assert said in found.said


def test_an_ad_that_does_not_deliver_is_not_tired() -> None:
    """Three days without impressions are something else; the platform's word is told."""
    none = Delivery(0, 0, 0, 0, 0, 0)
    silent = {LAST - timedelta(days=number): none for number in range(3)}
    told = [replace(one, rows={**one.rows, **silent}, status="AD_STATUS_NOT_DELIVERY") for one in ads(1)]
    assert all(is_silent(one.showing, one.rows, LAST) for one in told)
    found = weigh(HOOK, told, LAST)
    assert found.verdict == "not shown"
    assert found.said == "; ".join(f"ad/{one} does not deliver (AD_STATUS_NOT_DELIVERY)" for one in (1, 2))


def test_small_ads_are_too_little_data() -> None:
    """A baseline of fewer than 1,000 exposures is none."""
    draw = random.Random(5)
    small = Cell(100, 0.3, 0.1, 0.0, days=33)
    found = weigh(HOOK, [watched("1", rows(draw, Fall(10, 0.3), small))], LAST)
    assert found.verdict == "not shown"
    assert found.said.startswith("too little data: ad/1")


def test_a_fall_of_everything_is_called_account_wide() -> None:
    """Every ad that shows something else falls, too: tracking or season, never tired."""
    draw = random.Random(6)
    told = [watched(str(one), rows(draw, Fall(28, 0.5)), 1 if one < 3 else 0) for one in range(1, 6)]
    # In other ad groups, so that they are no siblings.
    told = [one if one.slot else replace(one, group="99") for one in told]
    deep = [replace(one, rows=rows(random.Random(one.id), Fall(10, 0.5))) if one.slot else one for one in told]
    found = weigh(HOOK, deep, LAST)
    assert found.verdict == "not shown"
    assert found.said.startswith("account-wide")


def test_siblings_can_be_asked_for() -> None:
    """Without any, nothing is decided where the policy says so; else it is said."""
    alone = [one for one in ads(1) if one.slot]
    assert weigh(replace(HOOK, require_siblings=True), alone, LAST).verdict == "no evidence"
    found = weigh(HOOK, alone, LAST)
    assert (found.verdict, "no sibling to compare with" in found.said) == ("tired", True)
    assert weigh(replace(HOOK, require_siblings=True), ads(1), LAST).verdict == "tired"


def _earlier(part: EvidencePart, rule: RulePart) -> Renewal:
    told: dict[str, Any] = {"rule": rule, "evidence": [part]}
    return Renewal("renewals/hooks/2026-10-20.yaml", RenewalDocument.model_construct(**told))


def test_figures_that_shrank_decide_nothing() -> None:
    """A day whose exposure is 5 % below what an earlier Renewal saw was corrected downwards."""
    told = ads(1)
    seen = weigh(HOOK, told, LAST)
    assert seen.rule is not None
    earlier = [_earlier(seen.evidence[0], seen.rule)]
    assert weigh(HOOK, told, LAST, earlier) == seen
    day = LAST - timedelta(days=4)
    row = told[0].rows[day]
    assert isinstance(row, Delivery)
    less = row._replace(impressions=row.impressions * 94 // 100, views_2s=row.views_2s * 94 // 100)
    found = weigh(HOOK, [replace(told[0], rows={**told[0].rows, day: less}), *told[1:]], LAST, earlier)
    assert found.verdict == "no evidence"
    assert str(day) in found.said


def test_conversions_wait_until_they_are_settled() -> None:
    """They are booked on the day of the impression: the last seven days are left out."""
    draw = random.Random(8)
    found = split(Showing("ad/1", BORN, enabled=True), rows(draw), "cpa", LAST)
    assert isinstance(found, Split)
    assert max(found.days) == LAST - timedelta(days=7)


def test_the_first_days_are_learning() -> None:
    """Three days, then seven of baseline; an ad that nobody delivered at first learns when it is delivered."""
    told = rows(random.Random(9))
    showing = Showing("ad/1", BORN, enabled=True)
    late = {day + timedelta(days=10): row for day, row in told.items() if day + timedelta(days=10) <= LAST}
    for given_rows, first in ((told, 3), (late, 13)):
        found = split(showing, given_rows, "hook", LAST)
        assert isinstance(found, Split)
        assert min(found.baseline) == FIRST + timedelta(days=first)
