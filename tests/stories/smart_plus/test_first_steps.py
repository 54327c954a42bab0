"""The first steps with Smart+: `init` without a contract, and what it makes, up to an empty plan."""

from __future__ import annotations

from pathlib import Path

from tests.stories.account import Account
from tests.stories.smart_plus.scene import creatives, smart
from tests.stories.workspace import Workspace


def test_init_makes_a_workspace_of_smart_plus(shop: Workspace, market: Account, tmp_path: Path) -> None:
    """It validates without network and token, plans without consent, applies, paused; then the plan is empty."""
    root = tmp_path / "new"
    made = shop.run("init", "-C", str(root), chdir=False)
    assert made.code == 0, made.text
    assert "contract: smart_plus" in (root / "reconciler.yaml").read_text("utf-8")
    fresh = ["-C", str(root), "--base-url", market.url]
    assert shop.run("validate", *fresh, chdir=False, token=None).code == 0
    planned = shop.run("plan", "--json", *fresh, chdir=False)
    assert planned.code == 0, planned.text
    assert sorted(planned.ops.values()) == ["create"] * 3 + ["upload"]
    assert market.posts() == []
    applied = shop.run("apply", "--auto-approve", "--json", *fresh, chdir=False)
    assert applied.code == 0, applied.text
    assert set(applied.ended.values()) == {"done"}
    assert shop.run("plan", "--detailed-exitcode", *fresh, chdir=False).code == 0
    rows = (*market.objects("campaign"), *market.objects("adgroup"), *smart(market))
    assert {one["status"] for one in rows} == {"DISABLE"}
    (only,) = smart(market)
    assert len(creatives(market, only["ad_name"])) == 1
    assert {path.startswith("smart_plus/") for path, _ in market.posts() if "/create/" in path} == {True}
