"""One command in one job of GitHub Actions: what it tells people and later steps, from its first moment to its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from reconciler.ci import commands, issue, outputs, reviewed, summary
from reconciler.ci.comment import LIMIT, ROOM, Comment, Status
from reconciler.ci.environment import Environment
from reconciler.ci.github import GitHub
from reconciler.errors import Finding, ReconcilerError, Refused
from reconciler.manifest.workspace import FILE
from reconciler.model import Outcome, Plan, Report
from reconciler.plan import digest
from reconciler.render import markdown
from reconciler.render.markdown import code
from reconciler.workflow.drift import Drifted
from reconciler.workflow.gallery import gallery
from reconciler.workflow.session import Session

_WRITING = ("apply", "advance")
_MOST = 20
"""Findings or outcomes of one comment."""


class Job:
    """`say` takes one line for the runner. `root`: the workspace's folder."""

    def __init__(self, place: Environment, command: str, root: Path, say: Callable[[str], None]) -> None:
        self._place, self._command, self._say = place, command, say
        inside = root.resolve().is_relative_to(place.checkout)
        folder = root.resolve().relative_to(place.checkout).as_posix() if inside else "."
        self._folder = "" if folder == "." else folder
        self._outputs = {"run_id": place.run_id, "changes": "false", "resumable": "false"}
        self._comment: Comment | None = None
        self._pull: reviewed.Merged | None = None
        self._plan: Plan | None = None

    @cached_property
    def _github(self) -> GitHub:
        return GitHub(self._place)

    # -------------------------------------------------------------------------------------------- how it begins

    def begin(self, session: Session) -> None:
        """Hide the token; say that a plan or an apply has begun; hold a pull request to its base's guard rails.

        A plan that cannot be shown is not made. An apply goes on when only its comment fails.
        """
        if session.secret:
            self._say(commands.mask(session.secret.reveal()))
        pull = self._place.pull_request
        if self._command == "plan" and pull:
            self._comment = self._comment_of(int(pull["number"]))
            self._comment.show("planning")
            session.base = self._base
        if self._command == "apply":
            self._pull = reviewed.merged(self._github, self._place)
            if self._pull:
                self._comment = self._comment_of(self._pull.number)
                self._tell("applying")

    def _comment_of(self, number: int) -> Comment:
        return Comment(self._github, self._place, number, self._folder or ".")

    def _base(self) -> bytes | None:
        """The workspace file of the commit that a pull request starts from."""
        path = f"{self._folder}/{FILE}" if self._folder else FILE
        pull = self._place.pull_request or {}
        return self._github.raw(f"contents/{path}", {"ref": str(pull["base"]["sha"])})

    # -------------------------------------------------------------------------------------------- a plan

    def planned(self, made: Plan, files: Mapping[str, Path]) -> None:
        """Show a finished plan. `files`: output → where it was written."""
        self._plan = made
        self._outputs |= outputs.of_plan(made) | {name: str(path) for name, path in files.items()}
        self._outputs["plan_name"] = reviewed.name(made.advertiser_id, self._place.head)
        step = "merge this pull request; the apply does exactly this, or nothing"
        whole = f"The plan in the artifacts of [this run]({self._place.run_url}) shows all of them"
        if made.violations:
            self._outputs["failure_reason"] = "unsafe-plan"
        if self._comment:
            body = markdown.plan(made, limit=ROOM, whole=whole, next_step=None if made.violations else step)
            self._comment.show("refused" if made.violations else "planned", body, digest=digest(made))
        summary.write(self._place.summary, markdown.plan(made, limit=summary.CHARACTERS, whole=whole))

    def folder(self) -> Path:
        """A new folder for files that later steps take."""
        import tempfile

        return Path(tempfile.mkdtemp(prefix="reconciler-", dir=self._place.temporary))

    @property
    def plan_name(self) -> str:
        """The name of a plan's files."""
        return f"plan-{self._place.head}"

    # -------------------------------------------------------------------------------------------- an apply

    def reviewed(self, advertiser_id: str) -> bytes | None:
        """The saved plan that was reviewed in the pull request that brought this commit; None when there is none."""
        return reviewed.fetch(self._github, advertiser_id, self._pull) if self._pull else None

    def nothing_reviewed(self, made: Plan) -> bool:
        """In place of a person's yes. Raises Refused."""
        hint = f"look at the plan above; to apply exactly it, run the workflow with expect_digest {digest(made)}"
        raise Refused(Finding("R823", "no reviewed plan of a merged pull request belongs to this commit", hint=hint))

    def applying(self, made: Plan) -> None:
        """The plan as it is now."""
        self._plan = made
        self._outputs |= outputs.of_plan(made)
        summary.write(self._place.summary, markdown.plan(made, limit=summary.CHARACTERS // 2))

    def applied(self, session: Session, ended: Report) -> None:
        """How an apply ended."""
        text = _outcomes(ended.outcomes) + _findings(ended.errors)
        statuses: Mapping[int, Status] = {0: "applied", 8: "waiting"}
        self._tell(statuses.get(ended.exit_code, "failed"), text)
        summary.write(self._place.summary, text)
        self._say_all(ended.errors)
        self._files(session)

    def advanced(self, session: Session, ended: Sequence[Outcome]) -> None:
        """How passes over waiting work ended."""
        summary.write(self._place.summary, _outcomes(ended) or "Nothing was on its way.\n")
        self._files(session)

    def _files(self, session: Session) -> None:
        """What the run downloaded, and the page to look at it."""
        records = session.ledger().lock.refreshes.values()
        if any(one.file for record in records for one in record.current.variants):
            self._outputs["artifacts_path"] = str(session.root / session.workspace.file.artifacts)
            self._outputs["gallery_path"] = str(gallery(session, self.folder(), single_file=False).parent)

    # -------------------------------------------------------------------------------------------- drift

    def drifted(self, session: Session, found: Sequence[Drifted]) -> None:
        """Keep the account's issue."""
        account = session.workspace.file.account
        self._outputs["changes"] = "true" if found else "false"
        issue.keep(self._github, self._place, account.advertiser_id, account.currency, found)
        said = f"{len(found)} resources are not as they were last applied." if found else "No drift."
        summary.write(self._place.summary, said)

    # -------------------------------------------------------------------------------------------- how it ends

    def failed(self, exit_code: int, findings: Sequence[Finding], difference: str = "") -> None:
        """It ended with an error: nothing it says may look like a plan without changes."""
        self._outputs["changes"] = ""
        if exit_code == 7:
            self._outputs["lock_info"] = "; ".join(one.message for one in findings)
        text = _findings(findings) + difference
        comment = self._comment
        if self._command == "plan" and comment:
            self._quietly(lambda: comment.show("failed", text))
        else:
            self._tell("refused" if exit_code in (5, 6) else "failed", text)
        summary.write(self._place.summary, f"### `reconciler {self._command}` failed\n\n{text}")
        self._say_all(findings)
        self.end(exit_code, [one.code for one in findings])

    def end(self, exit_code: int, codes: Sequence[str] = ()) -> int:
        """Tell later steps; the exit code of the step. Work that is still on its way is no failure."""
        reason = outputs.failure_reason(exit_code, codes, writes=self._command in _WRITING)
        self._outputs.setdefault("failure_reason", reason)
        self._outputs |= {"exit_code": str(exit_code), "resumable": "true" if exit_code == 8 else "false"}
        outputs.write(self._place.output, {name: self._outputs.get(name, "") for name in outputs.NAMES})
        return 0 if exit_code == 8 else exit_code

    def _say_all(self, findings: Sequence[Finding]) -> None:
        for line in commands.errors(findings, self._folder):
            self._say(line)

    def _tell(self, status: Status, text: str = "") -> None:
        """Another status of the comment, if there is one. What is done is done, whatever becomes of it."""
        comment = self._comment
        if comment:
            self._quietly(lambda: comment.advance(status, text[: LIMIT // 2]))

    def _quietly(self, told: Callable[[], object]) -> None:
        try:
            told()
        except ReconcilerError as error:
            for one in error.findings:
                self._say(commands.warning(replace(one, message=f"the comment was not updated: {one.message}")))


def _findings(findings: Sequence[Finding]) -> str:
    lines = []
    for one in findings[:_MOST]:
        where = f" at {code(f'{one.place.file}:{one.place.line}')}" if one.place else ""
        subject = f"{code(one.address)}: " if one.address else ""
        lines.append(f"- **{one.code}** {subject}{code(one.message)}{where}\n")
        if one.hint:
            lines.append(f"  - help: {code(one.hint)}\n")
    rest = len(findings) - _MOST
    return "".join(lines) + (f"\n… and {rest} more, see the log.\n" if rest > 0 else "") + ("\n" if lines else "")


def _outcomes(ended: Sequence[Outcome]) -> str:
    counts = ", ".join(
        f"{sum(one.outcome == word for one in ended)} {word}"
        for word in ("done", "failed", "skipped", "unknown", "pending")
        if any(one.outcome == word for one in ended)
    )
    lines = [f"{counts or 'Nothing was to be done'}.\n\n"]
    open_ = [one for one in ended if one.outcome != "done"]
    for one in open_[:_MOST]:
        why = f": {code(one.message)}" if one.message else ""
        lines.append(f"- {code(str(one.address))} **{one.outcome}**{why}\n")
        if one.hint:
            lines.append(f"  - help: {code(one.hint)}\n")
    rest = len(open_) - _MOST
    return "".join(lines) + (f"\n… and {rest} more, see the log.\n" if rest > 0 else "") + "\n"
