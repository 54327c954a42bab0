"""Files → settings and documents. Every mistake is collected; paths that leave the workspace are refused."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace
from pydantic import ValidationError

from reconciler.api.secret import Secret
from reconciler.contracts.contract import Contract
from reconciler.contracts.hosts import is_loopback
from reconciler.contracts.registry import CONTRACTS, Contracts
from reconciler.errors import Finding, Invalid, Place
from reconciler.manifest import local_files, paths, upward, workspace
from reconciler.manifest.desired import resources
from reconciler.manifest.document import Document, Stand
from reconciler.manifest.files import YamlFiles
from reconciler.manifest.guardrails import Guardrails
from reconciler.manifest.inputs import FILE as MODULE
from reconciler.manifest.modules import Modules
from reconciler.manifest.problems import Problem, schema_problem
from reconciler.manifest.rendered import is_plain, rendered
from reconciler.manifest.shared import Shared, shared_of
from reconciler.manifest.template import parts_of
from reconciler.manifest.workspace import WorkspaceFile
from reconciler.manifest.yaml import read
from reconciler.model import Address, Entry, LockEntry, Resource
from reconciler.workflow.network import bundle_trouble
from reconciler.workflow.remembered import Remembered


class Given(Struct, frozen=True):
    """What the account of a fleet declares in the fleet's files."""

    uses: Sequence[Document]
    """Its Use documents."""
    account: Document
    """`patch` and `drop` of it count for all that it declares."""
    texts: Mapping[str, bytes]
    """The bytes of the fleet's files, by their path from the workspace."""
    top: Path
    """The fleet's folder: modules lie in it, or in its git repository."""


class Workspace(Struct, frozen=True):
    """One folder, one ad account, its settings checked."""

    root: Path
    file: WorkspaceFile
    base_url: str
    shared: Shared
    """What it gives to every manifest."""
    warnings: tuple[str, ...] = ()
    """What every plan of this workspace has to say."""
    passed_over: frozenset[str] = frozenset()
    """Manifest files that do not count: a pull that was interrupted has left them, and this run writes them again."""
    given: Given | None = None
    """What it declares beside its own manifest files."""
    settings: bytes = b""
    """The bytes of `reconciler.yaml` that all this was read from; none of an account of a fleet."""

    @property
    def contract(self) -> Contract:
        """How the API speaks."""
        return CONTRACTS[self.file.api.contract]

    @property
    def contracts(self) -> Contracts:
        """That, and those whose objects live beside its own."""
        return Contracts.of_workspace(self.file.api.contract)

    @property
    def account(self) -> dict[str, str]:
        """What the lockfile pins."""
        given = self.file.account
        parts = {"advertiser_id": given.advertiser_id, "currency": given.currency, "timezone": given.timezone}
        return {key: value for key, value in parts.items() if value}


def open_workspace(root: Path, base_url: str | None, allowed_host: str | None, secret: Secret | None) -> Workspace:
    """Read and check `reconciler.yaml`. Raises Invalid with every finding."""
    path = paths.opened(root, workspace.FILE)
    refuse_other(path, workspace.FILE)
    if not path.is_file():
        hint = (
            upward.passed_over(root)
            or "run in a workspace or below it, name it with -C DIR, or make one: `reconciler init`"
        )
        raise Invalid(Finding("R401", f"there is no {workspace.FILE} here or above", hint=hint))
    data = path.read_bytes()
    documents, findings = read(workspace.FILE, data, secret.searched if secret else None)
    if findings:
        raise Invalid(many=findings)
    if len(documents) != 1:
        message = f"{workspace.FILE} holds {len(documents)} documents, and must hold one"
        raise Invalid(Finding("R215", message, Place(workspace.FILE, 1)))
    document = documents[0]
    currency = document.value.get("account", {}) if isinstance(document.value.get("account"), dict) else {}
    try:
        file = WorkspaceFile.model_validate(document.value, context={"currency": currency.get("currency")})
    except ValidationError as error:
        problems = [schema_problem(detail, document, WorkspaceFile) for detail in error.errors()]
        raise Invalid(many=place(problems, {workspace.FILE: data})) from None
    shared, problems = shared_of(document)
    if problems:
        raise Invalid(many=place(problems, {workspace.FILE: data}))
    address = base_url or file.api.base_url
    problems = host_problems(file, document, address, base_url is not None, allowed_host)
    problems += [
        Problem(one.code, one.message, document, one.key, hint=one.hint) for one in paths.misplaced(root, file)
    ]
    if problems:
        raise Invalid(many=place(problems, {workspace.FILE: data}))
    links = paths.linked(root, file)
    if links:
        raise Invalid(many=links)
    bundle = file.api.network.ca_bundle
    if bundle and (trouble := bundle_trouble(root, bundle)):
        problem = Problem("R118", trouble, document, ("api", "network", "ca_bundle"), hint="name a PEM file")
        raise Invalid(many=place([problem], {workspace.FILE: data}))
    return Workspace(root, file, address, shared, settings=data)


