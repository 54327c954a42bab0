"""Where a field stands in its manifest, and the line to write there. Files are read when first asked about."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reconciler.errors import Place
from reconciler.kinds.registry import KINDS
from reconciler.manifest.desired import resources
from reconciler.manifest.document import Document, Path
from reconciler.manifest.edits import Edit, Editable, NotPossible, spellings
from reconciler.manifest.modules import Modules
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


class Sources:
    """The manifests of a run, as they stand on the disk."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._files: dict[str, tuple[Editable, dict[int, Document]] | None] = {}

    @cached_property
    def _loaded(self) -> tuple[Loaded, dict[str, Document]]:
        loaded = load_documents(self._session.workspace, self._session.secret)
        return loaded, {address_of(one): one for one in loaded.documents}

    def place(self, resource: Resource, field: str) -> Place | None:
        """Where a manifest, a patch or a default sets a field; None where nothing does."""
        document = self._document(resource)
        if document is None:
            return None
        path = _path(resource.address, document, field)
        return self._placed(document, path)[0] if _is_set(document.value, path) else None

    def take_over(self, resource: Resource, field: str, value: Any) -> Proposal:
        """What to write so that the manifest wants this value; None is a field that is not there."""
        return self._proposal(
            resource, field, lambda editable, document: self._put(editable, document, resource, field, value)
        )

    def ignore(self, resource: Resource, field: str) -> Proposal:
        """What to write so that the field is left to others."""
        item = _REASON.format(field=field)
        path = ("lifecycle", "ignore")
        return self._proposal(
            resource, field, lambda editable, document: editable.item(document.index, path, item, before="spec")
        )

    def _proposal(self, resource: Resource, field: str, make: Callable[[Editable, Document], Edit]) -> Proposal:
        document = self._document(resource)
        file = self._file(document.file) if document else None
        if document is None or file is None:
            return Proposal(field, None, _CHANGED)
        editable, written = file
        if document.use is not None or "matrix" in written[document.line].value:
            return self._shared(document, resource, field)
        try:
            return Proposal(field, make(editable, written[document.line]))
        except NotPossible as error:
            return Proposal(field, None, str(error))

    def _shared(self, document: Document, resource: Resource, field: str) -> Proposal:
        """Of a document that others are made from, too."""
        place, use = self._placed(document, _path(resource.address, document, field))
        here, use = f"{place.file}:{place.line}", use or document.use
        if use is None:
            why = f"{here} says it for every document of the matrix: edit it for all of them, or write this one out"
        elif place.file == use.file:
            why = f"the patch at {here} says it: edit that"
        else:
            why = f"{here} says it for every use; for this one alone, write a `patch` at {use}"
        return Proposal(field, None, why, Source(place.file, place.line, use))

    def _placed(self, document: Document, path: Path) -> tuple[Place, Source | None]:
        stand = document.stand(path)
        return locate(stand.file, self._loaded[0].texts[stand.file], stand.number, stand.path), stand.use

    def _put(self, editable: Editable, document: Document, resource: Resource, field: str, value: Any) -> Edit:
        path = _path(resource.address, document, field)
        if value is None and not _is_set(document.value, path):
            raise NotPossible("a default of the workspace sets it")
        if _is_set(document.value, path) and template(document, _at(document.value, path), path=path).spots:
            place, _ = self._placed(document, path)
            raise NotPossible(f"{place.file}:{place.line} takes it from elsewhere: edit what it names")
        if value is None:
            return editable.drop(document.index, path)
        why = ""
        for written in spellings(value):
            try:
                why = self._refused(document, path, written, resource, field, value)
            except NotPossible as error:
                why = why or str(error)
                continue
            if not why:
                return editable.put(document.index, path, written)
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
        work = self._session.workspace
        edited = Document(document.file, document.index, document.line, raw, is_open=True)
        made, refused = rendered([edited], work.shared, work.contracts, Modules(work.root, None, None))
        read_back, problems = resources(made, work.contracts, work.file.account.currency)
        # What it refers to stands in other documents.
        problems = [*refused, *(one for one in problems if one.code != "R302")]
        if problems:
            return problems[0].message
        there = read_back[resource.address].fields.get(field)
        return "" if there == value else f"a manifest cannot say it: {json.dumps(written)} is read as another value"

    def _document(self, resource: Resource) -> Document | None:
        """The document of a resource, as it is rendered; None where it is another one by now."""
        found = self._loaded[1].get(str(resource.address))
        same = found is not None and Source(found.file, found.line, found.use) == resource.source
        return found if same else None

    def _file(self, name: str) -> tuple[Editable, dict[int, Document]] | None:
        """A manifest file as it is written, its documents by the line of their first key."""
        if name not in self._files:
            data = self._loaded[0].texts[name]
            secret = self._session.secret
            documents, wrong = read(name, data, secret.searched if secret else None)
            self._files[name] = (
                None if wrong else (Editable(name, data, documents), {one.line: one for one in documents})
            )
        return self._files[name]


_CHANGED = "the manifest has changed since it was read"


def _path(address: Address, document: Document, field: str) -> Path:
    """Where the field stands, or would."""
    spec = document.value.get("spec", {})
    own = field in spec or field in KINDS[address.kind].manifest.spec_model().model_fields
    return ("spec", field) if own else ("spec", "extra", field)


def _is_set(value: Any, path: Path) -> bool:
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return True


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
