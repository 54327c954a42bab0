"""PostgreSQL as fleets use it: tables that are only added to, failures in our words."""

from __future__ import annotations

from pathlib import Path

import pytest
from procrastinate.schema import SchemaManager

from reconciler.errors import Invalid
from reconciler.postgres.connection import opened
from reconciler.postgres.migrate import files, migrate, missing, version
from reconciler.state.folder import Unreachable
from tests.postgres import VARIABLE, Server


def test_tables_are_made_once(dsn: str) -> None:
    """Migrating again takes no step, and the version is that of the last file."""
    database = opened(VARIABLE)
    assert version(database) == max(number for number, _, _ in files())
    assert migrate(database) == []


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", "is empty"),
        ("postgresql://[", "is no address"),
        ("postgresql://u:very-secret-word@db.example.com/x?sslmode=require", "sslmode=require"),
        ("host=db.example.com sslmode=disable", "sslmode=disable"),
    ],
)
def test_an_address_is_used_only_where_it_is_safe(address: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked, and no password is shown."""
    monkeypatch.setenv(VARIABLE, address)
    with pytest.raises(Invalid) as error:
        opened(VARIABLE)
    assert (error.value.findings[0].code, told in str(error.value)) == ("R522", True)
    assert "very-secret-word" not in str(error.value)


def test_a_server_that_is_gone_is_said_to_be(one_postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """After it came back the same database is used again."""
    monkeypatch.setenv(VARIABLE, one_postgres.database())
    database = opened(VARIABLE)
    assert version(database) >= 0
    one_postgres.crash()
    try:
        with pytest.raises(Unreachable):
            version(database)
    finally:
        one_postgres.start()
    assert version(database) >= 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("admin@", "nobody:very-secret-word@"), 'role "nobody"'),
        (("/fleet", "/no"), 'database "no"'),
        (("/fleet", "/x?port=1"), "Connection refused"),
    ],
)
def test_why_there_is_no_connection_is_said(
    one_postgres: Server, monkeypatch: pytest.MonkeyPatch, wrong: tuple[str, str], told: str
) -> None:
    """A wrong name, a database that is not there, a port that nobody listens on: in the server's words."""
    address = f"postgresql://admin@127.0.0.1:{one_postgres.port}/fleet"
    monkeypatch.setenv(VARIABLE, address.replace(*wrong))
    with pytest.raises(Unreachable) as error:
        version(opened(VARIABLE))
    assert told in str(error.value)
    assert "very-secret-word" not in str(error.value)


def test_the_queue_of_an_earlier_version_is_brought_up(one_postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Procrastinate's migrations come to is what its schema makes anew; a queue that somebody else made is left
    alone."""
    fresh, old = one_postgres.database(), one_postgres.database()
    name = old.rpartition("/")[2]
    tables = (f"procrastinate_{one}" for one in ("jobs", "workers", "events", "periodic_defers"))
    one_postgres.execute(f"DROP TABLE {', '.join(tables)} CASCADE", name)
    functions = "SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'procrastinate%' ORDER BY 1"
    for (one,) in one_postgres.execute(functions, name):
        one_postgres.execute(f"DROP FUNCTION {one} CASCADE", name)
    for kind in ("procrastinate_job_to_defer_v1", "procrastinate_job_status", "procrastinate_job_event_type"):
        one_postgres.execute(f"DROP TYPE {kind} CASCADE", name)
    steps = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    for step in steps[:-4]:
        one_postgres.execute(step.read_text(), name)
    one_postgres.execute("DELETE FROM fleet_engine", name)
    monkeypatch.setenv(VARIABLE, old)
    with pytest.raises(Invalid) as error:
        migrate(opened(VARIABLE))
    assert "another program's" in str(error.value)
    for step in steps[:-4]:
        one_postgres.execute(f"INSERT INTO fleet_engine (step) VALUES ('{step.name}')", name)
    assert missing(opened(VARIABLE)) == [step.name for step in steps[-4:]]
    assert migrate(opened(VARIABLE)) == [step.name for step in steps[-4:]]
    assert missing(opened(VARIABLE)) == []
    columns = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_name LIKE 'procrastinate%' ORDER BY 1, 2"
    )
    newer = fresh.rpartition("/")[2]
    assert one_postgres.execute(columns, name) == one_postgres.execute(columns, newer)
    assert set(one_postgres.execute(functions, newer)) <= set(one_postgres.execute(functions, name))
