"""Changes become actions: cheaper first, parents before children, each campaign paused at once, enabling last."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model import LiveObject, LockEntry, Ref
from reconciler.plan.actions import compile_plan
from reconciler.plan.basis import Basis
from reconciler.plan.sending import ENABLE, LOWER, Action
from tests.unit.builders import ADVERTISER, CAMPAIGN, at, basis, entry, live, money, planned, resource, told

NOW = "2026-05-28T20:26:40Z"


def compiled(given: Basis) -> list[Action]:
    """The actions of everything that is decided."""
    return compile_plan(planned(given), given, NOW)


def edited(wanted: dict[str, Any], shown: dict[str, Any], **more: Any) -> list[Action]:
    """The actions of an update of one campaign."""
    recorded = entry("1", shown, **more)
    return compiled(
        basis([resource("campaign/c", wanted)], {"campaign/c": recorded}, {"campaign": [live("1", "c", **shown)]})
    )


def test_a_new_tree() -> None:
    """Pause directly behind its create, children after their parents, enable as the last effect."""
    actions = compiled(
        basis(
            [
                resource("ad/a", parent="adgroup/g"),
                resource("adgroup/g", parent="campaign/c"),
                resource("campaign/c", {**CAMPAIGN, "status": "ENABLE"}),
                resource("campaign/d", CAMPAIGN),
            ]
        )
    )
    assert told(actions) == [
        "create campaign/c", "pause campaign/c", "create campaign/d", "pause campaign/d",
        "create adgroup/g", "create ad/a", "enable campaign/c",
    ]  # fmt: skip
    assert [one.raises for one in actions] == [False] * 6 + [True]


def test_a_create_sends_no_status_and_refers_to_its_parent() -> None:
    """The id is filled in when it is known; the entry it will leave has none yet and counts as not paused."""
    actions = compiled(
        basis([resource("campaign/c", {**CAMPAIGN, "status": "ENABLE"}), resource("adgroup/g", parent="campaign/c")])
    )
    made, paused, child, _ = actions
    assert made.call is not None
    assert made.call.body == {"advertiser_id": ADVERTISER, "campaign_name": "c", **CAMPAIGN}
    left = made.entries[at("campaign/c")]
    assert isinstance(left, LockEntry)
    assert (left.id, left.unpaused, "status" in left.applied) == ("", True, False)
    after = paused.entries[at("campaign/c")]
    assert isinstance(after, LockEntry)
    assert after.unpaused is False
    assert child.call is not None
    assert child.call.body["campaign_id"] == Ref(at("campaign/c"))
    assert child.after == (at("campaign/c"),)


@pytest.mark.parametrize(
    ("wanted", "shown", "verbs", "stages"),
    [
        ({"budget": money("60.00")}, {"budget": money("50.00")}, ["update"], ["change"]),
        ({"budget": money("40.00")}, {"budget": money("50.00")}, ["update"], ["lower"]),
        ({"status": "DISABLE"}, {"status": "ENABLE"}, ["update"], ["lower"]),
        ({"status": "ENABLE"}, {"status": "DISABLE"}, ["enable"], ["enable"]),
        ({"budget": money("60.00"), "status": "ENABLE"}, {"budget": money("50.00"), "status": "DISABLE"},
         ["update", "enable"], ["change", "enable"]),
        ({"budget": money("60.00"), "status": "DISABLE"}, {"budget": money("50.00"), "status": "ENABLE"},
         ["update"], ["lower"]),
    ],
)  # fmt: skip
def test_updates(wanted: dict[str, Any], shown: dict[str, Any], verbs: list[str], stages: list[str]) -> None:
    """What lowers goes first, enabling is a call of its own and last; each expects what the plan saw."""
    actions = edited(wanted, shown)
    named = {LOWER: "lower", ENABLE + 2: "enable"}
    assert [one.verb for one in actions] == verbs
    assert [named.get(one.stage, "change") for one in actions] == stages
    for one in actions:
        assert one.expects == {path: shown[path] for path in one.sent}
        assert one.lowers is (one.stage == LOWER)


def test_a_raise_is_marked() -> None:
    """It is held back while anything is unknown."""
    assert [one.raises for one in edited({"budget": money("60.00")}, {"budget": money("50.00")})] == [True]
    assert [one.raises for one in edited({"budget": money("40.00")}, {"budget": money("50.00")})] == [False]


def test_a_pause_is_never_held_back() -> None:
    """A call that pauses raises no spend, whatever budget it carries: it must go out even when others failed."""
    wanted, shown = {"budget": money("60.00"), "status": "DISABLE"}, {"budget": money("50.00"), "status": "ENABLE"}
    assert [one.raises for one in edited(wanted, shown)] == [False]


def test_an_update_sends_only_what_changes() -> None:
    """Nothing else of the object is touched."""
    (action,) = edited({**CAMPAIGN, "budget": money("60.00")}, CAMPAIGN)
    assert action.call is not None
    assert action.call.body == {"advertiser_id": ADVERTISER, "campaign_id": Ref(at("campaign/c")), "budget": "60.00"}


def test_an_interrupted_birth_is_paused_before_anything_else_of_it() -> None:
    """Before its children are made, and with an enable of its own at the end."""
    actions = edited({"status": "ENABLE"}, {"status": "ENABLE"}, unpaused=True)
    assert told(actions) == ["pause campaign/c", "enable campaign/c"]
    plain = compiled(basis([resource("campaign/c"), resource("adgroup/g", parent="campaign/c")],
                           {"campaign/c": entry("1", unpaused=True)},
                           {"campaign": [live("1", "c", status="ENABLE")]}))  # fmt: skip
    assert told(plain) == ["pause campaign/c", "create adgroup/g"]


def shown(status: str) -> dict[str, list[LiveObject]]:
    """A live tree."""
    return {"campaign": [live("1", "c", status=status)], "adgroup": [live("2", "g", "1")]}


TREE = {"campaign/c": entry("1"), "adgroup/g": entry("2", parent="campaign/c")}


def test_a_removed_campaign_marks_what_it_takes_along() -> None:
    """One call, and `removed_at` on both."""
    (action,) = compiled(basis([], TREE, shown("ENABLE")))
    assert (action.verb, action.stage, action.lowers) == ("disable", LOWER, True)
    assert [getattr(one, "removed_at", None) for one in action.entries.values()] == [NOW, NOW]
    assert action.expects == {"status": "ENABLE"}


def test_what_is_off_already_is_only_recorded() -> None:
    """No call for nothing."""
    (action,) = compiled(basis([], TREE, shown("DISABLE")))
    assert action.call is None
    assert action.entries


def test_a_delete_takes_the_entries_below_along() -> None:
    """After it nothing of the tree is left to remember."""
    old = "2026-01-01T00:00:00Z"
    entries = {
        "campaign/c": entry("1", on_remove="delete", removed_at=old),
        "adgroup/g": entry("2", parent="campaign/c", removed_at=old),
    }
    (action,) = compiled(basis([], entries, shown("DISABLE")))
    assert (action.verb, dict(action.entries)) == ("delete", {at("campaign/c"): None, at("adgroup/g"): None})


def test_cheaper_comes_before_dearer() -> None:
    """A run that stops anywhere leaves an account that spends less, not more."""
    actions = compiled(
        basis(
            [
                resource("campaign/a", {"budget": money("90.00")}),
                resource("campaign/b", {"status": "ENABLE"}),
                resource("campaign/new", CAMPAIGN),
                resource("campaign/z", {"budget": money("10.00")}),
            ],
            {f"campaign/{name}": entry(str(number)) for number, name in enumerate("abxz", 1)},
            {
                "campaign": [
                    live("1", "a", budget=money("50.00")), live("2", "b", status="DISABLE"),
                    live("3", "x", status="ENABLE"), live("4", "z", budget=money("50.00")),
                ]
            },
        )
    )  # fmt: skip
    assert told(actions) == [
        "update campaign/z", "disable campaign/x", "create campaign/new", "pause campaign/new",
        "update campaign/a", "enable campaign/b",
    ]  # fmt: skip


def test_blocked_rows_send_nothing() -> None:
    """A blocked row is no action at all."""
    assert compiled(basis([resource("campaign/c")], {"campaign/c": entry("1")})) == []
