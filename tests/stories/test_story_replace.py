"""`--replace` under openapi: only campaigns can be paused, and what is below the old one stops with it."""

from __future__ import annotations

from tests.stories.account import Account
from tests.stories.manifests import family
from tests.stories.workspace import Workspace


def test_what_cannot_be_paused_is_left_below_the_old_campaign(work: Workspace, account: Account) -> None:
    """The campaign is replaced with all that is declared below it; nothing is left to do, and no call is made for the
    old ad group and the old ad, for which there is none."""
    work.configure()
    work.manifest(*family(status="ENABLE"))
    work.apply()
    work.manifest(*family(status="ENABLE", objective_type="REACH"))
    account.forget_calls()
    ended = work.apply("--replace", "campaign/spring")
    assert set(ended.ended.values()) == {"done"}
    assert [one["status"] for one in account.objects("campaign")] == ["DISABLE", "ENABLE"]
    assert [len(account.objects(kind)) for kind in ("adgroup", "ad")] == [2, 2]
    assert work.in_sync()
    assert {path for path, _ in account.posts()} == {f"{kind}/create/" for kind in ("campaign", "adgroup", "ad")} | {
        "campaign/update/"
    }


def test_it_goes_on_after_it_was_cut(work: Workspace, account: Account) -> None:
    """The new ad group is refused: the old campaign runs on; the next apply makes the rest and pauses it."""
    work.configure()
    work.manifest(*family(status="ENABLE"))
    work.apply()
    work.manifest(*family(status="ENABLE", objective_type="REACH"))
    account.faults({"path": "adgroup/create/", "code": 40002})
    work.apply("--replace", "campaign/spring", code=9)
    assert [one["status"] for one in account.objects("campaign")] == ["ENABLE", "DISABLE"]
    account.faults()
    work.apply()
    assert [one["status"] for one in account.objects("campaign")] == ["DISABLE", "ENABLE"]
    assert work.in_sync()
