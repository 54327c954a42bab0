"""Manifests that went away: disable, delete after a hold, keep, protect, and what a campaign takes along."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model import Change, LockEntry
from reconciler.plan.basis import Basis
from tests.unit.builders import NOON, at, basis, decided, entry, live, resource

DAY = 86400
LONG_AGO, YESTERDAY = "2026-01-01T00:00:00Z", "2026-05-27T20:00:00Z"


def gone(status: str | None, now: float = NOON, **remembered: Any) -> Basis:
    """One campaign that only the lockfile knows; `status` None: nothing is live."""
    shown = [live("1", "c", status=status)] if status else []
    return basis([], {"campaign/c": entry("1", **remembered)}, {"campaign": shown}, now=now)


def row(given: Basis) -> Change:
    """The one row."""
    (found,) = decided(given).changes
    return found


@pytest.mark.parametrize(
    ("status", "remembered", "op", "reason", "fields"),
    [
        ("ENABLE", {}, "disable", "removed", [("ENABLE", "DISABLE")]),
        ("DISABLE", {}, "disable", "removed", []),
        ("ENABLE", {"on_remove": "delete"}, "disable", "removed", [("ENABLE", "DISABLE")]),
        ("ENABLE", {"on_remove": "keep"}, "forget", "removed", []),
        ("ENABLE", {"on_remove": "keep", "protect": True}, "forget", "removed", []),
        (None, {}, "forget", "gone", []),
        (None, {"protect": True}, "forget", "gone", []),
        ("ENABLE", {"protect": True}, "blocked", "protected", []),
        ("ENABLE", {"protect": True, "on_remove": "delete"}, "blocked", "protected", []),
        ("ENABLE", {"removed_at": LONG_AGO}, "disable", "drifted", [("ENABLE", "DISABLE")]),
        ("DISABLE", {"removed_at": LONG_AGO, "on_remove": "delete"}, "delete", "removed", [("DISABLE", "DELETE")]),
        ("ENABLE", {"removed_at": LONG_AGO, "on_remove": "delete"}, "disable", "drifted", [("ENABLE", "DISABLE")]),
        ("DISABLE", {"removed_at": LONG_AGO, "on_remove": "delete", "protect": True}, "blocked", "protected", []),
    ],
)
def test_one_object(
    status: str | None, remembered: dict[str, Any], op: str, reason: str, fields: list[tuple[str, str]]
) -> None:
    """What is remembered of it decides; something that runs is paused before it is ever deleted."""
    found = row(gone(status, **remembered))
    assert (found.op, found.reason, found.id) == (op, reason, "1")
    assert [(one.old, one.new) for one in found.fields] == fields
    assert found.source is None, "no manifest is left"


@pytest.mark.parametrize(
    "remembered",
    [
        {"removed_at": LONG_AGO},
        {"removed_at": YESTERDAY, "on_remove": "delete"},
        {"removed_at": LONG_AGO, "protect": True},
    ],
)
def test_once_disabled_the_plan_is_empty(remembered: dict[str, Any]) -> None:
    """The entry stays and nothing is done a second time."""
    assert decided(gone("DISABLE", **remembered)).changes == []


@pytest.mark.parametrize(("days", "ops"), [(6.99, []), (7.01, ["delete"])])
def test_a_delete_waits_for_its_hold(days: float, ops: list[str]) -> None:
    """Seven days, unless the workspace says otherwise."""
    given = gone("DISABLE", now=NOON + days * DAY, removed_at="2026-05-28T20:26:40Z", on_remove="delete")
    assert [one.op for one in decided(given).changes] == ops


def test_a_waiting_delete_is_named() -> None:
    """The plan says that it will come."""
    (warning,) = decided(gone("DISABLE", removed_at=YESTERDAY, on_remove="delete")).warnings
    assert "will be deleted" in warning


def test_an_open_intent_comes_first() -> None:
    """Nothing is removed whose last write has no known outcome."""
    given = basis([], {"campaign/c": entry("1")}, {"campaign": [live("1")]}, open=frozenset({at("campaign/c")}))
    assert row(given).code == "R703"


def tree(**campaign: Any) -> dict[str, LockEntry]:
    """A campaign with an ad group and an ad below it, as recorded."""
    return {
        "campaign/c": entry("1", **campaign),
        "adgroup/g": entry("2", parent="campaign/c"),
        "ad/a": entry("3", parent="adgroup/g"),
    }


SHOWN = {"campaign": [live("1", "c", status="ENABLE")], "adgroup": [live("2", "g", "1")], "ad": [live("3", "a", "2")]}


def test_a_campaign_takes_its_children_along() -> None:
    """They cannot be disabled by this contract and need not be: they are named in a warning each."""
    draft = decided(basis([], tree(), SHOWN))
    assert [(str(one.address), one.op) for one in draft.changes] == [("campaign/c", "disable")]
    assert {text.split()[0] for text in draft.warnings} == {"adgroup/g", "ad/a"}


def test_a_child_removed_alone_is_blocked() -> None:
    """Nothing would stop it from being shown."""
    given = basis([resource("campaign/c"), resource("adgroup/g", parent="campaign/c")], tree(), SHOWN)
    found = row(given)
    assert (str(found.address), found.op, found.code) == ("ad/a", "blocked", "R705")


def test_a_protected_campaign_takes_nothing_along() -> None:
    """It goes on running, so its children are not off: each says so."""
    rows = decided(basis([], tree(protect=True), SHOWN)).changes
    assert {(str(one.address), one.code) for one in rows} == {
        ("campaign/c", "R706"), ("adgroup/g", "R705"), ("ad/a", "R705"),
    }  # fmt: skip


def test_a_campaign_with_staying_children_is_not_forgotten() -> None:
    """An entry must not lose its parent's entry."""
    rows = {str(one.address): one for one in decided(basis([], tree(on_remove="keep"), SHOWN)).changes}
    assert (rows["campaign/c"].op, rows["campaign/c"].code) == ("blocked", "R707")


def test_a_whole_tree_can_be_kept() -> None:
    """With `keep` everywhere all are forgotten, children first."""
    kept = {address: LockEntry(one.id, one.parent, {}, "keep") for address, one in tree().items()}
    rows = decided(basis([], kept, SHOWN)).changes
    assert [(str(one.address), one.op) for one in rows] == [
        ("ad/a", "forget"), ("adgroup/g", "forget"), ("campaign/c", "forget"),
    ]  # fmt: skip


def test_a_tree_that_is_gone_is_forgotten() -> None:
    """Somebody deleted it all: nothing is left to do but to forget."""
    assert [one.op for one in decided(basis([], tree())).changes] == ["forget"] * 3


def test_descendants() -> None:
    """Everything below an address, however deep, and nothing beside it."""
    made = basis([], {**tree(), "campaign/d": entry("9")})
    assert made.descendants(at("campaign/c")) == [at("adgroup/g"), at("ad/a")]
    assert made.descendants(at("ad/a")) == []
