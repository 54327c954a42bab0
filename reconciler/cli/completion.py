"""`reconciler completion`."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import get_completion_class

from reconciler.cli.main import cli, global_options, options_of
from reconciler.cli.output import Output

_SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@global_options
def command(shell: str, **given: Any) -> None:
    """Print the script that completes commands, options and addresses in SHELL: bash, zsh or fish.

    Addresses come from the manifests and the lockfile of the workspace, without the network.
    """
    options_of(given)
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"No completion is known for {shell}.")
    Output(json=False, color=False).text(made(cli, {}, "reconciler", "_RECONCILER_COMPLETE").source().strip())
