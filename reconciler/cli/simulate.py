"""`reconciler simulate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from reconciler.cli.main import global_options, options_of
from reconciler.contracts.registry import CONTRACTS
from reconciler.errors import Finding, Invalid


def _announce(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@click.command("simulate")
@click.option(
    "--contract", type=click.Choice(list(CONTRACTS)), default="openapi", show_default=True, help="What it speaks."
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--data", type=click.Path(dir_okay=False, path_type=Path), help="Keep everything in this SQLite file.")
@click.option("--seed", type=int, default=0, help="Same seed, same ids and figures.")
@click.option("--speed", type=click.FloatRange(min=0), default=1.0, help="How fast its clock runs.")
@click.option("--faults", type=click.Path(dir_okay=False, path_type=Path), help="A list of faults, YAML or JSON.")
@click.option(
    "--set", "switches", multiple=True, metavar="SWITCH=VALUE", help="How it behaves; a wrong name lists all."
)
@global_options
def command(
    contract: str,
    port: int,
    data: Path | None,
    seed: int,
    speed: float,
    faults: Path | None,
    switches: tuple[str, ...],
    **given: Any,
) -> None:
    """Run the API simulator on 127.0.0.1 until it is stopped. The first line on stdout is {"url": …}."""
    from reconciler.simulator import SimulatorUsage, run

    options_of(given)
    for switch in switches:
        if "=" not in switch:
            raise click.UsageError(f"--set takes SWITCH=VALUE, not {switch!r}.")
    pairs = dict(switch.split("=", 1) for switch in switches)
    try:
        run(port, data, seed, speed, faults, pairs, contract, _announce)
    except SimulatorUsage as error:
        raise Invalid(Finding("R901", str(error), hint="see `reconciler simulate --help`")) from None
