"""Which submits a manifest asks for: generations, slots, failures, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model import RefreshEntry
from reconciler.plan.digest import digest
from reconciler.state import variants as step
from tests.refresh.records import (
    HERO,
    HOOKS,
    RECOMMENDED,
    UPLOADED,
    carried_out,
    decided,
    failed,
    finished,
    refresh,
    row,
    states,
    submits,
    video,
)  # fmt: skip
from tests.unit.builders import plan


def made(variants: int = 3, **fields: object) -> RefreshEntry:
    """The record after a first apply that went well."""
    return finished(carried_out(decided(video(), refresh(variants, **fields)), None))


def test_one_submit_fills_one_slot() -> None:
    """N variants are N submits, in the order of their slots, and the source is uploaded first."""
    draft = decided(video(), refresh(3), videos={})
    assert submits(draft) == ((1,), (2,), (3,))
    assert [(str(one.address), one.op, one.reason) for one in draft.changes] == [
        ("video/hero", "upload", "new"), ("refresh/hooks", "refresh", "new"),
    ]  # fmt: skip


def test_one_submit_of_recommended_fills_four() -> None:
    """Eight variants of RECOMMENDED are two submits that promise eight videos."""
    draft = decided(video(), refresh(8, strategies=("ADD_HOOK",), add_hook=RECOMMENDED))
    assert submits(draft) == ((1, 2, 3, 4), (5, 6, 7, 8))
    work = row(draft).work  # type: ignore[union-attr]
    assert work is not None
    assert work.videos == 8


def test_nothing_to_do_is_no_row() -> None:
    """A finished refresh is unchanged, and no upload is asked for."""
    draft = decided(video(), refresh(3), entry=made())
    assert (draft.changes, draft.unchanged, draft.entries) == ([], 1, {})


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 100), st.integers(1, 100))
def test_raising_adds_slots_and_lowering_deletes_nothing(before: int, after: int) -> None:
    """From N to M variants: only the slots above N are asked for, and every slot there is stays."""
    entry = made(before)
    draft = decided(video(), refresh(after), entry=entry)
    assert submits(draft) == tuple((slot,) for slot in range(before + 1, after + 1))
    if after > before:
        assert row(draft).reason == "more variants"  # type: ignore[union-attr]
        assert states(carried_out(draft, entry)) == dict.fromkeys(range(1, before + 1), "ready") | dict.fromkeys(
            range(before + 1, after + 1), "pending"
        )
    elif after < before:
        changed = draft.entries[HOOKS]
        assert isinstance(changed, RefreshEntry)
        assert (changed.wanted, changed.current) == (after, entry.current)


def test_lowered_and_raised_again_pays_nothing() -> None:
    """Slots that are there are never asked for again."""
    lowered = replace(made(5), wanted=2)
    assert submits(decided(video(), refresh(5), entry=lowered)) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"revision": 2}, {"strategies": ("ADD_HOOK",), "add_hook": {"hook_type": "BILLO", "product_category": "GAMES"}},
        {"video_id": "77"},
    ],
)  # fmt: skip
def test_other_inputs_are_a_new_generation(changed: dict[str, object]) -> None:
    """Source, strategies, hook and revision make a generation; all its slots are asked for, the old one is kept."""
    entry = made()
    draft = decided(video(), refresh(3, **changed), entry=entry)
    found = row(draft)
    assert found is not None
    assert found.work is not None
    assert (found.reason, found.work.generation, found.work.submits) == ("new inputs", 2, ((1,), (2,), (3,)))
    after = carried_out(draft, entry)
    assert (after.current.generation, [one.generation for one in after.past]) == (2, [1])
    assert after.past[0] == entry.current


@pytest.mark.parametrize("changed", [{"url": "https://cdn.example.com/other.mp4"}, {"sha256": "ab" * 32}])
def test_another_source_is_a_new_upload_and_generation(changed: dict[str, str]) -> None:
    """A new URL or content of the source: uploaded again, then a new generation."""
    draft = decided(video(**changed), refresh(3), entry=made())
    assert [(one.op, one.reason) for one in draft.changes] == [("upload", "edited"), ("refresh", "new inputs")]


def test_the_number_of_variants_is_no_input() -> None:
    """`variants`, `keep` and `require_approval` belong to no generation."""
    draft = decided(video(), refresh(4, keep=1, require_approval=True), entry=made())
    found = row(draft)
    assert found is not None
    assert found.work is not None
    assert (found.work.generation, found.work.submits) == (1, ((4,),))


def test_back_to_a_kept_generation_costs_no_task() -> None:
    """Inputs used before bring their generation back whole: no submit, no upload, and the other one is kept."""
    first = made()
    second = finished(carried_out(decided(video(), refresh(3, revision=2), entry=first), first, "u"))
    draft = decided(video(), refresh(3), entry=second)
    found = row(draft)
    assert found is not None
    assert (found.op, found.reason, submits(draft)) == ("refresh", "kept generation", ())
    assert row(draft, HERO) is None
    back = carried_out(draft, second)
    assert (back.current, [one.generation for one in back.past]) == (first.current, [2])
    forth = carried_out(decided(video(), refresh(3, revision=2), entry=back), back)
    assert forth.current == second.current
    assert not decided(video(), refresh(3, revision=2), entry=forth).changes


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_keep_is_how_many_earlier_generations_stay(keep: int) -> None:
    """Of six generations the newest `keep` earlier ones stay; numbers are never used twice while one is known."""
    entry: RefreshEntry | None = None
    for revision in range(1, 7):
        entry = finished(carried_out(decided(video(), refresh(1, revision=revision, keep=keep), entry=entry), entry))
    assert entry is not None
    assert entry.current.generation == 6
    assert [one.generation for one in entry.past] == [5, 4, 3][:keep]


def test_a_failed_slot_is_asked_for_once_more() -> None:
    """FAILED once: the next plan asks for that slot alone, with reason `failed`."""
    draft = decided(video(), refresh(3), entry=failed(carried_out(decided(video(), refresh(3)), None), 2))
    found = row(draft)
    assert found is not None
    assert (found.op, found.reason, submits(draft)) == ("refresh", "failed", ((2,),))


def test_failed_twice_is_blocked_until_a_new_revision() -> None:
    """FAILED twice: blocked with the next step; a higher revision asks for all slots anew."""
    once = failed(carried_out(decided(video(), refresh(3)), None), 2)
    twice = failed(carried_out(decided(video(), refresh(3), entry=once), once, "again"), 2)
    found = row(decided(video(), refresh(3), entry=twice))
    assert found is not None
    assert (found.op, found.reason, found.work) == ("blocked", "failed", None)
    assert "revision" in (found.hint or "")
    assert submits(decided(video(), refresh(3, revision=2), entry=twice)) == ((1,), (2,), (3,))


def test_recommended_is_never_topped_up() -> None:
    """A submit that yields fewer than four: nothing is asked for again, and more variants still can be."""
    fields = {"strategies": ("ADD_HOOK",), "add_hook": RECOMMENDED}
    one = carried_out(decided(video(), refresh(4, **fields)), None)
    tasks = [replace(task, status="SUCCESS", video_ids=(f"v{n}",)) for n, task in enumerate(one.current.tasks[:3])]
    tasks.append(replace(one.current.tasks[3], status="FAILED"))
    one, _ = step.absorb(replace(one, current=replace(one.current, tasks=tuple(tasks))), [], 0.0)
    assert states(one)[4] == "failed"
    assert not decided(video(), refresh(4, **fields), entry=one).changes
    assert submits(decided(video(), refresh(8, **fields), entry=one)) == ((5, 6, 7, 8),)


def test_an_expired_variant_blocks_and_names_the_task() -> None:
    """Expired: blocked, the task to be paid again is named, until a new revision."""
    one = step.expired(carried_out(decided(video(), refresh(3)), None), 2)
    found = row(decided(video(), refresh(3), entry=one))
    assert found is not None
    assert (found.op, found.reason) == ("blocked", "expired")
    assert "t1-1-2" in (found.hint or "")
    assert submits(decided(video(), refresh(3, revision=2), entry=one))


def test_an_expired_variant_that_nobody_wants_any_more_blocks_nothing() -> None:
    """N is lowered below the expired slot: the row is done."""
    one = step.expired(finished(carried_out(decided(video(), refresh(3)), None)), 3)
    assert row(decided(video(), refresh(2), entry=one)) is None


def test_an_unknown_submit_or_upload_blocks() -> None:
    """What has no known outcome is blocked with reason `unknown`."""
    for address, videos in ((HOOKS, {HERO: UPLOADED}), (HERO, {})):
        found = row(decided(video(), refresh(3), opened=[address], videos=videos), address)
        assert found is not None
        assert (found.op, found.reason) == ("blocked", "unknown")


def test_one_upload_serves_every_refresh_and_none_when_nothing_is_made() -> None:
    """A video is uploaded once, where it is used, and only when a task needs it."""
    assert not decided(video(), videos={}).changes
    other = replace(refresh(2, revision=7), address=HOOKS._replace(name="other"))
    draft = decided(video(), refresh(3), other, videos={})
    assert [one.op for one in draft.changes] == ["upload", "refresh", "refresh"]


def test_the_digest_holds_generation_inputs_and_submits() -> None:
    """The same rows with another generation, other inputs or another number of submits are another plan."""
    found = row(decided(video(), refresh(3)))
    assert found is not None
    assert found.work is not None
    works = [
        found.work,
        replace(found.work, generation=2),
        replace(found.work, inputs="x"),
        replace(found.work, submits=((1,),)),
    ]
    assert len({digest(plan(replace(found, work=work))) for work in works}) == 4
