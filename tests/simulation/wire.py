"""What a write asks for, in one form for all contracts: read from its path and body, as their documents have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

ABOVE = {"campaign": None, "adgroup": "campaign", "ad": "adgroup"}
"""Each kind of object with the kind it belongs to."""
SMART = "smart_plus/"
"""What paths of Smart+ begin with."""


@dataclass(frozen=True)
class Write:
    """One write to an object of the account."""

    kind: str
    verb: Literal["create", "update", "status", "switch"]
    """`switch`: single creatives of an ad, by `ad_material_ids`, become `material_status`."""
    id: str | None
    parent: str | None
    fields: dict[str, Any]
    """As they are on the wire, but for the status, which is `status` here; ids are not in it."""
    patch: bool = False
    """Only what it names is to be changed."""
    smart: bool = False
    """Whether the call is one of Smart+."""


def meant(path: str, body: dict[str, Any]) -> Write | None:
    """What this POST asks for; None: it is not about an object of the account."""
    smart = path.startswith(SMART)
    kind, _, verb = path.removeprefix(SMART).strip("/").partition("/")
    if kind not in ABOVE:
        return None
    own = {
        key: value
        for key, value in body.items()
        if key not in ("advertiser_id", "patch_update", "creatives", "request_id")
    }
    if verb == "budget/update":
        (own,) = body["budget"]
        return Write(kind, "update", str(own["adgroup_id"]), None, {"budget": own["budget"]}, patch=True)
    own |= body.get("creatives", [{}])[0]
    above, key = ABOVE[kind], id_key(kind, smart=smart)
    parent = own.pop(f"{above}_id", None) if above else None
    identity = own.pop(key, None)
    if verb == "material_status/update":
        own["material_status"] = own.pop("operation_status")
        return Write(kind, "switch", str(identity), None, own, smart=True)
    if verb == "status/update":
        (identity,) = own.pop(f"{key}s")
        return Write(kind, "status", str(identity), None, {"status": own["operation_status"]}, smart=smart)
    if "operation_status" in own:
        own["status"] = own.pop("operation_status")
    if verb == "create":
        return Write(kind, "create", None, str(parent) if above else None, own, smart=smart)
    status = set(own) == {"status"}
    patch = bool(body.get("patch_update")) or kind == "campaign" or smart
    held = str(parent) if parent is not None else None
    return Write(kind, "status" if status else "update", str(identity), held, own, patch, smart)


def split(path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The body of a call for several objects as one for each, in its order; of any other call the body itself."""
    smart = path.startswith(SMART)
    kind, _, verb = path.removeprefix(SMART).strip("/").partition("/")
    key = {"budget/update": "budget", "status/update": f"{id_key(kind, smart=smart)}s"}.get(verb)
    return [{**body, key: [one]} for one in body[key]] if key and kind in ABOVE else [body]


def joined(answers: list[tuple[int, str, Any]]) -> tuple[int, str, Any]:
    """The answers to each object of a call as the one that goes out: their lists are put together."""
    code, message, first = answers[0]
    if len(answers) == 1 or not isinstance(first, dict):
        return answers[0]
    keys = {key: None for _, _, data in answers for key in data}
    told = {
        key: [item for _, _, data in answers for item in data.get(key, ())]
        if any(isinstance(data.get(key), list) for _, _, data in answers)
        else next(data[key] for _, _, data in answers if key in data)
        for key in keys
    }
    return code, message, told


def id_key(kind: str, *, smart: bool) -> str:
    """What the id of an object of this kind is called: of a Smart+ ad `ad_id` is a creative."""
    return "smart_plus_ad_id" if smart and kind == "ad" else f"{kind}_id"
