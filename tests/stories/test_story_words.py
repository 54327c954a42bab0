"""Mistakes that people make every day, and what they are told: what it is, once, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign, family
from tests.stories.marketing import scene
from tests.stories.refresh.scene import consent, refresh, video
from tests.stories.workspace import Workspace


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace of contract marketing, with consent; videos and variants are ready at once."""
    with Account.of_production() as market:
        shop = scene.settle_in(tmp_path / "shop", market)
        consent(shop)
        yield shop


def told(work: Workspace) -> list[dict[str, Any]]:
    """The findings of `validate`."""
    ended = work.run("validate", "--json")
    assert ended.code == 3, ended.text
    found: list[dict[str, Any]] = ended.json["errors"]
    return found


def one(work: Workspace) -> dict[str, Any]:
    """The only finding."""
    (found,) = told(work)
    return found


def test_a_forgotten_separator_is_one_mistake(work: Workspace) -> None:
    """Not a duplicate key for each of kind, name and spec, and nothing about what refers to the second document."""
    work.write("manifests/a.yaml", campaign() + adgroup() + "---\n" + ad())
    found = one(work)
    assert (found["code"], found["message"]) == ("R103", "`---` is missing: another document begins here")
    assert (found["line"], found["hint"]) == (7, "write `---` on a line of its own above this one")


def test_each_forgotten_separator_has_its_place(work: Workspace) -> None:
    """Three documents in one are two mistakes; a name written twice is still a duplicate key."""
    work.write("manifests/a.yaml", campaign("a") + campaign("b") + campaign("c"))
    assert [(found["code"], found["line"]) for found in told(work)] == [("R103", 7), ("R103", 13)]
    work.manifest(campaign("a").replace("name: a", "name: a\nname: b"))
    assert one(work)["message"] == 'duplicate key "name", first on line 2'


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("PAUSED", "write DISABLE. allowed: ENABLE, DISABLE"),
        ("disabled", "write DISABLE. allowed: ENABLE, DISABLE"),
        ("off", "write DISABLE. allowed: ENABLE, DISABLE"),
        ("ACTIVE", "write ENABLE. allowed: ENABLE, DISABLE"),
        ("ENABLED", "write ENABLE. allowed: ENABLE, DISABLE"),
        ("enable", "did you mean `ENABLE`? allowed: ENABLE, DISABLE"),
    ],
)
def test_a_status_in_other_words(work: Workspace, written: str, hint: str) -> None:
    """What other tools call it is translated."""
    work.manifest(campaign(status=written))
    found = one(work)
    assert (found["code"], found["hint"]) == ("R204", hint)


def test_a_status_that_means_removal(work: Workspace) -> None:
    """An object goes with its manifest, and not by a status."""
    work.manifest(campaign(status="DELETE"))
    assert "remove its manifest" in one(work)["hint"]


@pytest.mark.parametrize("places", ["[US]", '["US"]', "[us-ca]"])
def test_a_country_code_where_ids_of_locations_are_wanted(shop: Workspace, places: str) -> None:
    """It is not told to be quoted: it would be as wrong in quotes."""
    shop.manifest(scene.campaign(), scene.adgroup(location_ids=places))
    found = one(shop)
    assert (found["code"], found["message"].endswith("is not the id of a location")) == ("R206", True)
    assert '"6252001"' in found["hint"]
    assert "quote it" not in found["hint"]


def test_a_name_where_a_mapping_is_wanted(shop: Workspace) -> None:
    """Both ways to write it are shown, with the name that was given."""
    shop.manifest(video("first-video"), scene.campaign(), scene.adgroup(), scene.ad(video="first-video"))
    found = one(shop)
    assert (found["code"], found["address"]) == ("R215", "ad/spring-us-hero")
    assert "{video: first-video}" in found["hint"]
    assert "{refresh: first-video, variant: 1}" in found["hint"]


@pytest.mark.parametrize(
    ("broken", "codes"),
    [
        (campaign().replace("  budget:", "\tbudget:"), ["R102"]),
        (campaign().replace("  budget:", " budget:"), ["R102"]),
        (campaign(budget="1e3"), ["R205"]),
        (campaign().replace("kind: Campaign", "kind: Campain"), ["R210"]),
        (campaign().replace("name: spring\n", ""), ["R202"]),
        (campaign().replace("kind: Campaign", "kind: !x Campaign"), ["R104"]),
    ],
    ids=["a tab", "a bad indent", "a bad value", "a misspelt kind", "no name", "a tag"],
)
def test_what_belongs_to_a_broken_parent_is_no_second_mistake(work: Workspace, broken: str, codes: list[str]) -> None:
    """The parent's mistake alone is told, whether it stands in the same file or in another."""
    work.manifest(broken, adgroup(), ad())
    assert [found["code"] for found in told(work)] == codes
    work.manifest(broken)
    work.manifest(adgroup(), ad(), file="b.yaml")
    assert [found["code"] for found in told(work)] == codes


