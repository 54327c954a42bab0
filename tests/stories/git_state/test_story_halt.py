"""A halt on a shared state: it reaches a run on another machine, and breaks nobody's hold on the state."""

from __future__ import annotations

from tests.stories.account import ADVERTISER, Account
from tests.stories.git_state.clones import Remote
from tests.stories.manifests import campaign
from tests.stories.workspace import finish, until

CREATE = "campaign/create/"


def test_it_reaches_a_run_on_another_machine(remote: Remote, account: Account) -> None:
    """The run lets go of the state in order, with 9; a third machine is halted until somebody resumes."""
    first, second, third = (remote.clone(name) for name in ("first", "second", "third"))
    for work in (first, second, third):
        work.manifest(*(campaign(f"c{number}") for number in range(8)))
    # Until the clock is moved: longer than the first machine trusts what it saw of the branch.
    account.faults({"path": CREATE, "nth": 2, "delay": 20, "commit": True})
    process = first.start("apply", "--auto-approve", "--json")
    until(lambda: [path for path, _ in account.posts()].count(CREATE) >= 2)
    told = second.run("halt", "--reason", "wrong page", "--json")
    assert told.code == 0, told.text
    account.operate("clock", {"advance": 20})
    ended = finish(process)
    assert (ended.code, ended.codes) == (9, ["R838"]), ended.text
    assert remote.lock() is None
    assert remote.file("halt.json", f".halt/{ADVERTISER}") is not None
    made = account.names("campaign")
    assert made == ["c0", "c1"]
    assert {one["status"] for one in account.objects("campaign")} == {"DISABLE"}
    account.faults()
    later = third.run("apply", "--auto-approve", "--json")
    assert (later.code, later.codes) == (5, ["R838"])
    assert "wrong page" in later.json["errors"][0]["message"]
    assert any("wrong page" in one for one in third.plan().json["warnings"])
    assert account.names("campaign") == made
    assert third.run("resume").code == 0
    third.apply()
    assert account.names("campaign") == [f"c{number}" for number in range(8)]
    assert len(account.objects("campaign")) == 8
    assert second.in_sync()


def test_everything_is_paused_from_another_machine(remote: Remote, account: Account) -> None:
    """What the state names, wherever it was made; the state is let go of."""
    first, second = remote.clone("first"), remote.clone("second")
    first.manifest(campaign("a", status="ENABLE"), campaign("b", status="ENABLE"))
    first.apply()
    ended = second.run("halt", "--pause-all", "--json")
    assert (ended.code, ended.json["summary"]["done"]) == (0, 2), ended.text
    assert {one["status"] for one in account.objects("campaign")} == {"DISABLE"}
    assert remote.lock() is None
    assert first.run("apply", "--auto-approve", "--json").codes == ["R838"]
    assert first.run("resume").code == 0
    first.apply()
    assert {one["status"] for one in account.objects("campaign")} == {"ENABLE"}
