"""Smart+ and manual objects side by side: listed where nobody declares them, adopted, and moved with their variants."""

from __future__ import annotations

from pathlib import Path

from tests.stories.account import Account
from tests.stories.marketing import scene as manual
from tests.stories.smart_plus.scene import ad, adgroup, campaign, creatives, family, smart
from tests.stories.smart_plus.test_families import both, by_hand
from tests.stories.smart_plus.test_variants import ON, VIDEO, declare, hooks, willing
from tests.stories.workspace import Workspace

__all__ = ["both", "willing"]


def ids(work: Workspace) -> dict[str, str]:
    """Address → id of every object of the account."""
    return {address: entry["id"] for address, entry in work.lock.items() if "id" in entry}


def test_both_families_are_listed_once(both: Workspace, market: Account, tmp_path: Path) -> None:
    """In another workspace of the same account, of either contract: each object once, with its own family's id."""
    made = sorted(ids(both).values())
    for contract in ("marketing", "smart_plus"):
        other = Workspace(tmp_path / contract, market.url)
        manual.configure(other, contract=contract)
        found = other.run("unmanaged", "--json").json["unmanaged"]
        assert sorted(one["id"] for one in found) == made


def test_both_families_are_adopted_by_manifests(both: Workspace, market: Account, tmp_path: Path) -> None:
    """Six rows, no write, nothing left to do; of the wrong family the row is blocked and says what to write."""
    made = ids(both)
    market.forget_calls()
    other = Workspace(tmp_path / "other", market.url)
    manual.configure(other, contract="smart_plus")
    names = ("campaign/spring", "adgroup/us", "ad/us-hero", "campaign/old", "adgroup/old-us", "ad/old-ad")
    hand = (
        manual.campaign("old", **ON), manual.adgroup("old-us", "old", **ON), manual.ad("old-ad", "old-us", **ON)
    )  # fmt: skip
    documents = [*family(**ON), *by_hand(*hand)]
    adopting = [
        text.replace("\nspec:", f'\nadopt: "{made[name]}"\nspec:', 1)
        for text, name in zip(documents, names, strict=True)
    ]
    wrong = campaign("wrong").replace("\nspec:", f'\nadopt: "{made["campaign/old"]}"\nspec:', 1)
    other.manifest(wrong)
    row = other.plan().rows["campaign/wrong"]
    assert (row["op"], row["code"]) == ("blocked", "R722")
    assert "`contract: marketing`" in row["hint"]
    other.manifest(*adopting)
    assert other.plan().ops == dict.fromkeys(names, "adopt")
    other.apply()
    assert ids(other) == made
    assert market.posts() == []
    assert other.in_sync()


def test_a_refresh_and_its_video_are_moved_with_what_shows_them(willing: Workspace, market: Account) -> None:
    """Nothing is generated, uploaded or written anew: generations, tasks, files and creatives go by the new names."""
    declare(willing, hooks(2))
    willing.apply()
    before, shown = willing.lock, creatives(market)
    market.forget_calls()
    renamed = (
        hooks(2).replace("name: hooks", "name: better\nmoved: {from: hooks}").replace("video: hero", "video: film")
    )
    film = VIDEO.replace("name: hero", "name: film\nmoved: {from: hero}")
    willing.manifest(campaign(**ON), adgroup(**ON), ad(creatives="[{refresh: better}]", **ON), film, renamed)
    assert willing.plan().ops == {"video/film": "move", "refresh/better": "move"}
    willing.apply()
    assert market.posts() == []
    assert willing.in_sync()
    assert willing.lock["refresh/better"]["variants"] == before["refresh/hooks"]["variants"]
    assert '"refresh/hooks' not in (willing.root / "reconciler.lock").read_text("utf-8")
    market.operate("clock", {"advance": 6})
    willing.replace("revision: 1", "revision: 2")
    willing.apply()
    assert len(creatives(market)) == 2
    assert not creatives(market).keys() & shown.keys()
    assert willing.in_sync()


def test_nested_fields_and_lists_are_accepted(shop: Workspace, market: Account) -> None:
    """A field inside another is written there, a list of texts in its place; then nothing differs."""
    shop.manifest(*family())
    shop.apply()
    (group,), (shown,) = market.objects("adgroup"), smart(market)
    older = {**group["targeting_spec"], "age_groups": ["AGE_35_44"]}
    market.operate("edit", {"id": group["adgroup_id"], "targeting_spec": older})
    market.operate("edit", {"id": shown["smart_plus_ad_id"], "ad_text_list": [{"ad_text": "Summer is near."}]})
    before = (shop.root / "manifests/a.yaml").read_text("utf-8")
    ended = shop.run("drift", "--accept", "adgroup/us", "--accept", "ad/us-hero", "--json")
    assert ended.code == 0, ended.text
    after = (shop.root / "manifests/a.yaml").read_text("utf-8")
    assert after == before.replace("age_groups: [AGE_25_34]", "age_groups: [AGE_35_44]").replace(
        "[Spring is here.]", "[Summer is near.]"
    )
    assert shop.run("drift", "--json").json["drift"] == []
    assert shop.in_sync()


def test_a_creative_is_edited_by_hand(shop: Workspace, market: Account) -> None:
    """Somebody paused one of two: exit 5 names the place of the list, and the file is as it was."""
    shop.manifest(*family(), file="a.yaml")
    shop.apply()
    market.operate("edit", {"id": smart(market)[0]["creative_ids"][0], "status": "DISABLE"})
    before = (shop.root / "manifests/a.yaml").read_bytes()
    ended = shop.run("drift", "--accept", "ad/us-hero", "--json")
    assert (ended.code, ended.codes) == (5, ["R740"])
    assert (ended.json["errors"][0]["file"], ended.json["errors"][0]["line"]) == ("manifests/a.yaml", 34)
    assert (shop.root / "manifests/a.yaml").read_bytes() == before