@pytest.mark.parametrize("data", [campaign().encode("utf-16"), b"\xff" + campaign().encode()], ids=["utf-16", "a byte"])
def test_a_file_that_is_not_utf_8_has_its_names_all_the_same(work: Workspace, data: bytes) -> None:
    """R101 alone."""
    work.manifest(adgroup(), file="b.yaml")
    (work.root / "manifests/a.yaml").write_bytes(data)
    assert [found["code"] for found in told(work)] == ["R101"]


def test_a_real_mistake_beside_an_unreadable_document_is_told(work: Workspace) -> None:
    """A name that no line of any file has is still missing."""
    work.manifest(campaign().replace("  budget:", "\tbudget:"), adgroup(parent="sumer"))
    assert [found["code"] for found in told(work)] == ["R102", "R302"]


def test_a_removed_ad_group_suggests_no_other_market(work: Workspace) -> None:
    """Its ads are not sent to the sibling whose name is nearly the same; a typing mistake is."""
    work.manifest(campaign(), adgroup("spring-us"), adgroup("spring-uk"), ad(parent="spring-us"))
    work.apply()
    work.manifest(campaign(), adgroup("spring-uk"), ad(parent="spring-us"))
    found = one(work)
    assert found["code"] == "R302"
    assert found["hint"] == "the manifest of adgroup/spring-us is gone: remove this one as well, or bring that one back"
    work.manifest(campaign(), adgroup("spring-uk"), ad(parent="spring-de"))
    assert one(work)["hint"] == "declare an AdGroup with that name"
    work.manifest(campaign(), adgroup("spring-uk"), ad(parent="sprign-uk"))
    assert one(work)["hint"] == "did you mean `spring-uk`?"


@pytest.mark.parametrize(
    "command",
    [
        ["plan", "--target", "campaign/frist"],
        ["plan", "--exclude", "campaign/frist"],
        ["plan", "--recreate", "campaign/frist"],
        ["plan", "--replace", "campaign/frist"],
        ["apply", "--auto-approve", "--target", "frist"],
        ["state", "show", "campaign/frist"],
        ["state", "rm", "campaign/frist"],
        ["state", "mv", "campaign/frist", "campaign/second"],
        ["explain", "campaign/frist"],
        ["history", "campaign/frist"],
        ["adopt", "campaign/frist", "1"],
    ],
    ids=" ".join,
)
def test_a_misspelt_address_gets_a_suggestion(work: Workspace, account: Account, command: list[str]) -> None:
    """On every option and command that takes one, with exit 3 and nothing sent."""
    work.manifest(campaign("first"))
    work.apply()
    account.forget_calls()
    ended = work.run(*command, "--json")
    assert ended.code == 3, ended.text
    assert ended.json["errors"][0]["hint"] == "did you mean `campaign/first`?"
    assert account.posts() == []


def test_a_misspelt_refresh_or_kind_gets_a_suggestion(shop: Workspace) -> None:
    """`approve` names the refresh; an unknown kind is compared with those there are."""
    shop.manifest(video(), refresh(variants=1))
    shop.apply()
    ended = shop.run("approve", "refresh/hoosk", "--all", "--json")
    assert (ended.code, ended.json["errors"][0]["hint"]) == (3, "did you mean `refresh/hooks`?")
    ended = shop.run("approve", "refreshs/hooks", "--all", "--json")
    assert ended.json["errors"][0]["hint"].startswith("did you mean `refresh`? write KIND/NAME")


def test_an_empty_plan_says_what_nobody_declares(work: Workspace, account: Account) -> None:
    """In every format; without such objects it says nothing of them."""
    work.manifest(campaign())
    work.apply()
    assert "No changes. The account matches the manifests.\n" in work.run("plan").stdout
    theirs = [{"campaign_name": f"theirs {number}", "status": "DISABLE"} for number in range(2)]
    account.load(campaigns=theirs)
    rest = "2 live objects are not declared in any manifest and left alone."
    assert f"No changes. The account matches the manifests. {rest}\n" in work.run("plan").stdout
    for form in ("markdown", "html"):
        assert rest in work.run("plan", "--format", form).stdout
    plain = work.run("plan", "--audience", "marketer").stdout
    assert "2 other live objects are not looked after here." in plain


