"""`fleet migrate`: the tables in PostgreSQL, made or brought up to this version."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.fleet.desk import desk, json_option
from reconciler.cli.main import folder_of, global_options, options_of
from reconciler.cli.output import Output
from reconciler.cli.start import start
from reconciler.errors import Finding, Invalid
from reconciler.fleet.file import FILE
from reconciler.fleet.load import fleet_above
from reconciler.manifest.backend import State
from reconciler.render.json import FORMAT
from reconciler.state.folder import PushRefused, Unreachable
from reconciler.state.shared import unusable


@click.command("migrate")
@click.option("--check", "checking", is_flag=True, help="Change nothing; exit code 1 when steps are missing.")
@json_option
@global_options
def migrate(checking: bool, as_json: bool, **given: Any) -> int:
    """Make the tables in PostgreSQL, or bring those of an earlier version up to this one.

    The database is the one that `state: {backend: postgres}` names in fleet.yaml, or in reconciler.yaml.
    """
    from reconciler.postgres import migrate as tables
    from reconciler.postgres.connection import opened

    state, output = _state(given, as_json=as_json)
    if state.backend != "postgres":
        message = f"the state lies in backend {state.backend}, which has no tables"
        raise Invalid(Finding("R508", message, hint="write `state: {backend: postgres}`; see docs/fleet-postgres.md"))
    database = opened(state.dsn.env)
    try:
        found = tables.missing(database) if checking else tables.migrate(database)
    except (Unreachable, PushRefused) as error:
        raise unusable(error, database.where, _ADMIN) from None
    if as_json:
        output.document(
            {"format_version": FORMAT, "database": database.where, "missing" if checking else "taken": found}
        )
    else:
        steps = ", ".join(found)
        word = "missing" if checking else "taken"
        output.text(f"{database.where}: {f'{word}: {steps}' if found else 'all tables are there'}.")
    return 1 if checking and found else 0


_ADMIN = "the role of the address must own the tables, or be allowed to make them; see docs/fleet-postgres.md"


def _state(given: dict[str, Any], *, as_json: bool) -> tuple[State, Output]:
    """Where the state lies, of the fleet this folder is in, else of its workspace. Raises Invalid."""
    if (fleet_above(folder_of(options_of(dict(given)))) / FILE).is_file():
        one = desk(given, as_json=as_json, partly=True)
        return one.fleet.file.state, one.output
    session, output, _ = start(given, as_json=as_json)
    return session.workspace.file.state, output
