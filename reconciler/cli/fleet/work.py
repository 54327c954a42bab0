"""`fleet worker`: serve the queue on this machine."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

import click

from reconciler.cli.fleet.desk import Desk, desk
from reconciler.cli.main import folder_of, global_options
from reconciler.errors import Finding, Invalid
from reconciler.fleet.execute import Services
from reconciler.fleet.load import Fleet, fleet_above, open_fleet
from reconciler.fleet.tokens import Tokens
from reconciler.workflow.signals import Signals


@click.command("worker")
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Only accounts of this group.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Instead of engine.threads.")
@global_options
def worker(groups: tuple[str, ...], threads: int | None, **given: Any) -> int:
    """Carry out what `fleet plan`, `apply` and the others ask for, until it is asked to end.

    Start as many as you like, on as many machines. SIGTERM ends it between two effects; what it had begun, others go on
    with.
    """
    from reconciler.fleet.queue.engine import queue_of
    from reconciler.fleet.queue.worker import serve

    one = desk(given, as_json=False, partly=True)
    file = one.fleet.file
    if file.engine.driver == "local":
        message = "fleet.yaml names the driver local, which has no queue"
        raise Invalid(Finding("R215", message, hint="write `engine: {driver: procrastinate}`"))
    names = [queue_of(one.fleet, number) for number in range(len(file.groups))]
    known = {name.partition("/")[2]: name for name in names}
    if unknown := sorted(set(groups) - known.keys()):
        message = f"no group is named {', '.join(unknown)}"
        raise Invalid(Finding("R413", message, hint=f"there are {', '.join(known)}"))
    logging.getLogger("procrastinate").addHandler(logging.NullHandler())
    logging.getLogger("procrastinate").propagate = False
    given_to_us = {**os.environ}
    with Signals(one.output.notice) as signals:
        signals.world(one.world)
        one.output.notice(f"Serving {', '.join(sorted(groups) or known)}.")
        serve(
            lambda: _read(one, given_to_us, signals),
            [known[name] for name in groups] or names,
            threads or file.engine.threads,
        )
    return 0


def _read(one: Desk, environment: Mapping[str, str], signals: Signals) -> tuple[Services, Services]:
    """Of the files as they are now: for commands that write, and for those that only look."""
    options = one.options
    root = fleet_above(folder_of(options))
    fleet = open_fleet(root, options["base_url"], options["dangerous_api_host"], partly=True)
    tokens = _tokens(fleet, environment)
    host, note = options["dangerous_api_host"], one.output.note
    made = [Services(fleet, tokens, one.world, host, signals.stopped, note, background=only) for only in (False, True)]
    for each in made:
        each.requested = one.output.notice if options["verbose"] else None
    return made[0], made[1]


def _tokens(fleet: Fleet, environment: Mapping[str, str]) -> Tokens:
    """Those of its groups, which may be others than before. No program that we start finds them in its environment."""
    left = {**environment}
    made = Tokens(fleet.root, fleet.file.groups, left)
    for name in environment.keys() - left.keys():
        os.environ.pop(name, None)
    return made
