"""`reconciler variants`, `approve` and `reject`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.addresses import addresses
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render.json import FORMAT
from reconciler.render.performance import in_words
from reconciler.state.signed import Decision
from reconciler.text import clean
from reconciler.workflow import performance as figures
from reconciler.workflow import variants as workflow
from reconciler.workflow.renew import verdicts
from reconciler.workflow.state import parse

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


@click.command("variants")
@click.option("--performance", is_flag=True, help="With the figures of the ads that show them.")
@click.option("--days", type=click.IntRange(1, 365), help="Figures of so many whole days; default: 30.")
@_JSON
@global_options
def variants(performance: bool, days: int | None, as_json: bool, **given: Any) -> None:
    """Every generated variant: file, hash, duration, state, decision, and how it does."""
    if days and not performance:
        raise click.UsageError("--days goes with --performance.")
    session, output, _ = start(given, as_json=as_json)
    session.workspace  # noqa: B018 - checks the workspace file
    found = workflow.variants(session)
    told = figures.performance(session, days or figures.DAYS, verdicts(session)) if performance else None
    of = [(one, told.found.get(figures.name_of(one)) if told else None) for one in found]
    if as_json:
        documents = [one.document(known.document() if known else None) for one, known in of]
        asked = {"figures": told.document()} if told else {}
        output.document({"format_version": FORMAT, **asked, "variants": documents})
        return
    currency = session.workspace.file.account.currency
    for one, known in of:
        output.text(_line(one.document()))
        if told:
            why = told.why_not(figures.name_of(one))
            output.text(f"    {in_words(known.document(), currency) if known else f'no figures: {why}'}")
    output.text(f"{len(found)} variants.")
    if told and told.span:
        output.text(f"Figures from {told.span.first} to {told.span.last}, whole days in {told.zone}.")


def _line(one: dict[str, Any]) -> str:
    seconds = f"{one['duration_seconds']:.1f} s" if one["duration_seconds"] is not None else "-"
    where = clean(one["file"] or f"task {one['task_id'] or '-'}")
    head = f"{one['refresh']} g{one['generation']} variant {one['variant']}"
    return f"{head}  {one['state']}  {seconds}  approval {one['approval']}  {where}"


def _decide(decision: Decision, address: str, slots: tuple[int, ...], given: dict[str, Any]) -> None:
    everything, by, note, as_json = (given.pop(name) for name in ("everything", "by", "note", "as_json"))
    if bool(slots) == everything:
        raise click.UsageError("Name the variants, or give --all.")
    session, output, _ = start(given, as_json=as_json)
    session.workspace  # noqa: B018 - checks the workspace file
    paths = workflow.decide(session, parse(address), slots, decision, by, note)
    if as_json:
        output.document({"format_version": FORMAT, "decision": decision, "files": paths})
        return
    for path in paths:
        output.text(f"{decision}: {path}")
    output.text("Commit the files: they are the only truth about approval.")


def _options(command: Any) -> Any:
    for option in (
        click.argument("address", shell_complete=addresses),
        click.argument("slots", nargs=-1, type=int, metavar="[VARIANT]..."),
        click.option("--all", "everything", is_flag=True, help="Every variant that is ready."),
        click.option("--by", metavar="NAME", help="Who decides; default: git's user.name, then the login."),
        click.option("--note", metavar="TEXT", help="Why."),
        _JSON,
        global_options,
    )[::-1]:
        command = option(command)
    return command


@click.command("approve")
@_options
def approve(address: str, slots: tuple[int, ...], **given: Any) -> None:
    """Approve variants of the refresh ADDRESS; the decision binds to the bytes of the file."""
    _decide("approved", address, slots, given)


@click.command("reject")
@_options
def reject(address: str, slots: tuple[int, ...], **given: Any) -> None:
    """Reject variants of the refresh ADDRESS."""
    _decide("rejected", address, slots, given)
