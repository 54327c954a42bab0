"""`fleet approve|reject`: decide about the plans of many accounts, which `fleet apply` then carries out."""

from __future__ import annotations

import json
import os
from fnmatch import fnmatchcase
from typing import Any

import click

from reconciler.cli.fleet.desk import Desk, base_option, desk, identity, json_option
from reconciler.cli.main import folder_of, global_options
from reconciler.errors import Finding, Invalid, Refused
from reconciler.fleet import approvals, approving, history
from reconciler.fleet.governed import authors
from reconciler.fleet.plans import WHOLE
from reconciler.fleet.tokens import Tokens
from reconciler.model import OPS
from reconciler.render.json import FORMAT

_SAID = {
    approvals.APPROVED: "{} approved by {}.",
    approvals.REJECTED: "{} rejected by {}.",
    approvals.WITHDRAWN: "The rejection of {} by {} is taken back. That is no approval: theirs does not count there.",
}


def _command(name: str, verdict: str, about: str) -> click.Command:
    @click.command(name, help=about)
    @click.argument("what", metavar="DIR|RUN")
    @click.option("--by", metavar="NAME", help="Who decides; in a job of GitHub or GitLab who started it, without.")
    @click.option("--account", "names", multiple=True, metavar="GLOB", help="Only accounts of such a name.")
    @click.option("--reason", metavar="TEXT", help="Why; kept with the decision.")
    @base_option
    @json_option
    @global_options
    def made(what: str, by: str | None, reason: str | None, as_json: bool, names: tuple[str, ...], **given: Any) -> int:
        one = desk(given, as_json=as_json)
        by = _decider(by, identity(one))
        document = _document(one, what)
        rows = _chosen(document, names)
        without = Tokens(one.fleet.root, one.fleet.file.groups, os.environ).without
        by, decided = without(by), verdict
        if verdict == approvals.APPROVED:
            decided, rows = _approvable(one, rows, by)
        told = {"verdict": decided, "by": by, "reason": without(reason) if reason else None,
                "identity": identity(one), "digest": document.get("digest"), "accounts": rows}  # fmt: skip
        approvals.add(one.world, one.fleet, told)
        if as_json:
            one.output.document({"format_version": FORMAT, **told})
        else:
            one.output.text(_SAID[decided].format(f"{len(rows)} account{'s' if len(rows) != 1 else ''}", by))
        return 0

    return made


def _decider(by: str | None, who: dict[str, Any]) -> str:
    """Whose word it is. In a job that is who started it: the service has checked who they are, and `--by` has not."""
    if who["run_url"]:
        if by not in (None, who["actor"]):
            hint = "leave --by out: the job of another person is their decision"
            raise Refused(Finding("R418", f"{who['actor']} started this job and decides for nobody else", hint=hint))
        return str(who["actor"])
    if not (by or "").strip() or str(by).startswith("rule:"):
        raise click.UsageError("--by takes the name of a person or a team.")
    return str(by)


def _document(one: Desk, what: str) -> dict[str, Any]:
    """The plans of a folder, or what an apply planned and did not carry out. Raises Invalid."""
    data = one.world.files.read(folder_of(one.options) / what / WHOLE)
    if data is None:
        return history.read(one.world, one.fleet, what)
    try:
        found: dict[str, Any] = json.loads(data)
        [(row["name"], row["advertiser_id"], row["digest"], row["summary"].keys()) for row in found["accounts"]]
    except (ValueError, LookupError, TypeError):
        message = f"{what} holds no plans of a fleet"
        raise Invalid(Finding("R806", message, hint="make them: reconciler fleet plan --out DIR")) from None
    return found


def _chosen(document: dict[str, Any], names: tuple[str, ...]) -> list[list[str]]:
    """What a decision binds to: name, advertiser and plan of each account that would change. Raises Invalid."""
    rows = [
        [row["name"], row["advertiser_id"], row["digest"]]
        for row in document["accounts"]
        if any(row["summary"].get(op) for op in OPS)
        and (not names or any(fnmatchcase(row["name"], glob) for glob in names))
    ]
    if not rows:
        hint = "`fleet show RUN` tells what it holds; what is begun is stopped by `fleet halt`"
        raise Invalid(Finding("R413", "no account that would change is chosen", hint=hint))
    return rows


def _approvable(one: Desk, rows: list[list[str]], by: str) -> tuple[str, list[list[str]]]:
    """What an approval of this name comes to, and of which plans: of who may not approve them it takes back their own
    rejections, and no more. Raises Refused where there is none."""
    try:
        _require_approver(one, rows, by)
    except Refused:
        if own := approvals.rejected(one.world, one.fleet, rows, by):
            return approvals.WITHDRAWN, own
        raise
    return approvals.APPROVED, rows


def _require_approver(one: Desk, rows: list[list[str]], by: str) -> None:
    """Raises Refused where no group of these accounts would count this name."""
    chosen = {row[0] for row in rows}
    wanted = [one.fleet.approvals_of(each) for each in one.fleet.accounts if each.name in chosen]
    if wanted and all(each.by and by not in each.by for each in wanted):
        known = sorted({name for each in wanted for name in each.by})
        hint = f"`approvals.by` in fleet.yaml names {', '.join(known)}"
        raise Refused(Finding("R418", f"{by} may not approve the plans of these accounts", hint=hint))
    if wanted and not any(map(approving.may_approve_own, wanted)) and by.casefold() in authors(one.fleet):
        hint = "where two or more approvals are required, others than the author give them"
        raise Refused(Finding("R418", f"{by} wrote the commit that is to be applied", hint=hint))


approve = _command(
    "approve",
    approvals.APPROVED,
    "Approve the plans of DIR (`fleet plan --out`), or those that RUN left for want of it.",
)
reject = _command("reject", approvals.REJECTED, "Reject them: no apply carries them out while the rejection lives.")
