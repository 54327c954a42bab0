"""The account is read once a run: another currency or clock, or one that serves nothing, stops before it begins."""

from __future__ import annotations

import pytest

from tests.stories.account import ADVERTISER, Account
from tests.stories.marketing.scene import campaign, configure, family
from tests.stories.workspace import Workspace

INFO = "advertiser/info/"


@pytest.mark.parametrize("command", [("plan", "--json"), ("apply", "--auto-approve", "--json")])
def test_another_currency_is_refused_before_anything_is_decided(
    shop: Workspace, market: Account, command: tuple[str, ...]
) -> None:
    """A budget of 50,000 yen must not become 50,000 dollars: exit 3, no write, no listing."""
    configure(shop, currency="JPY", guardrails="{max_daily_spend: 100000}")
    shop.manifest(campaign(budget=50000, status="ENABLE"))
    ended = shop.run(*command)
    assert (ended.code, ended.json["errors"][0]["code"]) == (3, "R406")
    assert "USD" in ended.json["errors"][0]["message"]
    assert [one["path"] for one in market.calls()] == [INFO]


def test_another_clock_is_refused_and_another_name_for_the_same_is_not(shop: Workspace, market: Account) -> None:
    """New York is not Tokyo; it is what US/Eastern is."""
    shop.manifest(campaign())
    for zone, code in (("Asia/Tokyo", 3), ("US/Eastern", 0), ("America/New_York", 0)):
        configure(shop)
        shop.replace("currency: USD}", f"currency: USD, timezone: {zone}}}", "reconciler.yaml")
        assert shop.run("plan").code == code, zone


def test_a_workspace_without_a_currency_hears_the_accounts(shop: Workspace, market: Account) -> None:
    """Its amounts carry no unit, so plan says what they count in, and what to write."""
    shop.manifest(campaign())
    shop.replace(", currency: USD", "", "reconciler.yaml")
    assert any("set `account.currency: USD`" in one for one in shop.plan().json["warnings"])


@pytest.mark.parametrize("command", [("plan", "--json"), ("apply", "--auto-approve", "--json")])
@pytest.mark.parametrize("budget", ["50000.50", "50"])
def test_without_a_currency_amounts_are_held_to_the_accounts(
    shop: Workspace, market: Account, command: tuple[str, ...], budget: str
) -> None:
    """Yen have no half, and 50 of them are below the least budget: told at its place, nothing is sent."""
    market.operate("account", {"advertiser_id": ADVERTISER, "currency": "JPY"})
    shop.replace(", currency: USD", "", "reconciler.yaml")
    shop.manifest(campaign(budget=budget))
    ended = shop.run(*command)
    (found,) = ended.json["errors"]
    written = (shop.root / found["file"]).read_text("utf-8").splitlines()[found["line"] - 1]
    assert (ended.code, found["address"], written.strip()) == (3, "campaign/spring", f"budget: {budget}"), found
    assert market.posts() == []


def test_an_account_that_is_not_shown_is_refused(shop: Workspace, market: Account) -> None:
    """The answer holds other accounts only: exit 3."""
    shop.manifest(campaign())
    market.faults({"path": INFO, "edit": {"data.list": []}})
    ended = shop.run("plan", "--json")
    assert (ended.code, ended.json["errors"][0]["code"]) == (3, "R406")


def test_a_suspended_account_is_planned_with_a_warning_and_never_written_to(shop: Workspace, market: Account) -> None:
    """STATUS_LIMIT: plan ends 0 and says so, apply ends 3; back in order, everything is made."""
    shop.manifest(*family())
    market.operate("account", {"advertiser_id": ADVERTISER, "status": "STATUS_LIMIT"})
    assert any("STATUS_LIMIT" in one for one in shop.plan().json["warnings"])
    ended = shop.run("apply", "--auto-approve", "--json")
    assert (ended.code, market.posts()) == (3, [])
    market.operate("account", {"advertiser_id": ADVERTISER, "status": "STATUS_ENABLE"})
    assert set(shop.apply().ended.values()) == {"done"}


def test_a_status_that_nobody_knows_is_a_warning(shop: Workspace, market: Account) -> None:
    """The platform may name new ones; they stop nothing."""
    shop.manifest(campaign())
    market.operate("account", {"advertiser_id": ADVERTISER, "status": "STATUS_BRAND_NEW"})
    assert any("STATUS_BRAND_NEW" in one for one in shop.plan().json["warnings"])
    shop.apply()


def test_the_call_may_be_forbidden_and_the_account_is_read_once(shop: Workspace, market: Account) -> None:
    """Without the permission a plan says what it could not check; with it one call is made a run."""
    shop.manifest(*family())
    shop.plan()
    assert [one["path"] for one in market.calls()].count(INFO) == 1
    market.faults({"path": INFO, "code": 40001})
    assert any("could not be checked" in one for one in shop.plan().json["warnings"])
