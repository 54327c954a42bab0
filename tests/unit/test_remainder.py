"""What is left of a reviewed plan is still that plan; anything beyond it is not."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from reconciler.allowance import Allowance
from reconciler.model import Change, FieldChange, Plan
from reconciler.plan.approved import difference, is_rest
from tests.unit.builders import ADVERTISER, at


def plan(*changes: Change, **more: Any) -> Plan:
    """A plan of these rows."""
    return Plan("openapi", ADVERTISER, "USD", changes, **more)


def change(address: str, op: Any, identity: str | None = None, **fields: Any) -> Change:
    """One row; a field's value is its new one, or (old, new)."""
    pairs = {path: value if isinstance(value, tuple) else (None, value) for path, value in fields.items()}
    return Change(at(address), op, "any", identity, tuple(FieldChange(path, *pair) for path, pair in pairs.items()))


BORN = change("campaign/a", "create", budget="50.00", status="ENABLE")
QUIET = change("campaign/b", "create", budget="50.00")
RAISED = change("adgroup/c", "update", "7", budget=("10.00", "20.00"), name=("x", "y"))
REVIEWED = plan(BORN, QUIET, RAISED)


def test_some_rows_or_none_are_left() -> None:
    """The plan itself, every part of it, and nothing at all."""
    for rows in ((BORN, QUIET, RAISED), (BORN,), (RAISED, QUIET), ()):
        assert is_rest(REVIEWED, plan(*rows))


def test_the_end_of_a_create_is_left() -> None:
    """What was made may get the values it was to have, or its pause; no other value, and no other field."""
    assert is_rest(REVIEWED, plan(change("campaign/a", "update", "1", status=("DISABLE", "ENABLE"))))
    assert is_rest(REVIEWED, plan(change("campaign/b", "update", "2", status=("ENABLE", "DISABLE"))))
    assert not is_rest(REVIEWED, plan(change("campaign/a", "update", "1", budget=("50.00", "60.00"))))
    assert not is_rest(REVIEWED, plan(change("campaign/b", "update", "2", status=("DISABLE", "ENABLE"))))
    assert not is_rest(REVIEWED, plan(change("campaign/b", "update", "2", bid="1.00")))


def test_fewer_fields_of_an_update_are_left() -> None:
    """From the same values to the same values; somebody else's edit in between is another plan."""
    assert is_rest(REVIEWED, plan(change("adgroup/c", "update", "7", budget=("10.00", "20.00"))))
    assert not is_rest(REVIEWED, plan(change("adgroup/c", "update", "7", budget=("15.00", "20.00"))))
    assert not is_rest(REVIEWED, plan(change("adgroup/c", "update", "8", budget=("10.00", "20.00"))))


def test_anything_beyond_is_another_plan() -> None:
    """A row nobody has seen, another op, another account, a new allowance."""
    assert not is_rest(REVIEWED, plan(BORN, change("ad/new", "create")))
    assert not is_rest(REVIEWED, plan(change("adgroup/c", "delete", "7")))
    assert not is_rest(REVIEWED, replace(plan(BORN), advertiser_id="7000000000000000002"))
    assert not is_rest(REVIEWED, plan(BORN, allowances=(Allowance("max_daily_spend", "campaign/a", None, "because"),)))


def test_a_blocked_row_was_never_agreed_to() -> None:
    """What was blocked in the review is new when it could be done now; what is blocked now does nothing."""
    blocked = replace(BORN, op="blocked")
    assert not is_rest(plan(blocked), plan(BORN))
    assert is_rest(REVIEWED, plan(replace(change("ad/new", "create"), op="blocked")))


def test_what_moves_and_changes_has_two_rows() -> None:
    """Either row may be done before the other is; a move from elsewhere was not reviewed."""
    move = replace(change("campaign/n", "move", "3"), moved_from=at("campaign/o"))
    edit = change("campaign/n", "update", "3", budget=("50.00", "60.00"))
    reviewed = plan(move, edit)
    for rows in ((move, edit), (move,), (edit,)):
        assert is_rest(reviewed, plan(*rows))
    assert not is_rest(reviewed, plan(replace(move, moved_from=at("campaign/p"))))
    assert not is_rest(plan(edit), plan(move, edit))
    assert not difference(reviewed, plan(move, edit))
    (gone,) = difference(reviewed, plan(edit)).rows
    assert (gone.address, gone.kind, gone.planned) == (move.address, "gone", move)


def test_an_adoption_is_bound_to_its_id_and_what_it_lists() -> None:
    """Once it is done it is not left; with another id, or another difference, it is another plan."""
    row = change("campaign/n", "adopt", "3", budget=("50.00", "60.00"))
    assert is_rest(plan(row), plan())
    assert not is_rest(plan(row), plan(replace(row, id="4")))
    assert not is_rest(plan(row), plan(change("campaign/n", "adopt", "3", budget=("55.00", "60.00"))))
