"""The driver on a virtual clock: as fast as the limit allows, and honest about everything that did not go well."""

from __future__ import annotations

import json
import math

import pytest

from reconciler.api.fetch import FetchFailed
from reconciler.api.limits import Limiter
from reconciler.errors import Interrupted
from reconciler.model import Outcome
from reconciler.state.fold import open_intents
from reconciler.state.journal import read
from tests.refresh.clockwork import START
from tests.refresh.studio import Rig, rig, rows
from tests.rotation import in_turn
from tests.unit.builders import at

R1 = at("refresh/r1")


def run(made: Rig, *counts: int, wait: float = 900.0) -> Outcome:
    """Runs these refreshes; how the first one ended."""
    made.driver.make(rows(*counts), wait_seconds=wait)
    made.driver.close(R1)
    return made.driver.outcomes.ended[R1]


def states(made: Rig) -> list[str]:
    """The states of the first refresh's slots."""
    return [one.state for one in made.ledger.lock.refreshes[R1].current.variants]


def submission(count: int) -> int:
    """From the first to the last of so many submits, at least, by one a second and five in sixty seconds."""
    return 60 * ((count - 1) // 5) + (count - 1) % 5


@pytest.mark.parametrize(("count", "most"), [(5, 1.10), (10, 1.05), (20, 1.05), (50, 1.05), (100, 1.05)])
@pytest.mark.parametrize("delay", [0.02, 0.2])
def test_the_makespan_is_near_its_bound(count: int, most: float, delay: float) -> None:
    """N variants take at most 1.05 of the least time there is (1.10 for five), and no submit is rejected."""
    made = rig(delay=delay)
    assert run(made, count).outcome == "done"
    assert (states(made), made.studio.rejected) == (["ready"] * count, 0)
    assert made.world.now() - START <= most * (submission(count) + 60)


@in_turn(1, 8)
def test_the_makespan_of_a_thousand_is_near_its_bound() -> None:
    """Ten refreshes of a hundred variants each share the limit and take at most 1.05 of the least time there is."""
    made = rig()
    assert run(made, *[100] * 10).outcome == "done"
    assert (len(made.studio.submits), made.studio.rejected) == (1000, 0)
    assert made.world.now() - START <= 1.05 * (submission(1000) + 60)
    assert all(one.state == "ready" for entry in made.ledger.lock.refreshes.values() for one in entry.current.variants)


def test_tasks_are_asked_for_on_one_common_tick() -> None:
    """Five tasks that run at once are asked for together: at most one call a tick, whenever each was submitted."""
    made = rig()
    run(made, 5)
    calls = len(made.studio.polls)
    ticks = math.ceil((made.world.now() - START) / 5)
    assert calls <= ticks + 2, [len(ids) for _, ids in made.studio.polls]


def test_a_film_is_downloaded_while_others_are_still_to_be_submitted() -> None:
    """Downloads do not wait for the last submit: previews die."""
    made = rig()
    seen: list[int] = []
    made.studio.on_submit = lambda number: seen.append(sum("is artifacts/" in line for line in made.told))
    run(made, 20)
    assert seen[-1] >= 10


def test_the_lockfile_is_saved_while_a_long_run_goes_on() -> None:
    """At the twentieth submit, minutes after the first, the lockfile on disk holds the tasks of the first minute."""
    made = rig()
    held: list[set[str]] = []

    def look(_: int) -> None:
        found = json.loads(made.store.data or b'{"resources": {}}')["resources"].get("refresh/r1", {})
        held.append({one["task_id"] for one in found.get("tasks", [])})

    made.studio.on_submit = look
    run(made, 20)
    assert {f"t{number}" for number in range(1, 6)} <= held[-1]


def test_a_task_is_in_the_journal_before_the_next_call() -> None:
    """When a submit is sent, the ids of all before it are durable."""
    made = rig()

    def look(number: int) -> None:
        assert all(f'\\"t{one}\\"' in b"".join(made.store.lines).decode() for one in range(1, number))

    made.studio.on_submit = look
    run(made, 7)


def test_a_submit_that_never_got_its_turn_is_withdrawn() -> None:
    """It was announced in a shared store, and the run was asked to end: no person is asked what came of it."""
    made = rig()
    made.store.batch = 100
    client, limit = made.driver.run.client, Limiter({60.0: 1}, made.world)
    client.limiters = {**client.limiters, "refresh_create": limit}
    client.stopped = lambda: any(b'"verb":"submit"' in line for line in made.store.lines)
    with limit.place(), pytest.raises(Interrupted):
        made.driver.make(rows(1), wait_seconds=0)
    made.ledger.save()
    records, _ = read(b"".join(made.store.lines))
    assert [one.data["verb"] for one in records if one.kind == "intent"] == ["submit"]
    assert open_intents(records) == {}


def test_without_waiting_everything_is_submitted_and_pending() -> None:
    """`wait_seconds` 0: every submit is sent, nothing is waited for, the outcome is pending with all ids."""
    made = rig()
    ended = run(made, 7, wait=0)
    assert (ended.outcome, ended.task_ids) == ("pending", tuple(f"t{number}" for number in range(1, 8)))
    assert made.world.now() - START <= submission(7) + 10


def test_a_failed_task_is_told_with_its_task() -> None:
    """One FAILED of three: failed, naming slot and task; the others are on the disk."""
    made = rig(fails=lambda task: task == "t2")
    ended = run(made, 3)
    assert (ended.outcome, states(made)) == ("failed", ["ready", "failed", "ready"])
    assert "t2" in (ended.message or "")


@pytest.mark.parametrize("bad", ["t1", "t2", "t3"])
def test_an_expired_preview_is_told_whatever_became_of_the_others(bad: str) -> None:
    """One preview of three is gone: failed, naming the task to be paid again, even when others come after it."""
    made = rig(fetch_fails=lambda task: FetchFailed("gone", expired=True) if task == bad else None)
    ended = run(made, 3)
    assert sorted(states(made)) == ["expired", "ready", "ready"]
    assert (ended.outcome, ended.code) == ("failed", "R714")
    assert bad in (ended.message or "")


@pytest.mark.parametrize("bad", ["t1", "t2", "t3"])
def test_a_broken_preview_is_told_and_waited_for_no_longer(bad: str) -> None:
    """One preview of three is never whole: failed, naming its task, and the run ends when nothing is left to do."""
    made = rig(fetch_fails=lambda task: FetchFailed("cut", again=True) if task == bad else None)
    ended = run(made, 3)
    assert sorted(states(made)) == ["pending", "ready", "ready"]
    assert (ended.outcome, ended.code) == ("failed", "R717")
    assert bad in (ended.message or "")
    assert made.world.now() - START <= 120


def test_a_broken_preview_that_comes_whole_at_last_is_done() -> None:
    """A download that breaks twice and then succeeds leaves no trouble behind."""
    tries: list[str] = []

    def breaks(task: str) -> FetchFailed | None:
        tries.append(task)
        return FetchFailed("cut", again=True) if tries.count(task) < 3 else None

    made = rig(fetch_fails=breaks)
    assert run(made, 2).outcome == "done"
    assert states(made) == ["ready", "ready"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_lost_submit_is_told_as_unknown_and_nothing_more_is_submitted(number: int) -> None:
    """The reply of one submit is lost: unknown, although variants before it come out well; no submit follows."""
    made = rig(lost=lambda count: count == number)
    ended = run(made, 3)
    assert ended.outcome == "unknown"
    assert len(made.studio.submits) == number
    assert len(made.ledger.intents) == 1


def test_a_row_that_was_never_reached_is_not_done() -> None:
    """Stopped before its first submit: whatever it is called, not done."""
    made = rig(stopped=lambda: True)
    assert run(made, 2).outcome in ("skipped", "pending")


def test_a_task_that_nobody_lists_any_more_ends_the_wait_as_pending() -> None:
    """A task that never ends is waited for as long as asked, then pending."""
    made = rig(seconds=lambda number: 1e9 if number == 1 else 60)
    ended = run(made, 2, wait=300)
    assert (ended.outcome, states(made)) == ("pending", ["pending", "ready"])
    assert made.world.now() - START <= 320
