"""Names in manifests → ids: audiences, pixels, apps, identities, looked up before anything is planned."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NoReturn

from msgspec.structs import replace

from reconciler.account.listing import Reader
from reconciler.account.lookups import Named, read_named
from reconciler.canonical import normal_text
from reconciler.contracts.contract import Broken
from reconciler.contracts.lookups import LOOKUPS
from reconciler.errors import Invalid
from reconciler.kinds.registry import KINDS
from reconciler.manifest import named
from reconciler.manifest.broken import broken_rule, broken_rules
from reconciler.manifest.document import Document
from reconciler.manifest.named import Use
from reconciler.manifest.problems import Problem, address_of
from reconciler.model import Address, Resource
from reconciler.state.ledger import Ledger
from reconciler.workflow.load import load_documents, place
from reconciler.workflow.session import Session

Told = Mapping[str, Mapping[str, list[Named]]]
"""Sort → name, as `normal_text` has it → what is called so."""
_ALIKE = 3
"""So many names are told that one which is unknown may have meant."""
_GUESSED = 100
"""For so many unknown names it is guessed what they meant."""


def resolve(
    session: Session, reader: Reader, desired: Mapping[Address, Resource], ledger: Ledger, *, births: bool = True
) -> dict[Address, Resource]:
    """The resources with ids in place of names. One listing a sort, and only of sorts that are used.

    Raises Invalid with every name that is unknown or that several have, and with every rule that is broken by what a
    name stands for. `births`: whether anything would be created.
    """
    wanted = {
        address: found for address, one in desired.items() if (found := named.wanted(KINDS[address.kind], one.fields))
    }
    told = _read(reader, {what for found in wanted.values() for what, _ in found})
    unclear = {address for address, found in wanted.items() if any(len(_called(told, *use)) != 1 for use in found)}
    if unclear:
        alike = _alike(told)
        _refuse(session, desired, unclear, lambda one, document: _wrong(one, document, told, alike))
    result = dict(desired)
    for address in wanted:
        fields = desired[address].fields
        values = named.resolved(KINDS[address.kind], fields, lambda *use: _called(told, *use)[0].row)
        result[address] = replace(desired[address], fields=values)
    broken = {one: rules for one in wanted if (rules := _broken(session, result, ledger, one, births=births))}
    if broken:
        _refuse(
            session,
            result,
            broken.keys(),
            lambda one, document: (broken_rule(rule, one, document) for rule in broken[one.address]),
        )
    return result


def _read(reader: Reader, sorts: Iterable[str]) -> Told:
    told: dict[str, dict[str, list[Named]]] = {}
    for what in sorted(sorts):
        told[what] = {}
        for one in read_named(reader.client, LOOKUPS[what], reader.advertiser):
            told[what].setdefault(normal_text(one.name), []).append(one)
    return told


def _called(told: Told, what: str, name: str) -> list[Named]:
    """What is called so and can stand in a manifest."""
    return [one for one in told[what].get(normal_text(name), ()) if LOOKUPS[what].can_use(one.row)]


def _refuse(
    session: Session,
    resources: Mapping[Address, Resource],
    wrong: Collection[Address],
    problems_of: Callable[[Resource, Document], Iterable[Problem]],
) -> NoReturn:
    """Raises Invalid, with places: the manifests are read once more."""
    loaded = load_documents(session.workspace, session.secret)
    known = {address_of(one): one for one in loaded.documents}
    problems: list[Problem] = []
    for address in resources:
        if address in wrong:
            one = resources[address]
            problems += problems_of(one, known[str(address)])
    raise Invalid(many=place(problems, loaded.texts))


def _alike(told: Told) -> Callable[[str, str], list[str]]:
    """What is called nearly so, by sort and name. Many manifests may have one wrong name, and of very many wrong names
    nobody reads what each may have meant: the first are compared with all that there are."""
    found: dict[tuple[str, str], list[str]] = {}

    def alike(what: str, name: str) -> list[str]:
        if (what, name) not in found:
            near = difflib.get_close_matches(name[:100], list(told[what]), _ALIKE) if len(found) < _GUESSED else []
            found[what, name] = near
        return found[what, name]

    return alike


def _wrong(
    resource: Resource, document: Document, told: Told, alike: Callable[[str, str], list[str]]
) -> Iterator[Problem]:
    """The names in a document that cannot be taken for an id."""
    for use in named.uses(KINDS[resource.address.kind], document.value["spec"]):
        called = _called(told, use.what, use.name)
        if len(called) == 1:
            continue
        lookup, field = LOOKUPS[use.what], next(str(one) for one in reversed(use.path) if isinstance(one, str))
        unusable = told[use.what].get(normal_text(use.name), ())
        if called:
            message, hint = f'`{field}`: {len(called)} {use.what} are named "{use.name}"', _choice(use, called)
        elif unusable:
            message = f'`{field}`: no manifest can use the {lookup.one} "{use.name}"'
            hint = f"{', '.join(_told(one) for one in unusable)}; `reconciler lookup {use.what}` lists the others"
        else:
            message = f'`{field}`: the account has no {lookup.one} named "{use.name}"'
            meant = " or ".join(f'"{one}"' for one in alike(use.what, normal_text(use.name)))
            hint = f"did you mean {meant}?" if meant else f"`reconciler lookup {use.what}` lists them"
        yield Problem("R305", message, document, use.path, False, hint, str(resource.address))


def _choice(use: Use, called: Iterable[Named]) -> str:
    """What to write where several have the name."""
    ids, fields = ", ".join(_told(one) for one in called), " and ".join(f"`{one}`" for one in use.instead[:2])
    return f"write {fields} instead: {ids}" if fields else f"name one by its id: {ids}"


def _told(one: Named) -> str:
    """Its id, with what tells it from others of its name."""
    details = [value for value in one.row.values() if value not in (one.id, one.name)]
    return f"{one.id} ({', '.join(details)})" if details else one.id


def _broken(
    session: Session, resources: Mapping[Address, Resource], ledger: Ledger, address: Address, *, births: bool
) -> list[Broken]:
    """The rules of the contract once more, now that it is known what the names stand for."""
    resource, work = resources[address], session.workspace
    above = resources.get(resource.parent) if resource.parent else None
    bound = {
        one: entry.applied for one in (address, resource.parent) if one and (entry := ledger.lock.resources.get(one))
    }
    contract = work.contracts.of(resource.contract)
    return broken_rules(contract, resource, above, bound, work.file.account.currency, births=births)
