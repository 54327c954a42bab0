"""`pixel:`, `app:` and `identity:` in manifests: names of the account, looked up when a plan is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.marketing.scene import ad, adgroup, campaign, fields_of
from tests.stories.workspace import Run, Workspace

LISTS = {"pixel": "pixel/list/", "app": "app/list/", "identity": "identity/get/"}
ON_PANGLE: dict[str, Any] = {"placement_type": "PLACEMENT_TYPE_NORMAL", "placements": "[PLACEMENT_PANGLE]"}
ACME: dict[str, Any] = {"identity": "Acme", "identity_type": None, "identity_id": None}


@pytest.fixture(autouse=True)
def stocked(market: Account) -> None:
    """Two pixels, two apps, and identities of three types."""
    market.load(
        pixels=[{"pixel_id": "7201", "pixel_name": "Shop"}, {"pixel_id": "7202", "pixel_name": "Blog"}],
        apps=[{"app_id": "11", "app_name": "Puzzle"}, {"app_id": "12", "app_name": "Racing"}],
        identities=[
            {"identity_id": "77", "display_name": "Acme", "identity_type": "TT_USER"},
            {"identity_id": "a-1", "display_name": "Agency", "identity_type": "BC_AUTH_TT",
             "identity_authorized_bc_id": "900"},
            {"identity_id": "5", "display_name": "Old shop", "identity_type": "CUSTOMIZED_USER"},
            {"identity_id": "6", "display_name": "Acme", "identity_type": "TTS_TT"},
        ],
    )  # fmt: skip
    market.forget_calls()


def looked_up(market: Account) -> list[str]:
    """Which lists of names were read, in order."""
    return [one["path"] for one in market.calls("GET") if one["path"] in LISTS.values()]


def at(shop: Workspace, one: dict[str, Any]) -> str:
    """What stands at the place of an error."""
    line: str = (shop.root / "manifests/a.yaml").read_text("utf-8").splitlines()[int(one["line"]) - 1]
    return line[int(one["column"]) - 1 :]


def refused(shop: Workspace, code: str, command: str = "plan") -> dict[str, Any]:
    """The one error with which a command ends, exit 3."""
    ended: Run = shop.run(command, "--json")
    assert (ended.code, ended.codes) == (3, [code]), ended.text
    found: dict[str, Any] = ended.json["errors"][0]
    return found


def test_names_go_as_ids(shop: Workspace, market: Account) -> None:
    """On all levels, one listing a sort; plan and lockfile hold the ids, and the next plan is empty."""
    shop.manifest(
        campaign(objective_type="APP_PROMOTION", app_promotion_type="APP_INSTALL", app="Puzzle"),
        adgroup(pixel="Shop", app="Racing", identity="Acme"),
        adgroup("other", pixel="Blog"),
        ad(**ACME),
    )
    assert shop.run("validate").code == 0
    planned = shop.plan()
    assert sorted(looked_up(market)) == sorted(LISTS.values())
    told = {path: new for path, (_, new) in fields_of(planned, "adgroup/spring-us").items()}
    assert (told["pixel_id"], told["app_id"], told["identity_id"], told["identity_type"]) == (
        "7201", "12", "77", "TT_USER",
    )  # fmt: skip
    assert not {"pixel", "app", "identity"} & told.keys()
    assert fields_of(planned, "campaign/spring")["app_id"] == (None, "11")
    shop.apply()
    assert {one["pixel_id"] for one in market.objects("adgroup")} == {"7201", "7202"}
    (row,) = market.objects("ad")
    assert (row["identity_type"], row["identity_id"]) == ("TT_USER", "77")
    assert shop.lock["adgroup/spring-us"]["applied"]["pixel_id"] == "7201"
    assert shop.in_sync()


def test_a_business_centers_identity_comes_with_its_id(shop: Workspace, market: Account) -> None:
    """identity_type and identity_authorized_bc_id are the account's; nothing else is to be written."""
    shop.manifest(campaign(), adgroup(), ad(**{**ACME, "identity": "Agency"}))
    shop.apply()
    (row,) = market.objects("ad")
    assert (row["identity_type"], row["identity_id"], row["identity_authorized_bc_id"]) == ("BC_AUTH_TT", "a-1", "900")
    assert shop.in_sync()


def test_ids_alone_look_nothing_up(shop: Workspace, market: Account) -> None:
    """Whoever writes ids pays for no listing."""
    shop.manifest(campaign(), adgroup(pixel_id='"7201"'), ad())
    shop.plan()
    assert looked_up(market) == []


