"""`reconciler validate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import click

from reconciler.cli.ci import ci_option, reported
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.errors import Finding, Invalid, Place
from reconciler.manifest.wording import remarks
from reconciler.model import Address, Entry, Resource
from reconciler.render.json import FORMAT
from reconciler.workflow.review import consented, load_approvals
from reconciler.workflow.session import Session
from reconciler.workflow.steps import load_renewals, surprising

Part = TypeVar("Part")


def _read(session: Session) -> tuple[dict[Address, Resource], Mapping[Address, Entry]]:
    """What is declared, and what is bound. Raises Invalid with what is wrong with any file that people write."""
    findings: list[Finding] = []
    declared = _part(session.desired_here, findings)
    for read in (load_approvals, consented, load_renewals):
        _part(partial(read, session), findings)
    if declared is None or findings:
        raise Invalid(many=findings)
    return declared


def _part(read: Callable[[], Part], findings: list[Finding]) -> Part | None:
    try:
        return read()
    except Invalid as error:
        findings += error.findings
        return None


@click.command("validate")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@ci_option
@global_options
def command(as_json: bool, ci: str | None, **given: Any) -> None:
    """Check everything that needs no network: workspace file, manifests, references, lockfile, and the clock."""
    with reported(ci, "validate", given) as job:
        session, output, _ = start(given, as_json=as_json)
        session.workspace  # noqa: B018 - checks the workspace file
        desired, bound = _read(session)
        if job:
            job.validated()
    said = [
        *session.announced_here(desired, bound),
        *surprising(session, desired, bound),
        *(
            Finding("R220", one.message, Place(*one.source[:2]), str(one.address), one.hint, use=one.source.use)
            for one in remarks(desired, bound)
        ),
    ]
    if as_json:
        warnings = [one.as_json() for one in said]
        output.document({"format_version": FORMAT, "errors": [], "resources": len(desired), "warnings": warnings})
        return
    for one in said:
        place = f"{one.place.file}:{one.place.line}: " if one.place else ""
        used = f" (used at {one.use})" if one.use else ""
        output.text(f"Warning: {place}{one.message}{used}" + (f"; {one.hint}" if one.hint else ""))
    output.text(f"Valid: {len(desired)} resources.")
