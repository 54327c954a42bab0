"""The life of generated variants as one pure step: (record, now) → (record, effect, wake-up).

    submitted → polled on a common tick → SUCCESS: fetched at once → ready
                                        → FAILED: the slot stays empty
                fetched too late        → listed once for a fresh URL → ready, or expired

The record is what the lockfile holds. Preview URLs are not in it: they are secrets that die after six hours, so a run
that starts anew asks for the task again. Nothing here knows a clock, a file or a network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from reconciler.canonical import stamp
from reconciler.contracts.refresh import PREVIEW_SECONDS
from reconciler.model import Generation, RefreshEntry, RefreshWork, Source, Task, Variant, VariantState
from reconciler.renewed import Renewed

_SLOW_AFTER = 300.0
_SLOW_FACTOR = 6


class Seen(Struct, frozen=True):
    """One row of a task list or video list."""

    task_id: str | None
    status: str
    video_id: str | None
    name: str
    url: str | None


class Fetch(Struct, frozen=True):
    """Download this now: it lives six hours."""

    slot: int
    task_id: str | None
    video_id: str
    url: str
    generation: int


class Artifact(Struct, frozen=True):
    """One video on the disk. `file` is relative to the root, with slashes; `sha256` 64 hex digits, lower case."""

    file: str
    sha256: str
    bytes: int
    duration_seconds: float | None


class Step(Struct, frozen=True):
    """What to do next: task ids to ask for now, and when to look again (seconds since the epoch; None: never)."""

    polls: tuple[str, ...]
    wake: float | None


def step(
    record: RefreshEntry,
    now: float,
    poll_seconds: float,
    last_poll: Mapping[str, float],
    given_up: Collection[str] = (),
) -> Step:
    """`last_poll`: task id → when it was last asked for; old tasks are asked for more rarely. `given_up`: videos."""
    due: list[str] = []
    wake: float | None = None
    for task in open_tasks(record, given_up):
        interval = poll_seconds
        if now - _seconds(task.submitted_at) > _SLOW_AFTER and not task.ended:
            interval = poll_seconds * _SLOW_FACTOR
        at = last_poll.get(task.task_id, _seconds(task.submitted_at)) + interval
        if at <= now:
            due.append(task.task_id)
        wake = at if wake is None else min(wake, at)
    return Step(tuple(due), wake)


def open_tasks(record: RefreshEntry, given_up: Collection[str] = ()) -> list[Task]:
    """Tasks that run, and those whose videos are not all on disk yet; paid ones of earlier generations too."""
    found = []
    for made in (record.current, *record.past):
        waiting = {one.video_id for one in made.variants if one.state == "pending" and one.video_id} - set(given_up)
        found += [one for one in made.tasks if not one.ended or waiting & set(one.video_ids)]
    return found


def begun(record: RefreshEntry | None, work: RefreshWork | Mapping[str, Any]) -> RefreshEntry:
    """The record with the work's generation as its current one: a kept one, or a new and empty one."""
    meta = work if isinstance(work, Mapping) else meta_of(work, ())
    number, inputs = meta["generation"], meta["inputs"]
    told = meta["source"]
    # A journal of before there were modules holds file and line alone.
    source = Source.of_json(told) if isinstance(told, Mapping) else Source(*told)
    renewed = Renewed.of_json(meta.get("renewed"))
    if record is None:
        entry = RefreshEntry(Generation(number, inputs), meta["wanted"], meta["keep"], source=source)
        return replace(entry, renewed=renewed)
    known = [record.current, *record.past]
    current = next((one for one in known if one.generation == number), Generation(number, inputs))
    past = sorted((one for one in known if one is not current), key=lambda one: -one.generation)
    kept = tuple(past[: meta["keep"]])
    told = {"wanted": meta["wanted"], "keep": meta["keep"], "source": source, "renewed": renewed}
    return replace(record, current=current, past=kept, **told)


def meta_of(work: RefreshWork, slots: tuple[int, ...]) -> dict[str, Any]:
    """What the journal keeps with a submit, so that its reply can be understood after a crash."""
    return {
        "generation": work.generation,
        "inputs": work.inputs,
        "slots": list(slots),
        "wanted": work.wanted,
        "keep": work.keep,
        "source": work.source.as_json(),
        **({"renewed": work.renewed.as_json()} if work.renewed else {}),
    }


