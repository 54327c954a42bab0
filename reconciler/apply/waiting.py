"""Carrying out a plan in two parts, with the making of variants between them, and what is left when they take long.

    early     everything that needs no video: pauses, campaigns, ad groups, edits, deletes, enables
    refresh   uploads, tasks, downloads
    late      ads whose video goes into the asset library first, and what must not be sent before those ads

A late step whose variant is still being made is kept in the lockfile as `waiting`, with the plan that was approved;
`advance` takes it up again if it is still exactly that step.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from reconciler.canonical import digest as hash_of
from reconciler.errors import ReconcilerError
from reconciler.model import Address, Asset, Plan
from reconciler.plan.actions import assets_of, needs_video
from reconciler.plan.generations import Need, is_ready
from reconciler.plan.sending import Action
from reconciler.state.ledger import Ledger

if TYPE_CHECKING:
    from reconciler.apply.executor import Executor


class WaitingStep(Struct, frozen=True):
    """One action of an approved plan that waits for a variant."""

    address: Address
    verb: str
    signature: str
    """Hash of what it would send, and of the live values it was decided on."""


def split(actions: Iterable[Action]) -> tuple[list[Action], list[Action]]:
    """(early, late), each in the order to send them."""
    early: list[Action] = []
    late: list[Action] = []
    held: set[Address] = set()
    for action in actions:
        if needs_video(action) or held & set(action.after):
            late.append(action)
            held.add(action.address)
        else:
            early.append(action)
    return early, late


def carry_out_late(executor: Executor, plan: Plan, late: Sequence[Action]) -> list[Action]:
    """Send the late actions whose variants are there. Returns those that wait for tasks on their way."""
    run, outcomes = executor.run, executor.outcomes
    for action in late:
        needs: Sequence[Need] = plan.needs.get(action.address, ())
        lacking = [one for one in needs if not is_ready(one, run.ledger.lock.refreshes.get(one.refresh))]
        if not lacking or not executor.follows(action):
            continue
        # One that nobody makes any more comes first: waiting for the others would help nobody.
        need = min(lacking, key=lambda one: outcomes.waits(one.refresh))
        if outcomes.waits(need.refresh):
            text = f"it waits for generation {need.generation} of {need.refresh}"
            outcomes.end(action.address, "pending", None, text)
        else:
            hint = f"settle {need.refresh} first, then run apply again"
            text = f"it depends on {need.refresh}, which is not done"
            outcomes.end(action.address, "skipped", "R707", text, hint=hint)
    # All of them first: the platform transcodes them side by side.
    sendable = [one for one in late if one.address not in outcomes.ended]
    for asset in dict.fromkeys(asset for action in sendable for asset in assets_of(action)):
        if run.stopped():
            break
        # What goes wrong here goes wrong again, and is told, where the ad is sent.
        with contextlib.suppress(ReconcilerError):
            executor.uploads.held(asset)
    executor.carry_out(late, {})
    return [one for one in late if outcomes.waits(one.address)]


def supersede(ledger: Ledger) -> None:
    """Nothing of an earlier plan goes on once another one is carried out, wherever that one ends."""
    held = ledger.lock.refreshes.items()
    ledger.change({address: replace(record, waiting=None) for address, record in held if record.waiting}, "superseded")


def remember(
    ledger: Ledger, plan: Plan, pending: Sequence[Action], digest: str, left: Collection[Address] = ()
) -> None:
    """Write the waiting steps into the refreshes they wait for, in place of those of an earlier plan.

    `left`: steps that were not taken up because something changed; they stay as they are until the next apply.
    """
    refreshes = {need.refresh for one in pending for need in plan.needs.get(one.address, ())}
    wanted = statuses(plan)
    steps = [
        {"address": str(one.address), "verb": one.verb, "signature": signature(one, plan, wanted)} for one in pending
    ]
    allowed = {"allow": [one.text for one in plan.allowances]}
    reason = {"reason": plan.allowances[0].reason} if plan.allowances else {}
    waiting = {"digest": digest, **allowed, **reason, "steps": steps}
    entries = {}
    for address, record in ledger.lock.refreshes.items():
        old = record.waiting["steps"] if record.waiting else []
        stays = any(Address.parse(one["address"]) in left for one in old)
        kept = waiting if address in refreshes else record.waiting if stays else None
        if record.waiting != kept:
            entries[address] = replace(record, waiting=kept)
    ledger.change(entries, "waiting")
    ledger.save()


class Waits(NamedTuple):
    """Everything that waits: the steps, what they were approved with (`--allow`, and why), the digest of that plan."""

    steps: tuple[WaitingStep, ...]
    allow: tuple[str, ...]
    reason: str
    digest: str


def steps_of(ledger: Ledger) -> Waits:
    """What the lockfile says is waiting."""
    found: dict[WaitingStep, None] = {}
    allow: dict[str, None] = {}
    digest = reason = ""
    for record in ledger.lock.refreshes.values():
        if record.waiting:
            digest, reason = record.waiting["digest"], record.waiting.get("reason") or reason
            allow.update(dict.fromkeys(record.waiting["allow"]))
            for raw in record.waiting["steps"]:
                found[WaitingStep(Address.parse(raw["address"]), raw["verb"], raw["signature"])] = None
    return Waits(tuple(found), tuple(allow), reason, digest)


def statuses(plan: Plan) -> dict[Address, Any]:
    """The status that each row of the plan sets."""
    return {row.address: one.new for row in plan.changes for one in row.fields if one.path == "status"}


def signature(action: Action, plan: Plan, wanted: Mapping[Address, Any]) -> str:
    """What an approval of this action binds to. An enable says all by itself: what it found does not matter.

    `wanted`: the statuses of the plan; whether an object is to run was approved with its create.
    """
    expects = dict(action.expects) if action.verb == "update" else {}
    if action.verb == "create":
        expects = {"status": wanted.get(action.address)}
    sent, needs = dict(action.sent), plan.needs.get(action.address, ())
    # The same step, whether its file is in the library by now or not.
    if needs and "video" in sent:
        sent["video"] = [[str(one.refresh), one.slot, one.generation] for one in needs]
    if "creatives" in sent:
        sent["creatives"] = _sources(sent["creatives"], plan)
    told = {"verb": action.verb, "sent": _bare(sent, plan.names), "expects": _bare(expects, plan.names)}
    if action.parent is not None:
        told["parent"] = str(action.parent)
    return hash_of(told)


def _sources(creatives: Sequence[Mapping[str, Any]], plan: Plan) -> list[Any]:
    """The creatives of a step: a variant by its refresh, generation and slot."""
    found = []
    for one in creatives:
        video = one.get("video_id")
        told = plan.variants.get(video) if isinstance(video, str) else None
        if isinstance(video, Asset):
            told = f"{video.address}/{video.generation}/{video.slot}" if video.slot else str(video.address)
        found.append({**one, "video_id": told or video})
    return sorted(found, key=str)


def _bare(value: Any, names: Mapping[str, str]) -> Any:
    """The same, whether what a manifest names is in the library by now (`names`: id → address) or not."""
    if isinstance(value, Asset):
        return [str(value.address), value.slot, value.generation]
    if isinstance(value, Mapping):
        return {key: _bare(item, names) for key, item in value.items()}
    if isinstance(value, str) and " " not in names.get(value, " "):
        return [names[value], 0, 0]
    return [_bare(item, names) for item in value] if isinstance(value, list | tuple) else value
