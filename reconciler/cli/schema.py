"""`reconciler schema`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.main import global_options
from reconciler.cli.start import start
from reconciler.errors import Finding, Invalid


@click.command("schema")
@click.argument("name", required=False)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write all schemas to this folder.")
@global_options
def command(name: str | None, out: Path | None, **given: Any) -> None:
    """Print the JSON Schema NAME, or write all of them with --out.

    NAME is workspace, fleet, account, module, plan or manifest; manifest.openapi and manifest.marketing offer what that
    contract takes.
    """
    from reconciler.fleet.schemas import fleet_schemas
    from reconciler.workflow.schemas import schemas

    session, output, _ = start(given)
    made = {**schemas(), **fleet_schemas()}
    if out is not None:
        from reconciler.manifest import paths

        out = session.named(out)
        why = paths.named(session.root, out)
        if why:
            raise Invalid(Finding("R117", f"cannot write schemas to {out}: {why}", hint="name another folder"))
        for file, text in made.items():
            paths.write(session.world.files, out, file, text.encode())
            output.text(str(out / file))
        return
    file = f"{(name or 'manifest').removesuffix('.schema.json')}.schema.json"
    if file not in made:
        names = ", ".join(one.removesuffix(".schema.json") for one in made)
        raise Invalid(Finding("R901", f'no schema is named "{name}"', hint=f"one of {names}"))
    output.text(made[file].rstrip("\n"))
