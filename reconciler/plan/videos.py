"""Which video and images an ad shows: the manifest's words → ids of the asset library, or what is waited for. Pure.

    {video_id: …}             that id; an image's likewise
    {video: NAME}             the library's copy of the Video, uploaded when it is first used; so is {image: NAME}
    {refresh: NAME, variant}  the variant of the generation that the manifest's inputs make, uploaded from its file

While the id is not known yet, the mapping stands in its place. An ad that shows an older generation keeps its video
until the new one is complete; a variant that must be approved, and is not, blocks its ad.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.model import Address, Change, LockEntry, RefreshEntry, Resource, Stored
from reconciler.plan.expansion import Expanded, expand
from reconciler.plan.generations import Need, is_complete, slot_of, uploaded, wanted_generation

Decisions = Mapping[str, str]
"""SHA-256 → approved or rejected."""


_SHOWN = re.compile(r"\[video:([^\] ]+)")
"""The video in the path of a creative's field."""
AWAITS_APPROVAL = "R720"
"""Code of an ad whose variant is not approved, or not yet made and then needs approval."""
DEFAULTS: Mapping[str, Any] = {"aigc_disclosure_type": "SELF_DISCLOSURE"}
"""What an ad that shows a generated variant sends unless its manifest says otherwise."""


class Uses(Struct):
    """Ads with their videos looked up."""

    desired: dict[Address, Resource]
    blocked: dict[Address, tuple[str, str, str]] = field(default_factory=dict)
    """Ad → (reason, code, hint)."""
    uploads: set[Address] = field(default_factory=set)
    """Videos and Images that the asset library lacks."""
    needs: dict[Address, tuple[Need, ...]] = field(default_factory=dict)
    """What every ad of a generated variant waits for, or has waited for."""
    warnings: list[str] = field(default_factory=list)


class _Known(NamedTuple):
    """What is known of the variants an ad can show."""

    desired: Mapping[Address, Resource]
    refreshes: Mapping[Address, RefreshEntry]
    decisions: Decisions


def resolve(
    desired: Mapping[Address, Resource],
    entries: Mapping[Address, LockEntry],
    library: Mapping[Address, Stored],
    refreshes: Mapping[Address, RefreshEntry],
    decisions: Decisions,
) -> Uses:
    """The resources with every ad's `video` and `image_ids` as they are compared and sent."""
    uses, known = Uses(dict(desired)), _Known(desired, refreshes, decisions)
    for address, declared in desired.items():
        if "creatives" in declared.fields:
            _creatives(expand(declared, entries.get(address), desired, library, refreshes, decisions), declared, uses)
            continue
        resource = declared
        if "image_ids" in declared.fields:
            resource = uses.desired[address] = _with_images(declared, library, uses)
        use = resource.fields.get("video")
        if not isinstance(use, Mapping):
            continue
        fields = dict(resource.fields)
        if "video_id" in use:
            fields["video"] = use["video_id"]
        elif "video" in use:
            target = resource.refs["video.video"]
            found = uploaded(desired[target], library.get(target))
            fields["video"] = found or dict(use)
            if found is None:
                uses.uploads.add(target)
        else:
            fields = {**DEFAULTS, **fields}
            fields["video"] = _variant(resource, use, entries.get(address), known, uses)
        uses.desired[address] = replace(resource, fields=fields)
    return uses


def _with_images(resource: Resource, library: Mapping[Address, Stored], uses: Uses) -> Resource:
    """The resource with the ids of the images it names by their manifests, as far as they are in the library."""
    images, refs = list(resource.fields["image_ids"]), resource.refs
    named = {index: one for index in range(len(images)) if (one := refs.get(f"image_ids.{index}.image"))}
    for index, target in named.items():
        found = uploaded(uses.desired[target], library.get(target))
        images[index] = found or images[index]
        uses.uploads |= {target} if found is None else set()
    return replace(resource, fields={**resource.fields, "image_ids": tuple(images)}) if named else resource


