"""`reconciler drift`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from reconciler.cli.addresses import addresses
from reconciler.cli.ci import ci_option, reported
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.errors import Refused
from reconciler.render.edit import edit
from reconciler.render.json import FORMAT
from reconciler.render.rows import value
from reconciler.text import clean
from reconciler.workflow import accept as accepting
from reconciler.workflow import drift as workflow
from reconciler.workflow.accept import Accepted
from reconciler.workflow.drift import Drifted
from reconciler.workflow.sources import Proposal


@click.command("drift")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there is drift.")
@click.option(
    "--accept",
    multiple=True,
    shell_complete=addresses,
    metavar="ADDRESS[:FIELD]",
    help="Write what is live into the manifest, and remember it as applied; may be given several times.",
)
@ci_option
@global_options
def command(as_json: bool, detailed_exitcode: bool, accept: tuple[str, ...], ci: str | None, **given: Any) -> int:
    """Show what others changed or deleted since the last apply, and what can be done about it."""
    if accept:
        if ci or detailed_exitcode:
            raise click.UsageError("--accept goes with neither --ci nor --detailed-exitcode: run drift again after it")
        return _accept(accept, given, as_json=as_json)
    with reported(ci, "drift", given) as job:
        session, output, _ = start(given, as_json=as_json)
        if job:
            job.begin(session)
        found = workflow.drift(session)
        if job:
            job.drifted(session, found)
    gone = sum(one.gone for one in found)
    if as_json:
        summary = {"drifted": len(found) - gone, "gone": gone}
        output.document({"format_version": FORMAT, "drift": [_drift_json(one) for one in found], "summary": summary})
    elif found:
        for one in found:
            output.text(_drift_text(one, session.workspace.file.account.currency))
        output.text(
            f"Drift: {len(found) - gone} changed, {gone} gone. `reconciler plan` shows what an apply would do about it,"
            " `reconciler drift --accept ADDRESS` takes it over."
        )
    else:
        output.text("No drift. The account is as it was last applied.")
    return 2 if detailed_exitcode and found else 0


def _accept(asked: Sequence[str], given: dict[str, Any], *, as_json: bool) -> int:
    session, output, _ = start(given, as_json=as_json)
    found = accepting.accept(session, asked)
    currency = session.workspace.file.account.currency
    if as_json:
        rows = [_accepted_json(one) for one in found.accepted]
        errors = {"errors": [one.as_json() for one in found.left]} if found.left else {}
        output.document({"format_version": FORMAT, "accepted": rows, **errors})
    else:
        for one in found.accepted:
            old, new = (clean(value(each, currency)) for each in (one.field.desired, one.field.live))
            place = f"  {edit(one.way.edit)}" if one.way.edit else "  (its manifest said so already)"
            output.text(f"  ✓ {one.address} {one.field.path}  {old} → {new}{place}")
        if found.left:
            output.errors(Refused(many=found.left))
        if not found.accepted and not found.left:
            output.text("Nothing to accept: nobody has changed it since the last apply.")
    return Refused.exit_code if found.left else 0


def _accepted_json(one: Accepted) -> dict[str, Any]:
    return {"address": str(one.address), "live": one.field.live, **one.way.document()}


def _drift_json(one: Drifted) -> dict[str, Any]:
    return {
        "address": str(one.address),
        "id": one.id,
        "fields": [field._asdict() for field in one.fields],
        "modified_at": one.modified_at,
        "gone": one.gone,
        "sides": one.sides,
        "source": one.source.as_json() if one.source else None,
        "revert": one.revert._asdict(),
        "take_over": [way.document() for way in one.take_over],
        "ignore": [way.document() for way in one.ignore],
    }


def _drift_text(one: Drifted, currency: str | None) -> str:
    if one.doubted:
        return f"  ! {one.address} is not listed at the moment\n      {clean(one.revert.why or '')}\n"
    when = f", modified {clean(one.modified_at)} UTC" if one.modified_at else ""
    lines = [f"  ! {one.address} is gone" if one.gone else f"  ~ {one.address} was changed in the account{when}"]
    for field, take_over, ignore in zip(one.fields, one.take_over, one.ignore, strict=True):
        same = type(field.live)(field.applied) if isinstance(field.live, str) and field.applied else field.applied
        applied, live = clean(value(same, currency)), clean(value(field.live, currency))
        too = ""
        if one.sides[field.path] == "both":
            too = f"  (edited in the manifest, too: {clean(value(field.desired, currency))})"
        lines.append(f"      {field.path}  {applied} → {live}{too}")
        lines += [
            f"        to take it over: {proposed(take_over)}",
            f"        to leave it to others: {proposed(ignore)}",
        ]
    lines.append(f"      to {'make it anew' if one.gone else 'put it back'}: {clean(one.revert.command or _no(one))}")
    if one.gone and one.source:
        lines.append(f"      to let it go: remove its manifest, {clean(str(one.source))}")
    return "\n".join([*lines, ""])


def _no(one: Drifted) -> str:
    return f"not possible; {one.revert.why}"


def proposed(way: Proposal) -> str:
    """A line to write, with its place, or why there is none."""
    return edit(way.edit) if way.edit else f"not possible; {clean(way.why or '')}"
