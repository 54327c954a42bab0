"""`fleet.yaml` and its accounts, read and checked; and each account as the workspace that it is."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reconciler.api.secret import Secret
from reconciler.errors import Finding, Invalid, Place
from reconciler.fleet.accounts import CSV, AccountReader, FleetAccount
from reconciler.fleet.file import FILE, Approvals, FleetFile
from reconciler.fleet.ruling import Base
from reconciler.manifest import paths
from reconciler.manifest.document import Document
from reconciler.manifest.guardrails import Guardrails
from reconciler.manifest.problems import schema_problem
from reconciler.manifest.shared import Shared, shared_of
from reconciler.manifest.workspace import WorkspaceFile
from reconciler.manifest.yaml import read
from reconciler.workflow.load import Given, Workspace, host_problems, place, refuse_other
from reconciler.world import World

ACCOUNTS = "accounts"
"""The folder that holds a folder for every account: its lockfile, approvals, artifacts, and manifests of its own."""
MODULES = "modules"
WINDOW = ".reconciler/rate.json"
"""Where the use of the app's limits is kept, for every account and every process on this machine."""
FOLDER = ".reconciler/fleet"
"""Where runs, decisions and what was seen last are kept, below the fleet's own."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The fleet as it is declared."""

    root: Path
    file: FleetFile
    document: Document
    shared: Shared
    base_url: str | None
    """Instead of that of `api:`."""
    accounts: tuple[FleetAccount, ...]
    texts: Mapping[str, bytes]
    findings: tuple[Finding, ...] = ()
    """What is wrong with accounts that are left out."""
    base: Base | None = None
    """The commit whose guard rails, approvals and limits count, instead of this one's."""
    _rails: dict[tuple[int, str | None], Guardrails] = field(default_factory=dict)

    def group_of(self, account: FleetAccount) -> int:
        """The number of the first group that it matches. Raises Invalid where there is none."""
        number = self._group(account)
        if number is not None:
            return number
        message = f"no group of {FILE} matches the labels of {account.name}: it has no token"
        hint = "give it labels of a group, or end `groups:` with one whose `match` is {}"
        raise Invalid(Finding("R412", message, Place(account.file, account.document.line), hint=hint))

    def _group(self, account: FleetAccount) -> int | None:
        labels = account.labels.items()
        return next((number for number, one in enumerate(self.file.groups) if one.match.items() <= labels), None)

    def advertisers_of(self, group: int) -> list[str]:
        """Those that the token of this group is for, without those of workspaces, which name their own host."""
        mine = [one.given for one in self.accounts if self._group(one) == group]
        return [one.account.advertiser_id for one in mine if not one.workspace]

    def ring_of(self, account: FleetAccount) -> str | None:
        """The name of the first ring that it matches; None where no rings are declared. Raises Invalid for no ring."""
        if not self.file.rings:
            return None
        for one in self.file.rings:
            if one.match.items() <= account.labels.items():
                return one.name
        message = f"no ring of {FILE} matches the labels of {account.name}: nothing says when it is applied"
        hint = "give it labels of a ring, or end `rings:` with one without `match`"
        raise Invalid(Finding("R412", message, Place(account.file, account.document.line), hint=hint))

    @property
    def ruling(self) -> FleetFile:
        """The file whose limits and rules count."""
        return (self.base.file if self.base else None) or self.file

    def ruled_labels(self, account: FleetAccount) -> Mapping[str, str]:
        """Those of its labels that rules go by."""
        return self.base.labels_of(account) if self.base else account.labels

    def approvals_of(self, account: FleetAccount) -> Approvals:
        """Who has to approve what is applied in it. Raises Invalid for an account of no group."""
        ruled = self.base.approvals_of(account) if self.base else None
        return ruled or self.file.groups[self.group_of(account)].approvals

    def rails(self, number: int, currency: str | None, up: str) -> Guardrails:
        """The guard rails of a group, its amounts in this currency. Raises Invalid. `up`: the way to the fleet."""
        if (number, currency) not in self._rails:
            given, there = self.file.groups[number].guardrails, f"{up}/{FILE}"
            try:
                made = Guardrails.model_validate(given, context={"currency": currency})
            except ValidationError as error:
                own = self.document
                document = Document(there, own.index, own.line, given, inside=("groups", number, "guardrails"))
                problems = [schema_problem(detail, document, Guardrails) for detail in error.errors()]
                raise Invalid(many=place(problems, {there: self.texts[FILE]})) from None
            self._rails[number, currency] = made
        return self._rails[number, currency]

    def named(self, account: FleetAccount, file: str) -> str:
        """A file of an account's workspace, from the fleet's folder."""
        return os.path.relpath(self.folder(account) / file, self.root).replace(os.sep, "/")

    def folder(self, account: FleetAccount) -> Path:
        """Where its lockfile and everything of its own lies."""
        if account.given.workspace is not None:
            return Path(os.path.normpath(self.root / account.given.workspace))
        return self.root / ACCOUNTS / account.name

    def workspace(self, account: FleetAccount) -> Workspace:
        """An account that is no workspace on disk, as one. Raises Invalid."""
        number, own, root = self.group_of(account), account.given.account, self.folder(account)
        up = os.path.relpath(self.root, root).replace(os.sep, "/")
        api = self.file.api.model_copy(update={"rate_window": f"{up}/{WINDOW}"})
        rails = self.rails(number, own.currency, up)
        file = WorkspaceFile.model_construct(
            version=1,
            account=own,
            api=api,
            manifests=["manifests"] if (root / "manifests").exists() else [],
            artifacts="artifacts",
            state=self.file.state,
            refresh=self.file.refresh,
            recovery=self.file.recovery,
            guardrails=self.base.rails_of(account, own.currency) if self.base else rails,
            vars=self.file.vars,
            defaults=self.file.defaults,
        )
        there = f"{up}/{account.file}"
        uses = [self._use(account, index, up) for index in range(len(account.given.uses))]
        last = Document(there, account.document.index, account.document.line, {"name": "", **_edits(account)})
        table = account.file.lower().endswith(CSV)
        texts = {f"{up}/{FILE}": self.texts[FILE]} | ({} if table else {there: self.texts[account.file]})
        shared = Shared(_moved(self.document, up), self.shared.vars, self.shared.defaults)
        return Workspace(root, file, self.base_url or api.base_url, shared, given=Given(uses, last, texts, self.root))

    def _use(self, account: FleetAccount, index: int, up: str) -> Document:
        given, own = account.given.uses[index], account.document
        value: dict[str, Any] = {**given, "kind": "Use"}
        if isinstance(given.get("module"), str):
            value["module"] = f"{up}/{module_folder(given['module'])}"
        inside = () if account.file.lower().endswith(CSV) else ("uses", index)
        return Document(f"{up}/{account.file}", own.index, account.lines[index], value, own.is_open, inside=inside)


