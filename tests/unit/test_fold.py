"""Journal records become entries and open intents; which records a lockfile already holds is known or refused."""

from __future__ import annotations

from typing import Any

from reconciler.state.fold import fold, open_intents, unfolded
from reconciler.state.journal import Journal, Record, read
from reconciler.state.ledger import Ledger
from reconciler.state.lockfile import Lock
from tests.unit.builders import ADVERTISER, at, entry
from tests.unit.worlds import MemoryStore, VirtualWorld

ACCOUNT = {"advertiser_id": ADVERTISER}


def ledger(store: MemoryStore) -> Ledger:
    """A writing command's view."""
    return Ledger.read(store, VirtualWorld(), ACCOUNT, "apply")


def records(store: MemoryStore) -> list[Record]:
    """What is in its journal."""
    return read(store.log)[0]


def create(one: Ledger, address: str) -> Any:
    """The intent of a create."""
    return one.intent(at(address), "create", "campaign/create/", "{}", seen=["7"], entries={at(address): entry("")})


def test_an_intent_is_open_until_its_effect_is_known() -> None:
    """Reply, accepted and unknown leave it open; done and rejected close it."""
    store = MemoryStore()
    writing = ledger(store)
    made = {name: create(writing, f"campaign/{name}") for name in ("a", "b", "c", "d", "e", "f")}
    writing.reply(made["b"], {"status": 200, "body": "{}"})
    writing.accepted(made["c"])
    writing.unknown(made["d"], "no answer")
    writing.done(made["e"], "5")
    writing.rejected(made["f"], "40002", "no")
    create(writing, "campaign/g")  # what is not synced goes out with the next record that is
    found = {one.address.name: one for one in open_intents(records(store)).values()}
    assert set(found) == {"a", "b", "c", "d", "g"}
    assert found["b"].reply is not None
    assert found["c"].accepted
    assert (found["d"].state, found["d"].why, found["a"].state) == ("unknown", "no answer", "open")
    assert (found["a"].seen, found["a"].verb, found["a"].path) == (["7"], "create", "campaign/create/")


def test_folding_is_what_the_ledger_did() -> None:
    """The same records give the same entries, on any machine and any number of times."""
    store = MemoryStore()
    writing = ledger(store)
    writing.done(create(writing, "campaign/a"), "5")
    writing.change({at("campaign/b"): entry("6"), at("campaign/c"): entry("7")}, "adopt")
    writing.change({at("campaign/c"): None}, "state rm")
    twice = [Lock("x"), Lock("x")]
    for lock in twice:
        fold(lock, records(store))
        assert lock.resources == writing.lock.resources
        assert lock.journal_head == records(store)[-1].hash
    assert twice[0] == twice[1]
    assert {str(address): one.id for address, one in twice[0].resources.items()} == {
        "campaign/a": "5",
        "campaign/b": "6",
    }


def line(journal: Journal, kind: str, **data: Any) -> None:
    """One record."""
    journal.append(kind, **data)


def three(follows: str | None = None) -> list[Record]:
    """A run: begin, entry, entry."""
    store = MemoryStore()
    journal = Journal(store, VirtualWorld(), [])
    line(journal, "begin", follows=follows, lineage="x")
    line(journal, "entry", set={}, unset=[])
    line(journal, "entry", set={}, unset=[])
    return records(store)


def test_the_lockfile_names_the_last_record_it_holds() -> None:
    """What comes after is not folded yet."""
    found = three()
    assert unfolded(found, found[1].hash) == found[2:]
    assert unfolded(found, found[2].hash) == []


def test_a_begin_names_the_lockfile_it_started_from() -> None:
    """A journal that was set aside leaves a lockfile whose head is no longer in it."""
    found = three(follows="gone")
    assert unfolded(found, "gone") == found
    assert unfolded(three(), None) == three()


def test_a_lockfile_from_elsewhere_with_results_here_is_not_guessed() -> None:
    """Another machine wrote it while this journal holds effects it does not know."""
    assert unfolded(three(), "another") is None


def test_a_lockfile_from_elsewhere_is_fine_when_all_here_was_saved() -> None:
    """Pulled from version control after this machine had saved everything."""
    store = MemoryStore()
    journal = Journal(store, VirtualWorld(), [])
    for kind in ("begin", "entry", "saved", "begin"):
        line(journal, kind, follows=None, lineage="x", set={}, unset=[], serial=1)
    assert unfolded(records(store), "another") == []
    assert unfolded([], "another") == []
