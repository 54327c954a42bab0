"""Lost replies, late commits and kills at every write of Smart+: one object each, whatever the server forgets."""

from __future__ import annotations

import json
from itertools import product

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.marketing.scene import error
from tests.stories.smart_plus.scene import ad, adgroup, campaign, creatives, family, smart
from tests.stories.workspace import Workspace

ON = {"status": "ENABLE"}
PAUSED = '[{video_id: "v1", status: DISABLE}, {video_id: "v2"}]'
CREATES = [f"smart_plus/{kind}/create/" for kind in ("campaign", "adgroup", "ad")]
WRITES = [
    *CREATES, "smart_plus/ad/material_status/update/",
    *(f"smart_plus/{kind}/status/update/" for kind in ("ad", "adgroup", "campaign")),
]  # fmt: skip
LOST: dict[str, dict[str, object]] = {
    "request lost": {"lose_request": True},
    "reply lost": {"lose_reply": True},
    "late": {"late_commit": 20},
    "HTTP 502 after it was done": {"status": 502, "commit": True},
    "code 51000 after it was done": {"code": 51000, "commit": True},
}
UPDATES = ["smart_plus/campaign/update/", "smart_plus/adgroup/update/", "smart_plus/ad/update/"]


def patient(work: Workspace) -> None:
    """It waits a minute, which nobody feels: a busy machine uses up nothing before what comes late has come."""
    work.replace("quiet_period: 2", "quiet_period: 60", "reconciler.yaml")


def settled(work: Workspace, account: Account, videos: dict[str, str]) -> None:
    """However often it takes, it converges: one object each, all of them running, and nothing left to do."""
    account.faults()
    for _ in range(6):
        if work.run("apply", "--auto-approve", "--json").code == 0:
            break
    assert work.in_sync()
    assert account.names("campaign") == ["spring"]
    assert account.names("adgroup") == ["us"]
    assert [one["ad_name"] for one in smart(account)] == ["us-hero"]
    assert creatives(account) == videos
    assert account.one("campaign", "spring")["status"] == "ENABLE"


@pytest.mark.parametrize(("how", "path"), rotating(list(product(LOST, WRITES)), 5, " ".join))
def test_a_write_whose_outcome_is_lost(shop: Workspace, market: Account, how: str, path: str) -> None:
    """The next apply waits, looks twice and goes on; nothing is made twice."""
    patient(shop)
    shop.manifest(campaign(**ON), adgroup(**ON), ad(creatives=PAUSED, **ON))
    market.faults({"path": path, "nth": 1, **LOST[how]})
    shop.run("apply", "--auto-approve", "--json")
    settled(shop, market, {"v1": "DISABLE", "v2": "ENABLE"})


@pytest.mark.parametrize(("how", "path"), rotating(list(product(LOST, UPDATES)), 5, " ".join))
def test_an_update_whose_outcome_is_lost(shop: Workspace, market: Account, how: str, path: str) -> None:
    """It is sent again only where it shows that it was not done."""
    patient(shop)
    shop.manifest(*family(**ON))
    shop.apply()
    shop.manifest(
        campaign(campaign_name="spring", po_number="PO-7", **ON), adgroup(budget=60, **ON), ad(creatives=PAUSED, **ON)
    )
    market.faults({"path": path, "nth": 1, **LOST[how]})
    shop.run("apply", "--auto-approve", "--json")
    settled(shop, market, {"v1": "DISABLE", "v2": "ENABLE"})


def test_one_number_an_intent(shop: Workspace, market: Account) -> None:
    """A create that is sent again because it was never done has the same request_id; another create another one."""
    shop.manifest(campaign(), adgroup())
    market.faults({"path": CREATES[0], "nth": 1, "lose_request": True})
    shop.apply(code=8)
    market.faults()
    shop.apply()
    sent = [(path, body["request_id"]) for path, body in market.posts() if path in CREATES[:2]]
    numbers = [number for path, number in sent if path == CREATES[0]]
    assert len(set(numbers)) == 1
    assert sent[-1][1] not in numbers
    assert all(0 < int(number) < 2**63 for _, number in sent)


