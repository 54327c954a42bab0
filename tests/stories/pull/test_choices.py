"""What of the account is taken over, where it is written, and what is said."""

from __future__ import annotations

import shutil

import pytest

from tests.stories.account import Account
from tests.stories.pull.full import ad, adgroup, campaign, is_clean, pulled
from tests.stories.workspace import Workspace


@pytest.fixture
def two(market: Account) -> dict[str, list[str]]:
    """Two campaigns, `Spring` with two ad groups and an ad, `Autumn` with one of each; their ids."""
    return market.load(
        campaigns=[campaign("Spring"), campaign("Autumn")],
        adgroups=[adgroup("us"), adgroup("uk"), adgroup("de", 1)],
        ads=[ad("hero"), ad("hero de", 2)],
    )


def addresses(shop: Workspace, *arguments: str) -> list[str]:
    """What was pulled."""
    return sorted(one["address"] for one in pulled(shop, *arguments).json["pulled"])


def test_one_campaign(shop: Workspace, two: dict[str, list[str]]) -> None:
    """`--under ID`: it and all below it; the rest is pulled by the next run, into its own file."""
    assert addresses(shop, "--under", two["campaigns"][1]) == ["ad/hero-de", "adgroup/de", "campaign/autumn"]
    assert addresses(shop) == ["ad/hero", "adgroup/uk", "adgroup/us", "campaign/spring"]
    assert is_clean(shop)


def test_names_bring_their_parents_and_what_is_below(shop: Workspace, two: dict[str, list[str]]) -> None:
    """`--match`: an ad group that matches needs its campaign, and its ads come along."""
    assert addresses(shop, "--match", "u*") == ["ad/hero", "adgroup/uk", "adgroup/us", "campaign/spring"]
    assert is_clean(shop)


@pytest.mark.parametrize("word", ["campaign", "Campaign"])
def test_one_kind(shop: Workspace, two: dict[str, list[str]], word: str) -> None:
    """`--kind`: campaigns now, the rest later, below what is managed already, in new files."""
    assert addresses(shop, "--kind", word) == ["campaign/autumn", "campaign/spring"]
    before = shop.files()
    run = pulled(shop)
    assert {one["file"] for one in run.json["pulled"]} == {
        "manifests/pulled/spring-2.yaml", "manifests/pulled/autumn-2.yaml",
    }  # fmt: skip
    after = shop.files()
    assert all(after[name] == data for name, data in before.items() if name.startswith("manifests/"))
    assert is_clean(shop)


def test_a_dry_run_says_the_same_and_writes_nothing(shop: Workspace, two: dict[str, list[str]]) -> None:
    """The same document, and not a byte on disk."""
    before = shop.files()
    would = pulled(shop, "--dry-run")
    assert {name: data for name, data in shop.files().items() if ".reconciler/cache" not in name} == before
    assert "Would pull 2 campaigns, 3 ad groups, 2 ads into 2 files" in shop.run("pull", "--dry-run").stdout
    assert pulled(shop).json == would.json


@pytest.mark.parametrize("out", ["elsewhere", "..", "/tmp", "manifestsx", ".", ".reconciler"])
def test_a_folder_that_nobody_reads_is_refused(shop: Workspace, two: dict[str, list[str]], out: str) -> None:
    """What is written outside of `manifests:` would be bound and declared nowhere."""
    before = shop.files()
    assert pulled(shop, "--out", out, code=3).codes == ["R117"]
    assert shop.files() == before


def test_a_folder_of_manifests(shop: Workspace, two: dict[str, list[str]]) -> None:
    """`--out` inside of it."""
    files = {one["file"] for one in pulled(shop, "--out", "manifests/live/2026").json["pulled"]}
    assert files == {"manifests/live/2026/spring.yaml", "manifests/live/2026/autumn.yaml"}
    assert is_clean(shop)


def test_a_file_that_is_there_is_never_changed(shop: Workspace, two: dict[str, list[str]]) -> None:
    """Somebody's spring.yaml stays; the campaign goes into spring-2.yaml, under a name nobody has."""
    mine = 'kind: Video\nname: spring\nspec: {url: "https://cdn.example.com/a.mp4"}\n'
    shop.write("manifests/pulled/spring.yaml", mine)
    files = {one["address"]: one["file"] for one in pulled(shop).json["pulled"]}
    assert files["campaign/spring"] == "manifests/pulled/spring-2.yaml"
    assert (shop.root / "manifests/pulled/spring.yaml").read_text("utf-8") == mine


def test_what_is_declared_but_not_bound_keeps_its_name(shop: Workspace, two: dict[str, list[str]]) -> None:
    """A manifest of that name stays the one of that name: what is live gets another, and the plan blocks the twin."""
    shop.manifest(
        "kind: Campaign\nname: spring\nspec: {campaign_name: Spring, objective_type: TRAFFIC, "
        "budget_mode: BUDGET_MODE_DAY, budget: 60}\n"
    )
    run = shop.run("pull", "--json")
    assert run.code == 0, run.text
    assert {one["address"] for one in run.json["pulled"] if one["address"].startswith("campaign")} == {
        "campaign/spring-2", "campaign/autumn",
    }  # fmt: skip


