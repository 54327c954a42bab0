"""What a listing that lost most of a kind proves: nothing."""

from __future__ import annotations

import pytest

from reconciler.plan.basis import is_implausible
from reconciler.plan.guards.vanished import incomplete
from tests.unit.builders import basis, decided, entry, live, resource


@pytest.mark.parametrize(
    ("missing", "bound", "held"),
    [
        (0, 10, False),
        (2, 2, False),
        (2, 3, False),
        (3, 3, True),
        (3, 5, True),
        (3, 6, False),
        (4, 7, True),
        (5, 10, False),
    ],
)
def test_more_than_half_and_more_than_two(missing: int, bound: int, held: bool) -> None:
    """The edges of the rule."""
    assert is_implausible(missing, bound) is held


def test_what_is_shown_as_deleted_or_went_with_its_parent_is_accounted_for() -> None:
    """Four ad groups of a deleted campaign are no doubt of their listing; four that are simply missing are."""
    entries = {"campaign/c": entry("1"), **{f"adgroup/g{n}": entry(f"1{n}", parent="campaign/c") for n in range(4)}}
    assert dict(basis([], entries).doubted) == {}
    shown = {"campaign": [live("1", "c")]}
    assert dict(basis([], entries, shown).doubted) == {"adgroup": (4, 4)}
    told = basis([], entries, shown, deleted={"adgroup": frozenset({"10", "11"})})
    assert dict(told.doubted) == {}


def test_a_row_of_a_doubted_kind_is_not_called_deleted() -> None:
    """Its hint is to look at the account, not to make it anew."""
    entries = {f"campaign/{name}": entry(str(number)) for number, name in enumerate("abc", 1)}
    rows = decided(basis([resource(f"campaign/{name}") for name in "abc"], entries)).changes
    assert {(row.op, row.reason) for row in rows} == {("blocked", "not listed")}
    assert all("--recreate" not in (row.hint or "") for row in rows)


def test_what_is_below_an_object_of_a_doubted_listing_is_doubted_too() -> None:
    """However few they are: the ad group is listed, and only its campaign is not."""
    entries = {f"campaign/{name}": entry(str(number)) for number, name in enumerate("abc", 1)}
    entries |= {"adgroup/g": entry("11", parent="campaign/a"), "ad/x": entry("21", parent="adgroup/g")}
    found = basis([], entries)
    assert {found.doubts(address) for address in found.entries} == {"campaign"}
    told = basis([], entries, deleted={"campaign": frozenset("1")})
    assert {told.doubts(address) for address in told.entries} == {None}


def test_a_fresh_listing_that_lost_most_of_what_was_seen_tells_no_worst_case() -> None:
    """Looked at again before a raise: what is deleted for certain counts as told, what is simply missing does not."""
    entries = {f"campaign/{name}": entry(str(number)) for number, name in enumerate("abc", 1)}
    objects = [live(str(number), name) for number, name in enumerate("abc", 1)]
    seen = basis([], entries, {"campaign": objects})
    shown = {one.id: one for one in objects}
    assert incomplete(seen, {"campaign": shown}, {}) is None
    assert incomplete(seen, {"campaign": {}}, {"campaign": frozenset("123")}) is None
    assert incomplete(seen, {"campaign": {}}, {}) == "3 of 3 bound campaign objects are not listed any more"