def refuse_other(path: Path, name: str) -> None:
    """Raises Invalid where something stands that is no file."""
    if os.path.lexists(path) and not path.is_file():
        what = "is a folder" if path.is_dir() else "is a pipe, a socket or a device"
        raise Invalid(Finding("R404", f"{name} {what}", Place(name, 1), hint="put the file itself there"))


def under_guardrails_of(work: Workspace, base: bytes | None) -> Workspace:
    """The workspace under the guard rails of another commit's `reconciler.yaml`; None: that commit has none.

    What cannot be read limits nothing, and without a limit nothing may be enabled: a pull request gains nothing by it.
    """
    found = _guardrails(base) if base is not None else None
    if found is None:
        rails = Guardrails()
        said = f"the base commit has no {workspace.FILE} with guard rails that can be read: as if none were set"
    else:
        rails, said = found, "the guard rails of the base commit count here, not those of this commit, which differ"
    if rails == work.file.guardrails:
        return work
    return replace(work, file=work.file.model_copy(update={"guardrails": rails}), warnings=(*work.warnings, said))


def _guardrails(data: bytes) -> Guardrails | None:
    documents, findings = read(workspace.FILE, data, None)
    if findings or len(documents) != 1:
        return None
    currency = documents[0].value.get("account")
    context = {"currency": currency.get("currency") if isinstance(currency, dict) else None}
    try:
        return WorkspaceFile.model_validate(documents[0].value, context=context).guardrails
    except ValidationError:
        return None


def host_problems(
    file: workspace.Paced, document: Document, address: str, overridden: bool, allowed_host: str | None
) -> list[Problem]:
    """What is wrong with the host, and with limits that are for this machine alone. Raises Invalid for --base-url."""
    loopback = is_loopback(address)
    trouble = workspace.host_trouble(address, loopback, allowed_host)
    if trouble:
        message, hint = trouble
        if overridden:
            raise Invalid(Finding("R402", f"--base-url: {message}", hint=hint))
        return [Problem("R402", message, document, ("api", "base_url"), hint=hint)]
    if loopback:
        return []
    return [
        Problem("R403", message, document, path, hint="only with a loopback base_url")
        for path, message in workspace.too_fast(file)
    ]


class Loaded(Struct, frozen=True):
    """Everything the manifests say, rendered."""

    documents: Sequence[Document]
    """In the order of paths."""
    texts: Mapping[str, bytes]
    """The bytes of every file, by its path from the workspace: mistakes are placed in them."""
    findings: Sequence[Finding]
    is_rendered: bool
    """Whether every document stands for what it should; if not, nobody knows what else is declared."""
    plain: Mapping[str, int]
    """How many documents a file has that was read and whose documents are what they say: nothing is put in, and none
    stands for many."""


def load_documents(
    work: Workspace,
    secret: Secret | None,
    edited: Mapping[str, bytes] = MappingProxyType({}),
    currency: str | None = None,
    cache: Remembered | None = None,
) -> Loaded:
    """Every document of every manifest file, and of the modules they use.

    `edited`: what files are to be, in place of what they are. `currency`: as `load_desired` takes it. `cache`: where
    files are looked up before they are read.
    """
    documents: list[Document] = [*work.given.uses] if work.given else []
    texts: dict[str, bytes] = {**work.given.texts} if work.given else {}
    plain: dict[str, int] = {}
    findings: list[Finding] = []
    files = YamlFiles(work.root)
    searched = secret.searched if secret else None
    for name, path in manifest_files(work, files):
        data = edited.get(name) or files.read(name, path)
        if data is None:
            continue
        texts[name] = data
        if path.name == MODULE:
            hint = "move the module out of the folders that `manifests:` names, to modules/ for example"
            findings.append(Finding("R121", "a module lies among the manifests", Place(name, 1), hint=hint))
            continue
        if cache is not None and (known := cache.documents(name, data)) is not None:
            documents += known
            continue
        found, wrong = read(name, data, searched)
        if all(is_plain(one) for one in found):
            plain[name] = len(found)
        documents += found
        findings += wrong
    top = work.given.top if work.given else None
    modules = Modules(work.root, work.file.account.currency or currency, searched, top)
    last = work.given.account if work.given else None
    made, problems = rendered(documents, work.shared, work.contracts, modules, last)
    texts |= modules.texts
    if work.shared.defaults and not work.given:
        texts[workspace.FILE] = paths.opened(work.root, workspace.FILE).read_bytes()
    findings += [*files.findings, *modules.findings, *place(problems, texts)]
    return Loaded(made, texts, findings, not problems and not modules.findings, plain)


def manifest_files(work: Workspace, files: YamlFiles) -> Iterator[tuple[str, Path]]:
    """(name, path) of every manifest file, each once; what is missing becomes a finding of `files`."""
    seen: set[Path] = set()
    for number, entry in enumerate(work.file.manifests):
        start = work.root / entry
        if not os.path.lexists(start):
            message, hint = f'the manifests folder "{entry}" does not exist', "make the folder, or correct `manifests:`"
            from reconciler.manifest.positions import locate

            where = locate(workspace.FILE, work.settings, 0, ("manifests", number)) if work.settings else None
            files.findings.append(Finding("R404", message, where, hint=hint))
            continue
        for name, path in files.below(entry):
            if path not in seen and name not in work.passed_over:
                seen.add(path)
                yield name, path


