"""What is looked at for one row does not grow with the number of all: counted, not timed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.contracts.registry import Contracts
from reconciler.contracts.smart_plus.binding import SMART_PLUS
from reconciler.model import Address, Change
from reconciler.plan import bids
from reconciler.plan.adoptions import with_adoptions
from reconciler.plan.basis import Draft
from reconciler.plan.guards.worst_case import Spender, changed
from reconciler.plan.renames import passed_on
from tests.unit.builders import at, basis, change, entry, live, money, plan, resource

MANY = 300
Key = TypeVar("Key")
Value = TypeVar("Value")


class Counted(Mapping[Key, Value]):
    """A mapping that counts how often it is gone through from its start to its end."""

    def __init__(self, given: Mapping[Key, Value]) -> None:
        self._given, self.passes = given, 0

    def __getitem__(self, key: Key) -> Value:
        return self._given[key]

    def __iter__(self) -> Iterator[Key]:
        self.passes += 1
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


def test_adopting_many_looks_through_the_lockfile_once() -> None:
    """Who has an id already is looked up."""
    known = {f"campaign/old-{number}": entry(str(number + 1)) for number in range(MANY)}
    wanted = [
        replace(resource(f"campaign/new-{number}", name=f"n{number}"), adopt=str(1000 + number))
        for number in range(MANY)
    ]
    found = [live(str(1000 + number), f"n{number}") for number in range(MANY)]
    given = basis(wanted, known, {"campaign": found})
    entries = Counted(given.entries)
    made = with_adoptions(replace(given, entries=entries), {one.address: one for one in wanted})
    assert len(made.adopting) == MANY
    assert entries.passes <= 2


def test_one_id_is_still_adopted_once() -> None:
    """What the first of two manifests has bound is bound for the second."""
    wanted = [replace(resource(f"campaign/{name}", name="n"), adopt="7") for name in ("a", "b")]
    made = with_adoptions(basis(wanted, shown={"campaign": [live("7", "n")]}), {one.address: one for one in wanted})
    assert made.adopting == {at("campaign/a")}
    assert made.blocked[at("campaign/b")][1] == "R508"


@pytest.mark.parametrize("op", ["update", "create", "replace"])
def test_many_ad_groups_of_one_campaign_are_counted_without_copies(op: str) -> None:
    """Its ad groups are taken over once, not once a row."""
    groups = Counted({str(number): {"budget": "10.00", "status": "ENABLE"} for number in range(MANY)})
    before = {"c": Spender({"status": "ENABLE"}, groups)}
    entries = {at("campaign/c"): entry("c")}
    rows: list[Change] = []
    for number in range(MANY):
        address = f"adgroup/g{number}"
        rows.append(change(address, op, "", str(number), campaign="c", budget=money("20.00")))
        if op != "create":
            entries[at(address)] = entry(str(number), parent="campaign/c")
    after = changed(before, plan(*rows), entries, Contracts(OPENAPI))["c"]
    assert groups.passes <= 3
    paused = {"update": 0, "create": 0, "replace": MANY}[op]
    assert sum(one.get("status") == "DISABLE" for one in after.children.values()) == paused
    assert sum(one["budget"] == "20.00" for one in after.children.values()) == MANY


def test_many_bids_look_through_the_manifests_once() -> None:
    """What belongs to a campaign is known after one pass."""
    wanted = [
        resource(f"adgroup/g{number}", {"bid_price": money("2.00")}, parent="campaign/c", name=f"g{number}")
        for number in range(MANY)
    ]
    known = {
        f"adgroup/g{number}": entry(str(number + 1), {"bid_price": money("1.00")}, parent="campaign/c")
        for number in range(MANY)
    }
    given = basis(wanted, known)
    desired: Counted[Address, Any] = Counted(given.desired)
    rows = [change(address, "update", "", "1", bid_price=(money("1.00"), money("2.00"))) for address in known]
    draft = Draft(changes=rows)
    bids.gather(replace(given, desired=desired, contracts=Contracts(SMART_PLUS)), draft)
    assert [str(one.address) for one in draft.changes] == ["adgroup/g0"]
    assert draft.unchanged == MANY - 1
    assert desired.passes <= 1


def test_names_passed_along_a_long_chain_are_followed_once() -> None:
    """Each takes the next one's name: the last goes first."""
    shown = [live(str(number), f"n{number}") for number in range(MANY)]
    known = {f"campaign/c{number}": entry(str(number)) for number in range(MANY)}
    rows = [
        change(f"campaign/c{number}", "update", "", str(number), campaign_name=(f"n{number}", f"n{number + 1}"))
        for number in range(MANY)
    ]
    given = basis((), known, {"campaign": shown})
    ordered = passed_on(rows, given)
    assert [str(one.address) for one in ordered] == [f"campaign/c{number}" for number in reversed(range(MANY))]
    assert {one.op for one in ordered} == {"update"}
