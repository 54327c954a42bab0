"""`reconciler state list|show|mv|rm|unlock`."""

from __future__ import annotations

import json
from typing import Any

import click

from reconciler.cli.addresses import addresses
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render.json import FORMAT
from reconciler.workflow import state as workflow

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


@click.group("state", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Look at the lockfile, or correct it by hand."""


@command.command("list")
@_JSON
@global_options
def list_entries(as_json: bool, **given: Any) -> None:
    """Every resource the lockfile knows."""
    session, output, _ = start(given, as_json=as_json)
    found = workflow.entries(session)
    if as_json:
        rows = [workflow.row(address, entry) for address, entry in found.items()]
        output.document({"format_version": FORMAT, "resources": rows})
        return
    width = max((len(str(address)) for address in found), default=0)
    for address, entry in found.items():
        removed = getattr(entry, "removed_at", None)
        note = f"  removed {removed}" if removed else ""
        output.text(f"{str(address).ljust(width)}  {workflow.row(address, entry)['id'] or '-'}{note}")


@command.command("show")
@click.argument("address", shell_complete=addresses)
@_JSON
@global_options
def show(address: str, as_json: bool, **given: Any) -> None:
    """One entry, as the lockfile holds it."""
    session, output, _ = start(given, as_json=as_json)
    entry = workflow.show(session, workflow.parse(address))
    if as_json:
        output.document(entry)
    else:
        output.text(json.dumps(entry, indent=2, ensure_ascii=True))


@command.command("mv")
@click.argument("old", shell_complete=addresses)
@click.argument("new", shell_complete=addresses)
@_JSON
@global_options
def move(old: str, new: str, as_json: bool, **given: Any) -> None:
    """Give the entry OLD the address NEW, after a manifest was renamed."""
    session, output, _ = start(given, as_json=as_json)
    workflow.move(session, workflow.parse(old), workflow.parse(new))
    if as_json:
        output.document({"format_version": FORMAT, "moved": {"from": old, "to": new}})
    else:
        output.text(f"Moved {old} to {new}.")


@command.command("rm")
@click.argument("address", shell_complete=addresses)
@_JSON
@global_options
def remove(address: str, as_json: bool, **given: Any) -> None:
    """Forget the entry ADDRESS; the live object stays as it is."""
    session, output, _ = start(given, as_json=as_json)
    workflow.remove(session, workflow.parse(address))
    if as_json:
        output.document({"format_version": FORMAT, "removed": address})
    else:
        output.text(f"Forgot {address}; the live object stays as it is.")


@command.command("unlock")
@click.argument("lock_id", metavar="[ID]", required=False)
@_JSON
@global_options
def unlock(lock_id: str | None, as_json: bool, **given: Any) -> None:
    """Forget a run that is gone. ID: the lock's on a state branch, as the refused command names it."""
    session, output, _ = start(given, as_json=as_json)
    workflow.unlock(session, lock_id)
    if as_json:
        output.document({"format_version": FORMAT, "unlocked": True})
    else:
        output.text("The workspace is not locked.")
