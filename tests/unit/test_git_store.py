"""Lockfile, journal and lock on a branch, as the ledger sees them; what a machine keeps, and what it takes up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.errors import Locked, ReconcilerError
from reconciler.state import history
from reconciler.state.journal import FILE, read
from reconciler.state.ledger import Ledger
from reconciler.state.shared import SharedStore
from tests.unit.builders import ADVERTISER, at, entry
from tests.unit.remotes import REF, Remote, git
from tests.unit.worlds import VirtualWorld

ACCOUNT = {"advertiser_id": ADVERTISER}
HOLDER = json.dumps({"who": "ana", "host": "h", "pid": 1, "since": "now", "command": "apply"})


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """An empty repository."""
    return Remote(tmp_path)


def ledger(store: SharedStore, command: str | None = "apply") -> Ledger:
    """The state as a command finds it."""
    return Ledger.read(store, VirtualWorld(), ACCOUNT, command)


def adopt(store: SharedStore, name: str, identity: str) -> None:
    """A whole run that binds one campaign."""
    with store.lock(HOLDER):
        writing = ledger(store)
        writing.change({at(f"campaign/{name}"): entry(identity)}, "adopt")
        writing.save()


def whole(store: SharedStore, name: str, identity: str) -> None:
    """The same, and it says how it ended."""
    with store.lock(HOLDER):
        writing = ledger(store)
        writing.change({at(f"campaign/{name}"): entry(identity)}, "adopt")
        writing.save()
        writing.end(0)


def names(store: SharedStore) -> set[str]:
    """What a reading command knows."""
    return {address.name for address in ledger(store, None).lock.resources}


def killed(remote: Remote, machine: str, run: Callable[[Ledger], object]) -> str:
    """Lock, run, and no way to the remote any more: neither a last save nor a release. The lock's id."""
    told: list[str] = []
    store = remote.store(machine, told)
    away = remote.folder.with_name("away")
    with store.lock(HOLDER):
        held = json.loads(git(remote.folder, "cat-file", "blob", f"{REF}:a/lock"))
        run(ledger(store))
        remote.folder.rename(away)
    away.rename(remote.folder)
    assert held["id"] in told[-1]
    found: str = held["id"]
    return found


def reply_only(writing: Ledger) -> None:
    """A create whose intent is known everywhere and whose reply only this machine has."""
    address = at("campaign/a")
    intent = writing.intent(address, "create", "campaign/create/", "{}", seen=[], entries={address: entry("")})
    writing.reply(intent, {"status": 200, "body": "{}"})


def test_every_machine_sees_the_same(remote: Remote) -> None:
    """One after the other they write; each starts from what the one before has left."""
    for number, machine in enumerate(("one", "two", "one", "three")):
        adopt(remote.store(machine), f"c{number}", str(number + 1))
    assert names(remote.store("four")) == {"c0", "c1", "c2", "c3"}
    assert ledger(remote.store("four"), None).lock.serial == 4


def test_a_whole_run_is_three_pushes(remote: Remote) -> None:
    """Lock, result, release; reading is none."""
    adopt(remote.store("one"), "a", "1")
    names(remote.store("two"))
    assert remote.pushes() == 3


def test_a_journal_is_set_aside_on_the_branch_too(remote: Remote) -> None:
    """With the push that releases the lock: the branch goes on with a new one and keeps the old ones; every machine
    can read the whole history, and none needs it to know the state."""
    for machine, name, identity in (("one", "a", "1"), ("one", "b", "2"), ("two", "c", "3")):
        whole(remote.store(machine), name, identity)
    assert remote.pushes() == 3 * 3
    kept = remote.store("four").set_aside()
    assert [name for name, _ in kept] == ["a/journal-1", "a/journal-2", "a/journal-3"]
    now = remote.store("four").load()[1]
    assert [record.kind for record in read(now)[0]] == ["aside"]
    for (_, log), following in zip(kept, [kept[1][1], kept[2][1], now], strict=True):
        assert read(following)[0][0].data["after"] == read(log)[0][-1].hash
    assert names(remote.store("one")) == {"a", "b", "c"}
    assert (remote.machine("two") / ".reconciler" / "journal.jsonl").read_bytes() == now


@pytest.mark.parametrize("landed", [False, True])
def test_a_release_whose_answer_is_lost_sets_aside_once(remote: Remote, landed: bool) -> None:
    """Whether or not the push has come to the branch, nothing of the journal is lost, and nothing is twice."""
    store = remote.store("one")
    with store.lock(HOLDER):
        held = json.loads(git(remote.folder, "cat-file", "blob", f"{REF}:a/lock"))
        writing = ledger(store)
        writing.change({at("campaign/a"): entry("1")}, "adopt")
        writing.save()
        writing.end(0)
        if landed:
            store._release()
        remote.folder.rename(remote.folder.with_name("away"))
    remote.folder.with_name("away").rename(remote.folder)
    if not landed:
        remote.store("one").unlock(held["id"])
    whole(remote.store("one"), "b", "2")
    found = history.read([*remote.store("two").set_aside(), (FILE, remote.store("two").load()[1])])
    assert found.findings == []
    assert [one.address for one in found.effects] == ["campaign/a", "campaign/b"]
    assert names(remote.store("two")) == {"a", "b"}


