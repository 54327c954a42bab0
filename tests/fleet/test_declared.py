"""What `fleet.yaml`, accounts' files and tables may say, and where a mistake in them is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fleet.scene import GROUP, Fleet, advertiser

USES = "uses:\n  - {module: evergreen, name: ev, inputs: {budget: 60.00}}\n"


def wrong(fleet: Fleet, *arguments: str) -> dict[str, Any]:
    """The first error of `fleet validate`."""
    document = fleet.fleet("validate", *arguments, code=3)
    errors = document.get("errors") or [one["error"] for one in document["accounts"] if one["error"]]
    found: dict[str, Any] = errors[0]
    return found


@pytest.mark.parametrize(
    ("more", "code", "line"),
    [
        ("patch: [{address: campaign/none, spec: {budget: 1.00}}]\n", "R313", 7),
        ("drop: [campaign/none]\n", "R313", 7),
        ("colour: red\n", "R201", 7),
        ("workspace: ../x\n", "R215", 1),
    ],
)
def test_a_mistake_of_an_account_has_its_line(fleet: Fleet, more: str, code: str, line: int) -> None:
    """In its own file, named from the fleet's folder."""
    fleet.account(0, more=more)
    error = wrong(fleet)
    assert (error["code"], error["file"], error["line"]) == (code, "accounts/a0.yaml", line), error


def test_an_input_that_is_wrong_is_underlined_where_it_is_used(fleet: Fleet) -> None:
    """Too much money, and a name that no input has."""
    fleet.account(0, budget="500.01")
    error = wrong(fleet)
    assert (error["file"], error["line"], error["column"]) == ("accounts/a0.yaml", 6, 52)
    fleet.account(0, budget="60.00, colour: red")
    assert wrong(fleet)["message"] == "unknown input `colour`"


def test_a_mistake_in_a_module_names_the_account_that_uses_it(fleet: Fleet) -> None:
    """Both places, from the fleet's folder."""
    fleet.replace("TRAFFIC", "NONSENSE", "modules/evergreen/campaign.yaml")
    error = wrong(fleet)
    assert error["file"] == "modules/evergreen/campaign.yaml"
    assert error["use"] == {"file": "accounts/a0.yaml", "line": 6}
    assert "modules/evergreen/campaign.yaml:3:" in fleet.shown("validate", code=3).stdout


def test_the_last_word_is_the_accounts(fleet: Fleet) -> None:
    """`patch` and `drop` count for modules and for its own manifests."""
    fleet.write("accounts/a0/manifests/own.yaml", "kind: Campaign\nname: own\nspec: {objective_type: TRAFFIC}\n")
    patch = "patch: [{address: campaign/own, spec: {budget_mode: BUDGET_MODE_DAY, budget: 88.00}}]\n"
    use = "  - {module: evergreen, name: x, inputs: {budget: 70.00}}\n"
    fleet.account(0, more=f"{use}{patch}drop: [campaign/x-main]\n")
    found = {one["address"]: one["spec"]["budget"] for one in fleet.fleet("render", "a0")["documents"]}
    assert found == {"campaign/ev-main": "60.00", "campaign/own": "88.00"} or found == {
        "campaign/ev-main": 60.0,
        "campaign/own": 88.0,
    }
    assert "# modules/evergreen/campaign.yaml:1 (used at accounts/a0.yaml:6)" in fleet.shown("render", "a0").stdout


def test_a_table_declares_accounts_too(fleet: Fleet) -> None:
    """Cells are values of the module's types; a formula is text; a mistake has the row's line."""
    fleet.settings()
    fleet.replace("accounts: [accounts]", "accounts: [accounts, more.csv]", "fleet.yaml")
    head = "name,advertiser_id,currency,timezone,labels.client,uses,inputs.budget,inputs.label\n"
    fleet.write("more.csv", head + f"b0,{advertiser(8)},USD,Europe/Berlin,acme,evergreen,75.50,=cmd()\n")
    assert [one["name"] for one in fleet.fleet("list", "--label", "client=acme")["accounts"]] == ["b0"]
    (document,) = fleet.fleet("render", "b0")["documents"]
    assert document["spec"]["campaign_name"] == "=cmd()"
    fleet.write(
        "more.csv", head + f"b0,{advertiser(8)},USD,,,evergreen,7500,x\nb1,{advertiser(8)},USD,,,evergreen,70,x\n"
    )
    error = wrong(fleet)
    assert (error["code"], error["file"], error["line"]) == ("R301", "more.csv", 3)
    fleet.write("more.csv", head + f"b0,{advertiser(8)},USD,,,evergreen,7500,x\n")
    assert (wrong(fleet)["file"], wrong(fleet)["line"]) == ("more.csv", 2)
    fleet.write("more.csv", "name,colour\n")
    assert wrong(fleet)["message"] == 'no column is named "colour"'


