"""Bad input: every mistake with its place, all at once, exit 3, and no request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign, family
from tests.stories.workspace import TOKEN, Workspace

TEN = """\
kind: Campaign
name: One
spec: {objective_type: TRAFIC, budget_mode: BUDGET_MODE_DAY}
---
kind: Campaign
name: two
labels: {on: yes}
lifecycle: {on_remove: destroy, protect: "true"}
spec:
  objective_type: TRAFFIC
  budget_mode: BUDGET_MODE_DAY
  budget: 1e3
  statuss: ENABLE
---
kind: Campaing
name: three
---
kind: AdGroup
name: four
spec: {campaign: nobody, placement_type: PLACEMENT_TYPE_NORMAL, status: ENABLE}
---
kind: Ad
name: five
spec: {adgroup: four, landing_page_url: "ftp://example.com/"}
"""


def findings(work: Workspace, account: Account) -> list[dict[str, Any]]:
    """What `validate` says; plan and apply say the same, and nobody asks the server anything."""
    told = work.run("validate", "--json", token=None)
    assert told.code == 3, told.text
    assert told.json.keys() == {"format_version", "errors"}
    for command in (["plan"], ["apply", "--auto-approve"]):
        assert work.run(*command, "--json").json == told.json
    assert account.calls() == []
    found: list[dict[str, Any]] = told.json["errors"]
    for one in found:
        assert {"code", "message", "file", "line", "column", "address", "hint"} <= one.keys()
    return found


def test_a_value_that_is_not_there_is_called_empty_and_an_address_no_name(work: Workspace, account: Account) -> None:
    """Nothing stands where an amount belongs: nothing is quoted. A reference is a name, without the kind before it."""
    work.manifest(campaign(budget=""), adgroup(parent="campaign/spring"))
    money, reference = findings(work, account)
    assert money["message"] == "`budget`: an empty value is not an amount of money"
    assert reference["hint"] == "write the name alone: spring"


def test_one_file_with_ten_mistakes_gives_ten_findings_with_their_places(work: Workspace, account: Account) -> None:
    """Ten kinds of mistakes and two more, sorted, each with line and column; nothing hides another."""
    work.manifest(TEN)
    found = findings(work, account)
    assert [(one["code"], one["line"]) for one in found] == [
        ("R209", 2),
        ("R204", 3),
        ("R203", 7),
        ("R204", 8),
        ("R207", 8),
        ("R205", 12),
        ("R201", 13),
        ("R210", 15),
        ("R302", 20),
        ("R213", 20),
        ("R202", 24),
        ("R212", 24),
    ]
    places = [(one["file"], one["line"], one["column"]) for one in found]
    assert places == sorted(places)
    assert {one["file"] for one in found} == {"manifests/a.yaml"}
    text = work.run("validate", token=None).stderr
    for one in found:
        assert f"manifests/a.yaml:{one['line']}:{one['column']}" in text
    assert "did you mean" in text
    assert "^" in text
    assert f"Found {len(found)} errors in 1 file." in text


def test_mistakes_of_all_files_come_at_once(work: Workspace, account: Account) -> None:
    """Two files, each with its own."""
    work.manifest("kind: Campaign\nname: a\nspec: {}\n")
    work.manifest("kind: Nothing\n", file="deep/er/b.yml")
    assert {one["file"] for one in findings(work, account)} == {"manifests/a.yaml", "manifests/deep/er/b.yml"}


@pytest.mark.parametrize(
    "amount",
    [
        "-1", "+1", "1e3", "1,000", "1_000", "01", ".5", "5.", "0x10", "1.001", "12345678901234", ".inf", ".nan", "''",
        "five", "~", "yes", "1:30", "٣", "５", '"50 "', "[5]", "{a: 5}", '"5\u200b0"', "1 000", "0o17", "!!int 5",
        "50.00 USD", "$50", "9" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_plain_decimal_is_no_money(work: Workspace, account: Account, amount: str) -> None:
    """Signs, exponents, separators, other digits, too many decimals: each refused at its place."""
    work.manifest(campaign(budget=amount))
    assert {(one["file"], one["line"]) for one in findings(work, account)} == {("manifests/a.yaml", 6)}


@pytest.mark.parametrize(
    ("currency", "written", "sent"),
    [
        ("USD", "0.01", "0.01"),
        ("USD", "0.1", "0.10"),
        ("USD", "0.30", "0.30"),
        ("USD", "9999999.99", "9999999.99"),
        ("USD", '"50"', "50.00"),
        ("USD", "9999999999999.99", "9999999999999.99"),
        ("USD", "0.29", "0.29"),
        ("JPY", "5000", "5000"),
        ("KRW", "123456789", "123456789"),
        ("EUR", "1.1", "1.10"),
    ],
)
def test_money_reaches_the_server_digit_for_digit(
    work: Workspace, account: Account, currency: str, written: str, sent: str
) -> None:
    """What is written is what is stored, for creates and updates, and it compares equal afterwards."""
    work.configure(currency=currency, guardrails="{max_daily_spend: 9999999999999}")
    work.manifest(campaign(budget="1"), adgroup(budget=written))
    work.apply()
    work.manifest(campaign(budget=written), adgroup(budget=written))
    assert work.plan().rows["campaign/spring"]["fields"][0]["new"] == sent
    assert f" {sent} {currency}" in work.run("plan").stdout
    work.apply()
    assert account.one("campaign", "spring")["budget"] == sent
    assert account.one("adgroup", "spring-us")["budget"] == sent
    assert work.in_sync()


def test_money_of_a_currency_without_minor_units_has_no_decimals(work: Workspace, account: Account) -> None:
    """JPY 5000.5 is refused at its place."""
    work.configure(currency="JPY", guardrails="{max_daily_spend: 1000}")
    work.manifest(campaign(budget="5000.5"))
    assert [(one["code"], one["line"]) for one in findings(work, account)] == [("R205", 6)]


def test_a_live_amount_finer_than_the_currency_is_drift(work: Workspace, account: Account) -> None:
    """500.001 is not 500.00, and is shown with all its digits."""
    work.manifest(campaign())
    work.apply()
    account.edit("campaign", "spring", budget=500.001)
    (field,) = work.plan().rows["campaign/spring"]["fields"]
    assert (field["old"], field["new"]) == ("500.001", "500.00")


YAML: dict[str, str] = {
    "a tag": campaign(campaign_name="!!str Spring"),
    "a tag of a class": campaign(campaign_name="!!python/object/apply:os.system [id]"),
    "a merge key": "x: &x {budget: 5}\n" + campaign() + "  <<: *x\n",
    "aliases": campaign(top="labels: {k: &a y, " + ", ".join(f"k{n}: *a" for n in range(21)) + "}"),
    "an alias bomb": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
    "a duplicate key": campaign() + "  budget: 5\n",
    "depth": campaign(top="x: " + "[" * 60 + "]" * 60),
    "great depth": "[" * 100_000,
    "nodes": campaign(top="x: [" + "1, " * 50_001 + "]"),
    "size": campaign(top="# " + "x" * 1_048_576),
    "a boolean as text": campaign(campaign_name="no"),
    "nothing as text": campaign(campaign_name="~"),
    "a number as text": campaign(campaign_name="2026"),
    "a sexagesimal as text": campaign(campaign_name="1:30"),
    "an octal as text": campaign(campaign_name="0o17"),
    "a huge number as text": campaign(campaign_name="9" * 5000),
    "interpolation": campaign(campaign_name="${TIKTOK_ACCESS_TOKEN}"),
    "interpolation inside": campaign(campaign_name='"Spring ${HOME} sale"'),
    "a variable that is not declared": campaign(campaign_name="${var.season}"),
    "ESC in a name": campaign(campaign_name='"a\\e[31mb"'),
    "BEL in a name": campaign(campaign_name='"a\\ab"'),
    "a bidi override in a name": campaign(campaign_name='"a\u202eb"'),
    "an escaped bidi override": campaign(campaign_name='"a\\u202eb"'),
    "a zero-width space": campaign(campaign_name="a\u200bb"),
    "a newline in a name": campaign(campaign_name='"a\\nb"'),
    "C1 in a name": campaign(campaign_name='"a\\x9bb"'),
    "a raw control character": campaign(campaign_name="a\x01b"),
    "a soft hyphen in a label": campaign(top='labels: {team: "a\\u00adb"}'),
    "the token": campaign(campaign_name=TOKEN),
    "the token in a comment": campaign(top=f"# {TOKEN}"),
    "not UTF-8": "\x00",
    "no mapping": "- kind: Campaign\n",
    "no YAML": campaign(campaign_name='"open'),
    "a tab": "kind: Campaign\nname: a\nspec:\n\tobjective_type: TRAFFIC\n",
    "a list as a key": "? [a, b]\n: c\n" + campaign(),
}


@pytest.mark.parametrize("text", YAML.values(), ids=YAML)
def test_yaml_that_hides_something_is_refused_at_its_place(work: Workspace, account: Account, text: str) -> None:
    """Tags, bombs, merges, guesses, invisible characters, interpolation, the token: exit 3 with file and line."""
    work.manifest(text)
    told = work.run("validate", "--json")
    assert told.code == 3, told.text
    for one in told.json["errors"]:
        assert (one["file"], one["line"] >= 1, one["column"] >= 1) == ("manifests/a.yaml", True, True)
        assert one["hint"] or one["message"]
    shown = told.text + work.run("validate").text + work.run("plan").text
    assert account.calls() == []
    assert TOKEN not in shown
    for character in ("\x1b", "\x07", "\u202e", "\u200b", "\x9b", "\x01", "\u00ad"):
        assert character not in shown


EXTRA = {
    "another account": ("advertiser_id", '"7000000000000000002"'),
    "another parent": ("campaign_id", '"1800000000000000001"'),
    "a status": ("status", "ENABLE"),
    "a status by its other name": ("operation_status", "ENABLE"),
    "an id": ("adgroup_id", '"1800000000000000001"'),
    "a field of its own": ("budget", "5"),
}


@pytest.mark.parametrize(("key", "value"), EXTRA.values(), ids=EXTRA)
def test_extra_cannot_name_what_the_tool_itself_sends(work: Workspace, account: Account, key: str, value: str) -> None:
    """`extra` carries fields the model does not know: never account, parent, id or status."""
    work.manifest(campaign(), adgroup(extra=f"{{{key}: {value}}}"))
    found = findings(work, account)
    assert [(one["address"], one["line"]) for one in found] == [("adgroup/spring-us", 15)]


def test_extra_fields_are_sent_as_they_are_written(work: Workspace, account: Account) -> None:
    """A number keeps its digits, and what the API never shows again is compared with what was applied."""
    account.switch(unknown_fields="ignore")
    work.manifest(*family(extra="{future: 0.10, flags: [1, two], on_air: true}"))
    work.apply()
    body = account.posts()[0][1]
    assert (body["future"], body["flags"], body["on_air"]) == ("0.1", ["1", "two"], True)
    assert work.in_sync()
