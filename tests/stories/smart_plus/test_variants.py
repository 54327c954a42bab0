"""Generated variants in a Smart+ ad: all that are ready and approved; a new generation replaces or joins."""

from __future__ import annotations

import re

import pytest

from tests.stories.account import Account
from tests.stories.smart_plus.scene import ad, adgroup, campaign, creatives, smart
from tests.stories.workspace import Workspace

ON = {"status": "ENABLE"}
VIDEO = "kind: Video\nname: hero\nspec: {url: https://cdn.example.com/hero.mp4}\n"
UPDATE = "smart_plus/ad/update/"


def hooks(variants: int = 2, revision: int = 1, *, approval: bool = False) -> str:
    """The refresh."""
    asked = ", require_approval: true" if approval else ""
    return (
        "kind: CreativeRefresh\nname: hooks\nspec: {video: hero, strategies: [SWAP_MUSIC], "
        f"variants: {variants}, revision: {revision}{asked}}}\n"
    )


def declare(work: Workspace, refresh: str, uses: str = "[{refresh: hooks}]", **fields: object) -> None:
    """A family whose ad shows these."""
    work.manifest(campaign(**ON), adgroup(**ON), ad(creatives=uses, **{**ON, **fields}), VIDEO, refresh)


@pytest.fixture
def willing(shop: Workspace) -> Workspace:
    """Somebody has accepted the notice."""
    assert shop.run("consent", "--by", "Ana Ruiz", "--accept").code == 0
    return shop


def files(account: Account) -> dict[str, str]:
    """What the ad shows, by the names of the files: g1-v1 and so on; → status."""
    names = {one["video_id"]: one["file_name"] for one in account.operate("state")["library_videos"]}
    return {
        (found[0] if (found := re.search(r"g\d+-v\d+", names[video])) else names[video]): status
        for video, status in creatives(account).items()
    }


def test_all_variants_of_a_refresh(willing: Workspace, market: Account) -> None:
    """Made, uploaded and shown by one apply; more of them join in one write."""
    declare(willing, hooks(2))
    willing.apply()
    assert files(market) == {"g1-v1": "ENABLE", "g1-v2": "ENABLE"}
    assert willing.in_sync()
    market.operate("clock", {"advance": 6})  # Or the ad would have been written a moment ago.
    market.forget_calls()
    declare(willing, hooks(3))
    willing.apply()
    assert files(market).keys() == {"g1-v1", "g1-v2", "g1-v3"}
    assert len([path for path, _ in market.posts() if path == UPDATE]) == 1
    assert willing.in_sync()


@pytest.mark.parametrize("how", ["replace", "join"])
def test_a_new_generation(willing: Workspace, market: Account, how: str) -> None:
    """One write: the new ones in the place of the old, or beside them, which are paused; the plan says what it is."""
    declare(willing, hooks(2), on_new_generation=how)
    willing.apply()
    market.forget_calls()
    declare(willing, hooks(2, 2), on_new_generation=how)
    assert willing.plan().rows["ad/us-hero"]["reason"] == "generation"
    willing.apply()
    new = {"g2-v1": "ENABLE", "g2-v2": "ENABLE"}
    old = {"g1-v1": "DISABLE", "g1-v2": "DISABLE"} if how == "join" else {}
    assert files(market) == {**new, **old}
    assert willing.in_sync()


def test_more_variants_beside_older_generations(willing: Workspace, market: Account) -> None:
    """A third is wanted of a generation that has taken over, and nobody has approved it yet: what runs goes on."""
    say = {"on_new_generation": "join"}
    for revision in (1, 2):
        declare(willing, hooks(2, revision, approval=True), **say)
        willing.run("apply", "--auto-approve")
        assert willing.run("approve", "refresh/hooks", "1", "2", "--by", "Ana").code == 0
        market.operate("clock", {"advance": 6})
        willing.apply()
    running = {"g1-v1": "DISABLE", "g1-v2": "DISABLE", "g2-v1": "ENABLE", "g2-v2": "ENABLE"}
    assert files(market) == running
    declare(willing, hooks(3, 2, approval=True), **say)
    assert willing.plan().rows.keys() == {"refresh/hooks"}
    willing.run("apply", "--auto-approve")
    assert files(market) == running
    assert willing.run("approve", "refresh/hooks", "3", "--by", "Ana").code == 0
    assert willing.plan().rows["ad/us-hero"]["reason"] == "choice"
    market.operate("clock", {"advance": 6})
    willing.apply()
    assert files(market) == {**running, "g2-v3": "ENABLE"}


