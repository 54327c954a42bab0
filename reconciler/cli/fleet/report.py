"""`fleet report`: a page, a document or metrics of every account, from what is known here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from reconciler.cli.fleet.desk import Desk, desk, json_option, selection
from reconciler.cli.fleet.look import unheard
from reconciler.cli.main import folder_of, global_options
from reconciler.errors import Finding, Invalid
from reconciler.fleet import driver, execute, run
from reconciler.fleet.galleries import waits, write_gallery
from reconciler.fleet.report import details
from reconciler.fleet.report import report as made_of
from reconciler.fleet.run import Result
from reconciler.manifest import paths
from reconciler.manifest.whole import put
from reconciler.render.fleet_page import account_pages, fleet_page
from reconciler.render.json import FORMAT
from reconciler.render.prometheus import metrics
from reconciler.text import clean
from reconciler.workflow.signals import Signals


@click.command("report")
@selection
@click.option(
    "--html",
    "page",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write DIR/index.html, and a page an account.",
)
@click.option("--metrics", "numbers", metavar="FILE", type=click.Path(path_type=Path), help="Write Prometheus text.")
@json_option
@global_options
def report(page: Path | None, numbers: Path | None, as_json: bool, **given: Any) -> int:
    """What the last apply, plan and look for drift of every account came to, and what is open in it. No network."""
    if not (page or numbers or as_json):
        raise click.UsageError("fleet report takes --html DIR, --metrics FILE or --json.")
    one = desk(given, as_json=as_json)
    with Signals(one.output.notice) as signals:
        services = one.services(signals, "report")
        found = driver.carry_out(services, one.chosen, "status", unheard, through=True)
    document = made_of(services, one.chosen, found)
    if page:
        _write_pages(one, services, found, document, page)
    if numbers:
        _write(one, numbers, metrics(document))
    for name in (page and page / "index.html", numbers):
        if name and not as_json:
            one.output.text(str(name))
    if as_json:
        one.output.document({"format_version": FORMAT, **document})
    return run.exit_code(found)


def _write_pages(
    one: Desk, services: execute.Services, found: Sequence[Result], document: dict[str, Any], page: Path
) -> None:
    """The first page last: it links to the others, and to a gallery for each account with variants to decide about."""
    out, more = folder_of(one.options) / page, details(services, one.chosen)
    for account, row in zip(one.chosen, found, strict=True):
        if waits(row.status):
            wrong = write_gallery(services, account, out / "accounts" / account.name / "gallery")
            more[account.name]["gallery"] = wrong is None
            if wrong is not None:
                one.output.notice(clean(f"{account.name}: no gallery: {wrong}"))
    try:
        for name, text in account_pages(document, more):
            paths.write(one.world.files, out, name, text.encode(errors="backslashreplace"))
    except OSError as error:
        raise _unwritten(page, error) from None
    _write(one, page / "index.html", fleet_page(document))


def _write(one: Desk, name: Path, text: str) -> None:
    """Whole or not at all: who collects metrics may read at any moment. Raises Invalid (R807)."""
    path, files = folder_of(one.options) / name, one.world.files
    try:
        files.make_folder(path.parent)
        put(files, path, text.encode(errors="backslashreplace"))
    except OSError as error:
        raise _unwritten(name, error) from None


def _unwritten(name: Path, error: OSError) -> Invalid:
    return Invalid(Finding("R807", f"cannot write {name}: {error.strerror or error}", hint="name another place"))
