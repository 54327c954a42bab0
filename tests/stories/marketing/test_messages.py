"""What the platform says in words under a code that means nearly everything: treated and explained as what it is."""

from __future__ import annotations

from tests.stories.account import Account
from tests.stories.marketing.scene import campaign, error, paths
from tests.stories.workspace import Workspace

NO_IP = {"code": 40002, "message": "Could not acquire IP"}


def test_a_read_that_could_not_acquire_an_ip_is_asked_again(shop: Workspace, market: Account) -> None:
    """It passes by itself; nobody hears of it."""
    market.faults({"path": "campaign/get/", "nth": 1, **NO_IP})
    shop.manifest(campaign())
    assert shop.plan().ops == {"campaign/spring": "create"}


def test_a_write_that_could_not_acquire_an_ip_is_not_blamed_on_the_manifest(shop: Workspace, market: Account) -> None:
    """Its outcome is unknown, so it is looked for and then made, once."""
    market.faults({"path": "campaign/create/", "nth": 1, **NO_IP})
    shop.manifest(campaign())
    told = error(shop.apply(code=8), "campaign/spring")
    assert (told["code"], "correct" in told["hint"]) == ("R709", False)
    for _ in range(2):
        shop.run("apply", "--auto-approve", "--json")
    assert market.names("campaign") == ["spring"]
    assert shop.in_sync()


def test_a_taken_name_has_a_hint_of_its_own(shop: Workspace, market: Account) -> None:
    """It is about the name, and names the next step."""
    market.faults({"path": "campaign/create/", "code": 40002, "message": "Campaign name already exists."})
    shop.manifest(campaign())
    told = error(shop.apply(code=1), "campaign/spring")
    assert (told["code"], "another name" in told["hint"], "plan" in told["hint"]) == ("R606", True, True)
    assert paths(market) == ["campaign/create/"]


def test_explain_tells_what_the_words_mean(shop: Workspace) -> None:
    """With the code that carries them."""
    told = shop.run("explain", "40002").stdout
    assert all(phrase in told for phrase in ("could not acquire ip", "name already exists", "upgraded smart plus"))
    assert "could not acquire ip" not in shop.run("explain", "40105").stdout
