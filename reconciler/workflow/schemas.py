"""The JSON Schemas that editors and scripts read, generated from the models."""

from __future__ import annotations

import json
from typing import Any

from reconciler.contracts.contract import Contract
from reconciler.contracts.registry import CONTRACTS
from reconciler.kinds.schema import DRAFT, Offer, manifest_schema, model_schema
from reconciler.manifest.workspace import WorkspaceFile
from reconciler.plan.document import PlanDocument, PlanJson


def schemas() -> dict[str, str]:
    """File name → text, ready to be written: sorted keys, two spaces, a line end."""
    definitions: dict[str, Any] = {}
    body = model_schema(WorkspaceFile, definitions)
    workspace = {"$schema": DRAFT, "title": "reconciler workspace", **body, "definitions": definitions}
    made = {
        "manifest.schema.json": manifest_schema(),
        **{f"manifest.{name}.schema.json": manifest_schema(_offers(one)) for name, one in CONTRACTS.items()},
        "plan.schema.json": plan_schema(),
        "workspace.schema.json": workspace,
    }
    return {name: json.dumps(schema, indent=2, sort_keys=True) + "\n" for name, schema in made.items()}


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
