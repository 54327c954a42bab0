"""`fleet halt|resume`: stop every run in many accounts, those under way too, and let them go on."""

from __future__ import annotations

import functools
from typing import Any

import click

from reconciler.cli.fleet.desk import desk, json_option, selection
from reconciler.cli.fleet.look import everywhere
from reconciler.cli.main import global_options
from reconciler.fleet import execute, history, local
from reconciler.workflow.signals import Signals


@click.command("halt")
@selection
@click.option("--reason", metavar="TEXT", help="Why; shown to everybody who is stopped by it.")
@click.option("--pause-all", "pausing", is_flag=True, help="Then pause every managed campaign of these accounts.")
@json_option
@global_options
def halt(reason: str | None, pausing: bool, as_json: bool, **given: Any) -> int:
    """Stop every run in these accounts before its next write, those under way too, until `reconciler fleet resume`.

    All of them are halted before the first is paused. Without --pause-all it needs neither a token nor the network.
    """
    one = desk(given, as_json=as_json, partly=True)
    with Signals(one.output.notice) as signals:
        services = one.services(signals)
        each = functools.partial(execute.halt_one, reason=services.tokens.without(reason) if reason else None)
        results = local.carry_out(services, one.chosen, each, one.told, through=True)
        if pausing:
            signals.world(one.world)
            held = {row.name for row in results if row.exit_code == 0}
            todo = [account for account in one.chosen if account.name in held]
            done = {row.name: row for row in local.carry_out(services, todo, execute.pause_one, one.told, through=True)}
            results = [done.get(row.name, row) for row in results]
    one.ended(history.new_id(one.world), results, [])
    return one.code(results)


@click.command("resume")
@selection
@json_option
@global_options
def resume(as_json: bool, **given: Any) -> int:
    """Lift the halt of these accounts: runs send again. The next plan enables what --pause-all paused."""
    return everywhere(given, execute.resume_one, as_json=as_json, through=True)
