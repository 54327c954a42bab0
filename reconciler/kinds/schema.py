"""JSON Schema of manifests, for editors: Draft-07 keywords, one branch a kind.

Each branch requires its `kind` constant and allows no other keys, so that an editor reports the mistake in the branch
that was meant. What pydantic generates is trimmed: no automatic titles, no null for "not set".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from reconciler.kinds.registry import KINDS

DRAFT = "http://json-schema.org/draft-07/schema#"


class _Draft07(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def model_schema(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of one model; what it refers to is added to `definitions`."""
    schema = model.model_json_schema(schema_generator=_Draft07, ref_template="#/definitions/{model}")
    definitions.update({name: _trim(part) for name, part in schema.pop("$defs", {}).items()})
    trimmed: dict[str, Any] = _trim(schema)
    return trimmed


def manifest_schema() -> dict[str, Any]:
    """The schema of one manifest document."""
    definitions: dict[str, Any] = {}
    branches = []
    for kind in KINDS.values():
        name = kind.manifest.__name__
        definitions[name] = model_schema(kind.manifest, definitions)
        branches.append(
            {
                "if": {"properties": {"kind": {"const": kind.title}}, "required": ["kind"]},
                "then": {"$ref": f"#/definitions/{name}"},
            }
        )
    return {
        "$schema": DRAFT,
        "title": "reconciler manifest",
        "description": "What should exist in the ad account: one resource a document.",
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {"description": "The kind of resource.", "enum": [kind.title for kind in KINDS.values()]}
        },
        "allOf": branches,
        "definitions": dict(sorted(definitions.items())),
    }


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
