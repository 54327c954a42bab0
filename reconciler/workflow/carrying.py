"""Carrying out a plan in two parts, with the making of variants between them, and what is left when they take long.

    early     everything that needs no video: pauses, campaigns, ad groups, edits, deletes, enables
    refresh   uploads, tasks, downloads
    late      ads whose video goes into the asset library first, and what must not be sent before those ads

A late step whose variant is still being made is kept in the lockfile as `waiting`, with the plan that was approved;
`advance` takes it up again if it is still exactly that step.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.account.listing import Listing
from reconciler.apply.executor import Executor
from reconciler.apply.readback import Readback
from reconciler.apply.send import Sender
from reconciler.apply.uploads import Library
from reconciler.canonical import digest as hash_of
from reconciler.errors import ReconcilerError
from reconciler.model import Action, Address, Asset, Outcome, Plan
from reconciler.plan import guardrails
from reconciler.plan.actions import assets_of, needs_video
from reconciler.plan.videos import Need, is_ready
from reconciler.state.ledger import Ledger
from reconciler.workflow.plan import Planned, amount_of
from reconciler.workflow.session import Session


@dataclass(frozen=True, slots=True)
class Step:
    """One action of an approved plan that waits for a variant."""

    address: Address
    verb: str
    signature: str
    """Hash of what it would send, and of the live values it was decided on."""


def executor_for(
    session: Session, ledger: Ledger, planned: Planned, stopped: Callable[[], bool], count: Callable[[Action], None]
) -> Executor:
    """The executor of a plan, with everything it looks and sends with."""
    contract, quiet = session.workspace.contract, session.workspace.file.recovery.quiet_period
    plan, basis = planned.plan, planned.basis

    def recheck(listings: Mapping[str, Listing]) -> str | None:
        limit = session.workspace.file.guardrails.max_daily_spend
        live = {kind: listing.objects for kind, listing in listings.items()}
        again = guardrails.check(plan, live, ledger.lock.resources, amount_of(limit), plan.allowances, contract)
        return f"the worst case a day would now be {again.worst_case[1]}" if again.violations else None

    sender = Sender(session.world, planned.reader.client, contract, ledger, stopped)
    sources = {
        address: (resource.fields["url"], resource.fields.get("sha256"))
        for address, resource in basis.desired.items()
        if address.kind == "video"
    }
    return Executor(
        reader=planned.reader,
        world=session.world,
        contract=contract,
        ledger=ledger,
        listings=planned.listings,
        sender=sender,
        readback=Readback(session.world, planned.reader, contract, ledger, quiet, stopped, session.waited),
        library=Library(
            session.world, sender, ledger, basis.advertiser_id, session.root, sources, quiet, stopped, session.waited
        ),
        stopped=stopped,
        progress=count,
        recheck=recheck,
    )


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


def carry_out_late(
    executor: Executor, plan: Plan, late: Sequence[Action], refreshes: Mapping[Address, Outcome]
) -> list[Action]:
    """Send the late actions whose variants are there. Returns those that wait for tasks on their way."""
    ledger = executor.ledger
    for action in late:
        need: Need | None = plan.needs.get(action.address)
        if need is None or is_ready(need, ledger.lock.refreshes.get(need.refresh)):
            continue
        outcome = refreshes.get(need.refresh)
        if not executor.follows(action):
            continue
        if outcome is not None and outcome.outcome == "pending":
            executor.wait(action.address, f"it waits for generation {need.generation} of {need.refresh}")
        else:
            hint = f"settle {need.refresh} first, then run apply again"
            executor.skip(action.address, f"it depends on {need.refresh}, which is not done", hint)
    # All of them first: the platform transcodes them side by side.
    sendable = [one for one in late if one.address not in executor.outcomes]
    for asset in dict.fromkeys(asset for action in sendable for asset in assets_of(action)):
        if executor.stopped():
            break
        # What goes wrong here goes wrong again, and is told, where the ad is sent.
        with contextlib.suppress(ReconcilerError):
            executor.library.video(asset)
    executor.carry_out(late, {})
    return [one for one in late if _is_pending(executor, one.address)]


def _is_pending(executor: Executor, address: Address) -> bool:
    row = executor.outcomes.get(address)
    return row is not None and row.outcome == "pending"


def remember(
    ledger: Ledger, plan: Plan, pending: Sequence[Action], digest: str, left: Collection[Address] = ()
) -> None:
    """Write the waiting steps into the refreshes they wait for, in place of those of an earlier plan.

    `left`: steps that were not taken up because something changed; they stay as they are until the next apply.
    """
    refreshes = {plan.needs[one.address].refresh for one in pending if one.address in plan.needs}
    wanted = statuses(plan)
    steps = [
        {"address": str(one.address), "verb": one.verb, "signature": signature(one, plan, wanted)} for one in pending
    ]
    waiting = {"digest": digest, "allow": list(plan.allowances), "steps": steps}
    entries = {}
    for address, record in ledger.lock.refreshes.items():
        old = record.waiting["steps"] if record.waiting else []
        stays = any(Address.parse(one["address"]) in left for one in old)
        kept = waiting if address in refreshes else record.waiting if stays else None
        if record.waiting != kept:
            entries[address] = replace(record, waiting=kept)
    ledger.change(entries, "waiting")
    ledger.save()


def steps_of(ledger: Ledger) -> tuple[list[Step], tuple[str, ...], str | None]:
    """(what waits, the allowances it was approved with, the digest of that plan)."""
    found: dict[Step, None] = {}
    allow: dict[str, None] = {}
    digest = None
    for record in ledger.lock.refreshes.values():
        if record.waiting:
            digest = record.waiting["digest"]
            allow.update(dict.fromkeys(record.waiting["allow"]))
            for raw in record.waiting["steps"]:
                found[Step(Address.parse(raw["address"]), raw["verb"], raw["signature"])] = None
    return list(found), tuple(allow), digest


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
    sent, need = dict(action.sent), plan.needs.get(action.address)
    if need is not None and "video" in sent:
        # The same step, whether its file is in the library by now or not.
        sent["video"] = [str(need.refresh), need.slot, need.generation]
    return hash_of({"verb": action.verb, "sent": _plain(sent), "expects": _plain(expects)})


def _plain(value: Any) -> Any:
    if isinstance(value, Asset):
        return [str(value.address), value.slot, value.generation]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
