"""What every command over a fleet starts with: the fleet, the accounts that were chosen, and where to print."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import click

from reconciler.cli.main import folder_of, options_of, world_told
from reconciler.cli.output import Output, opened
from reconciler.errors import Invalid, ReconcilerError
from reconciler.fleet import history, run
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.changed import changed_since
from reconciler.fleet.commands import LOOKING
from reconciler.fleet.execute import Services
from reconciler.fleet.governed import held_to
from reconciler.fleet.load import Fleet, fleet_above, open_fleet
from reconciler.fleet.run import Result
from reconciler.fleet.select import Selection, selected
from reconciler.fleet.tokens import Tokens
from reconciler.render import fleet as render
from reconciler.workflow.origin import origin
from reconciler.workflow.signals import Signals
from reconciler.world import SystemWorld, World

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")

base_option = click.option(
    "--base",
    metavar="REF",
    help="Hold accounts to the guard rails, approvals and limits of this commit, from which a change starts.",
)

_CHOOSING = ("names", "labels", "ring", "changed_since", "failed", "limit")


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose accounts."""
    for option in reversed(
        (
            click.option("--account", "names", multiple=True, metavar="GLOB", help="Only accounts of such a name."),
            click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="Only accounts so labelled."),
            click.option("--ring", metavar="NAME", help="Only accounts in this ring."),
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

    def services(self, signals: Signals, command: str) -> Services:
        """What every account of a new run of this command is given."""
        tokens = Tokens(self.fleet.root, self.fleet.file.groups, os.environ)
        host, note = self.options["dangerous_api_host"], self.output.note
        made = Services(self.fleet, tokens, self.world, host, signals.stopped, note, background=command in LOOKING)
        made.run, made.command, made.who = history.new_id(self.world), command, identity(self)["actor"]
        if self.options["verbose"]:
            made.requested = self.output.notice
        return made

    def told(self, result: Result) -> None:
        """An account has ended."""
        if not result.skipped:
            self.output.note(f"{result.name}: exit {result.exit_code}")

    def ended(
        self, name: str, results: list[Result], money: list[Result], more: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        """Print the whole."""
        document = {**run.document(name, results), **more}
        if self.fleet.findings:
            document["errors"] = [one.as_json() for one in self.fleet.findings]
        if self.output.json:
            self.output.document(document)
            return
        amounts = {one.name: (*one.worst_case, one.currency) for one in money if one.worst_case}
        for line in render.lines(document, amounts):
            self.output.text(line)
        if self.fleet.findings:
            self.output.errors(ReconcilerError(many=self.fleet.findings))

    def code(self, results: list[Result], *, detailed: bool = False) -> int:
        """The exit code of the run; accounts that were left out for a mistake have ended with that of the mistake."""
        left_out = [Result("", "", Invalid.exit_code)] if self.fleet.findings else []
        return run.exit_code([*results, *left_out], detailed=detailed)


def desk(given: dict[str, Any], *, as_json: bool, partly: bool = False) -> Desk:
    """Open the fleet and choose. Raises Invalid; `partly`: not for mistakes in single accounts, which are left out."""
    chosen = {name: given.pop(name) for name in _CHOOSING if name in given}
    base = given.pop("base", None)
    options = options_of(given)
    root, world = fleet_above(folder_of(options)), world_told() or SystemWorld()
    color = not options["no_color"] and not os.environ.get("NO_COLOR") and sys.stdout.isatty()
    output = Output(json=as_json, color=color, quiet=bool(options["quiet"]))
    opened(root, None)
    fleet = open_fleet(root, options["base_url"], options["dangerous_api_host"], partly=partly)
    fleet = held_to(fleet, base, options["dangerous_api_host"]) if base else fleet
    if fleet.base:
        output.note(f"Guard rails, approvals and limits are those of commit {fleet.base.commit[:12]}.")
    labels = dict(_pair(one) for one in chosen.get("labels", ()))
    changed = changed_since(root, chosen["changed_since"]) if chosen.get("changed_since") else None
    only = history.unfinished(history.read(world, fleet, chosen["failed"])) if chosen.get("failed") else None
    names, ring, limit = chosen.get("names", ()), chosen.get("ring"), chosen.get("limit")
    asked = Selection(names, labels or None, changed, only, ring, limit)
    return Desk(fleet, selected(fleet, asked), output, options, world)


def identity(one: Desk) -> dict[str, Any]:
    """Who runs this command, where, as the environment tells."""
    found = origin(os.environ, one.world, None)
    return {name: found[name] for name in ("actor", "host", "run_url")}


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise click.UsageError(f"--label takes KEY=VALUE, not {text!r}.")
    return key, value