def submitted(
    record: RefreshEntry | None, meta: Mapping[str, Any], task_ids: Iterable[str], now: float
) -> RefreshEntry:
    """After an acknowledged submit."""
    record = begun(record, meta)
    slots = tuple(meta["slots"])
    ids = tuple(task_ids)
    tasks = tuple(Task(one, slots, "SUBMITTED", stamp(now)) for one in ids)
    variants = {one.slot: one for one in record.current.variants}
    for slot in slots:
        failures = variants[slot].failures if slot in variants else 0
        task_id = ids[0] if len(ids) == len(slots) == 1 else None
        variants[slot] = Variant(slot, task_id=task_id, failures=failures, of=len(slots))
    return _with(record, record.current.tasks + tasks, variants)


def adopted(record: RefreshEntry | None, meta: Mapping[str, Any], video_ids: Iterable[str], now: float) -> RefreshEntry:
    """After a person has said which videos a lost submit made; no task is known for them."""
    record = begun(record, meta)
    variants = {one.slot: one for one in record.current.variants}
    dies = stamp(now + PREVIEW_SECONDS)
    ids = sorted(video_ids)
    for index, slot in enumerate(meta["slots"]):
        made = ids[index] if index < len(ids) else None
        state: VariantState = "pending" if made else "failed"
        expires = dies if made else None
        variants[slot] = Variant(slot, state, video_id=made, preview_expires_at=expires, of=len(meta["slots"]))
    return _with(record, record.current.tasks, variants)


def reopened(record: RefreshEntry) -> RefreshEntry:
    """After a person has agreed to pay again: slots that expired or failed for good are asked for anew.

    The slots of one submit of four cannot be asked for one by one, so they go together. Where one of them is ready,
    all that is good goes on as a new generation, and the old one is kept with what was paid for.
    """
    variants = {one.slot: one for one in record.current.variants}
    lost: set[int] = set()
    for one in variants.values():
        first = (one.slot - 1) // one.of * one.of + 1
        if one.state in ("expired", "failed"):
            lost.update(range(first, first + one.of))
    tasks = tuple(task for task in record.current.tasks if not lost & set(task.slots))
    after = _with(record, tasks, {slot: one for slot, one in variants.items() if slot not in lost})
    if not any(variants[slot].state == "ready" for slot in lost & variants.keys()):
        return after
    number = 1 + max(one.generation for one in (record.current, *record.past))
    old = replace(record.current, inputs=f"{record.current.inputs}, replaced by generation {number}")
    current = replace(after.current, generation=number)
    return replace(after, current=current, past=(old, *record.past)[: record.keep])


def taskless(record: RefreshEntry) -> list[Variant]:
    """Variants whose video is known and not on disk, and that no task can be asked about."""
    tasks = {video for task in record.current.tasks for video in task.video_ids}
    return [
        one for one in record.current.variants if one.state == "pending" and one.video_id and one.video_id not in tasks
    ]


def claimed(record: RefreshEntry) -> set[str]:
    """Every video the record knows as its own."""
    known = (record.current, *record.past)
    ids = {video for one in known for task in one.tasks for video in task.video_ids}
    return ids | {variant.video_id for one in known for variant in one.variants if variant.video_id}


def absorb(record: RefreshEntry, rows: Iterable[Seen], now: float) -> tuple[RefreshEntry, tuple[Fetch, ...]]:
    """Take in what a task list showed. Returns the record and what to download now."""
    by_task: dict[str, list[Seen]] = {}
    for row in rows:
        if row.task_id:
            by_task.setdefault(row.task_id, []).append(row)
    urls = {row.video_id: row.url for found in by_task.values() for row in found if row.video_id and row.url}
    current, *past = (_absorbed(made, by_task, now) for made in (record.current, *record.past))
    fetches = tuple(
        Fetch(one.slot, one.task_id, one.video_id, url, made.generation)
        for made in (current, *past)
        for one in made.variants
        if one.state == "pending" and one.video_id and (url := urls.get(one.video_id))
    )
    return replace(record, current=current, past=tuple(past)), fetches


