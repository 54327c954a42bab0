"""A project as a team has it after `reconciler init --gitlab`, pointed at a simulated account."""

from __future__ import annotations

from collections.abc import Mapping

from tests.gitops.gitlab_forge import GitLabForge
from tests.gitops.gitlab_runner import GitLabPipeline, GitLabRunner
from tests.gitops.machine import ROOT
from tests.stories.account import Account
from tests.stories.workspace import FAST, Workspace

_API = "  contract: {contract}\n  base_url: {url}\n  rate: {rate}\n"
_RATE = f"{{default: {FAST}, ad_create: {FAST}, refresh_create: {FAST}}}"


class GitLabStory:
    """`init` writes the files in a clone; `reconciler.yaml` gets the simulator's address and short waits, and the
    pipeline takes the command that is in the image."""

    def __init__(
        self,
        forge: GitLabForge,
        account: Account,
        runner: GitLabRunner,
        gate: str = "dispatch",
        contract: str = "openapi",
    ) -> None:
        self.forge, self.account, self.runner = forge, account, runner
        desk = Workspace(forge.desk, account.url)
        made = desk.run("init", "--gitlab", "--gate", gate, "--contract", contract)
        assert made.code == 0, made.text
        text = (forge.desk / "reconciler.yaml").read_text("utf-8")
        text = text.replace(f"  contract: {contract}\n", _API.format(contract=contract, url=account.url, rate=_RATE))
        text = text.replace("max_daily_spend: 100.00", "max_daily_spend: 1000.00")
        pipeline = (forge.desk / ".gitlab-ci.yml").read_text("utf-8")
        pipeline = pipeline.replace("source: https://github.com/OWNER/reconciler", 'source: ""')
        self.spring = (ROOT / "tests" / "gitops" / "spring.yaml").read_text("utf-8")
        forge.commit(
            {
                "reconciler.yaml": text + "refresh: {poll_seconds: 0.05}\nrecovery: {quiet_period: 1}\n",
                ".gitlab-ci.yml": pipeline,
                "manifests/first.yaml": None,
                "manifests/.keep": "",
            },
            "Set up",
        )

    def propose(self, files: Mapping[str, str | None], branch: str = "edit", *, fork: bool = False) -> int:
        """Somebody opens a merge request; its number. Its pipeline is `plan`."""
        self.forge.commit(files, "A change", branch)
        iid = self.forge.open(branch, fork=fork)
        self.plan = self.runner.request(iid, parent=not fork)
        return iid

    def push(self, iid: int, files: Mapping[str, str | None], branch: str = "edit") -> GitLabPipeline:
        """Somebody pushes to its branch."""
        self.forge.commit(files, "Another", branch)
        self.forge.pushed(iid)
        self.plan = self.runner.request(iid)
        return self.plan

    def merge(self, iid: int, how: str = "merge") -> GitLabPipeline:
        """Somebody merges it, and somebody starts the job that applies."""
        self.forge.merge(iid, how)
        pipeline = self.runner.push()
        self.runner.play(pipeline, "apply")
        return pipeline
