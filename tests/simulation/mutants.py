"""Deliberate breakages of the product, each of one promise; applied to the code in memory, never to a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.api import replies, returned
from reconciler.api.client import Client
from reconciler.api.transport import Failure
from reconciler.api.window import SharedWindow
from reconciler.apply import mp4, settle
from reconciler.apply.executor import Executor
from reconciler.apply.mp4 import Movie
from reconciler.apply.reply import candidates, settle_recorded
from reconciler.apply.variants import Driver
from reconciler.model import Change
from reconciler.plan import actions, sending, updates
from reconciler.plan.basis import Basis
from reconciler.plan.sending import Action
from reconciler.state.fold import Intent
from reconciler.state.journal import Journal
from reconciler.state.ledger import Ledger
from reconciler.state.store import LocalStore
from reconciler.workflow import advance, apply
from tests.simulation.smart_story import CONTRACTS

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Mutant:
    """One breakage. `by`: the invariants that may catch it; anything else is not the reason that was meant."""

    name: str
    put: Callable[[Patch], None]
    by: str
    first: int = 0
    """The seed from which it is looked for: a little before one that has shown it, where many before that do not."""
    under: str | None = None
    """The contract under which alone it can be seen."""

    def seeds(self, how_many: int) -> range:
        """Where it is looked for."""
        if self.under is None:
            return range(self.first, self.first + how_many)
        first = self.first + (CONTRACTS.index(self.under) - self.first) % len(CONTRACTS)
        return range(first, first + how_many * len(CONTRACTS), len(CONTRACTS))

    def __str__(self) -> str:
        return self.name


def at_stage(patch: Patch, stage: str, number: int) -> None:
    """A stage at another place in the order."""
    for module in (actions, sending, updates):
        patch.setattr(module, stage, number, raising=False)


def _blind_retry(patch: Patch) -> None:
    """A lost reply is answered by sending the same again."""
    once = Client.write

    def twice(self: Client, path: str, body: str, *attached: Any) -> Any:
        try:
            return once(self, path, body, *attached)
        except Failure as failure:
            if failure.sent:
                return once(self, path, body, *attached)
            raise

    patch.setattr(Client, "write", twice)


def _no_wait(patch: Patch) -> None:
    """What was lost is looked for at once."""
    patch.setattr(settle.Settler, "_wait", lambda self, intents: True)


def _short_wait(patch: Patch) -> None:
    """The quiet period is a third of what a late commit may take."""
    patch.setattr(settle, "_CREATE", 0.2)
    patch.setattr(settle, "_CHANGE", 0.2)


def _no_ids_before(patch: Patch) -> None:
    """Nobody notes which videos were there before a submit."""
    look = Driver._look_before_submits

    def forget(self: Driver) -> None:
        look(self)
        self._baseline = ()

    patch.setattr(Driver, "_look_before_submits", forget)


def _parse_before_record(patch: Patch) -> None:
    """A reply is read before it is written down."""

    def keep(self: Ledger, intent: Intent, data: dict[str, Any], *others: Intent) -> None:
        for one in (intent, *others):
            one.reply = data

    patch.setattr(Ledger, "reply", keep)


def _first_page(patch: Patch) -> None:
    """A listing is its first page."""

    def pages(self: Client, path: str, query: Mapping[str, str], page_size: int, *_: Any, **__: Any) -> Any:
        first = self.read(path, {**query, "page": "1", "page_size": str(page_size)})
        return list(first.data.get("list", [])), first

    patch.setattr(Client, "pages", pages)


def _empty_is_absent(patch: Patch) -> None:
    """An answer of `{}` is a listing of nothing."""
    whole = Client.pages

    def pages(self: Client, *given: Any, nothing: bool = False) -> Any:
        return whole(self, *given, nothing=True)

    patch.setattr(Client, "pages", pages)


def _born_enabled(patch: Patch) -> None:
    """A campaign is not paused after its create."""
    whole = actions._create

    def create(change: Change, basis: Basis) -> list[Action]:
        return [one for one in whole(change, basis) if one.verb != "pause"]

    patch.setattr(actions, "_create", create)


def _no_barrier(patch: Patch) -> None:
    """Submits go on after one whose outcome is unknown."""
    once = Driver._submit

    def submit(self: Driver, *given: Any) -> None:
        once(self, *given)
        self.halted = False

    patch.setattr(Driver, "_submit", submit)


def _raise_anyway(patch: Patch) -> None:
    """Spend is raised although something before it is unknown or failed."""
    ready = Executor._ready

    def anyway(self: Executor, action: Action) -> bool:
        self._hold = False
        return ready(self, action)

    patch.setattr(Executor, "_ready", anyway)


def _unknown_is_rejected(patch: Patch) -> None:
    """A code that nobody knows is taken as a refusal."""
    known = replies._verdict

    def verdict(code: int, message: str, status: int, *, get: bool = False) -> returned.Verdict:
        found = known(code, message, status, get=get)
        return "rejected" if found == "unknown" else found

    patch.setattr(replies, "_verdict", verdict)


def _ack_before_sync(patch: Patch) -> None:
    """A reply counts before it is durable."""

    def keep(self: Ledger, intent: Intent, data: dict[str, Any], *others: Intent) -> None:
        for one in (intent, *others):
            one.reply = data
        self._append("reply", sync=False, of=intent.seq, also=[one.seq for one in others], **data)
        self._flush()

    patch.setattr(Ledger, "reply", keep)


def _intent_not_synced(patch: Patch) -> None:
    """Nothing that is written to the journal is made durable."""
    flush = Journal.flush
    patch.setattr(Journal, "flush", lambda self, *, sync: flush(self, sync=False))


def _open_is_well(patch: Patch) -> None:
    """Exit 0 although the outcome of a write is not known."""
    code = apply.exit_code

    def well(*given: Any, **more: Any) -> int:
        found = code(*given, **more)
        return 0 if found in (8, 10) else found

    patch.setattr(apply, "exit_code", well)
    patch.setattr(advance, "exit_code", well)


def _children_later(patch: Patch) -> None:
    """A campaign is enabled before what is planned below it."""
    patch.setattr(actions, "_below", lambda rows, basis: {})
    at_stage(patch, "ENABLE", sending.CREATE - 1)


def _raise_first(patch: Patch) -> None:
    """What lowers spend comes after what raises it."""
    at_stage(patch, "LOWER", sending.ENABLE + 1)


def _in_place(patch: Patch) -> None:
    """The lockfile is written where it is read."""
    patch.setattr(LocalStore, "save", lambda self, data: self._files.write(self._lockfile, data))


def _nameless_journal(patch: Patch) -> None:
    """The journal's name is not made durable."""

    def prepare(self: LocalStore) -> None:
        self._files.make_folder(self._journal.parent)
        self._files.append(self._journal, b"", sync=True)

    patch.setattr(LocalStore, "prepare", prepare)


