"""The way of somebody new, from an empty folder to the first change in an account of twelve campaigns."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.stories.account import ADVERTISER, Account
from tests.stories.pull.full import is_clean, twelve
from tests.stories.workspace import FAST, Workspace


@pytest.mark.parametrize("contract", ["smart_plus", "marketing"])
def test_from_an_empty_folder_to_the_first_change(tmp_path: Path, market: Account, contract: str) -> None:
    """init, pull, one budget edited, a plan of exactly that, apply, an empty plan; every request is counted."""
    twelve(market)
    market.forget_calls()
    shop, began = Workspace(tmp_path / "folder", market.url), time.perf_counter()
    (shop.root / "manifests").rmdir()
    assert shop.run("init", "--contract", contract).code == 0
    (shop.root / "manifests/first.yaml").unlink()
    rate = f"{{default: {FAST}, ad_create: {FAST}}}"
    shop.replace(f"contract: {contract}\n", f"contract: {contract}\n  base_url: {market.url}\n  rate: {rate}\n",
                 "reconciler.yaml")  # fmt: skip
    assert ADVERTISER in (shop.root / "reconciler.yaml").read_text("utf-8")
    pulled = shop.run("pull")
    assert (pulled.code, "Pulled 12 campaigns, 24 ad groups, 48 ads" in pulled.stdout) == (0, True), pulled.text
    reads = len(market.calls())
    shop.replace("budget: 103.00", "budget: 90.00", "manifests/pulled/launch-3.yaml")
    plan = shop.plan()
    (row,) = plan.rows.values()
    fields = [(one["path"], one["old"], one["new"]) for one in row["fields"]]
    assert (row["address"], row["op"], fields) == ("campaign/launch-3", "update", [("budget", "103.00", "90.00")])
    shop.apply()
    writes = market.posts()
    assert [(path, body["budget"]) for path, body in writes] == [("campaign/update/", "90.00")]
    assert is_clean(shop)
    print(f"{contract}: {time.perf_counter() - began:.1f} s, {reads} requests to pull, {len(market.calls())} in all")
    assert reads == 7
    assert {one["method"] for one in market.calls()[:reads]} == {"GET"}
