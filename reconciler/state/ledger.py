"""Lockfile and journal kept in step: every effect is recorded here, in this order and no other.

    intent (durable) → the call → reply (durable, raw) → done | accepted | rejected | unknown → lockfile at checkpoints

A crash between any two of them loses nothing: `read` folds what the journal holds and the lockfile does not. In a store
shared with other machines durable means published: one push announces many intents; those never sent are withdrawn.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from reconciler import __version__
from reconciler.canonical import stamp
from reconciler.errors import Halted, ReconcilerError
from reconciler.model import Address, Entry
from reconciler.state import aside, fold, halt, journal, lockfile, refusals, shown
from reconciler.state.entries import entry_json, parse_entry
from reconciler.state.fold import Intent
from reconciler.state.lockfile import Lock
from reconciler.state.store import StateStore
from reconciler.world import World

_CHECKPOINT_SECONDS = 3.0
_HARMLESS = "pause"
"""What a halt lets out: the pause that belongs to a create, and its own."""
_LOSABLE = (_HARMLESS, "upload")
"""Writes that other machines need not know of before they are sent: the entry of a create says by itself that its pause
is still to come (an earlier one can be announced), and an upload is free."""


class Ledger(Struct):
    """What is known, and the writing end. Reading writes nothing; the first record of a run opens the journal."""

    lock: Lock
    intents: dict[int, Intent]
    _store: StateStore
    _world: World
    _journal: journal.Journal
    _size: int
    _torn: bool
    _command: str | None = None
    """None: a reading command, which resolves in memory and writes nothing."""
    lost_at: float | None = None
    """When a run found that this machine's journal was gone although the lockfile names one, or had lost its end."""
    ignored: set[str] = field(default_factory=set)
    """Refreshed videos that a person has said are not ours."""
    used: list[str] = field(default_factory=list)
    """Saved plans that an apply has begun to carry out."""
    unfinished: Mapping[str, set[str]] = field(default_factory=dict)
    """Files of a pull that was interrupted → SHA-256 of what it may have written there."""
    elsewhere: bool = False
    """The lockfile was saved by runs that this journal does not know: another clone of the workspace has some."""
    fresh: bool = False
    """Nothing has ever been written here: the lineage is made up for this run."""
    _about: dict[str, Any] = field(default_factory=dict)
    """What its `begin` says of the run."""
    _saved_head: str | None = None
    """The journal_head of the lockfile as it is stored."""
    _begun: bool = False
    _unusable: ReconcilerError | None = None
    _ended: bool = False
    _dirty: bool = False
    _interrupted: bool = False
    """The journal may hold a change that the lock does not: the next run folds it."""
    _saved_at: float = 0.0
    _save_cost: float = 0.0
    _publish_cost: float = 0.0
    _announced: dict[tuple[Address, str, str, str], Intent] = field(default_factory=dict)
    """By address, verb, path and body: on their way out of this machine, not sent."""

    @classmethod
    def read(
        cls,
        store: StateStore,
        world: World,
        account: Mapping[str, Any],
        command: str | None,
        about: Mapping[str, Any] | None = None,
    ) -> Ledger:
        """Lockfile plus what the journal knows beyond it; `about`: who runs it. Raises Invalid if one is unusable."""
        data, log = store.load()
        lock = lockfile.parse(data) if data is not None else Lock(world.uuid())
        saved_head = lock.journal_head
        records, good = aside.known(store, lock, log, new=data is None)
        rest, intents = refusals.folded(lock, records, new=data is None)
        begun = next((record.data for record in reversed(records) if record.kind in fold.OPENING), {})
        pinned = lock.account or {"advertiser_id": begun.get("advertiser_id", account["advertiser_id"])}
        if lock.all() or intents:
            refusals.another_account(pinned, account)
        lock.account = {**lock.account, **account}
        writer = journal.Journal(store, world, records)
        dirty = any("set" in record.data or "unset" in record.data or record.kind == "used" for record in rest)
        ledger = cls(lock, intents, store, world, writer, good, good < len(log), command, _dirty=dirty)
        ledger._about, ledger._saved_head, ledger._saved_at = dict(about or {}), saved_head, world.monotonic()
        gone = ledger._torn or (not records and saved_head is not None)
        ledger.fresh, ledger.lost_at = data is None and not begun, world.now() if gone else fold.lost_at(records)
        ledger.ignored, ledger.used = fold.ignored(records), fold.used(records)
        ledger.unfinished, ledger.elsewhere = fold.unfinished(records), fold.elsewhere(records, saved_head)
        ledger._bound()
        return ledger

    def _bound(self) -> None:
        """What a run that is gone announced may have been sent until now, when this one holds the state."""
        late = [intent for intent in self.intents.values() if intent.sent_at == math.inf]
        for intent in late:
            intent.sent_at = self._world.now()
        if late and self._command is not None:
            # Written down, so that the next run does not have to count from its own start.
            self._begin()
            self.publish()

    @property
    def run(self) -> str:
        """The id of this run."""
        return self._journal.run

    def about(self, **facts: Any) -> None:
        """What is known of this run only now; it is recorded if the run records anything at all."""
        self._about.update(facts)
        if self._begun:
            self._append("about", sync=False, **facts)

    def end(self, code: int, counts: Mapping[str, int] | None = None) -> None:
        """The run ends by itself, with this exit code; only the first call counts. A run that recorded nothing leaves
        nothing. What cannot be written is left out: it tells about the run and changes nothing."""
        if not self._begun or self._ended:
            return
        self._ended = True
        with contextlib.suppress(ReconcilerError):
            self._append("end", sync=False, code=code, counts=dict(counts) if counts is not None else None)
            self._flush()
            self._set_aside()

    def _set_aside(self) -> None:
        """A journal that the stored lockfile holds all of is kept, and no run reads it again to know the state."""
        if self.intents or self._dirty or self.unfinished or self._interrupted:
            return
        try:
            self._journal.flush(sync=True)
            told = aside.facts(self, self._saved_head, self._journal.head)
            self._store.rotate(self._journal.begin_anew(aside.KIND, **told))
        except OSError as error:
            raise refusals.cannot_write(journal.FILE, error) from error

    def intent(
        self,
        address: Address,
        verb: str,
        path: str,
        body: str,
        *,
        seen: list[str],
        entries: Mapping[Address, Entry | None],
        meta: Mapping[str, Any] | None = None,
        sync: bool = True,
    ) -> Intent:
        """Before a write is sent: durable on return, and known to be ours to send; without `sync` both with the next of
        its call. Raises ReconcilerError: send nothing. No later run has to find out whether that was sent.

        `entries`: the lockfile entries once it is done; an empty id stands for the object's own. What was announced in
        the same words is not written again.
        """
        made = self._announced.pop((address, verb, path, body), None)
        here_only = made is None and sync and verb not in _LOSABLE
        made = made or self._intent(address, verb, path, body, seen, entries, meta, sync=sync)
        try:
            if here_only:
                self.publish()
            if sync:
                self.require_running(but=verb == _HARMLESS)
        except BaseException as error:
            self.rejected(made, "not sent", "halted" if isinstance(error, Halted) else str(error))
            raise
        made.sent_at = self._world.now()
        self.intents[made.seq] = made
        return made

    def require_running(self, *, but: bool = False) -> None:
        """Raises Halted where somebody has stopped every run, unless `but`; ReconcilerError where the lock is lost."""
        if self._command is not None:
            self._store.confirm()
            if not but and (told := halt.asked(self._store.halted)) is not None:
                raise Halted(halt.finding(told))

    def promptness(self) -> Callable[[], None]:
        """To be called just before the last intent's write leaves: raises TooLate where it may be another's turn."""
        return self._store.promptness()

    @property
    def batch(self) -> int:
        """How many intents are announced together; 0: none needs to be."""
        return self._store.batch if self._command is not None else 0

    def announce(
        self,
        address: Address,
        verb: str,
        path: str,
        body: str,
        *,
        seen: list[str],
        entries: Mapping[Address, Entry | None],
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        """A write that `intent` will soon be called for; known elsewhere after `publish`."""
        made = self._intent(address, verb, path, body, seen, entries, meta, sync=False)
        self._announced[address, verb, path, body] = made

    def withdraw(self) -> None:
        """What was announced and not sent never will be."""
        for made in self._announced.values():
            self._append("rejected", sync=False, of=made.seq, code="not sent", message="announced, and never sent")
        self._announced.clear()

    def publish(self) -> None:
        """Everything so far leaves this machine, where the store is shared. Raises ReconcilerError: then stop."""
        if not self.batch:
            return
        started = self._world.monotonic()
        self._flush(sync=True)
        self._store.publish()
        self._publish_cost = self._world.monotonic() - started

    def _intent(
        self,
        address: Address,
        verb: str,
        path: str,
        body: str,
        seen: list[str],
        entries: Mapping[Address, Entry | None],
        meta: Mapping[str, Any] | None,
        *,
        sync: bool,
    ) -> Intent:
        raw = {str(one): entry_json(entry) if entry else None for one, entry in entries.items()}
        known: dict[str, Any] = {"verb": verb, "path": path, "body": body, "seen": seen, "entries": raw}
        known["meta"] = dict(meta or {})
        told = {**known, "ahead": True} if self.batch else known
        seq, now = self._append("intent", sync=sync, address=str(address), **told), self._world.now()
        return Intent(seq, address, sent_at=now, since=now, run=self.run, **known)

    def reply(self, intent: Intent, data: dict[str, Any], *others: Intent) -> None:
        """What came back, raw, before anything reads it: durable on return. `others`: of the same call."""
        for one in (intent, *others):
            one.reply = data
        self._append("reply", of=intent.seq, also=[one.seq for one in others], **data)

    def done(self, intent: Intent, found: str | None = None, *, listed: bool = False) -> None:
        """The effect is known; `found` is the id of what a create made, `listed` whether a listing told it.

        Not synced: the reply, or the listing, tells it again.
        """
        entries: dict[Address, Entry | None] = {}
        for text, raw in intent.entries.items():
            address = Address.parse(text)
            if raw is not None and not raw["id"] and found and address == intent.address:
                # Told by the reply; what was found in a listing is listed.
                unlisted = {} if listed else {"unlisted_since": stamp(intent.sent_at)}
                raw = {**raw, "id": found, **unlisted}
            elif raw is not None and not raw["id"]:
                known = self.lock.resources[address]
                raw = {**raw, "id": known.id, "born": known.born, "unlisted_since": known.unlisted_since}
            entries[address] = parse_entry(address, raw) if raw is not None else None
        self.settled(intent, entries)

    def settled(self, intent: Intent, entries: Mapping[Address, Entry | None]) -> None:
        """As `done`, with entries that only the reply could tell."""
        self._change("done", shown.noted(self.lock, entries, intent.sent_at), of=intent.seq)
        self.intents.pop(intent.seq, None)

    def accepted(self, intent: Intent) -> None:
        """Done, but its id is still to be found."""
        intent.accepted = True
        self._append("accepted", sync=False, of=intent.seq)

    def rejected(self, intent: Intent, code: str, message: str) -> None:
        """The effect was not made."""
        self._append("rejected", sync=False, of=intent.seq, code=code, message=message[:500])
        self.intents.pop(intent.seq, None)

    def unknown(self, intent: Intent, why: str) -> None:
        """It may or may not have been made."""
        intent.why = why
        self._append("unknown", sync=False, of=intent.seq, why=why[:500])

    def ignore(self, video_id: str) -> None:
        """A person has said that this video is not ours."""
        self.ignored.add(video_id)
        self._append("ignored", video_id=video_id)

    def use(self, plan: str) -> None:
        """A saved plan is carried out from here on: durable on return. The lockfile is saved with a new serial even if
        nothing else changes, so that the plan is refused as well where this journal is not known."""
        self.used.append(plan)
        self._append("used", plan=plan)
        self._dirty = True

    def write_files(self, files: Mapping[str, str]) -> None:
        """Manifests, each with its SHA-256, are written from here on, and then bound: durable on return."""
        self._append("files", files=dict(files))
        self.unfinished = {**self.unfinished, **{name: {sha256} for name, sha256 in files.items()}}

    def change(self, entries: Mapping[Address, Entry | None], why: str) -> None:
        """Entries that change without a call. None removes one."""
        if entries:
            self._change("entry", shown.noted(self.lock, entries, self._world.now()), sync=True, why=why)
            self.unfinished = {} if why == fold.PULL else self.unfinished

    def checkpoint(self, first: Callable[[], None] = lambda: None) -> None:
        """Save the lockfile, after `first`, if the last save is some seconds ago; rarer when saving is dear."""
        apart = max(_CHECKPOINT_SECONDS, 20 * self._save_cost, 5 * self._publish_cost)
        if self._world.monotonic() - self._saved_at >= apart:
            first()
            self.save()

    def save(self) -> None:
        """Bring the lockfile up to date, if anything in it changed. Raises ReconcilerError when that fails."""
        if self._command is None or self._interrupted:
            return
        if not self._dirty:
            self._flush()
            self.publish()
            self._saved_at = self._world.monotonic()
            return
        started = self._world.monotonic()
        self._begin()
        self.lock.serial += 1
        self.lock.journal_head = self._journal.head
        try:
            # What the lockfile says it holds must be in the journal, whatever happens to the machine.
            self._journal.flush(sync=True)
            self._store.save(lockfile.dump(self.lock))
        except OSError as error:
            raise refusals.cannot_write(lockfile.FILE, error) from error
        self._dirty, self._saved_head = False, self.lock.journal_head
        self._saved_at = self._world.monotonic()
        self._save_cost = self._saved_at - started
        self._append("saved", sync=False, serial=self.lock.serial)
        self._flush()
        self.publish()

    def _flush(self, *, sync: bool = False) -> None:
        try:
            self._journal.flush(sync=sync)
        except OSError as error:
            raise refusals.cannot_write(journal.FILE, error) from error

    def _change(self, kind: str, entries: Mapping[Address, Entry | None], *, sync: bool = False, **data: Any) -> None:
        kept = {str(address): entry_json(entry) for address, entry in entries.items() if entry is not None}
        gone = [str(address) for address, entry in entries.items() if entry is None]
        try:
            self._append(kind, sync=sync, set=kept, unset=gone, **data)
            self.lock.change(entries)
            self._dirty = self._dirty or bool(entries)
        except KeyboardInterrupt:
            self._interrupted = True
            raise

    def _append(self, kind: str, *, sync: bool = True, **data: Any) -> int:
        if self._command is None:
            return 0
        self._begin()
        try:
            return self._journal.append(kind, sync=sync, **data)
        except OSError as error:
            raise refusals.cannot_write(journal.FILE, error) from error

    def _begin(self) -> None:
        """Open the journal for this run: cut a torn tail, say who writes."""
        if self._begun:
            return
        if self._unusable is not None:
            raise self._unusable
        try:
            if self._torn:
                self._store.cut(self._size)
            self._journal.append(
                "begin",
                sync=False,
                format=journal.FORMAT,
                lineage=self.lock.lineage,
                advertiser_id=self.lock.account.get("advertiser_id"),
                command=self._command,
                version=__version__,
                follows=self.lock.journal_head,
                lost=self._torn or (self.lost_at is not None and self._size == 0),
                **self._about,
            )
        except OSError as error:
            # A torn end may still be there, or half a rotation: this process writes no more, the next one looks.
            self._unusable = refusals.cannot_write(journal.FILE, error)
            raise self._unusable from error
        self._begun = True
