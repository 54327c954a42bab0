"""`doctor`: one line a check, each going on where it can. One call a question, nothing sent twice, nothing written."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reconciler.account import checks
from reconciler.account.checks import Check, skipped
from reconciler.api import replies
from reconciler.api.client import Client
from reconciler.api.replies import Envelope
from reconciler.api.transport import Failure, Request
from reconciler.apply.reply import settle_recorded
from reconciler.contracts.refresh import VIDEOS, videos_query
from reconciler.contracts.registry import CONTRACTS
from reconciler.contracts.smart_plus.creatives import is_custom
from reconciler.errors import Credentials, Invalid, ReconcilerError
from reconciler.manifest import paths
from reconciler.state import halt
from reconciler.state.archive import Away
from reconciler.state.folder import PushRefused, Unreachable
from reconciler.state.ledger import Ledger
from reconciler.workflow.load import load_desired
from reconciler.workflow.session import Session

_ROOM = 64 * 1024 * 1024
"""Bytes that should be free: the journal grows with each write, and videos are kept."""
_ONLINE = (
    "connection", "clock", checks.ACCEPTED, "advertiser", "contract", "families", "currency", "timezone",
    "generated variants",
)  # fmt: skip


def doctor(session: Session, spoilt: Credentials | None) -> list[Check]:
    """Every check, in the order of what depends on what. `spoilt`: why there is no usable token although one is set."""
    try:
        work = session.workspace
    except ReconcilerError as error:
        why = "reconciler.yaml cannot be used"
        rest = ("manifests", "state", "open writes", "rate window", "host", "limits", *_ONLINE)
        return [
            checks.found_wrong("workspace", error.findings, 3),
            _disk(session.root),
            _token(session, spoilt),
            *(skipped(name, why) for name in rest),
        ]
    advertiser = work.file.account.advertiser_id
    found = [Check("workspace", "ok", f"reconciler.yaml: contract {work.contract.name}, advertiser {advertiser}")]
    ledger, state = _state(session)
    manifests, refreshes = _manifests(session, ledger)
    window, token = _window(session), _token(session, spoilt)
    found += [manifests, *state, _disk(session.root), window]
    found += checks.host(work.contract, work.base_url, session.loopback, work.file.api.rate)
    found += [checks.limits(work.file.api.rate), token]
    if token.state == "failed" or window.code == "R405":
        why = "there is no token" if token.state == "failed" else "the rate window cannot be used"
        return [*found, *(skipped(name, why) for name in _ONLINE)]
    return _named_once([*found, *_Online(session, session.client(read_only=True), refreshes).checks()])


def exit_code(checks: Sequence[Check]) -> int:
    """3 for a broken workspace, then 4 for credentials, then 1; warnings are no failure."""
    failed = {one.exit_code for one in checks if one.state == "failed"}
    return next((code for code in (3, 4, 1) if code in failed), 0)


def summary(checks: Sequence[Check]) -> dict[str, int]:
    """How many lines there are of each state."""
    tally = Counter(one.state for one in checks)
    return {state: tally[state] for state in ("ok", "warning", "failed", "skipped")}


def _named_once(checks: Sequence[Check]) -> list[Check]:
    """A name that stands twice is told once where one of the two is not well."""
    worse = {one.name for one in checks if one.state in ("warning", "failed")}
    return [one for one in checks if one.state != "ok" or one.name not in worse]


# --- this machine ----------------------------------------------------------------------------------------------------


def _state(session: Session) -> tuple[Ledger | None, list[Check]]:
    """Lockfile and journal, what is open in them, and who holds the workspace."""
    try:
        ledger = session.ledger()
        settle_recorded(ledger, session.workspace.contracts)
        holder = session.store.holder()
    except (ReconcilerError, OSError) as error:
        findings = error.findings if isinstance(error, ReconcilerError) else []
        code = error.exit_code if isinstance(error, ReconcilerError) else 1
        broken = (
            checks.found_wrong("state", findings, code)
            if findings
            else Check("state", "failed", f"the run lock cannot be used: {error}", "fix the permissions", "R506")
        )
        return None, [broken, skipped("open writes", "lockfile and journal cannot be used")]
    lost = ledger.lost_at is not None
    text = f"lockfile and journal{_where(session)}: serial {ledger.lock.serial}, {len(ledger.lock.all())} resources"
    if lost:
        text += "; this machine's journal is gone, or has lost its end"
    advice = "put .reconciler/journal.jsonl back if you have it; otherwise the next apply looks around first"
    found = [Check("state", "warning" if lost else "ok", text, advice if lost else None)]
    names = ", ".join(str(one.address) for one in list(ledger.intents.values())[:5])
    if ledger.intents:
        text = f"{len(ledger.intents)} writes of unknown outcome: {names}"
        advice = "run `reconciler apply` again; `reconciler recover` shows what only a person can decide"
        found.append(Check("open writes", "warning", text, advice, "R703"))
    else:
        found.append(Check("open writes", "ok", "none"))
    if (halted := session.store.halted()) is not None:
        found.append(Check("halt", "warning", halt.words(halted), halt.NEXT, halt.CODE))
    if holder:
        found.append(Check("run lock", "warning", f"held by {holder}", "wait until that run ends", "R503"))
    return ledger, [*found, *_database(session), *_kept(session)]


def _where(session: Session) -> str:
    """Of a state that is not this machine's."""
    state = session.workspace.file.state
    if state.backend == "postgres":
        from reconciler.postgres.connection import opened

        return f" in {opened(state.dsn.env).where}"
    return {"local": "", "git": f" on {state.ref} of {state.remote}", "bucket": f" in {state.url}"}[state.backend]


