"""A plan as its JSON document, and back: the shapes, and what of them is believed, are in `plan/document.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from msgspec.structs import asdict

from reconciler.allowance import Allowance
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Change, FieldChange, Number, Plan, RefreshWork, Source, Violation
from reconciler.plan.about import About, Known, Unwatched
from reconciler.plan.digest import digest, summary
from reconciler.plan.document import (
    VERSION,
    AccountJson,
    AllowanceJson,
    ChangeJson,
    FieldJson,
    KnownJson,
    PlanJson,
    SourceJson,
    SummaryJson,
)


def plan_document(made: Plan) -> PlanJson:
    """A plan as its document. Values stay the engine's own (tuples, `Number`): `json.dumps` writes them as JSON."""
    before, after = made.worst_case
    works = [change.work for change in made.changes if change.work]
    told: PlanJson = {
        "format_version": VERSION,
        "digest": digest(made),
        "account": _account(made),
        "summary": cast(SummaryJson, summary(made)),
        "changes": [_change_json(change, made.contract) for change in made.changes],
        "violations": [
            {"rule": one.rule, "address": str(one.address), "value": one.value, "limit": one.limit, "allow": one.allow}
            for one in made.violations
        ],
        "refresh": {
            "tasks": sum(len(work.submits) for work in works),
            "videos": sum(work.videos for work in works),
            "eta_seconds": made.eta_seconds,
        },
        "worst_case": {"before": before, "after": after},
        "worst_case_known": made.is_counted,
        "live_campaigns": {"before": made.running[0], "after": made.running[1]} if made.running else None,
        "allowances": [cast(AllowanceJson, asdict(one)) for one in made.allowances],
        "warnings": list(made.warnings),
        "names": dict(sorted(made.names.items())),
    }
    if made.about is not None:
        told["objects"] = {str(address): _known_json(one) for address, one in sorted(made.about.objects.items())}
        told["asked"] = [
            {"refresh": str(one.refresh), "generation": one.generation, "variants": list(one.slots)}
            for one in made.about.asked
        ]
        told["called"] = {sort: dict(sorted(ids.items())) for sort, ids in sorted(made.about.called.items())}
    return told


def _known_json(one: Known) -> KnownJson:
    return {"name": one.name, "id": one.id, "parent": str(one.parent) if one.parent else None}


def _account(made: Plan) -> AccountJson:
    known: AccountJson = {"advertiser_id": made.advertiser_id, "currency": made.currency}
    return {**known, "name": made.account_name} if made.account_name else known


def _change_json(change: Change, contract: str) -> ChangeJson:
    source, work = change.source, change.work
    submits = [list(slots) for slots in work.submits] if work else []
    made: ChangeJson = {
        "address": str(change.address),
        "op": change.op,
        "reason": change.reason,
        "id": change.id,
        "fields": [_field_json(one) for one in change.fields],
        "source": _source_json(source) if source else None,
        "code": change.code,
        "hint": change.hint,
        "refresh": {"generation": work.generation, "inputs": work.inputs, "submits": submits} if work else None,
    }
    if change.moved_from:
        made["from"] = str(change.moved_from)
    # Videos and refreshes are of no contract.
    of_one = bool(KINDS[change.address.kind].name_field)
    return {**made, "contract": change.contract or contract} if of_one else made


def _source_json(source: Source) -> SourceJson:
    made: SourceJson = {"file": source.file, "line": source.line}
    return {**made, "use": {"file": source.use.file, "line": source.use.line}} if source.use else made


def _field_json(one: FieldChange) -> FieldJson:
    money = isinstance(one.new, Number) or isinstance(one.old, Number)
    return {"path": one.path, "old": one.old, "new": one.new, "side": one.side, "money": money}


def plan_of(read: PlanJson, contract: str) -> Plan:
    """The plan as it was, for showing and comparing; how to carry it out is not in the document."""
    counts = read["live_campaigns"]
    return Plan(
        contract=contract,
        advertiser_id=read["account"]["advertiser_id"],
        currency=read["account"]["currency"],
        account_name=read["account"].get("name"),
        changes=tuple(_change_of(one, contract) for one in read["changes"]),
        unchanged=read["summary"]["unchanged"],
        untargeted=read["summary"]["untargeted"],
        unmanaged=read["summary"]["unmanaged"],
        warnings=tuple(read["warnings"]),
        violations=tuple(
            Violation(one["rule"], _subject_of(one["address"]), one["value"], one["limit"], one["allow"])
            for one in read["violations"]
        ),
        allowances=tuple(Allowance(**one) for one in read["allowances"]),
        worst_case=(read["worst_case"]["before"], read["worst_case"]["after"]),
        is_counted=read.get("worst_case_known", True),
        names=read.get("names", {}),
        about=_known_of(read),
        running=(counts["before"], counts["after"]) if counts else None,
        eta_seconds=read["refresh"]["eta_seconds"],
    )


def _known_of(read: PlanJson) -> About | None:
    if "objects" not in read:
        return None
    objects = {
        Address.parse(address): Known(one["name"], one["id"], Address.parse(one["parent"]) if one["parent"] else None)
        for address, one in read["objects"].items()
    }
    asked = (
        Unwatched(Address.parse(one["refresh"]), one["generation"], tuple(one["variants"]))
        for one in read.get("asked", ())
    )
    return About(objects, read.get("called", {}), tuple(asked))


def _subject_of(text: str) -> Address | str:
    """A guard rail's: an address, a kind, or what is counted."""
    return Address.parse(text) if "/" in text else text


def _change_of(one: ChangeJson, own: str) -> Change:
    source = Source.of_json(one["source"]) if one["source"] else None
    work, refresh = None, one["refresh"]
    if refresh:
        submits = tuple(tuple(slots) for slots in refresh["submits"])
        nowhere = source or Source("", 0)
        work = RefreshWork(refresh["generation"], refresh["inputs"], submits, {}, 0, 0, None, None, nowhere)
    fields = tuple(_field_of(each) for each in one["fields"])
    address = Address.parse(one["address"])
    contract = None if one.get("contract") == own else one.get("contract")
    old = Address.parse(one["from"]) if "from" in one else None
    return Change(
        address, one["op"], one["reason"], one["id"], fields, source, one["code"], one["hint"], work, contract, old
    )  # fmt: skip


def _field_of(one: FieldJson) -> FieldChange:
    """JSON does not tell an amount from a text; `money` does."""
    old, new = (
        Number(each) if one["money"] and isinstance(each, str) else engine_value(each)
        for each in (one["old"], one["new"])
    )
    return FieldChange(one["path"], old, new, one["side"])


def engine_value(value: Any) -> Any:
    """Lists to tuples, as the engine's values are."""
    if isinstance(value, list):
        return tuple(engine_value(item) for item in value)
    return {key: engine_value(item) for key, item in value.items()} if isinstance(value, Mapping) else value
