"""What goes in one call, in which order, how often it is made durable, and what its answer says of each object."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.api.replies import read
from reconciler.api.transport import Reply
from reconciler.apply.items import is_shared, told_of
from reconciler.contracts.contract import Contract
from reconciler.contracts.marketing.binding import MARKETING
from reconciler.contracts.registry import Contracts
from reconciler.contracts.smart_plus.binding import SMART_PLUS
from reconciler.model import Call
from reconciler.plan.batches import MOST, batched, together
from reconciler.plan.sending import Action, Verb
from reconciler.state.fold import Intent, open_intents
from reconciler.state.journal import read as journal
from reconciler.state.ledger import Ledger
from tests.unit.builders import ADVERTISER, at
from tests.unit.worlds import MemoryStore, VirtualWorld

SPOKEN = Contracts(MARKETING)


def pause(name: str, verb: Verb = "disable", status: str = "DISABLE", **more: Any) -> Action:
    """A status of one ad."""
    call = MARKETING.status(at(f"ad/{name}"), ADVERTISER, status)
    return Action(at(f"ad/{name}"), verb, 0, call, "marketing", after=(at(f"ad/{name}"),), **more)


def edit(name: str, **more: Any) -> Action:
    """Another field of it."""
    return Action(at(f"ad/{name}"), "update", 0, Call("POST", "ad/update/", {"ad_name": name}), "marketing", **more)


def sent(*stage: Action) -> list[str]:
    """The calls of a stage, each as the names of its objects."""
    return ["+".join(one.address.name for one in call) for call in batched(stage, SPOKEN)]


def test_twenty_go_together() -> None:
    """No more than the call takes, in the order of the plan."""
    calls = batched([pause(f"a{one}") for one in range(45)], SPOKEN)
    assert [len(one) for one in calls] == [MOST, MOST, 5]
    assert [one.address.name for call in calls for one in call] == [f"a{one}" for one in range(45)]


def test_nothing_passes_what_it_waits_for() -> None:
    """A pause goes along past an edit of another object, never past one of its own, nor past what it follows."""
    assert sent(pause("a"), edit("a"), pause("b")) == ["a+b", "a"]
    assert sent(pause("a"), edit("b"), pause("b")) == ["a", "b", "b"]
    waits = pause("c")
    assert sent(pause("a"), edit("b"), Action(**{**fields(waits), "after": (at("ad/b"),)})) == ["a", "b", "c"]


def test_what_raises_never_passes_what_lowers() -> None:
    """Nor do the two share a call."""
    on: dict[str, Any] = {"verb": "enable", "status": "ENABLE", "raises": True}
    assert sent(pause("a", **on), pause("b", **on)) == ["a+b"]
    assert sent(pause("a", **on), edit("x", lowers=True), pause("b", **on)) == ["a", "x", "b"]
    assert sent(pause("a", lowers=True), pause("b", raises=True)) == ["a", "b"]
    less: dict[str, Any] = {"lowers": True}
    stage = (pause("a", **less), pause("b", **on), edit("x", **less), pause("c", **less), pause("d", **on))
    assert sent(*stage) == ["a+c", "b", "x", "d"]


@pytest.mark.parametrize("verb", ["create", "pause", "delete"])
def test_some_go_alone(verb: Verb) -> None:
    """The pause of a birth waits for nothing, and what is deleted is gone for good."""
    assert sent(pause("a", verb), pause("b", verb)) == ["a", "b"]


def test_their_lists_are_put_together() -> None:
    """Of calls that differ in nothing else."""
    calls = [MARKETING.budget(at(f"adgroup/{one}"), ADVERTISER, "20.00") for one in "ab"]
    assert [one["budget"] for one in together(calls).body["budget"]] == ["20.00"] * 2
    assert together(calls[:1]) is calls[0]


def fields(action: Action) -> dict[str, Any]:
    """What an action is made of."""
    return {name: getattr(action, name) for name in action.__struct_fields__}


# ---------------------------------------------------------------------- the journal


def test_one_sync_for_all_intents_and_one_for_the_answer() -> None:
    """And one look whether they may be sent, whatever their number; what a crash leaves is an open intent for each,
    with the answer if it was there."""
    store = MemoryStore()
    ledger = Ledger.read(store, VirtualWorld(), {"advertiser_id": ADVERTISER}, "apply")
    body = json.dumps({"ad_ids": [str(one) for one in range(20)]})
    made = [
        ledger.intent(at(f"ad/a{one}"), "disable", "ad/status/update/", body, seen=[], entries={}, sync=one == 19)
        for one in range(20)
    ]
    assert (store.synced, store.confirmed, store.asked) == (1, 1, 1)
    ledger.reply(made[0], {"status": 200, "body": "{}"}, *made[1:])
    assert store.synced == 2
    left = open_intents(journal(store.log)[0])
    assert [str(one.address) for one in left.values()] == [f"ad/a{one}" for one in range(20)]
    assert {one.reply["body"] for one in left.values() if one.reply} == {"{}"}


# ---------------------------------------------------------------------- the answer


def told(data: object, *, contract: Contract = MARKETING, kind: str = "ad", code: int = 0, ids: str = "123") -> str:
    """What an answer to a call for these ids says of object 1."""
    binding = contract.bindings[kind]
    text = json.dumps({f"{binding.id_key}s": [*ids]})
    intent = Intent(1, at(f"{kind}/a"), "disable", str(binding.status_path), text, [], 0.0, {}, "r", {"id": "1"})
    assert is_shared(intent, binding) is (len(ids) > 1)
    answer = {"code": code, "message": "m", "request_id": "r", "data": data}
    return told_of(intent, binding, read(Reply(200, json.dumps(answer).encode()))).verdict


PARTLY = {"ad_ids": ["2"], "error_list": [{"ad_id": "1", "error_message": "no"}]}


@pytest.mark.parametrize(
    ("verdict", "data", "how"),
    [
        ("done", {}, {}),
        ("done", {"ad_ids": ["1", "2", "3"]}, {}),
        ("done", {"ad_ids": [1, 2, 3]}, {}),
        ("unknown", {"ad_ids": ["2", "3"]}, {}),
        ("rejected", PARTLY, {"code": 20001}),
        ("unknown", {"ad_ids": ["2"], "error_list": []}, {"code": 20001, "ids": "12"}),
        ("done", {"ad_ids": ["1"], "error_list": [{"ad_id": "2"}]}, {"code": 20001}),
        ("unknown", {"ad_ids": ["1"], "error_list": [{"ad_id": "1"}]}, {"code": 20001}),
        ("unknown", {}, {"contract": SMART_PLUS}),
        ("done", {"smart_plus_ad_ids": ["1"]}, {"contract": SMART_PLUS}),
        ("unknown", {"smart_plus_ad_ids": ["2"]}, {"contract": SMART_PLUS}),
        (
            "rejected",
            {"adgroup_list": [], "error_list": [{"adgroup_id": "1"}]},
            {"contract": SMART_PLUS, "kind": "adgroup"},
        ),
    ],
)
def test_an_answer_is_read_for_each_object(verdict: str, data: object, how: dict[str, Any]) -> None:
    """Named as set: done; named as refused: not done; not named, or both: nobody knows."""
    assert told(data, **how) == verdict
