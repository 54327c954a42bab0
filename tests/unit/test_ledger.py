"""Lockfile and journal in step: every crash between two records loses nothing, every misfit is refused."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from reconciler.canonical import stamp
from reconciler.errors import Invalid, ReconcilerError
from reconciler.state.journal import read
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
    assert again.used == ["3fa9"]
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


def test_a_journal_is_set_aside_when_a_run_ends_with_nothing_open() -> None:
    """The next run reads one record in place of all; entries, lineage and serial are the same."""
    store = MemoryStore()
    made(store).end(0)
    (kept,) = store.aside
    (first,) = read(store.log)[0]
    assert first.kind == "aside"
    assert first.data["after"] == read(kept)[0][-1].hash
    again = ledger(store)
    assert again.lock.resources[at("campaign/a")].id == "5"
    assert (again.lost_at, again.elsewhere, again.fresh) == (None, False, False)
    again.change({at("campaign/b"): entry("6")}, "adopt")
    again.save()
    again.end(0)
    assert len(store.aside) == 2
    assert set(ledger(store, None).lock.resources) == {at("campaign/a"), at("campaign/b")}


def _left_open(run: Ledger) -> None:
    create(run, "campaign/z")


def _not_saved(run: Ledger) -> None:
    run.change({at("campaign/z"): entry("9")}, "adopt")


def _files_unbound(run: Ledger) -> None:
    run.write_files({"manifests/a.yaml": "0" * 64})


def create(run: Ledger, address: str) -> None:
    """The intent of a create, whose reply does not come."""
    run.intent(at(address), "create", "campaign/create/", "{}", seen=[], entries={at(address): entry("")})


@pytest.mark.parametrize("leave", [_left_open, _not_saved, _files_unbound])
def test_what_the_lockfile_does_not_hold_stays_in_the_journal(leave: Callable[[Ledger], None]) -> None:
    """An open write, an entry that could not be saved, files of an interrupted pull."""
    store = MemoryStore()
    run = made(store)
    leave(run)
    run.end(1)
    assert store.aside == []


def test_a_reading_run_sets_nothing_aside() -> None:
    """Nor does one that had nothing to record."""
    store = MemoryStore()
    made(store)
    for command in (None, "apply"):
        ledger(store, command).end(0)
    assert store.aside == []


def test_what_no_lockfile_tells_is_carried_on() -> None:
    """Videos that are not ours, used plans, a journal that was lost, a lockfile that others saved."""
    store = MemoryStore()
    run = made(store)
    run.ignore("v1")
    run.use("plan-1")
    run.lost_at, run.elsewhere = 7.0, True
    run.save()
    for _ in range(2):
        run.end(0)
        run = ledger(store)
        assert (run.ignored, run.used, run.lost_at, run.elsewhere) == ({"v1"}, ["plan-1"], 7.0, True)
        run.change({at("campaign/b"): entry("6")}, "adopt")
        run.save()


def test_a_lockfile_that_is_gone_is_made_again_from_the_journals_that_were_set_aside() -> None:
    """They are kept for that; without them nothing is guessed."""
    store = MemoryStore()
    lineage = made(store).lock.lineage
    run = ledger(store)
    run.change({at("campaign/b"): entry("6")}, "adopt")
    run.save()
    run.end(0)
    store.data = None
    again = ledger(store, None)
    assert again.lock.lineage == lineage
    assert {str(one): found.id for one, found in again.lock.resources.items()} == {"campaign/a": "5", "campaign/b": "6"}
    store.aside.clear()
    with pytest.raises(Invalid) as caught:
        ledger(store)
    assert caught.value.findings[0].code == "R501"


def test_an_address_changed_by_hand_is_found_in_a_journal_that_was_set_aside() -> None:
    """Who takes the checksum out may have edited anything: then all is read again."""
    store = MemoryStore()
    made(store).end(0)
    assert store.data is not None
    store.data = re.sub(rb' "checksum": "[^"]*",\n', b"", store.data).replace(b"campaign/a", b"campaign/b")
    with pytest.raises(Invalid) as caught:
        ledger(store)
    assert "campaign/a in the journal and campaign/b in the lockfile" in str(caught.value)


def test_a_full_disk_keeps_the_journal_where_it_is() -> None:
    """What cannot be set aside is read as before."""
    store = MemoryStore()
    run = made(store)
    log = store.log
    store.full = True
    run.end(0)
    store.full = False
    assert store.aside == []
    assert store.log == log
    assert ledger(store).lock.resources[at("campaign/a")].id == "5"


def test_stamp() -> None:
    """UTC, to the second."""
    assert stamp(0) == "1970-01-01T00:00:00Z"
