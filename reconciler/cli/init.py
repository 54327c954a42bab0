"""`reconciler init`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.main import folder_of, global_options, options_of, world_told
from reconciler.cli.output import Output
from reconciler.contracts.registry import CONTRACTS
from reconciler.errors import Finding, Invalid
from reconciler.workflow import init as workflow
from reconciler.workflow.init import Beside, Made
from reconciler.workflow.init_github import Gate, installed_from, repository, workflows
from reconciler.workflow.init_gitlab import PIPELINE, pipeline, remote
from reconciler.world import SystemWorld

_ROOM = "make room, or see its permissions, and run it again; or name another folder with -C DIR"


@click.command("init")
@click.option(
    "--contract",
    type=click.Choice(list(CONTRACTS)),
    default="smart_plus",
    show_default=True,
    help="How the API speaks.",
)
@click.option("--github", is_flag=True, help="With workflows for plan, apply, advance, decide, drift and renew.")
@click.option("--gitlab", is_flag=True, help="With a pipeline for plan, apply, advance, drift and renew.")
@click.option(
    "--gate",
    type=click.Choice(["environment", "dispatch"]),
    help="With --github or --gitlab: a merge applies once reviewers agree, or a person starts each apply. Without it: "
    "environment on GitHub, dispatch on GitLab.",
)
@global_options
def command(contract: str, github: bool, gitlab: bool, gate: Gate | None, **given: Any) -> None:
    """Make a workspace that validates, in this folder or with -C in another."""
    if gate and not (github or gitlab):
        raise click.UsageError("--gate is for --github and --gitlab.")
    if github and gitlab:
        raise click.UsageError("Choose --github or --gitlab.")
    options = options_of(given)
    root = folder_of(options)
    output = Output(json=False, color=False)
    try:
        root.mkdir(parents=True, exist_ok=True)
        beside = _github(root, gate) if github else _gitlab(root, gate) if gitlab else None
        made = workflow.init((world_told() or SystemWorld()).files, root, contract, beside=beside)
    except OSError as error:
        message = f"cannot make a workspace in {options['chdir'] or root}: {error.strerror or error}"
        raise Invalid(Finding("R404", message, hint=_ROOM)) from error
    for name in made.written:
        output.text(f"  + {name}")
    for name in made.left:
        output.text(f"  = {name} is there already and stays as it is")
    if github:
        _after_github(output, root)
    if gitlab:
        _after_gitlab(output, root, made)
    if "manifests/first.yaml" in made.written:
        _after_first(output, contract)
    if "reconciler.yaml" in made.left:
        output.text("Next: in reconciler.yaml, `state: {backend: git}`: a runner's disk is gone after its job.")
        return
    output.text("Next: set the advertiser_id in reconciler.yaml, then `reconciler validate` and `reconciler plan`.")


def _github(root: Path, gate: Gate | None) -> Beside:
    there = repository(root)
    return Beside(there.top, workflows(there, gate or "environment", installed_from()))


def _gitlab(root: Path, gate: Gate | None) -> Beside:
    there, found = repository(root), remote(root)
    group = found[1].rpartition("/")[0] if found else None
    return Beside(there.top, pipeline(there, group, gate or "dispatch", installed_from()))


def _after_gitlab(output: Output, root: Path, made: Made) -> None:
    found = remote(root)
    if any(name.endswith(PIPELINE) for name in made.left):
        output.text(f"In {PIPELINE}: `include` /.gitlab/ads.yml with its inputs, as docs/gitlab.md shows.")
    elif not installed_from():
        output.text(f"In {PIPELINE} replace OWNER, and the 40 digits by the commit of the release you trust.")
    group = found[1].rpartition("/")[0] if found else "OWNER"
    output.text(f"In .gitlab/CODEOWNERS: @{group}/ads-approvers has to be a group or a person of yours.")
    output.text("The settings of the project that belong to it: docs/gitlab.md.")


def _after_github(output: Output, root: Path) -> None:
    there = repository(root)
    if there.server:
        output.text(f"{there.server} needs a mirror of reconciler, fitted: docs/gitops.md, GitHub Enterprise Server.")
    if there.server or not installed_from():
        output.text("In .github/workflows/ replace OWNER, and the 40 digits by the commit of the release you trust.")
    team = f"@{there.owner or 'OWNER'}/ads-approvers"
    output.text(f"In .github/CODEOWNERS: {team} has to be a team or a person of yours.")
    output.text("The settings of the repository that belong to it: docs/gitops.md.")


def _after_first(output: Output, contract: str) -> None:
    if contract != "openapi":
        output.text("In manifests/first.yaml set the identity, the video and the landing page.")
    if contract == "smart_plus":
        output.text("Creates need an ad account on TikTok's allowlist of Smart+; reading and planning do not.")
