"""A saved plan: everything `plan --json` prints, and what binds it, in one file. Values in, values out.

    {…as plan --json…, "saved": {format, id, created_at, tool_version, contract, lineage, serial, manifests, live,
                                 choices}, "hash": over all the rest}

It holds what was shown, never a secret and never the URL of a preview. `parse` believes nothing: a file that was
changed, cut or made by something else is refused as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from reconciler.canonical import digest as hash_of
from reconciler.errors import Finding, Invalid
from reconciler.model import Address, Plan, Resource
from reconciler.plan.approved import Observation
from reconciler.plan.conversion import engine_value, plan_document, plan_of
from reconciler.plan.digest import digest
from reconciler.plan.document import PlanDocument, SavedJson

FORMAT: Final = 1
_AGAIN = "make the plan again: reconciler plan --out FILE"


@dataclass(frozen=True, slots=True)
class BoundTo:
    """What a saved plan is bound to besides its digest."""

    id: str
    created_at: str
    """UTC."""
    tool_version: str
    contract: str
    lineage: str | None
    """None where nothing had ever been written."""
    serial: int
    manifests: str
    live: Mapping[Address, Observation]
    choices: Mapping[str, Any]
    """The options it was made with, by name: texts and lists of texts."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan, what binds it, and the document both were read from or will be written to."""

    plan: Plan
    bound_to: BoundTo
    document: Mapping[str, Any]

    @property
    def made_at(self) -> float:
        """Seconds since the epoch."""
        return datetime.fromisoformat(self.bound_to.created_at).timestamp()


def save(plan: Plan, bound_to: BoundTo) -> SavedPlan:
    """The document of a plan that is to be saved."""
    # As a reader will see it: lists for tuples.
    document = json.loads(json.dumps({**plan_document(plan), "saved": _saved_json(bound_to)}))
    return SavedPlan(plan, bound_to, {**document, "hash": hash_of(document)})


def dump(saved: SavedPlan) -> bytes:
    """The file's bytes."""
    return (json.dumps(saved.document, indent=2, ensure_ascii=True) + "\n").encode()


def manifests_hash(desired: Mapping[Address, Resource]) -> str:
    """Over everything the manifests declare, in normal form: files, order and comments are not in it."""
    return hash_of(
        [
            {
                "address": str(address),
                "fields": one.fields,
                "parent": str(one.parent) if one.parent else None,
                "name": one.name,
                "lifecycle": [one.lifecycle.on_remove, one.lifecycle.protect, sorted(one.lifecycle.ignore)],
                "labels": one.labels,
            }
            for address, one in sorted(desired.items())
        ]
    )


def parse(data: bytes, file: str) -> SavedPlan:
    """The inverse of `dump`. Raises Invalid (R806), which names the file."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _bad(file, f"it is not JSON ({error})") from None
    if not isinstance(document, dict) or not isinstance(document.get("saved"), dict):
        raise _bad(file, "nothing in it says that `plan --out` wrote it")
    version = document["saved"].get("format")
    if isinstance(version, int) and version > FORMAT:
        raise _bad(file, f"its format is {version}, this reconciler reads {FORMAT}", "install the version that made it")
    rest = {key: value for key, value in document.items() if key != "hash"}
    try:
        if hash_of(rest) != document.get("hash"):
            raise ValueError("it was changed or damaged after it was written")
        read = PlanDocument.model_validate(document).root
        plan, bound_to = plan_of(read, read["saved"]["contract"]), _bound_to(read["saved"])
    except (ValidationError, ValueError, RecursionError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        place = ".".join(map(str, first["loc"])) if first else ""
        raise _bad(file, f"{place}: {first['msg']}" if first else str(error)) from None
    if digest(plan) != read["digest"]:
        raise _bad(file, "its digest is not that of its rows")
    return SavedPlan(plan, bound_to, document)


def _bad(file: str, why: str, hint: str = _AGAIN) -> Invalid:
    return Invalid(Finding("R806", f"{file} is not a saved plan: {why}", hint=hint))


def _saved_json(bound_to: BoundTo) -> SavedJson:
    live = bound_to.live.items()
    return {
        "format": FORMAT,
        "id": bound_to.id,
        "created_at": bound_to.created_at,
        "tool_version": bound_to.tool_version,
        "contract": bound_to.contract,
        "lineage": bound_to.lineage,
        "serial": bound_to.serial,
        "manifests": bound_to.manifests,
        "live": {
            str(address): {"id": one.id, "modified": one.modified, "fields": dict(one.fields)} for address, one in live
        },
        "choices": dict(bound_to.choices),
    }


def _bound_to(read: SavedJson) -> BoundTo:
    """Raises ValueError for a time that is none."""
    datetime.fromisoformat(read["created_at"])
    return BoundTo(
        id=read["id"],
        created_at=read["created_at"],
        tool_version=read["tool_version"],
        contract=read["contract"],
        lineage=read["lineage"],
        serial=read["serial"],
        manifests=read["manifests"],
        live={
            Address.parse(text): Observation(one["id"], one["modified"], engine_value(one["fields"]))
            for text, one in read["live"].items()
        },
        choices=read["choices"],
    )
