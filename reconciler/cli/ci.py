"""The option `--ci`, and what every command that takes it does around its own work."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.main import folder_of
from reconciler.errors import Finding, Interrupted, Invalid, ReconcilerError
from reconciler.manifest.upward import workspace_above

if TYPE_CHECKING:
    from reconciler.ci.job import Job
    from reconciler.ci.service import Service


def ci_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Report to the service that runs the job."""
    text = "Report to this service: comment or issue, annotations, outputs, summary. In a job of it only."
    return click.option("--ci", type=click.Choice(["github", "gitlab"]), help=text)(command)


@contextmanager
def reported(service: str | None, command: str, given: dict[str, Any]) -> Iterator[Job | None]:
    """The job to report to; None without --ci. Whatever ends the command with an error is reported first."""
    if service is None:
        yield None
        return
    from reconciler.ci.job import Job

    before: dict[str, Any] = click.get_current_context().find_root().obj or {}
    root = workspace_above(folder_of({"chdir": given.get("chdir") or before.get("chdir")}))
    found = _service(service)
    os.environ.update(found.for_git(os.environ))
    job = Job(found, command, root, _line)
    try:
        yield job
    except ReconcilerError as error:
        job.failed(error)
        # The log of a job is read by the same people: no options for a terminal, but inputs of the workflow.
        error.findings = [job.advised(one) for one in error.findings]
        raise
    except click.UsageError as error:
        job.failed(Invalid(Finding("R901", error.format_message())))
        raise
    except KeyboardInterrupt:
        job.failed(Interrupted(Finding("R825", f"`reconciler {command}` was interrupted", hint="run the job again")))
        raise
    except Exception as error:
        finding = Finding("R999", f"a bug: {type(error).__name__}", hint="see the log of this step")
        job.failed(ReconcilerError(finding), exit_code=70)
        raise


def _service(name: str) -> Service:
    """The one whose job this is. Raises Invalid in no job of it."""
    if name == "gitlab":
        from reconciler.ci.gitlab.on_gitlab import OnGitLab
        from reconciler.ci.gitlab.variables import variables

        return OnGitLab(variables(os.environ))
    from reconciler.ci.environment import environment
    from reconciler.ci.on_github import OnGitHub

    return OnGitHub(environment(os.environ))


def _line(text: str) -> None:
    """For the runner, which reads both streams; stdout keeps the answer."""
    sys.stderr.write(text + "\n")
