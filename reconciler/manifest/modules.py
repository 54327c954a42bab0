"""Modules: folders of manifests with inputs, read when a use first names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from msgspec import Struct, field

from reconciler.errors import Finding, Source
from reconciler.manifest import paths
from reconciler.manifest.document import Document
from reconciler.manifest.files import YamlFiles
from reconciler.manifest.inputs import FILE, Input, inputs_of
from reconciler.manifest.pattern import Pattern, prefixed
from reconciler.manifest.problems import Problem
from reconciler.manifest.yaml import read

_KNOWN = "a module knows its inputs, and the axes of a document: what else it needs has to be an input"


class Module(Struct):
    """One module, its inputs and manifests looked at once."""

    folder: str
    """From the workspace."""
    inputs: dict[str, Input]
    patterns: list[Pattern]


class Modules(Struct):
    """The modules that a workspace uses; what is wrong with one is told once, with the first use."""

    root: Path
    currency: str | None
    secret: str | None
    top: Path | None = None
    """The folder that bounds modules where there is no git repository, a fleet's."""
    texts: dict[str, bytes] = field(default_factory=dict)
    """Every file that was read, by its path from the workspace."""
    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _known: dict[str, Module | None] = field(default_factory=dict)

    def get(self, name: str, document: Document) -> Module | None:
        """The module that a use names; None where it cannot be used, which is told."""
        if name not in self._known:
            self._known[name] = self._opened(name, document)
        return self._known[name]

    def _opened(self, name: str, document: Document) -> Module | None:
        folder = paths.module(self.root, name, self.top)
        if isinstance(folder, str):
            hint = "write the way from the workspace's folder, such as ../modules/launch"
            if "no git repository" in folder:
                hint = "run `git init` in the folder that holds both, or move the module into the workspace"
            self.problems.append(Problem("R312", f'the module "{name}" {folder}', document, ("module",), hint=hint))
            return None
        before = len(self.problems), len(self.findings)
        use = Source(document.file, document.line)
        documents = list(self._documents(folder, use))
        inputs = self._inputs(folder, documents, document)
        if before != (len(self.problems), len(self.findings)):
            return None
        patterns = []
        for one in documents:
            if one.file == folder.file(FILE):
                continue
            if one.value.get("kind") == "Use":
                hint = "use both where this one is used"
                self.problems.append(Problem("R312", "a module uses no module", one, ("kind",), hint=hint))
                continue
            types = {each.name: each.kind for each in inputs.values()}
            patterns.append(Pattern(one, types, _KNOWN, prefixed(one, inputs.keys())))
            self.problems += patterns[-1].problems
        sound = before == (len(self.problems), len(self.findings))
        return Module(folder.shown, inputs, patterns) if sound else None

    def _documents(self, folder: paths.Folder, use: Source) -> Iterator[Document]:
        files = YamlFiles(folder.base)
        for path in paths.beside(folder, files.findings):
            name = folder.file(path.name)
            data = files.read(name, path)
            if data is None:
                continue
            self.texts[name] = data
            found, wrong = read(name, data, self.secret)
            self.findings += [replace(one, use=use) for one in wrong]
            for one in found:
                one.use = use
                yield one
        self.findings += [replace(one, use=use) for one in files.findings]

    def _inputs(self, folder: paths.Folder, documents: list[Document], use: Document) -> dict[str, Input]:
        own = [one for one in documents if one.file == folder.file(FILE)]
        if folder.file(FILE) not in self.texts:
            text, hint = f"{folder.shown} holds no {FILE}", f"a module's folder holds {FILE} with its inputs"
            self.problems.append(Problem("R312", text, use, ("module",), hint=hint))
        if len(own) > 1:
            self.problems.append(Problem("R312", f"{FILE} holds {len(own)} documents", own[1], (), hint="write one"))
        if len(own) != 1:
            return {}
        inputs, problems = inputs_of(own[0], self.currency)
        self.problems += problems
        return inputs
