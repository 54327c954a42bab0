"""`adopt: "ID"` beside a manifest's name: a live object is taken over by a pull request, and nothing is sent for it."""

from __future__ import annotations

from pathlib import Path

from tests.stories.account import Account
from tests.stories.dying import dies, everywhere
from tests.stories.manifests import ad, adgroup, campaign
from tests.stories.workspace import Workspace


def theirs(account: Account) -> tuple[str, str, str]:
    """A family that somebody made by hand; the ids."""
    made = account.load(
        campaigns=[{
            "campaign_name": "Theirs", "objective_type": "TRAFFIC", "budget": 100, "budget_mode": "BUDGET_MODE_DAY",
            "status": "ENABLE",
        }],
        adgroups=[{
            "adgroup_name": "US", "parent": 0, "placement_type": "PLACEMENT_TYPE_AUTOMATIC", "budget": 50,
            "budget_mode": "BUDGET_MODE_DAY",
        }],
        ads=[{"ad_name": "Hero", "parent": 0, "ad_format": "SINGLE_VIDEO", "landing_page_url": "https://example.com/"}],
    )  # fmt: skip
    return made["campaigns"][0], made["adgroups"][0], made["ads"][0]


def of(identity: str) -> str:
    """The line of a manifest."""
    return f'adopt: "{identity}"'


def test_a_family_is_taken_over_in_one_plan(work: Workspace, account: Account) -> None:
    """Campaign, ad group and ad, each with its id: three rows, no write; what differs is the next plan's update."""
    one, group, creative = theirs(account)
    work.manifest(
        campaign("mine", budget="120.00", top=of(one)),
        adgroup("us", "mine", top=of(group)),
        ad("hero", "us", landing_page_url="https://example.com/", top=of(creative)),
    )
    account.forget_calls()
    made = work.plan()
    assert made.ops == dict.fromkeys(("campaign/mine", "adgroup/us", "ad/hero"), "adopt")
    assert (made.json["summary"]["adopt"], made.json["summary"]["unmanaged"]) == (3, 0)
    row = made.rows["campaign/mine"]
    assert row["id"] == one
    assert [(each["path"], each["old"], each["new"]) for each in row["fields"]] == [("budget", "100.00", "120.00")]
    ended = work.apply("--expect-digest", made.json["digest"])
    assert (set(ended.ended.values()), account.posts()) == ({"done"}, [])
    assert {address: (entry["id"], entry["parent"], entry["born"]) for address, entry in work.lock.items()} == {
        "campaign/mine": (one, None, "adopted"),
        "adgroup/us": (group, "campaign/mine", "adopted"),
        "ad/hero": (creative, "adgroup/us", "adopted"),
    }
    assert work.plan().ops == {"campaign/mine": "update"}
    work.apply()
    assert work.in_sync()
    work.replace(f"{of(one)}\n", "")
    assert work.in_sync()


def test_what_is_adopted_can_get_new_children_at_once(work: Workspace, account: Account) -> None:
    """The create below it is sent with its id, in the same apply."""
    one, _, _ = theirs(account)
    work.manifest(campaign("mine", budget="100.00", top=of(one)), adgroup("uk", "mine"))
    assert work.plan().ops == {"campaign/mine": "adopt", "adgroup/uk": "create"}
    work.apply()
    assert account.one("adgroup", "uk")["campaign_id"] == one
    assert work.in_sync()


def test_a_twin_of_an_adopted_parent_is_seen(work: Workspace, account: Account) -> None:
    """A new ad group with the name of one that is live there is blocked, with the line to write."""
    one, group, _ = theirs(account)
    work.manifest(campaign("mine", budget="100.00", top=of(one)), adgroup("us", "mine", adgroup_name="US"))
    row = work.plan().rows["adgroup/us"]
    assert (row["op"], row["code"], row["id"]) == ("blocked", "R701", group)
    assert f'adopt: "{group}"' in row["hint"]


def test_an_id_of_another_parent_or_kind_or_account_is_blocked(work: Workspace, account: Account) -> None:
    """Each row says why; what does not depend on it is done, and nothing is made in its place."""
    one, group, _ = theirs(account)
    (stranger,) = account.load(advertiser="7000000000000000009", campaigns=[{"campaign_name": "S", "budget": 1}])[
        "campaigns"
    ]
    work.manifest(
        campaign("other"),
        campaign("no-kind", top=of(group)),
        campaign("no-account", top=of(stranger)),
        adgroup("no-parent", "other", top=of(group)),
        adgroup("no-parent-yet", "no-kind", top=of(one)),
    )
    rows = work.plan().rows
    hints = {address: row["hint"] for address, row in rows.items() if row["op"] == "blocked"}
    assert set(hints) == {"campaign/no-kind", "campaign/no-account", "adgroup/no-parent", "adgroup/no-parent-yet"}
    assert {rows[address]["code"] for address in hints} == {"R508"}
    assert f"no Campaign with the id {group}" in hints["campaign/no-kind"]
    assert "its parent campaign/other is not bound" in hints["adgroup/no-parent"]
    ended = work.apply(code=5)
    assert ended.ended["campaign/other"] == "done"
    assert f"{group} belongs to {one}" in work.plan().rows["adgroup/no-parent"]["hint"]
    assert sorted(account.names("campaign")) == ["Theirs", "other"]


