"""The journal read as a record of runs: who did what, when, for which commit, and how it ended. Pure.

Each file is one chain of hashes, and its first record names the last one of the file before it. What does not fit is a
finding with its place: records up to it are shown, what comes after it in that file is not believed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from reconciler.canonical import stamp
from reconciler.errors import Finding, Place
from reconciler.state import journal
from reconciler.state.journal import Record
from reconciler.state.runs import End, PastEffect, PastRun

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError)
_KEEP = "keep the files as they are, and restore them from a copy"


class History(Struct):
    """All runs, oldest first, and where the chain breaks."""

    runs: list[PastRun] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    """Hashes of all records that are believed."""

    @property
    def effects(self) -> list[PastEffect]:
        """Of all runs, oldest first."""
        return [one for run in self.runs for one in run.effects]


_HEAD = {"seq", "prev", "ts", "run", "kind", "format", "lineage", "advertiser_id", "command", "version", "follows",
         "lost", "after"}  # fmt: skip
"""What a `begin` holds beside the facts about its run."""


def read(files: Sequence[tuple[str, bytes]]) -> History:
    """(name, content) of every journal, oldest first, the one in use last → what it tells."""
    history = History()
    last: str | None = ""
    for name, data in files:
        records, good, damage = journal.scan(data)
        if records and last is not None:
            _check_link(name, records[0], last, history)
        reader = _File(name, history)
        whole = reader.take(records) and damage is None
        if damage is not None:
            message = f"record {damage[0]} is damaged ({damage[1]}); nothing after it in this file is believed"
            history.findings.append(Finding("R906", message, Place(name, damage[0]), hint=_KEEP))
        elif good < len(data) and name != files[-1][0]:
            message = "the last record is cut, and the file was whole when it was set aside"
            history.findings.append(Finding("R906", message, Place(name, len(records) + 1), hint=_KEEP))
            whole = False
        # Behind a damage nobody knows what the next file should follow.
        last = (records[-1].hash if records else last) if whole else None
    return history


def _check_link(name: str, first: Record, last: str, history: History) -> None:
    """Files are a chain, too. A file that was set aside by an older version is named by `follows` alone."""
    after, follows = first.data.get("after"), first.data.get("follows")
    fits = after == last if after is not None else not last or follows in history.known
    if not fits:
        message = "it does not go on where the file before it ends: records between them are missing"
        history.findings.append(Finding("R907", message, Place(name, 1), hint=_KEEP))


class _File:
    """One file; an intent is known by its number inside it."""

    def __init__(self, name: str, history: History) -> None:
        self._name, self._history = name, history
        self._runs: dict[str, PastRun] = {}
        self._sent: dict[int, PastEffect] = {}

    def take(self, records: Sequence[Record]) -> bool:
        """Every record in its turn; False when one cannot be read."""
        for number, record in enumerate(records, 1):
            try:
                stamp(record.ts)
                if record.kind == "begin" and record.data.get("format", 1) > journal.FORMAT:
                    message = f"the journal has format {record.data['format']}, this reconciler reads {journal.FORMAT}"
                    hint = "install the version that wrote it, or a later one"
                    self._history.findings.append(Finding("R504", message, Place(self._name, number), hint=hint))
                    return False
                self._record(record, record.data)
            except _UNREADABLE as error:
                message = f"record {number} cannot be read ({type(error).__name__}: {error})"
                self._history.findings.append(Finding("R906", message, Place(self._name, number), hint=_KEEP))
                return False
            self._history.known.add(record.hash)
        return True

    def _record(self, record: Record, data: Mapping[str, Any]) -> None:
        if record.kind == "aside":
            return
        if record.kind == "begin":
            self._begin(record, data)
            return
        run = self._runs[data["run"]]
        if record.kind == "about":
            run.facts |= {key: value for key, value in data.items() if key not in _HEAD}
        elif record.kind == "end":
            counts = {str(word): int(count) for word, count in data["counts"].items()} if data["counts"] else None
            run.end = End(record.ts, int(data["code"]), counts)
        elif record.kind == "intent":
            fields = data["meta"].get("sent") or json.loads(data["body"])
            effect = PastEffect(run, record.ts, data["address"], data["verb"], data["path"], dict(fields), "open")
            self._sent[record.seq] = effect
            run.effects.append(effect)
        elif record.kind == "entry":
            for address in [*data["set"], *data["unset"]]:
                done = PastEffect(run, record.ts, address, data["why"], None, {}, "done", _id(data, address))
                run.effects.append(done)
        elif "of" in data:
            for one in (data["of"], *data.get("also", ())):
                self._outcome(record, data, self._sent[one])

    def _begin(self, record: Record, data: Mapping[str, Any]) -> None:
        follows = data["follows"]
        facts = {key: value for key, value in data.items() if key not in _HEAD}
        gap = follows is not None and follows not in self._history.known
        run = PastRun(data["run"], record.ts, str(data["command"]), str(data["version"]), facts, gap)
        self._runs[run.id] = run
        self._history.runs.append(run)

    def _outcome(self, record: Record, data: Mapping[str, Any], effect: PastEffect) -> None:
        if record.kind == "reply":
            effect.request_id = _request_id(data)
            return
        if record.kind not in ("done", "accepted", "rejected", "unknown"):
            return
        effect.outcome, effect.settled_at = record.kind, record.ts
        effect.settled_by = data["run"] if data["run"] != effect.run.id else None
        effect.code, effect.message = data.get("code"), data.get("message", data.get("why"))
        effect.id = _id(data, effect.address) or effect.id


def _id(data: Mapping[str, Any], address: str) -> str | None:
    entry = data.get("set", {}).get(address)
    found = (entry.get("id") or entry.get("stock_video_id")) if isinstance(entry, dict) else None
    return found if isinstance(found, str) else None


def _request_id(reply: Mapping[str, Any]) -> str | None:
    """The API's log id, where the raw reply is the documented envelope."""
    try:
        body = json.loads(reply.get("body", "null"))
    except (ValueError, RecursionError):
        return None
    found = body.get("request_id") if isinstance(body, dict) else None
    return found if isinstance(found, str) and found else None
