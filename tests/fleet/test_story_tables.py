"""A fleet whose state lies in PostgreSQL: tables are made by one command, and every clean machine finds the state."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import psycopg
import pytest

from reconciler.postgres.migrate import files
from tests.fleet.scene import Fleet, budgets
from tests.postgres import VARIABLE, Server
from tests.stories.account import Account
from tests.stories.manifests import campaign
from tests.stories.workspace import Workspace

IN_TABLES = "state: {backend: postgres}\n"


def settled(root: Path, market: Account, count: int = 2) -> Fleet:
    """A fleet with its state in the database that the environment names."""
    made = Fleet(root, market.url, count)
    made.settings(more=IN_TABLES)
    return made


def test_clean_machines_go_on_from_each_other(tmp_path: Path, market: Account, dsn: str) -> None:
    """What one applied the next one finds, and nothing of the state lies on either disk."""
    first = settled(tmp_path / "first", market)
    assert first.fleet("apply", "--auto-approve")["summary"]["failed"] == 0
    shutil.rmtree(first.root)
    second = settled(tmp_path / "second", market)
    assert second.fleet("plan", "--detailed-exitcode")["summary"]["changed"] == 0
    second.account(1, budget="70.00")
    second.fleet("apply", "--auto-approve")
    assert sorted(budgets(market).values()) == [["60"], ["70"]]
    assert not list(second.root.rglob("reconciler.lock"))
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM fleet_state WHERE epoch > 0").fetchall() == [(2,)]


@pytest.fixture
def empty(one_postgres: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a database without any table, which the environment names."""
    name = f"empty_{uuid.uuid4().hex}"
    one_postgres.execute(f"CREATE DATABASE {name}")
    monkeypatch.setenv(VARIABLE, one_postgres.address(name))
    return name


def test_a_database_without_tables(empty: str, tmp_path: Path, market: Account) -> None:
    """R523 names the command that makes them; `--check` says which are missing and makes none."""
    work = settled(tmp_path / "fleet", market, 1)
    (told,) = work.fleet("plan", code=3)["accounts"]
    assert (told["errors"][0]["code"], "fleet migrate" in told["errors"][0]["hint"]) == ("R523", True)
    everything = [name for _, name, _ in files()]
    missing = work.fleet("migrate", "--check", code=1)["missing"]
    assert missing[: len(everything)] == everything
    assert work.fleet("migrate")["taken"] == missing
    assert work.fleet("migrate", "--check")["missing"] == []
    assert "all tables are there" in work.shown("migrate").stdout
    assert work.fleet("plan")["summary"]["accounts"] == 1


def test_tables_of_a_later_version(one_postgres: Server, empty: str, tmp_path: Path, market: Account) -> None:
    """R504, for whoever would work with them as for whoever would migrate them."""
    work = settled(tmp_path / "fleet", market, 1)
    work.fleet("migrate")
    one_postgres.execute("INSERT INTO reconciler_schema (version) VALUES (9000)", empty)
    (told,) = work.fleet("plan", code=3)["accounts"]
    assert told["errors"][0]["code"] == "R504"
    for arguments in (("migrate",), ("migrate", "--check")):
        assert work.fleet(*arguments, code=3)["errors"][0]["code"] == "R504"


def test_a_workspace_alone(dsn: str, work: Workspace, account: Account) -> None:
    """Its `reconciler.yaml` names the database, under the variable's own name; doctor says where the state is."""
    work.configure(more=IN_TABLES)
    assert work.run("fleet", "migrate").code == 0
    work.manifest(campaign())
    work.apply()
    assert work.in_sync()
    told = {one["name"]: one for one in work.run("doctor", "--json").json["checks"]}
    assert told["state"]["state"] == "ok"
    assert "PostgreSQL on 127.0.0.1" in told["state"]["message"]


def test_doctor_looks_at_the_server(dsn: str, one_postgres: Server, work: Workspace) -> None:
    """Its version and tables; a warning where a commit does not wait for the disk."""
    work.configure(more=IN_TABLES)

    def told() -> tuple[str, str]:
        checks = {one["name"]: one for one in work.run("doctor", "--json").json["checks"]}
        return checks["database"]["state"], checks["database"]["message"]

    assert told()[0] == "ok"
    assert f"tables of version {files()[-1][0]}" in told()[1]
    name = dsn.rpartition("/")[2]
    one_postgres.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    one_postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    assert told()[0] == "warning"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("state: {backend: postgres, dsn: 'postgresql://u:very-secret-word@db/x'}", "R119"),
        ("state: {backend: postgres, dsn: {env: 'A B'}}", "R215"),
        ("state: {backend: git, dsn: {env: A}}", "R204"),
        ("state: {backend: postgres, dsn: {env: NOBODY_HAS_SET_THIS}}", "R522"),
    ],
)
def test_an_address_never_stands_in_the_file(settings: str, code: str, work: Workspace) -> None:
    """It may hold a password: only the variable that holds it is named."""
    work.configure(more=settings + "\n")
    ended = work.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, [code])
    assert "very-secret-word" not in ended.text
