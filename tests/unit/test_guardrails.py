"""max_daily_spend: the worst case of all enabled campaigns, ours or not; lowering and going back always pass."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reconciler.allowance import parse
from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.contracts.registry import Contracts
from reconciler.model import Change, LiveObject, LockEntry, Plan
from reconciler.plan.guards.assess import assess
from reconciler.plan.guards.rails import Rails, Scene
from tests.unit.builders import NOON, at, change, entry, live, money, plan

ON = {"status": "ENABLE"}


def checked(
    *rows: Change,
    shown: tuple[LiveObject, ...] = (),
    groups: tuple[LiveObject, ...] = (),
    limit: str | None = "100",
    allow: tuple[str, ...] = (),
    entries: dict[str, LockEntry] | None = None,
    currency: str = "USD",
) -> Plan:
    """A plan against live campaigns and ad groups."""
    account = {"campaign": {one.id: one for one in shown}, "adgroup": {one.id: one for one in groups}}
    known = {at(address): one for address, one in (entries or {}).items()}
    most = Decimal(limit) if limit is not None else None
    made, rails = plan(*rows, currency=currency), Rails(max_daily_spend=most)
    scene = Scene(made, account, known, {}, Contracts(OPENAPI), rails, NOON)
    return assess(scene, [parse(one, "because") for one in allow])


def running(identity: str, budget: str | None = None, **more: Any) -> LiveObject:
    """A live campaign that is enabled."""
    return live(identity, **{**ON, **({"budget": money(budget)} if budget else {}), **more})


def create(budget: str | None, status: str | None = "ENABLE") -> Change:
    """A new campaign."""
    fields = {"budget": money(budget) if budget else None, "status": status}
    return change("campaign/new", "create", **{key: value for key, value in fields.items() if value})


def update(**fields: Any) -> Change:
    """An update of campaign 1."""
    return change("campaign/c", "update", "edited", "1", **fields)


ENABLE = update(status=("DISABLE", "ENABLE"))


@pytest.mark.parametrize(
    ("rows", "shown", "limit", "refused"),
    [
        ([create("50.00")], [], "100", False),
        ([create("100.00")], [], "100", False),
        ([create("100.01")], [], "100", True),
        ([create("50.00")], [], None, True),
        ([create("500.00", "DISABLE")], [], None, False),
        ([create("500.00", None)], [], None, False),
        ([create(None)], [], "1000000", True),
        ([create("50.00")], [running("8", "60.00")], "100", True),
        ([create("50.00")], [live("8", status="DISABLE", budget=money("60.00"))], "100", False),
        ([create("50.00")], [running("8")], "100", True),
        ([ENABLE], [live("1", status="DISABLE", budget=money("60.00"))], "100", False),
        ([ENABLE], [live("1", status="DISABLE", budget=money("160.00"))], "100", True),
        ([ENABLE], [live("1", status="DISABLE", budget=money("60.00"))], None, True),
        ([update(budget=("60.00", money("160.00")))], [running("1", "60.00")], "100", True),
        ([update(budget=("60.00", money("160.00")))], [live("1", status="DISABLE")], "100", False),
        ([update(budget=("300.00", money("200.00")))], [running("1", "300.00")], "100", False),
        ([update(status=("ENABLE", "DISABLE"))], [running("1", "300.00")], None, False),
        ([update(campaign_name=("a", "b"))], [running("1", "300.00")], "100", False),
        ([change("campaign/c", "disable", "removed", "1", status=("ENABLE", "DISABLE"))], [running("1")], None, False),
        ([], [running("8", "900.00")], "100", False),
    ],
)
def test_what_is_refused(rows: list[Change], shown: list[LiveObject], limit: str | None, refused: bool) -> None:
    """Raises of what is or becomes enabled, above the limit or without one; never a pause, a cut or a name."""
    assert bool(checked(*rows, shown=tuple(shown), limit=limit).violations) is refused


def test_going_back_to_what_was_applied_passes() -> None:
    """Somebody lowered a budget in the account; putting it back is no decision of this plan."""
    back = update(budget=("60.00", money("160.00"), "theirs"))
    assert not checked(back, shown=(running("1", "60.00"),)).violations


def test_going_back_passes_beside_a_harmless_edit() -> None:
    """The raise of the row is going back; the new name spends nothing."""
    back = update(budget=("60.00", money("160.00"), "theirs"), campaign_name=("a", "b", "ours"))
    assert not checked(back, shown=(running("1", "60.00"),)).violations


def test_a_cut_does_not_pay_for_a_raise_above_the_limit() -> None:
    """Lowering passes by itself; what is raised while the account is above its limit is held all the same."""
    rows = [
        change("campaign/a", "update", "", "1", budget=("100.00", money("60.00"))),
        change("campaign/b", "update", "", "2", budget=("100.00", money("140.00"))),
    ]
    held = checked(*rows, shown=(running("1", "100.00"), running("2", "100.00"))).violations
    assert [str(one.address) for one in held] == ["campaign/b"]


def test_a_campaign_without_a_budget_is_limited_by_its_ad_groups() -> None:
    """If every running one has a budget; one without makes it unlimited."""
    campaign = live("1", status="DISABLE")
    budgets = (live("5", parent="1", budget=money("30.00")), live("6", parent="1", budget=money("40.00")))
    assert checked(ENABLE, shown=(campaign,), groups=budgets).worst_case == ("0.00", "70.00")
    more = (*budgets, live("7", parent="1"))
    assert checked(ENABLE, shown=(campaign,), groups=more).worst_case == ("0.00", None)


def test_an_ad_group_under_a_running_campaign_raises_its_worst_case() -> None:
    """A new child of a campaign without a budget of its own is money, too."""
    row = change("adgroup/g", "create", campaign="c", budget=money("200.00"))
    found = checked(
        row,
        shown=(running("1"),),
        groups=(live("5", parent="1", budget=money("30.00")),),
        entries={"campaign/c": entry("1")},
    )
    assert [str(one.address) for one in found.violations] == ["adgroup/g"]
    assert found.worst_case == ("30.00", "230.00")


def test_a_raised_ad_group_budget_raises_its_campaigns_worst_case() -> None:
    """Where a contract can update ad groups, their budgets count like new ones."""
    row = change("adgroup/g", "update", "edited", "5", budget=("30.00", money("200.00")))
    found = checked(
        row,
        shown=(running("1"),),
        groups=(live("5", parent="1", budget=money("30.00")),),
        entries={"campaign/c": entry("1"), "adgroup/g": entry("5", parent="campaign/c")},
    )
    assert found.worst_case == ("30.00", "200.00")
    assert [str(one.address) for one in found.violations] == ["adgroup/g"]


def test_the_last_pause_passes_and_waking_raises() -> None:
    """Where all ad groups of a campaign without a budget are paused, nothing is spent."""
    below = {"parent": "1", "name": "g", "budget": money("200.00")}
    entries = {"campaign/c": entry("1"), "adgroup/g": entry("5", parent="campaign/c")}
    for old, new, refused in (("ENABLE", "DISABLE", False), ("DISABLE", "ENABLE", True)):
        row = change("adgroup/g", "update", "edited", "5", status=(old, new))
        found = checked(row, shown=(running("1"),), groups=(live("5", status=old, **below),), entries=entries)
        assert bool(found.violations) is refused


def test_a_violation_says_everything() -> None:
    """Rule, address, what would be, the limit, and the option that allows exactly this."""
    (found,) = checked(create("150.00")).violations
    assert (found.rule, str(found.address), found.value, found.limit) == (
        "max_daily_spend", "campaign/new", "150.00", "100.00",
    )  # fmt: skip
    assert found.allow == "max_daily_spend=campaign/new"
    assert checked(create(None)).violations[0].value == "unlimited"
    assert checked(create("150"), limit="100", currency="JPY").violations[0].limit == "100"


@pytest.mark.parametrize(
    ("allow", "passes"),
    [
        ("max_daily_spend=campaign/new", True),
        ("max_daily_spend=campaign/new=150.00", True),
        ("max_daily_spend=campaign/new=149.00", False),
        ("max_daily_spend=campaign/other", False),
        ("max_budget=campaign/new=150.00", False),
    ],
)
def test_allow_names_exactly_what_it_allows(allow: str, passes: bool) -> None:
    """Rule and address, and the amount if one is given; only what was used is in the digest."""
    found = checked(create("150.00"), allow=(allow,))
    assert (not found.violations) is passes
    assert [(one.text, one.reason) for one in found.allowances] == ([(allow, "because")] if passes else [])


def test_an_allowance_that_is_not_needed_is_not_used() -> None:
    """It must not change the digest of a plan it has nothing to do with."""
    assert checked(create("50.00"), allow=("max_daily_spend=campaign/new",)).allowances == ()


def test_blocked_rows_spend_nothing() -> None:
    """What is not sent does not count."""
    assert not checked(change("campaign/c", "blocked", "twin", "1", budget=("1.00", money("900.00")))).violations
