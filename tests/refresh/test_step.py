"""The pure step: whatever order its observations come in, the record ends the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.canonical import stamp
from reconciler.model import RefreshEntry
from reconciler.state import variants as step
from reconciler.state.variants import Artifact, Seen
from tests.refresh.records import NOW, artifact, record, seen, states, work

FOUR = ("a", "b", "c", "d")


def observed(one: RefreshEntry, batches: list[list[Seen]]) -> RefreshEntry:
    """After all of them; what can be downloaded is."""
    for rows in batches:
        one, fetches = step.absorb(one, rows, NOW)
        for fetch in fetches:
            one = step.fetched(one, fetch.slot, artifact(fetch.video_id))
    return one


def nameless(one: RefreshEntry) -> RefreshEntry:
    """Without the platform's names of videos."""
    variants = tuple(replace(variant, name="") for variant in one.current.variants)
    return replace(one, current=replace(one.current, variants=variants))


@st.composite
def stories(draw: st.DrawFn) -> tuple[RefreshEntry, list[list[Seen]], list[list[Seen]]]:
    """A record, and two orders in which the last word on all its tasks is heard, with earlier words in between.

    At the end all are asked for once more, as is done while a video is not on the disk.
    """
    count = draw(st.integers(1, 6))
    recommended = draw(st.booleans())
    ids = [f"t{number}" for number in range(count)]
    if recommended:
        one = record(((1, 2, 3, 4), FOUR))
        ids = list(FOUR)
    else:
        one = record(*(((slot,), (name,)) for slot, name in enumerate(ids, 1)))
    ends = {name: draw(st.sampled_from(["SUCCESS", "SUCCESS", "FAILED"])) for name in ids}
    orders = []
    for _ in range(2):
        last = [seen(name, ends[name]) for name in draw(st.permutations(ids))]
        batches = []
        while last:
            size = draw(st.integers(1, 3))
            early = [seen(name, draw(st.sampled_from(["SUBMITTED", "PROCESSING"]))) for name in ids]
            still = {row.task_id for row in last}
            batches.append([row for row in early if row.task_id in still and draw(st.booleans())])
            batches.append(last[:size])
            last = last[size:]
        batches.append([seen("stranger"), seen("stranger-2", "FAILED")])
        batches.append([seen(name, ends[name]) for name in ids])
        orders.append(batches)
    return one, orders[0], orders[1]


@settings(max_examples=150, deadline=None)
@given(stories())
def test_any_order_of_observations_ends_the_same(
    story: tuple[RefreshEntry, list[list[Seen]], list[list[Seen]]],
) -> None:
    """Rows in any order, one by one or in groups, with earlier states and strangers between them: one end."""
    one, some, others = story
    first, second = nameless(observed(one, some)), nameless(observed(one, others))
    assert first == second
    assert not step.open_tasks(first)
    assert step.step(first, NOW + 1e6, 5, {}).wake is None
    assert nameless(observed(first, some + others)) == first


@settings(max_examples=60, deadline=None)
@given(stories())
def test_the_platforms_name_is_kept_whenever_it_was_told(
    story: tuple[RefreshEntry, list[list[Seen]], list[list[Seen]]],
) -> None:
    """Every video that is on the disk has the name its row had, even if another task of its submit ended later."""
    one, some, _ = story
    found = {variant.video_id: variant.name for variant in observed(one, some).current.variants if variant.file}
    assert found == {video_id: f"name of {video_id}" for video_id in found}


@settings(max_examples=60, deadline=None)
@given(stories())
def test_an_end_is_final(story: tuple[RefreshEntry, list[list[Seen]], list[list[Seen]]]) -> None:
    """Once a task has ended no later row changes it, and no file or task id is ever lost."""
    one, some, _ = story
    end = observed(one, some)
    for status in ("SUBMITTED", "PROCESSING", "SUCCESS", "FAILED"):
        again = observed(end, [[seen(task.task_id, status, "other") for task in end.current.tasks]])
        assert again == end
    assert [task.task_id for task in end.current.tasks] == [task.task_id for task in one.current.tasks]


def test_a_failed_task_leaves_its_slot_empty_and_counts() -> None:
    """FAILED: the slot is failed with the task that failed, and nothing is asked for it again by itself."""
    one = observed(record(((1,), ("t1",)), ((2,), ("t2",))), [[seen("t1", "FAILED"), seen("t2")]])
    failed = one.current.variants[0]
    assert (failed.state, failed.failures, failed.task_id, failed.file) == ("failed", 1, "t1", None)
    assert states(one) == {1: "failed", 2: "ready"}


def test_recommended_as_four_tasks_is_numbered_by_video_id() -> None:
    """Four ids: the slots go by video_id, whatever order the tasks end in, and only when all four have ended."""
    one = record(((1, 2, 3, 4), FOUR))
    rows = [seen("a", video="v4"), seen("b", video="v1"), seen("c", video="v3"), seen("d", video="v2")]
    some, fetches = step.absorb(one, rows[:3], NOW)
    assert not fetches
    assert set(states(some).values()) == {"pending"}
    done = observed(some, [rows])
    assert [(one.slot, one.video_id, one.task_id) for one in done.current.variants] == [
        (1, "v1", "b"), (2, "v2", "d"), (3, "v3", "c"), (4, "v4", "a"),
    ]  # fmt: skip


