"""`drift --accept`: what somebody changed in Ads Manager is written into the manifests, and nothing else of them."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.dying import dies, everywhere
from tests.stories.manifests import adgroup, campaign
from tests.stories.workspace import Workspace


def changed_lines(before: bytes, after: bytes) -> list[str]:
    """The lines that went away and those that came, with their signs."""
    old, new = (one.decode().splitlines(keepends=True) for one in (before, after))
    return [one for one in difflib.ndiff(old, new) if one[0] in "+-"]


def live(account: Account) -> None:
    """A stranger raises a budget and pauses."""
    account.edit("campaign", "Live", budget="620.00", status="DISABLE")


MANIFEST = """\
# The launch of spring; ask Ana before you raise it.
kind: Campaign
name: live
labels: {team: growth}   # kept
spec:
  status: ENABLE  # on from March on
  campaign_name: 'Live'
  objective_type: TRAFFIC
  budget_mode: "BUDGET_MODE_DAY"

  budget: 500.00    # USD, a day
---
kind: Campaign
name: other
spec: {objective_type: TRAFFIC, budget_mode: BUDGET_MODE_DAY, budget: 100.00}
"""


def test_a_live_value_becomes_what_the_manifest_says(work: Workspace, account: Account) -> None:
    """Two lines change, comments, order and quotes stay; the lockfile remembers them as applied, and nobody differs."""
    work.write("manifests/a.yaml", MANIFEST)
    work.apply()
    live(account)
    account.forget_calls()
    ended = work.run("drift", "--accept", "campaign/live", "--json")
    assert ended.code == 0, ended.text
    assert [(one["path"], one["live"], one["file"], one["line"]) for one in ended.json["accepted"]] == [
        ("budget", "620.00", "manifests/a.yaml", 11), ("status", "DISABLE", "manifests/a.yaml", 6),
    ]  # fmt: skip
    assert account.posts() == []
    assert changed_lines(MANIFEST.encode(), (work.root / "manifests/a.yaml").read_bytes()) == [
        "-   status: ENABLE  # on from March on\n",
        "+   status: DISABLE  # on from March on\n",
        "-   budget: 500.00    # USD, a day\n",
        "+   budget: 620.00    # USD, a day\n",
    ]
    assert work.lock["campaign/live"]["applied"]["budget"] == "620.00"
    assert work.run("drift", "--json").json["drift"] == []
    assert work.in_sync()


def test_one_field_alone(work: Workspace, account: Account) -> None:
    """The others still differ, and an apply puts them back."""
    work.write("manifests/a.yaml", MANIFEST)
    work.apply()
    live(account)
    ended = work.run("drift", "--accept", "campaign/live:status")
    assert ended.code == 0, ended.text
    assert 'campaign/live status  "ENABLE" → "DISABLE"  manifests/a.yaml:6: status: DISABLE' in ended.stdout
    (left,) = work.run("drift", "--json").json["drift"]
    assert [one["path"] for one in left["fields"]] == ["budget"]
    again = work.run("drift", "--accept", "campaign/live:status")
    assert (again.code, again.stdout) == (0, "Nothing to accept: nobody has changed it since the last apply.\n")


NASTY = {
    "flow style": "kind: Campaign\nname: live\nspec: {campaign_name: Live, objective_type: TRAFFIC, budget: 500.00, "
    "budget_mode: BUDGET_MODE_DAY, status: ENABLE}\n",
    "CRLF": MANIFEST.replace("\n", "\r\n"),
    "a byte order mark, and no line feed at the end": "\ufeff" + MANIFEST.rstrip("\n"),
    "a folded text before it": MANIFEST.replace("'Live'", ">-\n    Live"),
    "quoted keys": MANIFEST.replace("  budget:", '  "budget":').replace("  status:", "  'status' :"),
    "the value below a comment": MANIFEST.replace("budget: 500.00", "budget: # why\n    # because\n    500.00"),
    "the value on the next line": MANIFEST.replace("budget: 500.00", "budget:\n    500.00"),
    "a document that ends with dots": MANIFEST.replace("---\n", "...\n---\n"),
    "spaces behind": MANIFEST.replace("500.00    #", "500.00\t#"),
    "many documents": "---\n".join(
        [*(campaign(f"c{one}", budget="1.00") for one in range(3)), MANIFEST, campaign("last", budget="1.00")]
    ),
}


@pytest.mark.parametrize("how", NASTY)
def test_files_as_people_write_them(work: Workspace, account: Account, how: str) -> None:
    """Whatever its style, the file says the live values then; every line that holds none of them is as it was."""
    path = work.write("manifests/a.yaml", NASTY[how])
    work.apply()
    live(account)
    before = path.read_bytes()
    assert work.run("drift", "--accept", "campaign/live").code == 0
    after = path.read_bytes()
    assert all(
        any(word in one for word in ("budget", "status", "500.00", "620.00")) for one in changed_lines(before, after)
    )
    assert before.count(b"#") == after.count(b"#")
    assert (before.count(b"\r\n") > 0) == (after.count(b"\r\n") > 0)
    assert before.startswith(b"\xef\xbb\xbf") == after.startswith(b"\xef\xbb\xbf")
    assert work.in_sync()


def test_an_anchor_cannot_be_written_and_the_rest_is(work: Workspace, account: Account) -> None:
    """Exit 5 names the place; the other field is accepted, and the file still says what it said there."""
    text = campaign("a", campaign_name="Live", budget="&amount 500.00", status="ENABLE") + "labels: {amount: *amount}\n"
    work.write("manifests/a.yaml", text.replace("*amount", '"x"').replace("&amount ", ""))
    work.apply()
    shared = text.replace("500.00", '"500.00"')
    work.write("manifests/a.yaml", shared)
    assert work.in_sync()
    live(account)
    ended = work.run("drift", "--accept", "campaign/a", "--json")
    assert (ended.code, ended.codes) == (5, ["R740"])
    (error,) = ended.json["errors"]
    assert (error["address"], error["file"], error["line"]) == ("campaign/a", "manifests/a.yaml", 6)
    assert [one["path"] for one in ended.json["accepted"]] == ["status"]
    assert (work.root / "manifests/a.yaml").read_text("utf-8") == shared.replace("ENABLE", "DISABLE")


def test_several_files_and_addresses(work: Workspace, account: Account) -> None:
    """Each file gets its line."""
    work.manifest(campaign("live", campaign_name="Live", status="ENABLE"), file="a.yaml")
    work.manifest(campaign("two", campaign_name="Two"), file="b.yaml")
    work.apply()
    live(account)
    account.edit("campaign", "Two", budget="70.00")
    ended = work.run("drift", "--accept", "campaign/live", "--accept", "campaign/two:budget", "--json")
    assert [(one["address"], one["file"]) for one in ended.json["accepted"]] == [
        ("campaign/live", "manifests/a.yaml"), ("campaign/live", "manifests/a.yaml"),
        ("campaign/two", "manifests/b.yaml"),
    ]  # fmt: skip
    assert work.in_sync()


def test_what_there_is_not_is_refused_before_anything_is_read(work: Workspace, account: Account) -> None:
    """An address that nobody knows, a field that is not managed, options that do not go with it: exit 3."""
    work.manifest(campaign("live", campaign_name="Live"))
    work.apply()
    assert work.run("drift", "--accept", "campaign/liv", "--json").codes == ["R505"]
    ended = work.run("drift", "--accept", "campaign/live:bugdet", "--json")
    assert (ended.code, ended.codes) == (3, ["R902"])
    assert "budget" in ended.json["errors"][0]["hint"]
    assert work.run("drift", "--accept", "campaign/live", "--detailed-exitcode").code == 3


def test_manifests_that_would_not_go_together_are_not_written(work: Workspace, account: Account) -> None:
    """A stranger gives an object the name of a manifest that is still to be made: exit 5, and nothing is written."""
    work.manifest(campaign("live", campaign_name="Live"))
    work.apply()
    work.manifest(campaign("live", campaign_name="Live"), campaign("new", campaign_name="Taken"))
    account.edit("campaign", "Live", campaign_name="Taken")
    before = (work.root / "manifests/a.yaml").read_bytes()
    ended = work.run("drift", "--accept", "campaign/live", "--json")
    assert (ended.code, ended.codes) == (5, ["R303"])
    assert (work.root / "manifests/a.yaml").read_bytes() == before
    assert work.lock["campaign/live"]["applied"]["campaign_name"] == "Live"


def test_what_is_gone_has_no_value(work: Workspace, account: Account) -> None:
    """Exit 5, and the manifest's place."""
    work.manifest(campaign("live", campaign_name="Live"), adgroup("us", "live"))
    work.apply()
    account.edit("campaign", "Live", status="DELETE")
    ended = work.run("drift", "--accept", "campaign/live", "--json")
    assert (ended.code, ended.codes) == (5, ["R740"])
    assert ended.json["errors"][0]["line"] == 1
    assert "--recreate campaign/live" in ended.json["errors"][0]["hint"]


def test_killed_anywhere_it_is_accepted_by_the_next(tmp_path: Path) -> None:
    """The machine dies before each of its writes to the disk: every file is whole, and run again all is accepted."""
    for writes, work, account in everywhere(tmp_path):
        work.manifest(campaign("live", campaign_name="Live", status="ENABLE"), file="a.yaml")
        work.manifest(campaign("two", campaign_name="Two"), file="b.yaml")
        work.apply()
        live(account)
        account.edit("campaign", "Two", budget="70.00")
        asked = ("drift", "--accept", "campaign/live", "--accept", "campaign/two")
        died = dies(work, writes, *asked)
        assert work.run("validate").code == 0
        again = work.run(*asked)
        assert again.code == 0, again.text
        assert work.run("drift", "--json").json["drift"] == []
        assert work.in_sync()
        if not died:
            break
    assert writes > 8
