"""A holder of the lock that is frozen, taken over, and thawed: it writes no row of the state and sends nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import pytest

from tests.rotation import in_turn, rotating
from tests.stories.account import Account
from tests.stories.postgres.scene import APPLY, converged, machine, next_run, released, rows, stuck
from tests.stories.workspace import TOKEN, Workspace, finish, until

GATE = """
CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END $$;
CREATE TRIGGER gate AFTER INSERT OR UPDATE ON fleet_file
FOR EACH ROW WHEN (NEW.name = 'reconciler.lock') EXECUTE FUNCTION gate()"""


def frozen(work: Workspace, seam: str, nth: int) -> Any:
    """An apply that has stopped there."""
    process = begun(work, seam, nth)
    until(lambda: stopped(process.pid) or process.poll() is not None)
    assert process.poll() is None, finish(process)
    return process


def begun(work: Workspace, seam: str, nth: int) -> Any:
    """An apply that will."""
    with mock.patch.dict(os.environ, {"TIKTOK_ACCESS_TOKEN": TOKEN}):
        command = [sys.executable, "-m", "tests.stories.postgres.frozen", seam, str(nth), *APPLY]
        streams: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=work.root, text=True, **streams)


def stopped(pid: int) -> bool:
    """Whether the system has the process stand still."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def thawed(process: Any, market: Account, dsn: str, *codes: str) -> None:
    """It ends with one of these codes, has sent nothing, and nothing of the state is its own."""
    sent, before = len(market.calls("POST")), rows(dsn, "SELECT n, epoch FROM fleet_journal ORDER BY n")
    state = rows(dsn, "SELECT revision, epoch FROM fleet_state")
    process.send_signal(signal.SIGCONT)
    ended = finish(process)
    assert ended.code in (1, 9), ended.text
    assert ended.codes[0] in codes, ended.text
    assert len(market.calls("POST")) == sent
    assert rows(dsn, "SELECT n, epoch FROM fleet_journal ORDER BY n") == before
    assert rows(dsn, "SELECT revision, epoch FROM fleet_state") == state
    epochs = [epoch for _, epoch in before]
    assert epochs == sorted(epochs)


EVERY = [("publish", 1), ("confirm", 2), ("save", 1), ("publish", 2), ("confirm", 3), ("publish", 3), ("confirm", 5)]


@pytest.mark.parametrize(("seam", "nth"), rotating(EVERY, 7))
def test_a_thawed_holder_does_nothing(tmp_path: Path, market: Account, dsn: str, seam: str, nth: int) -> None:
    """Stopped after it published, after it was told that it may send, before it saves: the next machine takes over
    after the lease, and whoever wakes up finds that it holds nothing any more."""
    process = frozen(machine(tmp_path / "first", market), seam, nth)
    try:
        second = machine(tmp_path / "second", market)
        ended = next_run(second)
        assert "this run takes the lock over" in ended.stderr
        converged(second, market)
        thawed(process, market, dsn, "R513")
    finally:
        process.kill()
    converged(second, market)


@in_turn(1, 4)
def test_a_holder_that_is_frozen_in_the_middle_of_a_change(tmp_path: Path, market: Account, dsn: str) -> None:
    """It has the row of its account: the server ends its transaction, and what it had changed was never written."""
    first = machine(tmp_path / "first", market)
    with psycopg.connect(dsn, autocommit=True) as gate:
        gate.execute(GATE.encode())
        gate.execute("SELECT pg_advisory_lock(1)")
        process = first.start(*APPLY)
        waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        until(lambda: gate.execute(waiting).fetchall() or process.poll() is not None)
        process.send_signal(signal.SIGSTOP)
        gate.execute("SELECT pg_advisory_unlock(1)")
    try:
        second = machine(tmp_path / "second", market)
        assert "this run takes the lock over" in next_run(second).stderr
        converged(second, market)
        thawed(process, market, dsn, "R511", "R513")
    finally:
        process.kill()


def test_a_machine_that_slept_before_a_write(tmp_path: Path, market: Account, dsn: str) -> None:
    """Nobody took over meanwhile: that write is not sent, the run looks again, and goes on by itself."""
    work = machine(tmp_path / "first", market)
    process = frozen(work, "confirm", 2)
    time.sleep(1)
    assert market.posts() == []
    process.send_signal(signal.SIGCONT)
    assert finish(process).code == 0
    journal = b"".join(bytes(data) for (data,) in rows(dsn, "SELECT data FROM fleet_journal ORDER BY n"))
    assert journal.count(b"too late to send") == 1
    converged(work, market)


def test_a_machine_that_sleeps_again_and_again(tmp_path: Path, market: Account, dsn: str) -> None:
    """Nothing is sent; after some looks the run says why (R524), and an apply on a machine that is awake converges."""
    work = machine(tmp_path / "first", market)
    ended = finish(begun(work, "sleeps", 2))
    assert (ended.code, ended.codes) == (1, ["R524"]), ended.text
    assert market.posts() == []
    converged(work, market)


def test_a_run_that_waits_keeps_its_lock(tmp_path: Path, market: Account, dsn: str) -> None:
    """A reply that takes more than twice the lease: nobody takes over meanwhile, and it goes on."""
    process = stuck(machine(tmp_path / "first", market), market, 1)
    time.sleep(4.5)
    assert machine(tmp_path / "second", market).run(*APPLY).codes == ["R509"]
    released(market)
    assert finish(process).code == 0
    assert rows(dsn, "SELECT max(epoch) FROM fleet_journal") == [(1,)]