def _database(session: Session) -> list[Check]:
    """Whether what holds the state can be trusted with it, where that is a server of the owner's."""
    state = session.workspace.file.state
    if state.backend != "postgres":
        return []
    from reconciler.postgres.connection import opened
    from reconciler.postgres.health import health

    try:
        found = health(opened(state.dsn.env))
    except (Unreachable, PushRefused) as error:
        return [Check("database", "failed", str(error), "see docs/fleet-postgres.md", "R511")]
    if found.failed:
        return [Check("database", "failed", found.text, found.failed)]
    return [Check("database", "warning" if found.doubt else "ok", found.text, found.doubt)]


def _kept(session: Session) -> list[Check]:
    """Whether the place can be used in which all machines find variants."""
    name, archive = "kept variants", session.keeping.archive
    if archive is None:
        return []
    try:
        archive.has("")
    except Away as error:
        return [Check(name, "failed", str(error), "see docs/buckets.md for limits and permissions", "R729")]
    return [Check(name, "ok", f"found by all machines in {archive.where}")]


def _manifests(session: Session, ledger: Ledger | None) -> tuple[Check, bool]:
    """Whether the manifests are valid, and whether any wants generated variants."""
    try:
        known = ledger.lock.all() if ledger else {}
        desired = load_desired(session.workspace, session.secret, known)
    except ReconcilerError as error:
        return checks.found_wrong("manifests", error.findings, error.exit_code), False
    count = f"{len(desired)} resource{'s' if len(desired) != 1 else ''}"
    refreshes = any(one.kind == "refresh" for one in desired)
    custom = [str(address) for address, one in desired.items() if is_custom(one.fields)]
    if custom:
        text = f"valid, {count}; under a custom identity, which is over for new ads on TikTok: {', '.join(custom[:5])}"
        advice = "TT_USER or BC_AUTH_TT for new ones; what exists stays, and can be edited"
        return Check("manifests", "warning", text, advice, "R218"), refreshes
    return Check("manifests", "ok", f"valid, {count}"), refreshes


def _disk(root: Path) -> Check:
    """Whether this folder can be written to. Nothing is written to find out."""
    local = root / ".reconciler"
    if local.exists() and not local.is_dir():
        return Check("disk", "failed", ".reconciler is not a folder", "remove the file of that name", "R506")
    closed = [
        name
        for name, path in (("the workspace folder", root), (".reconciler", local))
        if path.exists() and not os.access(path, os.W_OK | os.X_OK)
    ]
    if closed:
        return Check("disk", "failed", f"{closed[0]} cannot be written to", "fix its permissions", "R506")
    free = shutil.disk_usage(root).free
    if free < _ROOM:
        return Check("disk", "warning", f"{free // 1024 // 1024} MiB are free", "make room before an apply", "R506")
    return Check("disk", "ok", f"can be written to, {free // 1024**2} MiB are free")


