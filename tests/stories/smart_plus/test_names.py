"""Names of the account in Smart+: of pixels, apps, audiences, the identity of an ad and of a single creative."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.smart_plus.samples import _APP, _INSTALL
from tests.stories.smart_plus.scene import ad, adgroup, campaign, smart
from tests.stories.workspace import Workspace

NO_IDENTITY: dict[str, Any] = {"identity_type": None, "identity_id": None}


@pytest.fixture(autouse=True)
def stocked(market: Account) -> None:
    """A pixel, an app and identities of three types."""
    market.load(
        pixels=[{"pixel_id": "7201", "pixel_name": "Shop"}],
        apps=[{"app_id": "11", "app_name": "Puzzle"}],
        identities=[
            {"identity_id": "77", "display_name": "Acme", "identity_type": "TT_USER"},
            {"identity_id": "a-1", "display_name": "Agency", "identity_type": "BC_AUTH_TT",
             "identity_authorized_bc_id": "900"},
            {"identity_id": "5", "display_name": "Old shop", "identity_type": "CUSTOMIZED_USER"},
        ],
    )  # fmt: skip


def shown(market: Account) -> list[tuple[str, str, str | None]]:
    """Of each creative of the only ad: type, identity, Business Center."""
    (one,) = smart(market)
    rows = {row["ad_id"]: row for row in market.objects("ad")}
    of = [rows[name] for name in one["creative_ids"]]
    return sorted((row["identity_type"], row["identity_id"], row.get("identity_authorized_bc_id")) for row in of)


def test_an_ads_identity_and_a_creatives_own(shop: Workspace, market: Account) -> None:
    """The ad's is the default of its creatives; one names its own, with the Business Center that comes with it."""
    shop.manifest(
        campaign(),
        adgroup(pixel_id=None, pixel="Shop"),
        ad(**NO_IDENTITY, identity="Acme", creatives='[{video_id: "v1"}, {video_id: "v2", identity: Agency}]'),
    )
    assert shop.run("validate").code == 0
    shop.apply()
    assert shown(market) == [("BC_AUTH_TT", "a-1", "900"), ("TT_USER", "77", None)]
    assert market.objects("adgroup")[0]["pixel_id"] == "7201"
    assert shop.in_sync()


def test_an_app_by_its_name(shop: Workspace, market: Account) -> None:
    """Where the promotion needs an app, its name will do."""
    shop.manifest(campaign(**_APP), adgroup(**{**_INSTALL, "app_id": None, "app": "Puzzle"}))
    shop.apply()
    assert market.objects("adgroup")[0]["app_id"] == "11"
    assert shop.in_sync()


def test_a_creatives_name_that_nobody_has(shop: Workspace, market: Account) -> None:
    """R305 at the name inside the list."""
    shop.manifest(campaign(), adgroup(), ad(creatives='[{video_id: "v1"}, {video_id: "v2", identity: Agencies}]'))
    ended = shop.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R305"])
    (one,) = ended.json["errors"]
    line = (shop.root / "manifests/a.yaml").read_text("utf-8").splitlines()[one["line"] - 1]
    assert line[one["column"] - 1 :].startswith("Agencies")
    assert '"Agency"' in one["hint"]
    assert market.posts() == []


def test_a_creatives_name_and_its_id_exclude_each_other(shop: Workspace) -> None:
    """Inside one creative; those of the ad are its default and no contradiction."""
    both = '[{video_id: "v1", identity: Acme, identity_id: "77", identity_type: TT_USER}]'
    shop.manifest(campaign(), adgroup(), ad(creatives=both))
    ended = shop.run("validate", "--json")
    assert (ended.code, set(ended.codes)) == (3, {"R216"})
    shop.manifest(campaign(), adgroup(), ad(creatives='[{video_id: "v1", identity: Acme}]'))
    assert shop.run("validate").code == 0


def test_what_a_name_stands_for_is_held_to_the_rules(shop: Workspace, market: Account) -> None:
    """A TikTok account on TikTok needs a portfolio of calls to action; a custom identity does not work there at all."""
    shop.manifest(campaign(), adgroup(), ad(**NO_IDENTITY, identity="Acme", call_to_action_id=None))
    assert shop.run("validate").code == 0
    ended = shop.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R202"])
    assert "call_to_action_id" in ended.json["errors"][0]["message"]
    shop.manifest(campaign(), adgroup(), ad(**NO_IDENTITY, identity="Old shop"))
    ended = shop.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R218"])
    assert market.posts() == []


def test_audiences_of_the_targeting(shop: Workspace, market: Account) -> None:
    """One level down, as in the other family; an unknown one has its place."""
    spec = '{location_ids: ["6252001"], audiences: [Audience 2, Audience 1]}'
    shop.manifest(campaign(), adgroup(targeting_spec=spec))
    shop.apply()
    assert len(market.objects("adgroup")[0]["targeting_spec"]["audience_ids"]) == 2
    assert shop.in_sync()
    shop.manifest(campaign(), adgroup(targeting_spec=spec.replace("Audience 1", "Audience 99")))
    ended = shop.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R305"])
    assert ended.json["errors"][0]["line"] is not None
