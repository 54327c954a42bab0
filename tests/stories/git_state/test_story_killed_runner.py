"""A runner that dies, loses its lock or its network in the middle of an apply: the next one converges, without a second
object, on the same disk or on a clean one."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.faults.stage import RATE, SUBMIT, own_tasks, refresh
from tests.faults.stage import VIDEO as HERO
from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.git_state.clones import REF, Remote
from tests.stories.manifests import ad, adgroup, campaign
from tests.stories.workspace import Run, Workspace, finish, until

TREE = (campaign("a", status="ENABLE"), campaign("b"), *(adgroup(f"g{n}", parent="a") for n in range(4)), ad("x", "g0"))
SIZES = {"campaign": 2, "adgroup": 4, "ad": 1}


def killed(remote: Remote, work: Workspace, account: Account, nth: int, when: str) -> None:
    """An apply that is killed at its n-th write: before the server does it, or after, the reply never read."""
    account.faults({"path": "*", "method": "POST", "nth": nth, "delay": 600, "commit": when == "done"})
    process = work.start("apply", "--auto-approve", "--json")
    until(lambda: len(account.calls("POST")) >= nth or process.poll() is not None)
    assert process.poll() is None, finish(process)
    time.sleep(0.05)
    process.kill()
    process.communicate()
    account.faults()


def released(remote: Remote, work: Workspace) -> Run:
    """The next runner is refused, and told the id; with it the lock is released."""
    assert work.run("apply", "--auto-approve", "--json").codes == ["R509"]
    held = remote.lock()
    assert held is not None
    return work.run("state", "unlock", held["id"])


def converged(work: Workspace, account: Account) -> None:
    """One object a name, everything bound, enabled what should be, nothing left to send."""
    for _ in range(4):
        ended = work.run("apply", "--auto-approve", "--json")
        assert ended.code in (0, 8), ended.text
        if ended.code == 0:
            break
    assert {kind: len(account.objects(kind)) for kind in SIZES} == SIZES
    assert account.one("campaign", "a")["status"] == "ENABLE"
    assert account.one("campaign", "b")["status"] == "DISABLE"
    assert work.in_sync()
    account.forget_calls()
    assert work.run("apply", "--auto-approve", "--json").code == 0
    assert account.posts() == []


EVERY = [
    (nth, when, disk) for nth in (1, 2, 3, 6, 9, 10) for when in ("done", "not done") for disk in ("same", "clean")
]


@pytest.mark.parametrize(("nth", "when", "disk"), rotating(EVERY, 14))
def test_a_killed_runner_leaves_nothing_that_the_next_one_cannot_finish(
    remote: Remote, account: Account, nth: int, when: str, disk: str
) -> None:
    """At a create, a pause, an ad group, the ad, the enable: the lock is released by id, and an apply converges."""
    first = remote.clone("first")
    first.manifest(*TREE)
    killed(remote, first, account, nth, when)
    second = first if disk == "same" else remote.clone("second")
    second.manifest(*TREE)
    assert released(remote, second).code == 0
    converged(second, account)
    assert remote.lock() is None


def test_a_plan_beside_the_lock_of_a_killed_run_says_whose_it_is(remote: Remote, account: Account) -> None:
    """Nobody knows whether it still writes: since when, on which machine, and what to do if it does not."""
    work = remote.clone("first")
    work.manifest(*TREE)
    killed(remote, work, account, 3, "done")
    held = remote.lock()
    assert held is not None
    (said,) = work.plan().json["warnings"]
    assert said.startswith(f"the state is locked by {held['who']} on {held['host']}, process {held['pid']}, since ")
    assert f"only if it is gone for good: `reconciler state unlock {held['id']}`, and plan again" in said
    assert work.run("state", "unlock", held["id"]).code == 0
    assert work.plan().json["warnings"] == []


def test_every_write_was_known_outside_of_the_machine_before_it_was_sent(remote: Remote, account: Account) -> None:
    """Killed at the first ad group: the branch names every ad group of the stage, and nothing of the stages after."""
    work = remote.clone("first")
    work.manifest(*TREE)
    killed(remote, work, account, 5, "done")
    creates = [one["address"] for one in remote.records("intent") if one["verb"] == "create"]
    assert creates == ["campaign/a", "campaign/b", *(f"adgroup/g{n}" for n in range(4))]


def test_a_machine_that_was_left_behind_follows_the_branch(remote: Remote, account: Account) -> None:
    """What it alone knew is kept in a file of its own, and the branch is what counts."""
    first, second = remote.clone("first"), remote.clone("second")
    for work in (first, second):
        work.manifest(*TREE)
    killed(remote, first, account, 7, "done")
    released(remote, second)
    converged(second, account)
    converged(first, account)
    assert (first.root / ".reconciler" / "left-behind-1.jsonl").exists()
    assert first.journal.read_bytes() == remote.journal()


def test_a_lock_released_under_a_running_apply_stops_it(remote: Remote, account: Account) -> None:
    """It sends nothing after it has noticed, says so, and the other one's lock stays."""
    work, other = remote.clone("first", quiet=3), remote.clone("second", quiet=3)
    for one in (work, other):
        one.manifest(*(campaign(f"c{n}") for n in range(40)))
    account.faults({"path": "campaign/create/", "to": 40, "delay": 0.25})
    process = work.start("apply", "--auto-approve", "--json")
    until(lambda: len(account.posts()) >= 4)
    held = remote.lock()
    assert held is not None
    assert other.run("state", "unlock", held["id"]).code == 0
    at = len(account.posts())
    ended = finish(process)
    assert (ended.code, ended.codes) == (9, ["R513"])
    # The fence is a twelfth of the quiet period: a few writes, not the rest of the batch.
    assert len(account.posts()) - at <= 8
    account.faults()
    other.apply()
    assert len(account.objects("campaign")) == 40
    assert other.in_sync()


