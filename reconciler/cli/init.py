"""`reconciler init`."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.main import folder_of, global_options, options_of
from reconciler.cli.output import Output
from reconciler.contracts.registry import CONTRACTS
from reconciler.errors import Finding, Invalid
from reconciler.workflow import init as workflow


@click.command("init")
@click.option(
    "--contract",
    type=click.Choice(list(CONTRACTS)),
    default="smart_plus",
    show_default=True,
    help="How the API speaks.",
)
@click.option("--github", is_flag=True, help="With workflows for pull request, apply, advance and drift.")
@global_options
def command(contract: str, github: bool, **given: Any) -> None:
    """Make a workspace that validates, in this folder or with -C in another."""
    options = options_of(given)
    root = folder_of(options)
    output = Output(json=False, color=False)
    try:
        root.mkdir(parents=True, exist_ok=True)
        made = workflow.init(root, contract, github=github)
    except OSError as error:
        message = f"cannot make a workspace in {options['chdir'] or root}: {error.strerror or error}"
        raise Invalid(Finding("R404", message, hint="name a folder with -C DIR")) from error
    for name in made:
        output.text(f"  + {name}")
    if github:
        output.text("In .github/ replace OWNER, and the 40 digits by the commit of the release you trust.")
    if contract != "openapi":
        output.text("In manifests/first.yaml set the identity, the video and the landing page.")
    if contract == "smart_plus":
        output.text("Creates need an ad account on TikTok's allowlist of Smart+; reading and planning do not.")
    output.text("Next: set the advertiser_id in reconciler.yaml, then `reconciler validate` and `reconciler plan`.")