def test_an_id_that_is_bound_elsewhere_is_blocked(work: Workspace, account: Account) -> None:
    """The hint names the address that has it, and the line that moves it."""
    one, _, _ = theirs(account)
    work.manifest(campaign("mine", budget="100.00", top=of(one)))
    work.apply()
    work.manifest(campaign("mine", budget="100.00"), campaign("yours", top=of(one)))
    row = work.plan().rows["campaign/yours"]
    assert (row["op"], row["code"]) == ("blocked", "R508")
    assert f"{one} is already bound to campaign/mine" in row["hint"]


def test_an_address_that_is_bound_to_another_id_is_blocked(work: Workspace, account: Account) -> None:
    """The line says what is not so: the row says what is."""
    one, _, _ = theirs(account)
    work.manifest(campaign("mine"))
    work.apply()
    work.manifest(campaign("mine", budget="600.00", top=of(one)))
    row = work.plan().rows["campaign/mine"]
    assert (row["op"], row["code"]) == ("blocked", "R508")
    assert "is already bound to" in row["hint"]
    assert "take `adopt` out" in row["hint"]


def test_two_manifests_cannot_adopt_one_object(work: Workspace, account: Account) -> None:
    """An error of the second, which names the place of the first."""
    work.manifest(campaign("a", top=of("1")), campaign("b", top=of("1")), adgroup("c", "a", top=of("1")))
    ended = work.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R310"])
    assert "campaign/a (manifests/a.yaml:1)" in ended.json["errors"][0]["message"]


def test_an_id_must_be_an_id(work: Workspace) -> None:
    """Unquoted, or no digits: exit 3 at the line."""
    work.manifest(campaign("a", top="adopt: 123"), campaign("b", top='adopt: "x1"'))
    ended = work.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R206", "R206"])


def test_a_plan_that_adopts_reads_well_everywhere(work: Workspace, account: Account) -> None:
    """Text, markdown and page say that it is adopted and what differs, and count it."""
    one, _, _ = theirs(account)
    work.manifest(campaign("mine", budget="120.00", top=of(one)))
    text = work.run("plan").stdout
    assert "= campaign/mine will be adopted (its manifest says that it is this live object)" in text
    assert "100.00 USD → 120.00 USD  (the next plan's to change)" in text
    assert "1 to adopt" in text
    plain = work.run("plan", "--format", "html", "--audience", "marketer").stdout
    assert "will be looked after here from now on" in plain
    assert "the next plan&#39;s to change" in plain
    for how in ("markdown", "html"):
        shown = work.run("plan", "--format", how).stdout
        assert "campaign/mine" in shown
        assert "adopt" in shown


def test_an_adopted_object_that_is_targeted_brings_its_parent(work: Workspace, account: Account) -> None:
    """Bound without it, its entry would name a parent that has none."""
    one, group, _ = theirs(account)
    work.manifest(
        campaign("mine", budget="100.00", top=of(one)), adgroup("us", "mine", top=of(group)), campaign("other")
    )
    assert work.plan("--target", "adgroup/us").ops == {"campaign/mine": "adopt", "adgroup/us": "adopt"}
    work.apply("--target", "adgroup/us")
    assert set(work.lock) == {"campaign/mine", "adgroup/us"}


def test_killed_anywhere_it_is_bound_once(tmp_path: Path) -> None:
    """The machine dies before each of its writes to the disk: the next apply binds, moves and makes what is left."""
    for writes, work, account in everywhere(tmp_path):
        one, group, _ = theirs(account)
        work.manifest(campaign("old", campaign_name="Old"))
        work.apply()
        work.manifest(
            campaign("new", campaign_name="Old", top="moved: {from: old}"),
            campaign("mine", budget="100.00", top=of(one)),
            adgroup("us", "mine", top=of(group)),
            adgroup("uk", "mine"),
        )
        died = dies(work, writes, "apply", "--auto-approve")
        work.apply()
        assert work.in_sync()
        assert set(work.lock) == {"campaign/new", "campaign/mine", "adgroup/us", "adgroup/uk"}
        assert (account.names("campaign"), account.names("adgroup")) == (["Old", "Theirs"], ["US", "uk"])
        if not died:
            break
    assert writes > 8
