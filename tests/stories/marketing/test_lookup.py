"""`lookup`: ids by name, printed as the lines that a manifest takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.stories.account import Account
from tests.stories.marketing.scene import adgroup, campaign, configure
from tests.stories.workspace import Run, Workspace

PATHS = {
    "locations": "tool/region/",
    "languages": "tool/language/",
    "interests": "tool/interest_category/",
    "identities": "identity/get/",
    "pixels": "pixel/list/",
    "apps": "app/list/",
    "audiences": "dmp/custom_audience/list/",
    "videos": "file/video/ad/search/",
    "images": "file/image/ad/search/",
}
ARRAYS = {
    "locations": "region_info", "languages": "languages", "interests": "interest_categories",
    "identities": "identity_list", "pixels": "pixels", "apps": "apps",
}  # fmt: skip
NASTY = "a\nb: ##[x] \x1b[31m\u202e #\u2028"


def stocked(market: Account) -> None:
    """An account that has one more of everything that can be loaded."""
    market.load(
        identities=[
            {"identity_id": "77", "display_name": "Puzzle House", "identity_type": "TT_USER"},
            {"identity_id": "a-1", "display_name": "Puzzle Agency", "identity_type": "BC_AUTH_TT",
             "identity_authorized_bc_id": "900"},
            {"identity_id": "78", "display_name": "Puzzle Shop", "identity_type": "TTS_TT"},
        ],
        pixels=[{"pixel_id": "7201", "pixel_name": "Shop"}, {"pixel_id": "7202", "pixel_name": "Shop (old)"}],
        apps=[{"app_id": "11", "app_name": "Puzzle", "platform": "IOS"}],
    )  # fmt: skip


def found(shop: Workspace, *words: str) -> Run:
    """A lookup that ends well."""
    ended = shop.run("lookup", *words)
    assert ended.code == 0, ended.text
    return ended


@pytest.mark.parametrize(
    ("what", "text", "lines"),
    [
        ("locations", "united states", ['location_ids: ["6252001"]  # United States (COUNTRY, US)']),
        ("languages", "Norwegian", ['languages: ["no"]  # Norwegian']),
        ("interests", "puzzle games", ['interest_category_ids: ["15100"]  # Puzzle Games']),
        ("identities", "Puzzle House", ["identity_type: TT_USER  # Puzzle House", 'identity_id: "77"']),
        (
            "identities",
            "Puzzle Agency",
            ["identity_type: BC_AUTH_TT  # Puzzle Agency", 'identity_id: "a-1"', 'identity_authorized_bc_id: "900"'],
        ),
        ("pixels", "Web pixel", None),
        ("apps", "puzzle", ['app_id: "11"  # Puzzle (IOS)']),
        ("audiences", "Audience 2", None),
        ("videos", "film 2", ['video: {video_id: "v2"}  # film 2']),
        ("images", "i1", ['image_ids: ["i1"]  # image_4_…']),
    ],
)
def test_the_line_to_paste(shop: Workspace, market: Account, what: str, text: str, lines: list[str] | None) -> None:
    """By exact name, or id, whatever the capitals; the lines are YAML under what they stand in. GET alone."""
    stocked(market)
    market.forget_calls()
    ended = found(shop, what, text)
    head, *rest = [line for line in ended.stdout.splitlines() if line]
    assert head.startswith("# spec of an ")
    if lines is not None:
        assert len(rest) == len(lines)
        assert all(one.startswith(line.partition("…")[0]) for one, line in zip(rest, lines, strict=True))
    assert isinstance(yaml.safe_load("\n".join(rest)), dict)
    assert {(one["method"], one["path"]) for one in market.calls()} == {("GET", PATHS[what])}
    assert len(market.calls()) == 1


def test_what_it_prints_goes_into_a_manifest(shop: Workspace, market: Account) -> None:
    """The lines of three look-ups make a manifest that validates and applies."""
    stocked(market)
    lines = "".join(
        f"  {found(shop, *words).stdout.splitlines()[1]}\n"
        for words in (("locations", "Germany"), ("languages", "German"), ("pixels", "Shop"))
    )
    shop.manifest(campaign(), adgroup(location_ids=None) + lines)
    assert set(shop.apply().ended.values()) == {"done"}
    (row,) = market.objects("adgroup")
    assert (row["location_ids"], row["languages"], row["pixel_id"]) == (["2921044"], ["de"], "7201")


def test_smart_plus_has_places_of_its_own(shop: Workspace, market: Account) -> None:
    """Targeting is one level deeper there, and a video is a creative."""
    configure(shop, contract="smart_plus")
    assert found(shop, "locations", "Japan").stdout.splitlines() == [
        "# spec.targeting_spec of an AdGroup",
        'location_ids: ["1861060"]  # Japan (COUNTRY, JP)',
    ]
    assert found(shop, "videos", "film 1").stdout.splitlines() == [
        "# spec.creatives of an Ad",
        '- {video_id: "v1"}  # film 1',
    ]


def test_exact_then_part_then_alike(shop: Workspace) -> None:
    """One that is called so comes first; names that are only spelt alike are shown where none is and none holds it."""
    told = found(shop, "interests", "games", "--json").json
    assert [(one["name"], one["match"]) for one in told["found"]] == [
        ("Games", "exact"), ("Puzzle Games", "part"), ("Racing Games", "part"),
    ]  # fmt: skip
    ended = found(shop, "locations", "Germny")
    assert "Germany" in ended.stdout
    assert 'No location is called "Germny"; spelt alike: 1 of 10.' in ended.stderr
    ended = found(shop, "locations", "Atlantis-upon-Sea")
    assert (ended.stdout, "No location of 10 is called" in ended.stderr) == ("", True)


def test_equal_names_are_told_apart(shop: Workspace) -> None:
    """Two places called Georgia: the level and what they are in say which."""
    assert found(shop, "locations", "Georgia").stdout.splitlines()[1:] == [
        'location_ids: ["614540"]  # Georgia (COUNTRY, GE)',
        'location_ids: ["4197000"]  # Georgia (PROVINCE, in United States)',
    ]


def test_without_a_text_everything(shop: Workspace, market: Account) -> None:
    """All rows, over as many pages as they take; the document of --json says that it is all."""
    market.load(pixels=[{"pixel_name": f"P{number}"} for number in range(45)])
    market.forget_calls()
    told = found(shop, "pixels", "--json").json
    assert (len(told["found"]), told["total"], told["complete"]) == (46, 46, True)
    assert {one["match"] for one in told["found"]} == {None}
    assert told["found"][0]["details"].keys() == {"pixel_code"}
    assert len(market.calls()) == 3


def test_what_no_manifest_takes_is_no_line(shop: Workspace, market: Account) -> None:
    """An identity of a type that ads of ours cannot have is shown as a comment."""
    stocked(market)
    lines = found(shop, "identities", "Puzzle Shop").stdout.splitlines()
    assert lines[1:] == ["# Puzzle Shop (78): no manifest can use it"]
    assert found(shop, "identities", "Puzzle Shop", "--json").json["found"][0]["yaml"] == []


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_names_of_the_account_are_shown_safely(shop: Workspace, market: Account, words: list[str]) -> None:
    """A name that would end its comment, move the cursor or command a runner is text like any other."""
    market.load(pixels=[{"pixel_id": "7201", "pixel_name": NASTY}])
    shown = found(shop, "pixels", *words).stdout
    assert not {"\x1b", "\u202e", "\u2028"} & set(shown)
    assert "##[" not in shown
    if words:
        assert [one["name"] for one in found(shop, "pixels", *words).json["found"]][1] == NASTY
    else:
        assert all(line.startswith(("#", "pixel_id: ")) for line in shown.splitlines())
        assert yaml.safe_load(shown.splitlines()[2]) == {"pixel_id": "7201"}


@pytest.mark.parametrize("what", PATHS)
def test_a_list_that_is_not_whole_is_an_error(shop: Workspace, market: Account, what: str) -> None:
    """Without its array, or with another total than rows, no name is taken from it: R605, exit 1."""
    stocked(market)
    array = ARRAYS.get(what, "list")
    market.faults({"path": PATHS[what], "edit": {f"data.{array}": None}})
    ended = shop.run("lookup", what, "--json")
    assert (ended.code, ended.codes) == (1, ["R605"]), ended.text
    market.faults({"path": PATHS[what], "edit": {"data.page_info": {"page": 1, "page_size": 100, "total_number": 99,
                                                                    "total_page": 1}}})  # fmt: skip
    ended = shop.run("lookup", what, "--json")
    assert (ended.code, ended.codes) == (1, ["R605"]), ended.text


@pytest.mark.parametrize("what", PATHS)
def test_a_row_without_an_id_is_an_error(shop: Workspace, market: Account, what: str) -> None:
    """What cannot be told apart is not counted as there."""
    stocked(market)
    market.faults({"path": PATHS[what], "edit": {f"data.{ARRAYS.get(what, 'list')}.0": {"name": "x"}}})
    assert shop.run("lookup", what, "--json").codes == ["R605"]


@pytest.mark.parametrize("what", ["pixels", "apps", "locations", "audiences"])
def test_ids_may_come_as_numbers(shop: Workspace, market: Account, what: str) -> None:
    """Digit for digit the same."""
    stocked(market)
    texts = [one["id"] for one in found(shop, what, "--json").json["found"]]
    market.operate("switches", {"ids_as": "number"})
    assert [one["id"] for one in found(shop, what, "--json").json["found"]] == texts


def test_the_document_has_no_such_calls(tmp_path: Path) -> None:
    """Contract openapi: R213 says so before anything is sent, and names what there is."""
    with Account() as account:
        work = Workspace(tmp_path, account.url)
        work.configure()
        ended = work.run("lookup", "audiences", "--json")
        assert (ended.code, ended.codes) == (3, ["R213"])
        assert "reconciler audiences" in ended.json["errors"][0]["hint"]
        assert work.run("lookup", "pixels", "--json").code == 3
        assert account.calls() == []


def test_what_is_no_sort_of_thing(shop: Workspace) -> None:
    """Exit 3, and the sorts there are."""
    ended = shop.run("lookup", "countries")
    assert ended.code == 3
    assert "locations" in ended.stderr