def test_a_lock_that_is_gone_is_noticed_before_the_next_write(remote: Remote) -> None:
    """By the look before it, and by every later attempt to write."""
    told: list[str] = []
    store = remote.store("one", told)
    with store.lock(HOLDER):
        writing = ledger(store)
        held = json.loads(git(remote.folder, "cat-file", "blob", f"{REF}:a/lock"))
        with pytest.raises(Locked):
            remote.store("two").unlock("another")
        remote.store("two").unlock(held["id"])
        writing.change({at("campaign/a"): entry("1")}, "x")
        for act in (store.confirm, store.confirm, writing.save):
            with pytest.raises(ReconcilerError) as caught:
                act()
            assert caught.value.findings[0].code == "R513"
    assert "somebody else" in told[0]
    assert names(remote.store("two")) == set()


def test_the_same_disk_takes_up_what_it_could_not_publish(remote: Remote) -> None:
    """The reply is read there, by reading commands too, and published by the next one that writes."""
    lock_id = killed(remote, "one", reply_only)
    (intent,) = ledger(remote.store("one"), None).intents.values()
    assert intent.reply is not None
    (intent,) = ledger(remote.store("two"), None).intents.values()
    assert intent.reply is None
    with pytest.raises(Locked):
        adopt(remote.store("one"), "b", "2")
    remote.store("one").unlock(lock_id)
    adopt(remote.store("one"), "b", "2")
    (intent,) = ledger(remote.store("two"), None).intents.values()
    assert intent.reply is not None


def test_a_disk_that_was_left_behind_keeps_its_journal_aside(remote: Remote) -> None:
    """The branch went on: it counts, and what only this disk knew lies in a file of its own."""
    remote.store("one").unlock(killed(remote, "one", reply_only))
    only_here = (remote.machine("one") / ".reconciler" / "journal.jsonl").read_bytes()
    adopt(remote.store("two"), "b", "2")
    (intent,) = ledger(remote.store("one"), None).intents.values()
    assert intent.reply is None
    adopt(remote.store("one"), "c", "3")
    assert (remote.machine("one") / ".reconciler" / "left-behind-1.jsonl").read_bytes() == only_here
    assert names(remote.store("three")) == {"b", "c"}


def test_a_torn_end_is_cut_and_not_published(remote: Remote) -> None:
    """What the machine was writing when it died never reaches the branch."""
    lock_id = killed(remote, "one", reply_only)
    with (remote.machine("one") / ".reconciler" / "journal.jsonl").open("ab") as file:
        file.write(b'{"seq": 99, "half')
    remote.store("one").unlock(lock_id)
    adopt(remote.store("one"), "b", "2")
    assert names(remote.store("two")) == {"b"}
    assert len(ledger(remote.store("two"), None).intents) == 1


def test_what_another_run_announced_counts_from_when_it_was_stopped(remote: Remote) -> None:
    """Nobody knows when it was sent: until the next run begins; that time is written down for the ones after."""

    def announce(writing: Ledger) -> None:
        writing.announce(at("campaign/a"), "create", "campaign/create/", "{}", seen=[], entries={})
        writing.publish()

    remote.store("one").unlock(killed(remote, "one", announce))
    late = VirtualWorld()
    late.passed = 500.0
    (intent,) = Ledger.read(remote.store("two"), late, ACCOUNT, None).intents.values()
    assert (intent.since, intent.sent_at) == (late.now() - 500, late.now())
    store = remote.store("two")
    with store.lock(HOLDER):
        Ledger.read(store, late, ACCOUNT, "apply")
    last = VirtualWorld()
    last.passed = 900.0
    (intent,) = Ledger.read(remote.store("three"), last, ACCOUNT, None).intents.values()
    assert (intent.since, intent.sent_at) == (late.now() - 500, late.now())


def test_the_look_before_a_write_is_cheap_while_it_is_fresh(remote: Remote) -> None:
    """Within the fence nobody asks the remote, so it may be away for a moment."""
    store = remote.store("one", fence=15.0)
    away = remote.folder.with_name("away")
    with store.lock(HOLDER):
        remote.folder.rename(away)
        store.confirm()
        store._world.sleep(16.0)
        with pytest.raises(ReconcilerError) as caught:
            store.confirm()
        assert caught.value.findings[0].code == "R511"
        away.rename(remote.folder)
        store.confirm()
