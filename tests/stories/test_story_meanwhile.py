"""A plan that is made while another run writes says so: state and account are read at two moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.marketing.scene import campaign, settle_in
from tests.stories.workspace import finish, until

TOLD = {
    "local": "another run has written to the state since this plan began",
    "postgres": "if it is gone, the lock is free",
}


@pytest.mark.parametrize("state", rotating(["local", "postgres"], 2))
def test_what_another_run_makes_meanwhile_is_no_surprise(
    tmp_path: Path, market: Account, state: str, request: pytest.FixtureRequest
) -> None:
    """An apply creates between the plan's look at the state and its look at the account: the plan warns, and the next
    one, made in peace, is empty and warns of nothing."""
    if state == "postgres":
        request.getfixturevalue("dsn")
    work = settle_in(tmp_path / "workspace", market, more="" if state == "local" else "state: {backend: postgres}\n")
    work.manifest(campaign("a"), campaign("b"))
    market.faults({"path": "campaign/create/", "nth": 2, "delay": 60})
    writing = work.start("apply", "--auto-approve")
    until(lambda: len(market.calls("POST")) >= 2)
    market.faults({"path": "campaign/get/", "nth": 1, "delay": 600})
    before = len(market.calls("GET"))
    planning = work.start("plan", "--json")
    until(lambda: any("campaign/get/" in one["path"] for one in market.calls("GET")[before:]))
    market.operate("clock", {"advance": 61})
    assert finish(writing).code == 0
    market.operate("clock", {"advance": 600})
    ended = finish(planning)
    assert ended.code == 0, ended.text
    assert TOLD[state] in " ".join(ended.json["warnings"])
    quiet = work.plan()
    assert (quiet.json["warnings"], quiet.json["changes"]) == ([], [])
