"""What is live → the spec that declares it, in the words of a manifest. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.contracts.contract import FINAL, Contract
from reconciler.contracts.fields import UNSAID, WireField
from reconciler.kinds.registry import KINDS, Kind
from reconciler.model import Fields, LiveObject, Number

_NOTHING: tuple[Any, ...] = (None, "", (), {}, False)
_UNSET = "UNSET"
_OF_ROWS = frozenset({
    "advertiser_id", "campaign_id", "adgroup_id", "ad_id", "smart_plus_ad_id", "create_time", "modify_time", "status",
    "operation_status", "secondary_status", "primary_status", "opt_status", "campaign_name", "adgroup_name", "ad_name",
    "campaign_automation_type", "campaign_system_origin", "is_new_structure", "is_smart_performance_campaign",
    "objective",
})  # fmt: skip
"""What a row says of itself, of what it belongs to and of how it fares: nothing that a manifest could set."""


@dataclass(slots=True)
class LiveSpec:
    """The spec of one live object."""

    spec: dict[str, Any]
    """Field → value, in the order of the kind; a mapping for what is nested, `extra` for what no field stands for."""
    unwritten: set[str] = field(default_factory=set)
    """What its row shows and no manifest can carry."""


def declared(
    contract: Contract, kind: str, live: LiveObject, above: Fields, told: Container[str], *, whole: bool
) -> LiveSpec:
    """The spec of a live object without its reference to a parent. `above`: the parent's live fields; `told`: fields
    that are said although they are the platform's own default, `whole`: all of them."""
    binding, shape = contract.bindings[kind], KINDS[kind]
    needed = required(contract, kind)
    overruled = contract.overruled(kind, above) if above else frozenset()
    values: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, row in binding.field.items():
        value = live.fields.get(name)
        if value is None or name in overruled or not _allowed(row, live.fields) or row.unsent == value != _UNSET:
            continue
        if not (whole or name in needed or name.partition(".")[0] in told or _is_said(row, value)):
            continue
        if not row.ours:
            if not row.inside and name not in contract.own_fields - {row.wire or ""} and value != _UNSET:
                extra[row.wire or name] = value
        elif name != "status" or value != FINAL:
            values[name] = value
    spec = _in_order(binding.said(values), shape)
    if extra:
        spec["extra"] = extra
    return LiveSpec(spec, _unwritten(live, binding.field))


def required(contract: Contract, kind: str) -> frozenset[str]:
    """Fields that no spec of this kind can do without."""
    fields = KINDS[kind].manifest.spec_model().model_fields.items()
    return frozenset({*contract.bindings[kind].required, *(name for name, one in fields if one.is_required())})


def _allowed(row: WireField, live: Fields) -> bool:
    """Whether a field means anything beside the other live values."""
    return row.along_with is None or live.get(row.along_with[0]) == row.along_with[1]


def _is_said(row: WireField, value: Any) -> bool:
    """Whether somebody has set it, as far as one can tell: it is not what the platform gives it."""
    if row.default is not UNSAID:
        return bool(value != row.default)
    return not _is_nothing(value)


def _is_nothing(value: Any) -> bool:
    return value in _NOTHING or (isinstance(value, Number) and not value.strip("0."))


def _in_order(values: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """As the kind lists its fields; the parts of a nested one inside it."""
    found: dict[str, Any] = {}
    for name in kind.manifest.spec_model().model_fields:
        inner = {one.removeprefix(f"{name}."): values[one] for one in kind.types if one.startswith(f"{name}.")
                 and one in values} if name in kind.nested else {}  # fmt: skip
        if inner:
            found[name] = inner
        elif name in values:
            found[name] = values[name]
    return found


def _unwritten(live: LiveObject, rows: Mapping[str, WireField]) -> set[str]:
    known = {*rows, *(row.wire for row in rows.values()), *(row.inside for row in rows.values())}
    return {
        name
        for name, value in live.fields.items()
        if name not in known and name not in _OF_ROWS and not _is_nothing(value) and value != _UNSET
    }