REFUSALS: dict[str, tuple[str, str, int]] = {
    "a rule protects the branch": ("update", 'echo "GH013: no\x1b[31m" >&2; exit 1', 4),
    "a rule for all pushes": ("pre-receive", "exit 1", 4),
}


@pytest.mark.parametrize(("name", "text", "code"), REFUSALS.values(), ids=REFUSALS)
def test_a_push_that_is_refused_midway_stops_before_the_next_write(
    remote: Remote, account: Account, name: str, text: str, code: int
) -> None:
    """Nothing that the branch does not know is sent; once pushes are let through, an apply converges."""
    work = remote.clone("first")
    work.manifest(*TREE)
    # The lock and the campaigns' intents come through; the ad groups' do not.
    remote.hook(name, f"test $(git rev-list --count {REF} 2>/dev/null || echo 0) -lt 2 || {{ {text}; }}")
    ended = work.run("apply", "--auto-approve", "--json")
    assert (ended.code, ended.codes) == (code, ["R512"])
    assert {path for path, _ in account.posts()} == {"campaign/create/", "campaign/update/"}
    assert "\x1b" not in ended.text
    assert "state unlock" in ended.stderr
    remote.hook(name, "exit 0")
    clean = remote.clone("second")
    clean.manifest(*TREE)
    released(remote, clean)
    converged(clean, account)


def test_a_remote_that_is_gone_midway_stops_the_run(remote: Remote, account: Account) -> None:
    """R511 with what was done recorded here; when it is back, the same machine goes on."""
    work = remote.clone("first")
    work.manifest(*TREE)
    account.faults({"path": "campaign/update/", "nth": 2, "delay": 1})
    process = work.start("apply", "--auto-approve", "--json")
    until(lambda: len(account.posts()) >= 4)
    away = remote.folder.rename(remote.folder.with_name("away.git"))
    ended = finish(process)
    assert (ended.code, ended.codes) == (9, ["R511"])
    away.rename(remote.folder)
    account.faults()
    released(remote, work)
    converged(work, account)


def refreshing(remote: Remote, name: str) -> Any:
    """A machine whose workspace submits two tasks."""
    work = remote.clone(name, guardrails="{max_daily_spend: 100000}")
    work.configure(
        quiet=0.3,
        rate=RATE,
        guardrails="{max_daily_spend: 100000}",
        more="state: {backend: git}\nrefresh: {poll_seconds: 0.1, wait_seconds: 20}\n",
    )
    work.manifest(HERO, refresh("x", 2))
    assert work.run("consent", "--by", "tester", "--accept").code == 0
    return work


@pytest.mark.parametrize("nth", rotating([1, 2], 2))
def test_a_task_whose_id_came_is_never_paid_again(remote: Remote, account: Account, nth: int) -> None:
    """Killed at a submit: the ids that came before are on the branch, and the one under way is asked about."""
    account.switch(task_seconds="0.2")
    first = refreshing(remote, "first")
    account.faults({"path": SUBMIT, "nth": nth, "delay": 600, "commit": True})
    process = first.start("apply", "--auto-approve", "--json")
    until(lambda: sum(path == SUBMIT for path, _ in account.posts()) >= nth or process.poll() is not None)
    assert process.poll() is None, finish(process)
    time.sleep(0.05)
    process.kill()
    process.communicate()
    account.faults()
    assert sum(one["verb"] == "submit" for one in remote.records("intent")) == nth
    second = refreshing(remote, "second")
    released(remote, second)
    ended = second.run("apply", "--auto-approve", "--json")
    assert ended.code in (5, 8, 10), ended.text
    paid = {one["task_id"] for one in own_tasks(account)}
    assert len(paid) == nth
    told = [one["tasks"] for one in second.run("status", "--json").json["refreshes"]]
    assert {one["task_id"] for tasks in told for one in tasks} < paid
    (case,) = second.run("recover", "--json").json["open"]
    (video,) = case["candidates"]
    assert second.run("recover", f"--adopt=refresh/x={video['id']}").code == 0
    second.apply()
    assert len(own_tasks(account)) == 2
    assert second.in_sync()
