"""`reconciler demo`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.main import global_options, options_of
from reconciler.cli.output import Output
from reconciler.contracts.registry import CONTRACTS
from reconciler.workflow import demo as workflow


@click.command("demo")
@click.argument("what", type=click.Choice(["fleet"]), required=False)
@click.option(
    "--contract",
    type=click.Choice(list(CONTRACTS)),
    default="smart_plus",
    show_default=True,
    help="How the API speaks.",
)
@click.option("--keep", is_flag=True, help="Leave the temporary folder, and say where it is.")
@global_options
def command(what: str | None, contract: str, keep: bool, **given: Any) -> int:
    """Run the whole story on the simulator in a temporary folder, showing every command.

    With `fleet`: thirty ad accounts with one command.
    """
    options_of(given)
    output = Output(json=False, color=False)
    return workflow.demo(output.text, contract=what or contract, keep=keep)
