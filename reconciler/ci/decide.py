"""A comment on GitHub that decides on variants: read, judged, written as approval files, and replied to.

Nothing of a pull request is checked out, run or believed: the numbers mean what the state records, the text is data,
and who may decide is asked of GitHub. A comment is answered once: the reply names it, and everything that is written
follows from the comment alone, so that a second run finds it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from reconciler.ci import commits, marker, replies
from reconciler.ci.environment import Environment
from reconciler.ci.github import GitHub
from reconciler.ci.question import Heading, heading
from reconciler.ci.replies import Landed
from reconciler.ci.spoken import spoken
from reconciler.ci.verdict import Ruling, Verdict, elsewhere, judge
from reconciler.errors import Credentials, Finding, Invalid, ReconcilerError
from reconciler.render.deciding import Batch
from reconciler.workflow import deciding

if TYPE_CHECKING:
    from reconciler.state.signed import Approval

_WRITERS = ("admin", "write")
"""`maintain` and roles of one's own are told as the base that they have. Source: REST reference, Collaborators."""


class Decided(NamedTuple):
    """How a comment was answered: what is said of it, how many files were written, 5 for a refusal."""

    said: str
    files: int = 0
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class Writing:
    """A comment as its event tells it. `thread`: the number of the pull request or issue. `at`: when it was written."""

    id: int
    thread: int
    author: str
    body: str
    at: str
    url: str
    is_bots: bool


def writing(place: Environment) -> Writing:
    """Raises Invalid where no new comment started the job."""
    comment, thread = place.event.get("comment"), place.event.get("issue")
    if place.event_name != "issue_comment" or not comment or not thread or place.event.get("action") != "created":
        hint = "start it by `on: issue_comment: types: [created]`; `reconciler init --github` writes that workflow"
        raise Invalid(Finding("R820", "no new comment started this job", hint=hint))
    author = comment.get("user") or {}
    return Writing(
        int(comment["id"]), int(thread["number"]), str(author.get("login")), str(comment.get("body") or ""),
        str(comment["created_at"]), str(comment["html_url"]), author.get("type") == "Bot",
    )  # fmt: skip


