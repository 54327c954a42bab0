"""What every store of state promises, whichever it is: the folder itself, a branch, a bucket, tables."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import obstore.store
import pytest

from reconciler.errors import Locked, ReconcilerError
from reconciler.postgres.connection import opened
from reconciler.postgres.folder import PostgresFolder
from reconciler.state.bucket.folder import BucketFolder
from reconciler.state.bucket.objects import Bucket
from reconciler.state.journal import read
from reconciler.state.ledger import Ledger
from reconciler.state.shared import SharedStore
from reconciler.state.store import LocalStore, StateStore
from reconciler.world import SystemFiles, SystemWorld
from tests.postgres import VARIABLE
from tests.unit.builders import ADVERTISER, at, entry
from tests.unit.remotes import Remote
from tests.unit.worlds import VirtualWorld

ACCOUNT = {"advertiser_id": ADVERTISER}
HOLDER = json.dumps({"who": "ana", "host": "h", "pid": 1, "since": "now", "command": "apply"})


@dataclass
class Places:
    """`store(machine)`: that machine's store of one workspace. Machines of backend local share the one disk."""

    root: Path
    kind: str
    lease: float = 600.0
    told: list[str] = field(default_factory=list)
    memory: Any = field(default_factory=obstore.store.MemoryStore)

    def __post_init__(self) -> None:
        self._remote = Remote(self.root) if self.kind == "git" else None

    def store(self, machine: str) -> StateStore:
        """A run of its own."""
        if self._remote:
            return self._remote.store(machine, self.told)
        root = self.root / ("only" if self.kind == "local" else machine)
        root.mkdir(exist_ok=True)
        local = LocalStore(SystemFiles(), root)
        if self.kind == "local":
            return local
        if self.kind == "postgres":
            tables = PostgresFolder(opened(VARIABLE), "a", SystemWorld(), self.lease)
            return SharedStore(VirtualWorld(), local, tables, 0.0, self.told.append)
        folder = BucketFolder(Bucket(self.memory, "s3://test"), "a", SystemWorld(), self.lease)
        return SharedStore(VirtualWorld(), local, folder, 0.0, self.told.append)


