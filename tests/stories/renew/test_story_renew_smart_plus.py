"""A refresh that only Smart+ ads show: age and calendar decide, and everybody is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.hurry import world_of
from tests.stories.marketing.scene import settle_in
from tests.stories.refresh.scene import consent, refresh, video
from tests.stories.renew.scene import HOOK, asked, renewals
from tests.stories.smart_plus.scene import ad, adgroup, campaign
from tests.stories.workspace import Workspace

ON = {"status": "ENABLE"}


@pytest.fixture
def market(ago: float) -> Iterator[Account]:
    """An account of production that takes Smart+."""
    with Account.of_production("smart_plus", ago=ago) as one:
        yield one


@pytest.fixture
def shop(tmp_path: Path, market: Account) -> Workspace:
    """A refresh with a policy by figures and age, shown by one Smart+ ad."""
    work = settle_in(tmp_path / "workspace", market)
    consent(work)
    policy = "{when: {tired: {metric: hook}, age: 30d}, next: [COMMENT]}"
    hooks = refresh(variants=2, strategies="[ADD_HOOK]", add_hook=HOOK, require_approval="true", renew=policy)
    work.manifest(campaign(**ON), adgroup(**ON), ad(creatives="[{refresh: hooks}]", **ON), video(), hooks)
    work.apply(code=8)
    work.run("approve", "refresh/hooks", "--all", "--by", "Ann")
    work.apply()
    return work


def test_age_decides_where_figures_cannot_tell(shop: Workspace, market: Account) -> None:
    """`tired` answers that there is no evidence; after thirty days the step is due, and carried out."""
    world_of(market.url).sleep(20 * 86_400)
    ended = shop.run("renew")
    assert "no evidence (Smart+ ads): reports mix all they show; age and calendar decide" in ended.stdout
    assert asked(shop)["state"] == "idle"
    world_of(market.url).sleep(14 * 86_400)
    found = asked(shop, "--write")
    assert (found["verdict"], found["next"]["because"]) == ("no evidence", "age")
    (told,) = renewals(shop).values()
    assert (told["because"], told["step"], "evidence" in told) == ("age", "1", False)
    row = shop.plan().rows["refresh/hooks"]
    assert (row["op"], row["refresh"]["generation"]) == ("refresh", 2)
    assert {one["method"] for one in market.calls() if "report" in one["path"]} == {"GET"}


def test_validate_warns_that_figures_never_decide(shop: Workspace) -> None:
    """Before anything is waited for."""
    warnings = shop.run("validate", "--json").json["warnings"]
    (found,) = [one for one in warnings if one["code"] == "R221"]
    assert found["message"].startswith("refresh/hooks: only Smart+ ads show it")
