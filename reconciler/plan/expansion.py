"""The creatives of a Smart+ ad: what its manifest lists → one item a video or post, each with its identity. Pure.

    {video_id: …}, {tiktok_item_id: …}   as they are
    {video: NAME}                        the library's copy of the Video, uploaded when it is first used
    {refresh: NAME, variant}             that slot of the current generation
    {refresh: NAME}                      every slot of it that is ready and, where it is asked for, approved

Variants of an older generation stay until the new one is whole, and are then left out, or kept paused (`join`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from reconciler.contracts.smart_plus.ads import MOST
from reconciler.contracts.smart_plus.creatives import CUSTOM, SPARK, content
from reconciler.model import Address, Fields, LockEntry, RefreshEntry, Resource, Stored
from reconciler.plan.generations import Need, Wanted, uploaded

_OF_CREATIVES = ("identity_type", "identity_id", "identity_authorized_bc_id", "aigc_disclosure_type")
_SOURCES = ("video", "refresh", "variant")
_IDENTITY = ("identity_type", "identity_id")


class Expanded(Struct):
    """An ad with its creatives looked up."""

    fields: dict[str, Any]
    needs: list[Need] = field(default_factory=list)
    uploads: set[Address] = field(default_factory=set)
    blocked: tuple[str, str, str] | None = None
    """(reason, code, hint)."""
    empty: list[tuple[tuple[str, str, str], Need | None]] = field(default_factory=list)
    """Of each refresh that has nothing to show yet: why, and what it waits for."""
    warnings: list[str] = field(default_factory=list)


def expand(
    resource: Resource,
    entry: LockEntry | None,
    desired: Mapping[Address, Resource],
    library: Mapping[Address, Stored],
    refreshes: Mapping[Address, RefreshEntry],
    decisions: Mapping[str, str],
) -> Expanded:
    """The fields of an ad with `creatives` as they are compared and sent."""
    found = Expanded(dict(resource.fields))
    uses = found.fields.pop("creatives")
    own = {name: found.fields.pop(name) for name in _OF_CREATIVES if name in found.fields}
    joins = found.fields.pop("on_new_generation", "replace") == "join"
    if own.get("identity_type") == CUSTOM:
        # It is the ad's; that of a TikTok account is each creative's.
        found.fields |= {name: own[name] for name in ("identity_type", "identity_id") if name in own}
    items: dict[str, dict[str, Any]] = {}
    shown = _shown(resource, uses, own, entry)
    for index, use in enumerate(uses):
        frame = {**own, **{name: value for name, value in use.items() if name not in _SOURCES}}
        if (image := resource.refs.get(f"creatives.{index}.image_id.image")) is not None:
            frame["image_id"] = _held(image, desired, library, found)
        if frame.get("identity_type") != "BC_AUTH_TT":
            frame.pop("identity_authorized_bc_id", None)
        if "refresh" in use:
            target = resource.refs[f"creatives.{index}.refresh"]
            told = Wanted.of(desired[target], desired, refreshes.get(target), decisions)
            expanded = list(_variants(resource.address, use, told, shown[index], found, joins=joins))
        elif "video" in use:
            target = resource.refs[f"creatives.{index}.video"]
            expanded = [{"video_id": _held(target, desired, library, found), "source": str(target)}]
        else:
            expanded = [{}]
        for one in expanded:
            item = _labelled({**frame, **one}, generated="refresh" in use)
            if (key := content(item)) in items:
                text = f"two items of `creatives` are the same video: {item.get('source') or item['video_id']}"
                found.blocked = ("refused", "R208", f"{text}; write it once")
            items[key] = item
    if not items and found.empty:
        # Nothing to show at all: it waits for the first that can still come.
        why, need = min(found.empty, key=lambda one: one[1] is None)
        found.blocked, found.needs = why, [need] if need else []
    elif found.empty:
        found.warnings += [f"{resource.address} goes without what is not there yet; {why[2]}" for why, _ in found.empty]
    if len(items) > MOST:
        found.blocked = ("refused", "R208", f"{len(items)} creatives; an ad holds at most {MOST}")
    found.fields["creatives"] = tuple(items[key] for key in sorted(items))
    return found


def _held(
    target: Address, desired: Mapping[Address, Resource], library: Mapping[Address, Stored], found: Expanded
) -> Any:
    """The id of a Video or an Image; what stands in its place, and an upload, where the library lacks it."""
    known = uploaded(desired[target], library.get(target))
    found.uploads |= {target} if known is None else set()
    return known or {target.kind: target.name}


def _variants(
    address: Address, use: Mapping[str, Any], told: Wanted, shown: Sequence[Fields], found: Expanded, *, joins: bool
) -> Iterator[dict[str, Any]]:
    """What one `refresh` of the list stands for. `shown`: what it stood for when it was applied."""
    old = [one for one in shown if one["source"].split("/")[2] != str(told.number)]
    slots = [use["variant"]] if "variant" in use else list(range(1, told.count + 1))
    lost = told.lost & set(slots)
    # A variant that was taken over from the older generation is the same creative.
    taken = {variant.library_video_id for slot in slots if (variant := told.slot(slot))}
    past = [{**one, "status": "DISABLE"} for one in old if one["video_id"] not in taken]
    paused = use.get("status") == "DISABLE"
    fresh = [one for one in shown if one not in old and (paused or one.get("status") != "DISABLE")]
    has_taken_over = any(int(one["source"].split("/")[3]) in slots for one in fresh)
    if old and not has_taken_over and not told.is_settled(slots):
        # No moment without creatives: the older ones stay until all the new ones are there.
        if not told.asked:
            coming = [slot for slot in slots if slot not in lost]
            found.needs += [Need(told.address, told.number, slot, False) for slot in coming]
            yield from (_item(told, slot) for slot in coming)
            if joins or not coming:
                yield from past if coming else map(dict, old)
            return
        before = old[0]["source"].split("/")[2]
        text = (
            f"{address} keeps generation {before} of {told.address} until generation {told.number} is made and approved"
        )
        found.warnings += [text] if text not in found.warnings else []
        yield from (dict(one) for one in old)
        return
    usable = [slot for slot in slots if told.is_usable(slot)]
    waiting = [slot for slot in slots if slot not in lost and not told.is_usable(slot) and told.is_coming(slot)]
    if waiting and not told.asked:
        found.needs += [Need(told.address, told.number, slot, False) for slot in slots if slot not in lost]
        usable = sorted({*usable, *waiting})
    elif not usable:
        found.empty.append(_awaited(told, slots, lost))
    yield from (_item(told, slot) for slot in usable)
    if joins:
        yield from past


def _shown(
    resource: Resource, uses: Sequence[Mapping[str, Any]], own: Mapping[str, Any], entry: LockEntry | None
) -> Mapping[int, list[Fields]]:
    """By its place in the list, the variants that each `refresh` stood for when they were applied: each is of the first
    that names its slot, under its identity; what none names any more is of the first of its refresh."""
    found = defaultdict[int, list[Fields]](list)
    for one in entry.applied.get("creatives", ()) if entry else ():
        refresh, _, slot = str(one.get("source", "")).rpartition("/")
        of = [
            index
            for index, use in enumerate(uses)
            if "refresh" in use and refresh.startswith(f"{resource.refs[f'creatives.{index}.refresh']}/")
        ]
        exactly = [
            index
            for index in of
            if str(uses[index].get("variant", slot)) == slot
            and all({**own, **uses[index]}.get(name) == one.get(name) for name in _IDENTITY)
        ]
        for index in (exactly or of)[:1]:
            found[index].append(one)
    return found


def _item(told: Wanted, slot: int) -> dict[str, Any]:
    """The creative of a slot, whether its video is in the library or still to come."""
    variant, place = told.slot(slot), {"refresh": told.address.name, "variant": slot, "generation": told.number}
    known = variant.library_video_id if variant else None
    return {"video_id": known or place, "source": f"{told.address}/{told.number}/{slot}"}


def _awaited(told: Wanted, slots: list[int], lost: set[int]) -> tuple[tuple[str, str, str], Need | None]:
    """Why an ad has nothing to show yet."""
    target = told.address
    if set(slots) <= lost:
        hint = f"slot {slots[0]} of {target} is empty: raise `revision`, or `reconciler recover --resubmit {target}`"
        return ("failed", "R716", hint), None
    if all(told.decision(slot) == "rejected" for slot in slots):
        hint = f"`reconciler approve {target} {slots[0]}` takes it back; or raise `revision`"
        return ("rejected", "R721", hint), None
    need = Need(target, told.number, next(one for one in slots if one not in lost), False)
    if not any(told.is_ready(slot) for slot in slots):
        hint = f"approve what is made: `reconciler gallery`, then `reconciler approve {target} {slots[0]}`"
        return ("awaited", "R720", hint), need
    hint = f"look at `reconciler gallery`, then `reconciler approve {target} NUMBER`"
    return ("approval", "R720", hint), need


def _labelled(item: dict[str, Any], *, generated: bool) -> dict[str, Any]:
    """A generated video is declared as such; what TikTok keeps of it under its own accounts is TikTok's to say."""
    if generated and item.get("aigc_disclosure_type") is None:
        return {**item, "aigc_disclosure_type": "SELF_DISCLOSURE"}
    if item.get("aigc_disclosure_type") == "NOT_DECLARED" and item.get("identity_type") in SPARK:
        return {name: value for name, value in item.items() if name != "aigc_disclosure_type"}
    return item
