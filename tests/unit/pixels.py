"""Throw-away kinds: a pixel, a catalog that names one, and a squad of a campaign that names both, one of them twice.

Nothing is patched: the rows are added to the tables that a new kind is added to, and taken out again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal, cast

from msgspec.structs import replace

from reconciler.api.transport import Reply, Request
from reconciler.contracts.binding import Binding
from reconciler.contracts.contract import Contract
from reconciler.contracts.fields import WireField
from reconciler.contracts.marketing.binding import MARKETING
from reconciler.contracts.registry import Contracts
from reconciler.kinds.document import Manifest, Spec, Strict, unset
from reconciler.kinds.fields import ApiName, Money, Name, Reference, Text
from reconciler.kinds.registry import BY_TITLE, KINDS, Kind, registry, row
from tests.unit.worlds import envelope, page


class PixelSpec(Spec):
    """A pixel."""

    pixel_name: ApiName = unset()
    """Its name."""
    code: Text = unset()
    """What it counts; fixed after creation."""
    status: Literal["ENABLE", "DISABLE"] = unset()
    """Its status."""


class PixelManifest(Manifest):
    """A pixel that should exist."""

    kind: Literal["Pixel"]
    """Pixel."""
    spec: PixelSpec
    """Its fields."""


class CatalogSpec(Spec):
    """A catalog."""

    catalog_name: ApiName = unset()
    """Its name."""
    pixel: Annotated[Name, Reference("pixel")] = unset()
    """What counts its sales."""
    status: Literal["ENABLE", "DISABLE"] = unset()
    """Its status."""


class CatalogManifest(Manifest):
    """A catalog that should exist."""

    kind: Literal["Catalog"]
    """Catalog."""
    spec: CatalogSpec
    """Its fields."""


class Tracking(Strict):
    """How a squad is measured."""

    pixel: Annotated[Name, Reference("pixel")]
    """A second pixel."""
    window: Text
    """For how long."""


class SquadSpec(Spec):
    """A squad: an ad group that names more than its campaign."""

    campaign: Annotated[Name, Reference("campaign", nests=True)]
    """What it belongs to."""
    squad_name: ApiName = unset()
    """Its name."""
    pixel: Annotated[Name, Reference("pixel")] = unset()
    """What it is optimised by."""
    catalog: Annotated[Name, Reference("catalog")] = unset()
    """What it sells; fixed after creation."""
    tracking: Tracking = unset()
    """What measures it."""
    budget: Money = unset()
    """What it may spend."""
    status: Literal["ENABLE", "DISABLE"] = unset()
    """Its status."""


class SquadManifest(Manifest):
    """A squad that should exist."""

    kind: Literal["Squad"]
    """Squad."""
    spec: SquadSpec
    """Its fields."""


ROWS = {
    "pixel": (WireField("pixel_name", changing="free"), WireField("code"), WireField("status", changing="free")),
    "catalog": (
        WireField("catalog_name", changing="free"),
        WireField("pixel", "pixel_id", shape="id", changing="free"),
        WireField("status", changing="free"),
    ),
    "squad": (
        WireField("squad_name", changing="free", carried=True),
        WireField("pixel", "pixel_id", shape="id", changing="free", carried=True),
        WireField("catalog", "catalog_id", shape="id"),
        WireField("tracking", changing="free", carried=True),
        WireField("budget", changing="free", carried=True),
        WireField("status", changing="free", shown="always"),
    ),
}
MODELS: dict[str, tuple[str, type[Manifest]]] = {
    "squad": ("Squad", SquadManifest),
    "pixel": ("Pixel", PixelManifest),
    "catalog": ("Catalog", CatalogManifest),
}


def binding(kind: str) -> Binding:
    """The calls of a kind, as those of a campaign are."""
    return Binding(
        kind=kind,
        rows=ROWS[kind],
        list_path=f"{kind}/get/",
        create_path=f"{kind}/create/",
        update_path=f"{kind}/update/",
        status_path=f"{kind}/status/update/",
        id_key=f"{kind}_id",
        name_field=f"{kind}_name",
        parent_key="campaign_id" if kind == "squad" else None,
        create_answers_id=True,
        born_paused=True,
    )


@contextmanager
def added() -> Iterator[Contracts]:
    """With these kinds registered, behind all others and the squad before what it names: the contract that has them."""
    kinds, titles = cast(dict[str, Kind], KINDS), cast(dict[str, Kind], BY_TITLE)
    before = dict(kinds), dict(titles)
    fresh = [row(short, title, model, f"{short}_name") for short, (title, model) in MODELS.items()]
    kinds.clear()
    kinds.update(registry(*before[0].values(), *fresh))
    titles.update({kinds[one.short].title: kinds[one.short] for one in fresh})
    own: Contract = replace(MARKETING, bindings={**MARKETING.bindings, **{kind: binding(kind) for kind in MODELS}})
    try:
        yield Contracts(own)
    finally:
        for table, rows in zip((kinds, titles), before, strict=True):
            table.clear()
            table.update(rows)


class PixelAccount:
    """An account of such objects, as an API: creates, updates, statuses, lists. It keeps the writes."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.writes: list[tuple[str, dict[str, Any]]] = []
        self.refused: set[str] = set()
        """Paths that are refused."""

    def put(self, kind: str, name: str, **fields: Any) -> str:
        """An object that is there, paused; its id."""
        identity = str(1000 + sum(map(len, self.rows.values())))
        told = {f"{kind}_id": identity, f"{kind}_name": name, "operation_status": "DISABLE", **fields}
        self.rows.setdefault(kind, []).append(told)
        return identity

    def of(self, kind: str, name: str) -> dict[str, Any]:
        """The newest object of that name."""
        return [one for one in self.rows[kind] if one[f"{kind}_name"] == name][-1]

    def __call__(self, request: Request) -> Reply:
        """The answer to one request."""
        kind, _, verb = request.path.strip("/").partition("/")
        if verb == "get":
            asked = json.loads(request.query.get("filtering", "{}"))
            every = self.rows.get(kind, [])
            rows = [one for one in every if all(one.get(key[:-1]) in ids for key, ids in asked.items())]
            return page([dict(one) for one in rows], 1, 1000, len(rows), 1 if rows else 0)
        body = json.loads(request.body or "{}")
        self.writes.append((f"{kind}/{verb}", dict(body)))
        if f"{kind}/{verb}" in self.refused:
            return envelope(code=40002, message="refused")
        body.pop("advertiser_id")
        if verb == "create":
            return envelope({f"{kind}_id": self.put(kind, body.pop(f"{kind}_name"), **body)})
        ids = body.pop(f"{kind}_ids", None) or [body[f"{kind}_id"]]
        for one in self.rows[kind]:
            if one[f"{kind}_id"] in ids:
                one.update(body)
        return envelope({f"{kind}_ids": ids})
