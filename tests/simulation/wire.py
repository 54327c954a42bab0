"""What a write asks for, in one form for both contracts: read from its path and body, as their documents have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

ABOVE = {"campaign": None, "adgroup": "campaign", "ad": "adgroup"}
"""Each kind of object with the kind it belongs to."""


@dataclass(frozen=True)
class Write:
    """One write to an object of the account."""

    kind: str
    verb: Literal["create", "update", "status"]
    id: str | None
    parent: str | None
    fields: dict[str, Any]
    """As they are on the wire, but for the status, which is `status` here; ids are not in it."""
    patch: bool = False
    """Only what it names is to be changed."""


def meant(path: str, body: dict[str, Any]) -> Write | None:
    """What this POST asks for; None: it is not about an object of the account."""
    kind, _, verb = path.strip("/").partition("/")
    if kind not in ABOVE:
        return None
    own = {key: value for key, value in body.items() if key not in ("advertiser_id", "patch_update", "creatives")}
    if verb == "budget/update":
        (own,) = body["budget"]
        return Write(kind, "update", str(own["adgroup_id"]), None, {"budget": own["budget"]}, patch=True)
    own |= body.get("creatives", [{}])[0]
    above = ABOVE[kind]
    parent = own.pop(f"{above}_id", None) if above else None
    identity = own.pop(f"{kind}_id", None)
    if verb == "status/update":
        (identity,) = own.pop(f"{kind}_ids")
        return Write(kind, "status", str(identity), None, {"status": own["operation_status"]})
    if "operation_status" in own:
        own["status"] = own.pop("operation_status")
    if verb == "create":
        return Write(kind, "create", None, str(parent) if above else None, own)
    status = set(own) == {"status"}
    patch = bool(body.get("patch_update")) or kind == "campaign"
    held = str(parent) if parent is not None else None
    return Write(kind, "status" if status else "update", str(identity), held, own, patch)
