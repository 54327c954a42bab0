"""A job of GitHub Actions: its API, workflow commands for its log, and the files that its runner reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from reconciler.ci import commands, outputs, renewal_pull, reviewed, summary
from reconciler.ci.asking import Asking
from reconciler.ci.comment import LIMIT
from reconciler.ci.environment import Environment, for_git
from reconciler.ci.github import GitHub
from reconciler.ci.service import Merged
from reconciler.errors import Finding
from reconciler.workflow.bring_back import Brought


class OnGitHub:
    """See Service."""

    request = "pull request"
    limit = LIMIT

    def __init__(self, place: Environment) -> None:
        self.place = place

    @cached_property
    def forge(self) -> GitHub:
        """The API of the repository."""
        return GitHub(self.place)

    def asking(self, folder: str) -> Asking:
        """In comments, and in an issue an account."""
        return Asking(self.forge, self.place, folder)

    def for_git(self, given: Mapping[str, str]) -> dict[str, str]:
        """How git reaches GitHub."""
        return for_git(self.place, given)

    def mask(self, value: str) -> Sequence[str]:
        """From here on the runner hides it."""
        return [commands.mask(value)]

    def errors(self, findings: Sequence[Finding], folder: str) -> Sequence[str]:
        """Shown on the lines of the changed files."""
        return commands.errors(findings, folder)

    def warning(self, finding: Finding) -> Sequence[str]:
        """Something that did not stop the job."""
        return [commands.warning(finding)]

    def tell(self, values: Mapping[str, str]) -> None:
        """Outputs of the step."""
        outputs.write(self.place.output, values)

    def summarize(self, text: str) -> None:
        """The page of the step."""
        summary.write(self.place.summary, text)

    def by_hand(self, digest: str) -> str:
        """What a person does where a merge applies nothing."""
        return f"run *ads apply* with `expect_digest` = `{digest}`"

    def newest(self, number: int) -> str:
        """The head of a pull request as it is now."""
        return str(self.forge.get(f"pulls/{number}")["head"]["sha"])

    def file_at(self, path: str, commit: str) -> bytes | None:
        """A file of a commit; None where there is none."""
        return self.forge.raw(f"contents/{path}", {"ref": commit})

    def merged(self) -> Merged | None:
        """The pull request whose merge is the commit at hand."""
        return reviewed.merged(self.forge, self.place)

    def reviewed(self, advertiser_id: str, pull: Merged) -> bytes | None:
        """The plan that people looked at."""
        return reviewed.fetch(self.forge, advertiser_id, pull)

    def propose(self, branch: str, base: str, title: str, said: str) -> None:
        """Open a pull request, unless the branch has one."""
        owner = self.place.repository.partition("/")[0]
        asked = {"head": f"{owner}:{branch}", "base": base, "state": "open"}
        if next(self.forge.pages("pulls", query=asked), None) is None:
            self.forge.post("pulls", {"title": title, "body": said, "head": branch, "base": base})

    def keep_renewal(self, advertiser_id: str, brought: Brought, due: Sequence[str]) -> None:
        """The account's pull request."""
        renewal_pull.keep(self.forge, self.place, advertiser_id, brought, due)