@dataclass
class Decider:
    """Answers the comment of one job. `writer` commits; `folder`: the workspace's in the repository, "" for its top.
    `made`: what the state records, asked only where it is needed."""

    github: GitHub
    writer: GitHub
    place: Environment
    folder: str
    made: Callable[[], Mapping[str, Batch]]
    _kept: dict[str, Approval] = field(default_factory=dict)
    """Path → decision of somebody else, or of another comment, that is there and stays."""

    def answer(self) -> Decided:
        """Raises Credentials and ApiError; what was written then is found by the next run."""
        told = writing(self.place)
        answer = spoken(told.body)
        if answer.is_silent or told.is_bots:
            return Decided("Nothing in the comment is a decision.")
        now = self.github.seen(f"issues/comments/{told.id}")
        asked, others, answered = self._thread(told)
        if answered or now is None or elsewhere(answer, asked, others):
            return Decided("The comment is answered already, deleted, or meant for another workspace.")
        try:
            barred = self._barred(told, now)
            verdict = Verdict((), barred) if barred else judge(answer, asked, others, self.made(), told.at)
            return self._refuse(told, verdict.problems) if verdict.problems else self._write(told, verdict.rulings)
        except ReconcilerError as error:
            self._reply(told, replies.failed(error, self.place.run_url), final=False)
            raise

    def _thread(self, told: Writing) -> tuple[Heading | None, list[Heading], bool]:
        """What this workspace asks there, what others ask, and whether the comment has its reply."""
        login, scope = self.github.login(), self.folder or "."
        asked, others, answered = None, dict[str, Heading](), False
        texts = [*self.github.pages(f"issues/{told.thread}/comments"), self.github.get(f"issues/{told.thread}")]
        for one in texts:
            text = str(one.get("body") or "")
            if (one.get("user") or {}).get("login") != login:
                continue
            found, mark = heading(text), marker.read(text) or {}
            answered = answered or (mark.get("kind"), mark.get("to")) == ("answer", str(told.id))
            if found and found.scope == scope:
                asked = found
            elif found:
                others[found.scope] = found
        return asked, list(others.values()), answered

    def _barred(self, told: Writing, now: Mapping[str, Any]) -> tuple[str, ...]:
        """Why the comment does not count, whatever it says."""
        if now["body"] != told.body or now["updated_at"] != now["created_at"]:
            return ("Your comment was edited, and an edited comment does not count. Write a new one.",)
        found = self.github.seen(f"collaborators/{quote(told.author)}/permission") or {}
        if found.get("permission") not in _WRITERS:
            return ("Decisions count from people who may write to this repository. Ask one of them.",)
        return ()

    def _refuse(self, told: Writing, problems: tuple[str, ...]) -> Decided:
        said = replies.refused(problems)
        self._reply(told, said)
        return Decided(said, exit_code=5)

    # -------------------------------------------------------------------------------------------- what is written

    def _write(self, told: Writing, rulings: tuple[Ruling, ...]) -> Decided:
        files = {self._path(made): (one.number, made) for one in rulings for made in [_approval(one, told)]}
        branch = self._branch_of(told)
        start = None if branch else commits.head(self.writer, self._default)
        name = branch or f"reconciler/approvals-{told.id}"
        message = f"{replies.title(rulings)}\n\nDecided by {told.author} in {told.url}\n"
        commit = commits.put(self.writer, name, start, message, lambda parent: self._missing(parent, files))
        number = None
        if not branch:
            is_there = commits.head(self.writer, name) is not None
            number, name = (self._pull(name, rulings, told), name) if is_there else (None, self._default)
        where = Landed(
            self.place.repository_url, name, self._default, commit, number, is_head=bool(branch),
            starts_workflows=self.place.commit_token is not None,
        )  # fmt: skip
        said = replies.written(files, self._kept, where)
        self._reply(told, said)
        return Decided(said, len(files) - len(self._kept))

    def _path(self, made: Approval) -> str:
        """In the repository."""
        return f"{self.folder}/{made.path}" if self.folder else made.path

    def _missing(self, commit: str, files: Mapping[str, tuple[int, Approval]]) -> dict[str, str]:
        """The files that a commit lacks. The same decision, or a newer one, stays."""
        self._kept, lacking = {}, dict[str, str]()
        for path, (_, mine) in files.items():
            data = self.writer.raw(f"contents/{quote(path)}", {"ref": commit})
            there = deciding.recorded(path, data).get(mine.sha256)
            if there is None or (there.decision != mine.decision and there.at <= mine.at):
                lacking[path] = deciding.text(mine)
            elif there != mine:
                self._kept[path] = there
        return lacking

    def _branch_of(self, told: Writing) -> str | None:
        """The branch of the open pull request that the comment stands at, of this repository."""
        if not self.place.event["issue"].get("pull_request"):
            return None
        pull = self.github.get(f"pulls/{told.thread}")
        source = pull["head"]
        ours = (source.get("repo") or {}).get("full_name") == self.place.repository
        return str(source["ref"]) if pull["state"] == "open" and ours and source["ref"] != self._default else None

    @property
    def _default(self) -> str:
        return str(self.place.event["repository"]["default_branch"])

    def _pull(self, branch: str, rulings: tuple[Ruling, ...], told: Writing) -> int | None:
        """The number of the pull request of the branch, opened where there is none; None where that is not allowed."""
        owner = self.place.repository.partition("/")[0]
        known = next(self.github.pages("pulls", query={"head": f"{owner}:{branch}", "state": "all"}), None)
        if known:
            return int(known["number"])
        body = replies.pull(rulings, told.author, told.url)
        asked = {"title": replies.title(rulings), "body": body, "head": branch, "base": self._default}
        try:
            return int(self.writer.post("pulls", asked)["number"])
        except Credentials:
            return None

    def _reply(self, told: Writing, said: str, *, final: bool = True) -> None:
        """A reply that is not final leaves the comment to the next run."""
        line = marker.line("answer" if final else "trouble", self.folder or ".", to=str(told.id))
        body = f"{line}\n{replies.addressed(told.author, told.url)}\n\n{said}"
        self.github.post(f"issues/{told.thread}/comments", {"body": body})


def _approval(one: Ruling, told: Writing) -> Approval:
    """Nothing in it is of the moment when it is written."""
    order = one.order
    return deciding.decision(order.refresh, one.sha256, order.decision, told.author, told.at, order.note)
