"""The explicit list of kinds, and what the engine needs to know of each, read from its spec once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter

from reconciler.kinds.ad import AdManifest
from reconciler.kinds.adgroup import AdGroupManifest
from reconciler.kinds.campaign import CampaignManifest
from reconciler.kinds.document import Manifest
from reconciler.kinds.fields import Reference, Unordered
from reconciler.kinds.refresh import CreativeRefreshManifest
from reconciler.kinds.video import VideoManifest


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
    parent_field: str | None
    """The field that refers to the parent."""
    parent: str | None
    """The parent's short kind."""
    unordered: frozenset[str]
    stage: int = 0
    """Parents have a lower stage."""
    rank: int = 0
    """The place in a plan."""


def _kind(short: str, title: str, manifest: type[Manifest], name_field: str = "") -> Kind:
    spec = manifest.spec_model()
    references = {
        field: mark.kind
        for field, info in spec.model_fields.items()
        for mark in info.metadata
        if isinstance(mark, Reference)
    }
    unordered = frozenset(
        field for field, info in spec.model_fields.items() if any(isinstance(mark, Unordered) for mark in info.metadata)
    )
    parent_field, parent = next(iter(references.items()), (None, None))
    return Kind(short, title, manifest, name_field, parent_field, parent, unordered)


def _registry(*kinds: Kind) -> Mapping[str, Kind]:
    """In the order plans are shown in: what others refer to comes first."""
    above = {kind.short: {kind.parent} if kind.parent else set() for kind in kinds}
    stages: dict[str, int] = {}
    for short in TopologicalSorter(above).static_order():
        stages[short] = 1 + max((stages[one] for one in above[short]), default=-1)
    return {kind.short: replace(kind, stage=stages[kind.short], rank=rank) for rank, kind in enumerate(kinds)}


KINDS: Mapping[str, Kind] = _registry(
    _kind("campaign", "Campaign", CampaignManifest, "campaign_name"),
    _kind("adgroup", "AdGroup", AdGroupManifest, "adgroup_name"),
    _kind("video", "Video", VideoManifest),
    _kind("refresh", "CreativeRefresh", CreativeRefreshManifest),
    _kind("ad", "Ad", AdManifest, "ad_name"),
)
BY_TITLE: Mapping[str, Kind] = {kind.title: kind for kind in KINDS.values()}