def _tail_stays(patch: Patch) -> None:
    """A torn last line of the journal is written on to."""
    patch.setattr(LocalStore, "cut", lambda self, size: None)


def _no_limit(patch: Patch) -> None:
    """Submits are sent as fast as they can be."""

    patch.setattr(SharedWindow, "wait", lambda self: 0.0)
    patch.setattr(SharedWindow, "enter", lambda *_: None)
    patch.setattr(SharedWindow, "leave", lambda self: None)


def _half_films(patch: Patch) -> None:
    """A download is not looked at."""
    patch.setattr(mp4, "inspect", lambda size, read: Movie(20.0))


def _lost_submit_is_absent(patch: Patch) -> None:
    """A submit that got lost is taken as never made."""
    settled = settle_recorded

    def forget(ledger: Ledger, contract: Any) -> None:
        settled(ledger, contract)
        for intent in list(ledger.intents.values()):
            if intent.verb == "submit":
                ledger.rejected(intent, "absent", "nobody knows")

    patch.setattr(settle, "settle_recorded", forget)


def _deletes(patch: Patch) -> None:
    """What is to be disabled is deleted."""
    patch.setattr(sending, "_STATUS", {**sending._STATUS, "disable": "DELETE"})


def _any_name(patch: Patch) -> None:
    """What a lost create made is told by its name alone, whoever's it is and whenever it was made."""
    patch.setattr(settle, "candidates", lambda intent, contract, listing: _named(intent, contract, listing))
    patch.setattr(settle.Settler, "_wrong_time", lambda self, intent, live: None)
    patch.setattr(settle.Settler, "_differs", lambda settler, intent, live: None)


def _named(intent: Intent, contract: Any, listing: Any) -> list[str]:
    return [*candidates(replace(intent, seen=[]), contract, listing)][:1]


MUTANTS = (
    Mutant("a lost reply is sent again", _blind_retry, "I1 I2 I4"),
    Mutant("no wait before looking", _no_wait, "I1", 1245),
    Mutant("a wait that is too short", _short_wait, "I1", 1880),
    Mutant("no ids from before a submit", _no_ids_before, "I30", 250),
    Mutant("parsed before it is recorded", _parse_before_record, "I3"),
    Mutant("only the first page", _first_page, "I1 I11 I28"),
    Mutant("an empty answer is an empty account", _empty_is_absent, "I1 I11"),
    Mutant("born enabled", _born_enabled, "I13"),
    Mutant("submits go on after an unknown one", _no_barrier, "I17", 135),
    Mutant("raises after an unknown write", _raise_anyway, "I12 I14", 1900),
    Mutant("an unknown code is a refusal", _unknown_is_rejected, "I1 I2", 1180),
    Mutant("a reply that is not durable", _ack_before_sync, "I3"),
    Mutant("an intent that is not durable", _intent_not_synced, "I4"),
    Mutant("exit 0 with an open intent", _open_is_well, "I22"),
    Mutant("enabled before its subtree", _children_later, "I12"),
    Mutant("raised before lowered", _raise_first, "I14", 115),
    Mutant("a lockfile written in place", _in_place, "I9"),
    Mutant("a journal without a durable name", _nameless_journal, "I4"),
    Mutant("a torn line that stays", _tail_stays, "I10 I28 I4"),
    Mutant("no rate limit", _no_limit, "I18"),
    Mutant("half a film is a film", _half_films, "I21"),
    Mutant("a lost submit was never made", _lost_submit_is_absent, "I2", 80),
    Mutant("deleted instead of disabled", _deletes, "I15 I5", 615),
    Mutant("somebody else's object is ours", _any_name, "I11 I13", 180),
)
