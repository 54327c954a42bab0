"""How each row of a plan ends: said once, in the words of its code."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.api.client import credentials_hint, refused_hint
from reconciler.api.returned import NOT_ALLOWED
from reconciler.apply.reply import Reading
from reconciler.codes import HINTS
from reconciler.errors import ReconcilerError
from reconciler.model import Address, Change, Ended, Entry, LockEntry, Op, Outcome, Plan, RefreshEntry
from reconciler.plan.generations import is_ready
from reconciler.plan.videos import AWAITS_APPROVAL
from reconciler.render.rows import reason

_REFUSED: Mapping[str, tuple[str, Ended]] = {
    "unknown": ("R709", "unknown"),
    "rejected": ("R606", "failed"),
    "credentials": ("R602", "failed"),
    "throttled": ("R607", "failed"),
    "unsent": ("R603", "failed"),
}
HALTS: Mapping[str, str] = {
    "credentials": "the API refused the credentials",
    "throttled": "the API kept throttling",
    "unsent": "the API could not be reached",
}
"""Verdicts after which nothing more is sent, and why."""


class Outcomes(Struct):
    """The rows of one run."""

    rows: dict[Address, Change] = field(default_factory=dict)
    ended: dict[Address, Outcome] = field(default_factory=dict)
    op: Op = "refresh"
    """Of what no row names: a refresh that is on its way from an earlier run."""

    def begin(self, plan: Plan, refreshes: Mapping[Address, RefreshEntry]) -> None:
        """Take the rows; end what is blocked, and what waits for a variant that is not made yet.

        Moves are no rows here: they are done before anything else, and what has moved may have another row.
        """
        self.rows |= {change.address: change for change in plan.changes if change.op != "move"}
        for change in plan.changes:
            if change.op != "blocked":
                continue
            needs = plan.needs.get(change.address, ()) if change.code == AWAITS_APPROVAL else ()
            need = next((one for one in needs if not is_ready(one, refreshes.get(one.refresh))), None)
            making = self.rows.get(need.refresh) if need else None
            if need and not (making and making.op == "blocked"):
                text = f"it waits until slot {need.slot} of {need.refresh} is made and approved"
                self.end(change.address, "pending", change.code, text, hint=change.hint)
            else:
                self.end(change.address, "skipped", change.code, f"blocked: {reason(change.reason)}", hint=change.hint)

    def end(
        self,
        address: Address,
        outcome: Ended,
        code: str | None = None,
        message: str | None = None,
        **more: str | None,
    ) -> None:
        """The outcome of one row; what is found later replaces a `done`, nothing else is replaced.

        `more`: request_id, id, or a hint in place of the code's own.
        """
        before, row = self.ended.get(address), self.rows.get(address)
        if before is not None and before.outcome != "done":
            return
        op, identity = (row.op, row.id) if row else (self.op, None)
        hint = more.get("hint") or HINTS.get(code or "")
        known = more.get("id") or identity
        self.ended[address] = Outcome(address, op, outcome, known, code, message, more.get("request_id"), hint)

    def failed(self, address: Address, error: ReconcilerError) -> None:
        """The outcome of a row that could not be sent."""
        first = error.findings[0]
        self.end(address, "failed", first.code, first.message, request_id=first.request_id, hint=first.hint)

    def refused(self, address: Address, reading: Reading, text: str, hint: str | None = None, path: str = "") -> None:
        """The outcome of a write that was not done. `path`: of its call, for what credentials need."""
        code, outcome = _REFUSED[reading.verdict]
        envelope = reading.envelope
        if reading.verdict == "rejected" or envelope.code == NOT_ALLOWED or "allowlist" in envelope.message.lower():
            hint = hint or refused_hint(envelope)
        if reading.verdict == "credentials" and path:
            hint = credentials_hint(envelope.code, path)
        self.end(address, outcome, code, text, request_id=envelope.request_id, hint=hint)

    def going_well(self, address: Address) -> bool:
        """Whether nothing of the row went wrong so far."""
        row = self.ended.get(address)
        return row is None or row.outcome == "done"

    def waits(self, address: Address) -> bool:
        """Whether the row ended because something is still on its way."""
        row = self.ended.get(address)
        return row is not None and row.outcome == "pending"

    def ran(self, address: Address, task_ids: tuple[str, ...]) -> None:
        """The tasks of a refresh that has ended."""
        self.ended[address] = replace(self.ended[address], task_ids=task_ids)

    def close(self, entries: Mapping[Address, Entry], why: str) -> None:
        """Give every row an outcome, and the id that is known of it by now."""
        for address in self.rows:
            if address not in self.ended:
                self.end(address, "skipped", "R710", why)
        for address, row in self.ended.items():
            entry = entries.get(address)
            self.ended[address] = replace(row, id=entry.id) if isinstance(entry, LockEntry) else row