@pytest.mark.parametrize("loser", ["40050", "first_answer"])
def test_a_create_that_comes_late_after_all(shop: Workspace, market: Account, loser: str) -> None:
    """Its number is known by then: the second of that number makes nothing."""
    market.switch(sp_request_id_window="forever", sp_request_id_loser=loser)
    shop.manifest(campaign())
    market.faults({"path": CREATES[0], "nth": 1, "late_commit": 9})
    shop.apply(code=8)
    market.faults()
    for _ in range(4):
        shop.run("apply", "--auto-approve", "--json")
        market.operate("clock", {"advance": 5})
    assert market.names("campaign") == ["spring"]
    assert shop.in_sync()


def test_a_number_that_the_platform_knows_and_an_object_that_it_does_not_show(shop: Workspace, market: Account) -> None:
    """40050 says that it was made: where no list shows it a person is asked, and nothing is sent."""
    shop.manifest(campaign())
    market.faults({"path": CREATES[0], "code": 40050, "message": "duplicate request"})
    shop.apply(code=8)
    for _ in range(3):
        ended = shop.run("apply", "--auto-approve", "--json")
    assert ended.rows["campaign/spring"]["outcome"] == "skipped"
    assert error(ended, "campaign/spring")["code"] == "R703"
    assert len([path for path, _ in market.posts() if path == CREATES[0]]) == 1
    assert shop.run("recover", "--absent", "campaign/spring", "--json").code == 0
    market.faults()
    shop.apply()
    assert shop.in_sync()


def test_a_strangers_ad_of_that_name_is_no_proof(shop: Workspace, market: Account) -> None:
    """Names are free here: an ad of that name with other creatives is not what was sent."""
    shop.manifest(campaign(), adgroup())
    shop.apply()
    shop.manifest(*family())
    market.faults({"path": CREATES[2], "nth": 1, "lose_request": True})
    shop.apply(code=8)
    group = market.one("adgroup", "us")["adgroup_id"]
    info = {
        "ad_format": "SINGLE_VIDEO", "video_info": {"video_id": "v3"}, "image_info": [{"web_uri": "i3"}],
        "identity_type": "TT_USER", "identity_id": "77",
    }  # fmt: skip
    market.load(smart_plus_ads=[
        {"ad_name": "us-hero", "adgroup_id": group, "creative_list": [{"creative_info": info}]},
    ])  # fmt: skip
    market.faults()
    ended = shop.run("apply", "--auto-approve", "--json")
    assert ended.code != 0
    assert len(smart(market)) == 1


def test_two_writes_of_one_ad_are_five_seconds_apart(shop: Workspace, market: Account) -> None:
    """Create, pause a creative, enable: the third call of 41021 never comes."""
    shop.manifest(campaign(**ON), adgroup(**ON), ad(creatives=PAUSED, **ON))
    shop.apply()
    assert [path for path, _ in market.posts() if "/ad/" in path] == [CREATES[2], WRITES[3], WRITES[4]]


def test_a_status_that_is_refused_in_an_answer_of_code_0(shop: Workspace, market: Account) -> None:
    """Each item is read: what was not set is no success."""
    shop.manifest(*family(**ON))
    shop.apply()
    shop.manifest(*family(status="DISABLE"))
    data = {"adgroup_list": [], "error_list": [{"adgroup_id": "1", "error_message": "no such ad group"}]}
    answer = {"code": 0, "message": "OK", "request_id": "log", "data": data}
    market.faults({"path": "smart_plus/adgroup/status/update/", "garbage": json.dumps(answer)})
    ended = shop.run("apply", "--auto-approve", "--json")
    assert ended.ended["adgroup/us"] == "failed", ended.text
    assert "no such ad group" in error(ended, "adgroup/us")["message"]
