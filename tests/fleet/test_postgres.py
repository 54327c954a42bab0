"""PostgreSQL as fleets use it: tables that are only added to, failures in our words."""

from __future__ import annotations

import pytest

from reconciler.errors import Invalid
from reconciler.postgres.connection import opened
from reconciler.postgres.migrate import files, migrate, version
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
