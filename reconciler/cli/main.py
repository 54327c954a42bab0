"""The group, its global options, and the one place that turns errors into exit codes.

Commands are loaded when they are called, so that `--help` and `--version` import neither requests nor pydantic.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reconciler import __version__
from reconciler.cli import streams
from reconciler.cli.output import Output

if TYPE_CHECKING:
    from reconciler.world import World

# Command → (module, what it does). The texts stand here so that `--help` loads no command.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("init", "Make a workspace that validates."),
    "validate": ("validate", "Check everything that needs no network."),
    "render": ("render", "Show what the manifests come to: matrix, modules, vars and defaults put in."),
    "plan": ("plan", "Show what an apply would change; sends nothing but GET."),
    "show": ("show", "Show a saved plan, in any format; needs no network."),
    "apply": ("apply", "Make the account match the manifests."),
    "halt": ("halt", "Stop every run, also those under way, before its next write."),
    "resume": ("halt", "Lift a halt."),
    "drift": ("drift", "Show what others changed since the last apply."),
    "unmanaged": ("unmanaged", "List live objects that no manifest declares."),
    "status": ("status", "Show writes and tasks that are still open."),
    "advance": ("advance", "Go on with refresh tasks that are on their way."),
    "consent": ("consent", "Show the notice before uploads, and record who accepted it."),
    "variants": ("variants", "Show generated variants."),
    "approve": ("variants", "Approve generated variants."),
    "reject": ("variants", "Reject generated variants."),
    "renew": ("renew", "Say which refreshes are due for new variants; sends nothing but GET."),
    "decide": ("decide", "Write what a comment of a pull request decides about variants; in its job only."),
    "gallery": ("gallery", "Build the page for watching variants and deciding."),
    "recover": ("recover", "Settle writes of unknown outcome."),
    "pull": ("pull", "Take over what is live: write manifests for it and bind them."),
    "adopt": ("adopt", "Bind a live object to a manifest."),
    "report": ("report", "Show performance figures of the account."),
    "lookup": ("lookup", "Find ids by name, as the lines that a manifest takes."),
    "audiences": ("report", "List the account's custom audiences."),
    "doctor": ("doctor", "Check workspace, token, permissions, account and limits."),
    "state": ("state", "Look at the lockfile, or correct it by hand."),
    "fleet": ("fleet", "Do the same in many ad accounts of one developer app."),
    "history": ("history", "Show who did what, when, and how it ended."),
    "explain": ("explain", "Say what a code means, or why a plan decides so about an address."),
    "fmt": ("fmt", "Write manifests in one style; --check only looks."),
    "graph": ("graph", "Show what refers to what."),
    "completion": ("completion", "Print the script that completes commands and addresses in a shell."),
    "schema": ("schema", "Print or write the JSON Schemas for editors."),
    "simulate": ("simulate", "Run the built-in API simulator on this machine."),
    "demo": ("demo", "Show the whole story on the simulator, in a temporary folder."),
}
_GLOBAL = ("chdir", "base_url", "dangerous_api_host", "no_color", "no_input", "quiet", "verbose")


def global_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that are taken before and after the command's name."""
    for option in reversed(
        (
            click.option("-C", "--chdir", metavar="DIR", type=click.Path(path_type=Path), help="Start in this folder."),
            click.option("--base-url", metavar="URL", help="Instead of api.base_url of the workspace file."),
            click.option("--dangerous-api-host", metavar="HOST", help="Send the token to this host, too."),
            click.option("--no-color", is_flag=True, help="No colours (also: NO_COLOR)."),
            click.option("--no-input", is_flag=True, help="Never ask."),
            click.option("-q", "--quiet", is_flag=True, help="No progress."),
            click.option("-v", "--verbose", is_flag=True, help="Every request, on stderr."),
        )
    ):
        command = option(command)
    return command


