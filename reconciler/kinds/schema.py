"""JSON Schema of manifests, for editors: Draft-07 keywords, one branch a kind.

Each branch requires its `kind` constant and allows no other keys, so that an editor reports the mistake in the branch
that was meant. What pydantic generates is trimmed: no automatic titles, no null for "not set".
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from reconciler.kinds.registry import KINDS, Kind

DRAFT = "http://json-schema.org/draft-07/schema#"


@dataclass(frozen=True, slots=True)
class Offer:
    """What one contract takes of a kind."""

    fields: frozenset[str]
    required: frozenset[str]
    """Beyond what the kind itself asks for."""
    refused: frozenset[tuple[str, str]]
    """(field, value of another contract)."""


class _Draft07(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        model = schema["cls"]
        aliases = {name: info.alias or name for name, info in model.model_fields.items()}
        return _described(super().model_schema(schema), model, aliases)

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        return _described(super().typed_dict_schema(schema), schema["cls"], {})


def _described(made: JsonSchemaValue, model: type[Any], aliases: Mapping[str, str]) -> JsonSchemaValue:
    properties = made.get("properties", {})
    for name, text in descriptions(model).items():
        if (key := aliases.get(name, name)) in properties:
            properties[key] = {"description": text, **properties[key]}
    return made


def model_schema(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of one model; what it refers to is added to `definitions`."""
    schema = model.model_json_schema(schema_generator=_Draft07, ref_template="#/definitions/{model}")
    definitions.update({name: _trim(part) for name, part in schema.pop("$defs", {}).items()})
    trimmed: dict[str, Any] = _trim(schema)
    return trimmed


def accepting(schema: Any) -> Any:
    """The schema with `${…}` in it wherever a scalar stands, or a list of scalars."""
    inner = {key: _accepting_in(key, part) for key, part in schema.items()}
    kinds = schema.get("type", "")
    is_list = kinds == "array" and not {"$ref", "properties"} & schema.get("items", {}).keys()
    # Any text holds it already.
    is_scalar = kinds not in ("array", "object", "", "string") or bool(schema.keys() & _LIMITS)
    if not (is_list or is_scalar):
        return inner
    beside = {key: inner.pop(key) for key in ("description", "default") if key in inner}
    return {**beside, "anyOf": [inner, _PUT_IN]}


_PUT_IN = {"type": "string", "pattern": r"\$\{"}
_LIMITS = {"const", "enum", "pattern", "minLength", "maxLength"}


def _accepting_in(key: str, part: Any) -> Any:
    if key in ("properties", "definitions"):
        return {name: one if name == "kind" else accepting(one) for name, one in part.items()}
    if key in ("items", "additionalProperties", "then") and isinstance(part, Mapping):
        return accepting(part)
    return [accepting(one) for one in part] if key in ("anyOf", "allOf") else part


def manifest_schema(
    offers: Mapping[str, Offer] | None = None, beside: Mapping[str, type[BaseModel]] = MappingProxyType({})
) -> dict[str, Any]:
    """The schema of one manifest document. `offers`: kind → what a contract takes of it; None: what any of them does.

    With `offers` a kind that is an object of the account and not among them is not offered. `beside`: documents that
    declare no resource, by their `kind`.
    """
    definitions: dict[str, Any] = {}
    branches = []
    kinds = [one for one in KINDS.values() if offers is None or one.short in offers or not one.name_field]
    for kind in kinds:
        name = kind.manifest.__name__
        definitions[name] = model_schema(kind.manifest, definitions)
        if offers and kind.short in offers:
            spec = kind.manifest.spec_model().__name__
            offered = _offered(definitions[spec], offers[kind.short], {kind.parent_field, "extra"})
            definitions[spec] = _or_named(offered, kind)
        branches.append(_branch(kind.title, name))
    for title, model in beside.items():
        definitions[model.__name__] = model_schema(model, definitions)
        branches.append(_branch(title, model.__name__))
    titles = [*(kind.title for kind in kinds), *beside]
    return {
        "$schema": DRAFT,
        "title": "reconciler manifest",
        "description": "What should exist in the ad account: one resource a document.",
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"description": "The kind of resource.", "enum": titles}},
        "allOf": branches,
        "definitions": dict(sorted(reached(branches, definitions).items())),
    }


def _branch(title: str, definition: str) -> dict[str, Any]:
    chosen = {"properties": {"kind": {"const": title}}, "required": ["kind"]}
    return {"if": chosen, "then": {"$ref": f"#/definitions/{definition}"}}


def _offered(spec: Mapping[str, Any], offer: Offer, beside: Set[str | None]) -> dict[str, Any]:
    """A spec with the fields of one contract. `beside`: what is no field of the API."""
    properties = {
        name: {**part, "enum": [one for one in part["enum"] if (name, one) not in offer.refused]}
        if "enum" in part
        else part
        for name, part in spec["properties"].items()
        if name in offer.fields | beside
    }
    return {**spec, "properties": properties, "required": sorted({*spec.get("required", ()), *offer.required})}


def _or_named(spec: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """The same, where a required field may be given by a name that stands for it."""
    required, either = list(spec["required"]), []
    for (name, *deeper), mark in kind.named.items():
        for one in mark.instead if not deeper else ():
            if one in required:
                required.remove(one)
                either.append({"anyOf": [{"required": [one]}, {"required": [name]}]})
    return {**spec, "required": required, **({"allOf": either} if either else {})}


def reached(schema: Any, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The definitions that a schema refers to, directly or through others."""
    found: dict[str, Any] = {}
    left = [schema]
    while left:
        part = left.pop()
        if isinstance(part, Mapping):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found[name] = definitions[name]
                left.append(definitions[name])
            left += part.values()
        elif isinstance(part, list):
            left += part
    return found


def _trim(schema: Any) -> Any:
    """Drop automatic titles and null defaults; `const` needs no `type`."""
    if isinstance(schema, list):
        return [_trim(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    properties = schema.get("properties")
    result = {
        key: _trim(part)
        for key, part in schema.items()
        if not (key == "title" and isinstance(part, str))
        and not (key == "default" and part is None)
        and key != "properties"
    }
    if properties is not None:
        result["properties"] = {name: _trim(part) for name, part in properties.items()}
    return result


def descriptions(model: type[Any]) -> dict[str, str]:
    """Field of a model, or of a TypedDict, → the docstring under it, those of its bases included.

    Pydantic's `use_attribute_docstrings` reads the same, but whenever a class is made: a fifth of what a small command
    costs, for what nothing but schemas and tests want.
    """
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if one not in (BaseModel, dict, object):
            found |= _own(one)
    return found


@cache
def _own(model: type[Any]) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(model))
    except (OSError, TypeError):
        # One that was made without a `class` statement.
        return {}
    (made,) = ast.parse(source).body
    return {
        line.target.id: inspect.cleandoc(after.value.value)
        for line, after in pairwise(made.body if isinstance(made, ast.ClassDef) else ())
        if isinstance(line, ast.AnnAssign)
        and isinstance(line.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }
