"""`reconciler explain CODE`, and with an address what `cli/why.py` does."""

from __future__ import annotations

import difflib
from typing import Any

import click

from reconciler.cli.main import global_options, options_of
from reconciler.cli.output import Output
from reconciler.codes import CODES
from reconciler.errors import Finding, Invalid


@click.command("explain")
@click.argument("code", metavar="CODE|ADDRESS")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(code: str, as_json: bool, **given: Any) -> None:
    """Say what CODE (such as R701) means and what to do, or why a plan decides as it does about ADDRESS."""
    if "/" in code:
        from reconciler.cli.why import explain

        explain(code, as_json=as_json, given=given)
        return
    options_of(given)
    name = code.upper()
    if name not in CODES:
        near = difflib.get_close_matches(name, CODES, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "codes look like R701"
        raise Invalid(Finding("R901", f'no code is named "{code}"', hint=hint))
    title, text = CODES[name]
    output = Output(json=as_json, color=False)
    if as_json:
        output.document({"format_version": "1.0", "code": name, "title": title, "text": text})
    else:
        output.text(f"{name}: {title}\n\n{text}")
