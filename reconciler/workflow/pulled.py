"""Manifests of live objects while they are being made: written, read back and compared until nothing differs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.account.listing import Reader
from reconciler.canonical import minor_digits
from reconciler.contracts.declared import declared, required
from reconciler.kinds.registry import KINDS
from reconciler.manifest import writing
from reconciler.manifest.desired import resources
from reconciler.manifest.document import MAX_BYTES, MAX_NODES, Document
from reconciler.manifest.modules import Modules
from reconciler.manifest.problems import Problem
from reconciler.manifest.rendered import rendered
from reconciler.manifest.yaml import read
from reconciler.model import Address, Change, LiveObject, LockEntry, Number, Plain, Resource
from reconciler.plan import videos
from reconciler.plan.basis import Basis
from reconciler.plan.decide import decide
from reconciler.plan.edges import with_edges
from reconciler.plan.lists import base
from reconciler.plan.takeover import Key, Left, Names, Takeover
from reconciler.state.ledger import Ledger
from reconciler.workflow.load import load_documents
from reconciler.workflow.review import load_approvals
from reconciler.workflow.session import Session

_SCHEMA = "# yaml-language-server: $schema={up}.schemas/manifest.{contract}.schema.json\n"
_BETWEEN = "---\n"
_ROOM = 0.8
"""Of what a file may hold: people add to it."""


class PulledManifest(Struct):
    """One live object and the manifest it is to have."""

    address: Address
    live: LiveObject
    parent: Address | None
    spec: dict[str, Any]
    needed: frozenset[str]
    """Fields that it cannot do without."""
    unwritten: set[str]
    top: str
    """The name of its campaign's manifest, after which its file is named."""
    file: str = ""

    def text(self, own: str) -> str:
        """Its document. `own`: the contract of the workspace."""
        kind = KINDS[self.address.kind]
        head = {"kind": kind.title, "name": self.address.name}
        if self.live.contract and self.live.contract != own:
            head["contract"] = self.live.contract
        reference = {kind.parent_field: Plain(self.parent.name)} if kind.parent_field and self.parent else {}
        comment = self.live.id
        if kind.name_field not in self.spec:
            comment += f", named {json.dumps(self.live.name)}"
        return writing.document(head, {**reference, **self.spec}, comment)

    def without(self, path: tuple[str | int, ...]) -> str | None:
        """Take a field out of the spec; the text says why that cannot be."""
        inside, steps = self.spec, [str(one) for one in path]
        if steps and steps[0] not in self.spec and steps[0] in self.spec.get("extra", {}):
            steps = ["extra", *steps]
        if not steps or steps[0] not in self.spec or ".".join(steps[:2]) in self.needed or steps[0] in self.needed:
            return "its manifest cannot do without it"
        if steps[0] in _OBJECTS and len(steps) > 1:
            inside, steps = inside[steps[0]], steps[1:]
        if steps[0] not in inside:
            return "its manifest does not say it"
        del inside[steps[0]]
        self.unwritten.add(".".join(str(one) for one in path))
        return None


_OBJECTS = ("extra", "targeting_spec")