def test_the_plan_says_why_with_older_generations_beside(willing: Workspace, market: Account) -> None:
    """One that is kept takes over again; one of its variants is rejected: nobody has edited the ad either time."""
    say = {"on_new_generation": "join"}
    for revision in (1, 2):
        declare(willing, hooks(2, revision), **say)
        willing.apply()
        market.operate("clock", {"advance": 6})
    declare(willing, hooks(2, 1), **say)
    assert willing.plan().rows["ad/us-hero"]["reason"] == "generation"
    willing.apply()
    assert files(market) == {"g1-v1": "ENABLE", "g1-v2": "ENABLE", "g2-v1": "DISABLE", "g2-v2": "DISABLE"}
    assert willing.run("reject", "refresh/hooks", "1", "--by", "Ana").code == 0
    assert willing.plan().rows["ad/us-hero"]["reason"] == "choice"
    declare(willing, hooks(2, 1), "[{refresh: hooks, status: DISABLE}]", **say)
    assert willing.plan().rows["ad/us-hero"]["reason"] == "edited"


def test_nothing_is_shown_that_nobody_approved(willing: Workspace, market: Account) -> None:
    """The ad waits; what is approved is shown, one after the other, and what is rejected never."""
    declare(willing, hooks(3, approval=True))
    ended = willing.apply(code=8)
    assert ended.ended["ad/us-hero"] == "pending"
    assert smart(market) == []
    assert willing.run("approve", "refresh/hooks", "1", "--by", "Ana").code == 0
    willing.apply()
    assert files(market) == {"g1-v1": "ENABLE"}
    assert willing.run("reject", "refresh/hooks", "2", "--by", "Ana").code == 0
    assert willing.run("approve", "refresh/hooks", "3", "--by", "Ana").code == 0
    row = "ad/us-hero will be updated in place ({})"
    assert row.format("other variants are to be shown") in willing.run("plan").stdout
    declare(willing, hooks(3, approval=True), "[{refresh: hooks}, {video: hero}]")
    assert row.format("edited in the manifests") in willing.run("plan").stdout
    declare(willing, hooks(3, approval=True))
    willing.apply()
    assert files(market) == {"g1-v1": "ENABLE", "g1-v3": "ENABLE"}
    assert willing.in_sync()


def test_the_old_generation_stays_until_the_new_one_is_approved(willing: Workspace, market: Account) -> None:
    """No moment without creatives; then one write."""
    declare(willing, hooks(2, approval=True))
    willing.apply(code=8)
    assert willing.run("approve", "refresh/hooks", "1", "2", "--by", "Ana").code == 0
    willing.apply()
    declare(willing, hooks(2, 2, approval=True))
    willing.apply()
    assert files(market) == {"g1-v1": "ENABLE", "g1-v2": "ENABLE"}
    assert any("keeps generation 1" in one for one in willing.plan().json["warnings"])
    assert willing.run("approve", "refresh/hooks", "1", "--by", "Ana").code == 0
    assert willing.plan().rows == {}
    assert willing.run("reject", "refresh/hooks", "2", "--by", "Ana").code == 0
    market.operate("clock", {"advance": 6})
    market.forget_calls()
    willing.apply()
    assert files(market) == {"g2-v1": "ENABLE"}
    assert [path for path, _ in market.posts() if "/ad/" in path and "smart" in path] == [UPDATE]


def test_an_ad_with_other_creatives_does_not_wait(willing: Workspace, market: Account) -> None:
    """It goes with what there is, and the approved ones join it."""
    declare(willing, hooks(2, approval=True), '[{video_id: "v1"}, {refresh: hooks}]')
    willing.apply()
    assert creatives(market) == {"v1": "ENABLE"}
    assert willing.run("approve", "refresh/hooks", "2", "--by", "Ana").code == 0
    willing.apply()
    assert set(files(market)) == {"film 1", "g1-v2"}
    assert willing.in_sync()


def test_tasks_that_take_long(willing: Workspace, market: Account) -> None:
    """What is still made is taken up by `advance`, as it was approved."""
    market.switch(task_seconds="600")
    declare(willing, hooks(2))
    ended = willing.run("apply", "--auto-approve", "--json", "--detach")
    assert ended.code == 8, ended.text
    assert ended.ended["ad/us-hero"] == "pending"
    market.operate("clock", {"advance": 700})
    assert willing.run("advance").code == 0
    assert files(market) == {"g1-v1": "ENABLE", "g1-v2": "ENABLE"}
    assert market.one("campaign", "spring")["status"] == "ENABLE"
    assert willing.in_sync()


def test_more_than_an_ad_can_hold(shop: Workspace) -> None:
    """`variants: N` counts as N: exit 3 before anything is made."""
    declare(shop, hooks(51))
    ended = shop.run("validate", "--json")
    assert ended.code == 3, ended.text
