"""`reconciler recover`."""

from __future__ import annotations

import sys
from typing import Any

import click

from reconciler.cli.addresses import addresses
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.render.json import FORMAT
from reconciler.text import clean
from reconciler.workflow import recover as workflow
from reconciler.workflow.recover import Case, Decisions
from reconciler.workflow.signals import Signals


@click.command("recover")
@click.option(
    "--adopt",
    multiple=True,
    shell_complete=addresses,
    metavar="ADDRESS=ID",
    help="The object ID is what the lost write made.",
)
@click.option(
    "--absent", multiple=True, shell_complete=addresses, metavar="ADDRESS", help="The lost write made nothing."
)
@click.option(
    "--resubmit",
    multiple=True,
    shell_complete=addresses,
    metavar="ADDRESS",
    help="Pay again for variants that expired or failed.",
)
@click.option("--ignore-video", "ignore", multiple=True, metavar="ID", help="This refreshed video is not ours.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(as_json: bool, **given: Any) -> int:
    """List writes of unknown outcome with the evidence, and take decisions about them. Changes nothing live."""
    decisions = Decisions(*(given.pop(name) for name in ("adopt", "absent", "resubmit", "ignore")))
    if any("=" not in one for one in decisions.adopt):
        raise click.UsageError("--adopt takes ADDRESS=ID.")
    session, output, options = start(given, as_json=as_json)
    decided = any((decisions.adopt, decisions.absent, decisions.resubmit, decisions.ignore))
    asking = sys.stdin.isatty() and not options["no_input"] and not decided and not as_json
    with Signals(output.notice) as signals:
        signals.world(session.world)
        result = workflow.recover(session, decisions, signals.stopped, _ask if asking else None)
    if as_json:
        cases = [case.document() for case in result.open]
        output.document({"format_version": FORMAT, "open": cases, "decided": result.decided})
        return result.exit_code
    for line in result.decided:
        output.text(f"Decided: {clean(line)}.")
    for case in result.open:
        output.text(_text(case))
    output.text(f"{len(result.open)} writes of unknown outcome." if result.open else "Nothing is open.")
    return result.exit_code


def _text(case: Case) -> str:
    row = case.document()
    lines = [f"  ! {row['op']} {row['address']}, sent {row['sent_at']}: {clean(row['why'] or 'no reply was recorded')}"]
    lines += [f"      {path} {clean(str(value))}" for path, value in row["sent"].items()]
    for one in case.seen:
        lines.append(f"      seen: {one['id']} {clean(str(one['name']))!r}, created {clean(str(one['created']))}")
    if not case.seen:
        lines.append("      seen: nothing that could be it")
    address = row["address"]
    lines.append(
        f"      → --adopt {address}=ID if it is one of these, --absent {address} after {row['settles_at']} if not"
    )
    return "\n".join(lines)


def _ask(case: Case) -> str:
    sys.stderr.write(_text(case) + "\n")
    try:
        return str(click.prompt("An id to adopt, `absent`, or nothing to leave it open", default="", err=True)).strip()
    except click.Abort:
        raise KeyboardInterrupt from None
    except (OSError, ValueError):
        return ""  # the terminal has gone, or sent what is no text: it stays open
