"""The JSON Schema of `plan --json`, for scripts that read it. Readers must ignore fields they do not know."""

from __future__ import annotations

from typing import Any

from reconciler.kinds.schema import DRAFT
from reconciler.model import OPS


def _object(properties: dict[str, Any], description: str) -> dict[str, Any]:
    return {"type": "object", "description": description, "required": sorted(properties), "properties": properties}


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
        "digest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$", "description": "What an approval binds to."},
        "account": _object(account, "The ad account."),
        "summary": _object(counts, "Rows by op."),
        "changes": _list(change, "Every row that is not unchanged, in the order of the plan."),
        "violations": _list(violation, "Guard rails this plan breaks."),
        "refresh": _object(refresh, "Generated videos."),
        "warnings": _list(_text("One sentence."), "What to know."),
    }
    return {"$schema": DRAFT, "title": "reconciler plan", **_object(properties, "What an apply would do.")}
