"""`fleet retry|cancel`: begin what did not end well once more, and drop what has not begun."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.fleet import act
from reconciler.cli.fleet.desk import base_option, desk, json_option
from reconciler.cli.fleet.look import everywhere
from reconciler.cli.main import global_options
from reconciler.errors import Finding, Invalid
from reconciler.fleet import circuit, history
from reconciler.render.json import FORMAT

_EVERY: dict[str, Any] = {"labels": (), "ring": None, "changed_since": None, "failed": None, "limit": None}
_APPLYING = ("auto_approve", "expect_digest", "allow_limit", "reason")


@click.command("retry")
@click.argument("name", metavar="RUN")
@click.option("--failed", is_flag=True, help="Only accounts that failed: none that was skipped, held or still goes on.")
@click.option("--auto-approve", is_flag=True, help="Of an apply: do not ask, this option is the approval.")
@click.option("--expect-digest", metavar="DIGEST", help="Of an apply: only if the plans together have this digest.")
@click.option("--allow-limit", multiple=True, metavar="NAME=NUMBER", help="Go past a limit of fleet.yaml, once.")
@click.option("--reason", metavar="TEXT", help="Why; required with --allow-limit.")
@base_option
@json_option
@global_options
def retry(name: str, failed: bool, base: str | None, as_json: bool, **given: Any) -> int:
    """Make a new run of the accounts of RUN that did not end with 0. An apply plans them anew, and asks.

    Without --base it is held to the commit to which RUN was held, if any.
    """
    asked = {key: given.pop(key) for key in _APPLYING}
    one = desk(dict(given), as_json=as_json)
    found = history.read(one.world, one.fleet, name)
    chosen = tuple(sorted(row["name"] for row in found["accounts"] if _is_left(row, failed=failed)))
    if not chosen:
        message = f"no account of run {name} {'failed' if failed else 'is left'}"
        raise Invalid(Finding("R413", message, hint=f"see `reconciler fleet show {name}`"))
    given |= {**_EVERY, "names": chosen, "base": base or found.get("base")}
    if found["command"] != "apply":
        return everywhere(given, found["command"], as_json=as_json)
    made: int = click.get_current_context().invoke(act.apply, folder=None, as_json=as_json, **asked, **given)
    return made


def _is_left(row: dict[str, Any], *, failed: bool) -> bool:
    code: int = row["exit_code"]
    return circuit.is_failure(code, skipped=row["skipped"]) if failed else code != 0


@click.command("cancel")
@click.argument("name", metavar="RUN")
@json_option
@global_options
def cancel(name: str, as_json: bool, **given: Any) -> None:
    """Drop what RUN has not begun. What is under way goes on to its end: `fleet halt` stops that."""
    one = desk(given, as_json=as_json)
    if one.fleet.file.engine.driver == "local":
        message = "with driver local a run ends with its command, and nothing of it waits anywhere"
        raise Invalid(Finding("R215", message, hint="end that command: Ctrl-C, or `kill` with its process id"))
    from reconciler.fleet.queue import operate

    dropped = operate.cancel(one.fleet, name)
    if as_json:
        one.output.document({"format_version": FORMAT, "run": name, "accounts": dropped})
    else:
        one.output.text(f"{len(dropped)} account{'s' if len(dropped) != 1 else ''} of run {name} dropped.")
