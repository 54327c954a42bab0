"""A copy of the loaded command is to a story what a process is that loads it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.manifests import campaign
from tests.stories.workspace import Workspace, finish, until


@pytest.mark.parametrize("command", ["plan --json", "plan --lies", "validate --json", "status"])
def test_it_ends_and_says_the_same(work: Workspace, command: str) -> None:
    """Its code, what it answers and what it tells, in the folder and environment of its own."""
    work.manifest(campaign())
    assert work.process(*command.split()) == work.process(*command.split(), anew=True)


def test_it_waits_hears_and_dies_as_one(work: Workspace, account: Account) -> None:
    """It runs until it is sent a signal, is another process than we are, and ends with 130, or by SIGKILL."""
    work.manifest(campaign())
    for number, code in ((signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)):
        account.forget_calls()
        account.faults({"path": "campaign/get/", "delay": 60})
        process = work.start("plan")
        until(account.calls)
        assert process.poll() is None
        process.send_signal(number)
        assert finish(process).code == code
        account.faults()


def test_its_output_goes_where_it_is_told_to(work: Workspace, tmp_path: Path) -> None:
    """Into files."""
    with (tmp_path / "out").open("w") as out:
        process = work.start("plan", "--json", stdout=out, stderr=out)
    assert process.wait(60) == 0
    assert '"digest"' in (tmp_path / "out").read_text()


@pytest.mark.parametrize("anew", [False, True])
def test_starting_one_leaves_our_environment_alone(
    work: Workspace, monkeypatch: pytest.MonkeyPatch, *, anew: bool
) -> None:
    """Of two threads that start one each, one would put back what the other has set: a token, for whatever follows."""
    with monkeypatch.context() as fixed:
        fixed.delattr("os.putenv")
        process = work.start("plan", "--json", anew=anew)
    assert finish(process).code == 0
