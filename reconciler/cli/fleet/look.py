"""`fleet list|render|validate|drift|status|runs|show`: what is declared, and what others or earlier runs did."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.fleet.desk import Desk, desk, json_option, selection
from reconciler.cli.main import global_options
from reconciler.errors import Finding, Invalid
from reconciler.fleet import driver, execute, history, looks
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.run import Result
from reconciler.render import fleet as render
from reconciler.render import manifests
from reconciler.render.json import FORMAT
from reconciler.text import clean
from reconciler.workflow.signals import Signals


@click.command("list")
@selection
@json_option
@global_options
def list_accounts(as_json: bool, **given: Any) -> None:
    """The accounts, their labels and what they use. No network."""
    one = desk(given, as_json=as_json)
    if as_json:
        one.output.document({"format_version": FORMAT, "accounts": [_row(each) for each in one.chosen]})
        return
    width = max((len(each.name) for each in one.chosen), default=0)
    if not one.chosen:
        one.output.note("No account is chosen.")
    for each in one.chosen:
        labels = " ".join(f"{key}={value}" for key, value in each.labels.items())
        what = each.given.workspace or each.given.account.advertiser_id
        one.output.text(clean(f"{each.name.ljust(width)}  {what}  {labels}".rstrip()))


def _row(account: FleetAccount) -> dict[str, Any]:
    given = account.given
    return {
        "name": account.name,
        "advertiser_id": None if given.workspace else given.account.advertiser_id,
        "labels": dict(given.labels),
        "workspace": given.workspace,
        "file": account.file,
        "uses": [use.get("module") for use in given.uses],
    }


@click.command("render")
@click.argument("account")
@json_option
@global_options
def render_account(account: str, as_json: bool, **given: Any) -> None:
    """What one account comes to, as manifests. No network."""
    one = desk(given, as_json=as_json)
    one.chosen = [each for each in one.chosen if each.name == account]
    if not one.chosen:
        raise Invalid(Finding("R413", f'no account is named "{account}"', hint="`reconciler fleet list` names them"))
    with Signals(one.output.notice) as signals:
        documents = execute.documents_of(one.services(signals, "render"), one.chosen[0])
    if as_json:
        one.output.document(manifests.document(documents))
    else:
        one.output.text(manifests.text(documents).removesuffix("\n"))


_AT_ONCE = ("validate", "status")
"""Nobody waits for these: what each account comes to is told once, at the end."""


def everywhere(
    given: dict[str, Any], command: str, *, as_json: bool, detailed: bool = False, through: bool = False
) -> int:
    """A command that needs no answer, in every chosen account. `through`: whatever fails."""
    one = desk(given, as_json=as_json, partly=through)
    with Signals(one.output.notice) as signals:
        signals.world(one.world)
        services = one.services(signals, command)
        told = unheard if command in _AT_ONCE else one.told
        results = driver.carry_out(services, one.chosen, command, told, through=through)
    if command == "drift":
        looks.keep(one.world, one.fleet.root, looks.DRIFT, results)
    one.ended(services.run, results, [], _queue(one) if command == "status" else {})
    return one.code(results, detailed=detailed)


def _queue(one: Desk) -> dict[str, Any]:
    """How long the queue is, where there is one."""
    if one.fleet.file.engine.driver == "local":
        return {}
    from reconciler.fleet.queue import operate
    from reconciler.fleet.queue.engine import queue_of

    return {
        "queue": operate.depth(one.fleet, [queue_of(one.fleet, each) for each in range(len(one.fleet.file.groups))])
    }


def unheard(_: Result) -> None:
    """An account has ended, and it is told with the others."""


@click.command("validate")
@selection
@json_option
@global_options
def validate(as_json: bool, **given: Any) -> int:
    """Check everything of every account that needs no network, whatever is wrong with others."""
    return everywhere(given, "validate", as_json=as_json, through=True)


@click.command("drift")
@selection
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there is drift.")
@json_option
@global_options
def drift(as_json: bool, detailed_exitcode: bool, **given: Any) -> int:
    """What others changed in every account. Sends nothing but GET."""
    return everywhere(given, "drift", as_json=as_json, detailed=detailed_exitcode)


@click.command("status")
@selection
@json_option
@global_options
def status(as_json: bool, **given: Any) -> int:
    """Writes whose outcome is open, tasks and halts of every account, from lockfile and journal. No network."""
    return everywhere(given, "status", as_json=as_json, through=True)


@click.command("runs")
@json_option
@global_options
def runs(as_json: bool, **given: Any) -> None:
    """The applies that were made from this folder, the newest last."""
    one = desk(given, as_json=as_json)
    found = [history.read(one.world, one.fleet, name) for name in history.names(one.world, one.fleet)]
    if as_json:
        one.output.document({"format_version": FORMAT, "runs": found})
        return
    for each in found:
        counts = ", ".join(f"{count} {word}" for word, count in each["summary"].items() if count)
        one.output.text(f"{each['run']}  {each['command']}  {each['who']}  {counts}")


@click.command("show")
@click.argument("name", metavar="RUN")
@json_option
@global_options
def show(name: str, as_json: bool, **given: Any) -> None:
    """What one run came to."""
    one = desk(given, as_json=as_json)
    found = history.read(one.world, one.fleet, name)
    if as_json:
        one.output.document(found)
        return
    for line in render.lines(found, {}):
        one.output.text(line)
