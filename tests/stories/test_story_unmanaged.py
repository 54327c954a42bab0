"""`unmanaged`: what is live and no manifest declares; the plan's count points there."""

from __future__ import annotations

from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign
from tests.stories.test_story_adopt import of, theirs
from tests.stories.workspace import Workspace


def test_everything_that_nobody_declares_is_listed(work: Workspace, account: Account) -> None:
    """Kind, id, name, parent, status and budget of each, parents first; nothing but GET is sent, nothing is written."""
    one, group, creative = theirs(account)
    work.manifest(campaign("mine"))
    work.apply()
    account.forget_calls()
    before = work.files()
    found = work.run("unmanaged", "--json").json
    assert found == {
        "format_version": "1.0",
        "unmanaged": [
            {"kind": "campaign", "id": one, "name": "Theirs", "parent": None, "status": "ENABLE", "budget": "100.00"},
            {"kind": "adgroup", "id": group, "name": "US", "parent": one, "status": "ENABLE", "budget": "50.00"},
            {"kind": "ad", "id": creative, "name": "Hero", "parent": group, "status": "ENABLE", "budget": None},
        ],
    }
    assert account.posts() == []
    assert work.files() == before
    assert work.plan().json["summary"]["unmanaged"] == 3
    assert "3 unmanaged: `reconciler unmanaged` lists them" in work.run("plan").stdout


def test_what_is_declared_or_to_be_adopted_is_not(work: Workspace, account: Account) -> None:
    """A manifest that adopts it declares it; what belongs to it names its address."""
    one, _, creative = theirs(account)
    work.manifest(campaign("mine", budget="100.00", top=of(one)))
    found = work.run("unmanaged").stdout
    assert one not in found
    assert "campaign/mine" in found
    assert creative in found


def test_names_are_shown_escaped(work: Workspace, account: Account) -> None:
    """A name with an escape of the terminal, or a line feed, cannot draw on the screen."""
    account.load(campaigns=[{"campaign_name": "evil\x1b[2J\nname", "budget": 1, "budget_mode": "BUDGET_MODE_DAY"}])
    shown = work.run("unmanaged").stdout
    assert "\x1b" not in shown
    assert shown.splitlines()[1].count("evil") == 1


def test_an_account_without_strangers(work: Workspace, account: Account) -> None:
    """It says so, and the document has an empty list."""
    work.manifest(campaign("mine"), adgroup("us", "mine"))
    work.apply()
    assert work.run("unmanaged").stdout == "Every live object of the account is declared in a manifest.\n"
    assert work.run("unmanaged", "--json").json["unmanaged"] == []
