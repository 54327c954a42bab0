"""The invariants, checked against the ground truth: at every call, at every end of a process, after convergence.

It reads the journal's bytes for itself and knows nothing of the product's own folding: a second witness, not a copy.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.api.transport import Request
from reconciler.model import Address, Change, Outcome, Plan
from tests.simulation.account import ADVERTISER, SUBMIT, UPLOAD, Account, Sent, Thing
from tests.simulation.aloft import TAIL, Aloft, recorded
from tests.simulation.declared import Manifests
from tests.simulation.files import Disk
from tests.simulation.known import KNOWN
from tests.simulation.wire import ABOVE, Write, meant, split
from tests.simulation.world import Clock

LATELY = 90.0
"""Seconds before a write in which its process may have seen the object."""
_TAKEN_FOR_OURS = 300.0
"""Seconds after a create in which what it made may have been made: the quiet period, and what clocks may be off."""


@dataclass(frozen=True)
class Broken:
    """One invariant that did not hold."""

    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


def plain(path: str, value: Any) -> str:
    """Money as money, anything else as text."""
    if path == "budget" and value is not None:
        return f"{float(value):.2f}"
    return str(list(value) if isinstance(value, tuple) else value)


class Judge:
    """Watches one story."""

    def __init__(self, account: Account, disk: Disk, clock: Clock, root: Path) -> None:
        self.account, self.disk, self.clock = account, disk, clock
        self.journal, self.lockfile = root / ".reconciler/journal.jsonl", root / "reconciler.lock"
        self.broken: list[Broken] = []
        self.plan: Plan | None = None
        self.command = ""
        self.begun = self._since = clock.moment
        self.resubmits: Counter[str] = Counter()
        self.enabled: set[str] = set()
        """Objects whose ENABLE was approved, by their id."""
        self.approvals: dict[str, str] = {}
        """SHA-256 of a variant → what somebody decided about it."""
        self.aloft = Aloft(self.fail)
        self._this_run: dict[str, list[Sent]] = {}
        self._submits: list[float] = []
        disk.watch = self._changed
        account.on_commit = self._committed

    def fail(self, name: str, text: str) -> None:
        """An invariant does not hold."""
        if name in KNOWN:
            return
        self.broken.append(Broken(name, text))

    # ------------------------------------------------------------------ processes

    def begin(self, command: str, manifests: Manifests) -> None:
        """A process starts."""
        self.command, self.plan = command, None
        self.aloft.begin()
        self._this_run, self._since = {}, self.clock.moment

    def planned(self, plan: Plan) -> None:
        """A plan that is approved now."""
        self.plan = plan
        for change in plan.changes:
            if change.id and any(one.path == "status" and one.new == "ENABLE" for one in change.fields):
                self.enabled.add(change.id)

    def ended(self, code: int | None, outcomes: tuple[Outcome, ...], command: str) -> None:
        """E: a process has ended; its exit code must be the truth. `code` None: it died."""
        self.readable()
        if code is None:
            return
        data = self._journals()
        # What a process was interrupted in, nobody has taken.
        pending = [one for one in self.aloft.due(whole=code != 130) if one.encode() not in data]
        if pending and not self.disk.failed:
            self.fail("I3", f"{pending} came whole and are not durable at the end")
        still = self.open_intents()
        undone = [f"{one.address} {one.outcome}" for one in outcomes if one.outcome != "done"]
        if command in ("apply", "advance") and code == 0 and (still or undone):
            self.fail("I22", f"{command} exits 0 with {len(still)} open intents and {undone}")
        if command == "apply" and code in (8, 10) and not (still or undone):
            self.fail("I22", f"{command} exits {code} with nothing open and everything done")
        if command == "apply" and code == 10 and not still:
            self.fail("I22", "apply exits 10 without an open intent")

    def _journals(self) -> bytes:
        """What a power cut would surely leave of every journal, in use or set aside."""
        paths = (one for one in self.disk.names_now if one.name.startswith("journal") and one.suffix == ".jsonl")
        return b"".join(map(self.disk.on_disk, paths))

    def records(self, durable: bytes) -> list[dict[str, Any]]:
        """The journal's whole lines."""
        found = []
        for line in durable.split(b"\n")[:-1]:
            try:
                found.append(recorded(line))
            except ValueError:
                self.fail("I10", "the journal is damaged in its middle")
        return found

    def open_intents(self) -> dict[int, dict[str, Any]]:
        """Intents without an end, as the journal on the disk has them."""
        data = self.disk.names_now.get(self.journal)
        found: dict[int, dict[str, Any]] = {}
        for record in self.records(bytes(data.data) if data else b""):
            if record["kind"] == "intent":
                found[record["seq"]] = record
            elif record["kind"] in ("done", "rejected"):
                found.pop(record["of"], None)
        return found

    # ------------------------------------------------------------------ calls

    def arriving(self, method: str, path: str) -> None:
        """T: any request has come."""
        if method != "GET" and not self.may_send():
            self.fail("I6", f"{self.command} sent {method} {path}")
        if not self.disk.failed:
            self.aloft.kept(self._journals, "the next call")

    def delivered(self, sent: Sent) -> None:
        """A reply went out whole."""
        if sent.committed is not None and self.names_made(sent.path):
            self.aloft.delivered(sent.made)

    def may_send(self) -> bool:
        """Whether this process may send writes at all."""
        return self.command == "apply"

    def names_made(self, path: str) -> bool:
        """Whether the reply tells the id of what was made, and nothing else will."""
        return path in (SUBMIT, UPLOAD, "campaign/create/")

    def writing(self, request: Request) -> list[Sent]:
        """T: a write has come; what it is by the plan and by the journal, each of its objects for itself."""
        path, text = request.path, request.body or ""
        bodies = split(path, json.loads(text))
        lines = self.disk.on_disk(self.journal).rsplit(b"\n", TAIL + 1)[-TAIL - 1 :]
        mine = self.aloft.intents(self.records(b"\n".join(lines)), (path, text), len(bodies), self.account.sent)
        return [
            self._arrived(request, body, intent)
            for body, intent in zip(bodies, [*[{}] * (len(bodies) - len(mine)), *mine], strict=True)
        ]

    def _arrived(self, request: Request, body: dict[str, Any], last: dict[str, Any]) -> Sent:
        path, text = request.path, request.body or ""
        intent = (last["run"], last["seq"]) if last else None
        if intent is None:
            self.fail("I4", f"POST {path} {text} without an equal durable intent that is open")
        address = last.get("address") if intent else None
        sent = Sent(len(self.account.sent), self.clock.moment, path, body, address, intent, begun=self._since)
        sent.attached = request.attached.read(0, request.attached.size) if request.attached else None
        self.account.sent.append(sent)
        self._against_plan(sent)
        if path == SUBMIT:
            self._submit(sent, last)
        return sent

    def rows(self) -> list[Change]:
        """The rows that are approved now."""
        return [row for row in self.plan.changes if row.op != "blocked"] if self.plan else []

    def _against_plan(self, sent: Sent) -> None:
        rows = self.rows()
        if sent.path not in (SUBMIT, UPLOAD) and sent.body.get("advertiser_id") != ADVERTISER:
            self.fail("I16", f"another account: {sent.body}")
        write = meant(sent.path, sent.body)
        mine = [row for row in rows if str(row.address) == sent.address]
        row = next((row for row in mine if self.fits(sent, write, row)), None)
        if row is None:
            self.unplanned(sent, write, mine)
            return
        self._this_run.setdefault(str(row.address), []).append(sent)
        if write and write.verb != "create" and self._raises(write):
            self._before_a_raise(sent, write, row, rows)

    def unplanned(self, sent: Sent, write: Write | None, mine: list[Change]) -> None:
        """No row of the plan asks for this."""
        self.fail("I5", f"POST {sent.path} {sent.body} is not in the approved plan (rows {mine})")

    def ours(self, sent: Sent, write: Write) -> None:
        """I16: what is changed is what this address made; what is made is under the parent that is declared."""
        thing = self.account.things.get(write.id or "")
        if write.verb != "create" and (thing is None or not self.is_of(thing, sent.address)):
            self.fail("I16", f"{write.id} is not ours: {sent.body}")

    def is_of(self, thing: Thing, address: str | None) -> bool:
        """Whether it was made for this address; or is a stranger's twin of what was, made before anybody could know its
        id, and that one is gone: nothing tells it from ours, so whoever looks for ours takes it (and so do we)."""
        one = thing.twin_of
        if one is not None and thing.address is None and one.address == address and not one.live:
            made = next((sent for sent in self.account.sent if one.id in sent.made), None)
            if made is not None and self._is_mistakable(thing, made):
                thing.address = address
        return thing.address == address

    def _is_mistakable(self, twin: Thing, made: Sent) -> bool:
        write, shown = meant(made.path, made.body), twin.versions[0][1] or {}
        asked = {key: one for key, one in write.fields.items() if key != "status"} if write else {}
        known = made.fate in ("ok", "unsaid") and self.names_made(made.path)
        alike = all(plain(key, shown.get(key)) == plain(key, one) for key, one in asked.items())
        return not known and alike and made.at <= twin.created <= made.at + _TAKEN_FOR_OURS

    def under(self, sent: Sent, write: Write, new: dict[str, str]) -> None:
        """I16: what is made is under the parent that is declared."""
        above = ABOVE[write.kind]
        if above:
            parent = self.account.things.get(write.parent or "")
            if parent is None or not self.is_of(parent, f"{above}/{new.pop(above)}"):
                self.fail("I16", f"{sent.address} is made under another parent: {sent.body}")

    def fits(self, sent: Sent, write: Write | None, row: Change) -> bool:
        """Whether the row asks for this write."""
        new = {one.path: plain(one.path, one.new) for one in row.fields}
        if write is None:
            if sent.path == UPLOAD:
                return row.op == "upload" and sent.body["video_url"] == new["url"]
            return row.op == "refresh" and row.work is not None and bool(row.work.submits)
        rest = {key: plain(key, value) for key, value in write.fields.items()}
        if write.verb == "create":
            self.under(sent, write, new)
            new.pop("status", None)
            return row.op == "create" and rest == new
        self.ours(sent, write)
        pause = rest == {"status": "DISABLE"}
        if row.op == "create":
            return pause or (rest == {"status": "ENABLE"} and new.get("status") == "ENABLE")
        off = {"disable": "DISABLE", "delete": "DELETE"}.get(row.op)
        if off:
            return rest == {"status": off}
        if row.op == "update" and row.reason == "unfinished birth":
            return pause or rest == {"status": "ENABLE"} or all(new.get(key) == rest[key] for key in rest)
        if pause and any(one.path == "status" and one.old == "DISABLE" for one in row.fields):
            return row.op == "update"  # a birth that somebody else has paused: said again before it is enabled
        return row.op == "update" and all(new.get(key) == rest[key] for key in rest)

    def _raises(self, write: Write) -> bool:
        thing, fields = self.account.things.get(write.id or ""), write.fields
        if thing is None:
            return False
        if fields.get("status") == "ENABLE":
            return True
        if thing.fields["status"] != "ENABLE" or fields.get("budget") is None or "status" in fields:
            return False
        # What somebody lowers at the last moment makes no raise of what was to lower it: nobody can have seen that.
        return all(float(fields["budget"]) > float(one.get("budget") or 0) for one in self.seen(thing))

    def seen(self, thing: Thing) -> list[dict[str, Any]]:
        """What a process that writes to it now may have seen of it."""
        since = self.clock.moment - LATELY - self.account.profile.most_lag
        found = [fields for visible, fields in thing.versions if visible >= since] + [thing.at(since)]
        return [fields for fields in found if fields]

    def _before_a_raise(self, sent: Sent, write: Write, row: Change, rows: list[Change]) -> None:
        for other in rows if self.command == "apply" else ():
            lowers = other.op == "disable" and bool(other.fields)
            for one in other.fields if other.op == "update" else ():
                lowers = lowers or (one.path == "status" and one.new == "DISABLE")
                lowers = lowers or (one.path == "budget" and one.old is not None and float(one.new) < float(one.old))
            ended = [one for one in self._this_run.get(str(other.address), []) if one.committed is not None]
            if lowers and other.address != row.address and not ended:
                self.fail("I14", f"{sent.body} raises while {other.address} is not lowered yet")
        thing = self.account.things.get(write.id or "")
        if write.fields.get("status") == "ENABLE" and thing is not None and thing.live:
            # What a stranger deletes at this very call takes its subtree along, and is not enabled.
            below = [one for one in rows if one.op in ("create", "replace") and self._under(one, row.address, rows)]
            missing = [str(one.address) for one in below if self.successor(one) is None and not self._taken(one)]
            if missing:
                self.fail("I12", f"{row.address} is enabled, but {missing} of its subtree are not made")

    def successor(self, row: Change) -> Thing | None:
        """What this row was to make."""
        return next((one for one in self.account.live() if one.address == str(row.address) and one.id != row.id), None)

    def _taken(self, row: Change) -> bool:
        """Whether what this row was to make was made in this run, and a stranger has deleted it or its parent since."""
        mine = [one for one in self.account.things.values() if one.address == str(row.address) and one.id != row.id]
        return any(not one.live and one.created >= self._since and self.account.touched(one) for one in mine)

    def _under(self, row: Change, address: Address, rows: list[Change]) -> bool:
        above = {"adgroup": "campaign", "ad": "adgroup"}.get(row.address.kind)
        if above is None:
            return False
        parent = Address(above, next(str(one.new) for one in row.fields if one.path == above))
        if parent == address:
            return True
        held = next((one for one in rows if one.address == parent), None)
        if held is not None and held.op in ("create", "replace"):
            return self._under(held, address, rows)
        thing = next((one for one in self.account.live() if one.address == str(parent)), None)
        above_id = self.account.things.get(thing.parent or "") if thing else None
        return above_id is not None and above_id.address == str(address)

    def _submit(self, sent: Sent, intent: dict[str, Any]) -> None:
        recent = [one for one in self._submits if one > self.clock.moment - 60 + 1e-6]
        if len(recent) >= 5 or any(one > self.clock.moment - 1 + 1e-6 for one in recent):
            self.fail("I18", f"submits at {[round(self.clock.moment - one, 3) for one in recent]} s before this one")
        self._submits.append(self.clock.moment)
        others = [
            one for one in self.open_intents().values() if one["verb"] == "submit" and one["seq"] != intent.get("seq")
        ]
        if others:
            self.fail("I17", f"{len(others)} submits are unresolved when another is sent")
        meta = intent.get("meta", {})
        sent.body["slots"] = [[intent.get("address"), meta.get("inputs"), one] for one in meta.get("slots", [])]

    # ------------------------------------------------------------------ the account

    def _committed(self, sent: Sent, now: float) -> None:
        """T: something has changed in the account."""
        if sent.path == SUBMIT:
            self._count_submits(sent)
        write = meant(sent.path, sent.body)
        if write is not None:
            self.changed(sent, write)

    def changed(self, sent: Sent, write: Write) -> None:
        """T: an object has been made or changed."""
        if write.verb == "create":
            alike = self.alike(sent)
            if sent.address is not None and len(alike) > 1:
                self.fail("I1", f"{sent.address} is there {len(alike)} times: {alike}")
        status = write.fields.get("status")
        if status == "DELETE":
            rows = self.plan.changes if self.plan else ()
            if not any(str(one.address) == sent.address and one.op == "delete" for one in rows):
                self.fail("I15", f"{sent.address} was deleted without a row")
        if status == "ENABLE" and write.id:
            self.enabled.add(write.id)
        for thing in self.account.live():
            if thing.kind == "ad" and thing.address and not thing.foreign:
                self.spending(thing)

    def alike(self, sent: Sent) -> list[str]:
        """What stands for the same address."""
        return [one.id for one in self.account.live() if one.address == sent.address]

    def chain(self, thing: Thing) -> list[Thing]:
        """The object and all above it, the campaign last."""
        found = [thing]
        while found[-1].parent is not None:
            found.append(self.account.things[found[-1].parent])
        return found

    def spending(self, ad: Thing) -> None:
        """I13: a campaign with an ad in it spends only when that was approved."""
        campaign = self.chain(ad)[-1]
        if campaign.fields["status"] == "ENABLE" and campaign.id not in self.enabled and not campaign.foreign:
            self.fail("I13", f"{campaign.address} spends and was never approved to")

    def _count_submits(self, sent: Sent) -> None:
        for slot in sent.body["slots"]:
            mine = [
                one for one in self.account.sent if one.path == SUBMIT and one.committed and slot in one.body["slots"]
            ]
            failed = [one for one in mine if one.made and not any(self.account.tasks[made].videos for made in one.made)]
            allowed = 1 + len(failed) + self.resubmits[str(slot[0])]
            if len(mine) > allowed:
                self.fail("I2", f"{slot} was submitted {len(mine)} times, {allowed} are allowed")

    # ------------------------------------------------------------------ files

    def _changed(self, path: Path) -> None:
        """I9: whatever a reader sees as the lockfile is whole. I3: a reply does not wait for the rate window's file."""
        if path == self.lockfile:
            self.readable()
        if path.name == "rate.json" and not self.disk.failed:
            self.aloft.kept(self._journals, "their place is left")

    def readable(self) -> None:
        """The lockfile parses."""
        if (node := self.disk.names_now.get(self.lockfile)) is not None:
            try:
                json.loads(bytes(node.data))
            except ValueError as error:
                self.fail("I9", f"the lockfile does not parse: {error}")
