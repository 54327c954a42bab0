"""The one comment of a pull request: made when a plan begins, updated in place, and honest at every moment.

    planning → planned → applying → applied, refused or failed

While a plan is made the comment says so and shows nothing else: a plan that crashed, or a runner that was killed, can
never be read as a plan without changes. What to do next stands above the plan, so that it goes with its status.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.ci import marker
from reconciler.ci.advice import Status
from reconciler.ci.question import Question, placed
from reconciler.ci.service import Forge, JobFacts

_WORDS: Mapping[Status, str] = {
    "planning": "⏳ **Planning**",
    "planned": "📋 **Planned**",
    "applying": "⏳ **Applying**",
    "applied": "✅ **Applied**",
    "waiting": "⏳ **Applied; what still waits is listed below**",
    "blocked": "⚠️ **Applied, except for what is blocked**",
    "refused": "⛔ **Refused**",
    "neutral": "⚪ **Nothing of this pull request; what its base has already is refused**",
    "failed": "❌ **Failed**",
}
LIMIT = 60_000
"""Characters of a comment, below GitHub's 65,536."""
_ASKED = 5_000
"""Most characters of what is asked, beyond the others."""
_ELSEWHERE = "What was planned is in the artifact of the pull request's run."
_PLAN = "\n<!-- below: what was planned -->\n"
_KEPT = "**What was planned:**\n\n"


class Comment:
    """The comment of one pull request about one workspace."""

    def __init__(self, forge: Forge, place: JobFacts, number: int, scope: str, limit: int = LIMIT) -> None:
        self._forge, self._place, self._number, self._scope, self._limit = forge, place, number, scope, limit
        self._id: int | None = None
        self._body = ""
        self._looked = False
        self.question: Question | None = None
        """What is to be decided now; None leaves what the comment asks."""

    @property
    def is_there(self) -> bool:
        """Whether it was made."""
        self._find()
        return self._id is not None

    def show(self, status: Status, plan: str = "", *, above: str = "", digest: str = "") -> None:
        """Set status and text; the comment is made when there is none. `plan` is what a later status keeps below it."""
        self._find()
        head = marker.line("plan", self._scope, sha=self._place.head, digest=digest, status=status)
        text = f"{head}\n{self._line(status)}\n\n{above}"
        self._write(f"{text}{_PLAN}{plan}" if plan else text)

    def advance(self, status: Status, above: str = "") -> None:
        """Set another status above what was planned, which stays; without a comment there is none to update."""
        self._find()
        if self._id is None:
            return
        planned = self._body.partition(_PLAN)[2].removeprefix(_KEPT)
        head = marker.line("plan", self._scope, sha=self._place.head, status=status)
        text = f"{head}\n{self._line(status)}\n\n{above}"
        if planned:
            text += _PLAN + _KEPT
            text += planned if len(text) + len(planned) <= self._limit else _ELSEWHERE
        self._write(text)

    def _line(self, status: Status) -> str:
        return f"{_WORDS[status]} · commit {self._place.head[:7]} · [run]({self._place.run_url})"

    def _find(self) -> None:
        if self._looked:
            return
        self._looked = True
        login = self._forge.login()
        for one in self._forge.comments(self._number):
            if marker.ours(one, login, "plan", self._scope):
                self._id, self._body = int(one["id"]), str(one["body"])

    def _write(self, text: str) -> None:
        text = placed(text, self._body, self.question, _ASKED)
        if self._id is None:
            self._id = self._forge.comment(self._number, text)
        else:
            self._forge.rewrite(self._number, self._id, text)
        self._body = text
