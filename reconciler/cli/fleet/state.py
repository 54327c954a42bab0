"""`fleet state import|export`: the state of one account, into what machines share and out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.fleet.desk import desk, json_option
from reconciler.cli.main import global_options
from reconciler.cli.output import Output
from reconciler.render.json import FORMAT
from reconciler.workflow import moving
from reconciler.workflow.session import Session
from reconciler.workflow.signals import Signals


@click.group("state", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Move the state of one account into the database, or write it into a folder."""


@command.command("import")
@click.argument("account")
@click.option("--from", "source", type=click.Path(path_type=Path), metavar="DIR", help="Not the account's own folder.")
@click.option("--git", "from_git", is_flag=True, help="From the state branch, as backend git has it.")
@json_option
@global_options
def import_state(account: str, source: Path | None, from_git: bool, as_json: bool, **given: Any) -> None:
    """Move lockfile and journal of ACCOUNT from its folder or the state branch to where fleet.yaml has the state.

    Refused where both have something that the other lacks; what is there already stays as it is.
    """
    if source and from_git:
        raise click.UsageError("--from and --git name two places.")
    session, output = _session(account, given, as_json=as_json)
    done = moving.bring_in(session, session.named(source) if source else None, from_git=from_git)
    if as_json:
        output.document({"format_version": FORMAT, "account": account, "imported": done})
    else:
        output.text(f"{account}: {'imported' if done else 'all of it was there'}.")


@command.command("export")
@click.argument("account")
@click.option("--out", "folder", required=True, type=click.Path(path_type=Path), metavar="DIR", help="A new folder.")
@json_option
@global_options
def export_state(account: str, folder: Path, as_json: bool, **given: Any) -> None:
    """Write lockfile and journal of ACCOUNT into DIR, as backend local has them."""
    session, output = _session(account, given, as_json=as_json)
    moving.write_out(session, session.named(folder))
    if as_json:
        output.document({"format_version": FORMAT, "account": account, "exported": str(folder)})
    else:
        output.text(f"{account}: exported to {folder}.")


def _session(account: str, given: dict[str, Any], *, as_json: bool) -> tuple[Session, Output]:
    """The account's own, which asks nothing of the API. Raises Invalid."""
    one = desk({**given, "names": (account,)}, as_json=as_json)
    with Signals(one.output.notice) as signals:
        session = one.services(signals, "state").session(one.chosen[0], online=False)
    session.stands = Path.cwd()
    return session, one.output
