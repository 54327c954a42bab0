"""The decision table: desired × lockfile × live, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model import Change, FieldChange, LockEntry, Source
from reconciler.plan.basis import Basis
from reconciler.plan.decide import unmanaged
from tests.unit.builders import CAMPAIGN, at, basis, decided, entry, live, money, resource

ON_DISK = Source("manifests/a.yaml", 1)


def only(given: Basis) -> Change:
    """The one row of what is decided."""
    (row,) = decided(given).changes
    return row


def bound(fields: dict[str, Any], applied: dict[str, Any] | None, shown: dict[str, Any], **more: Any) -> Basis:
    """One campaign that is declared, recorded and live."""
    recorded = entry("1", fields if applied is None else applied, **more)
    declared = resource("campaign/spring", fields)
    return basis([declared], {"campaign/spring": recorded}, {"campaign": [live("1", "spring", **shown)]})


def test_new() -> None:
    """Declared only: created, with every field and the name it gets."""
    row = only(basis([resource("campaign/spring", CAMPAIGN, name="Spring 2026")]))
    assert (row.op, row.reason, row.id, row.source) == ("create", "new", None, ON_DISK)
    assert [(one.path, one.old) for one in row.fields] == [
        ("budget", None), ("budget_mode", None), ("campaign_name", None), ("objective_type", None),
    ]  # fmt: skip
    assert {one.path: one.new for one in row.fields}["campaign_name"] == "Spring 2026"


def test_new_child_names_its_parent() -> None:
    """A create shows the reference, too: it is part of what is approved."""
    rows = decided(basis([resource("campaign/c"), resource("adgroup/g", parent="campaign/c")])).changes
    assert [str(row.address) for row in rows] == ["campaign/c", "adgroup/g"]
    assert ("campaign", "c") in [(one.path, one.new) for one in rows[1].fields]


def test_twin() -> None:
    """An object of the same name under the same parent that is not ours blocks a create."""
    row = only(basis([resource("campaign/spring", name="S")], {}, {"campaign": [live("9", "S")]}))
    assert (row.op, row.reason, row.id, row.code) == ("blocked", "twin", "9", "R701")
    assert row.hint is not None
    assert "reconciler adopt campaign/spring 9" in row.hint


def test_twin_that_another_manifest_manages() -> None:
    """When we manage the twin under another address, the next step is a move."""
    given = basis(
        [resource("campaign/new", name="S"), resource("campaign/old", name="T")],
        {"campaign/old": entry("9")},
        {"campaign": [live("9", "S")]},
    )
    row = next(row for row in decided(given).changes if row.address == at("campaign/new"))
    assert row.hint is not None
    assert "reconciler state mv campaign/old campaign/new" in row.hint


def test_same_name_under_another_parent_is_no_twin() -> None:
    """Names are compared inside one parent."""
    given = basis(
        [resource("campaign/a"), resource("adgroup/g", parent="campaign/a", name="S")],
        {"campaign/a": entry("1")},
        {"campaign": [live("1", "a"), live("2", "b")], "adgroup": [live("5", "S", "2")]},
    )
    assert [row.op for row in decided(given).changes] == ["create"]


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("recorded", [True, False])
def test_open_intent_blocks_whatever_else_is_known(declared: bool, recorded: bool) -> None:
    """Nothing is decided about an address whose last write has no known outcome."""
    if not declared and not recorded:
        return
    row = only(
        basis(
            [resource("campaign/c")] if declared else [],
            {"campaign/c": entry("1")} if recorded else {},
            {"campaign": [live("1", "c")]},
            open=frozenset({at("campaign/c")}),
        )
    )
    assert (row.op, row.reason, row.code) == ("blocked", "unknown", "R703")


def test_vanished() -> None:
    """Recorded but not listed: blocked, because somebody deleted it on purpose."""
    row = only(basis([resource("campaign/c")], {"campaign/c": entry("1")}))
    assert (row.op, row.reason, row.id, row.code) == ("blocked", "vanished", "1", "R702")


def test_recreate() -> None:
    """With leave it is made anew, as a new object."""
    row = only(basis([resource("campaign/c")], {"campaign/c": entry("1")}, recreate=frozenset({at("campaign/c")})))
    assert (row.op, row.reason, row.id) == ("create", "recreate", None)


def test_recreate_of_what_is_there_does_nothing() -> None:
    """The option is a leave, not an order."""
    given = basis(
        [resource("campaign/c")],
        {"campaign/c": entry("1")},
        {"campaign": [live("1", "c")]},
        recreate=frozenset({at("campaign/c")}),
    )
    assert decided(given).changes == []


@pytest.mark.parametrize(
    ("applied", "desired", "shown", "side", "reason"),
    [
        ("50.00", "60.00", "50.00", "ours", "edited"),
        ("50.00", "50.00", "70.00", "theirs", "drifted"),
        ("50.00", "60.00", "70.00", "both", "both"),
        (None, "60.00", "50.00", "ours", "edited"),
    ],
)
def test_update_says_who_changed_what(applied: str | None, desired: str, shown: str, side: str, reason: str) -> None:
    """Ours is desired − applied, theirs is live − applied."""
    before = {"budget": money(applied)} if applied else {}
    row = only(bound({"budget": money(desired)}, before, {"budget": money(shown)}))
    assert (row.op, row.reason, row.id, row.code) == ("update", reason, "1", None)
    assert row.fields == (FieldChange("budget", shown, desired, side),)  # type: ignore[arg-type] # one of the three


def test_both_made_the_same_edit() -> None:
    """Desired and live agree: in sync, and the lockfile learns it without a call."""
    draft = decided(bound({"budget": money("60.00")}, {"budget": "50.00"}, {"budget": money("60.00")}))
    assert (draft.changes, draft.unchanged) == ([], 1)
    kept = draft.entries[at("campaign/spring")]
    assert isinstance(kept, LockEntry)
    assert kept.applied == {"budget": "60.00"}


def test_in_sync() -> None:
    """Nothing to do is counted, and nothing is written."""
    draft = decided(bound(CAMPAIGN, None, CAMPAIGN))
    assert (draft.changes, draft.unchanged, draft.entries, draft.warnings) == ([], 1, {}, [])


def test_fields_that_are_not_set_are_not_managed() -> None:
    """Whatever others do to them is none of our business."""
    assert decided(bound({}, None, {"budget": money("70.00"), "status": "ENABLE"})).changes == []


def test_a_field_that_leaves_the_manifest_is_named_once() -> None:
    """It becomes unmanaged, and the plan says so."""
    draft = decided(bound({}, {"budget": "50.00"}, {"budget": money("50.00")}))
    assert draft.changes == []
    assert draft.warnings == ["campaign/spring: budget is no longer managed; its live value stays as it is"]
    assert draft.entries


def test_ignored_fields_are_never_compared() -> None:
    """`lifecycle.ignore`: sent at creation, then left to others."""
    declared = resource("campaign/c", CAMPAIGN, ignore=frozenset({"budget"}))
    recorded = entry("1", {key: value for key, value in CAMPAIGN.items() if key != "budget"})
    shown = live("1", "c", **{**CAMPAIGN, "budget": money("999.00")})
    draft = decided(basis([declared], {"campaign/c": recorded}, {"campaign": [shown]}))
    assert (draft.changes, draft.warnings) == ([], [])


def test_a_field_that_is_never_read_back_is_compared_with_what_was_applied() -> None:
    """The API does not show a landing page; an edit of it is still seen, and its absence is no drift."""
    same = {"landing_page_url": "https://a.example/"}
    for wanted, ops in ((same, []), ({"landing_page_url": "https://b.example/"}, ["blocked"])):
        given = basis(
            [resource("campaign/c"), resource("adgroup/g", parent="campaign/c"),
             resource("ad/a", wanted, parent="adgroup/g")],
            {"campaign/c": entry("1"), "adgroup/g": entry("2", parent="campaign/c"),
             "ad/a": entry("3", same, parent="adgroup/g")},
            {"campaign": [live("1", "c")], "adgroup": [live("2", "g", "1")], "ad": [live("3", "a", "2")]},
        )  # fmt: skip
        assert [row.op for row in decided(given).changes] == ops


def test_unmanaged_objects_are_counted() -> None:
    """What nobody declared and the lockfile does not know is left alone."""
    given = basis([resource("campaign/c")], {"campaign/c": entry("1")}, {"campaign": [live("1", "c"), live("2")]})
    assert decided(given).changes == []
    assert unmanaged(given) == 1
