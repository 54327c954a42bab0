"""Documents → resources: typed, in normal form, references resolved, every mistake collected.

Pure. A mistake is a `Problem` that names document and path; its line and column are looked up by whoever holds the
file (`workflow/load.py`), only when there is something to report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cache
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.canonical import normal_text
from reconciler.contracts.binding import Binding
from reconciler.contracts.contract import Broken, Contract
from reconciler.contracts.registry import CONTRACTS, Contracts
from reconciler.kinds.document import NO_REASON, Manifest, Spec
from reconciler.kinds.registry import BY_TITLE, KINDS, Kind
from reconciler.manifest import named
from reconciler.manifest.broken import broken_rule, broken_rules, is_kept
from reconciler.manifest.claims import adopted, as_moved, clashes, former, pending
from reconciler.manifest.document import Document, Path
from reconciler.manifest.problems import Problem, path_of, schema_problem, unknown_kind
from reconciler.manifest.references import Declared, mistakes, references
from reconciler.manifest.words import nearest
from reconciler.model import Address, Fields, Lifecycle, Number, Resource, Source


class _Collected(Struct):
    contracts: Contracts
    currency: str | None
    bound: Mapping[Address, Fields]
    births: bool
    now: float | None
    resources: dict[Address, Resource] = field(default_factory=dict)
    documents: dict[Address, Document] = field(default_factory=dict)
    declared: Declared = field(default_factory=Declared)
    incomplete: set[Address] = field(default_factory=set)
    """Resources that lack what the contract requires: no rule is asked about them."""
    problems: list[Problem] = field(default_factory=list)


def resources(
    documents: Iterable[Document],
    contracts: Contracts,
    currency: str | None,
    bound: Mapping[Address, Fields] | None = None,
    *,
    births: bool = True,
    now: float | None = None,
) -> tuple[dict[Address, Resource], list[Problem]]:
    """Every resource the documents declare, and every mistake in them.

    `bound`: the addresses the lockfile knows, with the fields as last applied; two manifests may share an API name only
    if both are among them. `births`: whether anything would be created or sent; if not, no rule about that is asked.
    `now`: where the clock counts, seconds since the epoch.
    """
    reading = _Collected(contracts, currency, bound or {}, births, now)
    for document in documents:
        _read(document, reading)
    declared = reading.declared.addresses
    reading.problems += clashes(reading.resources, reading.documents, declared, reading.bound.keys())
    reading.bound = as_moved(reading.bound, pending(reading.resources, reading.bound.keys()))
    _check_families(reading)
    _check_names(reading)
    _check_rules(reading)
    reading.problems += [
        Problem(
            one.code,
            one.message,
            reading.documents[one.address],
            one.path,
            False,
            one.hint,
            str(one.address),
            one.lacks,
        )
        for one in mistakes(reading.resources, reading.declared, reading.bound.keys())
    ]
    return {address: _effective(resource, reading) for address, resource in reading.resources.items()}, reading.problems


def _effective(resource: Resource, reading: _Collected) -> Resource:
    """The resource without the fields that its parent overrules: they are neither sent nor compared."""
    above = reading.resources.get(resource.parent) if resource.parent else None
    if above is None:
        return resource
    dropped = reading.contracts.of(resource.contract).overruled(resource.address.kind, above.fields)
    if not dropped or dropped.isdisjoint(resource.fields):
        return resource
    return replace(resource, fields={name: value for name, value in resource.fields.items() if name not in dropped})


def _check_families(reading: _Collected) -> None:
    """What belongs to an object is made with the calls of its contract."""
    for address, resource in reading.resources.items():
        above = reading.resources.get(resource.parent) if resource.parent else None
        if above is None or above.contract == resource.contract:
            continue
        text = (
            f"it is of contract {resource.contract}, and {above.address}, to which it belongs, is of "
            f"{above.contract} ({above.source})"
        )
        document, hint = reading.documents[address], f"write `contract: {above.contract}` beside `kind`, or the other"
        path: Path = ("contract",) if "contract" in document.value else ("kind",)
        reading.problems.append(Problem("R213", text, document, path, False, hint, str(address)))
        reading.incomplete.add(address)


def _check_rules(reading: _Collected) -> None:
    """What the contract says must go together."""
    first: dict[Address, Resource] = {}
    children = Counter[Address]()
    for address, resource in reading.resources.items():
        contract = reading.contracts.of(resource.contract)
        if address in reading.incomplete or address.kind not in contract.bindings:
            continue
        above = reading.resources.get(resource.parent) if resource.parent else None
        broken = broken_rules(contract, resource, above, reading.bound, reading.currency, births=reading.births)
        for one in broken if reading.now is None else (*broken, *_late(resource, reading.now, reading)):
            reading.problems.append(broken_rule(one, resource, reading.documents[address]))
        if above is None:
            continue
        children[above.address] += 1
        if (most := contract.most_children) and address not in reading.bound and children[above.address] == most + 1:
            text = f"it is number {most + 1} of {above.address}"
            document, hint = reading.documents[address], f"at most {most} may belong to one"
            reading.problems.append(Problem("R216", text, document, ("kind",), False, hint, str(address)))
        if names := contract.agreed(address.kind, above.fields):
            _check_agreed(reading, names, resource, first.setdefault(above.address, resource), above)


def _late(resource: Resource, now: float, reading: _Collected) -> Iterable[Broken]:
    """What the clock forbids of a create."""
    if resource.adopt or resource.address in reading.bound:
        return ()
    return reading.contracts.of(resource.contract).late(resource.address.kind, resource.fields, {}, now)


def _check_agreed(
    reading: _Collected, names: Iterable[str], resource: Resource, first: Resource, above: Resource
) -> None:
    """What the first child of a parent says of these fields binds its siblings."""
    agreed = reading.contracts.of(resource.contract).agreed
    old = agreed(resource.address.kind, reading.bound.get(above.address, {}))
    for name in names:
        given, wanted = resource.fields.get(name), first.fields.get(name)
        kept = name in old and all(is_kept(one, reading.bound, name) for one in (resource, first))
        if given != wanted and not kept:
            text = (
                f"`{name}`: {given or 'unset'} here, {wanted or 'unset'} in {first.address} of the same {above.address}"
            )
            told = Broken(name, text, f"all ad groups of {above.address} have the same {name}")
            reading.problems.append(broken_rule(told, resource, reading.documents[resource.address]))


def _read(document: Document, reading: _Collected) -> None:
    if document.known is not None:
        reading.declared.addresses.add(document.known.address)
        _add(document.known, document, reading)
        return
    title = document.value.get("kind")
    kind = BY_TITLE.get(title) if isinstance(title, str) else None
    name = document.value.get("name")
    if isinstance(name, str):
        reading.declared.addresses.update([Address(short, name) for short in ([kind.short] if kind else KINDS)])
    elif kind:
        reading.declared.kinds.add(kind.short)
    if kind is None:
        reading.problems.append(unknown_kind(document, title))
        return
    contract = _contract_of(document, reading)
    refused, missing = _of_contract(document, kind, contract)
    reading.problems += refused
    try:
        manifest = kind.manifest.model_validate(document.value, context={"currency": reading.currency})
    except ValidationError as error:
        told = {problem.path for problem in refused}
        found = [_problem(detail, document, kind, contract) for detail in error.errors()]
        found += [one for one, _ in missing]
        reading.problems.extend(one for one in found if one.path[:2] not in told)
        return
    address = Address(kind.short, manifest.name)
    resource = _resource(document, kind, manifest, contract, reading.problems)
    reading.problems += [one for one, name in missing if not is_kept(resource, reading.bound, name)]
    if missing:
        reading.incomplete.add(address)
    else:
        document.alone = resource
    _add(resource, document, reading)


def _add(resource: Resource, document: Document, reading: _Collected) -> None:
    address = resource.address
    if address in reading.resources:
        first = reading.resources[address].source
        message = f"it is declared twice; first at {first}"
        reading.problems.append(Problem("R301", message, document, ("name",), hint="rename one", address=str(address)))
        return
    reading.resources[address] = resource
    reading.documents[address] = document


def _contract_of(document: Document, reading: _Collected) -> Contract:
    """What the document says, else the workspace; two families live in one account, which `openapi` does not speak."""
    own, given = reading.contracts.own, document.value.get("contract")
    if not isinstance(given, str) or given in {one.name for one in reading.contracts.all}:
        return reading.contracts.of(given if isinstance(given, str) else None)
    if given in _MIXED:
        text = f"`contract`: {given} does not go with `api.contract: {own.name}`"
        reading.problems.append(Problem("R213", text, document, ("contract",), False, "leave `contract` out"))
    return own


_MIXED = ("marketing", "smart_plus")


def _resource(
    document: Document, kind: Kind, manifest: Manifest, contract: Contract, problems: list[Problem]
) -> Resource:
    """The manifest in normal form."""
    spec = manifest.spec  # type: ignore[attr-defined] # every registered manifest has one
    values = spec.__dict__
    given = [(name, values[name]) for name in spec.model_fields_set if name != "extra"]
    fields = {name: value if type(value) in _SCALARS else _as_set(value) for name, value in given}
    for name in kind.nested & fields.keys():
        fields |= {f"{name}.{leaf}": value for leaf, value in fields.pop(name).items()}
    address = Address(kind.short, manifest.name)
    fields = named.sought(kind, fields)
    if spec.extra:
        problems += _misplaced(spec, contract, contract.bindings.get(kind.short), document, str(address))
        fields = fields | spec.extra
    refs = references(kind, fields)
    for name in refs.keys() & fields.keys():
        del fields[name]
    lifecycle = _PLAIN_LIFECYCLE
    if manifest.lifecycle.model_fields_set:
        ignorable = {**fields, **{name: one for name, one in refs.items() if name != kind.parent_field}}
        merged = contract.bindings[kind.short].merged if kind.short in contract.bindings else frozenset()
        lifecycle = _lifecycle(manifest, ignorable, merged, document, problems, str(address))
    for name in kind.unordered & fields.keys():
        fields[name] = tuple(sorted(fields[name], key=str))
    return Resource(
        address=address,
        fields=fields,
        parent=refs.get(kind.parent_field or ""),
        name=fields.get(kind.name_field, manifest.name),
        lifecycle=lifecycle,
        labels=manifest.labels,
        source=Source(document.file, document.line, document.use),
        contract=contract.name,
        refs=refs,
        adopt=adopted(manifest),
        moved=former(manifest, address, document, problems),
    )


def _misplaced(
    spec: Spec, contract: Contract, binding: Binding | None, document: Document, address: str
) -> Iterator[Problem]:
    """What `extra` must not name."""
    for name in spec.extra:
        path: Path = ("spec", "extra", name)
        if name in contract.never:
            text = f"`{name}` is never sent: {contract.never[name]}"
            yield Problem("R213", text, document, path, True, "remove it", address)
        if name in contract.own_fields:
            hint = "remove it: account, ids, parents and status are not free fields"
            yield Problem("R213", f"`{name}` is sent by the tool itself", document, path, True, hint, address)
        if name in type(spec).model_fields and (binding is None or name in binding.fields | binding.named):
            hint = "write it in spec, not in extra"
            yield Problem("R201", f"`{name}` is a field of its own", document, path, True, hint, address)


def _of_contract(document: Document, kind: Kind, contract: Contract) -> tuple[list[Problem], list[tuple[Problem, str]]]:
    """(what this contract cannot take, what it requires and the document lacks with the field's name)."""
    spec, binding = document.value.get("spec"), contract.bindings.get(kind.short)
    if binding is None or not isinstance(spec, dict):
        return [], []
    valued = _valued(contract.name)
    is_clear = binding.foreign.isdisjoint(spec) and valued.isdisjoint(spec)
    if is_clear and kind.named_at.isdisjoint(spec) and all(map(spec.__contains__, binding.required)):
        return [], []
    name = document.value.get("name")
    address = f"{kind.short}/{name}" if isinstance(name, str) else None
    refused = []
    for field_name in () if is_clear else [one for one in spec if one in binding.foreign or one in valued]:
        path: Path = ("spec", field_name)
        value = spec[field_name]
        if field_name in binding.foreign:
            why = contract.refused.get((kind.short, field_name), f"contract {contract.name} does not know it")
            text, hint = f"`{field_name}` is not possible here: {why}", "remove it, or choose another `api.contract`"
            refused.append(Problem("R213", text, document, path, True, hint, address))
        elif isinstance(value, str) and (ours := contract.other_values.get((field_name, str(value)))):
            message = f'`{field_name}`: "{value}" belongs to the other contract'
            hint = f"with `contract: {contract.name}` write {ours}"
            refused.append(Problem("R214", message, document, path, False, hint, address))
    for path, ours, other in named.clashes(kind, spec):
        text, hint = f"`{ours}` and `{other}` cannot both be set", f"`{ours}` stands for `{other}`: leave one out"
        refused.append(Problem("R216", text, document, path, True, hint, address))
    provided = named.provided(kind, spec)
    missing = [
        (Problem("R202", f"`{one}` is missing", document, ("spec",), True, f"add `{one}:` here", address), one)
        for one in binding.required
        if one not in spec and one not in provided
    ]
    return refused, missing


@cache
def _valued(name: str) -> frozenset[str]:
    """The fields that have values of another contract than this one."""
    return frozenset(field_name for field_name, _ in CONTRACTS[name].other_values)


_SCALARS = frozenset((str, Number, bool, int))


def _as_set(value: Any) -> Any:
    """A nested mapping of the spec as a mapping of what it sets."""
    if type(value) in _SCALARS:
        return value
    if isinstance(value, tuple | list):
        return tuple(_as_set(item) for item in value)
    if isinstance(value, BaseModel):
        return {
            name: _as_set(value.__dict__[name]) for name in type(value).model_fields if name in value.model_fields_set
        }
    return value


def _lifecycle(
    manifest: Manifest,
    fields: Mapping[str, Any],
    merged: Set[str],
    document: Document,
    problems: list[Problem],
    address: str,
) -> Lifecycle:
    given = manifest.lifecycle
    for index, name in enumerate(given.exclusive):
        if name not in merged or name not in fields:
            what = f'`exclusive` names "{name}", which this spec does not set'
            if name in fields:
                what = f'`exclusive` names "{name}", which holds nothing of others anyway'
            hint = f"lists that others may add to: {', '.join(sorted(merged)) or 'none in this contract'}"
            problems.append(Problem("R201", what, document, ("lifecycle", "exclusive", index), False, hint, address))
    for index, item in enumerate(given.ignore):
        if item.field not in fields:
            message = f'`ignore` names "{item.field}", which this spec does not set'
            hint = nearest(item.field, fields) or "remove it: a field that is not set is not compared anyway"
            problems.append(Problem("R201", message, document, ("lifecycle", "ignore", index), False, hint, address))
    reasons = {item.field: item.reason for item in given.ignore if item.reason != NO_REASON}
    ignored = frozenset(item.field for item in given.ignore)
    return Lifecycle(given.on_remove, given.protect, ignored, frozenset(given.exclusive), reasons)


_PLAIN_LIFECYCLE = Lifecycle()


def _check_names(reading: _Collected) -> None:
    """Two objects of one name under one parent could not be told apart after a lost reply."""
    seen: dict[tuple[str, Address | None, str], Resource] = {}
    for resource in reading.resources.values():
        key = (resource.address.kind, resource.parent, normal_text(resource.name))
        first = seen.setdefault(key, resource)
        if first is resource or all(one.adopt or one.address in reading.bound for one in (first, resource)):
            continue
        kind = KINDS[resource.address.kind]
        named = kind.name_field in resource.fields
        reading.problems.append(
            Problem(
                "R303",
                f'{resource.address} and {first.address} ({first.source}) are both named "{resource.name}"',
                reading.documents[resource.address],
                ("spec", kind.name_field) if named else ("name",),
                hint=f"give one of them another {kind.name_field}",
                address=str(resource.address),
            )
        )


def _problem(detail: ErrorDetails, document: Document, kind: Kind, contract: Contract) -> Problem:
    """One pydantic error of a manifest; what the contract has to say about it comes first."""
    path = path_of(detail)
    name = document.value.get("name")
    address = f"{kind.short}/{name}" if isinstance(name, str) else None
    last = str(path[-1]) if path else ""
    if detail["type"] == "extra_forbidden" and path == ("spec", "operation_status"):
        return Problem("R214", "the field is named `status` here", document, path, True, "write `status`", address)
    foreign = frozenset(value for field_name, value in contract.other_values if field_name == last)
    return replace(schema_problem(detail, document, kind.manifest, foreign), address=address)
