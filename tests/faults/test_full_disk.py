"""A disk that is full, and a folder that cannot be written: the run stops in words, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.stage import APPLY, converge, set_up, settled
from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign
from tests.stories.workspace import TOKEN, in_environment

BIRTH = (campaign("a", status="ENABLE", budget="70"), adgroup("g", "a"), ad("d", "g"))
LIMITED = """
import resource, sys
size = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
from reconciler.cli.main import main
main()
"""


@pytest.mark.parametrize("size", rotating([0, 40, 300, 900, 1700, 2600, 3500, 4400, 5600, 7000, 9000], 3))
def test_a_full_disk_stops_the_run_and_loses_nothing(account: Account, tmp_path: Path, size: int) -> None:
    """No file may grow past a size: R506 in words, no write without its intent; with room again it converges."""
    work = set_up(tmp_path / "w", account.url, quiet=0.3)
    work.manifest(*BIRTH)
    with in_environment(TOKEN):
        command = [sys.executable, "-c", LIMITED, str(size), *APPLY]
        ended = subprocess.run(command, cwd=work.root, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode in (0, 1, 9), ended.stderr
    assert "Traceback" not in ended.stderr
    if ended.returncode:
        assert "R506" in ended.stdout
    intents = work.journal.read_bytes().count(b'"kind":"intent"') if work.journal.exists() else 0
    assert len(account.posts()) <= intents
    converge(work, account)
    settled(work, account)


def test_a_folder_that_cannot_be_written_is_a_refusal_in_words(account: Account, tmp_path: Path) -> None:
    """`.reconciler` is a file: nothing is sent, and the message names what cannot be used."""
    work = set_up(tmp_path / "w", account.url)
    work.manifest(*BIRTH)
    work.write(".reconciler", "")
    for command in (APPLY, ("advance", "--json"), ("recover", "--json"), ("plan", "--json")):
        ended = work.run(*command)
        assert ended.code in (1, 3), ended.text
        message = ended.json["errors"][0]["message"]
        assert ".reconciler" in message or "journal" in message
        assert "Traceback" not in ended.text
    assert account.posts() == []