class Lazy(click.Group):
    """Looks commands up in COMMANDS and loads them when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"reconciler.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name) if hasattr(module, cmd_name) else module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            raise click.UsageError(f"No command is named {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@global_options
@click.version_option(__version__, message="reconciler %(version)s")
@click.pass_context
def cli(ctx: click.Context, /, **options: Any) -> None:
    """Ads as code for TikTok: declare campaigns in YAML, review a plan, apply it."""
    ctx.obj = {**options, **(ctx.obj or {})}


def options_of(given: dict[str, Any]) -> dict[str, Any]:
    """Take the global options out of a command's own: those after its name win over those before."""
    before: dict[str, Any] = click.get_current_context().find_root().obj or {}
    after = {name: given.pop(name) for name in _GLOBAL}
    return {name: after[name] or before.get(name) for name in _GLOBAL}


def folder_of(options: dict[str, Any]) -> Path:
    """The folder where somebody stands, absolute. Raises Invalid where the working directory was deleted."""
    from reconciler.errors import Finding, Invalid

    folder: Path = options["chdir"] or Path()
    try:
        return folder.absolute()
    except OSError as error:
        message = f"the working directory cannot be used: {error.strerror}"
        hint = "it was deleted or moved: change into another folder, or name one with -C and its full path"
        raise Invalid(Finding("R404", message, hint=hint)) from error


def world_told() -> World | None:
    """The World that the caller of `main` named."""
    told: dict[str, Any] = click.get_current_context().find_root().obj or {}
    return told.get("world")


def main(arguments: Sequence[str] | None = None, world: World | None = None) -> None:
    """The console script. Exits with the code that tells the truth. `world`: instead of the system's own."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    # A command makes many objects that live to its end and few cycles: collect rarely.
    gc.set_threshold(500_000, 50, 100)
    # No package beside ours sees what is validated here; to look for one costs a tenth of a start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    streams.install()
    # A reading command ends at once; apply and its kin take the signals over while they run.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    output = Output(json="--json" in argv, color=in_color(refused="--no-color" in argv))
    code = _run(argv, output, world)
    if why := streams.lost():
        output.notice(f"The answer could not be written: {why}. The exit code tells how the command ended.")
    if arguments is None and all(one.daemon or one is threading.main_thread() for one in threading.enumerate()):
        _leave(code)
    # Whatever another thread is at, it may end it.
    sys.exit(code)


def _leave(code: int) -> None:
    """End the process. What was printed is written, and what asked to be told is told; the rest goes with the process:
    to take it apart, object by object, would cost a small command a sixteenth of its time."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        # One that a caller has put there may have a buffer.
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _run(argv: list[str], output: Output, world: World | None) -> int:
    from reconciler.errors import Finding, Invalid, ReconcilerError, of_system

    try:
        _refuse_empty(argv)
        result = cli.main(argv, prog_name="reconciler", standalone_mode=False, obj={"world": world})
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        output.notice(error.format_message())
        return 3
    except click.ClickException as error:
        where = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "reconciler"
        output.errors(Invalid(Finding("R901", " ".join(error.format_message().split()), hint=f"see `{where} --help`")))
        return 3
    except ReconcilerError as error:
        output.errors(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        told = of_system(error)
        if told is not None:
            output.errors(told)
            return told.exit_code
        output.bug(error)
        return 70


def _refuse_empty(argv: Sequence[str]) -> None:
    """An empty word is a variable of the shell that is not set, and must not count as an option that was left out:
    `--base-url "$STAGING"` would go to production, `pull --under "$ID"` take the whole account."""
    for number, word in enumerate(argv):
        option, equals, value = word.partition("=")
        if not word and number and argv[number - 1].startswith("-"):
            raise click.UsageError(f"{argv[number - 1]} has an empty value. Is a variable of the shell not set?")
        if not word:
            raise click.UsageError("An argument is empty. Is a variable of the shell not set?")
        if option.startswith("--") and equals and not value:
            raise click.UsageError(f"{option} has an empty value. Is a variable of the shell not set?")


def in_color(*, refused: bool) -> bool:
    """Whether the answer may be coloured. `refused`: --no-color was given."""
    plain = refused or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and sys.stdout.isatty()