class PulledManifests(Struct):
    """The manifests of one pull."""

    session: Session
    reader: Reader
    ledger: Ledger
    account: Takeover
    folder: str
    currency: str | None
    """The account's."""
    kept: list[PulledManifest] = field(default_factory=list)

    def add(self, taken: Iterable[Key], known: Iterable[Address], *, whole: bool) -> None:
        """A draft for each, parents first. `known`: addresses that are declared already."""
        names = Names({*known, *self.ledger.lock.all()})
        by_key: dict[Key, PulledManifest] = {}
        secret = self.session.secret.searched if self.session.secret else None
        for kind, identity in taken:
            live = self.account.live[kind][identity]
            above = (KINDS[kind].parent or "", live.parent or "")
            parent = by_key[above].address if above in by_key else self.account.bound.get(above)
            address = Address(kind, names.of(kind, live.name))
            contract = self.reader.contracts.of(live.contract)
            fields = self.account.live[above[0]][above[1]].fields if above[0] else {}
            # Left out, a field would become what the workspace gives it.
            told = self.session.workspace.shared.defaults.get(KINDS[kind].title, {})
            said = declared(contract, kind, live, fields, told, whole=whole)
            refused = _take_unwritable(said.spec, secret)
            spec = {one: self._amount(value) for one, value in said.spec.items()}
            top = by_key[above].top if above in by_key else self._top(address, parent)
            made = PulledManifest(address, live, parent, spec, required(contract, kind), said.unwritten | refused, top)
            by_key[kind, identity] = made
            self.kept.append(made)

    def _amount(self, value: Any) -> Any:
        """As the account's currency has it, where the workspace names none and counts in cents."""
        whole = minor_digits(self.currency) < self.reader.digits
        return Number(value.removesuffix(".00")) if whole and isinstance(value, Number) else value

    def _top(self, address: Address, parent: Address | None) -> str:
        while parent is not None:
            address, parent = parent, self.ledger.lock.resources[parent].parent
        return address.name

    def settle(self) -> dict[Address, LockEntry]:
        """Until every manifest means what is live: the entries that bind them."""
        declared = load_documents(self.session.workspace, self.session.secret).documents
        while True:
            documents = self._documents()
            bound = {address: entry.applied for address, entry in self.ledger.lock.resources.items()}
            bound |= {one.address: one.live.fields for one in self.kept}
            work = self.session.workspace
            currency = work.file.account.currency
            desired, problems = resources([*declared, *documents], work.contracts, currency, bound, births=False)
            if self._mended(problems, documents):
                continue
            entries, rows = self._decided(desired)
            if not self._corrected(rows):
                return entries

    def _documents(self) -> list[Document]:
        found: list[Document] = []
        for name, data in self.texts().items():
            found += read(name, data)[0]
        work = self.session.workspace
        # As every reader will see them: with the defaults, and each `$${` as the `${` that is live.
        return rendered(found, work.shared, work.contracts, Modules(work.root, None, None))[0]

    def texts(self) -> dict[str, bytes]:
        """File → what is in it: one a campaign, and more where one would be too long."""
        own, files = self.session.workspace.contract.name, _Files(self)
        for top, drafts in self._by_file().items():
            files.add(top, [(one, one.text(own)) for one in drafts])
        return files.done

    def _by_file(self) -> dict[str, list[PulledManifest]]:
        """By campaign, each object behind what it belongs to: a campaign, an ad group with its ads, the next."""
        below: dict[Address | None, list[PulledManifest]] = {}
        mine = {one.address for one in self.kept}
        for one in self.kept:
            below.setdefault(one.parent if one.parent in mine else None, []).append(one)
        found: dict[str, list[PulledManifest]] = {}
        stack = list(reversed(below.get(None, [])))
        while stack:
            one = stack.pop()
            found.setdefault(one.top, []).append(one)
            stack += reversed(below.get(one.address, []))
        return found

    def _mended(self, problems: Iterable[Problem], documents: Iterable[Document]) -> bool:
        """Take out what no manifest may say; what cannot be told without it is left. Whether anything was."""
        drafts, left = {str(one.address): one for one in self.kept}, dict[Address, str]()
        found = False
        for problem in problems:
            draft = drafts.get(problem.address or self._address(problem.document))
            if draft is None or draft.address in left:
                continue
            found = True
            inner = problem.path[1:] if problem.path[:1] == ("spec",) else ()
            if draft.without(inner) is not None:
                left[draft.address] = problem.message
        self._leave(left)
        return found

    @staticmethod
    def _address(document: Document) -> str:
        title, name = document.value.get("kind"), document.value.get("name")
        return next((f"{kind.short}/{name}" for kind in KINDS.values() if kind.title == title), "")

    def _corrected(self, rows: Iterable[Change]) -> bool:
        """Take out what would be changed; what would be anything else is left. Whether anything was."""
        drafts, left = {one.address: one for one in self.kept}, dict[Address, str]()
        found = False
        for row in rows:
            draft = drafts.get(row.address)
            if draft is None:
                continue
            found = True
            fields = dict.fromkeys(base(one.path) for one in row.fields)
            kept = [one for one in fields if draft.without(tuple(one.split("."))) is not None]
            if kept or not fields:
                left[row.address] = row.hint or f"it would be changed at once: {', '.join(kept) or row.reason}"
        self._leave(left)
        return found

    def _leave(self, reasons: Mapping[Address, str]) -> None:
        """These stay unmanaged, and what belongs to them."""
        gone = set(reasons)
        for one in list(self.kept):
            if one.address in gone or one.parent in gone:
                gone.add(one.address)
                why = reasons.get(one.address, "its parent is left")
                self.account.left.append(Left(one.address.kind, one.live.id, one.live.name, why))
        self.kept = [one for one in self.kept if one.address not in gone]

    def _decided(self, desired: Mapping[Address, Resource]) -> tuple[dict[Address, LockEntry], list[Change]]:
        """The entries of what is pulled, and the rows that the next plan would have for it."""
        work, lock = self.session.workspace, self.ledger.lock
        decisions = {one.sha256: one.decision for one in load_approvals(self.session).values()}
        entries = {one.address: self._entry(one, desired[one.address]) for one in self.kept}
        bound = {**lock.resources, **entries}
        uses = videos.resolve(desired, bound, lock.library, lock.refreshes, decisions)
        # Written from what is live, they hold ids and no names.
        wanted = {one: uses.desired[one] for one in entries}
        entries = {one: replace(entry, applied=wanted[one].fields) for one, entry in entries.items()}
        basis = Basis(
            contracts=work.contracts,
            advertiser_id=work.file.account.advertiser_id,
            currency=work.file.account.currency,
            now=self.session.world.now(),
            desired=wanted,
            entries={**lock.resources, **entries},
            live=self.account.live,
            names={},
            blocked=uses.blocked,
        )
        decided = decide(with_edges(basis))
        final = {
            one: found for one, found in decided.entries.items() if isinstance(found, LockEntry) and one in entries
        }
        return {**entries, **final}, decided.changes

    def _entry(self, draft: PulledManifest, resource: Resource) -> LockEntry:
        own = draft.live.contract == self.session.workspace.contract.name
        contract = None if own else draft.live.contract or None
        return LockEntry(
            draft.live.id, resource.parent, resource.fields, source=resource.source, born="pulled", contract=contract
        )