def _creatives(found: Expanded, resource: Resource, uses: Uses) -> None:
    """A Smart+ ad shows many."""
    uses.desired[resource.address] = replace(resource, fields=found.fields)
    uses.uploads |= found.uploads
    uses.warnings += found.warnings
    if found.blocked:
        uses.blocked[resource.address] = found.blocked
    if found.needs:
        uses.needs[resource.address] = tuple(dict.fromkeys(found.needs))


def _variant(resource: Resource, use: Mapping[str, Any], entry: LockEntry | None, known: _Known, uses: Uses) -> Any:
    """The id of a variant, or what stands in its place; what is in the way is added to `uses`."""
    address, target, slot = resource.address, resource.refs["video.refresh"], use["variant"]
    refresh, record = known.desired[target], known.refreshes.get(target)
    number, made = wanted_generation(refresh, known.desired, record)
    variant = slot_of(made, slot)
    decision = known.decisions.get(variant.sha256 or "") if variant else None
    asked = refresh.fields.get("require_approval", False)
    shows = entry.applied.get("video") if entry else None
    old = shows is not None and _is_past(shows, number, record)
    complete = made is not None and is_complete(made, refresh.fields["variants"])
    lost = [one.slot for one in made.variants if one.state == "failed" and one.of > 1] if made else []
    if slot in lost or (old and lost):
        # A submit that yields fewer than four is never topped up: waiting for it would be waiting for ever.
        hint = f"slot {lost[0]} of {target} is empty: raise `revision`, or `reconciler recover --resubmit {target}`"
        uses.blocked[address] = ("failed", "R716", hint)
    elif decision == "rejected" and shows not in (None, variant.library_video_id if variant else None):
        uses.warnings.append(f"{address} keeps the video it shows: variant {slot} of {target} was rejected")
        return shows
    elif decision == "rejected":
        hint = f"`reconciler approve {target} {slot}` takes it back; or raise `revision`, or name another variant"
        uses.blocked[address] = ("rejected", "R721", hint)
    elif asked and not (variant and variant.state == "ready" and decision == "approved"):
        if old and not complete:
            uses.warnings.append(
                f"{address} keeps the video it shows until generation {number} of {target} is approved"
            )
            return shows
        if not (variant and variant.state == "ready"):
            hint = f"approve it once it is made: `reconciler gallery`, then `reconciler approve {target} {slot}`"
            uses.blocked[address] = ("awaited", AWAITS_APPROVAL, hint)
            uses.needs[address] = (Need(target, number, slot, old),)
            return {**use, "generation": number}
        hint = f"look at `reconciler gallery`, then `reconciler approve {target} {slot}` once the variant is there"
        uses.blocked[address] = ("approval", AWAITS_APPROVAL, hint)
    uses.needs[address] = (Need(target, number, slot, old),)
    if variant and variant.library_video_id and (complete or not old):
        return variant.library_video_id
    return {**use, "generation": number}


def names_of(
    changes: Iterable[Change], library: Mapping[Address, Stored], refreshes: Mapping[Address, RefreshEntry]
) -> dict[str, str]:
    """What the manifests call the videos and images whose ids stand in these rows, as far as the lockfile knows."""
    used = {word for row in changes for one in row.fields for value in (one.old, one.new) for word in _words(value)}
    used |= {found[1] for row in changes for one in row.fields if (found := _SHOWN.search(one.path))}
    known = {entry.library_id: str(address) for address, entry in library.items()}
    for address, record in refreshes.items():
        for made in (record.current, *record.past):
            of = "" if made is record.current else f" of generation {made.generation}"
            known |= {one.library_video_id: f"{address} variant {one.slot}{of}" for one in made.variants}
    return {one: known[one] for one in used if one in known}


def _words(value: Any) -> Iterator[str]:
    """Every text of a value: of a list, of a creative."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else ():
        yield from _words(inner)


def _is_past(shows: Any, number: int, record: RefreshEntry | None) -> bool:
    """Whether an ad shows a variant of another generation of the same refresh."""
    known = [record.current, *record.past] if record else []
    return any(
        variant.library_video_id == shows for made in known if made.generation != number for variant in made.variants
    )