def test_names_are_one_accounts_alone(fleet: Fleet) -> None:
    """Two files of one advertiser, a file of another name, an account of no group."""
    fleet.write("accounts/b.yaml", f'version: 1\nname: b\naccount: {{advertiser_id: "{advertiser(0)}"}}\n')
    assert "is that of accounts/a0.yaml:1, too" in wrong(fleet)["message"]
    fleet.write("accounts/b.yaml", 'version: 1\nname: c\naccount: {advertiser_id: "9"}\n')
    assert wrong(fleet)["code"] == "R209"
    (fleet.root / "accounts/b.yaml").unlink()
    fleet.settings(groups="  - {match: {client: acme}, token: {env: X}}")
    assert wrong(fleet)["code"] == "R412"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("app: {name: agency}", "app: {name: agency, tier: gold}", "R204"),
        ("contract: marketing,", "contract: marketing, rate_window: x,", "R215"),
        ("rate: {default", "rate: {tier: basic, default", "R215"),
        ("{env: TIKTOK_ACCESS_TOKEN}", "{env: A, file: b}", "R215"),
        ("max_daily_spend: 100000.00", "max_daily_spend: 1.001", "R205"),
        ("version: 1", "version: 2", "R204"),
        ("accounts: [accounts]", "accounts: [nowhere]", "R404"),
    ],
)
def test_a_mistake_of_the_fleet(fleet: Fleet, old: str, new: str, code: str) -> None:
    """It is in fleet.yaml, and stops everything."""
    fleet.replace(old, new, "fleet.yaml")
    error = wrong(fleet)
    assert error["code"] == code, error
    assert (error["file"], error["line"] > 0) == ("fleet.yaml", True)


def test_what_is_chosen_is_told(fleet: Fleet) -> None:
    """A label that no account has is a slip, as a name is; a commit since which nothing changed is none."""
    fleet.account(0, labels="{client: acme}")
    assert [one["name"] for one in fleet.fleet("list", "--label", "client=acme")["accounts"]] == ["a0"]
    for choice in (("--label", "client=acne"), ("--account", "b*"), ("--ring", "canary")):
        assert fleet.fleet("plan", *choice, code=3)["errors"][0]["code"] == "R413"
    assert fleet.fleet("render", "a*", code=3)["errors"][0]["message"] == 'no account is named "a*"'
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "all")):
        fleet.shell("git", "-c", "user.name=a", "-c", "user.email=a@example.com", *command)
    assert fleet.shown("validate", "--changed-since", "HEAD").stdout == "No account is chosen.\n"


def test_every_mistake_is_told_at_once(fleet: Fleet) -> None:
    """However many accounts have one, also in its own file: `limits.failures` is about what is sent."""
    fleet.settings(more="limits: {failures: 1}\n")
    fleet.write("accounts/a3.yaml", "colour: red\n")
    for number in range(3):
        fleet.account(number, budget="500.01")
    document = fleet.fleet("validate", code=3)
    assert [one["exit_code"] for one in document["accounts"]] == [3, 3, 3]
    assert not any(one["skipped"] for one in document["accounts"])
    assert {one["file"] for one in document["errors"]} == {"accounts/a3.yaml"}


def test_guard_rails_are_in_the_currency_of_each_account(fleet: Fleet) -> None:
    """An account in yen has no cents: an amount with some is an error of it alone, in the group's line."""
    fleet.settings(groups=GROUP.replace("100000.00", "100000.50"))
    fleet.replace("currency: USD", "currency: JPY", "accounts/a1.yaml")
    document = fleet.fleet("validate", code=3)
    assert [one["exit_code"] for one in document["accounts"]] == [0, 3, 0, 0]
    assert document["accounts"][1]["error"]["file"] == "fleet.yaml"
