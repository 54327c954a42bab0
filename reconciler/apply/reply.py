"""What a recorded write turned out to be: the same reading whether its reply came now or lies in the journal.

Pure over an intent, its recorded reply and a listing; what cannot be known is left unknown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from reconciler.account.listing import Listing
from reconciler.api import replies
from reconciler.api.replies import Envelope
from reconciler.api.returned import NO_UPDATE, PARTIAL
from reconciler.api.transport import Reply
from reconciler.apply.items import is_shared, told_of
from reconciler.apply.known import KnownIds
from reconciler.canonical import id_text, normal_text
from reconciler.contracts.binding import Binding
from reconciler.contracts.registry import Contracts
from reconciler.contracts.uploads import IMAGES, VIDEOS
from reconciler.kinds.media import Origin, origin
from reconciler.model import Address, Entry, ImageEntry, LiveObject, Stored, VideoEntry
from reconciler.plan.edges import is_object
from reconciler.state import variants as step
from reconciler.state.fold import Intent
from reconciler.state.ledger import Ledger


class Reading(Struct, frozen=True):
    """What a reply says of its write. `id`: of a new object or upload, where the contract promises one."""

    verdict: Literal["done", "accepted", "rejected", "throttled", "credentials", "unknown", "unsent"]
    envelope: Envelope
    id: str | None = None
    ids: tuple[str, ...] = ()
    """Of the tasks a submit started."""


def read_reply(intent: Intent, contracts: Contracts) -> Reading:
    """Classify the recorded reply of an intent."""
    recorded = intent.reply or {}
    if "failure" in recorded:
        return Reading("unknown", Envelope("unknown", None, str(recorded["failure"]), None, None))
    envelope = replies.read(Reply(recorded["status"], recorded["body"].encode()))
    if envelope.code == NO_UPDATE and intent.verb not in ("create", "submit", "upload"):
        # It is as it was asked for; whoever sent it reads it back.
        return Reading("done", envelope)
    binding = contracts.binding(intent.contract, intent.address.kind) if is_object(intent.address) else None
    if binding and (envelope.verdict == "done" or envelope.code == PARTIAL) and is_shared(intent, binding):
        told = told_of(intent, binding, envelope)
        return Reading(told.verdict, replace(envelope, message=told.why or envelope.message))
    if envelope.code == PARTIAL and is_object(intent.address) and intent.verb != "upload":
        return _partial(intent, contracts, envelope)
    if envelope.verdict != "done":
        return Reading(envelope.verdict, envelope)
    if intent.verb == "submit":
        ids = task_ids(envelope.data)
        return Reading("done", envelope, ids=ids) if ids else _nameless(envelope)
    if intent.verb == "upload":
        found = video_id(envelope.data)
        return Reading("done", envelope, found) if found else _nameless(envelope)
    binding = contracts.binding(intent.contract, intent.address.kind)
    if intent.verb != "create":
        return _of_items(intent, binding, envelope) if binding.answers_items else Reading("done", envelope)
    if not binding.create_answers_id:
        return Reading("accepted", envelope)
    made = _made_ids(envelope.data, binding.id_key)
    return Reading("done", envelope, made[0]) if len(made) == 1 else _nameless(envelope, made)


def read_own(ledger: Ledger, intent: Intent, contracts: Contracts, known: KnownIds) -> Reading:
    """As `read_reply`; unknown, too, where what the reply names belongs to something else."""
    reading = read_reply(intent, contracts)
    if reading.verdict != "done" or (why := known.doubt(ledger, intent, reading.id, reading.ids)) is None:
        return reading
    return Reading("unknown", replace(reading.envelope, message=why))


def _partial(intent: Intent, contracts: Contracts, envelope: Envelope) -> Reading:
    """Calls carry one item each: it is named as refused, or among what was made or set."""
    data = envelope.data if isinstance(envelope.data, dict) else {}
    found = _made_ids(data, contracts.binding(intent.contract, intent.address.kind).id_key)
    if len(found) == 1 and not data.get("error_list"):
        return Reading("done", envelope, found[0] if intent.verb == "create" else None)
    if data.get("error_list") and not found:
        return Reading("rejected", replace(envelope, message=f"{envelope.message}: {_told(data['error_list'])}"))
    return _nameless(envelope, found) if len(found) > 1 else Reading("unknown", envelope)


def _of_items(intent: Intent, binding: Binding, envelope: Envelope) -> Reading:
    """Code 0 says nothing of a status: each item is named as set, or as refused. An item that is in neither list was
    not done."""
    keys = {binding.status_path: f"{binding.id_key}s", binding.items_path: "ad_material_ids"}
    if intent.path not in (one for one in keys if one):
        return Reading("done", envelope)
    data = envelope.data if isinstance(envelope.data, dict) else {}
    errors = data.get("error_list")
    if isinstance(errors, list) and errors:
        return Reading("rejected", replace(envelope, message=_told(errors) or envelope.message))
    asked = {id_text(one) for one in json.loads(intent.body).get(keys[intent.path], ())}
    key = keys[intent.path].removesuffix("s")
    named = next((value for name, value in data.items() if name in (f"{key}s", f"{intent.address.kind}_list")), None)
    if not isinstance(named, list):
        return Reading("unknown", replace(envelope, message="the reply says done but not of what"))
    done = {id_text(one.get(key) if isinstance(one, dict) else one) for one in named}
    if asked <= done:
        return Reading("done", envelope)
    why = f"the reply does not name {', '.join(sorted(str(one) for one in asked - done))} among what was set"
    return Reading("rejected", replace(envelope, message=why))


def _told(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) and errors else {}
    return str(first.get("error_message", "")) if isinstance(first, dict) else ""


def _made_ids(data: Any, key: str) -> list[str]:
    """Every id of what a call made, once each: in a list of ids, in the objects made, or told plainly.

    One call makes one object: more than one id, wherever they stand, is no answer to which it is.
    """
    if not isinstance(data, dict):
        return []
    made, listed = data.get("creatives"), data.get(f"{key}s")
    told = [*(listed if isinstance(listed, list) else ()), data.get(key)]
    told += [one.get(key) for one in (made if isinstance(made, list) else ()) if isinstance(one, dict)]
    return list(dict.fromkeys(one for one in map(id_text, told) if one))


def _nameless(envelope: Envelope, ids: Sequence[str] = ()) -> Reading:
    why = f"the reply names {len(ids)} ids: {', '.join(ids[:5])}" if ids else "the reply says done but names no id"
    return Reading("unknown", replace(envelope, message=why))


def task_ids(data: Any) -> tuple[str, ...]:
    """Every task id of a submit's reply; nothing when any of them is not one."""
    listed = data.get("task_ids") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        return ()
    ids = [_name(one) for one in listed]
    return tuple(dict.fromkeys(one for one in ids if one)) if all(ids) else ()


