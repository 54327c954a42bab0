"""A raise is held against what is live when it is sent, whoever changed it meanwhile."""

from __future__ import annotations

import re

import pytest

from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign
from tests.stories.workspace import Workspace, finish, until

SLOW = {"path": "campaign/create/", "delay": 1.5}


@pytest.mark.parametrize(("stranger", "others"), [({"budget": 5000}, "ENABLE"), ({"status": "ENABLE"}, "DISABLE")])
def test_a_stranger_raises_while_our_creates_run(
    work: Workspace, account: Account, stranger: dict[str, object], others: str
) -> None:
    """440 is fine beside 400 of another's; by the time the raise is sent the other spends 5,000, or spends at all."""
    work.configure(guardrails="{max_daily_spend: 900.00}")
    mine = campaign("mine", status="ENABLE", budget="300.00")
    work.manifest(mine, campaign("other", status=others, budget="400.00" if others == "ENABLE" else "800.00"))
    work.apply()
    work.manifest(
        campaign("mine", status="ENABLE", budget="440.00"), campaign("new"), adgroup("g", "new"),
        campaign("other", lifecycle="ignore: [budget, status]", status=others, budget="400.00"),
    )  # fmt: skip
    account.faults(SLOW)
    account.forget_calls()
    process = work.start("apply", "--auto-approve", "--json")
    until(lambda: any(path == "campaign/create/" for path, _ in account.posts()))
    account.edit("campaign", "other", **stranger)
    ended = finish(process)
    assert ended.code == 9, ended.text
    error = ended.rows["campaign/mine"]["error"]
    assert error["code"] == "R801"
    assert re.search(r"worst case \d+\.00 USD a day, above the limit of \d+\.00 USD", error["message"])
    assert account.one("campaign", "mine")["budget"] == "300.00"


def test_a_plan_that_broke_a_rail_is_never_applied_whatever_the_rail_says_later(work: Workspace) -> None:
    """Saved under the old limit, refused under the new one, too: exit 5, nothing sent."""
    work.manifest(campaign(status="ENABLE", budget="1500.00"))
    assert work.run("plan", "--out", "p.json").code == 0
    work.configure(guardrails="{max_daily_spend: 2000.00}")
    ended = work.run("apply", str(work.root / "p.json"), "--json")
    assert (ended.code, ended.json["errors"][0]["code"]) == (5, "R814")
