"""A saved plan: one JSON document, everything `plan --json` prints and what binds it. Values in, values out.

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
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from reconciler.canonical import digest as hash_of
from reconciler.errors import Finding, Invalid
from reconciler.kinds.fields import NAME_PATTERN
from reconciler.kinds.registry import KINDS
from reconciler.model import (
    Address,
    Change,
    FieldChange,
    Number,
    Op,
    Plan,
    RefreshWork,
    Resource,
    Side,
    Source,
    Violation,
)
from reconciler.plan import documents
from reconciler.plan.approved import Reading
from reconciler.plan.digest import digest

FORMAT = 1
_AGAIN = "make the plan again: reconciler plan --out FILE"


@dataclass(frozen=True, slots=True)
class Binding:
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
    live: Mapping[Address, Reading]
    choices: Mapping[str, Any]
    """The options it was made with, by name: texts and lists of texts."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan, what binds it, and the document both were read from or will be written to."""

    plan: Plan
    binding: Binding
    document: Mapping[str, Any]

    @property
    def made_at(self) -> float:
        """Seconds since the epoch."""
        return datetime.fromisoformat(self.binding.created_at).timestamp()


def save(plan: Plan, binding: Binding) -> SavedPlan:
    """The document of a plan that is to be saved."""
    live = {str(address): reading._asdict() for address, reading in binding.live.items()}
    bound = {name: getattr(binding, name) for name in Binding.__slots__}
    document = {**documents.plan(plan), "saved": {"format": FORMAT, **bound, "live": live}}
    # As a reader will see it: lists for tuples.
    document = json.loads(json.dumps(document))
    return SavedPlan(plan, binding, {**document, "hash": hash_of(document)})


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
        read = _Document.model_validate(document)
        plan, binding = _plan(read), _binding(read.saved)
    except (ValidationError, ValueError, RecursionError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        place = ".".join(map(str, first["loc"])) if first else ""
        raise _bad(file, f"{place}: {first['msg']}" if first else str(error)) from None
    if digest(plan) != read.digest:
        raise _bad(file, "its digest is not that of its rows")
    return SavedPlan(plan, binding, document)


def _bad(file: str, why: str, hint: str = _AGAIN) -> Invalid:
    return Invalid(Finding("R806", f"{file} is not a saved plan: {why}", hint=hint))


# ---------------------------------------------------------------------------------------------------- what is read


def _address(value: Any) -> Address:
    address = Address.parse(value) if isinstance(value, str) else Address("", "")
    if address.kind not in KINDS or not NAME_PATTERN.fullmatch(address.name):
        raise ValueError("not an address")
    return address


def _value(value: Any) -> Any:
    """Lists to tuples, as the engine's values are."""
    if isinstance(value, list):
        return tuple(_value(item) for item in value)
    return {key: _value(item) for key, item in value.items()} if isinstance(value, dict) else value


Where = Annotated[Address, BeforeValidator(_address)]
Value = Annotated[Any, BeforeValidator(_value)]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,30}(\.[0-9]{1,10})?$")]
Hash = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    """Readers ignore what they do not know."""

    model_config = ConfigDict(strict=True, extra="ignore", arbitrary_types_allowed=True)


class _Source(_Part):
    file: str
    line: Count


class _Field(_Part):
    path: str
    old: Value
    new: Value
    side: Side
    money: bool


class _Work(_Part):
    generation: Count
    inputs: str
    submits: list[list[Count]]


class _Change(_Part):
    address: Where
    op: Op
    reason: str
    id: str | None
    fields: list[_Field]
    source: _Source | None
    code: str | None
    hint: str | None
    refresh: _Work | None


class _Violation(_Part):
    rule: str
    address: Where
    value: str
    limit: str | None
    allow: str


class _Account(_Part):
    advertiser_id: Annotated[str, Field(pattern="^[0-9]{1,40}$")]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None


class _Summary(_Part):
    unchanged: Count
    untargeted: Count
    unmanaged: Count


class _Refresh(_Part):
    eta_seconds: Count


class _Amounts(_Part):
    before: Amount | None
    after: Amount | None


class _Counts(_Part):
    before: Count
    after: Count


class _Reading(_Part):
    id: str
    modified: str | None
    fields: dict[str, Value]


class _Saved(_Part):
    format: Literal[1]
    id: Annotated[str, Field(min_length=1, max_length=100)]
    created_at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    tool_version: str
    contract: str
    lineage: str | None
    serial: Count
    manifests: Hash
    live: dict[str, _Reading]
    choices: dict[str, str | list[str] | bool | None]


class _Document(_Part):
    format_version: Annotated[str, Field(pattern=r"^1\.")]
    digest: Hash
    account: _Account
    summary: _Summary
    changes: list[_Change]
    violations: list[_Violation]
    refresh: _Refresh
    worst_case: _Amounts
    live_campaigns: _Counts | None
    allowances: list[str]
    warnings: list[str]
    saved: _Saved


def _plan(read: _Document) -> Plan:
    """The plan as it was, for showing and comparing; how to carry it out is not in the file."""
    counts = read.live_campaigns
    return Plan(
        contract=read.saved.contract,
        advertiser_id=read.account.advertiser_id,
        currency=read.account.currency,
        changes=tuple(_change(one) for one in read.changes),
        unchanged=read.summary.unchanged,
        untargeted=read.summary.untargeted,
        unmanaged=read.summary.unmanaged,
        warnings=tuple(read.warnings),
        violations=tuple(
            Violation(one.rule, one.address, one.value, one.limit, one.allow) for one in read.violations
        ),
        allowances=tuple(read.allowances),
        worst_case=(read.worst_case.before, read.worst_case.after),
        running=(counts.before, counts.after) if counts else None,
        eta_seconds=read.refresh.eta_seconds,
    )  # fmt: skip


def _change(one: _Change) -> Change:
    source = Source(one.source.file, one.source.line) if one.source else None
    work = None
    if one.refresh:
        submits = tuple(tuple(slots) for slots in one.refresh.submits)
        nowhere = source or Source("", 0)
        work = RefreshWork(one.refresh.generation, one.refresh.inputs, submits, {}, 0, 0, None, None, nowhere)
    fields = tuple(FieldChange(each.path, *_values(each), each.side) for each in one.fields)
    return Change(one.address, one.op, one.reason, one.id, fields, source, one.code, one.hint, work)


def _values(one: _Field) -> tuple[Any, Any]:
    """Old and new; JSON does not tell an amount from a text."""
    old, new = (Number(each) if one.money and isinstance(each, str) else each for each in (one.old, one.new))
    return old, new


def _binding(read: _Saved) -> Binding:
    datetime.fromisoformat(read.created_at)
    live = {_address(text): Reading(one.id, one.modified, one.fields) for text, one in read.live.items()}
    return Binding(
        id=read.id,
        created_at=read.created_at,
        tool_version=read.tool_version,
        contract=read.contract,
        lineage=read.lineage,
        serial=read.serial,
        manifests=read.manifests,
        live=live,
        choices=read.choices,
    )
