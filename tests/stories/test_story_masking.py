"""What is hidden of the access token: every form of a long one, with a mark that says so; no word of a text."""

from __future__ import annotations

import pytest

from tests.stories.account import Account
from tests.stories.manifests import campaign
from tests.stories.workspace import TOKEN, Workspace

MARK = "[access token]"


@pytest.mark.parametrize("token", ["spring", "campaign", "a", "test", "error", "fifteen-letters"])
def test_a_token_that_is_a_common_word_hides_nothing(work: Workspace, account: Account, token: str) -> None:
    """The simulator takes it; plans, errors and manifests read as with any other token."""
    work.manifest(campaign(campaign_name=f"a {token} error"))
    ended = work.run("plan", "--json", token=token)
    assert ended.code == 0, ended.text
    assert ended.stdout == work.run("plan", "--json").stdout
    work.manifest(campaign(budget="x", campaign_name=f"{token}"))
    wrong = [work.run("validate", *how, token=one).text for one in (token, TOKEN) for how in ([], ["--json"])]
    assert wrong[:2] == wrong[2:]
    assert not any("***" in one or MARK in one for one in wrong)


def test_a_short_token_goes_to_this_machine_only(work: Workspace) -> None:
    """What cannot be kept out of texts is sent to no other host: exit 4 before a connection, and it is not named."""
    work.manifest(campaign())
    work.configure(quiet=600)
    work.replace(f"base_url: {work.url}", "base_url: https://business-api.tiktok.com", "reconciler.yaml")
    work.replace(work.root.joinpath("reconciler.yaml").read_text("utf-8").partition("rate: ")[2].partition("}}")[0],
                 "{default: {per_second: 1", "reconciler.yaml")  # fmt: skip
    for command in (["plan"], ["apply", "--auto-approve"], ["drift"]):
        ended = work.run(*command, "--json", token="hunter2-hunter2")
        assert (ended.code, ended.codes) == (4, ["R601"]), ended.text
        assert "hunter2" not in ended.text
        assert "16" in ended.json["errors"][0]["message"]
    found = {one["name"]: one for one in work.run("doctor", "--json", token="hunter2-hunter2").json["checks"]}
    assert (found["token"]["state"], found["token"]["code"]) == ("failed", "R601")


def test_the_mark_says_what_was_hidden(work: Workspace, account: Account) -> None:
    """In the words of the API, in history's reason and in a live name."""
    work.manifest(campaign(campaign_name="Spring"))
    account.faults({"path": "campaign/create/", "code": 40002, "message": f"bad {TOKEN}!"})
    ended = work.run("apply", "--auto-approve", "--json")
    assert f"bad {MARK}!" in ended.rows["campaign/spring"]["error"]["message"]
    account.faults()
    work.apply()
    account.edit("campaign", "Spring", campaign_name=f"x {TOKEN} y")
    assert MARK in work.run("drift").stdout
    assert TOKEN not in work.run("drift").text


def test_a_token_in_a_manifest_is_refused_and_not_shown(work: Workspace) -> None:
    """The line is named, its text is not."""
    work.manifest(campaign(campaign_name=f"x {TOKEN}"))
    ended = work.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R114"])
    assert TOKEN not in ended.text + work.run("validate").text
