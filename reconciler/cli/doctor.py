"""`reconciler doctor`."""

from __future__ import annotations

import os
from typing import Any

import click

from reconciler.account.checks import Check
from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.errors import Credentials
from reconciler.render.json import FORMAT
from reconciler.text import clean
from reconciler.workflow import doctor as workflow
from reconciler.workflow.session import Session

_COLORS = {"ok": "32", "warning": "33", "failed": "31", "skipped": "90"}
_WIDTH = max(len(state) for state in _COLORS)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--github", is_flag=True, help="Check the settings of the repository on GitHub instead; reads GH_TOKEN.")
@click.option("--gitlab", is_flag=True, help="The same of a project on GitLab; reads GITLAB_TOKEN.")
@global_options
def command(as_json: bool, github: bool, gitlab: bool, **given: Any) -> int:
    """Check workspace, state, token, permissions, account and limits; say of each what to do. Changes nothing."""
    if github and gitlab:
        raise click.UsageError("Choose --github or --gitlab.")
    spoilt: list[Credentials] = []
    session, output, _ = start(given, as_json=as_json, spoilt=spoilt.append)
    if github or gitlab:
        checks = _of_github(session) if github else _of_gitlab(session)
    else:
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


def _of_github(session: Session) -> list[Check]:
    from reconciler.ci import settings
    from reconciler.workflow.init_github import repository

    here = repository(session.root)
    where = settings.endpoint(os.environ, here.remote)
    found = [where] if isinstance(where, settings.Setting) else settings.checks(where, by_dispatch=here.by_dispatch)
    return [Check(*one) for one in found]


def _of_gitlab(session: Session) -> list[Check]:
    from reconciler.ci.gitlab import settings
    from reconciler.ci.settings import Setting
    from reconciler.workflow.init_github import repository
    from reconciler.workflow.init_gitlab import by_dispatch, remote

    where = settings.endpoint(os.environ, remote(session.root))
    gate = by_dispatch(repository(session.root))
    found = [where] if isinstance(where, Setting) else settings.checks(where, by_dispatch=gate)
    return [Check(*one) for one in found]
