"""`demo --story sixty-days`: the whole story over HTTP, and the same again for the same seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HEADS = (
    "Two ads will show generated variants", "The variants are made.", "A look at the figures",
    "Both hooks have worn out.", "This is the plan that the pull request shows", "Somebody merges it",
    "Somebody watches and approves them", "The new hooks against their own first week.",
)  # fmt: skip


def told(folder: Path) -> list[str]:
    """The lines of a telling, with the token of somebody who has one."""
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder), "TIKTOK_ACCESS_TOKEN": "somebody's own token"}
    command = [sys.executable, "-m", "reconciler", "demo", "--story", "sixty-days"]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.splitlines()


def test_launch_tiring_proposal_merge_approval_swap_and_the_same_again(tmp_path: Path) -> None:
    """Every chapter in its order; line for line the same but for the last, which says how long it took."""
    first, second = told(tmp_path / "first"), told(tmp_path / "second")
    assert first[:-1] == second[:-1]
    assert first[-1].startswith("Sixty days took ")
    text = "\n".join(first)
    places = [text.find(head) for head in HEADS]
    assert places == sorted(places)
    assert -1 not in places
    assert "tired: 2 of 2 ads" in text
    assert "next: step 1, COMMENT; 2 tasks (month: 2 of 40); 2 ads change their video (approval first)" in text
    assert "ad/hook-1 keeps the video it shows until generation 2 of refresh/hero-hooks is approved" in text
    assert first[-5].startswith("No changes.")
    assert "$ git commit --quiet -m 'Renew: hero-hooks is tired'" in first  # as a shell takes it
    assert "somebody's own token" not in text
    assert list((tmp_path / "first").iterdir()) == []
