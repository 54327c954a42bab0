"""The JSON Schemas of `fleet.yaml` and of an account's file, for editors."""

from __future__ import annotations

import json
from typing import Any

from reconciler.fleet.file import AccountFile, FleetFile
from reconciler.kinds.schema import accepting, model_schema, reached
from reconciler.manifest.guardrails import Guardrails
from reconciler.manifest.uses import UseManifest
from reconciler.workflow.schemas import model_document, schemas


def fleet_schemas() -> dict[str, str]:
    """File name → text, as `schemas` of a workspace does."""
    made = {"account.schema.json": _account(), "fleet.schema.json": _fleet()}
    return {name: json.dumps(schema, indent=2, sort_keys=True) + "\n" for name, schema in made.items()}


def _account() -> dict[str, Any]:
    """Its uses are Use documents without `kind`."""
    made = model_document("account", AccountFile)
    use = accepting(model_schema(UseManifest, made["definitions"]))
    use["properties"].pop("kind")
    use["required"].remove("kind")
    made["definitions"]["Use"] = use
    made["properties"]["uses"]["items"] = {"$ref": "#/definitions/Use"}
    return made


def _fleet() -> dict[str, Any]:
    """Guard rails of groups and defaults are those of a workspace."""
    made = model_document("fleet", FleetFile)
    workspace = json.loads(schemas()["workspace.schema.json"])
    about = made["definitions"]["Group"]["properties"]
    rails = model_schema(Guardrails, made["definitions"])
    made["definitions"][Guardrails.__name__] = rails
    about["guardrails"] = {"description": about["guardrails"]["description"], "$ref": "#/definitions/Guardrails"}
    made["properties"]["defaults"] = workspace["properties"]["defaults"]
    made["definitions"] |= reached(made["properties"]["defaults"], workspace["definitions"])
    return made
