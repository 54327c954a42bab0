"""Lockfile and journal in step: every crash between two records loses nothing, every misfit is refused."""

from __future__ import annotations

import pytest

from reconciler.canonical import stamp
from reconciler.errors import Invalid, ReconcilerError
from reconciler.state.ledger import Ledger
from reconciler.state.lockfile import Lock, dump, parse
from tests.unit.builders import ADVERTISER, at, entry
from tests.unit.worlds import MemoryStore, VirtualWorld

ACCOUNT = {"advertiser_id": ADVERTISER}


def ledger(store: MemoryStore, command: str | None = "apply", world: VirtualWorld | None = None) -> Ledger:
    """The state as a command finds it."""
    return Ledger.read(store, world or VirtualWorld(), ACCOUNT, command)


def made(store: MemoryStore, save: bool = True) -> Ledger:
    """A run that created campaign 5."""
    writing = ledger(store)
    address = at("campaign/a")
    intent = writing.intent(address, "create", "campaign/create/", "{}", seen=[], entries={address: entry("")})
    writing.reply(intent, {"status": 200, "body": "{}"})
    writing.done(intent, "5")
    if save:
        writing.save()
    return writing


def test_reading_writes_nothing() -> None:
    """A reading command resolves in memory: no lockfile, no record."""
    store = MemoryStore()
    reading = ledger(store, None)
    reading.change({at("campaign/a"): entry("5")}, "adopt")
    reading.checkpoint()
    reading.save()
    assert (store.data, store.log) == (None, b"")
    assert at("campaign/a") in reading.lock.resources


def test_a_create_is_bound_to_its_id_with_its_birth() -> None:
    """The entry gets the id, and when it was sent."""
    store = MemoryStore()
    found = made(store).lock.resources[at("campaign/a")]
    assert (found.id, found.unlisted_since) == ("5", "2026-05-28T20:26:40Z")
    assert store.data is not None
    assert parse(store.data).resources[at("campaign/a")] == found


def test_the_next_command_knows_what_was_saved() -> None:
    """The entry, and that nothing is open."""
    store = MemoryStore()
    made(store)
    again = ledger(store, None)
    assert again.lock.resources[at("campaign/a")].id == "5"
    assert again.intents == {}


def test_a_process_that_died_before_it_saved_has_left_its_reply() -> None:
    """What the reply meant was not written yet: the next command reads it again."""
    store = MemoryStore()
    made(store, save=False)
    (open_one,) = ledger(store, None).intents.values()
    assert open_one.reply is not None


def test_every_prefix_of_the_journal_can_be_read() -> None:
    """A crash at any byte leaves a state that the next command understands."""
    store = MemoryStore()
    made(store, save=False)
    for size in range(len(store.log)):
        crashed = MemoryStore(log=store.log[:size])
        known = ledger(crashed, "apply")
        assert len(known.intents) + len(known.lock.resources) <= 1
        known.change({at("campaign/z"): entry("9")}, "adopt")
        known.save()
        assert at("campaign/z") in ledger(crashed, None).lock.resources


def test_durable_before_and_after_the_call() -> None:
    """Intent and reply are synced; what the reply tells again is not."""
    store = MemoryStore()
    made(store, save=False)
    assert store.synced == 2


def test_saving_what_did_not_change_writes_nothing() -> None:
    """A plan without changes leaves the lockfile's bytes and serial alone."""
    store = MemoryStore()
    made(store)
    before = (store.data, store.log)
    again = ledger(store)
    again.save()
    assert (store.data, store.log) == before


def test_serial_counts_the_saves() -> None:
    """One more each time something changed."""
    store = MemoryStore()
    made(store)
    again = ledger(store)
    again.change({at("campaign/b"): entry("6")}, "adopt")
    again.save()
    assert store.data is not None
    assert parse(store.data).serial == 2
    assert parse(store.data).lineage == again.lock.lineage


