"""What generated variants are still to be made: manifests × lockfile → rows for videos and refreshes. Pure.

A generation is made from one set of inputs: source (url and sha256, or video_id), strategies, add_hook, revision; not
from `variants`. `variants: N` asks for the slots 1 to N of the current generation; one submit fills one slot, with
hook_type RECOMMENDED four. Raising N adds slots, lowering N deletes nothing. Inputs that were used before and are kept
bring their generation back without a task.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from msgspec.structs import replace

from reconciler.canonical import digest
from reconciler.kinds.media import Origin, origin
from reconciler.kinds.refresh import PER_RECOMMENDED
from reconciler.model import (
    Address,
    Change,
    FieldChange,
    Generation,
    RefreshEntry,
    RefreshWork,
    Resource,
    Stored,
    Variant,
    VideoEntry,
)
from reconciler.plan.basis import Basis, Draft, sort_key, unknown
from reconciler.renewed import Renewed

_TYPICAL_SECONDS = 60
GIVE_UP = 2
"""Failed tasks after which a slot is not asked for again."""


def decide(
    basis: Basis,
    library: Mapping[Address, Stored],
    refreshes: Mapping[Address, RefreshEntry],
    draft: Draft,
    shown: Collection[Address] = (),
) -> None:
    """Add the rows for uploads and refreshes, and for those whose manifest is gone.

    `shown`: Videos and Images that an ad shows and the asset library lacks.
    """
    wanted = sorted((one for one in basis.desired if one.kind == "refresh"), key=sort_key)
    rows = [row for one in wanted if (row := _refresh(basis.desired[one], basis, refreshes.get(one), draft))]
    needed = {row.work.video for row in rows if row.work and row.work.video and row.work.submits}
    uploads = [
        row
        for one in sorted(needed | set(shown), key=sort_key)
        if (row := _upload(basis.desired[one], library.get(one), basis, stock=one in needed, asset=one in shown))
    ]
    draft.changes += uploads + rows
    for address in sorted({*library, *refreshes} - set(basis.desired), key=sort_key):
        if address in basis.open:
            draft.changes.append(unknown(address, None))
        else:
            draft.changes.append(Change(address, "forget", "removed"))


def inputs_of(resource: Resource, source: Resource | None) -> str:
    """The hash a generation is made from."""
    origin = {"video_id": resource.fields["video_id"]} if source is None else dict(source.fields)
    parts = {name: resource.fields[name] for name in ("strategies", "add_hook") if name in resource.fields}
    return digest({"source": origin, **parts, "revision": resource.fields.get("revision", 1)})


def slots_a_submit(fields: Mapping[str, Any]) -> int:
    """1, or 4 with hook_type RECOMMENDED."""
    return PER_RECOMMENDED if fields.get("add_hook", {}).get("hook_type") == "RECOMMENDED" else 1


def libraries(change: Change) -> tuple[str, ...]:
    """Where an upload row puts its video."""
    return next((one.new for one in change.fields if one.path == "libraries"), ("stock",))


def _upload(video: Resource, entry: Stored | None, basis: Basis, *, stock: bool, asset: bool) -> Change | None:
    wanted, file = origin(video.fields), video.fields.get("file")
    if video.address in basis.open:
        return unknown(video.address, None, video)
    same = entry is not None and Origin(entry.url, entry.sha256) == wanted
    stock = stock and not (isinstance(entry, VideoEntry) and same and entry.stock_video_id)
    if not stock and not asset:
        return None
    fields = [FieldChange("file", None, file) if file else FieldChange("url", entry.url if entry else None, wanted.url)]
    if wanted.sha256:
        fields.append(FieldChange("sha256", entry.sha256 if entry else None, wanted.sha256))
    if asset:
        fields.append(FieldChange("libraries", None, ("asset", "stock") if stock else ("asset",)))
    reason, told = "new" if entry is None or same else "edited", tuple(sorted(fields))
    return Change(video.address, "upload", reason, None, told, video.source)


def _refresh(
    resource: Resource,
    basis: Basis,
    entry: RefreshEntry | None,
    draft: Draft,
) -> Change | None:
    address = resource.address
    if address in basis.open:
        return unknown(address, None, resource)
    if address in basis.blocked:
        why, code, hint = basis.blocked[address]
        return Change(address, "blocked", why, None, (), resource.source, code, hint)
    source = basis.desired[resource.refs["video"]] if "video" in resource.refs else None
    if source and source.fields["url"].startswith("http://"):
        draft.warnings.append(f"{source.address}: the URL is plain http; https is safer")
    inputs = inputs_of(resource, source)
    known = [entry.current, *entry.past] if entry else []
    current = next((one for one in known if one.inputs == inputs), None)
    number = current.generation if current else 1 + max((one.generation for one in known), default=0)
    count, size = resource.fields["variants"], slots_a_submit(resource.fields)
    submits, reason, blocked = _missing(current, count, size)
    if entry is None:
        reason = "new"
    elif current is None:
        reason = "new inputs"
    elif current is not entry.current:
        reason = "kept generation" if not submits else reason
    work = _work(resource, source, inputs, number, submits, basis.renewed.get(address))
    if blocked:
        code, hint = blocked
        return Change(
            address, "blocked", "expired" if code == "R714" else "failed", None, (), resource.source, code, hint
        )
    if entry and current is entry.current and not submits:
        after = replace(
            entry, wanted=count, keep=work.keep, source=resource.source, past=entry.past[: work.keep],
            renewed=work.renewed,
        )  # fmt: skip
        if after != entry:
            draft.entries[address] = after
        draft.unchanged += 1
        return None
    return Change(address, "refresh", reason, None, _fields(resource, entry, work), resource.source, work=work)


def _work(
    resource: Resource,
    source: Resource | None,
    inputs: str,
    number: int,
    submits: tuple[tuple[int, ...], ...],
    renewed: Renewed | None,
) -> RefreshWork:
    return RefreshWork(
        generation=number,
        inputs=inputs,
        submits=submits,
        fields={name: resource.fields[name] for name in ("strategies", "add_hook") if name in resource.fields},
        wanted=resource.fields["variants"],
        keep=resource.fields.get("keep", 3),
        video=resource.refs.get("video"),
        video_id=resource.fields.get("video_id"),
        source=resource.source,
        uploaded=origin(source.fields) if source else None,
        renewed=renewed,
    )


def _fields(resource: Resource, entry: RefreshEntry | None, work: RefreshWork) -> tuple[FieldChange, ...]:
    rows = []
    if entry is None or entry.wanted != work.wanted:
        rows.append(FieldChange("variants", entry.wanted if entry else None, work.wanted))
    if entry is None or entry.current.generation != work.generation:
        rows.append(FieldChange("generation", entry.current.generation if entry else None, work.generation))
    if entry is None:
        rows += [FieldChange(path, None, value) for path, value in work.fields.items()]
    before = entry.renewed if entry else None
    if work.renewed != before:
        rows.append(FieldChange("step", before.words if before else 0, work.renewed.words if work.renewed else 0))
    if work.renewed and work.renewed != before:
        rows += [FieldChange(name, None, getattr(work.renewed, name)) for name in ("because", "evidence")]
    return tuple(sorted(rows))


def _missing(
    current: Generation | None, count: int, size: int
) -> tuple[tuple[tuple[int, ...], ...], str, tuple[str, str] | None]:
    """(submits to send, reason, (code, hint) when the row is blocked)."""
    have = {one.slot: one for one in current.variants} if current else {}
    groups = [tuple(range(first, first + size)) for first in range(1, count + 1, size)]
    fresh = [slots for slots in groups if not any(slot in have for slot in slots)]
    if size > 1:
        # A submit that yields fewer than four is reported, never topped up.
        return tuple(fresh), "more variants", _expired(have, count)
    again: list[tuple[int, ...]] = [
        (slot,) for slot in range(1, count + 1) if slot in have and have[slot].state == "failed"
    ]
    for slot, *_ in again:
        if have[slot].failures >= GIVE_UP:
            hint = f"slot {slot}: {have[slot].failures} tasks have failed; raise `revision`, or `recover --resubmit`"
            return (), "failed", ("R715", hint)
    reason = "failed" if again and not fresh else "more variants"
    return tuple(sorted(fresh + again)), reason, _expired(have, count)


def _expired(have: Mapping[int, Variant], count: int) -> tuple[str, str] | None:
    lost = [one for one in have.values() if one.state == "expired" and one.slot <= count]
    if not lost:
        return None
    named = ", ".join(f"slot {one.slot} (task {one.task_id})" for one in lost)
    return "R714", f"{named}: the preview died before its download; raise `revision`, or `recover --resubmit`"


def eta_seconds(submits: int, per_minute: int) -> int:
    """At least how long the tasks take: the rate limit, and the time one task typically needs."""
    if not submits:
        return 0
    return 60 * ((submits - 1) // per_minute) + (submits - 1) % per_minute + _TYPICAL_SECONDS