def load_desired(
    work: Workspace,
    secret: Secret | None,
    bound: Mapping[Address, Entry],
    *,
    births: bool = True,
    now: float | None = None,
    currency: str | None = None,
) -> dict[Address, Resource]:
    """What the manifests declare. Raises Invalid with every finding of every file.

    `births`, `now`: as `resources` takes them. `currency`: of the account, where the workspace names none.
    """
    # Where the workspace names no currency, what is read with one is not what the next run needs first; and what the
    # account of a fleet means depends on more files than its own.
    is_kept = work.given is None and (currency is None or work.file.account.currency is not None)
    # Not read again: somebody may have edited the file since its defaults were read.
    cache = Remembered(work.root, secret, work.settings) if is_kept else None
    known = {one: entry.applied if isinstance(entry, LockEntry) else {} for one, entry in bound.items()}

    def load(cache: Remembered | None) -> tuple[Loaded, dict[Address, Resource], list[Problem]]:
        loaded = load_documents(work, secret, currency=currency, cache=cache)
        money = work.file.account.currency or currency
        desired, problems = resources(loaded.documents, work.contracts, money, known, births=births, now=now)
        read = [one for one in loaded.documents if one.known is None]
        return loaded, desired, problems + local_files.fill(desired, read, work.root)

    with _no_collection():
        loaded, desired, problems = load(cache)
        if (problems or loaded.findings) and any(one.known for one in loaded.documents):
            # A mistake is told with its place, and that stands in no cache.
            loaded, desired, problems = load(None)
        elif cache is not None and not (problems or loaded.findings):
            cache.remember(loaded.plain, loaded.texts, (one.alone for one in loaded.documents if one.alone))
    findings = [*loaded.findings, *place(_not_unread(problems, loaded), loaded.texts)]
    if findings:
        raise Invalid(many=findings)
    if not desired and known:
        raise Invalid(
            Finding(
                "R304",
                f"no manifest was found, but the lockfile holds {len(known)} resources: all of them would be removed",
                hint="check `manifests:` and the folder; to let resources go, use `reconciler state rm ADDRESS`",
            )
        )
    return desired


def _not_unread(problems: Sequence[Problem], loaded: Loaded) -> Sequence[Problem]:
    """The problems without those that only follow from files that could not be read to their end: references to what
    stands, or may stand, in them, and what both sides of a merge declare."""
    found: set[Address] = set()
    files = {one.place.file if one.place else "" for one in loaded.findings}
    merged = {file for file in files if b"\n<<<<<<< " in b"\n" + loaded.texts.get(file, b"")}
    problems = [one for one in problems if one.code != "R301" or one.document.file not in merged]
    if not loaded.is_rendered or not files <= loaded.texts.keys() or any(one.code == "R404" for one in loaded.findings):
        # A whole file or folder is missing: nobody knows what it declares.
        return [one for one in problems if one.lacks is None]
    from reconciler.manifest.glimpse import glimpse

    for file in files:
        found |= glimpse(loaded.texts[file])
    return [one for one in problems if one.lacks not in found]


def place(problems: Sequence[Problem], texts: Mapping[str, bytes]) -> list[Finding]:
    """Problems with line and column: the files that have any are parsed once more.

    What is wrong with many documents at one place, for they are all made from one, is told once.
    """
    result: dict[tuple[str, str, Place], Finding] = {}
    if not problems:
        return []
    from reconciler.manifest.positions import locate_all

    by_file: dict[str, list[tuple[Problem, Stand]]] = {}
    for problem in problems:
        stand = problem.document.stand(problem.path)
        by_file.setdefault(stand.file, []).append((problem, stand))
    for file, mine in by_file.items():
        wanted = [(stand.number, stand.path, one.key) for one, stand in mine]
        # What is no text of YAML is the row of a table: nothing inside it has a place.
        rows = [Place(file, one.document.line) for one, _ in mine]
        places = locate_all(file, texts[file], wanted) if file in texts else rows
        for (one, stand), where in zip(mine, places, strict=True):
            found = Finding(one.code, one.message, where, one.address, _hint(one), use=stand.use)
            result.setdefault((one.code, one.message, where), found)
    return list(result.values())


def _hint(problem: Problem) -> str | None:
    """What to do; where the value was put in, that it is to be done where the value comes from."""
    written = None if problem.key else problem.document.scalar(problem.path)
    if written is None or all(isinstance(one, str) for one in parts_of(written)) or problem.code == "R113":
        return problem.hint
    return f"the value comes from `{written}`" + (f"; there: {problem.hint}" if problem.hint else "")


@contextmanager
def _no_collection() -> Iterator[None]:
    """Loading makes many objects and no cycles; the collector would walk them all again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
