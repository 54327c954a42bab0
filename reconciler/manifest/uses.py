"""`kind: Use`: the manifests of a module under a prefix, with what it gives for the inputs, patched and thinned out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal

from msgspec import Struct, field
from pydantic import Field, ValidationError

from reconciler.errors import Source
from reconciler.kinds.document import Matrix, MovedSpec, Strict, unset
from reconciler.kinds.fields import NAME_PATTERN, Text
from reconciler.manifest.document import Document
from reconciler.manifest.inputs import given
from reconciler.manifest.matrix import MOST
from reconciler.manifest.modules import Module, Modules
from reconciler.manifest.patches import Patches
from reconciler.manifest.pattern import Pattern
from reconciler.manifest.problems import Problem, address_of, schema_problem
from reconciler.manifest.shared import Defaults, Shared
from reconciler.manifest.template import PREFIX
from reconciler.manifest.words import nearest

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


class UseRenderer(Struct):
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
        patches, found = Patches(document, "the module"), list[Document]()
        for value in self._values(document):
            module = self.modules.get(value["module"], document)
            inputs = self._inputs(value, module, document) if module else None
            if module is None or inputs is None:
                return []
            patches.begin(value)
            found += islice(self._rendered(module, inputs, document, patches), MOST + 1)
            if len(found) > MOST:
                message, hint = f"the use makes more than {MOST:,} documents", "write several uses"
                self.problems.append(Problem("R311", message, document, (), True, hint))
                return []
        self.problems += patches.idle({address_of(one) for one in found})
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
        self, module: Module, inputs: Mapping[str, Any], document: Document, patches: Patches
    ) -> Iterator[Document]:
        use = Source(document.file, document.line)
        for pattern in module.patterns:
            for one in pattern.documents(inputs, self.problems, use):
                made = patches.made(one)
                if made is not None:
                    yield self.defaults.fill(made)