def test_recommended_as_one_task_of_four_videos() -> None:
    """One id with four rows fills the four slots by video_id."""
    one = record(((1, 2, 3, 4), ("a",)))
    done = observed(one, [[seen("a", video=f"v{number}") for number in (3, 1, 4, 2)]])
    assert [(one.slot, one.video_id, one.state) for one in done.current.variants] == [
        (number, f"v{number}", "ready") for number in (1, 2, 3, 4)
    ]
    assert done.current.tasks[0].video_ids == ("v1", "v2", "v3", "v4")


@pytest.mark.parametrize("failing", FOUR)
def test_recommended_with_a_failed_task_names_the_task_that_failed(failing: str) -> None:
    """Three of four: the last slot is failed, and the task it names is the one that failed."""
    one = observed(
        record(((1, 2, 3, 4), FOUR)), [[seen(name, "FAILED" if name == failing else "SUCCESS") for name in FOUR]]
    )
    assert states(one) == {1: "ready", 2: "ready", 3: "ready", 4: "failed"}
    assert one.current.variants[3].task_id == failing


def test_recommended_as_one_task_with_fewer_than_four_rows() -> None:
    """One id with three rows: three variants, one failed slot."""
    one = observed(record(((1, 2, 3, 4), ("a",))), [[seen("a", video=f"v{number}") for number in (1, 2, 3)]])
    assert states(one) == {1: "ready", 2: "ready", 3: "ready", 4: "failed"}


def test_a_success_without_a_video_is_asked_again() -> None:
    """SUCCESS that names no video yet is not an end."""
    one, fetches = step.absorb(record(((1,), ("t1",))), [replace(seen("t1"), video_id=None, url=None)], NOW)
    assert not fetches
    assert [task.task_id for task in step.open_tasks(one)] == ["t1"]


def test_a_video_without_its_preview_is_asked_again() -> None:
    """A success whose URL is missing keeps its task open until there is one."""
    one, fetches = step.absorb(record(((1,), ("t1",))), [replace(seen("t1"), url=None)], NOW)
    assert not fetches
    assert step.open_tasks(one)
    _, fetches = step.absorb(one, [seen("t1")], NOW)
    assert [(one.slot, one.task_id) for one in fetches] == [(1, "t1")]


def test_a_second_task_of_a_slot_counts_alone() -> None:
    """After a failure the slot's new task decides; the old one's end stays what it was."""
    one = observed(record(((1,), ("t1",))), [[seen("t1", "FAILED")]])
    meta = {"generation": 1, "inputs": "i1", "slots": [1], "wanted": 1, "keep": 3, "source": ["manifests/a.yaml", 1]}
    again = step.submitted(one, meta, ["t2"], NOW)
    assert states(again) == {1: "pending"}
    assert states(observed(again, [[seen("t1", "FAILED")]])) == {1: "pending"}
    assert states(observed(again, [[seen("t2")]])) == {1: "ready"}
    twice = observed(again, [[seen("t2", "FAILED")]])
    assert (states(twice), twice.current.variants[0].failures) == ({1: "failed"}, 2)


def test_the_record_never_holds_a_preview_url() -> None:
    """The URL is handed on and not kept; when it dies is."""
    one, fetches = step.absorb(record(((1,), ("t1",))), [seen("t1")], NOW)
    assert fetches[0].url.endswith("?secret")
    assert "secret" not in repr(one)
    assert one.current.variants[0].preview_expires_at == stamp(NOW + 6 * 3600)


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 2000), st.lists(st.floats(0, 2000), min_size=1, max_size=8))
def test_a_wake_up_is_never_in_the_past_unless_something_is_due(now: float, asked: list[float]) -> None:
    """What is not due has a later wake-up, so that a driver that sleeps until it never spins."""
    one = record(*(((slot,), (f"t{slot}",)) for slot in range(1, len(asked) + 1)))
    last = {f"t{slot}": NOW + moment for slot, moment in enumerate(asked, 1)}
    made = step.step(one, NOW + now, 5, last)
    assert made.wake is not None
    assert made.polls or made.wake > NOW + now


def test_tasks_of_an_earlier_generation_are_not_forgotten() -> None:
    """They are paid: a raised revision does not stop them from being asked for and downloaded."""
    old = record(((1,), ["t1"]))
    new = step.submitted(old, {**step.meta_of(work((1,)), (1,)), "generation": 2, "inputs": "i2"}, ["t2"], NOW)
    assert {task.task_id for task in step.open_tasks(new)} == {"t1", "t2"}
    after, fetches = step.absorb(new, [seen("t1", video="v1")], NOW)
    assert [(one.generation, one.slot, one.video_id) for one in fetches] == [(1, 1, "v1")]
    assert [one.state for one in step.expired(after, 1, 1).past[0].variants] == ["expired"]
    assert [one.state for one in step.expired(after, 1, 1).current.variants] == ["pending"]


def test_what_is_ready_is_kept_when_its_submit_is_paid_again() -> None:
    """Where one of four is ready, the old generation is kept beside a new one; one that gave nothing is emptied."""
    four = record(((1, 2, 3, 4), ["a", "b", "c", "d"]))
    rows = [seen("a", video="v1"), *(seen(name, "FAILED") for name in "bcd")]
    after, _ = step.absorb(four, rows, NOW)
    kept = step.fetched(after, 1, Artifact("f.mp4", "0" * 64, 1, None))
    again = step.reopened(kept)
    assert (again.current.generation, again.current.variants, again.current.inputs) == (2, (), kept.current.inputs)
    assert [one.state for one in again.past[0].variants] == ["ready", "failed", "failed", "failed"]
    assert again.past[0].inputs != kept.current.inputs
    nothing, _ = step.absorb(four, [seen(name, "FAILED") for name in "abcd"], NOW)
    assert step.reopened(nothing).current.variants == ()