def module_folder(name: str) -> str:
    """The folder of a module, from the fleet's: a plain name is one of modules/."""
    return name if "/" in name else f"{MODULES}/{name}"


def _edits(account: FleetAccount) -> dict[str, Any]:
    return {key: account.document.value[key] for key in ("patch", "drop") if key in account.document.value}


def _moved(document: Document, up: str) -> Document:
    return Document(f"{up}/{document.file}", document.index, document.line, document.value)


def records(world: World, root: Path) -> Path:
    """The folder of what is kept, which keeps itself out of version control."""
    folder, ignored = root / FOLDER, (root / FOLDER).with_name(".gitignore")
    world.files.make_folder(folder)
    if world.files.size(ignored) is None:
        world.files.write(ignored, b"*\n")
    return folder


def fleet_above(start: Path) -> Path:
    """The fleet that this folder lies in; the folder itself where it lies in none."""
    return next((one for one in (start, *start.parents) if (one / FILE).is_file()), start)


def open_fleet(
    root: Path,
    base_url: str | None,
    allowed_host: str | None,
    secret: Secret | None = None,
    *,
    partly: bool = False,
) -> Fleet:
    """Read and check the fleet's file and every account's. Raises Invalid with every finding.

    `partly`: accounts with a mistake are left out, and named in `findings`.
    """
    path = paths.opened(root, FILE)
    refuse_other(path, FILE)
    if not path.is_file():
        hint = "run in a fleet's folder or below it, or name it with -C DIR; docs/fleet.md says how one is made"
        raise Invalid(Finding("R401", f"there is no {FILE} here or above", hint=hint))
    data = path.read_bytes()
    documents, findings = read(FILE, data, secret.searched if secret else None)
    if findings:
        raise Invalid(many=findings)
    if len(documents) != 1:
        raise Invalid(Finding("R215", f"{FILE} holds {len(documents)} documents, and must hold one", Place(FILE, 1)))
    document = documents[0]
    try:
        file = FleetFile.model_validate(document.value, context={"currency": None})
    except ValidationError as error:
        problems = [schema_problem(detail, document, FleetFile) for detail in error.errors()]
        raise Invalid(many=place(problems, {FILE: data})) from None
    shared, problems = shared_of(document)
    problems += host_problems(file, document, base_url or file.api.base_url, base_url is not None, allowed_host)
    reader = AccountReader(root, document, secret.searched if secret else None)
    accounts = tuple(reader.below(file.accounts))
    texts = {FILE: data, **reader.texts}
    own, others = place(problems, texts), (*reader.findings, *place(reader.problems, texts))
    made = Fleet(root, file, document, shared, base_url, accounts, texts, others)
    if own or (not partly and (others or any(_homeless(made)))):
        raise Invalid(many=[*own, *others, *_homeless(made)])
    return made


def _homeless(fleet: Fleet) -> Iterator[Finding]:
    """Of accounts of no group, or of no ring."""
    for one in fleet.accounts:
        try:
            fleet.group_of(one)
            fleet.ring_of(one)
        except Invalid as error:
            yield from error.findings
