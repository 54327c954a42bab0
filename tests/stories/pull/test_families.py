"""Manual campaigns and Smart+ live in one account: each is taken over with the calls of its own family."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import configure, family, settle_in
from tests.stories.pull.full import ad, adgroup, campaign, is_clean, pulled
from tests.stories.smart_plus import scene
from tests.stories.workspace import Workspace

CREATIVES = '[{video_id: "v1", status: DISABLE}, {video_id: "v3"}, {tiktok_item_id: "7300000000000000001"}]'


@pytest.fixture
def full(tmp_path: Path, market: Account) -> Account:
    """An account in which somebody has made a manual family and a Smart+ one."""
    theirs = settle_in(tmp_path / "theirs", market, contract="smart_plus")
    theirs.manifest(*scene.family(), scene.ad("second", creatives=CREATIVES))
    theirs.apply()
    manual = Workspace(tmp_path / "manual", market.url)
    configure(manual)
    manual.manifest(*[one.replace("spring", "manual") for one in family()])
    manual.apply()
    return market


@pytest.mark.parametrize("contract", ["marketing", "smart_plus"])
def test_both_families_are_taken_over(tmp_path: Path, full: Account, contract: str) -> None:
    """Each document of the other family says its contract; the parts of a Smart+ ad are no ads of their own."""
    shop = Workspace(tmp_path / "shop", full.url)
    configure(shop, contract=contract)
    run = pulled(shop)
    assert run.json["left"] == []
    assert {one["address"] for one in run.json["pulled"]} == {
        "campaign/spring", "adgroup/us", "ad/us-hero", "ad/second",
        "campaign/manual", "adgroup/manual-us", "ad/manual-us-hero",
    }  # fmt: skip
    other = "smart_plus" if contract == "marketing" else "marketing"
    for name, own in (("spring", "smart_plus"), ("manual", "marketing")):
        text = (shop.root / f"manifests/pulled/{name}.yaml").read_text("utf-8")
        assert (f"contract: {other}" in text) == (own != contract)
        assert f"manifest.{own}.schema.json" in text
    assert is_clean(shop)


def test_a_paused_creative_is_pulled_as_paused_and_woken_alone(tmp_path: Path, full: Account) -> None:
    """One creative of a pulled ad is switched on by its own call: no list is written."""
    shop = Workspace(tmp_path / "shop", full.url)
    configure(shop, contract="smart_plus")
    pulled(shop)
    text = (shop.root / "manifests/pulled/spring.yaml").read_text("utf-8")
    (line,) = [one for one in text.splitlines() if "DISABLE}" in one]
    shop.replace(line, line.replace("DISABLE", "ENABLE"), "manifests/pulled/spring.yaml")
    assert shop.plan().ops == {"ad/second": "update"}
    full.forget_calls()
    shop.apply()
    assert list(dict.fromkeys(path for path, _ in full.posts())) == ["smart_plus/ad/material_status/update/"]
    assert is_clean(shop)


def test_an_account_without_smart_plus_is_pulled_all_the_same(shop: Workspace, market: Account) -> None:
    """Where the calls of Smart+ are refused, what the others show is taken over, and the refusal is told."""
    market.load(campaigns=[campaign("spring")], adgroups=[adgroup("us")], ads=[ad("hero")])
    market.faults({"path": "smart_plus/*", "code": 40001})
    run = pulled(shop)
    assert len(run.json["pulled"]) == 3
    assert "Smart+ is not looked at" in run.stderr
    assert is_clean(shop)


def test_the_contract_of_the_openapi_document(tmp_path: Path) -> None:
    """Fewer fields, and what this contract never shows is not declared."""
    with Account() as account:
        shop = Workspace(tmp_path / "shop", account.url)
        shop.configure()
        account.load(
            campaigns=[
                {"campaign_name": "spring", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 50}
            ],
            adgroups=[{"adgroup_name": "us", "parent": 0, "placement_type": "PLACEMENT_TYPE_AUTOMATIC"}],
            ads=[{"ad_name": "hero", "parent": 0, "ad_format": "SINGLE_VIDEO"}],
        )
        run = pulled(shop)
        assert [one["address"] for one in run.json["pulled"]] == ["campaign/spring", "adgroup/us", "ad/hero"]
        assert is_clean(shop)
        shop.replace("budget: 50.00", "budget: 51.00", "manifests/pulled/spring.yaml")
        assert shop.plan().ops == {"campaign/spring": "update"}
        shop.apply()
        assert is_clean(shop)