def test_the_digest_is_that_of_the_ids(shop: Workspace, market: Account) -> None:
    """By name or by id it is one plan; a name that came to mean another pixel is another one, which nobody approved."""
    shop.manifest(campaign(), adgroup(pixel_id='"7201"'))
    by_id = shop.plan().json["digest"]
    shop.manifest(campaign(), adgroup(pixel="Shop"))
    assert shop.plan().json["digest"] == by_id
    market.faults({"path": LISTS["pixel"], "edit": {"data.pixels.1.pixel_id": "7299"}})
    assert shop.plan().json["digest"] != by_id
    assert shop.run("apply", "--expect-digest", by_id, "--json").code == 6
    assert market.posts() == []


@pytest.mark.parametrize(
    ("field", "beside"),
    [("pixel", "pixel_id"), ("app", "app_id"), ("identity", "identity_id"), ("identity", "identity_type")],
)
def test_a_name_and_its_id_exclude_each_other(shop: Workspace, market: Account, field: str, beside: str) -> None:
    """Told by validate, at the name."""
    value = {"identity_type": "TT_USER"}.get(beside, '"11"')
    shop.manifest(campaign(), adgroup(**{field: "Shop", beside: value}))
    one = refused(shop, "R216", "validate")
    assert at(shop, one).startswith(f"{field}: Shop")
    assert (f"`{field}` and `{beside}`" in one["message"], one["address"]) == (True, "adgroup/spring-us")
    assert market.calls() == []


@pytest.mark.parametrize(("field", "near"), [("pixel", "Shop"), ("app", "Puzzle"), ("identity", "Old shop")])
def test_a_name_that_nobody_has(shop: Workspace, market: Account, field: str, near: str) -> None:
    """R305 at the very name, with what it may have meant; nothing is sent."""
    wrong = f"{near}e"
    shop.manifest(campaign(), adgroup(**{field: wrong}))
    one = refused(shop, "R305")
    assert at(shop, one).startswith(wrong)
    assert f'"{near}"' in one["hint"]
    shop.manifest(campaign(), adgroup(**{field: "Zzyzx"}))
    assert "reconciler lookup" in refused(shop, "R305")["hint"]
    assert market.posts() == []


def test_a_name_that_two_have(shop: Workspace, market: Account) -> None:
    """R305 lists the ids, and what tells them apart."""
    market.load(
        pixels=[{"pixel_id": "7203", "pixel_name": "Shop"}],
        identities=[{"identity_id": "79", "display_name": "Acme", "identity_type": "CUSTOMIZED_USER"}],
    )
    shop.manifest(campaign(), adgroup(pixel="Shop"), ad(**ACME))
    ended = shop.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R305", "R305"])
    pixel, identity = (one["hint"] for one in ended.json["errors"])
    assert "`pixel_id`" in pixel
    assert all(word in pixel for word in ("7201", "7203"))
    assert all(word in identity for word in ("77 (TT_USER)", "79 (CUSTOMIZED_USER)"))
    assert market.posts() == []


def test_an_identity_that_no_ad_can_come_from(shop: Workspace, market: Account) -> None:
    """One of another type than ads take is no candidate beside one of its name, and alone an error that says so."""
    market.load(identities=[{"identity_id": "8", "display_name": "Store", "identity_type": "TTS_TT"}])
    shop.manifest(campaign(), adgroup(), ad(**{**ACME, "identity": "Store"}))
    one = refused(shop, "R305")
    assert ("no manifest can use" in one["message"], "8 (TTS_TT)" in one["hint"]) == (True, True)


def test_spaces_of_a_name_are_no_matter_of_the_platform(shop: Workspace, market: Account) -> None:
    """A name is not sent: validate has no remark on it, and it is found as people tell names apart."""
    market.load(pixels=[{"pixel_id": "7204", "pixel_name": "Two  words"}])
    shop.manifest(campaign(), adgroup(pixel='"Two words "'))
    assert shop.run("validate").text.count("R220") == 0
    assert fields_of(shop.plan(), "adgroup/spring-us")["pixel_id"] == (None, "7204")


def test_the_document_has_no_names(tmp_path: Path) -> None:
    """Contract openapi: R213 at the line, by validate."""
    with Account() as account:
        work = Workspace(tmp_path, account.url)
        work.configure()
        spec = "{objective_type: TRAFFIC, budget_mode: BUDGET_MODE_DAY, budget: 50, app: Puzzle}"
        work.manifest(f"kind: Campaign\nname: a\nspec: {spec}\n")
        assert refused(work, "R213", "validate")["line"] == 3


