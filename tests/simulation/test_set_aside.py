"""Killed, cut off from power or refused by the system at every step of setting a journal aside: the next run goes on as
if nothing had been."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from random import Random

import pytest

from reconciler.state import history
from reconciler.state.journal import FILE
from reconciler.state.ledger import Ledger
from reconciler.state.store import LocalStore
from tests.simulation.files import Crash, Cut, Disk, Kind, Trouble
from tests.simulation.points import CUTS
from tests.simulation.world import Clock, SimWorld
from tests.unit.builders import ADVERTISER, at, entry

ROOT = Path("/w")
ACCOUNT = {"advertiser_id": ADVERTISER}
_WRITING_THE_END = 2
"""Steps before anything is set aside."""


class Machine:
    """A disk with a workspace, and one run of it after the other."""

    def __init__(self) -> None:
        self.disk, self._clock, self._random = Disk(ROOT), Clock(), Random(7)
        self._runs = itertools.count(1)

    def store(self) -> tuple[LocalStore, SimWorld]:
        """A process and its store."""
        return LocalStore(self.disk, ROOT), SimWorld(self._clock, self.disk, self._random, next(self._runs))

    def reads(self) -> Ledger:
        """What a reading command knows."""
        store, world = self.store()
        return Ledger.read(store, world, ACCOUNT, None)

    def binds(self, name: str, identity: str, trouble: Trouble | None = None, more: tuple[str, ...] = ()) -> None:
        """A whole run that binds one campaign; the trouble befalls its end."""
        store, world = self.store()
        with contextlib.suppress(Crash), store.lock("{}"):
            run = Ledger.read(store, world, ACCOUNT, "apply", {"actor": "ana"})
            run.change({at(f"campaign/{name}"): entry(identity)}, "adopt")
            for one in (f"v-{name}", *more):
                run.ignore(one)
            run.save()
            self.disk.trouble = trouble
            run.end(0)
            self.disk.trouble = None

    def recovers(self, cut: Cut) -> None:
        """What was not durable is lost where the power was; a new process."""
        if self.disk.dead:
            self.disk.lose(cut, self._random)
        self.disk.revive()


def steps() -> int:
    """Operations of the disk while a run ends."""
    machine = Machine()
    machine.binds("a", "1")
    store, world = machine.store()
    with store.lock("{}"):
        run = Ledger.read(store, world, ACCOUNT, "apply")
        run.change({at("campaign/b"): entry("2")}, "adopt")
        run.save()
        before = machine.disk.count
        run.end(0)
        return machine.disk.count - before


def test_it_takes_few_steps_however_long_the_journal_is() -> None:
    """Its end and its sync, the next one written under a name of its own, two renames, each durable."""
    assert steps() == 8


@pytest.mark.parametrize("kind", ["crash", "half", "ENOSPC", "EIO"])
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("step", range(1, 9))
def test_the_next_run_goes_on(step: int, cut: Cut, kind: Kind) -> None:
    """Reading and writing runs know everything; no record is lost, none is twice, and the chain holds."""
    machine = Machine()
    machine.binds("a", "1")
    machine.binds("b", "2", Trouble(step, kind))
    machine.recovers(cut)
    read = machine.reads()
    assert {str(one): found.id for one, found in read.lock.resources.items()} == {"campaign/a": "1", "campaign/b": "2"}
    assert (read.intents, read.elsewhere, read.ignored) == ({}, False, {"v-a", "v-b"})
    # A torn end is looked at as ever: what else is gone with it nobody knows.
    assert read.lost_at is None or step <= _WRITING_THE_END
    machine.binds("c", "3")
    store, _ = machine.store()
    data, log = store.load()
    assert data is not None
    told = history.read([*store.set_aside(), (FILE, log)])
    assert told.findings == []
    assert [one.address for one in told.effects] == ["campaign/a", "campaign/b", "campaign/c"]
    assert machine.reads().lock.resources.keys() == {at(f"campaign/{name}") for name in "abc"}
    assert machine.reads().ignored == {"v-a", "v-b", "v-c"}


@pytest.mark.parametrize("ignored", [1, 1000])
@pytest.mark.parametrize("step", range(1, 9))
def test_what_is_written_next_is_durable(step: int, ignored: int) -> None:
    """However much the new journal begins with: after a failure at any step nothing is sent without a record that a
    power cut would leave."""
    machine = Machine()
    machine.binds("a", "1", more=tuple(f"v{number}" for number in range(ignored)))
    machine.binds("b", "2", Trouble(step, "EIO"))
    store, world = machine.store()
    with store.lock("{}"):
        run = Ledger.read(store, world, ACCOUNT, "apply")
        run.intent(at("campaign/a"), "update", "campaign/update/", "{}", seen=[], entries={})
        assert b'"kind":"intent"' in machine.disk.on_disk(ROOT / FILE)
