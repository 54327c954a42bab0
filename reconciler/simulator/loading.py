"""Bulk loading: many objects and figures at once, past the API's checks, all or none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from reconciler.simulator.app import Application
from reconciler.simulator.clock import unstamp
from reconciler.simulator.contracts import Contract
from reconciler.simulator.failure import SimulatorUsage
from reconciler.simulator.kinds import SMART_AD, Kind
from reconciler.simulator.library import PLURALS, Birth
from reconciler.simulator.reports import figures_note
from reconciler.simulator.smart_plus import bag
from reconciler.simulator.wire import Json, Number
from reconciler.simulator.world import STATUSES, Row, World


def load(app: Application, told: Mapping[str, Json], now: float) -> dict[str, list[str]]:
    """Takes in `{"advertiser_id": ID, "campaigns": [...], "adgroups": [...], "ads": [...], "figures": [...]}`.

    Production has `smart_plus_ads` as well, with a `creative_list` of {"creative_info", "material_operation_status"}.

    A row holds wire names; its id is given where absent; its parent is an id (`campaign_id`) or a position in this very
    load (`"parent": 0` is the first in the list of parents). A figure is {"id", "date", "metrics": {NAME: NUMBER}}: it
    replaces what reports show of an object's day. Answers with the ids, by list and in order. What the account owns
    comes as `library_videos`, `images`, `identities`, `pixels` and `apps`: {"file_name", "video_id", "signature",
    "url", ...}, {"display_name", "identity_type", ...}, {"pixel_name", ...}, {"app_name", "platform", ...}.
    """
    world = app.world
    owner = told.get("advertiser_id")
    if not isinstance(owner, str) or not _digits(owner):
        raise SimulatorUsage("advertiser_id must be a string of digits")
    lists = {kind.plural: kind for kind in app.contract.kinds}
    assets = {plural: kind for kind, plural in PLURALS.items()}
    if unknown := told.keys() - {"advertiser_id", "figures", *lists, *assets}:
        known = ", ".join(("advertiser_id", *lists, *assets, "figures"))
        raise SimulatorUsage(f"{min(unknown)} is not known; there are {known}")
    loader = _Loader(world, app.contract, owner, now)
    for name, kind in lists.items():
        for number, item in enumerate(_items(told, name)):
            try:
                loader.take(kind, item)
            except (ValueError, TypeError) as error:
                raise SimulatorUsage(f"{name}[{number}]: {error}") from None
    notes = dict(_figure(item) for item in _items(told, "figures"))
    births = {name: [_asset(kind, owner, item) for item in _items(told, name)] for name, kind in assets.items()}
    bags = [(row, row.fields.pop("creative_list", [])) for row in loader.rows.get(SMART_AD, ())]
    world.add([row for rows in loader.rows.values() for row in rows], now)
    for row, creatives in bags:
        bag.put(world, row, creatives, now)
    world.note(notes)
    made = {
        name: [app.library.add(one, now, ready=True).id for one in group] for name, group in births.items() if group
    }
    shown = {kind.plural: rows for kind, rows in loader.rows.items() if rows or kind is not SMART_AD}
    return {**{plural: [row.id for row in rows] for plural, rows in shown.items()}, **made}


def _asset(kind: str, owner: str, item: Mapping[str, Json]) -> Birth:
    name, asset_id, usable = item.get("file_name", ""), item.get(f"{kind}_id", ""), item.get("usable", True)
    if not isinstance(name, str) or not isinstance(asset_id, str) or not isinstance(usable, bool):
        raise SimulatorUsage(f"file_name and {kind}_id are texts, usable is true or false")
    known = {key: value for key, value in item.items() if key not in ("file_name", f"{kind}_id", "usable")}
    return Birth(kind, owner, name, known, usable, asset_id)


def _items(told: Mapping[str, Json], name: str) -> list[dict[str, Json]]:
    items = told.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise SimulatorUsage(f"{name} must be a list of objects")
    return items


def _figure(item: Mapping[str, Json]) -> tuple[str, str]:
    try:
        return figures_note(item["id"], date.fromisoformat(item["date"]), item["metrics"])
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SimulatorUsage(f"a figure needs id, date and metrics: {error}") from None


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


class _Loader:
    """Rows that are not yet part of the world, by kind."""

    def __init__(self, world: World, contract: Contract, owner: str, now: float) -> None:
        self.rows: dict[Kind, list[Row]] = {kind: [] for kind in contract.kinds}
        self._world = world
        self._contract = contract
        self._owner = owner
        self._now = now
        self._by_id: dict[str, Row] = {}

    def take(self, kind: Kind, item: Mapping[str, Json]) -> None:
        """Adds one row; ValueError or TypeError for one that cannot be."""
        row_id = item.get(kind.id_field) or self._world.new_id()
        if not isinstance(row_id, str) or not _digits(row_id) or row_id in self._by_id or self._world.knows(row_id):
            raise ValueError(f"{kind.id_field} must be a string of digits that no object has")
        known = {kind.id_field, kind.name_field, "status", self._contract.status, "create_time", "modify_time"}
        known |= {*self._contract.fields[kind.word]}
        if kind.parent:
            known |= {"parent", kind.parent.id_field}
        if unknown := item.keys() - known:
            raise ValueError(f"{min(unknown)} is not a field; there are {', '.join(sorted(known))}")
        name, status = item.get(kind.name_field), item.get("status", item.get(self._contract.status, STATUSES[0]))
        if not isinstance(name, str) or status not in self._contract.statuses:
            raise ValueError(f"needs a {kind.name_field}, and a status from {', '.join(self._contract.statuses)}")
        created = unstamp(item["create_time"]) if "create_time" in item else self._now
        modified = unstamp(item["modify_time"]) if "modify_time" in item else created
        fields = {field: item[field] for field in self._contract.fields[kind.word] if field in item}
        parent = self._parent(kind.parent, item) if kind.parent else None
        row = Row(kind, row_id, self._owner, parent, name, status, created, modified, self._now, fields)
        self.rows[kind].append(row)
        self._by_id[row_id] = row

    def _parent(self, kind: Kind, item: Mapping[str, Json]) -> str:
        position = item.get("parent")
        if isinstance(position, Number) and _digits(position.text) and int(position.text) < len(self.rows[kind]):
            return self.rows[kind][int(position.text)].id
        parent = item.get(kind.id_field)
        row = self._by_id.get(parent) if isinstance(parent, str) else None
        if row is None and isinstance(parent, str) and self._world.knows(parent):
            row = self._world.row(parent)
        if row is None or row.kind is not kind or row.owner != self._owner:
            raise ValueError(f"needs a {kind.id_field} of this account or the position of a parent")
        return row.id
