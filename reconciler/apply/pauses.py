"""`halt --pause-all`: every managed campaign that runs is paused, in as few calls as the API takes.

A call may name several campaigns. Their intents change no lockfile entry: what is written there is what a complete
listing has shown afterwards. A call that was refused as a whole is taken apart, one campaign a call, so that
one that cannot be paused keeps no other running. Pausing twice does no harm, so what got no answer is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from msgspec.structs import replace

from reconciler.api.client import described
from reconciler.apply.outcomes import HALTS
from reconciler.apply.run import Run
from reconciler.apply.send import Effect, Sender
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, LiveObject, LockEntry
from reconciler.plan.basis import sort_key
from reconciler.plan.batches import MOST


@dataclass(slots=True)
class Pauses:
    """One `halt --pause-all`."""

    run: Run
    sender: Sender
    paused: list[Address] = field(default_factory=list)
    """What was running, and a listing shows paused."""
    failed: dict[Address, str] = field(default_factory=dict)
    """What still runs, or may, and why."""

    def pause_all(self) -> None:
        """Raises ReconcilerError when the account cannot be listed, or nothing can be recorded."""
        left = self._running()
        wanted = list(left)
        stuck: str | None = None
        for size in (MOST, 1):
            for batch in self._batches(left, size):
                stuck = stuck if stuck in HALTS else self._send(batch)
            left = self._running() if left else left
        self.failed = {address: self.failed.get(address, "it is still ENABLED") for address in left}
        self.paused = [address for address in wanted if address not in left]
        entries = self.run.ledger.lock.resources
        self.run.ledger.change({one: _as_paused(entries[one]) for one in self.paused}, "halt")
        self.run.ledger.save()

    def _running(self) -> dict[Address, LockEntry]:
        """Everything managed that governs what is below it and is not paused, in the order of a plan."""
        live: Mapping[str, Mapping[str, LiveObject]] = {
            kind: self.run.reader.listing(kind).objects
            for kind in self.run.contracts.kinds
            if KINDS[kind].parent is None
        }
        return {
            address: entry
            for address, entry in sorted(self.run.ledger.lock.resources.items(), key=lambda one: sort_key(one[0]))
            if (shown := live.get(address.kind, {}).get(entry.id)) is not None
            and shown.fields.get("status") in (None, "ENABLE")
        }

    def _batches(self, left: Mapping[Address, LockEntry], size: int) -> list[list[tuple[Address, LockEntry]]]:
        """Of one contract each; a contract whose call takes one object takes one."""
        found = []
        for contract, group in groupby(
            sorted(left.items(), key=lambda one: one[1].contract or ""), lambda one: one[1].contract
        ):
            some = list(group)
            most = size if self.run.contracts.binding(contract, some[0][0].kind).status_path else 1
            found += [some[first : first + most] for first in range(0, len(some), most)]
        return found

    def _send(self, batch: Sequence[tuple[Address, LockEntry]]) -> str:
        """One call; the verdict of its last one."""
        contract, ids = batch[0][1].contract, [one.id for _, one in batch]
        call = self.run.contracts.of(contract).statuses(batch[0][0].kind, self.run.advertiser, "DISABLE", ids)
        named = {"contract": contract} if contract else {}
        effects = [
            Effect(
                address, "pause", call.path, call.body, meta={"id": entry.id, "sent": {"status": "DISABLE"}, **named}
            )
            for address, entry in batch
        ]
        readings = self.sender.together(effects)
        for (address, _), reading in zip(batch, readings, strict=True):
            if reading.verdict != "done":
                self.failed[address] = described(reading.envelope)
        return readings[-1].verdict


def _as_paused(entry: LockEntry) -> LockEntry:
    # Where a manifest says what it is to be, the next plan shows it to be enabled again, as an edit of ours.
    said = {"status": "DISABLE"} if "status" in entry.applied else {}
    return replace(entry, unpaused=False, applied={**entry.applied, **said})
