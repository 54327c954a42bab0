"""Rows a contract cannot carry out, interrupted births, and bindings that do not fit."""

from __future__ import annotations

from typing import Any

from reconciler.model import Change, FieldChange
from tests.unit.builders import CAMPAIGN, basis, decided, entry, live, money, resource


def family(
    group: dict[str, Any], applied: dict[str, Any], *, parent: str = "campaign/c", above: str = "1"
) -> list[Change]:
    """Rows about two campaigns in sync and an ad group of the first."""
    given = basis(
        [resource("campaign/c"), resource("campaign/d"), resource("adgroup/g", group, parent=parent)],
        {"campaign/c": entry("1"), "campaign/d": entry("2"), "adgroup/g": entry("3", applied, parent="campaign/c")},
        {"campaign": [live("1", "c"), live("2", "d")], "adgroup": [live("3", "g", above, **applied)]},
    )
    return decided(given).changes


def test_what_the_contract_cannot_update_is_blocked_with_the_next_step() -> None:
    """There is no call that updates an ad group."""
    (row,) = family({"budget": money("60.00")}, {"budget": money("50.00")})
    assert (row.op, row.reason, row.code) == ("blocked", "contract", "R705")
    assert row.hint is not None
    assert "Ads Manager" in row.hint


def test_another_parent_is_never_a_move() -> None:
    """A child stays where it was made: the row names the old and the new parent."""
    (row,) = family({}, {}, parent="campaign/d")
    assert row.op == "blocked"
    assert FieldChange("campaign", "c", "d") in row.fields


def test_a_binding_to_another_parents_object_is_blocked() -> None:
    """A lockfile that was merged wrongly must not lead to a write to a stranger's object."""
    (row,) = family({"budget": money("60.00")}, {"budget": money("50.00")}, above="2")
    assert (row.op, row.reason, row.code) == ("blocked", "binding", "R713")


def test_a_field_that_is_fixed_after_creation_blocks_the_whole_row() -> None:
    """Replacing is never implicit, and the rest of the row is not half applied."""
    wanted = {**CAMPAIGN, "objective_type": "REACH", "budget": money("60.00")}
    given = basis(
        [resource("campaign/c", wanted)], {"campaign/c": entry("1", CAMPAIGN)}, {"campaign": [live("1", **CAMPAIGN)]}
    )
    (row,) = decided(given).changes
    assert (row.op, row.reason, row.code) == ("blocked", "replace", "R704")
    assert [one.path for one in row.fields] == ["budget", "objective_type"]


def test_an_interrupted_birth_is_finished() -> None:
    """Created but not known to be paused: the row pauses it, although no manifest sets a status."""
    given = basis([resource("campaign/c")], {"campaign/c": entry("1", unpaused=True)},
                  {"campaign": [live("1", "c", status="ENABLE")]})  # fmt: skip
    (row,) = decided(given).changes
    assert (row.op, row.reason) == ("update", "unfinished birth")
    assert row.fields == (FieldChange("status", "ENABLE", "DISABLE"),)


def test_a_birth_that_somebody_paused_is_only_recorded() -> None:
    """It is paused already: no call, but the lockfile must forget that it was not."""
    given = basis([resource("campaign/c")], {"campaign/c": entry("1", unpaused=True)},
                  {"campaign": [live("1", "c", status="DISABLE")]})  # fmt: skip
    draft = decided(given)
    assert draft.changes == []
    (kept,) = draft.entries.values()
    assert kept == entry("1")


def test_a_manifest_takes_a_removed_object_up_again() -> None:
    """The entry stayed with `removed_at`; declaring it again is no create."""
    given = basis(
        [resource("campaign/c", {"status": "ENABLE"})],
        {"campaign/c": entry("1", {"status": "DISABLE"}, removed_at="2026-05-01T00:00:00Z")},
        {"campaign": [live("1", "c", status="DISABLE")]},
    )
    (row,) = decided(given).changes
    assert (row.op, row.reason, row.id) == ("update", "edited", "1")


def test_unordered_lists_have_no_order() -> None:
    """Only lists of fields marked so; everywhere else the order counts."""
    wanted = {"extra_list": ("a", "b")}
    given = basis([resource("campaign/c", wanted)], {"campaign/c": entry("1", wanted)},
                  {"campaign": [live("1", "c", extra_list=("b", "a"))]})  # fmt: skip
    assert [row.reason for row in decided(given).changes] == ["replace"]
