"""Refresh records, works and resources, as plain as can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.model import Address, Change, RefreshEntry, RefreshWork, Resource, Source, VideoEntry
from reconciler.plan import refreshes
from reconciler.plan.basis import Draft
from reconciler.state import variants as step
from reconciler.state.variants import Artifact, Seen
from tests.unit.builders import at, basis, resource

NOW = 1_780_000_000.0
HERO, HOOKS = at("video/hero"), at("refresh/hooks")
WHERE = Source("manifests/a.yaml", 1)
URL = "https://cdn.example.com/hero.mp4"
UPLOADED = VideoEntry(URL, "v1")
SENT = (URL, None)
RECOMMENDED = {"hook_type": "RECOMMENDED", "product_category": "GAMES"}


def work(*submits: tuple[int, ...], generation: int = 1, inputs: str = "i1", keep: int = 3) -> RefreshWork:
    """What a row would submit."""
    count = max((max(slots) for slots in submits), default=1)
    fields = {"strategies": ("SWAP_MUSIC",)}
    return RefreshWork(generation, inputs, submits, fields, count, keep, HERO, None, WHERE, SENT)


def record(*submits: tuple[tuple[int, ...], Sequence[str]], **more: Any) -> RefreshEntry:
    """After these acknowledged submits: slots, task ids."""
    made = work(*(slots for slots, _ in submits), **more)
    found: RefreshEntry | None = None
    for slots, ids in submits:
        found = step.submitted(found, step.meta_of(made, slots), ids, NOW)
    assert found is not None
    return found


def seen(task: str, status: str = "SUCCESS", video: str | None = None) -> Seen:
    """One row of a task list; a success has a video and its preview."""
    if status != "SUCCESS":
        return Seen(task, status, None, "refresh_video-1", None)
    name = video or f"v-{task}"
    return Seen(task, status, name, f"name of {name}", f"https://cdn.example.com/{name}?secret")


def artifact(name: str) -> Artifact:
    """A file that was downloaded and checked."""
    return Artifact(f"artifacts/hooks/{name}.mp4", "ab" * 32, 100, 3.0)


def states(one: RefreshEntry) -> dict[int, str]:
    """Slot → state."""
    return {variant.slot: variant.state for variant in one.current.variants}


def refresh(variants: int = 3, **fields: Any) -> Resource:
    """The manifest of `refresh/hooks`."""
    given = {"strategies": ("SWAP_MUSIC",), "variants": variants, "revision": 1, "keep": 3, **fields}
    parent = None if "video_id" in fields else "video/hero"
    return resource("refresh/hooks", given, parent=parent)


def video(**fields: Any) -> Resource:
    """The manifest of `video/hero`."""
    return resource("video/hero", {"url": URL, **fields})


def decided(
    *resources: Resource,
    entry: RefreshEntry | None = None,
    videos: Mapping[Address, VideoEntry] | None = None,
    opened: Sequence[Address] = (),
) -> Draft:
    """What the rows for videos and refreshes are."""
    draft = Draft()
    given = basis(resources, open=frozenset(opened))
    known = {HERO: UPLOADED} if videos is None else videos
    refreshes.decide(given, known, {HOOKS: entry} if entry else {}, draft)
    return draft


def row(draft: Draft, address: Address = HOOKS) -> Change | None:
    """The row of an address."""
    return next((one for one in draft.changes if one.address == address), None)


def submits(draft: Draft) -> tuple[tuple[int, ...], ...]:
    """The slots that the row of `refresh/hooks` would submit."""
    found = row(draft)
    return found.work.submits if found and found.work else ()


def carried_out(draft: Draft, entry: RefreshEntry | None, tasks: str = "t") -> RefreshEntry:
    """The record after every submit of the row was acknowledged; each slot of a submit is one task."""
    found = row(draft)
    assert found is not None
    assert found.work is not None
    if entry is not None and not found.work.submits:
        return step.begun(entry, found.work)
    for number, slots in enumerate(found.work.submits):
        ids = [f"{tasks}{found.work.generation}-{number}-{slot}" for slot in slots]
        entry = step.submitted(entry, step.meta_of(found.work, slots), ids, NOW)
    assert entry is not None
    return entry


def finished(one: RefreshEntry) -> RefreshEntry:
    """With every task a success and every video on the disk."""
    one, fetches = step.absorb(one, [seen(task.task_id) for task in one.current.tasks if not task.ended], NOW)
    for fetch in fetches:
        one = step.fetched(one, fetch.slot, artifact(f"g{one.current.generation}-{fetch.slot:03d}"))
    return one


def failed(one: RefreshEntry, *slots: int) -> RefreshEntry:
    """With the running tasks of these slots FAILED and all others a success that is on the disk."""
    rows = [
        seen(task.task_id, "FAILED" if task.slots[0] in slots else "SUCCESS")
        for task in one.current.tasks
        if not task.ended
    ]
    one, _ = step.absorb(one, rows, NOW)
    return finished(one)
