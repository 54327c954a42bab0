"""What a recorded write turned out to be: the same reading whether its reply came now or lies in the journal.

Pure over an intent, its recorded reply and a listing; what cannot be known is left unknown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from reconciler.api import replies
from reconciler.api.replies import Envelope
from reconciler.api.transport import Reply
from reconciler.contracts.contract import Contract
from reconciler.live import Listing
from reconciler.model import VideoEntry
from reconciler.refresh.step import submitted
from reconciler.state.fold import Intent
from reconciler.state.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply says of its write. `id`: of a new object or upload, where the contract promises one."""

    verdict: Literal["done", "accepted", "rejected", "throttled", "credentials", "unknown", "unsent"]
    envelope: Envelope
    id: str | None = None
    ids: tuple[str, ...] = ()
    """Of the tasks a submit started."""


def read_reply(intent: Intent, contract: Contract) -> Reading:
    """Classify the recorded reply of an intent."""
    recorded = intent.reply or {}
    if "failure" in recorded:
        return Reading("unknown", Envelope("unknown", None, str(recorded["failure"]), None, None))
    envelope = replies.read(Reply(recorded["status"], recorded["body"].encode()))
    if envelope.verdict != "done":
        return Reading(envelope.verdict, envelope)
    if intent.verb == "submit":
        ids = task_ids(envelope.data)
        return Reading("done", envelope, ids=ids) if ids else _nameless(envelope)
    if intent.verb == "upload":
        found = video_id(envelope.data)
        return Reading("done", envelope, found) if found else _nameless(envelope)
    if intent.verb != "create":
        return Reading("done", envelope)
    binding = contract.bindings[intent.address.kind]
    if not binding.create_answers_id:
        return Reading("accepted", envelope)
    found = identity(envelope.data.get(binding.id_key) if isinstance(envelope.data, dict) else None)
    return Reading("done", envelope, found) if found else _nameless(envelope)


def _nameless(envelope: Envelope) -> Reading:
    return Reading("unknown", replace(envelope, message="the reply says done but names no id"))


def task_ids(data: Any) -> tuple[str, ...]:
    """Every task id of a submit's reply; nothing when any of them is not one."""
    listed = data.get("task_ids") if isinstance(data, dict) else None
    if not isinstance(listed, list):
        return ()
    ids = [_name(one) for one in listed]
    return tuple(dict.fromkeys(one for one in ids if one)) if all(ids) else ()


def video_id(data: Any) -> str | None:
    """The id of an upload: the answer is an object, or an array of one."""
    found = data[0] if isinstance(data, list) and data else data
    return _name(found.get("video_id")) if isinstance(found, dict) else None


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


def identity(value: Any) -> str | None:
    """An id as text; whole numbers are taken, anything else is not an id."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        value = str(value)
    return value if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20 else None


def candidates(intent: Intent, contract: Contract, listing: Listing) -> list[str]:
    """Ids of live objects that can only be what this create made: its parent, its exact name, not there before."""
    binding = contract.bindings[intent.address.kind]
    body = json.loads(intent.body)
    parent = body.get(binding.parent_key) if binding.parent_key else None
    found = listing.by_name.get((parent, body[binding.name_field]), [])
    return [one for one in found if one not in intent.seen]


def settle_recorded(ledger: Ledger, contract: Contract) -> None:
    """Give every reply that was recorded and not yet read its meaning: the crash came between the two."""
    for intent in list(ledger.intents.values()):
        if intent.verb == "upload" and intent.reply is None:
            ledger.rejected(intent, "lost", "the run ended before its reply; an upload is free")
        elif intent.reply is not None and not intent.accepted and not intent.why:
            record(ledger, intent, read_reply(intent, contract), intent.sent_at)


def record(ledger: Ledger, intent: Intent, reading: Reading, now: float) -> None:
    """Write down what a reply was found to mean."""
    if reading.verdict == "done" and intent.verb == "submit":
        before = ledger.lock.refreshes.get(intent.address)
        ledger.settled(intent, {intent.address: submitted(before, intent.meta, reading.ids, now)})
    elif reading.verdict == "done" and intent.verb == "upload":
        made = VideoEntry(intent.meta["url"], reading.id, sha256=intent.meta.get("sha256"))
        ledger.settled(intent, {intent.address: made})
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


def settle_listed(ledger: Ledger, contract: Contract, listings: Mapping[str, Listing]) -> None:
    """Bind what was accepted earlier and is listed now."""
    for intent in list(ledger.intents.values()):
        if not intent.accepted or intent.address.kind not in listings:
            continue
        found = candidates(intent, contract, listings[intent.address.kind])
        if len(found) == 1:
            ledger.done(intent, found[0], listed=True)
