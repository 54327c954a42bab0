"""One command in one job of a service: what it tells people and later steps, from its first moment to its end."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from reconciler.canonical import stamp
from reconciler.ci import advice, issue, outputs, reviewed, summary
from reconciler.ci.advice import Status
from reconciler.ci.asking import Asking
from reconciler.ci.comment import Comment
from reconciler.ci.question import Question
from reconciler.ci.service import Merged, Service
from reconciler.errors import Finding, Invalid, Locked, ReconcilerError, Refused, Source
from reconciler.manifest.workspace import FILE
from reconciler.model import Ending, Outcome, Plan
from reconciler.plan.digest import digest
from reconciler.plan.saved import SavedPlan, parse
from reconciler.render import difference, markdown, page, text
from reconciler.render.inline import code, prose
from reconciler.render.links import Links
from reconciler.text import clean
from reconciler.workflow.bring_back import Brought
from reconciler.workflow.declared_before import declared_before
from reconciler.workflow.drift import Drifted
from reconciler.workflow.gallery import gallery
from reconciler.workflow.plan import Planned
from reconciler.workflow.saved import PlanChanged, write
from reconciler.workflow.session import Session

_WRITING = ("apply", "advance")
_OLD = "the comment was not updated"
_OUTDATED = "the {} has a newer commit; the comment is left to the run of that one"
_HEAD = 2_000
"""Characters that marker, status and what is next take of a comment."""
_MOST = 20
"""Findings or outcomes of one comment."""


class Job:
    """`say` takes one line for the runner. `root`: the workspace's folder."""

    def __init__(self, service: Service, command: str, root: Path, say: Callable[[str], None]) -> None:
        self._service, self._command, self._say = service, command, say
        place = self._place = service.place
        inside = root.resolve().is_relative_to(place.checkout)
        folder = root.resolve().relative_to(place.checkout).as_posix() if inside else "."
        self._folder = "" if folder == "." else folder
        self._outputs = {"run_id": place.run_id, "changes": "false", "resumable": "false"}
        self._comment: Comment | None = None
        self._pull: Merged | None = None
        self._ended = False

    # -------------------------------------------------------------------------------------------- how it begins

    def begin(self, session: Session) -> None:
        """Hide the token; say that a plan or an apply has begun; hold a pull request to its base's guard rails, before
        and after its merge.

        A plan that cannot be shown is not made. An apply goes on when only its comment fails.
        """
        if session.secret and session.secret.long:
            # The runner would hide a short one in every word of the log.
            self._say_each(self._service.mask(session.secret.reveal()))
        base = self._place.base
        if self._command == "plan" and base:
            session.base = lambda: self._workspace_file_at(base)
            self._comment = self._newest()
            if self._comment:
                self._comment.show("planning")
        if self._command == "apply":
            self._pull = self._service.merged()
            if merged := self._pull:
                self._comment = self._comment_of(merged.number)
                self._tell("applying")
                session.base = lambda: self._workspace_file_at(merged.base)

    def _newest(self) -> Comment | None:
        """The comment of the pull request that started the job; None where the job is of a commit that is no longer
        its newest one, or of a fork."""
        number = self._place.own_pull_request
        if number is None:
            return None
        if self._service.newest(number) != self._place.head:
            self._say_each(self._service.warning(Finding("R826", _OUTDATED.format(self._service.request))))
            return None
        return self._comment_of(number)

    def _comment_of(self, number: int) -> Comment:
        return Comment(self._service.forge, self._place, number, self._folder or ".", self._service.limit)

    def _workspace_file_at(self, commit: str) -> bytes | None:
        """The workspace file of the commit that a pull request starts from."""
        path = f"{self._folder}/{FILE}" if self._folder else FILE
        return self._service.file_at(path, commit)

    # -------------------------------------------------------------------------------------------- a plan

    def planned(self, session: Session, planned: Planned, saved: SavedPlan) -> None:
        """Show a finished plan, and write it down for those who come later: a file to compare with, text, a page."""
        made, head = self.for_people(saved.plan), self._place.head
        asking = self._asking
        question = asking.question(session, planned.ledger, planned.declared) if asking else None
        links = self._links(session, question)
        name = reviewed.name(made.advertiser_id, head)
        folder, made_at = self._folder_for_files(), stamp(session.world.now())
        paths = {kind: folder / f"{name}.{kind}" for kind in ("json", "txt", "html")}
        write(session, saved, paths["json"])
        paths["txt"].write_text(text.plan(made, color=False, typed=False) + "\n", encoding="utf-8")
        shown = page.page(made, audience="marketer", made_at=made_at, links=links)
        paths["html"].write_text(shown, encoding="utf-8")
        self._outputs |= outputs.of_plan(made) | {
            "plan_name": name,
            "plan_path": str(paths["json"]),
            "text_plan_path": str(paths["txt"]),
            "html_plan_path": str(paths["html"]),
        }
        before = declared_before(session, planned) if self._place.base else frozenset()
        ours = sum(one.address not in before for one in made.changes)
        status: Status = "planned"
        if made.violations:
            # The base's guard rails count, too: one without a row of its own is not the cause, and its check passes.
            status = "refused" if ours else "neutral"
            self._outputs["failure_reason"] = "unsafe-plan" if status == "refused" else ""
        by_hand = self._service.by_hand(digest(made)) if self._place.gate == "dispatch" else ""
        next_ = advice.after_plan(made, ours=ours, by_hand=by_hand)
        if not self._place.base:
            next_ = advice.after_plan_by_hand(made, digest(made))
        whole = f"The plan in the artifacts of [this run]({self._place.run_url}) shows all of them"
        showing = markdown.Framing(whole, next_, before, links)
        if self._comment:
            body = markdown.plan(made, limit=self._service.limit - _HEAD, showing=replace(showing, next_step=""))
            self._comment.question = question
            self._comment.show(status, body, above=f"Next: {next_}.\n", digest=digest(made))
        self._service.summarize(markdown.plan(made, limit=summary.CHARACTERS, showing=showing))
        self._end(0)

    def _links(self, session: Session, question: Question | None) -> Links:
        """Where people who have no terminal look at what is asked of them."""
        return Links(
            sources=self._sources,
            page=self._place.artifacts_url,
            gallery=(question.gallery if question else None) or "",
            advertiser=session.in_ads_manager,
        )

    @property
    def _sources(self) -> str:
        """Where the workspace's files can be looked at."""
        return "/".join(filter(None, (self._place.sources_url, quote(self._folder))))

    def _folder_for_files(self) -> Path:
        """A new folder for what later steps take."""
        return Path(tempfile.mkdtemp(prefix="reconciler-", dir=self._place.temporary))

    # -------------------------------------------------------------------------------------------- an apply

    def reviewed(self, advertiser_id: str) -> SavedPlan | None:
        """What the pull request that brought this commit showed; None when there is nothing. Raises Refused."""
        data = self._service.reviewed(advertiser_id, self._pull) if self._pull else None
        if data is None:
            return None
        try:
            return parse(data, "the artifact")
        except Invalid as error:
            hint = f"run the plan of the {self._service.request} again, or give expect_digest"
            raise Refused(Finding("R824", str(error), hint=hint)) from error

    def nothing_reviewed(self, made: Plan) -> bool:
        """In place of a person's yes. Raises Refused."""
        hint = f"look at the plan above; to apply exactly it, run ads apply with expect_digest {digest(made)}"
        message = f"no reviewed plan of a merged {self._service.request} belongs to this commit"
        raise Refused(Finding("R823", message, hint=hint))

    def applying(self, made: Plan) -> None:
        """The plan as it is now."""
        self._outputs |= outputs.of_plan(made)
        shown, limit = self.for_people(made), summary.CHARACTERS // 2
        self._service.summarize(markdown.plan(shown, limit=limit, showing=markdown.Framing(next_step="")))

    def applied(self, session: Session, ended: Ending) -> int:
        """How an apply ended; the exit code of the step."""
        said = _outcomes(ended.outcomes) + self._findings([self.advised(one) for one in ended.errors])
        self._quietly("the downloaded files are not kept", lambda: self._files(session))
        statuses: Mapping[int, Status] = {0: "applied", 5: "blocked", 8: "waiting"}
        self._quietly("nobody is asked about variants", lambda: self._ask(session))
        self._tell(statuses.get(ended.exit_code, "failed"), said)
        self._service.summarize(said)
        self._say_all(ended.errors)
        return self._end(ended.exit_code, [one.code for one in ended.outcomes if one.code])

    def brought(self, brought: Brought) -> None:
        """Open a pull request for the lockfile's own branch, unless it has one. Raises Credentials and ApiError."""
        if brought.commit is None:
            return
        said = f"What the applies since have recorded; a copy for people, see [this run]({self._place.run_url})."
        self._service.propose(brought.branch, brought.base, "Update reconciler.lock", said)

    def advanced(self, session: Session, ended: Sequence[Outcome], exit_code: int) -> int:
        """How passes over waiting work ended; the exit code of the step."""
        self._service.summarize(_outcomes(ended) if ended else "Nothing was on its way.\n")
        self._quietly("the downloaded files are not kept", lambda: self._files(session))
        self._quietly("nobody is asked about variants", lambda: self._ask(session))
        return self._end(exit_code)

    def _files(self, session: Session) -> None:
        """What the run downloaded, and the page to look at it."""
        artifacts = session.root / session.workspace.file.artifacts_folder
        records = session.ledger().lock.refreshes.values() if artifacts.is_dir() else ()
        if any(one.file for record in records for one in record.current.variants):
            self._outputs["artifacts_path"] = str(artifacts)
            page_path = gallery(session, self._folder_for_files(), single_file=False)
            self._outputs["gallery_path"] = str(page_path.parent)

    # -------------------------------------------------------------------------------------------- variants to decide

    @cached_property
    def _asking(self) -> Asking | None:
        return self._service.asking(self._folder)

    def _ask(self, session: Session) -> None:
        """What waits for a decision now, in the comment and the issue."""
        if self._asking:
            self._asking.ask(session, self._comment, self._place.run_url if "gallery_path" in self._outputs else None)

    def decided(self, session: Session) -> int:
        """Answer the comment that started the job; the exit code of the step. A refusal is an answer, too."""
        if self._asking is None:
            return self._end(0)
        ended = self._asking.decide(session)
        self._service.summarize(ended.said)
        self._outputs |= {"failure_reason": "", "decided": str(ended.files)}
        self._end(ended.exit_code)
        return 0

    # -------------------------------------------------------------------------------------------- drift

    def drifted(self, session: Session, found: Sequence[Drifted]) -> None:
        """Keep the account's issue."""
        account = session.workspace.file.account
        self._outputs["changes"] = "true" if found else "false"
        issue.keep(self._service.forge, self._place, account.advertiser_id, account.currency, found)
        said = f"{len(found)} resources differ from what was last applied." if found else "No drift."
        self._service.summarize(said)
        self._end(0)

    # -------------------------------------------------------------------------------------------- renew

    def keep_renewal(self, session: Session, brought: Brought, due: Sequence[str]) -> None:
        """The account's one pull request about it. Raises Credentials and ApiError."""
        self._service.keep_renewal(session.workspace.file.account.advertiser_id, brought, due)

    def renewed(self, due: Sequence[str], unread: ReconcilerError | None) -> None:
        """`due`: what is, a few lines each; `unread`: the report that could not be read."""
        self._outputs["changes"] = "true" if due else "false"
        self._service.summarize("\n".join(["```text", *due, "```"]) if due else "Nothing is due.\n")
        findings = unread.findings if unread else []
        self._say_all(findings)
        self._end(unread.exit_code if unread else 0, [one.code for one in findings])

    # -------------------------------------------------------------------------------------------- how it ends

    def validated(self) -> None:
        """The files are sound."""
        self._end(0)

    def looked(self, *, has_work: bool) -> None:
        """The state was read; `resumable` says whether `advance` has anything to go on with."""
        self._end(8 if has_work else 0)

    def failed(self, error: ReconcilerError, exit_code: int | None = None) -> None:
        """It ended with an error: nothing it says may look like a plan without changes."""
        if self._ended:
            return
        ended = error.exit_code if exit_code is None else exit_code
        self._outputs["changes"] = ""
        if self._command == "plan":
            self._outputs = {"run_id": self._place.run_id}
        if isinstance(error, Locked):
            self._outputs["lock_info"] = clean(str(error))
        findings = [self.advised(one) for one in error.findings]
        said = self._findings(findings)
        if isinstance(error, PlanChanged):
            said += "\n" + difference.markdown(error.difference, limit=self._service.limit // 3)
        if self._command in ("plan", "validate"):
            next_ = advice.after_failed_plan(ended, self._place.run_url)
            self._quietly(_OLD, lambda: self._show_failed(f"Next: {next_}.\n\n{said}"))
        else:
            self._tell("refused" if ended in (5, 6) else "failed", said)
        self._service.summarize(f"### `reconciler {self._command}` failed\n\n{said}")
        self._say_all(findings)
        self._end(ended, [one.code for one in findings])

    def for_people(self, made: Plan) -> Plan:
        """The plan with the hints of this service instead of those for a terminal."""
        return advice.without_options(made)

    def advised(self, one: Finding) -> Finding:
        """An error with such hints."""
        return advice.of_finding(one)

    def _findings(self, findings: Sequence[Finding]) -> str:
        """Errors, each with a link to its line at the commit."""
        links, lines = Links(self._sources), []
        for one in findings[:_MOST]:
            place = one.place
            told = code(f"{place.file}:{place.line}") if place else ""
            where = f" at [{told}]({links.source(Source(place.file, place.line))})" if place else ""
            subject = f"{code(one.address)}: " if one.address else ""
            lines.append(f"- **{one.code}** {subject}{prose(one.message)}{where}\n")
            if one.hint:
                lines.append(f"  - help: {prose(one.hint)}\n")
        rest = len(findings) - _MOST
        return "".join(lines) + (f"\n… and {rest} more, see the log.\n" if rest > 0 else "")

    def _show_failed(self, said: str) -> None:
        """Also where it failed before there was a comment, or the files of the newest commit are not valid."""
        comment = self._comment or self._newest()
        if comment:
            comment.show("failed", above=said)

    def _end(self, exit_code: int, codes: Sequence[str] = ()) -> int:
        """Tell later steps; the exit code of the step. Work that is still on its way is no failure."""
        self._ended = True
        reason = outputs.failure_reason(exit_code, codes, writes=self._command in _WRITING)
        self._outputs.setdefault("failure_reason", reason)
        self._outputs |= {"exit_code": str(exit_code), "resumable": "true" if exit_code == 8 else "false"}
        self._service.tell({name: self._outputs.get(name, "") for name in outputs.NAMES})
        return 0 if exit_code == 8 else exit_code

    def _say_all(self, findings: Sequence[Finding]) -> None:
        self._say_each(self._service.errors(findings, self._folder))

    def _say_each(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._say(line)

    def _tell(self, status: Status, said: str = "") -> None:
        """Another status of the comment, if there is one. What is done is done, whatever becomes of it."""
        comment, place = self._comment, self._place
        if comment:
            next_ = advice.after_apply(status, place.run_url, place.workflow_url, self._outputs.get("plan_digest", ""))
            self._quietly(_OLD, lambda: comment.advance(status, f"Next: {next_}.\n\n{said}"))

    def _quietly(self, what: str, do: Callable[[], object]) -> None:
        """What must not change how the command ends; a warning says that it failed."""
        try:
            do()
        except ReconcilerError as error:
            for one in error.findings:
                self._say_each(self._service.warning(replace(one, message=f"{what}: {one.message}")))


def _outcomes(ended: Sequence[Outcome]) -> str:
    counts = ", ".join(
        f"{sum(one.outcome == word for one in ended)} {word}"
        for word in ("done", "failed", "skipped", "unknown", "pending")
        if any(one.outcome == word for one in ended)
    )
    lines = [f"{counts or 'Nothing was to be done'}.\n\n"]
    open_ = [one for one in ended if one.outcome != "done"]
    for one in open_[:_MOST]:
        why = f": {prose(one.message)}" if one.message else ""
        lines.append(f"- {code(str(one.address))} **{one.outcome}**{why}\n")
        if one.hint:
            lines.append(f"  - help: {prose(advice.inputs(one.hint))}\n")
    rest = len(open_) - _MOST
    return "".join(lines) + (f"\n… and {rest} more, see the log.\n" if rest > 0 else "")
