"""One developer app, several workspaces on one machine: they share its limits where they name one rate window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.manifests import campaign
from tests.stories.workspace import Workspace, finish

TOGETHER = 6
LIMITS = f"{{default: {{per_second: {TOGETHER}, per_minute: 600}}}}"
SECOND = {"rate": "on", "rate_per_second": str(TOGETHER), "latency_ms": "5-60"}


@pytest.fixture
def strict() -> Account:
    """A server that counts."""
    return Account(switches=SECOND)


def workspace(path: Path, account: Account, window: str = "rate_window: ../rate.json, ") -> Workspace:
    """A workspace of that app, with campaigns of its own to make."""
    work = Workspace(path, account.url)
    work.configure(rate=LIMITS)
    work.replace("rate: ", f"{window}rate: ", "reconciler.yaml")
    work.manifest(*(campaign(f"{path.name}{number}") for number in range(4)))
    return work


def test_two_applies_never_call_too_often_together(tmp_path: Path, strict: Account) -> None:
    """Calls of every class count for both, reads too: the server refuses none, and both end well."""
    with strict:
        works = [workspace(tmp_path / name, strict) for name in "ab"]
        runs = [one.start("apply", "--auto-approve", "--json") for one in works]
        assert [finish(one).code for one in runs] == [0, 0]
        calls = strict.calls()
        assert {one["code"] for one in calls} == {"0"}
        moments = sorted(float(one["time"]) for one in calls)
        assert len(moments) > 2 * TOGETHER
        for first, last in zip(moments, moments[TOGETHER:], strict=False):
            assert last - first >= 1.0, (first, last)
        lines = (tmp_path / "rate.json").read_text("utf-8").splitlines()
        assert "default" in {name for line in lines for name in json.loads(line).get("classes", [])}


def test_whoever_names_none_writes_none_for_a_read(tmp_path: Path) -> None:
    """A plan in a workspace that shares with nobody leaves no file behind."""
    with Account() as account:
        work = workspace(tmp_path / "a", account, window="")
        work.plan()
        assert not (work.root / ".reconciler" / "rate.json").exists()
