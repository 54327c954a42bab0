"""`fleet migrate`: the tables in PostgreSQL, made or brought up to this version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.fleet.desk import desk, json_option
from reconciler.cli.main import folder_of, global_options, options_of
from reconciler.cli.output import Output
from reconciler.cli.start import start
from reconciler.errors import Finding, Invalid
from reconciler.fleet.file import FILE
from reconciler.fleet.load import fleet_above
from reconciler.render.json import FORMAT
from reconciler.state.folder import PushRefused, Unreachable
from reconciler.state.shared import unusable
from reconciler.world import SystemWorld

if TYPE_CHECKING:
    from reconciler.postgres.connection import Database


@click.command("migrate")
@click.option("--check", "checking", is_flag=True, help="Change nothing; exit code 1 when steps are missing.")
@click.option("--after-restore", "restored", is_flag=True, help="The database was brought back from a backup.")
@json_option
@global_options
def migrate(checking: bool, restored: bool, as_json: bool, **given: Any) -> int:
    """Make the tables in PostgreSQL, or bring those of an earlier version up to this one.

    The database is the one that `state: {backend: postgres}` names in fleet.yaml, or in reconciler.yaml.
    """
    if checking and restored:
        raise click.UsageError("--check changes nothing, and --after-restore does.")
    from reconciler.postgres import migrate as tables
    from reconciler.postgres.restored import mark

    database, output = _database(given, as_json=as_json)
    try:
        steps = tables.missing(database) if checking else tables.migrate(database)
        marked = mark(database, SystemWorld()) if restored else None
    except (Unreachable, PushRefused) as error:
        raise unusable(error, database.where, _ADMIN) from None
    word = "missing" if checking else "taken"
    if as_json:
        more = {} if marked is None else {"marked": marked}
        output.document({"format_version": FORMAT, "database": database.where, word: steps, **more})
        return 1 if checking and steps else 0
    told = f"{word}: {', '.join(steps)}" if steps else "all tables are there"
    output.text(f"{database.where}: {told}.")
    if marked is not None:
        output.text(f"Marked: the journal may have lost its end. Accounts: {len(marked)}.")
    return 1 if checking and steps else 0


_ADMIN = "the role of the address must own the tables, or be allowed to make them; see docs/fleet-postgres.md"


def _database(given: dict[str, Any], *, as_json: bool) -> tuple[Database, Output]:
    """That of the fleet this folder is in, else of its workspace. Raises Invalid."""
    from reconciler.postgres.connection import opened

    if (fleet_above(folder_of(options_of(dict(given)))) / FILE).is_file():
        one = desk(given, as_json=as_json, partly=True)
        state, output = one.fleet.file.state, one.output
    else:
        session, output, _ = start(given, as_json=as_json)
        state = session.workspace.file.state
    if state.backend != "postgres":
        message = f"the state lies in backend {state.backend}, which has no tables"
        raise Invalid(Finding("R508", message, hint="write `state: {backend: postgres}`; see docs/fleet-postgres.md"))
    return opened(state.dsn.env), output
