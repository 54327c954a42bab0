"""The state of runners that meet or die: one writes, the other says who; what a dead one left, the next one settles."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from pathlib import Path

from tests.gitops.machine import Machine
from tests.gitops.story import Story
from tests.stories.workspace import Workspace, until


def test_two_runners_race_for_the_state(story: Story, tmp_path: Path) -> None:
    """While one applies, another one of the same commit ends red, names the run that holds the state, sends nothing."""
    assert isinstance(story.machine, Machine)
    number = story.propose({"manifests/spring.yaml": story.spring})
    event = story.forge.merge(number)
    story.account.faults({"path": "campaign/create/", "nth": 1, "delay": 600})
    first = threading.Thread(target=story.machine.run, args=(event,))
    first.start()
    try:
        until(lambda: len(story.account.posts()) == 1)
        machine = Machine(story.forge, tmp_path / "second", story.machine.secrets, story.machine.tools)
        second = machine.run(event)["apply"]
    finally:
        story.account.operate("clock", {"advance": 601})
        first.join()
    told = second.outputs["apply"]
    assert second.failed
    assert (told["failure_reason"], told["exit_code"]) == ("state-locked", "7")
    assert re.search(r"https://forge\.example/acme/ads/actions/runs/\d+", told["lock_info"])
    winner = story.jobs["apply"]
    assert not winner.failed, winner.log
    assert story.account.names("campaign") == ["Spring"]
    assert "**Applied**" in story.forge.comment_of(number)


def test_a_runner_killed_in_an_apply_and_a_clean_disk_afterwards(story: Story) -> None:
    """The dead run holds the state until a person has released it by its id; the next runner, on a clean disk, finds
    what the dead one sent, makes nothing twice and ends what was reviewed."""
    assert isinstance(story.machine, Machine)
    number = story.propose({"manifests/spring.yaml": story.spring})
    event = story.forge.merge(number)
    story.account.faults({"path": "adgroup/create/", "nth": 1, "delay": 600, "commit": True})

    def kill(name: str, process: subprocess.Popen[str]) -> None:
        if name == "Apply":
            until(lambda: any(path == "adgroup/create/" for path, _ in story.account.posts()))
            os.killpg(process.pid, signal.SIGKILL)

    story.machine.on_step = kill
    assert story.machine.run(event)["apply"].failed
    assert "**Applying**" in story.forge.comment_of(number)
    story.machine.on_step = None
    story.account.faults()
    story.account.operate("clock", {"advance": 601})

    locked = story.machine.run(event)["apply"]
    assert locked.outputs["apply"]["failure_reason"] == "state-locked"
    assert story.account.names("ad") == []
    (found,) = set(re.findall(r"state unlock (\S+?)[`\s.,]", locked.log))
    desk = Workspace(story.forge.desk, story.account.url)
    assert desk.run("state", "unlock", found).code == 0

    again = story.machine.run(event)["apply"]
    assert not again.failed, again.log
    assert [len(story.account.objects(kind)) for kind in ("campaign", "adgroup", "ad")] == [1, 1, 1]
    assert story.account.one("campaign", "Spring")["status"] == "ENABLE"
    assert "**Applied**" in story.forge.comment_of(number)
