"""Who may do what in the database, with real roles; and what is never in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.postgres import VARIABLE, Server
from tests.stories.account import ADVERTISER, Account
from tests.stories.postgres.scene import APPLY, TREE, converged, machine, rows
from tests.stories.workspace import TOKEN

PASSWORD = "canary-of-the-database"


@pytest.fixture
def login(one_postgres: Server, dsn: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """Makes a login of this name that is a member of that role; the environment names it from then on."""
    made: list[str] = []

    def make(name: str, role: str) -> str:
        own = f"{name}_{dsn.rpartition('/')[2]}"
        if own not in made:
            one_postgres.execute(f"CREATE ROLE {own} LOGIN PASSWORD '{PASSWORD}' IN ROLE {role}")
            made.append(own)
        address = one_postgres.address(dsn.rpartition("/")[2], f"{own}:{PASSWORD}")
        monkeypatch.setenv(VARIABLE, address)
        return own

    return make


def test_a_worker_only_adds_to_the_history(
    login: Callable[[str, str], str], tmp_path: Path, market: Account, dsn: str
) -> None:
    """It applies like anybody; journals cannot be changed or taken away, epochs not be reset, walls not be seen."""
    login("w", "fleet_worker")
    work = machine(tmp_path / "first", market)
    converged(work, market)
    with psycopg.connect(_environment(), autocommit=True) as connection:
        for statement in (
            "DELETE FROM fleet_journal", "UPDATE fleet_journal SET data = ''", "DELETE FROM fleet_aside",
            "UPDATE fleet_aside SET number = 9", "DELETE FROM fleet_state", "TRUNCATE fleet_journal",
            "SELECT * FROM fleet_wall", "INSERT INTO fleet_member VALUES ('a', 'b')", "DELETE FROM reconciler_schema",
            "ALTER TABLE fleet_state DISABLE ROW LEVEL SECURITY", "DROP POLICY wall ON fleet_state",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
    ended = work.run("fleet", "migrate", "--check", "--json")
    assert (ended.code, ended.json["missing"]) == (0, [])


def test_a_reader_plans_and_changes_nothing(login: Callable[[str, str], str], tmp_path: Path, market: Account) -> None:
    """R512 with what to do, before anything is sent."""
    login("r", "fleet_reader")
    work = machine(tmp_path / "first", market)
    assert len(work.plan().rows) == len(TREE)
    ended = work.run(*APPLY)
    assert (ended.code, ended.codes) == (4, ["R512"])
    assert "fleet_worker" in ended.json["errors"][0]["hint"]
    assert market.posts() == []


def test_walls_between_clients(
    one_postgres: Server, login: Callable[[str, str], str], tmp_path: Path, market: Account, dsn: str
) -> None:
    """Who is behind another wall finds nothing of the account, can add nothing to it, and cannot lift the wall."""
    name = dsn.rpartition("/")[2]
    inside, outside = login("inside", "fleet_worker"), login("outside", "fleet_worker")
    one_postgres.execute(f"INSERT INTO fleet_wall VALUES ('{ADVERTISER}', 'acme'), ('99', 'beta')", name)
    one_postgres.execute(f"INSERT INTO fleet_member VALUES ('acme', '{inside}'), ('beta', '{outside}')", name)
    login("inside", "fleet_worker")
    work = machine(tmp_path / "first", market)
    converged(work, market)
    for other in ("outside", "anybody"):
        login(other, "fleet_worker")
        with psycopg.connect(_environment(), autocommit=True) as connection:
            connection.execute("SET ROLE fleet_worker")
            for table in ("fleet_state", "fleet_file", "fleet_journal", "fleet_aside", "fleet_artifact"):
                assert connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchall() == [(0,)]
        market.forget_calls()
        assert machine(tmp_path / other, market).run(*APPLY).codes == ["R512"]
        assert market.posts() == []
    # Nor has who is a member of a wall anything that stands behind none.
    one_postgres.execute("DELETE FROM fleet_wall WHERE wall = 'acme'", name)
    login("inside", "fleet_worker")
    assert work.run(*APPLY).codes == ["R512"]


def test_nobody_puts_a_table_of_his_own_in_the_place_of_ours(
    one_postgres: Server, login: Callable[[str, str], str], tmp_path: Path, market: Account, dsn: str
) -> None:
    """Temporary tables, which everybody may make, are never what a function with its owner's rights looks at."""
    name = dsn.rpartition("/")[2]
    converged(machine(tmp_path / "first", market), market)
    one_postgres.execute(f"INSERT INTO fleet_wall VALUES ('{ADVERTISER}', 'acme')", name)
    paths = "SELECT proname, proconfig FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    assert {each: path for each, path in rows(dsn, paths) if path != ["search_path=public, pg_temp"]} == {}
    login("stranger", "fleet_worker")
    with psycopg.connect(_environment(), autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE fleet_wall (folder text, wall text)")
        connection.execute("GRANT ALL ON pg_temp.fleet_wall TO PUBLIC")
        assert connection.execute("SELECT count(*) FROM fleet_state").fetchall() == [(0,)]
        connection.execute("CREATE TEMP TABLE fleet_run (id text, app text, began timestamptz)")
        connection.execute("GRANT ALL ON pg_temp.fleet_run TO PUBLIC")
        connection.execute("INSERT INTO pg_temp.fleet_run VALUES ('a', 'agency', '2020-01-01')")
        assert connection.execute("SELECT fleet_prune('agency', '')").fetchall() == [(None,)]
        assert connection.execute("SELECT id FROM pg_temp.fleet_run").fetchall() == [("a",)]


def test_no_secret_is_in_any_table(
    login: Callable[[str, str], str], tmp_path: Path, market: Account, one_postgres: Server, dsn: str
) -> None:
    """After plan, apply, halt and resume: neither the token nor the database's password, nor in what was printed."""
    login("w", "fleet_worker")
    work = machine(tmp_path / "first", market)
    told = [work.run(*command).text for command in (("plan",), APPLY, ("halt", "--reason", f"x {TOKEN}"), ("resume",))]
    tables = rows(dsn, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    assert len(tables) > 6
    held = [repr(row) for (table,) in tables for row in rows(dsn, f"SELECT * FROM {table}")]
    files = [repr(data) for data in work.files().values()]
    assert any("campaign" in one for one in held)
    for secret in (TOKEN, PASSWORD):
        assert not [one for one in (*told, *held, *files) if secret in one]


def _environment() -> str:
    import os

    return os.environ[VARIABLE]