@pytest.fixture(params=["local", "git", "bucket", "postgres"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """Each of the four."""
    return made(request, tmp_path)


@pytest.fixture(params=["git", "bucket", "postgres"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """Those that machines share."""
    return made(request, tmp_path)


@pytest.fixture(params=["bucket", "postgres"])
def leased(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """Those whose lock has a lease, which is over at once."""
    return made(request, tmp_path, lease=-5.0)


def made(request: pytest.FixtureRequest, root: Path, lease: float = 600.0) -> Places:
    """A database only for what lies in one."""
    if request.param == "postgres":
        request.getfixturevalue("dsn")
    return Places(root, request.param, lease)


@pytest.fixture
def bucket(tmp_path: Path) -> Places:
    """The one with a lease, which is over at once."""
    return Places(tmp_path, "bucket", lease=-5.0)


def ledger(store: StateStore, command: str | None = "apply") -> Ledger:
    """The state as a command finds it."""
    return Ledger.read(store, VirtualWorld(), ACCOUNT, command)


def adopt(store: StateStore, name: str, identity: str, *, ends: bool = False) -> None:
    """A run that binds one campaign. `ends`: it says so, too."""
    with store.lock(HOLDER):
        writing = ledger(store)
        writing.change({at(f"campaign/{name}"): entry(identity)}, "adopt")
        writing.save()
        if ends:
            writing.end(0)


def names(store: StateStore) -> set[str]:
    """What a reading command knows."""
    return {address.name for address in ledger(store, None).lock.resources}


def code(act: Callable[[], object]) -> str | None:
    """The code it is refused with."""
    try:
        act()
    except ReconcilerError as error:
        return error.findings[0].code
    return None


def test_nothing_is_there_at_first(places: Places) -> None:
    """Neither lockfile nor journal, holder, halt or anything set aside."""
    store = places.store("one")
    assert store.load() == (None, b"")
    assert (store.set_aside(), store.holder(), store.halted()) == ([], None, None)


def test_what_one_run_leaves_the_next_one_finds(places: Places) -> None:
    """One after the other they write; each starts from what the one before has left."""
    for number, machine in enumerate(("one", "two", "one", "three")):
        adopt(places.store(machine), f"c{number}", str(number + 1))
    assert names(places.store("four")) == {"c0", "c1", "c2", "c3"}
    assert ledger(places.store("four"), None).lock.serial == 4


def test_one_run_at_a_time(places: Places) -> None:
    """The second is refused, and told who the first is; afterwards it may."""
    with places.store("one").lock(HOLDER):
        assert "ana on h" in (places.store("two").holder() or "")
        with pytest.raises(Locked, match="ana on h"), places.store("two").lock(HOLDER):
            raise AssertionError("both hold it")
    assert places.store("two").holder() is None
    adopt(places.store("two"), "a", "1")


def test_a_lock_is_forgotten_by_its_id_alone(shared: Places) -> None:
    """Another id is refused and changes nothing."""
    store = shared.store("one")
    with store.lock(HOLDER):
        with pytest.raises(Locked):
            shared.store("two").unlock("another")
        store.confirm()
        said = code(lambda: contextlib.ExitStack().enter_context(shared.store("two").lock(HOLDER)))
        assert said == "R509"


def test_an_intent_that_is_published_is_known_everywhere(shared: Places) -> None:
    """Before its write is sent, while the run still holds the lock; what is not published is not."""
    store = shared.store("one")
    with store.lock(HOLDER):
        writing = ledger(store)
        address = at("campaign/a")
        writing.intent(address, "create", "campaign/create/", "{}", seen=[], entries={address: entry("")})
        (known,) = ledger(shared.store("two"), None).intents.values()
        assert known.address == address
        writing.unknown(known, "only here")
        (known,) = ledger(shared.store("two"), None).intents.values()
        assert known.why is None


def test_a_journal_is_set_aside_and_can_be_read(places: Places) -> None:
    """When a run ends with nothing open: each goes on where the one before has ended, and none tells the state."""
    for number, machine in enumerate(("one", "one", "two")):
        adopt(places.store(machine), f"c{number}", str(number + 1), ends=True)
    store = places.store("four")
    kept = [*(log for _, log in store.set_aside()), store.load()[1]]
    assert len(kept) == 4
    assert [record.kind for record in read(kept[-1])[0]] == ["aside"]
    for log, following in pairwise(kept):
        assert read(following)[0][0].data["after"] == read(log)[0][-1].hash
    assert names(store) == {"c0", "c1", "c2"}


def test_a_halt_reaches_a_run_that_holds_the_lock(places: Places) -> None:
    """Without a lock, and without breaking that run's; gone when it is taken away."""
    adopt(places.store("one"), "a", "1")
    store = places.store("one")
    with store.lock(HOLDER):
        assert store.halted() is None
        places.store("two").halt(b"stop")
        store.confirm()
        assert store.halted() == b"stop"
        places.store("two").halt(None)
        store.confirm()
        assert store.halted() is None
    assert places.told == []


def test_whoever_lost_the_lock_writes_nothing_any_more(shared: Places) -> None:
    """Neither a look before a write, nor publishing, nor saving: what the other one wrote stands."""
    store = shared.store("one")
    with store.lock(HOLDER):
        writing = ledger(store)
        writing.change({at("campaign/a"): entry("1")}, "x")
        held = (code(lambda: shared.store("two").unlock("")), _id(shared))
        shared.store("two").unlock(held[1])
        adopt(shared.store("two"), "b", "2")
        for act in (store.confirm, writing.save, store.confirm):
            assert code(act) == "R513"
    assert names(shared.store("three")) == {"b"}


def test_a_lease_that_is_over_is_taken_over_and_fences_the_old_holder(leased: Places) -> None:
    """Said aloud; the one that comes back from a long sleep finds another state and writes nothing."""
    store = leased.store("one")
    with store.lock(HOLDER):
        writing = ledger(store)
        writing.change({at("campaign/a"): entry("1")}, "x")
        adopt(leased.store("two"), "b", "2")
        assert "the lease of ana on h" in leased.told[0]
        for act in (store.confirm, writing.save, store.publish):
            assert code(act) == "R513"
    assert names(leased.store("three")) == {"b"}
    assert epoch(leased) == 2


@pytest.mark.parametrize("kind", ["bucket", "postgres"])
def test_a_lease_that_runs_is_left_alone(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Each look of the holder before a write begins it anew: by the clock of what holds the state alone."""
    if kind == "postgres":
        request.getfixturevalue("dsn")
    places = Places(tmp_path, kind, lease=600.0)
    with places.store("one").lock(HOLDER):
        assert code(lambda: adopt(places.store("two"), "b", "2")) == "R509"
    assert places.told == []


def test_a_journal_of_many_pieces_is_joined(tmp_path: Path) -> None:
    """It reads the same, in few objects, and what is joined is taken away."""
    places = Places(tmp_path, "bucket")
    for number in range(40):
        adopt(places.store("one"), f"c{number}", str(number + 1))
    files = json.loads(_object(places, "a/head.json"))["files"]
    assert 1 <= len([name for name in files if name.startswith("journal/")]) <= 33
    assert len(names(places.store("two"))) == 40
    assert len(read(places.store("two").load()[1])[0]) >= 80
    objects = [row["path"] for page in obstore.list(places.memory, "a/objects") for row in page]
    assert len(objects) == len(files)


@pytest.mark.parametrize(
    "text", [b"{", b"[]", b'{"version": 1}', b'{"version": 1, "revision": 1, "epoch": 0, "files": {}}']
)
def test_a_head_that_nobody_of_us_wrote(bucket: Places, text: bytes) -> None:
    """R514; a newer version's is R504, and neither is ever replaced."""
    obstore.put(bucket.memory, "a/head.json", text)
    assert code(bucket.store("one").load) == "R514"
    obstore.put(bucket.memory, "a/head.json", b'{"version": 2, "revision": "x", "epoch": 0, "files": {}}')
    assert code(lambda: adopt(bucket.store("one"), "a", "1")) == "R504"


def test_an_object_that_is_gone_is_named(bucket: Places) -> None:
    """It is not taken for a state without it."""
    adopt(bucket.store("one"), "a", "1")
    files = json.loads(_object(bucket, "a/head.json"))["files"]
    obstore.delete(bucket.memory, f"a/{files['reconciler.lock']}")
    assert code(bucket.store("two").load) == "R514"


def epoch(places: Places) -> int:
    """How many holders the lock has had."""
    if places.kind == "bucket":
        return int(json.loads(_object(places, "a/head.json"))["epoch"])
    with opened(VARIABLE).transaction() as connection:
        return int(connection.execute("SELECT epoch FROM fleet_state WHERE folder = 'a'").fetchall()[0][0])


def _object(places: Places, name: str) -> bytes:
    return bytes(obstore.get(places.memory, name).bytes())


def _id(places: Places) -> str:
    """Of the lock that is held."""
    try:
        places.store("two").unlock("another")
    except Locked as error:
        return (error.findings[0].hint or "").rpartition("unlock ")[2].rstrip("`")
    raise AssertionError("nobody holds it")
