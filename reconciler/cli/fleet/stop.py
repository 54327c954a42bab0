"""`fleet halt|resume`: stop every run in many accounts, those under way too, and let them go on."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.fleet.desk import desk, json_option, selection
from reconciler.cli.fleet.look import everywhere
from reconciler.cli.main import global_options
from reconciler.fleet import driver
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
        services = one.services(signals, "halt")
        services.reason = services.tokens.without(reason) if reason else None
        results = driver.carry_out(services, one.chosen, "halt", one.told, through=True)
        if pausing:
            signals.world(one.world)
            held = {row.name for row in results if row.exit_code == 0}
            todo = [account for account in one.chosen if account.name in held]
            done = {row.name: row for row in driver.carry_out(services, todo, "pause", one.told, through=True)}
            results = [done.get(row.name, row) for row in results]
    one.ended(services.run, results, [])
    return one.code(results)


@click.command("resume")
@selection
@json_option
@global_options
def resume(as_json: bool, **given: Any) -> int:
    """Lift the halt of these accounts: runs send again. The next plan enables what --pause-all paused.

    It also lets workers go on with groups whose token was refused.
    """
    _lift(given)
    return everywhere(given, "resume", as_json=as_json, through=True)


def _lift(given: dict[str, Any]) -> None:
    one = desk(dict(given), as_json=True, partly=True)
    if one.fleet.file.engine.driver == "local":
        return
    from reconciler.fleet.queue import operate
    from reconciler.fleet.queue.engine import queue_of

    for name in operate.lift(one.fleet, {queue_of(one.fleet, one.fleet.group_of(each)) for each in one.chosen}):
        one.output.notice(f"Group {name.partition('/')[2]} is served again.")
