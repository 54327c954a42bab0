"""`module.yaml`: the inputs of a module, their types, and what a use may give for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, get_args

from msgspec import Struct, field
from pydantic import Field, PlainValidator, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.kinds.document import Strict, unset
from reconciler.kinds.fields import Boolean, Id, Integer, Moment, Money, Text, WebUrl, fail
from reconciler.manifest.document import Document, Path
from reconciler.manifest.matrix import short, simple
from reconciler.manifest.problems import Problem, schema_problem
from reconciler.model import Plain

FILE = "module.yaml"
"""What makes a folder a module."""
InputType = Literal["text", "id", "integer", "money", "boolean", "url", "time", "list"]


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise fail("R215", "a list is expected here", "write [VALUE, VALUE], also for one value alone")
    for one in value:
        if (error := simple(one)) is not None:
            raise error
    return value


_CHECKS: Mapping[str, Any] = {
    "text": Text,
    "id": Id,
    "integer": Integer,
    "money": Money,
    "boolean": Boolean,
    "url": WebUrl,
    "time": Moment,
    "list": Annotated[list[Any], PlainValidator(_list)],
}
_UNQUOTED = ("integer", "money", "boolean")
"""Types whose values stand in a manifest without quotes, and may have a largest one but for the boolean."""
_VALUE = WithJsonSchema(
    {"anyOf": [{"type": ["string", "number", "boolean"]}, {"type": "array", "items": {"type": ["string", "integer"]}}]}
)


class ModuleInput(Strict):
    """One input of a module."""

    type: InputType
    """What a use has to give."""
    default: Annotated[Any, _VALUE] = unset()
    """What it is where a use does not give it; without one every use has to."""
    max: Annotated[Any, WithJsonSchema({"type": ["number", "string"]})] = unset()
    """The largest value, of money and integer alone."""


class ModuleFile(Strict):
    """What a module takes."""

    inputs: dict[str, ModuleInput] = Field(default_factory=dict)
    """Name → type, and what goes with it; `${NAME}` in a manifest of the module stands for its value."""


@cache
def _check(kind: InputType) -> TypeAdapter[Any]:
    """Made when it is first asked: most workspaces have no module."""
    return TypeAdapter(_CHECKS[kind])


class Input(Struct):
    """One input, ready to take values."""

    name: str
    kind: InputType
    currency: str | None
    default: Any = None
    """As it is put in; None: a use must give one."""
    most: Decimal | None = None
    _taken: dict[tuple[type, str], Any] = field(default_factory=dict)
    """What was found good before: 5,000 uses give few different values."""

    def taken(self, value: Any) -> Any:
        """A value as it is put in. Raises PydanticCustomError."""
        if not isinstance(value, str):
            return self._checked(value)
        known = self._taken.get((type(value), value))
        if known is None:
            known = self._taken[type(value), value] = self._checked(value)
        return known

    def _checked(self, value: Any) -> Any:
        try:
            _check(self.kind).validate_python(value, context={"currency": self.currency})
        except ValidationError as error:
            context = error.errors()[0]["ctx"]
            raise fail(context["code"], context["text"], context["hint"]) from None
        if isinstance(value, str):
            short(value)
        if self.most is not None and Decimal(value) > self.most:
            raise fail("R208", f"{value} is more than {self.most}, the most that the module takes")
        if self.kind in _UNQUOTED:
            return Plain(value)
        return value if isinstance(value, list) else str(value)


def inputs_of(document: Document, currency: str | None) -> tuple[dict[str, Input], list[Problem]]:
    """The inputs that a module's file declares, and every mistake in it."""
    try:
        declared = ModuleFile.model_validate(document.value).inputs
    except ValidationError as error:
        return {}, [_of_schema(detail, document) for detail in error.errors()]
    found: dict[str, Input] = {}
    problems: list[Problem] = []
    for name, one in declared.items():
        found[name] = made = Input(name, one.type, currency)
        for key in ("max", "default"):
            if key in one.model_fields_set:
                try:
                    _set(made, key, getattr(one, key))
                except PydanticCustomError as error:
                    problems.append(problem_of(error, key, document, ("inputs", name, key)))
    return found, problems


def _set(made: Input, key: str, value: Any) -> None:
    if key == "default":
        made.default = made.taken(value)
    elif made.kind not in ("money", "integer"):
        raise fail("R201", f"a {made.kind} has no largest value", "`max` goes with money and integer")
    else:
        made.most = Decimal(made.taken(value))


def problem_of(error: PydanticCustomError, name: str, document: Document, path: Path) -> Problem:
    """A value that a type refuses, in our words."""
    context = error.context or {}
    return Problem(context["code"], f"`{name}`: {context['text']}", document, path, hint=context["hint"] or None)


def _of_schema(detail: Any, document: Document) -> Problem:
    problem = schema_problem(detail, document, ModuleFile)
    if detail["type"] == "literal_error":
        return Problem("R204", problem.message, document, problem.path, hint=f"one of {', '.join(get_args(InputType))}")
    return problem


class Cell(str):
    """A value of a table, where nothing tells text from number."""

    __slots__ = ()

    def written_for(self, kind: InputType) -> str:
        """As a manifest would have it for an input of this type."""
        return Plain(self) if kind in _UNQUOTED else str(self)


def given(
    inputs: Mapping[str, Input], values: Mapping[str, Any], document: Document
) -> Iterator[tuple[str, Any] | Problem]:
    """Every input with what a use gives for it, or its default; or what is wrong with that."""
    for name, one in inputs.items():
        if name not in values:
            if one.default is None:
                hint = f"add `{name}:` here, of type {one.kind}"
                yield Problem("R202", f"the input `{name}` is missing", document, ("inputs",), True, hint)
            else:
                yield name, one.default
            continue
        try:
            value = values[name]
            yield name, one.taken(value.written_for(one.kind) if isinstance(value, Cell) else value)
        except PydanticCustomError as error:
            yield problem_of(error, name, document, ("inputs", name))
