"""The JSON Schemas that editors and scripts read, generated from the models."""

from __future__ import annotations

import json
from typing import Any

from reconciler.kinds.schema import DRAFT, manifest_schema, model_schema
from reconciler.manifest.workspace import WorkspaceFile
from reconciler.plan.document import PlanDocument, PlanJson


def schemas() -> dict[str, str]:
    """File name → text, ready to be written: sorted keys, two spaces, a line end."""
    definitions: dict[str, Any] = {}
    body = model_schema(WorkspaceFile, definitions)
    workspace = {"$schema": DRAFT, "title": "reconciler workspace", **body, "definitions": definitions}
    made = {
        "manifest.schema.json": manifest_schema(),
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
