"""`reconciler init`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.main import global_options, options_of
from reconciler.cli.output import Output
from reconciler.contracts.registry import CONTRACTS
from reconciler.workflow import init as workflow


@click.command("init")
@click.option("--contract", type=click.Choice(list(CONTRACTS)), default="openapi", help="How the API speaks.")
@global_options
def command(contract: str, **given: Any) -> None:
    """Make a workspace that validates, in this folder or with -C in another."""
    root: Path = options_of(given)["chdir"] or Path()
    root.mkdir(parents=True, exist_ok=True)
    output = Output(json=False, color=False)
    for name in workflow.init(root, contract):
        output.text(f"  + {name}")
    output.text("Next: set the advertiser_id in reconciler.yaml, then `reconciler validate` and `reconciler plan`.")
