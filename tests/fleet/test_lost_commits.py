"""The answer to a commit gets lost: nobody knows whether it was made, and the next look tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.postgres.connection import Database, opened
from reconciler.postgres.folder import PostgresFolder
from reconciler.state.folder import Moved, Unreachable
from reconciler.state.shared import SharedStore
from reconciler.state.store import LocalStore
from reconciler.world import SystemFiles, SystemWorld
from tests.fleet.lossy import Lossy
from tests.postgres import VARIABLE, Server
from tests.stories.workspace import until
from tests.unit.builders import at, entry
from tests.unit.test_stores import HOLDER, adopt, code, ledger, names
from tests.unit.worlds import VirtualWorld


@pytest.fixture
def lossy(one_postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lossy]:
    """A way to a database of the test's own, which the environment names."""
    way = Lossy(one_postgres.port)
    monkeypatch.setenv(VARIABLE, one_postgres.database().replace(f":{one_postgres.port}/", f":{way.port}/"))
    yield way
    way.close()


@pytest.fixture
def database(lossy: Lossy) -> Iterator[Database]:
    """The database at the end of that way."""
    found = opened(VARIABLE)
    yield found
    found.close()


def folder(database: Database) -> PostgresFolder:
    """As one machine sees it."""
    found = PostgresFolder(database, "a", SystemWorld(), 60.0)
    found.fetch()
    return found


def test_a_change_that_was_made_is_taken_for_ours(lossy: Lossy, database: Database) -> None:
    """The same again, with what has come since: nothing of it is there twice, nobody else is suspected."""
    mine = folder(database)
    mine.swap("x", {"journal/00000001.jsonl": b"1\n"})
    lossy.lose = True
    with pytest.raises(Unreachable):
        mine.swap("x", {"journal/00000002.jsonl": b"2\n", "lock": b"{}"})
    mine.swap("x", {"journal/00000002.jsonl": b"2\n3\n", "lock": b"{}"})
    seen = folder(database).files(lambda name: name.startswith("journal"))
    assert b"".join(seen[name] for name in sorted(seen)) == b"1\n2\n3\n"
    assert mine.unmoved()


def test_the_first_change_of_all(lossy: Lossy, database: Database) -> None:
    """Where nothing was there to be seen before."""
    mine, other = folder(database), folder(database)
    lossy.lose = True
    with pytest.raises(Unreachable):
        mine.swap("x", {"journal/00000001.jsonl": b"1\n"})
    with pytest.raises(Moved):
        other.swap("x", {"journal/00000001.jsonl": b"other\n"})
    mine.swap("x", {"journal/00000001.jsonl": b"1\n"})
    assert folder(database).files(bool) == {"journal/00000001.jsonl": b"1\n"}


def test_a_journal_is_not_set_aside_twice(lossy: Lossy, database: Database) -> None:
    """What was in use has its number, and the new one begins once."""
    mine = folder(database)
    mine.swap("x", {"journal/00000001.jsonl": b"1\n"})
    again = ({"journal/00000001.jsonl": b"2\n", "journal-1/00000002.jsonl": b"end\n"}, (), {"journal": "journal-1"})
    lossy.lose = True
    with pytest.raises(Unreachable):
        mine.swap("x", *again)
    mine.swap("x", *again)
    assert folder(database).files(bool) == {
        "journal-1/00000001.jsonl": b"1\n",
        "journal-1/00000002.jsonl": b"end\n",
        "journal/00000001.jsonl": b"2\n",
    }


def test_somebody_else_came_in_between(lossy: Lossy, database: Database) -> None:
    """Then it is theirs, made or not."""
    mine = folder(database)
    mine.swap("x", {"reconciler.lock": b"1"})
    lossy.lose = True
    with pytest.raises(Unreachable):
        mine.swap("x", {"reconciler.lock": b"2"})
    folder(database).swap("x", {"reconciler.lock": b"3"})
    with pytest.raises(Moved):
        mine.swap("x", {"reconciler.lock": b"2"})


def test_a_run_whose_publishing_got_lost_loses_nothing(lossy: Lossy, database: Database, tmp_path: Path) -> None:
    """It is told (R511) and stops; what it leaves is published when it lets go of the lock, once."""
    store = SharedStore(VirtualWorld(), LocalStore(SystemFiles(), tmp_path), folder(database), 0.0, lambda _: None)
    with store.lock(HOLDER):
        writing = ledger(store)
        writing.change({at("campaign/a"): entry("1")}, "x")
        lossy.lose = True
        assert code(writing.save) == "R511"
    other = tmp_path / "other"
    other.mkdir()
    clean = SharedStore(VirtualWorld(), LocalStore(SystemFiles(), other), folder(database), 0.0, lambda _: None)
    assert names(clean) == {"a"}
    adopt(clean, "b", "2")
    assert names(clean) == {"a", "b"}


def test_it_goes_away_as_a_run_ends(one_postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal was to be set aside: that is told, and the next run of this machine has all of it. Who only reads
    hears why not."""
    monkeypatch.setenv(VARIABLE, one_postgres.database())
    database, told = opened(VARIABLE), list[str]()
    store = SharedStore(VirtualWorld(), LocalStore(SystemFiles(), tmp_path), folder(database), 0.0, told.append)
    adopt(store, "a", "1")
    with store.lock(HOLDER):
        writing = ledger(store)
        writing.change({at("campaign/b"): entry("2")}, "x")
        writing.save()
        writing.end(0)
        one_postgres.crash()
    try:
        assert "could not be released" in told[-1]
        assert code(store.set_aside) == "R511"
    finally:
        one_postgres.start()
    # Connections that were lost are made again in their own time.
    until(lambda: code(store.load) is None)
    assert names(store) == {"a", "b"}
