"""`fleet report`: a page, a document or metrics of every account, from what is known here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.fleet.desk import Desk, desk, json_option, selection
from reconciler.cli.main import folder_of, global_options
from reconciler.errors import Finding, Invalid
from reconciler.fleet import driver, run
from reconciler.fleet.report import report as made_of
from reconciler.render.fleet_page import fleet_page
from reconciler.render.json import FORMAT
from reconciler.render.prometheus import metrics
from reconciler.workflow.signals import Signals


@click.command("report")
@selection
@click.option("--html", "page", metavar="DIR", type=click.Path(path_type=Path), help="Write a page, DIR/index.html.")
@click.option("--metrics", "numbers", metavar="FILE", type=click.Path(path_type=Path), help="Write Prometheus text.")
@json_option
@global_options
def report(page: Path | None, numbers: Path | None, as_json: bool, **given: Any) -> int:
    """The last apply of every account and what is open in it. No network."""
    if not (page or numbers or as_json):
        raise click.UsageError("fleet report takes --html DIR, --metrics FILE or --json.")
    one = desk(given, as_json=as_json)
    with Signals(one.output.notice) as signals:
        services = one.services(signals, "report")
        found = driver.carry_out(services, one.chosen, "status", lambda _: None, through=True)
    document = made_of(services, one.chosen, found)
    if page:
        _write(one, page / "index.html", fleet_page(document))
    if numbers:
        _write(one, numbers, metrics(document))
    if as_json:
        one.output.document({"format_version": FORMAT, **document})
    return run.exit_code(found)


def _write(one: Desk, name: Path, text: str) -> None:
    """Whole or not at all: who collects metrics may read at any moment. Raises Invalid (R807)."""
    path, files = folder_of(one.options) / name, one.world.files
    try:
        files.make_folder(path.parent)
        fresh = path.with_name(f"{path.name}.tmp")
        files.write(fresh, text.encode(errors="backslashreplace"))
        files.rename(fresh, path)
    except OSError as error:
        message = f"cannot write {name}: {error.strerror or error}"
        raise Invalid(Finding("R807", message, hint="name another place")) from None
    if not one.output.json:
        one.output.text(str(name))
