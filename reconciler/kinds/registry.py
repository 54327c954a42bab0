"""The explicit list of kinds, and what the engine needs to know of each, read from its spec once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from pydantic import BaseModel

from reconciler.kinds.ad import AdManifest
from reconciler.kinds.adgroup import AdGroupManifest
from reconciler.kinds.campaign import CampaignManifest
from reconciler.kinds.document import Manifest
from reconciler.kinds.fields import FieldType, Reference, type_of
from reconciler.kinds.refresh import CreativeRefreshManifest
from reconciler.kinds.video import VideoManifest

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource."""

    short: str
    """As in an address: `adgroup`."""
    title: str
    """As in a manifest: `AdGroup`."""
    manifest: type[Manifest]
    name_field: str
    """The field that names the object in the account; empty for what is not an object of the account."""
    types: Mapping[str, FieldType]
    references: Mapping[Path, Reference]
    """Path inside the spec → what its value names."""
    parent_field: str | None = None
    """The field that refers to the parent."""
    parent: str | None = None
    """The parent's short kind."""
    unordered: frozenset[str] = frozenset()
    stage: int = 0
    """Higher than that of every kind it refers to."""
    rank: int = 0
    """The place in a plan."""


def row(short: str, title: str, manifest: type[Manifest], name_field: str = "") -> Kind:
    """What a kind's spec says of it."""
    fields = manifest.spec_model().model_fields
    types = {name: type_of(info) for name, info in fields.items()}
    references = dict(_references(manifest.spec_model(), ()))
    nest = next((path for path, mark in references.items() if mark.nests), None)
    field, parent = (nest[0], references[nest].kind) if nest else (None, None)
    unordered = frozenset(name for name, one in types.items() if one.unordered)
    return Kind(short, title, manifest, name_field, types, references, field, parent, unordered)


def _references(model: type[BaseModel], above: Path) -> Iterator[tuple[Path, Reference]]:
    """Every reference of a model, those inside its nested models too."""
    for name, info in model.model_fields.items():
        for mark in info.metadata:
            if isinstance(mark, Reference):
                yield (*above, name), mark
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _references(info.annotation, (*above, name))


def registry(*kinds: Kind) -> dict[str, Kind]:
    """Short name → kind, in the order plans are shown in: what others refer to has a lower stage."""
    above = {kind.short: {mark.kind for mark in kind.references.values()} for kind in kinds}
    stages: dict[str, int] = {}
    for short in TopologicalSorter(above).static_order():
        stages[short] = 1 + max((stages[one] for one in above[short]), default=-1)
    return {kind.short: replace(kind, stage=stages[kind.short], rank=rank) for rank, kind in enumerate(kinds)}


KINDS: Mapping[str, Kind] = registry(
    row("campaign", "Campaign", CampaignManifest, "campaign_name"),
    row("adgroup", "AdGroup", AdGroupManifest, "adgroup_name"),
    row("video", "Video", VideoManifest),
    row("refresh", "CreativeRefresh", CreativeRefreshManifest),
    row("ad", "Ad", AdManifest, "ad_name"),
)
BY_TITLE: Mapping[str, Kind] = {kind.title: kind for kind in KINDS.values()}