def _absorbed(made: Generation, by_task: Mapping[str, list[Seen]], now: float) -> Generation:
    """One generation with what was seen of its tasks."""
    tasks = tuple(_seen(task, by_task.get(task.task_id, []), now) for task in made.tasks)
    variants = {one.slot: one for one in made.variants}
    for slots in {task.slots for task in tasks}:
        # A slot is asked for anew only after its task has failed: the last task of a single slot counts.
        group = [task for task in tasks if task.slots == slots]
        group = group[-1:] if len(slots) == 1 else group
        if all(task.ended for task in group):
            _assign(variants, slots, group)
    return replace(made, tasks=tasks, variants=tuple(variants[slot] for slot in sorted(variants)))


def fetched(record: RefreshEntry, slot: int, artifact: Artifact, generation: int | None = None) -> RefreshEntry:
    """After a download that was checked and has its final name. Without `generation`: of the current one."""
    return _changed(
        record,
        slot,
        generation,
        state="ready",
        file=artifact.file,
        sha256=artifact.sha256,
        bytes=artifact.bytes,
        duration_seconds=artifact.duration_seconds,
    )


def stored(record: RefreshEntry, slot: int, generation: int, video_id: str | None) -> RefreshEntry:
    """After its file was put into the asset library."""
    return _changed(record, slot, generation, library_video_id=video_id)


def expired(record: RefreshEntry, slot: int, generation: int | None = None) -> RefreshEntry:
    """After a preview that is gone and that no list renews."""
    return _changed(record, slot, generation, state="expired")


def _changed(record: RefreshEntry, slot: int, generation: int | None, **values: Any) -> RefreshEntry:
    number = record.current.generation if generation is None else generation

    def change(made: Generation) -> Generation:
        if made.generation != number:
            return made
        variants = tuple(replace(one, **values) if one.slot == slot else one for one in made.variants)
        return replace(made, variants=variants)

    return replace(record, current=change(record.current), past=tuple(change(one) for one in record.past))


def _seen(task: Task, rows: list[Seen], now: float) -> Task:
    """A task with its rows: one, or several where one task makes several videos."""
    if not rows or task.ended:
        return task
    running = [row.status for row in rows if row.status not in ("SUCCESS", "FAILED")]
    if running:
        return replace(task, status=running[0])
    made = {row.video_id: row.name for row in rows if row.status == "SUCCESS" and row.video_id}
    if not made and any(row.status == "SUCCESS" for row in rows):
        # A success that names no video yet: ask again.
        return replace(task, status="PROCESSING")
    if not made:
        return replace(task, status="FAILED")
    ids = tuple(sorted(made))
    return replace(task, status="SUCCESS", video_ids=ids, names=tuple(made[one] for one in ids), ended_at=stamp(now))


def _assign(variants: dict[int, Variant], slots: tuple[int, ...], group: list[Task]) -> None:
    """Give the videos of a finished submit to its slots, by video_id; a slot without one has failed."""
    made = sorted(((one, task) for task in group for one in task.video_ids), key=lambda pair: pair[0])
    failed = [task for task in group if task.status == "FAILED"] or group[-1:]
    for index, slot in enumerate(slots):
        old = variants[slot]
        if old.state != "pending" or old.video_id:
            continue
        if index < len(made):
            video_id, task = made[index]
            name = dict(zip(task.video_ids, task.names, strict=False)).get(video_id, "")
            dies = stamp(_seconds(task.ended_at or task.submitted_at) + PREVIEW_SECONDS)
            variants[slot] = replace(old, task_id=task.task_id, video_id=video_id, name=name, preview_expires_at=dies)
        else:
            task = failed[min(index - len(made), len(failed) - 1)]
            variants[slot] = replace(old, state="failed", failures=old.failures + 1, task_id=task.task_id)


def _with(record: RefreshEntry, tasks: tuple[Task, ...], variants: Mapping[int, Variant]) -> RefreshEntry:
    ordered = tuple(variants[slot] for slot in sorted(variants))
    return replace(record, current=replace(record.current, tasks=tasks, variants=ordered))


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