def test_a_list_that_is_not_whole_decides_nothing(shop: Workspace, market: Account) -> None:
    """The name may be on a page that did not come: R605, exit 1, nothing is sent."""
    shop.manifest(campaign(), adgroup(pixel="Shop"))
    market.faults({"path": LISTS["pixel"], "edit": {"data.page_info.total_number": 7}})
    ended = shop.run("apply", "--auto-approve", "--json")
    assert (ended.code, ended.codes) == (1, ["R605"])
    assert market.posts() == []


def test_what_a_name_stands_for_is_held_to_the_rules(shop: Workspace, market: Account) -> None:
    """Only a plan can know that it is a custom identity, which is over on TikTok: R218 at the name."""
    shop.manifest(campaign(), adgroup(), ad(**{**ACME, "identity": "Old shop"}))
    assert shop.run("validate").code == 0
    one = refused(shop, "R218")
    assert at(shop, one).startswith("Old shop")
    shop.manifest(campaign(), adgroup(**ON_PANGLE), ad(**{**ACME, "identity": "Old shop"}))
    shop.apply()
    assert market.objects("ad")[0]["identity_type"] == "CUSTOMIZED_USER"


def test_an_ad_needs_one_or_the_other(shop: Workspace) -> None:
    """Neither identity nor identity_type is an error of validate; a name alone is none."""
    shop.manifest(campaign(), adgroup(), ad(identity_type=None, identity_id=None))
    assert "identity_type" in refused(shop, "R202", "validate")["message"]
    shop.manifest(campaign(), adgroup(), ad(**ACME))
    assert shop.run("validate").code == 0


def test_another_name_is_one_update(shop: Workspace, market: Account) -> None:
    """Of an ad the identity can change: type and id together, and the audience of nothing else."""
    shop.manifest(campaign(), adgroup(), ad(**ACME))
    shop.apply()
    shop.manifest(campaign(), adgroup(), ad(**{**ACME, "identity": "Agency"}))
    told = fields_of(shop.plan(), "ad/spring-us-hero")
    assert told.keys() == {"identity_id", "identity_type", "identity_authorized_bc_id"}
    shop.apply()
    assert market.objects("ad")[0]["identity_id"] == "a-1"
    assert shop.in_sync()


def test_drift_and_explain_know_the_name(shop: Workspace, market: Account) -> None:
    """What others changed is told against the id that the name stands for, and the line of the name is named."""
    shop.manifest(campaign(), adgroup(pixel="Shop"), ad(**ACME))
    shop.apply()
    assert shop.run("drift", "--detailed-exitcode").code == 0
    market.edit("ad", "spring-us-hero", identity_id="78")
    (row,) = shop.run("drift", "--json").json["drift"]
    (field,) = row["fields"]
    assert (field["path"], field["applied"], field["live"], field["desired"]) == ("identity_id", "77", "78", "77")
    assert row["sides"] == {"identity_id": "theirs"}
    assert "`identity`" in row["take_over"][0]["why"]
    ended = shop.run("explain", "adgroup/spring-us")
    assert ended.code == 0
    assert "7201" in ended.stdout


def test_an_object_is_adopted_with_a_name(shop: Workspace, market: Account) -> None:
    """The lockfile holds the id; the plan after it is empty of it."""
    shop.manifest(campaign(), adgroup(pixel="Shop"))
    shop.apply()
    identity = shop.lock["adgroup/spring-us"]["id"]
    assert shop.run("state", "rm", "adgroup/spring-us").code == 0
    ended = shop.run("adopt", "adgroup/spring-us", identity, "--json")
    assert (ended.code, ended.json["differing"]) == (0, []), ended.text
    assert shop.lock["adgroup/spring-us"]["applied"]["pixel_id"] == "7201"
    assert shop.in_sync()


def test_names_of_the_account_are_shown_safely(shop: Workspace, market: Account) -> None:
    """A near name in a hint moves no cursor and is no command to a runner."""
    market.load(pixels=[{"pixel_name": "Landing page\x1b[2J##[x]"}])
    shop.manifest(campaign(), adgroup(pixel="Landing page"))
    told = shop.run("plan").stderr
    assert "Landing page" in told
    assert "\x1b[2J" not in told
    assert "##[" not in told
