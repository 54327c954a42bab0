"""Output that fails: closed pipes, full disks, dead terminals. What is sent and recorded stays the same, and the exit
code is that of the report."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import time
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.manifests import campaign, family
from tests.stories.refresh.scene import SUBMIT, known_tasks, ready, refresh, video
from tests.stories.workspace import Run, Workspace, finish, in_environment, until

APPLY = ("apply", "--auto-approve")
COMMANDS = (
    "plan", "plan --json", "plan --format html", "status", "history", "state list", "drift", "validate",
    "explain campaign/c0", "schema", "doctor", "gallery", "--help", "nonsense",
)  # fmt: skip
UNHEARD = (">/dev/full 2>/dev/full", ">&- 2>&- <&-", "| true")


def shell(work: Workspace, line: str, **how: Any) -> Run:
    """A line of bash in the workspace; `R` is the command. What `$?` or PIPESTATUS tells is printed by the line."""
    with in_environment("story-token/4b2f9c7e"):
        process = subprocess.Popen(
            ["bash", "-c", 'R() { python -m reconciler "$@"; }\n' + line], cwd=work.root, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=path_of_ours(), **how,
        )  # fmt: skip
    return finish(process)


def path_of_ours() -> dict[str, str]:
    """The environment with this very Python first."""
    import sys

    return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def quiet(ended: Run) -> None:
    """No traceback, nothing of the interpreter's own, no bug."""
    for text in ("Traceback", "Exception ignored", "BrokenPipe", "R999"):
        assert text not in ended.text, ended.text


def ended_with(work: Workspace) -> int:
    """The code that `history` tells of the last run."""
    found: int = work.run("history", "--json").json["runs"][0]["exit_code"]
    return found


UNREAD = [
    "R apply --auto-approve -v 2>&1 | head -1; exit ${PIPESTATUS[0]}",
    "R apply --auto-approve | head -1; exit ${PIPESTATUS[0]}",
    "R apply --auto-approve -v 2>&1 | grep -m1 campaign; exit ${PIPESTATUS[0]}",
    "R apply --auto-approve -v --json 2>&1 | true; exit ${PIPESTATUS[0]}",
    "R apply --auto-approve -v >/dev/full 2>&1; exit $?",
    "R apply --auto-approve --json >/dev/full; exit $?",
    "R apply --auto-approve -v >&-; exit $?",
    "R apply --auto-approve -v 2>&-; exit $?",
    "R apply --auto-approve -v --json >&- 2>&- <&-; exit $?",
]
"""Applies whose output ends early, or has nowhere to go; R is the command."""


@pytest.fixture
def ten(work: Workspace, account: Account) -> Workspace:
    """Ten campaigns are to be made."""
    work.manifest(*(campaign(f"c{number}") for number in range(10)))
    return work


@pytest.mark.parametrize("line", rotating(UNREAD, 3))
def test_an_apply_that_nobody_reads_does_all_its_work(ten: Workspace, account: Account, line: str) -> None:
    """Exit 0, ten campaigns, and `history` says the same."""
    ended = shell(ten, line)
    assert ended.code == 0, ended.text
    quiet(ended)
    assert len(account.objects("campaign")) == 10
    assert ended_with(ten) == 0
    assert ten.in_sync()


def test_the_code_of_the_report_stands_where_nothing_can_be_printed(ten: Workspace, account: Account) -> None:
    """One row is refused: 9, whatever becomes of the output."""
    account.faults({"path": "campaign/create/", "nth": 4, "code": 40002, "message": "no"})
    ended = shell(ten, "R apply --auto-approve --json >/dev/full 2>&-; exit $?")
    assert ended.code == 9
    assert ended_with(ten) == 9
    assert len(account.objects("campaign")) == 9


@pytest.mark.parametrize(("command", "where"), rotating(list(product(COMMANDS, UNHEARD)), 14, " ".join))
def test_every_command_ends_with_the_code_of_its_result(ten: Workspace, command: str, where: str) -> None:
    """A reader that stops reading, or a disk that is full, is no error of ours."""
    ten.run(*APPLY, "--json")
    wanted = ten.run(*command.split()).code
    ended = shell(ten, f"R {command} {where}; exit ${{PIPESTATUS[0]}}")
    assert ended.code == wanted, ended.text
    quiet(ended)


def test_a_full_disk_under_the_answer_is_told(ten: Workspace) -> None:
    """The answer is lost, and stderr says why; the code is the result's."""
    ended = shell(ten, "R plan --json --detailed-exitcode >/dev/full; exit $?")
    assert ended.code == 2
    assert "No space left on device" in ended.stderr