def _window(session: Session) -> Check:
    """The file in which processes share the limit of refresh tasks."""
    name = session.workspace.file.api.rate_window
    path = paths.window(session.root, name)
    try:
        used = session.window.used()
        folder = next(one for one in path.parents if one.exists())
        usable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    except Invalid as error:
        return checks.found_wrong("rate window", error.findings, error.exit_code)
    except OSError as error:
        return Check("rate window", "failed", f"{name}: {error.strerror or error}", "check `api.rate_window`", "R506")
    if not usable:
        return Check("rate window", "failed", f"{name} cannot be written", "check `api.rate_window`", "R506")
    return Check("rate window", "ok", f"{name}: {used} refresh tasks in the last minute; shared on this machine alone")


def _token(session: Session, spoilt: Credentials | None) -> Check:
    """Whether there is one, and where it comes from."""
    if spoilt is not None:
        return checks.found_wrong("token", spoilt.findings, 4)
    try:
        return Check("token", "ok", f"from {session.token().source}")
    except Credentials as error:
        return checks.found_wrong("token", error.findings, error.exit_code)
    except Invalid:
        return skipped("token", "reconciler.yaml cannot be used")


# --- the API ---------------------------------------------------------------------------------------------------------


class _Online:
    """The questions that go to the server: one call each, not repeated, so that a fault is seen and not hidden."""

    def __init__(self, session: Session, client: Client, refreshes: bool) -> None:
        self._work, self._client, self._refreshes = session.workspace, client, refreshes
        self._contract, self._advertiser = self._work.contract, self._work.file.account.advertiser_id
        self._contracts = self._work.contracts
        self._totals: dict[tuple[str, str], int] = {}
        """(contract, kind) → objects that its listing counts."""
        self._date: float | None = None
        self._heard = 0.0

    def checks(self) -> Iterator[Check]:
        """Every check that needs the API; after a failure only those that do not need what failed."""
        rows: list[dict[str, Any]] = []
        readable: list[str] = []
        told: set[int | None] = set()
        shapeless: Check | None = None
        for number, kind in enumerate(self._contract.bindings):
            path, query = self._contract.list_query(kind, self._advertiser)
            answer = self._ask(path, {**query, "page": "1", "page_size": "10"})
            if number == 0 or isinstance(answer, Failure):
                yield self._connection(path, answer)
            if isinstance(answer, Failure):
                yield from self._not_now(_ONLINE[1 if number == 0 else 4 :], "the server does not answer")
                return
            if number == 0:
                yield checks.clock(self._date, self._heard)
            found = answer.data.get("list") if isinstance(answer.data, dict) else None
            refusal = None if answer.verdict == "done" else checks.refused(answer, "advertiser", path)
            if refusal and (answer.code is None or refusal.name != "advertiser"):
                # Every other call would hear the same.
                if refusal.name != "advertiser":
                    yield refusal
                names = _ONLINE[3 if refusal.name == checks.ACCEPTED else 2 :]
                yield from self._not_now(names, "the account cannot be read")
                return
            if number == 0:
                yield Check(checks.ACCEPTED, "ok", "the API knows it")
            if refusal:
                if answer.code not in told:
                    yield refusal
                told.add(answer.code)
            elif not isinstance(found, list):
                text, advice = f"GET {path}: an answer without its list", "correct `api.contract` or `api.base_url`"
                shapeless = Check("contract", "failed", text, advice, "R604", answer.request_id)
            else:
                readable.append(kind)
                self._count(self._contract.name, kind, answer)
                rows += [row for row in found if isinstance(row, dict)]
        if readable:
            yield Check("advertiser", "ok", f"{self._advertiser} can be read: {', '.join(readable)}")
        if shapeless:
            yield shapeless
        elif readable:
            yield checks.contract_spoken(self._contract, CONTRACTS.values(), rows)
        else:
            yield from self._not_now(["contract"], "the account cannot be read")
        yield self._families()
        yield from self._account()
        yield self._variants()

    def _connection(self, path: str, answer: Envelope | Failure) -> Check:
        if isinstance(answer, Failure):
            advice = answer.hint or "check the network and `api.base_url`"
            return Check("connection", "failed", f"GET {path}: {answer.why}", advice, "R603")
        if answer.code is None and answer.verdict == "unknown":
            advice = "check `api.base_url`: something answers there, but not this API"
            return Check("connection", "failed", f"GET {path}: {answer.message}", advice, "R604")
        return Check("connection", "ok", f"{self._work.base_url} answers")

    def _count(self, contract: str, kind: str, answer: Envelope) -> None:
        told = answer.data.get("page_info") if isinstance(answer.data, dict) else None
        if isinstance(told, dict) and isinstance(told.get("total_number"), int):
            self._totals[contract, kind] = told["total_number"]

    def _families(self) -> Check:
        """What there is of manual campaigns and of Smart+, which live in one account."""
        beside = next(iter(self._contracts.beside), None)
        if beside is None:
            return skipped("families", f"contract {self._contract.name} has one")
        # Where the ids differ, the two count different things: ads, and creatives in them.
        own = self._contract.bindings
        kinds = [kind for kind, one in beside.bindings.items() if one.id_key == own[kind].id_key]
        for kind in kinds:
            path, query = beside.list_query(kind, self._advertiser)
            answer = self._ask(path, {**query, "page": "1", "page_size": "1"})
            if isinstance(answer, Envelope) and answer.verdict == "done":
                self._count(beside.name, kind, answer)
        return checks.families(self._totals, kinds, self._work.file.api.contract, self._client.world.now())

    def _account(self) -> Iterator[Check]:
        path = self._contract.reports.account_path
        if path is None:
            why = f"contract {self._contract.name} has no call that tells it"
            yield from (skipped(name, why) for name in ("currency", "timezone"))
            return
        answer = self._ask(path, self._contract.reports.account_query(self._advertiser))
        if isinstance(answer, Failure):
            yield from self._not_now(("currency", "timezone"), answer.why)
            return
        if answer.verdict != "done":
            # No other command needs this call: what it hides is not known, and nothing is broken.
            told = checks.refused(answer, "currency", path)
            text = f"cannot be checked: {told.message}"
            yield Check("currency", "warning", text, told.hint, told.code, told.request_id)
            yield skipped("timezone", "the account does not tell")
            return
        listed = answer.data.get("list") if isinstance(answer.data, dict) else None
        rows = [row for row in listed or [] if isinstance(row, dict)]
        facts = next((row for row in rows if str(row.get("advertiser_id")) == self._advertiser), {})
        given = self._work.file.account
        yield from checks.account(facts, given.currency, given.timezone, answer.request_id)

    def _variants(self) -> Check:
        """The refresh calls need a permission and an invitation of their own."""
        name = "generated variants"
        answer = self._ask(VIDEOS, {**videos_query(), "page": "1", "page_size": "1"})
        if isinstance(answer, Failure):
            return Check(name, "warning", f"GET {VIDEOS}: {answer.why}", "run again", "R603")
        if answer.verdict == "done":
            return Check(name, "ok", "the app may make them")
        found = checks.refused(answer, name, VIDEOS)
        if found.name != name or self._refreshes:
            return found
        text = f"{found.message}. No manifest asks for any"
        return Check(name, "warning", text, found.hint, found.code, found.request_id)

    def _ask(self, path: str, query: dict[str, str]) -> Envelope | Failure:
        try:
            with self._client.place(path):
                reply = self._client.transport.send(Request("GET", path, query))
        except Failure as failure:
            return failure
        self._date, self._heard = reply.date, self._client.world.now()
        return replies.read(reply, get=True)

    def _not_now(self, names: Sequence[str], why: str) -> Iterator[Check]:
        yield from (skipped(name, why) for name in names)