def test_unknown_things_are_usage_errors(shop: Workspace, two: dict[str, list[str]]) -> None:
    """No kind of that name, no id, no campaign of that id."""
    assert pulled(shop, "--kind", "pixel", code=3).codes == ["R210"]
    assert pulled(shop, "--under", "spring", code=3).codes == ["R206"]
    assert pulled(shop, "--under", "1800000000000000999", code=3).codes == ["R508"]


def test_what_people_read(shop: Workspace, market: Account, two: dict[str, list[str]]) -> None:
    """A line a file, what is left and why, and the next step; names are never printed as they are."""
    market.load(campaigns=[campaign("bad\x1b[2Jname"), campaign("smart", campaign_automation_type="SMART_PLUS")])
    text = shop.run("pull").stdout
    assert "manifests/pulled/spring.yaml  1 campaign, 2 ad groups, 1 ad" in text
    assert "left: 1 campaign: foreign type" in text
    assert "Pulled 3 campaigns, 3 ad groups, 2 ads into 3 files" in text
    assert "\x1b" not in text
    assert shop.run("pull").stdout.endswith("Nothing to pull: every live object that can be declared is.\n")


def test_a_file_is_never_longer_than_what_is_read(shop: Workspace, market: Account) -> None:
    """A campaign with hundreds of ads and long addresses is split into files that the reader takes."""
    market.load(
        campaigns=[campaign("big")],
        adgroups=[adgroup("us")],
        ads=[ad(f"ad {number}", landing_page_url=f"https://example.com/{'x' * 1900}") for number in range(600)],
    )
    run = pulled(shop)
    assert len(run.json["pulled"]) == 602
    files = sorted(shop.root.glob("manifests/pulled/*.yaml"))
    assert len(files) > 1
    assert all(path.stat().st_size < 1024 * 1024 for path in files)
    assert is_clean(shop)


def test_a_part_that_holds_nothing_is_told_from_an_account_that_is_all_declared(
    shop: Workspace, two: dict[str, list[str]]
) -> None:
    """A glob that fits no name does not say that everything is managed."""
    assert shop.run("pull", "--match", "SPRING").stdout == (
        "Nothing to pull: no unmanaged object that can be declared is what was asked for.\n"
    )
    assert shop.run("pull", "--under", two["campaigns"][1]).stdout.endswith(
        "Pulled 1 campaign, 1 ad group, 1 ad into 1 file. `reconciler plan` shows no change.\n"
    )


def test_what_a_manifest_is_going_to_adopt_is_not_pulled(shop: Workspace, two: dict[str, list[str]]) -> None:
    """It is declared already; what is below it waits until it is bound."""
    shop.manifest(
        f'kind: Campaign\nname: mine\nadopt: "{two["campaigns"][0]}"\nspec: {{campaign_name: Spring, '
        "objective_type: TRAFFIC, budget_mode: BUDGET_MODE_DAY, budget: 100}\n"
    )
    run = pulled(shop)
    assert sorted(one["address"] for one in run.json["pulled"]) == ["ad/hero-de", "adgroup/de", "campaign/autumn"]
    why = "campaign/mine is to adopt its parent: apply that first"
    assert {one["name"]: one["reason"] for one in run.json["left"]} == {
        "us": why, "uk": why, "hero": "its parent is left",
    }  # fmt: skip
    assert shop.apply().ended == {"campaign/mine": "done"}
    assert addresses(shop) == ["ad/hero", "adgroup/uk", "adgroup/us"]
    assert is_clean(shop)


def test_what_the_workspace_gives_to_every_manifest_is_written_otherwise(
    shop: Workspace, two: dict[str, list[str]]
) -> None:
    """A field that `defaults` would set is said, be it the platform's own default; `${` in a name stays what it is."""
    text = (shop.root / "reconciler.yaml").read_text("utf-8")
    defaults = "{AdGroup: {gender: GENDER_FEMALE, comment_disabled: true}, Campaign: {po_number: P1}}"
    shop.write("reconciler.yaml", text + f"defaults: {defaults}\n")
    run = pulled(shop)
    assert {one["kind"] for one in run.json["left"]} == {"campaign", "adgroup", "ad"}
    shop.write("reconciler.yaml", text + f"defaults: {defaults.replace(', Campaign: {po_number: P1}', '')}\n")
    pulled(shop)
    assert "gender: GENDER_UNLIMITED\n" in (shop.root / "manifests/pulled/spring.yaml").read_text("utf-8")
    assert is_clean(shop)


def test_after_the_lockfile_was_lost_it_says_what_is_declared_already(shop: Workspace, market: Account) -> None:
    """The manifests are there and bound to nothing: nothing is doubled, and nobody is told that all is well."""
    market.load(
        campaigns=[campaign("Spring"), campaign("Autumn")], adgroups=[adgroup("us"), adgroup("us", 1)], ads=[ad("hero")]
    )
    pulled(shop, "--match", "Spring")
    (shop.root / "reconciler.lock").unlink()
    shutil.rmtree(shop.root / ".reconciler")
    ended = shop.run("pull")
    assert "3 manifests declare what was pulled, and the lockfile does not know it (" in ended.text
    assert "campaign/spring, " in ended.text
    assert "shows no change" not in ended.text
    assert {one["address"]: one["reason"] for one in shop.run("plan", "--json").json["changes"]}[
        "campaign/spring"
    ] == "twin"
    market.forget_calls()
    shop.apply(code=5)
    assert market.posts() == []
