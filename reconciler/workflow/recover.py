"""`recover`: what has no known outcome, with the evidence, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.account.listing import Reader
from reconciler.account.videos import recent_videos
from reconciler.api.client import Client
from reconciler.apply.reply import candidates
from reconciler.apply.settle import Settler, sent, settles_at
from reconciler.canonical import stamp
from reconciler.errors import Finding, Invalid, ReconcilerError
from reconciler.model import Address
from reconciler.state import variants as step
from reconciler.state.fold import Intent
from reconciler.state.ledger import Ledger
from reconciler.workflow.parts import run_of
from reconciler.workflow.session import Session

_SKEW = 120.0


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the command line says. `adopt`: ADDRESS=ID (a submit of four: ADDRESS=ID,ID,ID,ID)."""

    adopt: Sequence[str] = ()
    absent: Sequence[str] = ()
    resubmit: Sequence[str] = ()
    ignore: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One write of unknown outcome. `seen`: what might be it, each with its id and what tells it apart."""

    intent: Intent
    settles_at: float
    seen: tuple[dict[str, Any], ...]

    def document(self) -> dict[str, Any]:
        """One row of `recover --json`."""
        return {
            "address": str(self.intent.address),
            "op": self.intent.verb,
            "path": self.intent.path,
            "sent": dict(sent(self.intent)),
            "sent_at": stamp(self.intent.sent_at),
            "settles_at": stamp(self.settles_at),
            "state": self.intent.state,
            "why": self.intent.why,
            "candidates": list(self.seen),
        }


@dataclass(slots=True)
class Recovered:
    """What is still open, what was decided, and the exit code."""

    open: list[Case] = field(default_factory=list)
    decided: list[str] = field(default_factory=list)
    exit_code: int = 0


Ask = Callable[[Case], str]
"""Given a case: ids to adopt, `absent`, or nothing to leave it open."""


def recover(session: Session, decisions: Decisions, stopped: Callable[[], bool], ask: Ask | None) -> Recovered:
    """Settle what settles by itself, take the decisions, list the rest. Sends nothing but GET.

    Raises Invalid for a decision about something that is not open, ReconcilerError for one the account contradicts.
    """
    session.workspace  # noqa: B018 - a broken workspace file is reported before a missing token
    with session.writing("recover") as ledger:
        client = session.client(read_only=True)
        reader = session.reader(client, ledger)
        Settler(run_of(session, ledger, reader, stopped)).settle()
        result = Recovered()
        for text in decisions.adopt:
            address, _, ids = text.partition("=")
            case = _case(session, ledger, reader, client, _open(ledger, address))
            _adopt(session, ledger, reader, case, ids.split(","))
            result.decided.append(f"{address} is {ids}")
        for address in decisions.absent:
            _absent(session, ledger, _case(session, ledger, reader, client, _open(ledger, address)))
            result.decided.append(f"{address} was never made")
        for address in decisions.resubmit:
            _resubmit(ledger, address)
            result.decided.append(f"{address} may be submitted again")
        for video_id in decisions.ignore:
            ledger.ignore(video_id)
            result.decided.append(f"video {video_id} is not ours")
        for intent in list(ledger.intents.values()):
            case = _case(session, ledger, reader, client, intent)
            answer = ask(case) if ask else ""
            if answer == "absent":
                _absent(session, ledger, case)
            elif answer:
                _adopt(session, ledger, reader, case, answer.split(","))
            else:
                result.open.append(case)
                continue
            result.decided.append(f"{intent.address}: {answer}")
        ledger.save()
        now = session.world.now()
        if result.open:
            result.exit_code = 8 if all(now < case.settles_at for case in result.open) else 10
        ledger.end(result.exit_code)
        return result


def _open(ledger: Ledger, text: str) -> Intent:
    found = next((one for one in ledger.intents.values() if str(one.address) == text), None)
    if found is None:
        names = ", ".join(str(one.address) for one in ledger.intents.values())
        hint = f"these have: {names}" if names else "no address has one: there is nothing to recover"
        raise Invalid(Finding("R508", f'"{text}" has no write of unknown outcome', hint=hint))
    return found


def _case(session: Session, ledger: Ledger, reader: Reader, client: Client, intent: Intent) -> Case:
    quiet = session.workspace.file.recovery.quiet_period
    until = settles_at(intent, quiet)
    rows: tuple[dict[str, Any], ...]
    if intent.verb == "submit":
        mine = set().union(*(step.claimed(record) for record in ledger.lock.refreshes.values()), set())
        rows = tuple(
            {"id": row.video_id, "name": row.name, "created": stamp(row.created)}
            for row in recent_videos(client, intent.since - _SKEW)
            if row.video_id not in mine and row.video_id not in intent.seen and row.created <= until + _SKEW
        )
        return Case(intent, until, rows)
    listing = reader.listing(intent.address.kind)
    ids = candidates(intent, session.workspace.contracts, listing) if intent.verb == "create" else []
    rows = tuple(
        {"id": one, "name": listing.objects[one].name, "created": listing.objects[one].created,
         "fields": dict(listing.objects[one].fields)}
        for one in ids
    )  # fmt: skip
    return Case(intent, until, rows)


def _adopt(session: Session, ledger: Ledger, reader: Reader, case: Case, ids: Sequence[str]) -> None:
    intent = case.intent
    known = {row["id"] for row in case.seen}
    strange = [one for one in ids if one not in known]
    if strange or not ids:
        shown = ", ".join(sorted(known)) or "nothing"
        message = f"{', '.join(strange)} cannot be what the write to {intent.address} made; the account shows {shown}"
        raise ReconcilerError(Finding("R508", message, address=str(intent.address), hint="see `reconciler recover`"))
    if intent.verb == "submit":
        before = ledger.lock.refreshes.get(intent.address)
        record = step.adopted(before, intent.meta, ids, session.world.now())
        ledger.settled(intent, {intent.address: record})
        return
    taken = [one for one, entry in ledger.lock.resources.items() if entry.id == ids[0]]
    if intent.verb != "create" or len(ids) > 1 or taken:
        message = f"give one id of an object that nobody manages for {intent.address}"
        raise ReconcilerError(Finding("R508", message, address=str(intent.address), hint="see `reconciler recover`"))
    ledger.done(intent, ids[0], listed=True)


def _absent(session: Session, ledger: Ledger, case: Case) -> None:
    """Only when it can no longer take effect: before that nobody can know."""
    if session.world.now() < case.settles_at:
        message = f"the write to {case.intent.address} can still take effect until {stamp(case.settles_at)}"
        raise ReconcilerError(Finding("R703", message, address=str(case.intent.address), hint="wait until then"))
    ledger.rejected(case.intent, "absent", "a person has said so")


def _resubmit(ledger: Ledger, text: str) -> None:
    try:
        address = Address.parse(text)
    except ValueError:
        address = Address("", text)
    record = ledger.lock.refreshes.get(address)
    if record is None or step.reopened(record) == record:
        message = f'"{text}" has no variant that expired or failed for good'
        raise Invalid(Finding("R508", message, hint="`reconciler variants` shows their states"))
    ledger.change({address: step.reopened(record)}, "recover --resubmit")
