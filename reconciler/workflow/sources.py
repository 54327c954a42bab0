"""Where a field stands in its manifest, and the line to write there. Files are read when first asked about.

Edits are made in memory, one after the other; `edited` is what the files are to be.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from reconciler.errors import Place
from reconciler.kinds.registry import KINDS
from reconciler.manifest import named
from reconciler.manifest.desired import resources
from reconciler.manifest.document import Document, Path
from reconciler.manifest.edits import Edit, Editable, NotPossible, loses_comment, made, spellings
from reconciler.manifest.modules import Modules
from reconciler.manifest.paths import opened
from reconciler.manifest.positions import locate
from reconciler.manifest.problems import address_of
from reconciler.manifest.rendered import rendered
from reconciler.manifest.template import template
from reconciler.manifest.yaml import read
from reconciler.model import Address, Resource, Source
from reconciler.workflow.load import Loaded, load_documents
from reconciler.workflow.session import Session

_REASON = "{{field: {field}, reason: TEXT}}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A line to write; or why there is none, and the place to look at, if one is known."""

    path: str
    edit: Edit | None
    why: str | None = None
    place: Source | None = None

    def document(self) -> dict[str, Any]:
        """As in the JSON of `drift` and `explain`."""
        edit, place = self.edit, self.place
        return {
            "path": self.path,
            "file": edit.file if edit else place.file if place else None,
            "line": edit.line if edit else place.line if place else None,
            "use": place.use.as_json() if place and place.use else None,
            "last_line": edit.last_line if edit else None,
            "action": edit.action if edit else None,
            "text": edit.text if edit else None,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class _ManifestFile:
    data: bytes
    documents: dict[int, Document]
    """By the line of their first key, as the file was when it was read."""
    editable: Editable
    stored: bytes
    """What is on the disk."""


class Sources:
    """The manifests of a run, as they stand on the disk."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._files: dict[str, _ManifestFile | None] = {}

    def place(self, resource: Resource, field: str) -> Place | None:
        """Where a manifest, a patch or a default sets a field; None where nothing does."""
        document = self._rendered(resource)
        if document is None:
            return None
        path = _path(resource.address, document, field)
        return self._placed(document, path)[0] if _is_set(document, path) else None

    @property
    def edited(self) -> dict[str, tuple[bytes, bytes]]:
        """File → (what is on the disk, what it is to be), of all that were edited."""
        known = {name: file for name, file in self._files.items() if file}
        return {name: (file.stored, file.data) for name, file in known.items() if file.data != file.stored}

    def write(self, resource: Resource, field: str, value: Any) -> Proposal:
        """As `take_over`, and the edit is made: whatever is asked next sees it."""
        way = self.take_over(resource, field, value)
        file, document = self._document(resource)
        if way.edit is None or file is None or document is None:
            return way
        data = made(file.data, way.edit)
        documents, wrong = read(way.edit.file, data)
        after = {one.index: one for one in documents}
        same = after.keys() == {one.index for one in file.documents.values()} and all(
            after[one.index].value == one.value for one in file.documents.values() if one is not document
        )
        why = "it would change more than this line" if wrong or not same else None
        why = "a comment in it would be lost" if loses_comment(file.data, way.edit) else why
        if why is None:
            why = self._untrue(after[document.index], resource, field, value)
        if why:
            return replace(way, edit=None, why=why)
        known = {line: after[one.index] for line, one in file.documents.items()}
        editable = Editable(way.edit.file, data, documents)
        self._files[way.edit.file] = _ManifestFile(data, known, editable, file.stored)
        return way

    def take_over(self, resource: Resource, field: str, value: Any) -> Proposal:
        """What to write so that the manifest wants this value; None is a field that is not there."""
        return self._proposal(resource, field, lambda file, document: self._put(file, document, resource, field, value))

    def ignore(self, resource: Resource, field: str) -> Proposal:
        """What to write so that the field is left to others."""
        item = _REASON.format(field=field)
        path = ("lifecycle", "ignore")
        return self._proposal(
            resource, field, lambda file, document: file.editable.item(document.index, path, item, before="spec")
        )

    def _proposal(self, resource: Resource, field: str, make: Callable[[_ManifestFile, Document], Edit]) -> Proposal:
        if resource.source.use is not None:
            return self._of_many(resource, field)
        file, document = self._document(resource)
        if file is None or document is None:
            return Proposal(field, None, _CHANGED)
        if "matrix" in document.value:
            return self._of_many(resource, field)
        try:
            return Proposal(field, make(file, document))
        except NotPossible as error:
            return Proposal(field, None, str(error))

    def _of_many(self, resource: Resource, field: str) -> Proposal:
        """Of a document that others are made from, too: the place, and where one alone is told otherwise."""
        document = self._rendered(resource)
        if document is None:
            return Proposal(field, None, _CHANGED)
        place, use = self._placed(document, _path(resource.address, document, field))
        here, use = f"{place.file}:{place.line}", use or document.use
        if use is None:
            why = f"{here} says it for every document of the matrix: edit it for all of them, or write this one out"
        elif place.file == use.file:
            why = f"the patch at {here} says it: edit that"
        else:
            why = f"{here} says it for every use; for this one alone, write a `patch` at {use}"
        return Proposal(field, None, why, Source(place.file, place.line, use))

    @cached_property
    def _loaded(self) -> tuple[Loaded, dict[str, Document]]:
        loaded = load_documents(self._session.workspace, self._session.secret)
        return loaded, {address_of(one): one for one in loaded.documents}

    def _rendered(self, resource: Resource) -> Document | None:
        """The document of a resource with everything put in; None where it is another one by now."""
        found = self._loaded[1].get(str(resource.address))
        same = found is not None and Source(found.file, found.line, found.use) == resource.source
        return found if same else None

    def _placed(self, document: Document, path: Path) -> tuple[Place, Source | None]:
        stand = document.stand(path)
        return locate(stand.file, self._loaded[0].texts[stand.file], stand.number, stand.path), stand.use

    def _put(self, file: _ManifestFile, document: Document, resource: Resource, field: str, value: Any) -> Edit:
        path = _path(resource.address, document, field)
        if path[-1] != field.rpartition(".")[2]:
            raise NotPossible(f"the manifest says it by a name: edit `{path[-1]}`, or write `{field}` in its place")
        there = _is_set(document, path)
        if value is None and not there:
            raise NotPossible("a default of the workspace sets it")
        if there and template(document, _at(document, path)).spots:
            line = locate(document.file, file.data, document.index, path).line
            raise NotPossible(f"{document.file}:{line} takes it from elsewhere: edit what it names")
        if value is None:
            return file.editable.drop(document.index, path)
        why = ""
        for written in spellings(value):
            try:
                why = self._refused(document, path, written, resource, field, value)
            except NotPossible as error:
                why = why or str(error)
                continue
            if not why:
                return file.editable.put(document.index, path, written)
        raise NotPossible(why)

    def _refused(self, document: Document, path: Path, written: str, resource: Resource, field: str, value: Any) -> str:
        """Why a manifest that says so is not one, or says something else; empty when it says just this."""
        found, wrong = read("value", f"value: {written}\n".encode(errors="surrogatepass"))
        if wrong or not found:
            return wrong[0].message if wrong else "no manifest can hold it"
        raw: dict[str, Any] = dict(document.value)
        inside = raw
        for step in path[:-1]:
            inside[str(step)] = dict(inside.get(str(step)) or {})
            inside = inside[str(step)]
        inside[str(path[-1])] = found[0].value["value"]
        edited = Document(document.file, document.index, document.line, raw, is_open=True)
        return self._untrue(edited, resource, field, value) or ""

    def _untrue(self, edited: Document, resource: Resource, field: str, value: Any) -> str | None:
        """Why a document does not give the field this value; None when it does. None is a field that is not there."""
        work = self._session.workspace
        documents, refused = rendered([edited], work.shared, work.contracts, Modules(work.root, None, None))
        read_back, problems = resources(documents, work.contracts, work.file.account.currency)
        # What it refers to stands in other documents.
        problems = [*refused, *(one for one in problems if one.code != "R302")]
        if problems:
            return problems[0].message
        there = read_back[resource.address].fields.get(field) if resource.address in read_back else None
        return None if there == value else f"a manifest cannot say it: {json.dumps(there)} is what would be read"

    def _document(self, resource: Resource) -> tuple[_ManifestFile | None, Document | None]:
        name, line, _ = resource.source
        if name not in self._files:
            self._files[name] = self._read(name)
        file = self._files[name]
        return file, file.documents.get(line) if file else None

    def _read(self, name: str) -> _ManifestFile | None:
        data = self._session.world.files.read(opened(self._session.root, name))
        if data is None:
            return None
        secret = self._session.secret
        documents, wrong = read(name, data, secret.searched if secret else None)
        if wrong:
            return None
        return _ManifestFile(data, {one.line: one for one in documents}, Editable(name, data, documents), data)


_CHANGED = "the manifest has changed since it was read"


def _path(address: Address, document: Document, field: str) -> Path:
    """Where the field stands, by its own key or by a name, or would."""
    spec = document.value.get("spec", {})
    if said := named.written(KINDS[address.kind], spec, field):
        return said
    own = field in spec or field in KINDS[address.kind].manifest.spec_model().model_fields
    return ("spec", field) if own else ("spec", "extra", field)


def _is_set(document: Document, path: Path) -> bool:
    inside: Any = document.value
    for step in path:
        if not isinstance(inside, dict) or step not in inside:
            return False
        inside = inside[step]
    return True


def _at(document: Document, path: Path) -> Any:
    inside: Any = document.value
    for step in path:
        inside = inside[step]
    return inside
