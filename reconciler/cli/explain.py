"""`reconciler explain CODE`: our codes (R701) and the API's return codes (40105); with an address `cli/why.py`."""

from __future__ import annotations

import difflib
from typing import Any

import click

from reconciler.api.phrases import PHRASES, TOLD
from reconciler.api.returned import RETURNED, Verdict
from reconciler.cli.addresses import addresses
from reconciler.cli.main import global_options, options_of
from reconciler.cli.output import Output
from reconciler.codes import CODES
from reconciler.errors import Finding, Invalid

_WRITES: dict[Verdict, str] = {
    "done": "A write with this code was done",
    "rejected": "A write with this code was not done",
    "throttled": "A write with this code was not looked at and is sent again after a pause",
    "credentials": "A write with this code was not done, and the run ends with exit code 4",
    "unknown": "A write with this code may or may not have been done: nothing is sent again until the account shows it",
}
_READS: dict[Verdict, str] = {
    "done": "a read has its answer",
    "rejected": "a read is not asked again",
    "throttled": "so is a read",
    "credentials": "a read ends it, too",
    "unknown": "a read is asked again a few times",
}


@click.command("explain")
@click.argument("code", metavar="CODE|ADDRESS", shell_complete=addresses)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(code: str, as_json: bool, **given: Any) -> None:
    """Say what CODE (R701, or the API's 40105) means, or why a plan decides as it does about ADDRESS."""
    if "/" in code:
        from reconciler.cli.why import explain

        explain(code, as_json=as_json, given=given)
        return
    options_of(given)
    output = Output(json=as_json, color=False)
    if code.isascii() and code.isdigit():
        _returned(int(code[:12]), output)
        return
    name = code.upper()
    if name not in CODES:
        near = difflib.get_close_matches(name, CODES, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "codes look like R701, those of the API like 40105"
        raise Invalid(Finding("R901", f'no code is named "{code}"', hint=hint))
    title, text = CODES[name]
    if as_json:
        output.document({"format_version": "1.0", "code": name, "title": title, "text": text})
    else:
        output.text(f"{name}: {title}\n\n{text}")


def _returned(code: int, output: Output) -> None:
    known = RETURNED.get(code)
    if known is None:
        hint = "a write with it is taken as of unknown outcome; the API's support knows more by the request_id"
        raise Invalid(Finding("R901", f"no return code {code} of the API is known", hint=hint))
    text = f"{known.means} {known.advice}"
    for phrase, one in PHRASES if code in TOLD else ():
        text += f'\n\nWith "{phrase}" in its message: {one.title}. {one.means} {one.advice}'
    if output.json:
        verdicts = {"write": known.write, "read": known.read}
        output.document({"format_version": "1.0", "code": str(code), "title": known.title, "text": text, **verdicts})
    else:
        output.text(f"{code} (the API's): {known.title}\n\n{text}\n\n{_WRITES[known.write]}; {_READS[known.read]}.")
