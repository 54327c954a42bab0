"""What manifests say about objects that are there already: `adopt: ID`, and `moved: {from: OLD}`. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from reconciler.kinds.document import Manifest
from reconciler.kinds.fields import NAME_PATTERN
from reconciler.kinds.registry import KINDS
from reconciler.manifest.document import Document, Path
from reconciler.manifest.problems import Problem
from reconciler.model import Address, Fields, Resource

_MOVED: Path = ("moved", "from")


def adopted(manifest: Manifest) -> str | None:
    """The id that it says is its own."""
    found: str | None = getattr(manifest, "adopt", None)
    return found


def former(manifest: Manifest, address: Address, document: Document, problems: list[Problem]) -> tuple[Address, ...]:
    """The addresses it had, latest first. A name stands for an address of its own kind."""
    found: list[Address] = []
    given = manifest.moved.from_ if "moved" in manifest.model_fields_set else []
    for index, text in enumerate(given):
        kind, slash, name = text.rpartition("/")
        old = Address(kind if slash else address.kind, name)
        wrong = _wrong(text, old, address, found)
        if wrong:
            several = isinstance(document.value["moved"]["from"], list)
            path: Path = (*_MOVED, index) if several else _MOVED
            message, hint = wrong
            problems.append(Problem("R310", message, document, path, False, hint, str(address)))
        else:
            found.append(old)
    return tuple(found)


def _wrong(text: str, old: Address, address: Address, before: Collection[Address]) -> tuple[str, str] | None:
    """(what is wrong with one name of `from`, what to do)."""
    if old.kind not in KINDS or not NAME_PATTERN.fullmatch(old.name):
        return f'`from` names "{text}", which is not a name or an address', "write the old name of this manifest"
    if old.kind != address.kind:
        return f"`from` names {old}, which is of another kind", f"write a name of {address.kind}/…"
    if old == address:
        return f"`from` names {old}, which is this manifest", "write the name it had before"
    return (f"`from` names {old} twice", "write it once") if old in before else None


def clashes(
    resources: Mapping[Address, Resource],
    documents: Mapping[Address, Document],
    declared: Collection[Address],
    bound: Collection[Address],
) -> Iterator[Problem]:
    """Claims of two manifests to one object. `declared`: what any document names; `bound`: what the lockfile knows."""
    ids: dict[tuple[str, str], Resource] = {}
    olds: dict[Address, Resource] = {}
    for address, resource in resources.items():
        if resource.adopt is not None:
            first = ids.setdefault((address.kind, resource.adopt), resource)
            if first is not resource:
                text = f"it adopts {resource.adopt}, and so does {first.address} ({first.source})"
                hint = "an object is of one manifest: take `adopt` out of the other"
                yield Problem("R310", text, documents[address], ("adopt",), False, hint, str(address))
        for text, hint in _moves(resource, olds, declared, bound) if resource.moved else ():
            yield Problem("R310", text, documents[address], _MOVED, False, hint, str(address))


def _moves(
    resource: Resource, olds: dict[Address, Resource], declared: Collection[Address], bound: Collection[Address]
) -> Iterator[tuple[str, str]]:
    """(what is wrong with where it came from, what to do)."""
    for old in resource.moved:
        first = olds.setdefault(old, resource)
        if old in declared:
            yield f"it was moved from {old}, which a manifest still declares", f"rename {old}, or take it out of `from`"
        elif first is not resource:
            place = f"{first.source.file}:{first.source.line}"
            yield f"it was moved from {old}, and so was {first.address} ({place})", "one of the two is a new object"
    known = [str(one) for one in resource.moved if one in bound and one not in declared]
    known = [str(resource.address), *known] if resource.address in bound else known
    if len(known) > 1:
        hint = (
            "they are different objects: leave the one it is in `from`, and give the other a manifest or "
            "`reconciler state rm` it"
        )
        yield f"{' and '.join(known)} are all in the lockfile, and it can be only one of them", hint


def pending(resources: Mapping[Address, Resource], bound: Collection[Address]) -> list[tuple[Address, Address]]:
    """(address until now, address from now on) of every entry that a manifest says has moved."""
    return [
        (old, address)
        for address, resource in resources.items()
        if resource.moved and address not in bound
        if (old := next((one for one in resource.moved if one in bound), None)) is not None
    ]


def as_moved(bound: Mapping[Address, Fields], moves: Sequence[tuple[Address, Address]]) -> dict[Address, Fields]:
    """What the lockfile knows, as it will after the moves."""
    return {**bound, **{new: bound[old] for old, new in moves}}
