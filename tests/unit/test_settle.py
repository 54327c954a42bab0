"""A write of unknown outcome after its quiet period: what two complete listings agree on decides, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.account.listing import Reader
from reconciler.apply.run import Run
from reconciler.apply.settle import Settler
from reconciler.contracts.marketing.binding import MARKETING
from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.contracts.registry import Contracts
from reconciler.state.ledger import Ledger
from tests.unit.builders import ADVERTISER, at, entry
from tests.unit.worlds import FakeTransport, MemoryStore, VirtualWorld, client, page

SPOKEN = Contracts(OPENAPI)
GROUP = at("adgroup/g")
SHOWN = {"adgroup_id": "9", "campaign_id": "1", "adgroup_name": "g", "status": "DISABLE"}
QUIET = 180.0


def ledger(store: MemoryStore, world: VirtualWorld) -> Ledger:
    """The state as an apply finds it."""
    return Ledger.read(store, world, {"advertiser_id": ADVERTISER}, "apply")


def sent(store: MemoryStore, world: VirtualWorld, *, accepted: bool) -> Ledger:
    """An ad group was sent for; the API said that it made it, or the reply got lost."""
    writing = ledger(store, world)
    body = json.dumps({"campaign_id": "1", "adgroup_name": "g"})
    intent = writing.intent(GROUP, "create", "adgroup/create/", body, seen=[], entries={GROUP: entry("")})
    if accepted:
        writing.reply(intent, {"status": 200, "body": json.dumps({"code": 0, "message": "OK", "data": {}})})
        writing.accepted(intent)
    return writing


def settle(writing: Ledger, world: VirtualWorld, rows: list[Mapping[str, Any]]) -> None:
    """One run settles, in an account with these ad groups."""
    transport = FakeTransport(lambda _: page(rows, 1, 1000, len(rows), 1 if rows else 0))
    asking = client(transport, world)
    reader = Reader(asking, SPOKEN, ADVERTISER, 2)
    Settler(Run(world, asking, reader, SPOKEN, writing, QUIET, lambda: False, lambda text: None)).settle()
    writing.save()


def test_what_was_accepted_and_is_never_shown_stays_unknown() -> None:
    """It was made, as the API said itself: no later run may make it again, only a person can tell what became of it."""
    store, world = MemoryStore(), VirtualWorld()
    writing = sent(store, world, accepted=True)
    settle(writing, world, [])
    (intent,) = writing.intents.values()
    assert intent.why == "the API said it was created, but no listing shows it"
    (again,) = ledger(store, world).intents.values()
    assert (again.address, again.accepted, again.why) == (GROUP, True, intent.why)
    settle(writing, world, [])
    assert list(writing.intents.values()) == [intent]


def test_what_was_lost_and_is_never_shown_was_never_made() -> None:
    """Nobody said that it was made: after the quiet period the next plan asks for it again."""
    store, world = MemoryStore(), VirtualWorld()
    writing = sent(store, world, accepted=False)
    settle(writing, world, [])
    assert writing.intents == {}
    assert ledger(store, world).intents == {}
    assert GROUP not in writing.lock.resources
    assert world.passed >= QUIET


@pytest.mark.parametrize("accepted", [True, False])
def test_what_is_shown_is_ours(accepted: bool) -> None:
    """One object of that parent and name, not there before: it is bound, whatever was said."""
    store, world = MemoryStore(), VirtualWorld()
    writing = sent(store, world, accepted=accepted)
    settle(writing, world, [SHOWN])
    assert writing.intents == {}
    assert writing.lock.resources[GROUP].id == "9"


@pytest.mark.parametrize(
    ("shown", "done"),
    [({"budget": 60.0}, True), ({"budget": 50.0}, False), ({}, False)],
    ids=["the new value", "the old value", "left out"],
)
def test_a_lost_update_is_done_only_where_its_value_is_shown(shown: dict[str, Any], done: bool) -> None:
    """A field that the listing leaves out confirms nothing: the next plan sends it again, which harms nobody."""
    store, world = MemoryStore(), VirtualWorld()
    writing = ledger(store, world)
    writing.change({GROUP: entry("9", {"adgroup_name": "g"})}, "test")
    meta = {"sent": {"budget": "60.00"}, "contract": "marketing"}
    writing.intent(GROUP, "update", "adgroup/update/", "{}", seen=[], entries={GROUP: entry("9", {})}, meta=meta)
    spoken, row = Contracts(MARKETING), {**SHOWN, "operation_status": "DISABLE", **shown}
    transport = FakeTransport(lambda _: page([row], 1, 1000, 1, 1))
    asking = client(transport, world)
    reader = Reader(asking, spoken, ADVERTISER, 2)
    Settler(Run(world, asking, reader, spoken, writing, QUIET, lambda: False, lambda text: None)).settle()
    assert writing.intents == {}
    assert (writing.lock.resources[GROUP].applied == {}) is done
