"""The JSON Schemas that editors and scripts read, generated from the models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from reconciler.contracts.contract import Contract
from reconciler.contracts.registry import CONTRACTS
from reconciler.kinds.registry import BY_TITLE
from reconciler.kinds.schema import DRAFT, Offer, accepting, manifest_schema, model_schema, reached
from reconciler.manifest.inputs import ModuleFile
from reconciler.manifest.uses import TITLE, UseManifest
from reconciler.manifest.workspace import WorkspaceFile
from reconciler.plan.document import PlanDocument, PlanJson


def schemas() -> dict[str, str]:
    """File name → text, ready to be written: sorted keys, two spaces, a line end."""
    manifest = accepting(manifest_schema(beside=_BESIDE))
    made = {
        "manifest.schema.json": manifest,
        **{
            f"manifest.{name}.schema.json": accepting(manifest_schema(_offers(one), _BESIDE))
            for name, one in CONTRACTS.items()
        },
        "module.schema.json": model_document("module", ModuleFile),
        "plan.schema.json": plan_schema(),
        "workspace.schema.json": _workspace_schema(manifest["definitions"]),
    }
    return {name: json.dumps(schema, indent=2, sort_keys=True) + "\n" for name, schema in made.items()}


_BESIDE = {TITLE: UseManifest}


def model_document(name: str, model: type[BaseModel]) -> dict[str, Any]:
    """The schema of one file that holds one document."""
    definitions: dict[str, Any] = {}
    body = model_schema(model, definitions)
    return {"$schema": DRAFT, "title": f"reconciler {name}", **body, "definitions": definitions}


def _workspace_schema(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Its defaults are the fields of the kinds, none of them required. `manifest`: the definitions of manifests."""
    made = model_document("workspace", WorkspaceFile)
    specs = {title: kind.manifest.spec_model().__name__ for title, kind in BY_TITLE.items()}
    defaults = {
        title: {key: part for key, part in manifest[spec].items() if key != "required"} for title, spec in specs.items()
    }
    made["properties"]["defaults"] |= {"properties": defaults, "additionalProperties": False}
    made["definitions"] |= reached(defaults, manifest)
    return made


def plan_schema() -> dict[str, Any]:
    """That of `plan --json` and of saved plans."""
    definitions: dict[str, Any] = {}
    model_schema(PlanDocument, definitions)
    whole = definitions.pop(PlanJson.__name__)
    return {"$schema": DRAFT, "title": "reconciler plan", **whole, "definitions": definitions}


def _offers(contract: Contract) -> dict[str, Offer]:
    """What the contract takes of each kind."""
    refused = frozenset(contract.other_values)
    return {
        kind: Offer(
            frozenset(name.partition(".")[0] for name in one.fields | one.named), frozenset(one.required), refused
        )
        for kind, one in contract.bindings.items()
    }
