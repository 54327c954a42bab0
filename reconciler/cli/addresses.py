"""The addresses that a shell completes on the command line."""

from __future__ import annotations

from pathlib import Path

import click


def addresses(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Every address that begins with what is typed; none where there is no workspace that can be read."""
    from reconciler.workflow.known_addresses import known_addresses

    folder: Path = context.params.get("chdir") or context.find_root().params.get("chdir") or Path()
    return [one for one in known_addresses(folder) if one.startswith(typed)]