def test_a_non_blocking_pipe_is_waited_for(ten: Workspace) -> None:
    """Somebody else made our stdout non-blocking: everything is printed."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    process = ten.start("schema", stdout=theirs)
    os.close(theirs)
    time.sleep(0.5)
    with os.fdopen(ours, "rb") as reader:
        text = reader.read()
    assert finish(process).code == 0
    assert text.endswith(b"}\n")
    assert len(text) > 4096


@pytest.fixture
def paid(work: Workspace, account: Account) -> Workspace:
    """One variant is to be made, and the call that pays for it takes a while."""
    ready(work)
    account.switch(task_seconds="0")
    work.manifest(video(), refresh(variants=1))
    account.faults({"path": SUBMIT, "nth": 1, "delay": 60, "commit": True})
    return work


def submitted(work: Workspace, account: Account) -> None:
    """Waits until the paid call is under way."""
    until(lambda: any(path == SUBMIT for path, _ in account.posts()))
    time.sleep(0.3)


def kept(work: Workspace, account: Account) -> None:
    """The reply of the paid call is recorded: the next apply goes on and pays nothing twice."""
    assert work.run("status", "--json").json["intents"] == []
    assert len(known_tasks(work)) == 1
    account.faults()
    work.apply()
    assert len([path for path, _ in account.posts() if path == SUBMIT]) == 1
    assert work.in_sync()


def test_ctrl_c_that_also_ends_the_reader_loses_no_reply(paid: Workspace, account: Account) -> None:
    """`apply 2>&1 | tee log` and Ctrl-C: the whole group gets the signal; 130, and the paid task is known."""
    line = "trap : INT; python -m reconciler apply --auto-approve 2>&1 | cat >/dev/null; exit ${PIPESTATUS[0]}"
    with in_environment("story-token/4b2f9c7e"):
        group = subprocess.Popen(
            ["bash", "-c", line], cwd=paid.root, env=path_of_ours(), start_new_session=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    submitted(paid, account)
    os.killpg(group.pid, signal.SIGINT)
    time.sleep(0.3)
    account.operate("clock", {"advance": 61})
    ended = finish(group)
    assert ended.code == 130, ended.text
    assert ended_with(paid) == 130
    kept(paid, account)


@pytest.mark.parametrize("hangups", [1, 2])
def test_a_closed_terminal_loses_no_reply(paid: Workspace, account: Account, hangups: int) -> None:
    """SIGHUP, from kernel and shell, and a terminal to which nothing can be written: 130, and the task is known."""
    ours, theirs = pty.openpty()
    process = paid.start(*APPLY, "-v", stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    end = time.monotonic() + 30
    while not any(path == SUBMIT for path, _ in account.posts()):
        assert time.monotonic() < end
        if select.select([ours], [], [], 0.05)[0]:
            os.read(ours, 65536)
    os.close(ours)
    for _ in range(hangups):
        process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
    account.operate("clock", {"advance": 61})
    assert finish(process).code == 130
    kept(paid, account)


def test_a_log_whose_reader_goes_during_a_call_loses_no_reply(paid: Workspace, account: Account) -> None:
    """`apply -v` with a stderr that dies under the paid call: the reply is recorded, and the run goes on to its end."""
    process = paid.start(*APPLY, "-v", "--json")
    assert process.stderr
    submitted(paid, account)
    process.stderr.close()
    process.stderr = None
    account.operate("clock", {"advance": 61})
    out = process.communicate(timeout=60)[0]
    assert process.returncode == 0, out
    kept(paid, account)


def test_the_log_of_a_write_comes_after_its_record(work: Workspace, account: Account) -> None:
    """When `-v` names a write, the journal has its reply."""
    work.manifest(campaign())
    process = work.start(*APPLY, "-v", "--json")
    assert process.stderr
    for line in process.stderr:
        if "POST campaign/create/" in line:
            process.send_signal(signal.SIGSTOP)
            break
    try:
        records = work.journal.read_text("utf-8").splitlines()
        assert any('"kind":"reply"' in one for one in records)
    finally:
        process.send_signal(signal.SIGCONT)
        finish(process)


def test_a_signal_is_announced_while_the_call_is_under_way(paid: Workspace, account: Account) -> None:
    """Who pressed Ctrl-C hears at once that the run ends after the call, not when it has."""
    process = paid.start(*APPLY, "--json")
    submitted(paid, account)
    process.send_signal(signal.SIGINT)
    assert process.stderr
    until(lambda: "Interrupted" in (process.stderr.readline() if process.stderr else ""))
    assert process.poll() is None
    account.operate("clock", {"advance": 61})
    assert finish(process).code == 130
    kept(paid, account)


def test_a_terminal_keeps_a_line_of_every_object_that_is_done(work: Workspace, account: Account) -> None:
    """Its id and how long it took; without a terminal the last line alone tells of the end."""
    work.manifest(*family())
    ours, theirs = pty.openpty()
    process = work.start(*APPLY, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # what Linux says when the other end is closed
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    assert process.wait(timeout=30) == 0, shown
    for address, entry in work.lock.items():
        # Of an ad group and an ad this contract tells no id; it is found once the stage is over.
        known = f"id {entry['id']}, " if address.startswith("campaign/") else ""
        line = re.compile(rf"{address} done: {known}\d+\.\d s")
        assert len(line.findall(shown.decode())) == 1, shown
    work.replace("500.00", "400.00")
    piped = work.run(*APPLY)
    assert piped.code == 0
    assert piped.stderr == "1 of 1 effects: update campaign/spring done\n"