def video_id(data: Any) -> str | None:
    """The id of an upload: the answer is an object, or an array of one; of a video, or of an image."""
    found = data[0] if isinstance(data, list) and len(data) == 1 else data
    return _name(found.get("video_id") or found.get("image_id")) if isinstance(found, dict) else None


def _name(value: Any) -> str | None:
    """An id that need not be digits: one word of printable ASCII."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    ok = (
        isinstance(value, str)
        and 0 < len(value) <= 200
        and value.isascii()
        and value.isprintable()
        and " " not in value
    )
    return value if ok else None


def candidates(intent: Intent, contracts: Contracts, listing: Listing) -> list[str]:
    """Ids of live objects that can only be what this create made: its parent, its name, not there before."""
    parent, name = contracts.of(intent.contract).named(intent.address.kind, json.loads(intent.body))
    found = listing.by_name.get((parent, normal_text(name)), [])
    return [one for one in found if one not in intent.seen and _writes(contracts, intent, listing.objects[one])]


def _writes(contracts: Contracts, intent: Intent, live: LiveObject) -> bool:
    """Whether an object is of the contract that the write was of."""
    return not live.foreign and live.contract in ("", contracts.of(intent.contract).name)


def settle_recorded(ledger: Ledger, contracts: Contracts) -> None:
    """Give every reply that was recorded and not yet read its meaning: the crash came between the two."""
    for intent in list(ledger.intents.values()):
        if intent.verb == "upload" and intent.reply is None:
            ledger.rejected(intent, "lost", "the run ended before its reply; an upload is free")
        elif intent.reply is not None and not intent.accepted and not intent.why:
            record(ledger, intent, read_own(ledger, intent, contracts, KnownIds.of(ledger)), intent.sent_at)


def record(ledger: Ledger, intent: Intent, reading: Reading, now: float) -> None:
    """Write down what a reply was found to mean."""
    if reading.verdict == "done" and intent.verb == "submit":
        before = ledger.lock.refreshes.get(intent.address)
        ledger.settled(intent, {intent.address: step.submitted(before, intent.meta, reading.ids, now)})
    elif reading.verdict == "done" and intent.verb == "upload":
        ledger.settled(intent, _kept(ledger, intent, reading.id))
    elif reading.verdict == "unknown" and intent.verb == "upload":
        # An upload is free and its id is named nowhere else: sending it again harms nobody, chasing it helps nobody.
        ledger.rejected(intent, "lost", reading.envelope.message)
    elif reading.verdict == "done":
        ledger.done(intent, reading.id)
    elif reading.verdict == "accepted":
        ledger.accepted(intent)
    elif reading.verdict == "unknown":
        ledger.unknown(intent, reading.envelope.message)
    else:
        ledger.rejected(intent, str(reading.envelope.code), reading.envelope.message)


def _kept(ledger: Ledger, intent: Intent, identity: str | None) -> Mapping[Address, Entry | None]:
    """What an upload's id is written down as: of the stock library, of the asset library, or (a cover) nowhere."""
    meta, address = intent.meta, intent.address
    if meta.get("library") == "cover":
        return {}
    if "slot" in meta:
        record = ledger.lock.refreshes[address]
        return {address: step.stored(record, meta["slot"], meta["generation"], identity)}
    return {address: as_stored(ledger.lock.library.get(address), meta, str(identity))}


def as_stored(before: Stored | None, meta: Mapping[str, Any], identity: str) -> Stored:
    """The entry of a Video or an Image, once an upload that `meta` tells of is known to have this id."""
    of = origin(meta)
    if meta.get("library") == IMAGES.name:
        return ImageEntry(of.url, identity, of.sha256)
    if not isinstance(before, VideoEntry) or Origin(before.url, before.sha256) != of:
        before = VideoEntry(of.url, sha256=of.sha256)
    if meta.get("library") == VIDEOS.name:
        return replace(before, library_id=identity)
    return replace(before, stock_video_id=identity)


def settle_listed(ledger: Ledger, contracts: Contracts, listings: Mapping[str, Listing]) -> None:
    """Bind what was accepted earlier and is listed now."""
    for intent in list(ledger.intents.values()):
        if not intent.accepted or intent.address.kind not in listings:
            continue
        found = candidates(intent, contracts, listings[intent.address.kind])
        if len(found) == 1:
            ledger.done(intent, found[0], listed=True)
