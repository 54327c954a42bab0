"""The first steps in production's contract: `demo --contract marketing` and `init --contract marketing`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.workspace import Workspace


@pytest.mark.proof
def test_the_demo_tells_of_a_launch(shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From nothing to an empty plan, a stranger put right, a new generation, a replacement; no folder is left."""
    rooms = tmp_path / "rooms"
    rooms.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(rooms))
    told = shop.run("demo", "--contract", "marketing", chdir=False)
    assert told.code == 0, told.text
    for line in (
        "Valid: 16 resources.",
        "Plan: 14 to create, 0 to update, 0 to disable, 1 to upload, 1 to refresh.",
        "Apply complete! 16 done, 0 failed, 0 skipped, 0 unknown, 0 pending.",
        "Drift: 1 changed, 0 gone.",
        '~ status  "ENABLE" → "DISABLE"',
        "Plan: 0 to create, 5 to update, 0 to disable, 1 to refresh.",
        "refresh/hero-hooks g2 variant 3  ready",
        "refresh/hero-hooks g1 variant 3  superseded",
        "Plan: 0 to create, 0 to update, 0 to disable, 1 blocked.",
        "Plan: 0 to create, 0 to update, 0 to disable, 2 to replace.",
    ):
        assert line in told.stdout
    assert told.stdout.count("No changes. The account matches the manifests.") == 2
    assert list(rooms.iterdir()) == []


def test_init_makes_a_workspace_of_production(shop: Workspace, market: Account, tmp_path: Path) -> None:
    """It validates without network and token; it applies, paused, and the plan is empty."""
    root = tmp_path / "new"
    made = shop.run("init", "--contract", "marketing", "-C", str(root), chdir=False)
    assert made.code == 0
    assert "manifests/first.yaml" in made.stdout
    fresh = ["-C", str(root), "--base-url", market.url]
    assert shop.run("validate", *fresh, chdir=False, token=None).code == 0
    assert shop.run("plan", *fresh, chdir=False).code == 0
    applied = shop.run("apply", "--auto-approve", *fresh, chdir=False)
    assert applied.code == 0, applied.text
    assert shop.run("plan", "--detailed-exitcode", *fresh, chdir=False).code == 0
    kinds = ("campaign", "adgroup", "ad")
    assert {one["status"] for kind in kinds for one in market.objects(kind)} == {"DISABLE"}
