"""Audiences of ad groups: names → ids, looked up in the account and checked before anything is planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.account.audiences import read_audiences
from reconciler.account.listing import Reader
from reconciler.canonical import id_text
from reconciler.errors import Invalid
from reconciler.manifest.document import Path
from reconciler.manifest.problems import Problem, address_of
from reconciler.model import Address, Resource
from reconciler.workflow.load import load_documents, place
from reconciler.workflow.session import Session

_FIELDS = (
    "audiences", "excluded_audiences", "targeting_spec.audiences", "targeting_spec.excluded_audiences",
)  # fmt: skip


def resolve(session: Session, reader: Reader, desired: Mapping[Address, Resource]) -> dict[Address, Resource]:
    """The resources with audience ids. One listing, and only when a name is used. Raises Invalid with every mistake."""
    named = {
        address: resource
        for address, resource in desired.items()
        if any(not _is_id(one) for name in _FIELDS for one in resource.fields.get(name, ()))
    }
    if not named:
        return dict(desired)
    ids: dict[str, list[str]] = {}
    for audience in read_audiences(reader.client, reader.contracts.own, reader.advertiser):
        ids.setdefault(audience.name, []).append(audience.id)
    wrong: list[tuple[Resource, str, str]] = []
    result = dict(desired)
    for address, resource in named.items():
        fields = dict(resource.fields)
        for name in _FIELDS:
            if name in fields:
                wrong += [
                    (resource, name, one) for one in fields[name] if not _is_id(one) and len(ids.get(one, ())) != 1
                ]
                fields[name] = tuple(sorted({ids.get(one, [one])[0] for one in fields[name]}))
        result[address] = replace(resource, fields=fields)
    if wrong:
        _refuse(session, wrong, ids)
    return result


def _is_id(text: str) -> bool:
    return id_text(text) is not None


def _refuse(session: Session, wrong: list[tuple[Resource, str, str]], ids: Mapping[str, list[str]]) -> None:
    loaded = load_documents(session.workspace, session.secret)
    known = {address_of(one): one for one in loaded.documents}
    problems = []
    for resource, field, name in wrong:
        document = known[str(resource.address)]
        written = document.value["spec"]
        for part in field.split("."):
            written = written[part]
        path: Path = ("spec", *field.split("."), [str(one) for one in written].index(name))
        several = ids.get(name, [])
        message = f'`{field}`: {len(several)} audiences are named "{name}"' if several else (
            f'`{field}`: the account has no audience named "{name}"'
        )  # fmt: skip
        hint = f"name one by its id: {', '.join(several)}" if several else "`reconciler audiences` lists them"
        problems.append(Problem("R305", message, document, path, False, hint, str(resource.address)))
    raise Invalid(many=place(problems, loaded.texts))
