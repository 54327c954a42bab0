"""Where the state is shared: intents are known elsewhere before they are sent, many in one go, and never twice."""

from __future__ import annotations

import pytest

from reconciler.errors import Finding, ReconcilerError
from reconciler.state.fold import Intent, open_intents
from reconciler.state.journal import read
from reconciler.state.ledger import Ledger
from tests.unit.builders import ADVERTISER, at, entry
from tests.unit.worlds import MemoryStore, VirtualWorld

ACCOUNT = {"advertiser_id": ADVERTISER}


def shared(log: bytes = b"") -> MemoryStore:
    """A store that other machines see."""
    store = MemoryStore(log=log)
    store.batch = 100
    return store


def ledger(store: MemoryStore, world: VirtualWorld | None = None, command: str | None = "apply") -> Ledger:
    """The state as a command finds it."""
    return Ledger.read(store, world or VirtualWorld(), ACCOUNT, command)


def announce(one: Ledger, name: str) -> None:
    """A create of that campaign."""
    address = at(f"campaign/{name}")
    one.announce(address, "create", "campaign/create/", "{}", seen=[], entries={address: entry("")})


def send(one: Ledger, name: str, verb: str = "create", body: str = "{}") -> Intent:
    """What the sender does first."""
    address = at(f"campaign/{name}")
    return one.intent(address, verb, "campaign/create/", body, seen=[], entries={address: entry("")})


def test_a_batch_leaves_in_one_go_and_is_not_written_again() -> None:
    """One publication, one sync; sending what was announced appends nothing."""
    store = shared()
    writing = ledger(store)
    for name in "abc":
        announce(writing, name)
    assert store.published == []
    writing.publish()
    assert (len(store.published), store.synced) == (1, 1)
    assert len(open_intents(read(store.published[0])[0])) == 3
    assert [send(writing, name).address.name for name in "abc"] == ["a", "b", "c"]
    assert (len(store.published), store.confirmed) == (1, 3)
    assert len(writing.intents) == 3


def test_what_was_not_announced_leaves_before_it_is_sent() -> None:
    """Another body is another write, and a second attempt too."""
    store = shared()
    writing = ledger(store)
    announce(writing, "a")
    writing.publish()
    send(writing, "a", body='{"budget": "1"}')
    assert len(store.published) == 2
    writing.rejected(send(writing, "a"), "40100", "too fast")
    assert len(store.published) == 2
    send(writing, "a")
    assert len(store.published) == 3


@pytest.mark.parametrize("verb", ["pause", "upload"])
def test_what_can_be_lost_stays_here(verb: str) -> None:
    """Durable on this machine, and the lock is looked at all the same."""
    store = shared()
    send(ledger(store), "a", verb)
    assert (store.published, store.synced, store.confirmed) == ([], 1, 1)


def test_what_was_announced_and_not_sent_is_withdrawn() -> None:
    """The next run has nothing to wait for."""
    store = shared()
    writing = ledger(store)
    announce(writing, "a")
    announce(writing, "b")
    writing.publish()
    send(writing, "a")
    writing.withdraw()
    writing.save()
    assert [one.address.name for one in open_intents(read(store.published[-1])[0]).values()] == ["a"]


def test_a_lost_lock_stops_before_the_write() -> None:
    """Whether it was announced or not."""
    store = shared()
    writing = ledger(store)
    announce(writing, "a")
    writing.publish()
    store.lost = ReconcilerError(Finding("R513", "gone"))
    for name in ("a", "b"):
        with pytest.raises(ReconcilerError):
            send(writing, name)


@pytest.mark.parametrize("announced", [True, False])
def test_what_was_kept_from_being_sent_is_known_not_to_be(announced: bool) -> None:
    """The server of the state was away for that moment: nobody is asked about it later, and nothing waits for it."""
    store = shared()
    writing = ledger(store)
    if announced:
        announce(writing, "a")
        writing.publish()
    store.lost = ReconcilerError(Finding("R511", "away"))
    with pytest.raises(ReconcilerError):
        send(writing, "a")
    store.lost = None
    writing.save()
    assert open_intents(read(store.published[-1])[0]) == {}


def test_the_time_of_sending_is_bounded_by_what_is_known() -> None:
    """Its reply, else the begin of the next run, else now."""
    store, world = shared(), VirtualWorld()
    writing = ledger(store, world)
    for name in "ab":
        announce(writing, name)
    writing.publish()
    world.passed = 20.0
    writing.reply(send(writing, "a"), {"failure": "time-out"})
    writing.publish()
    world.passed = 300.0
    found = {one.address.name: one for one in ledger(store, world, None).intents.values()}
    assert [(one.since - world.now(), one.sent_at - world.now()) for one in found.values()] == [(-300, -280), (-300, 0)]
    ledger(store, world)
    assert read(store.published[-1])[0][-1].kind == "begin"
    world.passed = 400.0
    found = {one.address.name: one for one in ledger(store, world, None).intents.values()}
    assert found["b"].sent_at == world.now() - 100


def test_a_store_of_this_machine_alone_announces_nothing() -> None:
    """As ever: one synced intent, one synced reply, and its time is that of the record."""
    store = MemoryStore()
    writing = ledger(store)
    assert writing.batch == 0
    writing.reply(send(writing, "a"), {"status": 200, "body": "{}"})
    writing.publish()
    writing.save()
    assert (store.synced, store.published) == (2, [])
    assert b'"ahead"' not in store.log