@pytest.mark.parametrize("died", [False, True])
def test_a_used_plan_is_remembered_and_raises_the_serial(died: bool) -> None:
    """Durable at once; the lockfile tells it too, even if the run died before it saved and nothing else changed."""
    store = MemoryStore()
    made(store)
    using, synced = ledger(store), store.synced
    using.use("3fa9")
    assert store.synced == synced + 1
    if not died:
        using.save()
    again = ledger(store)
    again.save()
    assert again.used == {"3fa9"}
    assert parse(store.data or b"").serial == 2


def test_a_lineage_that_was_made_up_is_told() -> None:
    """Until something is written, each run makes one up."""
    store = MemoryStore()
    assert ledger(store).fresh
    made(store, save=False)
    assert not ledger(store).fresh
    made(store)
    assert not ledger(store).fresh


def test_checkpoints_are_seconds_apart() -> None:
    """Never a save an effect: that would be quadratic."""
    store, world = MemoryStore(), VirtualWorld()
    writing = ledger(store, world=world)
    world.passed = 100.0
    for number in range(1000):
        writing.change({at(f"campaign/c{number}"): entry(str(number + 1))}, "adopt")
        writing.checkpoint()
        world.passed += 0.1
    assert 10 <= store.saves <= 40


def test_a_shared_state_is_published_as_rarely_as_it_is_saved() -> None:
    """Also while no reply tells an id, so that there is nothing to save: a push an effect took minutes for a thousand
    creates. A minute of them: one announcement, and a push every three seconds."""
    store, world = MemoryStore(), VirtualWorld()
    store.batch = 100
    writing = ledger(store, world=world)
    groups = [at(f"adgroup/g{number}") for number in range(120)]
    for one in groups:
        writing.announce(one, "create", "adgroup/create/", "{}", seen=[], entries={one: entry("")})
    writing.publish()
    for one in groups:
        intent = writing.intent(one, "create", "adgroup/create/", "{}", seen=[], entries={one: entry("")})
        world.passed += 0.5
        writing.reply(intent, {"status": 200, "body": "{}"})
        writing.accepted(intent)
        writing.checkpoint()
    assert len(store.published) == 1 + 60 / 3


def test_another_account_is_refused() -> None:
    """The lockfile of one advertiser is never used for another."""
    lock = Lock("l", 1, {"advertiser_id": "7000000000000000002"}, None, {at("campaign/a"): entry("5")})
    with pytest.raises(Invalid) as caught:
        ledger(MemoryStore(dump(lock)))
    assert caught.value.findings[0].code == "R507"


def test_a_lockfile_from_elsewhere_with_results_here_is_refused() -> None:
    """What this machine's journal knows must not be lost by a merge."""
    store = MemoryStore()
    made(store, save=False)
    store.data = dump(Lock("another", 7, dict(ACCOUNT), "0" * 64, {at("campaign/x"): entry("8")}))
    with pytest.raises(Invalid) as caught:
        ledger(store)
    assert caught.value.findings[0].code == "R502"


def test_a_deleted_lockfile_is_made_again_from_the_journal() -> None:
    """It is a fold: same lineage, same entries."""
    store = MemoryStore()
    lineage = made(store).lock.lineage
    store.data = None
    again = ledger(store)
    assert again.lock.lineage == lineage
    assert again.lock.resources[at("campaign/a")].id == "5"


def test_a_full_disk_stops_before_the_call() -> None:
    """An intent that cannot be written is no intent: nothing may be sent."""
    store = MemoryStore()
    store.full = True
    with pytest.raises(ReconcilerError) as caught:
        made(store)
    assert caught.value.findings[0].code == "R506"


def test_a_large_finished_journal_is_set_aside() -> None:
    """Only by a writing command, only when nothing is open; the new one follows the lockfile."""
    store = MemoryStore()
    first = made(store)
    first.change({at("campaign/b"): entry("6", {"x": "y" * 9_000_000})}, "adopt")
    first.save()
    ledger(store, None).save()
    assert store.aside == []
    again = ledger(store)
    again.change({at("campaign/c"): entry("7")}, "adopt")
    again.save()
    assert len(store.aside) == 1
    assert set(ledger(store, None).lock.resources) == {at("campaign/a"), at("campaign/b"), at("campaign/c")}


def test_stamp() -> None:
    """UTC, to the second."""
    assert stamp(0) == "1970-01-01T00:00:00Z"
