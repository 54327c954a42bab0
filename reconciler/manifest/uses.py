"""`kind: Use`: the manifests of a module under a prefix, with what it gives for the inputs, patched and thinned out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from pydantic import Field, ValidationError

from reconciler.errors import Source
from reconciler.kinds.document import Matrix, MovedSpec, Strict, unset
from reconciler.kinds.fields import NAME_PATTERN, Text
from reconciler.manifest.document import Document, Path, Stand
from reconciler.manifest.inputs import given
from reconciler.manifest.matrix import MOST
from reconciler.manifest.modules import Module, Modules
from reconciler.manifest.pattern import Pattern
from reconciler.manifest.problems import Problem, address_of, schema_problem
from reconciler.manifest.shared import Defaults, Shared
from reconciler.manifest.template import PREFIX
from reconciler.manifest.words import misaddressed, nearest

TITLE = "Use"


class Patch(Strict):
    """Other fields for one document of a module."""

    address: Text
    """The document as it is rendered, such as adgroup/gb-broad."""
    spec: dict[str, Any]
    """Whole fields, in place of those the document has."""


class UseManifest(Strict):
    """The manifests of a module, once for each combination of the matrix."""

    kind: Literal["Use"]
    """Use."""
    name: Text
    """Stands, with a hyphen, before every name in the module."""
    module: Text
    """The module's folder, from the workspace's folder; it may lie anywhere in the git repository."""
    inputs: dict[str, Any] = Field(default_factory=dict)
    """What the module asks for."""
    matrix: Matrix = unset()
    """Axis → values: the module is used once for each combination. Every axis stands in the name."""
    patch: list[Patch] = Field(default_factory=list)
    """Documents of the module that are to say something else."""
    drop: list[Text] = Field(default_factory=list)
    """Addresses of documents that are to be left out."""
    moved: MovedSpec = unset()
    """The name that the use had: every address under its prefix was one under that."""


@dataclass(slots=True)
class UseRenderer:
    """Renders uses; what is wrong with them is collected in `problems`."""

    modules: Modules
    shared: Shared
    defaults: Defaults
    problems: list[Problem] = field(default_factory=list)

    def documents(self, document: Document) -> list[Document]:
        """What one use stands for."""
        try:
            UseManifest.model_validate(document.value)
        except ValidationError as error:
            self.problems += [schema_problem(detail, document, UseManifest) for detail in error.errors()]
            return []
        edits, found = _Edits(document), list[Document]()
        for value in self._values(document):
            module = self.modules.get(value["module"], document)
            inputs = self._inputs(value, module, document) if module else None
            if module is None or inputs is None:
                return []
            edits.begin(value)
            found += islice(self._rendered(module, inputs, document, edits), MOST + 1)
            if len(found) > MOST:
                message, hint = f"the use makes more than {MOST:,} documents", "write several uses"
                self.problems.append(Problem("R311", message, document, (), True, hint))
                return []
        self.problems += edits.idle({address_of(one) for one in found})
        return found

    def _values(self, document: Document) -> Iterator[Mapping[str, Any]]:
        if not document.is_open and "matrix" not in document.value:
            yield document.value
            return
        pattern = Pattern(document, self.shared.types(), "a use knows the vars and its axes")
        self.problems += pattern.problems
        if not pattern.problems:
            yield from pattern.values(self.shared.vars, self.problems)

    def _inputs(self, value: Mapping[str, Any], module: Module, document: Document) -> dict[str, Any] | None:
        """Name → value, the prefix among them; None where something is wrong."""
        before, name, values = len(self.problems), value["name"], value.get("inputs", {})
        if not NAME_PATTERN.fullmatch(name):
            text, hint = f'`name`: "{name}" is not a name', f"a name matches {NAME_PATTERN.pattern}"
            self.problems.append(Problem("R209", text, document, ("name",), hint=hint))
        for one in values.keys() - module.inputs.keys():
            hint = nearest(one, module.inputs) or f"inputs of the module: {', '.join(module.inputs) or 'none'}"
            self.problems.append(Problem("R201", f"unknown input `{one}`", document, ("inputs", one), True, hint))
        found = {PREFIX: f"{name}-"}
        for one in given(module.inputs, values, document):
            if isinstance(one, Problem):
                self.problems.append(one)
            else:
                found[one[0]] = one[1]
        return found if len(self.problems) == before else None

    def _rendered(
        self, module: Module, inputs: Mapping[str, Any], document: Document, edits: _Edits
    ) -> Iterator[Document]:
        use = Source(document.file, document.line)
        for pattern in module.patterns:
            for one in pattern.documents(inputs, self.problems, use):
                made = edits.made(one)
                if made is not None:
                    yield self.defaults.fill(made)


class _Edits:
    """`patch`, `drop` and `moved` of one use."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._patches: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self._drops: dict[str, int] = {}
        self._wanted: dict[tuple[str, Path], bool] = {}
        """(address, where it is written) → whether a document had it."""
        self._name = ""
        self._former: list[str] = []

    def begin(self, value: Mapping[str, Any]) -> None:
        """Take what one combination says."""
        self._patches, self._drops = {}, {}
        former = value.get("moved", {}).get("from", [])
        self._name, self._former = value["name"], former if isinstance(former, list) else [former]
        for index, one in enumerate(value.get("patch", ())):
            self._patches.setdefault(one["address"], []).append((index, one["spec"]))
            self._wanted.setdefault((one["address"], ("patch", index, "address")), False)
        for index, address in enumerate(value.get("drop", ())):
            self._drops[address] = index
            self._wanted.setdefault((address, ("drop", index)), False)

    def made(self, document: Document) -> Document | None:
        """A document with its patches; None for one that is left out."""
        document = self._moved(document) if self._former else document
        if not self._patches and not self._drops:
            return document
        address = address_of(document)
        for index, spec in self._patches.get(address, ()):
            self._wanted[address, ("patch", index, "address")] = True
            document = self._patched(document, index, spec)
        if address not in self._drops:
            return document
        self._wanted[address, ("drop", self._drops[address])] = True
        return None

    def _moved(self, document: Document) -> Document:
        """The same, with the addresses it had under the names that the use had."""
        own = document.value.get("moved", {}).get("from", [])
        names = [document.value["name"], *(own if isinstance(own, list) else [own])]
        before = f"{self._name}-"
        olds = [f"{old}-{one.removeprefix(before)}" for old in self._former for one in names if one.startswith(before)]
        value = {**document.value, "moved": {"from": [*names[1:], *olds]}}
        there = self._document
        borrowed = {**(document.borrowed or {}), "moved": Stand(there.file, there.index, ("moved", "from"), None)}
        return Document(
            document.file, document.index, document.line, value, False, document.use, document.written, borrowed
        )

    def _patched(self, document: Document, index: int, spec: Mapping[str, Any]) -> Document:
        there, before = self._document, document.value.get("spec")
        value = {**document.value, "spec": {**before, **spec} if isinstance(before, dict) else dict(spec)}
        borrowed = {
            **(document.borrowed or {}),
            **{name: Stand(there.file, there.index, ("patch", index, "spec", name), None) for name in spec},
        }
        written = document.written
        return Document(document.file, document.index, document.line, value, False, document.use, written, borrowed)

    def idle(self, addresses: set[str]) -> Iterator[Problem]:
        """Patches and drops that no document had."""
        for (address, path), had in self._wanted.items():
            if not had:
                text = f"no document of the module is {address}"
                hint = misaddressed(address, addresses) or "`reconciler render` lists the addresses there are"
                yield Problem("R313", text, self._document, path, hint=hint)
