"""`pull`: what is live and unmanaged becomes manifests and lock entries. Under the run lock, nothing but GET is sent.

    journal: files and their hashes → the files → one change of the lockfile

Whatever is written is read back first, by the same code that every other command reads it with, and compared with what
is live; what would not be the same is left out of the manifest. So the plan that follows is empty.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.account.listing import Listing, Reader, read_all
from reconciler.apply.reply import settle_listed, settle_recorded
from reconciler.canonical import minor_digits
from reconciler.contracts.hosts import spoken_at
from reconciler.errors import ApiError, Credentials, Finding, Invalid, Place
from reconciler.kinds.registry import BY_TITLE
from reconciler.manifest import paths
from reconciler.model import Address, LockEntry
from reconciler.plan.takeover import Left, Scope, Takeover, declared_too
from reconciler.state.fold import PULL
from reconciler.state.ledger import Ledger
from reconciler.workflow.plan import account_facts
from reconciler.workflow.pulled import PulledManifests
from reconciler.workflow.session import Session, usable


class PullOptions(Struct, frozen=True):
    """What the command line asks for."""

    match: str | None = None
    """A glob over API names."""
    kind: str | None = None
    """A kind, by its short name or as a manifest has it."""
    under: str | None = None
    """The id of a campaign."""
    out: str | None = None
    """The folder for the files."""
    dry: bool = False
    """Only say what would be."""
    whole: bool = False
    """Defaults of the platform are written, too."""


class Pulled(Struct, frozen=True):
    """What a pull took over, or would."""

    rows: tuple[tuple[Address, str, str], ...]
    """(address, id, file)."""
    left: tuple[Left, ...]
    unwritten: Mapping[str, int] = field(default_factory=dict)
    """What live rows show and no manifest can carry → in how many."""
    warnings: tuple[str, ...] = ()
    twins: tuple[Address, ...] = ()
    """Manifests that declare, unbound, what was taken over: the next plan blocks them."""


def pull(session: Session, request: PullOptions) -> Pulled:
    """Take over. Raises Invalid where the workspace, the folder or a file of an interrupted pull is in the way."""
    folder = _folder(session, request.out)
    if request.kind is not None:
        request = replace(request, kind=_kind(request.kind, session.workspace.contracts.kinds))
    if request.dry:
        return _pull(session, session.ledger(), request, folder)[0]
    for entry in session.workspace.file.manifests[:1]:
        if not entry.endswith((".yaml", ".yml")):
            with usable():
                session.world.files.make_folder(paths.opened(session.root, entry))
    with session.writing("pull") as ledger:
        found, manifests, entries = _pull(session, ledger, request, folder)
        if entries:
            _write(session, ledger, manifests.texts())
            ledger.change(entries, PULL)
        ledger.save()
        return found


def _kind(text: str, known: Sequence[str]) -> str:
    short = BY_TITLE[text].short if text in BY_TITLE else text
    if short not in known:
        raise Invalid(Finding("R210", f'no kind of the account is named "{text}"', hint=f"one of {', '.join(known)}"))
    return short


def _folder(session: Session, out: str | None) -> str:
    """The folder of the files, relative to the workspace: it must be one that manifests are read from."""
    entries = session.workspace.file.manifests
    folders = [one.rstrip("/") for one in entries if not one.endswith((".yaml", ".yml"))]
    if out is None and folders:
        return f"{folders[0]}/pulled"
    name = os.path.relpath(session.named(Path(out or ".")), session.root)
    if not any(name == one or name.startswith(f"{one}/") for one in folders):
        message = f'"{out or "manifests/pulled"}" is in no folder of `manifests:` ({", ".join(entries)})'
        hint = "name a folder there with --out: elsewhere nobody would read what is written"
        raise Invalid(Finding("R117", message, hint=hint))
    return name


def _pull(
    session: Session, ledger: Ledger, request: PullOptions, folder: str
) -> tuple[Pulled, PulledManifests, dict[Address, LockEntry]]:
    work = session.workspace
    session.workspace = work = replace(work, passed_over=frozenset(_unfinished(session, ledger)))
    settle_recorded(ledger, work.contracts)
    declared = session.desired(ledger, births=False)
    reader = session.reader(session.client(read_only=True), ledger, declared)
    facts = account_facts(session, reader)
    currency = work.file.account.currency or facts.currency
    spoken = spoken_at(work.base_url) or [one.name for one in work.contracts.all]
    reader = replace(
        reader, contracts=work.contracts.used(spoken), digits=minor_digits(work.file.account.currency), whole=True
    )
    listings, warnings = _listings(reader)
    settle_listed(ledger, work.contracts, listings)
    entries = ledger.lock.resources
    bound = {(address.kind, entry.id): address for address, entry in entries.items()}
    live = {kind: listing.objects for kind, listing in listings.items()}
    deleted = {kind: listing.deleted for kind, listing in listings.items()}
    adopted = {(one.kind, resource.adopt): one for one, resource in declared.items() if resource.adopt}
    account = Takeover(live, deleted, bound, adopted)
    if request.under is not None and request.under not in live[next(iter(live))]:
        message, hint = f"the account shows no campaign with the id {request.under}", "check the id and the account"
        raise Invalid(Finding("R508", message, hint=hint))
    _not_uncertain(ledger)
    manifests = PulledManifests(session, reader, ledger, account, folder, currency)
    manifests.add(account.take(Scope(request.match, request.kind, request.under)), declared, whole=request.whole)
    made = manifests.settle()
    kept = [(one.address.kind, one.live) for one in manifests.kept]
    twins = declared_too(declared, entries, kept)
    return replace(_told(manifests, account, warnings), twins=tuple(twins)), manifests, made


def _listings(reader: Reader) -> tuple[dict[str, Listing], tuple[str, ...]]:
    """The whole account; where the calls of the other family are refused, what this one shows of it."""
    try:
        return read_all(reader, reader.contracts.kinds), ()
    except (ApiError, Credentials) as error:
        narrow = reader.contracts.used(())
        if narrow == reader.contracts or error.findings[0].code not in _REFUSED:
            raise
        said = f"Smart+ is not looked at, its calls are refused: {error}"
        reader.contracts = narrow
        return read_all(reader, narrow.kinds), (said,)


_REFUSED = ("R602", "R606")


def _not_uncertain(ledger: Ledger) -> None:
    """What a create of unknown outcome may have made must not be bound to another address."""
    if ledger.intents:
        message = f"{len(ledger.intents)} writes have no known outcome: what they made could be pulled as another's"
        raise Invalid(Finding("R703", message, hint="run `reconciler apply` until it settles, then pull again"))


def _unfinished(session: Session, ledger: Ledger) -> Iterator[str]:
    """Files that an interrupted pull has left as it wrote them. Raises Invalid where somebody has changed one."""
    for name, hashes in ledger.unfinished.items():
        with usable():
            data = session.world.files.read(paths.opened(session.root, name))
        if data is None:
            continue
        if sha256(data).hexdigest() not in hashes:
            message = f"{name} was written by a pull that was interrupted, and has been changed since"
            raise Invalid(
                Finding("R519", message, Place(name, 1), hint="move it away, and run `reconciler pull` again")
            )
        yield name


def _write(session: Session, ledger: Ledger, texts: Mapping[str, bytes]) -> None:
    """The files, written down first; those of an interrupted run that are not written again go away."""
    with usable():
        ledger.write_files({name: sha256(data).hexdigest() for name, data in texts.items()})
        for name in session.workspace.passed_over - texts.keys():
            session.world.files.remove(paths.opened(session.root, name))
        for name, data in texts.items():
            paths.write(session.world.files, session.root, name, data)


def _told(manifests: PulledManifests, account: Takeover, warnings: tuple[str, ...]) -> Pulled:
    counts: dict[str, int] = {}
    for one in manifests.kept:
        for name in one.unwritten:
            counts[name] = counts.get(name, 0) + 1
    rows = tuple((one.address, one.live.id, one.file) for one in manifests.kept)
    return Pulled(rows, tuple(account.left), dict(sorted(counts.items())), warnings)
