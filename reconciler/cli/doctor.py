"""`reconciler doctor`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.errors import Credentials
from reconciler.render.json import FORMAT
from reconciler.text import clean
from reconciler.workflow import doctor as workflow

_COLORS = {"ok": "32", "warning": "33", "failed": "31", "skipped": "90"}
_WIDTH = max(len(state) for state in _COLORS)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(as_json: bool, **given: Any) -> int:
    """Check workspace, state, token, permissions, account and limits; say of each what to do. Changes nothing."""
    spoilt: list[Credentials] = []
    session, output, _ = start(given, as_json=as_json, spoilt=spoilt.append)
    checks = workflow.doctor(session, spoilt[0] if spoilt else None)
    counts = workflow.summary(checks)
    if as_json:
        rows = [one.document() for one in checks]
        output.document({"format_version": FORMAT, "checks": rows, "summary": counts})
        return workflow.exit_code(checks)
    names = max(len(one.name) for one in checks)
    for one in checks:
        state = one.state.ljust(_WIDTH)
        shown = f"\x1b[{_COLORS[one.state]}m{state}\x1b[0m" if output.color else state
        output.text(f"{shown}  {one.name.ljust(names)}  {clean(one.message)}")
        margin = " " * (_WIDTH + names + 4)
        if one.hint and one.state != "ok":
            output.text(f"{margin}→ {clean(one.hint)}")
        if one.request_id:
            output.text(f"{margin}request id {clean(one.request_id)}")
    output.text(", ".join(f"{count} {state}" for state, count in counts.items()) + ".")
    return workflow.exit_code(checks)
