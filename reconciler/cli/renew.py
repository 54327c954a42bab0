"""`reconciler renew`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from reconciler.cli.addresses import addresses
from reconciler.cli.ci import reported
from reconciler.cli.main import global_options
from reconciler.cli.output import Output
from reconciler.cli.start import start
from reconciler.plan.due import conditions
from reconciler.render.json import FORMAT
from reconciler.render.renewal import Cost, lines
from reconciler.text import clean
from reconciler.workflow import renew as workflow
from reconciler.workflow.proposal_branch import propose
from reconciler.workflow.renew import Due, Manual, Proposed


@click.command("renew")
@click.argument("address", required=False, shell_complete=addresses)
@click.option("--target", multiple=True, metavar="GLOB", shell_complete=addresses, help="Only these refreshes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--write", is_flag=True, help="Write a Renewal for each step that is due.")
@click.option("--as-of", metavar="DAY", help="Look as on this day: YYYY-MM-DD.")
@click.option("--step", type=click.IntRange(min=0), metavar="N", help="Take ADDRESS to this step, by a person's word.")
@click.option("--by", metavar="NAME", help="Who decides; default: git's user.name, then the login.")
@click.option("--reason", metavar="TEXT", help="Why; needed with --step.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when a step is due.")
@click.option(
    "--ci",
    type=click.Choice(["github", "gitlab"]),
    help="Keep one pull request with what is due; in a job of it only.",
)
@global_options
def command(
    address: str | None,
    target: tuple[str, ...],
    step: int | None,
    ci: str | None,
    **given: Any,
) -> int:
    """Say which refreshes are due for new variants, by figures, age and calendar. Sends nothing but GET."""
    names = ("as_json", "write", "as_of", "by", "reason", "detailed_exitcode")
    as_json, write, as_of, by, reason, detailed = (given.pop(name) for name in names)
    if step is not None and (address is None or target or as_of or not (reason or "").strip()):
        raise click.UsageError("--step takes one ADDRESS and --reason TEXT, and neither --target nor --as-of.")
    if step is None and (by or reason):
        raise click.UsageError("--by and --reason go with --step.")
    with reported(ci, "renew", given) as job:
        session, output, _ = start(given, as_json=as_json)
        if job:
            job.begin(session)
        if step is not None:
            found = workflow.by_hand(session, Manual(str(address), step, by, str(reason)))
        else:
            found = workflow.renew(session, [address] if address else target, as_of, write=write or job is not None)
        if job:
            told = ["\n".join(map(clean, _lines(one, found))) for one in found.steps]
            # What could not be read closes none.
            if told or found.unread is None:
                job.keep_renewal(session, propose(session, found), told)
            job.renewed(told, found.unread)
    _show(found, output, as_json=as_json, wrote=any(one.file for one in found.proposals))
    if found.unread is not None:
        return found.unread.exit_code
    return 2 if detailed and found.steps else 0


def _show(found: Due, output: Output, *, as_json: bool, wrote: bool) -> None:
    errors = found.unread.findings if found.unread else []
    if as_json:
        rows = [_json(one) for one in found.proposals]
        told = {"errors": [one.as_json() for one in errors]} if errors else {}
        last = found.last.isoformat()
        output.document({"format_version": FORMAT, "last_day": last, "refreshes": rows, **told})
        return
    for one in found.proposals:
        for line in _lines(one, found):
            output.text(clean(line))
        for line in one.shown.left_out:
            output.text(f"    {clean(line)}")
        if one.file:
            output.text(f"    written: {one.file}")
    output.text(_end(found, wrote=wrote))
    if found.unread:
        output.errors(found.unread)


def _lines(one: Proposed, found: Due) -> Iterator[str]:
    cost = Cost(one.tasks, found.month, found.most, len(one.shown.all), one.asks)
    return lines(str(one.address), one.situation, one.decision, one.hook, cost)


def _end(found: Due, *, wrote: bool) -> str:
    if not found.proposals:
        return "No refresh has a policy and variants: `spec.renew` on a CreativeRefresh is one. See docs/renewing.md."
    figures = f"Figures up to {found.last}."
    if not found.steps:
        return f"{figures} Nothing is due."
    if wrote:
        return f"{figures} Commit the files, and review the plan they make: nothing was sent."
    return f"{figures} {len(found.steps)} due. `reconciler renew --write` writes it down for review; nothing was sent."


def _json(one: Proposed) -> dict[str, Any]:
    case, decision, weighed = one.situation, one.decision, one.situation.weighed
    due = decision.state == "due"
    return {
        "address": str(one.address),
        "generation": case.entry.current.generation,
        "step": case.place[0],
        "theme": case.place[1],
        "verdict": weighed.verdict if weighed else None,
        "said": weighed.said if weighed else None,
        "conditions": conditions(case),
        "left_out": list(one.shown.left_out),
        "state": decision.state,
        "why": decision.why,
        "next": {"step": decision.step, "theme": decision.theme, "because": decision.because, "hook": one.hook,
                 "tasks": one.tasks, "ads": [ad.showing.label for ad in one.shown.all], "approval": one.asks}
        if due else None,
        "file": one.file,
    }  # fmt: skip
