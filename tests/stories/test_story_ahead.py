"""`plan` reads the account while it reads the manifests: no call is made twice, what is wrong is told in one order."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.manifests import campaign
from tests.stories.workspace import Workspace

LISTINGS = ["ad/get/", "adgroup/get/", "campaign/get/"]


def asked(account: Account) -> list[str]:
    """The path of every call, sorted."""
    return sorted(str(one["path"]) for one in account.calls())


@pytest.mark.parametrize("command", [("plan",), ("drift",), ("explain", "campaign/spring")], ids=lambda one: one[0])
def test_each_kind_is_listed_once(work: Workspace, account: Account, command: tuple[str, ...]) -> None:
    """Reading ahead costs no call more."""
    work.configure()
    work.manifest(campaign())
    work.apply()
    account.forget_calls()
    assert work.run(*command).code == 0
    assert asked(account) == LISTINGS


def test_a_broken_manifest_is_told_first(work: Workspace, account: Account) -> None:
    """Even where the account would refuse everything: whoever wrote it can mend it."""
    account.faults({"path": "campaign/get/", "code": 40105})
    work.configure()
    work.manifest("kind: Campaign\nname: spring\n")
    assert {code[:2] for code in work.run("plan", "--json").codes} == {"R2"}


def test_the_first_kind_that_cannot_be_read_is_told(work: Workspace, account: Account) -> None:
    """Whichever reply came first."""
    account.faults(*({"path": path, "code": 40002} for path in LISTINGS))
    work.configure()
    work.manifest(campaign())
    for _ in range(3):
        account.forget_calls()
        failed = work.run("plan", "--json").json["errors"]
        assert [one["message"].partition(" ")[2].partition(" ")[0] for one in failed] == ["campaign/get/"]


def test_a_large_tree_is_read_while_the_account_is(work: Workspace, account: Account) -> None:
    """Of a mistake in it people hear the same; no call is a write."""
    work.configure()
    for part in "ab":
        names = (f"{part}{number:04}" for number in range(1400))
        work.manifest(*(campaign(one, campaign_name=one + "x" * 400) for one in names), file=f"{part}.yaml")
    work.manifest("kind: Campaign\nname: spring\n", file="c.yaml")
    told = work.run("plan", "--json")
    assert (told.code, {code[:2] for code in told.codes}) == (3, {"R2"})
    assert account.posts() == []
