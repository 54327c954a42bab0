"""A repository as a team has it: the shipped example, pointed at a simulated account, and what the team does there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.gitops.act import Act
from tests.gitops.forge import Forge
from tests.gitops.machine import ROOT, Job, Machine
from tests.stories.account import Account
from tests.stories.workspace import FAST

EXAMPLE = ROOT / "examples" / "gitops"


class Story:
    """The example's files are committed as they are; `reconciler.yaml` gets the simulator's address, short waits and
    the contract in which these stories are told, which has the smallest manifests."""

    def __init__(self, forge: Forge, account: Account, machine: Machine | Act, contract: str = "openapi") -> None:
        self.forge, self.account, self.machine = forge, account, machine
        files = {path.relative_to(EXAMPLE).as_posix(): path.read_text("utf-8") for path in _files(EXAMPLE)}
        rate = f"{{default: {FAST}, ad_create: {FAST}, refresh_create: {FAST}}}"
        text = files["reconciler.yaml"].replace(
            "  contract: smart_plus\n", f"  contract: {contract}\n  base_url: {account.url}\n  rate: {rate}\n"
        )
        files["reconciler.yaml"] = text + "refresh: {poll_seconds: 0.05}\nrecovery: {quiet_period: 1}\n"
        del files["manifests/spring.yaml"]
        self.spring = (ROOT / "tests" / "gitops" / "spring.yaml").read_text("utf-8")
        files["manifests/.keep"] = ""
        forge.commit(files, "Set up")

    def propose(self, files: Mapping[str, str | None], branch: str = "edit", *, fork: bool = False) -> int:
        """Somebody opens a pull request, and its workflows run; its number."""
        self.forge.commit(files, "A change", branch)
        event = self.forge.open(branch, fork=fork)
        self.machine.run(event)
        return int(event["body"]["number"])

    def merge(self, number: int) -> Job:
        """Somebody merges it, and somebody approves the deployment; how the apply ended."""
        return self.machine.run(self.forge.merge(number))["apply"]

    def run(self, command: str, **inputs: Any) -> Job:
        """The workflow of one command is started by its schedule, or with inputs by hand."""
        name = "workflow_dispatch" if inputs or command in ("plan", "apply") else "schedule"
        event = {**self.forge.event(name), "file": f"ads-{command}.yml"}
        return self.machine.run(event, inputs)[command]

    @property
    def jobs(self) -> dict[str, Job]:
        """The jobs of the last event."""
        return self.machine.jobs


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and ".reconciler" not in path.parts)
