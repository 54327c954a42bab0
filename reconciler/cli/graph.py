"""`reconciler graph`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render import graph as render


@click.command("graph")
@click.option(
    "--format",
    "form",
    type=click.Choice(render.GRAPH_FORMATS),
    default="text",
    show_default=True,
    help="text, a Mermaid flowchart (forges draw it), or DOT for Graphviz.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(form: render.GraphFormat, as_json: bool, **given: Any) -> None:
    """Show what refers to what: ads to ad groups and videos, ad groups to campaigns. Needs no network."""
    session, output, _ = start(given, as_json=as_json)
    desired, _ = session.desired_here()
    if as_json:
        output.document(render.document(desired))
    else:
        output.text(render.graph(desired, form))