def _take_unwritable(spec: dict[str, Any], secret: str | None) -> set[str]:
    """Take out what no manifest can hold: fields, and those of `extra` one by one."""
    found: set[str] = set()
    for inside in (spec.get("extra", {}), spec):
        wrong = {one for one, value in inside.items() if not writing.is_writable({one: value}, secret)}
        found |= wrong
        for one in wrong:
            del inside[one]
    if not spec.get("extra", True):
        del spec["extra"]
    return found


class _Files:
    """The files of a pull: none is too long, and none stands where there is one already."""

    def __init__(self, manifests: PulledManifests) -> None:
        work = manifests.session.workspace
        self._up = "../" * len(PurePosixPath(manifests.folder).parts)
        self._own = work.contract.name
        self._manifests, self._free = manifests, work.passed_over
        self.done: dict[str, bytes] = {}

    def add(self, top: str, documents: Iterable[tuple[PulledManifest, str]]) -> None:
        """The documents of one campaign."""
        for part in self._parts(documents):
            name = self._name(top)
            for draft, _ in part:
                draft.file = name
            schema = _SCHEMA.format(up=self._up, contract=part[0][0].live.contract or self._own)
            self.done[name] = (schema + _BETWEEN.join(text for _, text in part)).encode()

    def _parts(self, documents: Iterable[tuple[PulledManifest, str]]) -> Iterator[list[tuple[PulledManifest, str]]]:
        part: list[tuple[PulledManifest, str]] = []
        size = nodes = 0
        for draft, text in documents:
            more, longer = _nodes(draft.spec), len(text.encode())
            if part and (size + longer > MAX_BYTES * _ROOM or nodes + more > MAX_NODES * _ROOM):
                yield part
                part, size, nodes = [], 0, 0
            part.append((draft, text))
            size, nodes = size + longer, nodes + more
        if part:
            yield part

    def _name(self, top: str) -> str:
        number = 1
        while True:
            name = f"{self._manifests.folder}/{top}{f'-{number}' if number > 1 else ''}.yaml"
            if name not in self.done and (name in self._free or not (self._manifests.session.root / name).exists()):
                return name
            number += 1


def _nodes(value: Any) -> int:
    """How many nodes of YAML a value is, or a little more."""
    if isinstance(value, Mapping):
        return 10 + sum(1 + _nodes(one) for one in value.values())
    if isinstance(value, tuple | list):
        return 1 + sum(map(_nodes, value))
    return 1
