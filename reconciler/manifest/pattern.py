"""A document that stands for others: with `${…}` in it, with a `matrix`, or both."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from reconciler.kinds.fields import NAME_PATTERN, text
from reconciler.kinds.registry import BY_TITLE, EACH
from reconciler.manifest.document import Document, Path
from reconciler.manifest.matrix import Axes, axes_of, combinations, not_in_the_name, simple
from reconciler.manifest.problems import Problem
from reconciler.manifest.template import Scope, Template, Values, parts_of, template


class Pattern:
    """One document, looked at once; `problems` holds everything that is wrong with it before any value is known."""

    def __init__(self, document: Document, scope: Scope, known: str, prefixed: Set[Path] = frozenset()) -> None:
        self.document = document
        body = {key: value for key, value in document.value.items() if key != "matrix"}
        self._body = template(document, body, prefixed)
        self._matrix: Template | None = None
        self._axes: Axes | None = None
        self.problems: list[Problem] = []
        axes = {}
        if "matrix" in document.value:
            raw = document.value["matrix"]
            self._matrix = template(document, raw, path=("matrix",))
            self.problems += self._matrix.problems(scope, known)
            axes = raw if isinstance(raw, dict) else {}
            if not self._matrix.spots:
                self._axes, wrong = axes_of(self._matrix.made({}), document)
                self.problems += wrong
            self.problems += not_in_the_name(axes, self._body, document)
        for name in axes.keys() & scope.keys():
            message = f"`{name}` is an axis and an input of the module"
            self.problems.append(
                Problem("R311", message, document, ("matrix", name), True, "give the axis another name")
            )
        self.problems += self._body.problems({**scope, **dict.fromkeys(axes, "text")}, known)
        if self._body.names_at("kind"):
            hint = "write one document for each kind"
            self.problems.append(Problem("R113", "`kind` is not put in", document, ("kind",), hint=hint))

    def values(self, given: Values, problems: list[Problem]) -> Iterator[Any]:
        """What the document says, once for each combination. Axes that `given` spoils go to `problems`."""
        if self._matrix is None:
            yield self._body.made(given)
            return
        axes = self._axes
        if axes is None:
            axes, wrong = axes_of(self._matrix.made(given), self.document)
            problems += wrong
            if wrong:
                return
        for combination in combinations(axes):
            yield self._body.made({**given, **combination})

    def documents(self, given: Values, problems: list[Problem], use: Any = None) -> Iterator[Document]:
        """The same as documents of their own, at the place of this one."""
        one = self.document
        for value in self.values(given, problems):
            yield Document(one.file, one.index, one.line, value, False, use, one.value)


def prefixed(document: Document, inputs: Set[str]) -> frozenset[Path]:
    """Where in a module's document the prefix of a use belongs: before its name, and before every name in the module
    that it refers to or had. What came through an input names what stands outside."""
    kind = BY_TITLE.get(str(document.value.get("kind")))
    paths: list[tuple[Path, Any]] = [(("name",), document.value.get("name"))]
    moved = document.value.get("moved")
    old = moved.get("from") if isinstance(moved, dict) else None
    # A name it had in the module; an address is whole as it is.
    paths += (
        [(("moved", "from", index), one) for index, one in enumerate(old)]
        if isinstance(old, list)
        else [(("moved", "from"), old)]
    )
    for path in kind.references if kind else ():
        paths += _inside(document.value.get("spec"), path, ("spec",))
    return frozenset(where for where, value in paths if _is_of_module(value, where, inputs))


def _inside(value: Any, path: tuple[str, ...], above: Path) -> Iterator[tuple[Path, Any]]:
    """Every place that a path of a kind's spec leads to, and what stands there."""
    if not path:
        yield above, value
    elif path[0] == EACH:
        for index, item in enumerate(value) if isinstance(value, list) else ():
            yield from _inside(item, path[1:], (*above, index))
    elif isinstance(value, dict) and path[0] in value:
        yield from _inside(value[path[0]], path[1:], (*above, path[0]))


def _is_of_module(value: Any, where: Path, inputs: Set[str]) -> bool:
    if not isinstance(value, str):
        return False
    parts = parts_of(value)
    if len(parts) == 1 and isinstance(parts[0], tuple):
        return where == ("name",) or parts[0].name not in inputs
    if all(isinstance(one, str) for one in parts):
        # What is no name stays as it is, and is refused as such.
        return simple(value) is None and NAME_PATTERN.fullmatch(text(value)) is not None
    return True
