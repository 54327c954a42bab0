"""`reconciler unmanaged`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render.json import FORMAT
from reconciler.render.table import table
from reconciler.workflow import unmanaged as workflow
from reconciler.workflow.unmanaged import Unmanaged

_HEAD = ("KIND", "ID", "NAME", "PARENT", "STATUS", "BUDGET")


@click.command("unmanaged")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(as_json: bool, **given: Any) -> None:
    """List the live objects that no manifest declares; they count in guard rails and are never written."""
    session, output, _ = start(given, as_json=as_json)
    found = workflow.unmanaged(session)
    if as_json:
        output.document({"format_version": FORMAT, "unmanaged": [one.document() for one in found]})
    elif found:
        right = [name == "BUDGET" for name in _HEAD]
        output.text(table(_HEAD, [_row(one) for one in found], right, bold=output.color))
        output.text(
            '\n`reconciler pull` writes manifests for them; `adopt: "ID"` beside the name of a manifest takes one over.'
        )
    else:
        output.text("Every live object of the account is declared in a manifest.")


def _row(one: Unmanaged) -> list[str]:
    told = {**one.document(), "parent": str(one.holder) if one.holder else one.live.parent}
    return [told[name.lower()] or "-" for name in _HEAD]
