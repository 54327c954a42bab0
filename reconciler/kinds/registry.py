"""The explicit list of kinds, and what the engine needs to know of each, read from its spec once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from graphlib import TopologicalSorter
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

from msgspec import Struct, field
from msgspec.structs import replace
from pydantic import BaseModel, PlainValidator

from reconciler.kinds.ad import AdManifest
from reconciler.kinds.adgroup import AdGroupManifest
from reconciler.kinds.campaign import CampaignManifest
from reconciler.kinds.document import Manifest
from reconciler.kinds.fields import FREE, ByName, FieldType, Nested, Reference, type_of
from reconciler.kinds.image import ImageManifest
from reconciler.kinds.media import LocalFile
from reconciler.kinds.refresh import CreativeRefreshManifest
from reconciler.kinds.video import VideoManifest

Path = tuple[str, ...]
Mark = TypeVar("Mark", Reference, ByName)
EACH = "*"
"""In a path: every item of a list."""


class Noun(NamedTuple):
    """What people who buy media call a kind."""

    one: str
    """`Ad group`."""
    many: str
    """`ad groups`."""
    table: str = ""
    """The table of Ads Manager that shows them, as its address has it: ads.tiktok.com/i18n/perf/TABLE."""


class Kind(Struct, frozen=True):
    """One kind of resource."""

    short: str
    """As in an address: `adgroup`."""
    title: str
    """As in a manifest: `AdGroup`."""
    manifest: type[Manifest]
    name_field: str
    """The field that names the object in the account; empty for what is not an object of the account."""
    noun: Noun
    types: Mapping[str, FieldType]
    references: Mapping[Path, Reference]
    """Path inside the spec → what its value names."""
    named: Mapping[Path, ByName]
    """Path inside the spec → of what in the account it holds the name."""
    named_at: frozenset[str] = frozenset()
    """Where those paths begin: keys of a spec, and of flat fields."""
    parent_field: str | None = None
    """The field that refers to the parent."""
    parent: str | None = None
    """The parent's short kind."""
    nested: frozenset[str] = frozenset()
    """Fields whose own fields are compared one by one: `targeting_spec` stands for `targeting_spec.gender`, …"""
    unordered: frozenset[str] = frozenset()
    free_text: frozenset[str] = frozenset()
    """Names, texts and URLs that people write freely, and which the platform may therefore store in another form."""
    stage: int = 0
    """Higher than that of every kind it refers to: the order in which things are made."""
    descent: int = 0
    """Higher than that of its parent, and of every kind that refers to it: the order in which things are lowered."""
    files: Mapping[str, LocalFile] = field(default_factory=dict)
    """Fields that name a file of the workspace → what may be in it."""
    rank: int = 0
    """The place in a plan, after every kind it refers to."""


def row(short: str, title: str, manifest: type[Manifest], name_field: str = "", noun: Noun | None = None) -> Kind:
    """What a kind's spec says of it. Without a noun it is called by its title."""
    fields = manifest.spec_model().model_fields
    nested = frozenset(name for name, info in fields.items() if any(isinstance(one, Nested) for one in info.metadata))
    types = {name: type_of(info) for name, info in fields.items()}
    for name in nested:
        inner: type[BaseModel] = fields[name].annotation  # type: ignore[assignment] # a marked field is a model
        types |= {f"{name}.{leaf}": type_of(info) for leaf, info in inner.model_fields.items()}
    references = dict(_marked(manifest.spec_model(), Reference))
    named = dict(_marked(manifest.spec_model(), ByName))
    named_at = frozenset(key for path in named for key in (path[0], ".".join(path)))
    nest = next((path for path, mark in references.items() if mark.nests), None)
    above, parent = (nest[0], references[nest].kind) if nest else (None, None)
    unordered = frozenset(name for name, one in types.items() if one.unordered)
    free = frozenset(
        name
        for name, info in fields.items()
        if any(isinstance(mark, PlainValidator) and mark.func in FREE for mark in info.metadata)
    )
    files = {name: mark for name, info in fields.items() for mark in info.metadata if isinstance(mark, LocalFile)}
    noun = noun or Noun(title, f"{title}s")
    return Kind(
        short, title, manifest, name_field, noun, types, references, named, named_at, above, parent, nested,
        unordered, free,
        files=files,
    )  # fmt: skip


def _marked(model: type[BaseModel], sort: type[Mark], above: Path = ()) -> Iterator[tuple[Path, Mark]]:
    """Every mark of a sort on the fields of a model, those inside its nested models too."""
    for name, info in model.model_fields.items():
        for mark in info.metadata:
            if isinstance(mark, sort):
                yield (*above, name), mark
        below = (*above, name, EACH) if get_origin(info.annotation) is list else (*above, name)
        for inner in _models(info.annotation):
            yield from _marked(inner, sort, below)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The model that a value is, or each that it, or an item of it, can be."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def registry(*kinds: Kind) -> dict[str, Kind]:
    """Short name → kind, in the order plans are shown in. Raises CycleError where kinds refer to each other."""
    stages = _heights({kind.short: {mark.kind for mark in kind.references.values()} for kind in kinds})
    descents = _heights(_lowered_before({kind.short: kind for kind in kinds}))
    found: dict[str, Kind] = {}
    for kind in kinds:
        _place(kind, {one.short: one for one in kinds}, found)
    return {
        short: replace(kind, stage=stages[short], descent=descents[short], rank=rank)
        for rank, (short, kind) in enumerate(found.items())
    }


def _heights(before: Mapping[str, Set[str]]) -> dict[str, int]:
    """Kind → one more than the highest of those that come before it."""
    found: dict[str, int] = {}
    for short in TopologicalSorter(before).static_order():
        found[short] = 1 + max((found[one] for one in before[short]), default=-1)
    return found


def _place(kind: Kind, kinds: Mapping[str, Kind], found: dict[str, Kind]) -> None:
    """Put a kind behind all it refers to, and else where it stands."""
    for mark in kind.references.values():
        if mark.kind not in found:
            _place(kinds[mark.kind], kinds, found)
    found.setdefault(kind.short, kind)


def _lowered_before(kinds: Mapping[str, Kind]) -> dict[str, set[str]]:
    """Kind → what is lowered before it: its parent, for a run that stops must leave a cheaper account; and what refers
    to it, for nothing that runs must refer to what is gone."""
    before = {short: {kind.parent} if kind.parent else set[str]() for short, kind in kinds.items()}
    for short, kind in kinds.items():
        above, parent = set[str](), kind.parent
        while parent is not None:
            above.add(parent)
            parent = kinds[parent].parent
        for mark in kind.references.values():
            if mark.kind not in above:
                before[mark.kind].add(short)
    return before


KINDS: Mapping[str, Kind] = registry(
    row("campaign", "Campaign", CampaignManifest, "campaign_name", Noun("Campaign", "campaigns", "campaign")),
    row("adgroup", "AdGroup", AdGroupManifest, "adgroup_name", Noun("Ad group", "ad groups", "adgroup")),
    row("video", "Video", VideoManifest, noun=Noun("Video", "videos")),
    row("image", "Image", ImageManifest, noun=Noun("Image", "images")),
    row("refresh", "CreativeRefresh", CreativeRefreshManifest, noun=Noun("Video variants", "sets of video variants")),
    row("ad", "Ad", AdManifest, "ad_name", Noun("Ad", "ads", "creative")),
)
BY_TITLE: Mapping[str, Kind] = {kind.title: kind for kind in KINDS.values()}
