"""`reconciler lookup`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.contracts.lookups import LOOKUPS
from reconciler.render.json import FORMAT
from reconciler.text import clean
from reconciler.workflow import lookup as workflow


@click.command("lookup")
@click.argument("what", type=click.Choice(list(LOOKUPS)), metavar="WHAT")
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@global_options
def command(what: str, text: str | None, as_json: bool, **given: Any) -> int:
    """Find ids by name, printed as the lines that a manifest takes.

    WHAT is one of locations, languages, interests, identities, pixels, apps, audiences, videos, images. With TEXT only
    what is called so, holds it in its name or, where nothing does, is spelt alike.
    """
    session, output, _ = start(given, as_json=as_json)
    found = workflow.lookup(session, what, text)
    if as_json:
        output.document({"format_version": FORMAT, **found.document()})
        return 0
    if found.hits:
        apart = "\n\n" if any(len(one.lines) > 1 for one in found.hits) else "\n"
        output.text(apart.join([f"# {found.where}", *(_lines(one) for one in found.hits)]))
    output.note(_summary(found, text))
    if found.cut:
        output.notice(f"The API shows no more than {found.total} {what}: there may be older ones.")
    return 0


def _lines(one: workflow.Hit) -> str:
    unused = f"# {clean(one.named.name)} ({clean(one.named.id)}): no manifest can use it"
    return "\n".join(one.lines) if one.lines else unused


def _summary(found: workflow.Hits, text: str | None) -> str:
    """How many, and how well they match."""
    count, lookup = len(found.hits), found.lookup
    sort = lookup.one if count == 1 else lookup.what
    if text is None:
        return f"{count} {sort}."
    if not count:
        return f'No {lookup.one} of {found.total} is called "{text}" or nearly so.'
    if found.hits[0].match == "alike":
        return f'No {lookup.one} is called "{text}"; spelt alike: {count} of {found.total}.'
    return f"{count} {sort} of {found.total}."
