"""The JSON Schema of `plan --json`, for scripts that read it. Readers must ignore fields they do not know."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.schema import DRAFT
from reconciler.model import OPS


def _object(
    properties: dict[str, Any], description: str, optional: dict[str, Any] | None = None, *, nullable: bool = False
) -> dict[str, Any]:
    return {
        "type": ["object", "null"] if nullable else "object",
        "description": description,
        "required": sorted(properties),
        "properties": {**properties, **(optional or {})},
    }


def _text(description: str, *, nullable: bool = False) -> dict[str, Any]:
    return {"type": ["string", "null"] if nullable else "string", "description": description}


def _count(description: str) -> dict[str, Any]:
    return {"type": "integer", "minimum": 0, "description": description}


def _list(items: dict[str, Any], description: str) -> dict[str, Any]:
    return {"type": "array", "items": items, "description": description}


def plan_schema() -> dict[str, Any]:
    """One document."""
    field = _object(
        {
            "path": _text("The API's name of the field."),
            "old": {"description": "The live value; null for what is new."},
            "new": {"description": "The value after the apply; money is text."},
            "side": {"enum": ["ours", "theirs", "both"], "description": "Who changed it since the last apply."},
            "money": {"type": "boolean", "description": "Whether its values are amounts or other decimals, as text."},
        },
        "One field of a change.",
    )
    source = _object({"file": _text("Relative to the workspace."), "line": _count("From 1.")}, "The manifest.")
    change = _object(
        {
            "address": _text("KIND/NAME."),
            "op": {"enum": list(OPS), "description": "What would be done."},
            "reason": _text("Explains, never decides."),
            "id": _text("The live object's id.", nullable=True),
            "fields": _list(field, "What would change."),
            "source": {"anyOf": [source, {"type": "null"}], "description": "Null where no manifest is left."},
            "code": _text("For a blocked row: the code that `explain` knows.", nullable=True),
            "hint": _text("For a blocked row: what to do next.", nullable=True),
            "refresh": _object(
                {
                    "generation": _count("The generation its variants belong to."),
                    "inputs": _text("Hash of what they are made from."),
                    "submits": _list(_list(_count("From 1."), "The slots it fills."), "Tasks to submit."),
                },
                "For a refresh row: what it would submit.",
                nullable=True,
            ),
        },
        "One row that is not unchanged.",
    )
    violation = _object(
        {
            "rule": _text("The key of the guard rail."),
            "address": _text("The row that breaks it."),
            "value": _text("What would be."),
            "limit": _text("What is allowed; null when no limit is set.", nullable=True),
            "allow": _text("The option that would allow exactly this."),
        },
        "A guard rail this plan breaks.",
    )
    counts: dict[str, Any] = {op: _count(f"Rows to {op}.") for op in OPS}
    counts |= {name: _count(f"{name.capitalize()} objects.") for name in ("unchanged", "untargeted", "unmanaged")}
    account = {"advertiser_id": _text("Digits."), "currency": _text("Three letters.", nullable=True)}
    refresh = {name: _count(f"Refresh {name} to come.") for name in ("tasks", "videos", "eta_seconds")}
    properties = {
        "format_version": {"const": "1.0", "description": "Fields are only ever added."},
        "digest": _hash("What an approval binds to."),
        "account": _object(account, "The ad account."),
        "summary": _object(counts, "Rows by op."),
        "changes": _list(change, "Every row that is not unchanged, in the order of the plan."),
        "violations": _list(violation, "Guard rails this plan breaks."),
        "refresh": _object(refresh, "Generated videos."),
        "worst_case": _object(
            {name: _text("Money; null where nothing limits it.", nullable=True) for name in ("before", "after")},
            "Worst case a day of all ENABLED campaigns.",
        ),
        "live_campaigns": _object(
            {name: _count("Campaigns.") for name in ("before", "after")}, "How many may spend.", nullable=True
        ),
        "allowances": _list(_text("As given to --allow."), "What was allowed and is used."),
        "warnings": _list(_text("One sentence."), "What to know."),
    }
    whole = _object(properties, "What an apply would do.", {"saved": _saved(), "hash": _hash("Over all the rest.")})
    return {"$schema": DRAFT, "title": "reconciler plan", **whole}


def _hash(description: str) -> dict[str, Any]:
    return {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$", "description": description}


def _saved() -> dict[str, Any]:
    reading = _object(
        {
            "id": _text("The live object's id."),
            "modified": _text("When it was last changed (UTC), where the API tells.", nullable=True),
            "fields": {"type": "object", "description": "Managed fields as they were read."},
        },
        "One object.",
    )
    properties = {
        "format": {"const": 1, "description": "Of this part."},
        "id": _text("This plan's own name: it can be applied once."),
        "created_at": _text("UTC."),
        "tool_version": _text("What made it."),
        "contract": _text("How the API speaks."),
        "lineage": _text("The lockfile's; null where there was none.", nullable=True),
        "serial": _count("The lockfile's."),
        "manifests": _hash("Over everything the manifests declare."),
        "live": {
            "type": "object",
            "description": "Every managed object as it was read, by address.",
            "additionalProperties": reading,
        },
        "choices": {"type": "object", "description": "The options it was made with."},
    }
    return _object(properties, "Only in a saved plan: what it is bound to.")
