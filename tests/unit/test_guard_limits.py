"""Every guard rail just below its limit, at it, and just above; each lifted by its own name alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reconciler.allowance import RULES, parse
from reconciler.contracts.registry import CONTRACTS, Contracts
from reconciler.model import Change, LiveObject, LockEntry, Plan, RefreshWork, Source
from reconciler.plan.guards.assess import assess
from reconciler.plan.guards.budgets import is_slip
from reconciler.plan.guards.landing import host_of
from reconciler.plan.guards.rails import Rails, Scene, Window
from tests.unit.builders import NOON, at, change, entry, live, money, plan, resource

ENOUGH = Decimal("1000000")
ON, OFF = "ENABLE", "DISABLE"


@pytest.fixture(params=["marketing", "smart_plus"])
def contract(request: pytest.FixtureRequest) -> str:
    """The contract of the workspace."""
    name: str = request.param
    return name


def held(
    contract: str,
    rails: dict[str, Any],
    *rows: Change,
    shown: tuple[tuple[str, LiveObject], ...] = (),
    entries: dict[str, LockEntry] | None = None,
    allow: tuple[str, ...] = (),
    now: float = NOON,
    **more: Any,
) -> Plan:
    """The plan of these rows under these rails, and nothing else in the way."""
    account: dict[str, dict[str, LiveObject]] = {"campaign": {}, "adgroup": {}, "ad": {}}
    for kind, one in shown:
        account[kind][one.id] = one
    scene = Scene(
        plan(*rows),
        account,
        {at(address): one for address, one in (entries or {}).items()},
        {one.address: one for one in more.get("desired", ())},
        Contracts(CONTRACTS[contract]),
        Rails(**{"max_daily_spend": ENOUGH, **rails}),
        now,
    )
    return assess(scene, [parse(one, "because") for one in allow])


def told(made: Plan) -> list[tuple[str, str]]:
    """(rule, address) of what is violated."""
    return [(one.rule, str(one.address)) for one in made.violations]


def budget(kind: str, old: str | None, new: str, **more: Any) -> Change:
    """A row that sets the budget of object 1."""
    value = (money(old) if old else None, money(new), more.pop("side", "ours"))
    return change(f"{kind}/a", "update", "edited", "1", budget=value, **more)


def running(kind: str, amount: str | None, status: str = ON) -> tuple[tuple[str, LiveObject], ...]:
    """Object 1, alone in the account."""
    fields = {"budget": money(amount)} if amount else {}
    return ((kind, live("1", parent=None if kind == "campaign" else "9", status=status, **fields)),)


# ------------------------------------------------------------------------------------------------ money


@pytest.mark.parametrize("kind", ["campaign", "adgroup"])
@pytest.mark.parametrize(("amount", "refused"), [("99.99", False), ("100.00", False), ("100.01", True)])
@pytest.mark.parametrize("born", [True, False])
def test_max_budget(contract: str, kind: str, amount: str, refused: bool, born: bool) -> None:
    """Of something new and of something that runs; the limit itself passes."""
    rails = {"max_budget": {kind: Decimal(100)}}
    row = budget(kind, "50.00", amount)
    if born:
        row = change(f"{kind}/a", "create", status=ON, budget=money(amount), campaign="c")
    made = held(contract, rails, row, shown=() if born else running(kind, "50.00"))
    assert told(made) == ([("max_budget", f"{kind}/a")] if refused else [])
    if refused:
        (found,) = made.violations
        assert (found.value, found.limit, found.allow) == (amount, "100.00", f"max_budget={kind}/a={amount}")


@pytest.mark.parametrize(("amount", "refused"), [("149.99", False), ("150.00", False), ("150.01", True)])
def test_max_raise_percent(contract: str, amount: str, refused: bool) -> None:
    """By half of the live value, and not a cent more."""
    made = held(
        contract, {"max_raise_percent": 50}, budget("adgroup", "100.00", amount), shown=running("adgroup", "100")
    )
    assert told(made) == ([("max_raise_percent", "adgroup/a")] if refused else [])
    if refused:
        assert (made.violations[0].value, made.violations[0].limit) == (amount, "150.00")


@pytest.mark.parametrize(("amount", "refused"), [("399.99", False), ("400.00", False), ("400.01", True)])
def test_typo_factor(contract: str, amount: str, refused: bool) -> None:
    """Eight times the live value passes; more looks like a slip."""
    made = held(contract, {"typo_factor": 8}, budget("campaign", "50.00", amount), shown=running("campaign", "50.00"))
    assert told(made) == ([("typo_factor", "campaign/a")] if refused else [])


@pytest.mark.parametrize(
    ("old", "new", "slip"),
    [
        ("50.00", "500.00", True),
        ("50.00", "5000.00", True),
        ("12.50", "125.00", True),
        ("19.00", "199.00", True),
        ("19.00", "119.00", True),
        ("125.50", "1225.50", True),
        ("19.00", "191.00", False),
        ("12.50", "12.55", False),
        ("50.00", "100.00", False),
        ("50.00", "51.00", False),
    ],
)
def test_what_a_slip_of_the_finger_looks_like(contract: str, old: str, new: str, slip: bool) -> None:
    """A point that is moved, or a digit that is there twice, at any factor."""
    assert is_slip(Decimal(old), Decimal(new)) is slip
    made = held(contract, {"typo_factor": 1000}, budget("campaign", old, new), shown=running("campaign", old))
    assert told(made) == ([("typo_factor", "campaign/a")] if slip else [])


MONEY = {"max_budget": {"campaign": Decimal(100)}, "max_raise_percent": 10, "typo_factor": 2}


@pytest.mark.parametrize(
    ("row", "shown", "applied"),
    [
        (budget("campaign", "900.00", "500.00"), running("campaign", "900.00"), None),
        (budget("campaign", "50.00", "5000.00"), running("campaign", "50.00", OFF), None),
        (budget("campaign", "50.00", "5000.00", status=(ON, OFF)), running("campaign", "50.00"), None),
        (budget("campaign", "10.00", "500.00", side="theirs"), running("campaign", "10.00"), "500.00"),
        (budget("campaign", "10.00", "400.00", side="both"), running("campaign", "10.00"), "500.00"),
        (change("campaign/a", "create", budget=money("5000")), (), None),
        (change("campaign/a", "disable", "removed", "1", status=(ON, OFF)), running("campaign", "900.00"), None),
    ],
)
def test_no_guard_of_money_holds_a_way_down(
    contract: str, row: Change, shown: tuple[tuple[str, LiveObject], ...], applied: str | None
) -> None:
    """Lowering, pausing, what stays paused, and going back as far as what was last applied."""
    known = {"campaign/a": entry("1", {"budget": money(applied), "status": ON})} if applied else {}
    assert told(held(contract, MONEY, row, shown=shown, entries=known)) == []


def test_what_becomes_enabled_is_held_with_the_budget_it_has(contract: str) -> None:
    """A budget that was raised while it was paused is no way around the limit."""
    row = change("campaign/a", "update", "edited", "1", status=(OFF, ON))
    made = held(contract, MONEY, row, shown=running("campaign", "100.01", OFF))
    assert told(made) == [("max_budget", "campaign/a")]


def test_further_than_what_was_applied_is_a_raise_from_the_live_value(contract: str) -> None:
    """Somebody lowered it; beyond the last applied value the live one is what counts."""
    known = {"campaign/a": entry("1", {"budget": money("60.00"), "status": ON})}
    row = budget("campaign", "50.00", "60.01", side="both")
    made = held(contract, {"max_raise_percent": 10}, row, shown=running("campaign", "50.00"), entries=known)
    assert told(made) == [("max_raise_percent", "campaign/a")]


@pytest.mark.parametrize(
    ("amount", "passes"), [("500.01", True), ("500.010", True), ("500.00", False), ("500.02", False)]
)
def test_an_allowance_of_money_is_exact(contract: str, amount: str, passes: bool) -> None:
    """The new amount, not more and not less; recorded in its normal form, with the reason."""
    rails = {"max_budget": {"campaign": Decimal(500)}}
    row, shown = budget("campaign", "499.00", "500.01"), running("campaign", "499.00")
    made = held(contract, rails, row, shown=shown, allow=(f"max_budget=campaign/a={amount}",))
    assert bool(made.violations) is not passes
    allowed = [(one.rule, one.address, one.amount, one.reason) for one in made.allowances]
    assert allowed == ([("max_budget", "campaign/a", "500.01", "because")] if passes else [])


def test_each_rule_is_lifted_by_its_own_name(contract: str) -> None:
    """What allows one of three leaves the other two."""
    row, shown = budget("campaign", "50.00", "500.00"), running("campaign", "50.00")
    made = held(contract, MONEY, row, shown=shown, allow=("typo_factor=campaign/a=500",))
    assert told(made) == [("max_budget", "campaign/a"), ("max_raise_percent", "campaign/a")]


# ------------------------------------------------------------------------------------------------ counts


def managed(count: int) -> dict[str, LockEntry]:
    """So many managed ads."""
    return {f"ad/a{number}": entry(str(number)) for number in range(count)}


def ads(count: int, status: str = ON) -> tuple[tuple[str, LiveObject], ...]:
    """The same, live."""
    return tuple(("ad", live(str(number), status=status)) for number in range(count))


@pytest.mark.parametrize(("count", "refused"), [(9, False), (10, False), (11, True)])
def test_max_changes_enable(contract: str, count: int, refused: bool) -> None:
    """Rows that enable something that is paused; its number allows it."""
    rows = [change(f"ad/a{number}", "update", "", str(number), status=(OFF, ON)) for number in range(count)]
    account: dict[str, Any] = {"shown": ads(count, OFF), "entries": managed(count)}
    made = held(contract, {"max_changes": {"enable": 10}}, *rows, **account)
    assert told(made) == ([("max_changes", "enable")] if refused else [])
    if refused:
        assert made.violations[0].allow == f"max_changes=enable={count}"
        allow = (made.violations[0].allow,)
        assert told(held(contract, {"max_changes": {"enable": 10}}, *rows, allow=allow, **account)) == []


def test_enabling_again_what_others_paused_is_going_back(contract: str) -> None:
    """It was applied so."""
    rows = [change(f"ad/a{one}", "update", "", str(one), status=(OFF, ON, "theirs")) for one in range(3)]
    made = held(contract, {"max_changes": {"enable": 0}}, *rows, shown=ads(3, OFF), entries=managed(3))
    assert told(made) == []


@pytest.mark.parametrize(("count", "of", "refused"), [(2, 10, False), (3, 10, False), (4, 10, True), (9, 9, False)])
@pytest.mark.parametrize(("what", "op"), [("update_percent", "update"), ("disable_percent", "disable")])
def test_shares_of_what_is_managed(contract: str, what: str, op: str, count: int, of: int, refused: bool) -> None:
    """From ten managed objects on; at the share it passes."""
    field: dict[str, Any] = {"ad_text": ("a", "b")} if op == "update" else {"status": (ON, OFF)}
    rows = [change(f"ad/a{number}", op, "", str(number), **field) for number in range(count)]
    made = held(contract, {"max_changes": {what: 30}}, *rows, shown=ads(of), entries=managed(of))
    assert told(made) == ([("max_changes", what)] if refused else [])
    if refused:
        assert (made.violations[0].value, made.violations[0].allow) == ("4 of 10", f"max_changes={what}=4")


def test_pauses_and_lowerings_are_no_updates_that_count(contract: str) -> None:
    """`status: DISABLE` in every manifest passes under the tightest share, and so does every lower budget."""
    rows = [change(f"ad/a{one}", "update", "", str(one), status=(ON, OFF)) for one in range(10)]
    made = held(contract, {"max_changes": {"update_percent": 0}}, *rows, shown=ads(10), entries=managed(10))
    assert told(made) == []


@pytest.mark.parametrize(("count", "refused"), [(2, False), (3, False), (4, True)])
def test_max_changes_delete(contract: str, count: int, refused: bool) -> None:
    """Rows that delete."""
    rows = [change(f"ad/a{number}", "delete", "removed", str(number)) for number in range(count)]
    made = held(contract, {"max_changes": {"delete": 3}}, *rows, shown=ads(5), entries=managed(5))
    assert told(made) == ([("max_changes", "delete")] if refused else [])


def refresh(name: str, submits: int) -> Change:
    """A row that asks for so many tasks."""
    slots = tuple((number,) for number in range(1, submits + 1))
    work = RefreshWork(1, "x", slots, {}, submits, 3, None, "v1", Source("a.yaml", 1))
    return Change(at(f"refresh/{name}"), "refresh", "new", work=work)


@pytest.mark.parametrize(
    ("limits", "before", "counts", "refused"),
    [
        ({"run": 20}, {}, (19,), []),
        ({"run": 20}, {}, (20,), []),
        ({"run": 20}, {}, (21,), ["refresh/r0"]),
        ({"run": 20}, {}, (12, 9, 8), ["refresh/r1"]),
        ({"day": 60}, {"day": 50}, (9,), []),
        ({"day": 60}, {"day": 50}, (10,), []),
        ({"day": 60}, {"day": 50}, (11,), ["refresh/r0"]),
        ({"month": 400}, {"month": 399}, (1,), []),
        ({"month": 400}, {"month": 399}, (2,), ["refresh/r0"]),
    ],
)
def test_max_submits(
    contract: str, limits: dict[str, int], before: dict[str, int], counts: tuple[int, ...], refused: list[str]
) -> None:
    """Of a run, and with what is on record of a day and a month; what does not fit is allowed by its own number."""
    rows = [refresh(f"r{number}", count) for number, count in enumerate(counts)]
    rails = {"max_submits": limits, "submitted": before}
    made = held(contract, rails, *rows)
    assert [address for _, address in told(made)] == refused
    allow = tuple(one.allow for one in made.violations)
    assert told(held(contract, rails, *rows, allow=allow)) == []


# ------------------------------------------------------------------------------------------------ where, when


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("https://example.com/a", False),
        ("https://EXAMPLE.com:8443/a", False),
        ("https://shop.example.com/", False),
        ("https://example.com.evil.example/", True),
        ("https://notexample.com/", True),
        ("https://example.com@evil.example/", True),
        ("https://evil.example\\@example.com/", True),
        ("https://example.com./", False),
        ("https://bücher.example/", False),
        ("https://xn--bcher-kva.example/", False),
    ],
)
def test_landing_domains(contract: str, url: str, refused: bool) -> None:
    """The domains of the list and what is below them, however they are written."""
    rails = {"landing_domains": ("example.com", "xn--bcher-kva.example")}
    made = held(contract, rails, change("ad/a", "create", landing_page_url=url))
    assert told(made) == ([("landing_domains", "ad/a")] if refused else [])
    assert (
        told(held(contract, rails, change("ad/a", "create", landing_page_url=url), allow=("landing_domains=ad/a",)))
        == []
    )


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        (change("ad/a", "update", "", "1", landing_page_url=("https://example.com/", "https://evil.example/")), True),
        (change("ad/a", "update", "", "1", status=(OFF, ON)), True),
        (change("ad/a", "update", "", "1", ad_text=("a", "b")), False),
        (change("ad/a", "update", "", "1", status=(ON, OFF)), False),
    ],
)
def test_a_landing_page_is_held_where_it_changes_or_begins_to_count(contract: str, row: Change, refused: bool) -> None:
    """An ad that leads elsewhere already is left alone until it is enabled."""
    shown = (("ad", live("1", status=OFF, landing_page_url="https://evil.example/")),)
    wanted = resource("ad/a", {"landing_page_url": "https://evil.example/"}, parent="adgroup/g")
    made = held(contract, {"landing_domains": ("example.com",)}, row, shown=shown, desired=[wanted])
    assert told(made) == ([("landing_domains", "ad/a")] if refused else [])


def test_what_is_no_host_is_shown_whole() -> None:
    """Nothing that cannot be read passes for a domain."""
    assert host_of("https://[::1") == "https://[::1"
    assert host_of("https:///x") == "https:///x"


@pytest.mark.parametrize(("after", "frozen"), [(-0.5, False), (0, True), (99.5, True), (100, False)])
def test_freeze(contract: str, after: float, frozen: bool) -> None:
    """From its first moment on, and no longer in its last."""
    rails = {"freeze": (Window(NOON, NOON + 100, "x"),)}
    row, shown = change("ad/a", "update", "", "1", ad_text=("a", "b")), (("ad", live("1", status=OFF)),)
    made = held(contract, rails, row, shown=shown, now=NOON + after)
    assert told(made) == ([("freeze", "ad/a")] if frozen else [])
    assert told(held(contract, rails, row, shown=shown, now=NOON + after, allow=("freeze=ad/a",))) == []


@pytest.mark.parametrize(
    ("row", "direction"),
    [
        (change("campaign/a", "update", "", "1", status=(ON, OFF)), None),
        (change("campaign/a", "update", "", "1", budget=(money("50"), money("40"))), None),
        (change("campaign/a", "disable", "removed", "1", status=(ON, OFF)), None),
        (change("campaign/a", "forget", "removed", "1"), None),
        (change("campaign/a", "update", "", "1", budget=(money("50"), money("60"))), "raise"),
        (change("campaign/a", "update", "", "1", status=(OFF, ON, "theirs")), "enable"),
        (change("campaign/a", "delete", "removed", "1"), "delete"),
        (change("campaign/b", "create"), "create"),
        (refresh("r", 1), "refresh"),
    ],
)
def test_a_freeze_lets_through_what_it_names(contract: str, row: Change, direction: str | None) -> None:
    """Pauses and lowerings in any case; everything else by its direction."""
    shown = running("campaign", "50.00")
    window = Window(NOON - 1, NOON + 1, "x")
    assert bool(told(held(contract, {"freeze": (window,)}, row, shown=shown))) is (direction is not None)
    named = Window(NOON - 1, NOON + 1, "x", frozenset((direction or "",)))
    assert told(held(contract, {"freeze": (named,)}, row, shown=shown)) == []


@pytest.mark.parametrize(
    "text",
    [
        "max_spend=campaign/a",
        "max_daily_spend",
        "max_daily_spend=*",
        "max_daily_spend=campaign/*",
        "max_daily_spend=campaign",
        "max_budget=campaign/a",
        "max_budget=campaign/a=",
        "max_budget=campaign/a=1e3",
        "max_budget=campaign/a=-5",
        "freeze=campaign/a=5",
        "landing_domains=ad/a=example.com",
        "max_changes=enable",
        "max_changes=enabled=5",
        "max_changes=campaign/a=5",
        "vanished_share=campaign/a",
    ],
)
def test_what_no_allowance_is(text: str) -> None:
    """No rule that is not there, no pattern, no missing amount, none that means nothing."""
    with pytest.raises(ValueError, match=r"there is no guard rail|write "):
        parse(text, "because")


def test_every_rule_takes_an_allowance_of_its_shape() -> None:
    """The table of rules is what `--allow` takes."""
    for rule, (what, measure) in RULES.items():
        address = {"ADDRESS": "campaign/a", "KIND": "campaign"}.get(what, "enable")
        text = f"{rule}={address}" + ("=5" if measure == "needed" else "")
        assert parse(text, "").text == text
