"""What every command that works in a workspace starts with."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from reconciler.api.secret import take_token
from reconciler.cli.main import folder_of, in_color, options_of, world_told
from reconciler.cli.output import Output, opened
from reconciler.errors import Credentials, Finding, Invalid
from reconciler.manifest.upward import workspace_above
from reconciler.workflow.session import Session
from reconciler.world import SystemWorld


def start(
    given: dict[str, Any], *, as_json: bool = False, spoilt: Callable[[Credentials], None] | None = None
) -> tuple[Session, Output, dict[str, Any]]:
    """The session, where to print, and the global options; `given` keeps the command's own.

    `spoilt` hears of a token that cannot be used, where that does not end the command.
    """
    options = options_of(given)
    stands = folder_of(options)
    if not stands.is_dir():
        raise Invalid(
            Finding("R404", f'the folder "{options["chdir"] or stands}" does not exist', hint="correct -C DIR")
        )
    root = workspace_above(stands)
    color = in_color(refused=options["no_color"])
    output = Output(json=as_json, color=color, quiet=bool(options["quiet"]))
    secret = None
    try:
        secret = take_token(os.environ)
    except Credentials as error:
        if spoilt is None:
            raise
        spoilt(error)
    opened(root, secret)
    session = Session(
        root,
        options["base_url"],
        options["dangerous_api_host"],
        secret,
        waited=output.note,
        announced=output.notice,
        world=world_told() or SystemWorld(),
        stands=stands,
    )
    if options["verbose"]:
        session.requested = output.notice
    return session, output, options
