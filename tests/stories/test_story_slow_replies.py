"""Replies that drip, listings that never end, replies that name what cannot be: bounded, and never taken for more."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.manifests import campaign
from tests.stories.marketing import scene
from tests.stories.refresh.scene import SUBMIT, known_tasks, ready, refresh, video
from tests.stories.workspace import Run, Workspace

SLOW: dict[str, Any] = {"drip": 10, "whole": True}
"""A byte every tenth of a second, from the status line on: no pause is ever as long as `timeout.read`."""


def took(work: Workspace, *arguments: str) -> tuple[Run, float]:
    """A command, and how many seconds it took."""
    began = time.monotonic()
    return work.run(*arguments), time.monotonic() - began


@pytest.mark.parametrize("fault", [SLOW, {"drip": 10}], ids=["from the status line on", "in the body"])
def test_a_write_whose_reply_drips_ends_with_the_time_limit(
    work: Workspace, account: Account, fault: dict[str, Any]
) -> None:
    """The reply as a whole must come within `timeout.read`: then it is unknown, looked for, and made once."""
    work.configure(timeout="{connect: 5, read: 1}", quiet=0.5)
    work.manifest(campaign("a"), campaign("b"))
    account.faults({"path": "campaign/create/", "nth": 1, **fault})
    ended, seconds = took(work, "apply", "--auto-approve", "--json")
    assert ended.code == 8, ended.text
    assert sorted(ended.ended.values()) == ["skipped", "unknown"]
    assert seconds < 6
    work.apply()
    assert account.names("campaign") == ["a", "b"]
    assert work.in_sync()


def test_reads_that_drip_end_with_the_time_limit(work: Workspace, account: Account) -> None:
    """Every try of a read is bounded: an error that says so, and the lock is free."""
    work.configure(timeout="{connect: 5, read: 0.5}")
    work.manifest(campaign())
    account.faults({"method": "GET", **SLOW})
    ended, seconds = took(work, "apply", "--auto-approve", "--json")
    assert (ended.code, ended.codes) == (1, ["R603"])
    assert "within the time limit" in ended.text
    assert seconds < 40
    account.faults()
    work.apply()


def test_a_false_number_of_pages_ends_soon(work: Workspace, account: Account) -> None:
    """A million pages that bring nothing: a handful is asked for, and nothing is decided on what came."""
    work.manifest(campaign())
    account.load(campaigns=[{"campaign_name": f"c{number}"} for number in range(1000)])
    lie = {"data.page_info.total_page": 1_000_000, "data.page_info.total_number": 900_000_000}
    account.faults({"path": "campaign/get/", "edit": lie})
    ended, seconds = took(work, "apply", "--auto-approve", "--json")
    assert (ended.code, ended.codes) == (1, ["R605"])
    assert account.posts() == []
    assert len(account.calls("GET")) < 200
    assert seconds < 30


def two_ids(account: Account) -> None:
    """The next create of a campaign is answered with two ids."""
    account.faults({"path": "campaign/create/", "nth": 1, "edit": {"data.campaign_ids": ["1" * 19, "2" * 19]}})


def test_two_ids_in_one_reply_bind_nothing_and_are_settled(work: Workspace, account: Account) -> None:
    """Unknown, with both ids as evidence; the account then shows which object it is."""
    work.configure(quiet=0.5)
    work.manifest(campaign())
    two_ids(account)
    applied = work.apply(code=8)
    row = applied.rows["campaign/spring"]
    assert (row["outcome"], row["id"]) == ("unknown", None)
    assert "1" * 19 in row["error"]["message"]
    assert "2" * 19 in row["error"]["message"]
    work.apply()
    assert len(account.objects("campaign")) == 1
    assert work.lock["campaign/spring"]["id"] == account.one("campaign", "spring")["campaign_id"]
    assert work.in_sync()


def test_two_objects_of_one_create_are_for_a_person(work: Workspace, account: Account) -> None:
    """Two ids, and two objects of that name: apply ends with 10, `recover` shows both and takes one."""
    work.configure(quiet=0.5)
    work.manifest(campaign())
    two_ids(account)
    work.apply(code=8)
    account.load(campaigns=[{"campaign_name": "spring"}])
    assert work.apply(code=10).ended == {"campaign/spring": "skipped"}
    (case,) = work.run("recover", "--json").json["open"]
    ids = [one["id"] for one in case["candidates"]]
    assert sorted(ids) == sorted(one["campaign_id"] for one in account.objects("campaign"))
    made = min(ids, key=lambda one: account.objects("campaign")[0]["campaign_id"] != one)
    assert work.run("recover", "--adopt", f"campaign/spring={made}").code == 0
    assert work.lock["campaign/spring"]["id"] == made
    assert len(account.objects("campaign")) == 2


@pytest.mark.parametrize("whose", ["campaign", "adgroup"])
def test_an_id_that_belongs_to_something_else_is_never_bound(tmp_path: Path, whose: str) -> None:
    """The reply to an ad group names its campaign, or an ad group that is there: unknown, then settled by looking."""
    with Account(contract="marketing") as market:
        shop = scene.settle_in(tmp_path / "shop", market, quiet=0.5)
        never_bound(shop, market, whose)


def never_bound(shop: Workspace, market: Account, whose: str) -> None:
    """Whatever the reply names, the ad group gets its own id in the end."""
    shop.manifest(scene.campaign(), scene.adgroup("old"))
    shop.apply()
    wrong = shop.lock["campaign/spring" if whose == "campaign" else "adgroup/old"]["id"]
    shop.manifest(scene.campaign(), scene.adgroup("old"), scene.adgroup("new"))
    market.faults({"path": "adgroup/create/", "nth": 1, "edit": {"data.adgroup_id": wrong}})
    applied = shop.apply(code=8)
    assert applied.ended["adgroup/new"] == "unknown"
    assert wrong in applied.rows["adgroup/new"]["error"]["message"]
    assert "adgroup/new" not in shop.lock
    shop.apply()
    ids = [shop.lock[f"adgroup/{name}"]["id"] for name in ("old", "new")]
    assert len(set(ids)) == 2
    assert shop.in_sync()


def test_the_id_of_an_object_nobody_manages_is_never_bound(work: Workspace, account: Account) -> None:
    """A campaign that was there before the create cannot be what it made."""
    work.configure(quiet=0.5)
    (strange,) = account.load(campaigns=[{"campaign_name": "theirs"}])["campaigns"]
    work.manifest(campaign())
    account.faults({"path": "campaign/create/", "nth": 1, "edit": {"data.campaign_id": strange}})
    assert work.apply(code=8).ended == {"campaign/spring": "unknown"}
    work.apply()
    assert work.lock["campaign/spring"]["id"] != strange
    assert work.in_sync()


def test_a_task_that_an_earlier_submit_started_fills_no_second_slot(work: Workspace, account: Account) -> None:
    """The reply to the second submit names the first one's task: that slot is unknown, nothing is paid twice."""
    ready(work)
    account.switch(task_seconds="0")
    work.manifest(video(), refresh(variants=1))
    work.apply()
    (first,) = known_tasks(work)
    work.manifest(video(), refresh(variants=2))
    account.faults({"path": SUBMIT, "nth": 1, "edit": {"data.task_ids": [first]}})
    applied = work.run("apply", "--auto-approve", "--json")
    assert applied.ended["refresh/hooks"] == "unknown", applied.text
    assert first in applied.text
    assert known_tasks(work) == {first}
    open_ = work.run("recover", "--json").json["open"]
    assert [one["address"] for one in open_] == ["refresh/hooks"]
