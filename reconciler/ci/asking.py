"""Where people are asked about variants that wait, on GitHub: in a pull request's comment, and in one issue an account.

The issue is for runs that belong to no pull request: opened, updated in place, closed when nothing waits, opened again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.canonical import stamp
from reconciler.ci import marker
from reconciler.ci.comment import Comment
from reconciler.ci.decide import Decided, Decider
from reconciler.ci.environment import Environment
from reconciler.ci.github import GitHub
from reconciler.ci.question import Question, placed
from reconciler.errors import Credentials, ReconcilerError
from reconciler.model import Address, Resource
from reconciler.workflow.deciding import ready, undecided
from reconciler.workflow.session import Session

if TYPE_CHECKING:
    from reconciler.state.ledger import Ledger

LABEL = "reconciler-variants"
"""By it the issue is found without reading all of them."""
_LIMIT = 60_000


class Asking:
    """Of one job. `folder`: the workspace's in the repository, "" for its top."""

    def __init__(self, github: GitHub, place: Environment, folder: str) -> None:
        self._github, self._place, self._folder = github, place, folder

    def question(
        self, session: Session, ledger: Ledger, declared: Mapping[Address, Resource], gallery: str | None = None
    ) -> Question:
        """What is to be decided now. `gallery`: where this run has put one; else the newest that is found is linked."""
        found = undecided(session, ledger, declared)
        if found and gallery is None:
            with suppress(ReconcilerError):
                gallery = self._gallery()
        return Question(self._folder or ".", stamp(session.world.now()), found, gallery)

    def ask(self, session: Session, comment: Comment | None, gallery: str | None) -> None:
        """After a run that may have made variants: the comment's next text asks, and the account's issue is kept; one
        is opened where there is no comment."""
        ledger = session.ledger()
        declared = session.desired(ledger) if ledger.lock.refreshes else {}
        asked = self.question(session, ledger, declared, gallery)
        if comment:
            comment.question = asked
        try:
            opens = not (comment and comment.is_there)
            self._keep(session.workspace.file.account.advertiser_id, asked, opens=opens)
        except Credentials:
            # A job of one's own that may not read issues has none to close.
            if asked.is_open:
                raise

    def decide(self, session: Session) -> Decided:
        """Answer the comment that started the job. Raises Invalid, Credentials and ApiError."""
        place = self._place
        writer = GitHub(replace(place, token=place.commit_token or place.token))
        return Decider(self._github, writer, place, self._folder, lambda: ready(session)).answer()

    def _keep(self, advertiser_id: str, asked: Question, *, opens: bool) -> None:
        """Make the issue say what waits. `opens`: whether one is opened where none is open."""
        login = self._github.login()
        listed = self._github.pages("issues", query={"labels": LABEL, "state": "all"})
        mine = [one for one in listed if marker.ours(one, login, "variants", advertiser_id)]
        open_ = next((one for one in mine if one["state"] == "open"), None)
        if open_ and not asked.is_open:
            self._github.patch(f"issues/{open_['number']}", {"state": "closed", "state_reason": "completed"})
        if not asked.is_open or not (open_ or opens):
            return
        last = open_ or next(iter(mine), None)
        title = f"Variants wait for a decision: account {advertiser_id}"
        head = f"Made for account {advertiser_id}; this text is kept up to date, and the issue closed when none waits."
        text = f"{marker.line('variants', advertiser_id)}\n{head}\n"
        body = placed(text, str(last["body"]) if last else "", asked, _LIMIT)
        if last:
            self._github.patch(f"issues/{last['number']}", {"title": title, "body": body, "state": "open"})
        else:
            self._github.post("issues", {"title": title, "body": body, "labels": [LABEL]})

    def _gallery(self) -> str | None:
        """Where the newest gallery can be downloaded: an artifact of a run on the default branch of this repository.
        One of a pull request or of a fork may have the same name."""
        place = self._place
        branch = (place.event.get("repository") or {}).get("default_branch")
        for one in self._github.pages("actions/artifacts", "artifacts", {"name": "gallery"}):
            run = one["workflow_run"]
            here = run["head_repository_id"] == run["repository_id"]
            if here and run["head_branch"] == branch and not one["expired"]:
                return f"{place.repository_url}/actions/runs/{run['id']}/artifacts/{one['id']}"
        return None
