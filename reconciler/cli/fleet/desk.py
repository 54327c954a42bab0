"""What every command over a fleet starts with: the fleet, the accounts that were chosen, and where to print."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from reconciler.cli.main import folder_of, options_of, world_told
from reconciler.cli.output import Output, opened
from reconciler.fleet import history, run
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.changed import changed_since
from reconciler.fleet.execute import Services
from reconciler.fleet.load import Fleet, fleet_above, open_fleet
from reconciler.fleet.run import Result
from reconciler.fleet.select import Selection, selected
from reconciler.fleet.tokens import Tokens
from reconciler.render import fleet as render
from reconciler.workflow.signals import Signals
from reconciler.world import SystemWorld, World

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")

_CHOOSING = ("names", "labels", "changed_since", "failed", "limit")


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose accounts."""
    for option in reversed(
        (
            click.option("--account", "names", multiple=True, metavar="GLOB", help="Only accounts of such a name."),
            click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="Only accounts so labelled."),
            click.option("--changed-since", metavar="REF", help="Only accounts whose files changed since then."),
            click.option("--failed", metavar="RUN", help="Only accounts that did not end well in this run."),
            click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N."),
        )
    ):
        command = option(command)
    return command


@dataclass
class Desk:
    """A fleet, what was chosen of it, and where to print."""

    fleet: Fleet
    chosen: list[FleetAccount]
    output: Output
    options: dict[str, Any]
    world: World

    def services(self, signals: Signals) -> Services:
        """What every account is given."""
        tokens = Tokens(self.fleet.root, self.fleet.file.groups, os.environ)
        made = Services(
            self.fleet, tokens, self.world, self.options["dangerous_api_host"], signals.stopped, self.output.note
        )
        if self.options["verbose"]:
            made.requested = self.output.notice
        return made

    def told(self, result: Result) -> None:
        """An account has ended."""
        self.output.note(f"{result.name}: {'skipped' if result.skipped else f'exit {result.exit_code}'}")

    def ended(self, name: str, results: list[Result], money: list[Result]) -> None:
        """Print the whole."""
        document = run.document(name, results)
        if self.output.json:
            self.output.document(document)
            return
        amounts = {one.name: (*one.worst_case, one.currency) for one in money if one.worst_case}
        for line in render.lines(document, amounts):
            self.output.text(line)


def desk(given: dict[str, Any], *, as_json: bool) -> Desk:
    """Open the fleet and choose. Raises Invalid."""
    chosen = {name: given.pop(name) for name in _CHOOSING if name in given}
    options = options_of(given)
    root, world = fleet_above(folder_of(options)), world_told() or SystemWorld()
    color = not options["no_color"] and not os.environ.get("NO_COLOR") and sys.stdout.isatty()
    output = Output(json=as_json, color=color, quiet=bool(options["quiet"]))
    opened(root, None)
    fleet = open_fleet(root, options["base_url"], options["dangerous_api_host"])
    labels = dict(_pair(one) for one in chosen.get("labels", ()))
    changed = changed_since(root, chosen["changed_since"]) if chosen.get("changed_since") else None
    only = history.unfinished(history.read(world, root, chosen["failed"])) if chosen.get("failed") else None
    asked = Selection(chosen.get("names", ()), labels or None, changed, only, chosen.get("limit"))
    return Desk(fleet, selected(fleet, asked), output, options, world)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise click.UsageError(f"--label takes KEY=VALUE, not {text!r}.")
    return key, value