def test_a_targeted_plan_speaks_of_its_targets(work: Workspace) -> None:
    """Warnings about anything else stay out, and an empty one does not speak for the rest."""
    work.manifest(campaign("a", campaign_name="A"), campaign("b", campaign_name="B"))
    work.apply()
    work.manifest(campaign("a"), campaign("b"), campaign("c"))
    assert {one.split(":")[0] for one in work.plan().json["warnings"]} == {"campaign/a", "campaign/b"}
    made = work.plan("--target", "campaign/a")
    assert [one.split(":")[0] for one in made.json["warnings"]] == ["campaign/a"]
    made = work.plan("--exclude", "campaign/a")
    assert [one.split(":")[0] for one in made.json["warnings"]] == ["campaign/b"]
    assert "No changes. What was targeted matches the manifests.\n" in work.run("plan", "--target", "campaign/a").stdout


def test_signs_mean_the_same_in_text_and_markdown(work: Workspace, account: Account) -> None:
    """Every row begins with the same sign in both."""
    work.manifest(*family(), campaign("old"), adgroup("us", "old"))
    work.apply()
    work.manifest(campaign(budget=600), adgroup(budget=60), ad(), campaign("new"))
    rows = {row["address"]: row["op"] for row in work.plan().json["changes"]}
    assert set(rows.values()) == {"create", "update", "disable", "blocked"}
    text, markdown = (work.run("plan", "--format", form).stdout.split("\n") for form in ("text", "markdown"))
    for address in rows:
        (shown,) = [line.strip()[0] for line in text if line.strip()[2:].startswith(f"{address} ")]
        assert [line[0] for line in markdown if line[1:].startswith(f" {address} ")] == [shown]


def test_a_video_has_its_name_beside_its_id(shop: Workspace) -> None:
    """A Video, and a generated variant; scripts read the bare id, and a saved plan shows what the plan showed."""
    shown = scene.ad(video="{video: hero}")
    shop.manifest(video(), refresh(variants=1), scene.campaign(), scene.adgroup(), shown)
    shop.apply()
    shop.replace("{video: hero}", "{refresh: hooks, variant: 1}")
    shop.apply()
    shop.replace("{refresh: hooks, variant: 1}", "{video: hero}")
    (change,) = [one for one in shop.plan().rows["ad/spring-us-hero"]["fields"] if one["path"] == "video"]
    assert {type(change["old"]), type(change["new"])} == {str}
    said = f'"{change["old"]}" (refresh/hooks variant 1) → "{change["new"]}" (video/hero)'
    first = shop.run("plan", "--out", "x.json").stdout
    assert said in first
    assert said in shop.run("show", "x.json").stdout
    for form in ("markdown", "html"):
        page = shop.run("plan", "--format", form).stdout
        assert "(refresh/hooks variant 1)" in page
        assert "(video/hero)" in page


def test_a_disclosure_that_nobody_wrote_is_no_lost_field(shop: Workspace) -> None:
    """Sent with a generated variant, it goes with it: no warning, and `explain` calls it neither lost nor managed."""
    shown = scene.ad(video="{refresh: hooks, variant: 1}")
    shop.manifest(video(), refresh(variants=1), scene.campaign(), scene.adgroup(), shown)
    shop.apply()
    assert "no longer managed" not in shop.run("explain", "ad/spring-us-hero").stdout
    shop.replace("{refresh: hooks, variant: 1}", '{video_id: "v1"}')
    assert shop.plan().json["warnings"] == []
    assert "no longer managed" not in shop.run("explain", "ad/spring-us-hero").stdout
    shop.apply()
    assert shop.in_sync()


def test_an_apply_that_waits_for_approval_says_for_what(shop: Workspace) -> None:
    """Exit 8, and the last line names the way on; no task is said to be on its way that is not."""
    shown = scene.ad(video="{refresh: hooks, variant: 1}")
    shop.manifest(video(), refresh(variants=1, require_approval="true"), scene.campaign(), scene.adgroup(), shown)
    ended = shop.run("apply", "--auto-approve")
    assert ended.code == 8, ended.text
    assert "1 ad waits for a variant to be approved: look at `reconciler gallery`" in ended.stdout
    assert "still on their way" not in ended.stdout
    assert "blocked rows" not in shop.run("history").stdout


def test_a_rejected_variant_leaves_an_ad_as_it_is(shop: Workspace) -> None:
    """A fact that a plan mentions; an apply over it ends with 0, however often."""
    shown = scene.ad(video='{video_id: "v1"}')
    shop.manifest(video(), refresh(variants=1), scene.campaign(), scene.adgroup(), shown)
    shop.apply()
    assert shop.run("reject", "refresh/hooks", "1", "--by", "Ann").code == 0
    shop.replace('{video_id: "v1"}', "{refresh: hooks, variant: 1}")
    said = "ad/spring-us-hero keeps the video it shows: variant 1 of refresh/hooks was rejected"
    for _ in range(2):
        assert shop.plan().json["warnings"] == [said]
        shop.apply()
