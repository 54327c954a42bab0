"""`reconciler demo`."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.main import global_options, main, options_of
from reconciler.cli.output import Output
from reconciler.contracts.registry import CONTRACTS
from reconciler.workflow import demo as workflow

if TYPE_CHECKING:
    from reconciler.world import World


@click.command("demo")
@click.argument("what", type=click.Choice(["fleet"]), required=False)
@click.option(
    "--contract",
    type=click.Choice(list(CONTRACTS)),
    default="smart_plus",
    show_default=True,
    help="How the API speaks.",
)
@click.option(
    "--story",
    type=click.Choice(["launch", "sixty-days"]),
    default="launch",
    show_default=True,
    help="sixty-days: ads that tire, a proposal, new variants; told in contract marketing.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of sixty-days: the same seed tells the same.")
@click.option("--keep", is_flag=True, help="Leave the temporary folder, and say where it is.")
@global_options
def command(what: str | None, contract: str, story: str, seed: int, keep: bool, **given: Any) -> int:
    """Run the whole story on the simulator in a temporary folder, showing every command.

    With `fleet`: thirty ad accounts with one command.
    """
    options_of(given)
    output = Output(json=False, color=False)
    if story == "sixty-days":
        from reconciler.simulator import Simulator
        from reconciler.workflow import sixty_days as days

        begin = days.BEGIN.timestamp()
        server = Simulator(contract="marketing", seed=seed, speed=0, start=begin, switches=days.SWITCHES).start()
        try:
            return days.sixty_days(_here, output.text, server.url, keep=keep)
        finally:
            server.stop()
    return workflow.demo(output.text, contract=what or contract, keep=keep)


def _here(arguments: list[str], world: World) -> tuple[int, str]:
    """A command in this process: its exit code, and what it printed, in its order."""
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    code = 0
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            main(arguments, world)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, printed.buffer.getvalue().decode()
