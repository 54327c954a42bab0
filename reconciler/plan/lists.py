"""Lists to which others add: what is ours in them, what is theirs, what changes, and what is sent. Pure.

What a manifest names is ours, and what was last applied. Everything else that is live is theirs: it stays, unless the
manifest says that the list is exclusive. A creative is known by its content, never by an id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from reconciler.contracts.binding import Binding
from reconciler.contracts.fields import WireField
from reconciler.contracts.smart_plus.creatives import content, shows
from reconciler.model import FieldChange, Fields, LiveObject, LockEntry, Resource, Side

BORN = "ENABLE"
"""The status of a creative that nobody has set."""


class MergedList(Struct, frozen=True):
    """One such list of one object. Each of the three: key → item; None: the listing does not show it."""

    row: WireField
    wanted: Mapping[str, Any]
    past: Mapping[str, Any]
    live: Mapping[str, Any] | None
    exclusive: bool
    asleep: frozenset[str] = frozenset()
    """Keys of creatives of others that a write of ours may have woken."""

    @property
    def theirs(self) -> Mapping[str, Any]:
        """What is live, was never ours, and stays."""
        if self.exclusive or self.live is None:
            return {}
        return {key: item for key, item in self.live.items() if key not in self.wanted and key not in self.past}

    @property
    def ours(self) -> Mapping[str, Any]:
        """What is live and ours."""
        if self.live is None:
            return self.past
        return {key: item for key, item in self.live.items() if key not in self.theirs}

    @property
    def shared(self) -> tuple[Any, ...]:
        """What is live and wanted, as it is live."""
        return tuple(item for key, item in (self.live or {}).items() if key in self.wanted)

    def changes(self) -> list[FieldChange]:
        """What is to change, each item of its own where they are creatives."""
        if not self.row.keyed:
            past, old, new = (_in_order(one) for one in (self.past, self.ours, self.wanted))
            side = _side(past, old, new)
            return [FieldChange(self.row.name, old, new, side)] if old != new else []
        return sorted(self._creatives(), key=lambda one: one.path)

    def _creatives(self) -> Iterator[FieldChange]:
        have, labels = self.ours, self._labels()
        for key in {**have, **self.wanted}:
            place, want, live = f"{self.row.name}[{labels[key]}]", self.wanted.get(key), have.get(key)
            if live is None and want is not None:
                yield FieldChange(place, None, _said(want), "both" if key in self.past else "ours")
            elif want is None and live is not None:
                yield FieldChange(place, _said(live), None, "ours" if key in self.past else "theirs")
            elif want is not None and live is not None:
                before = self.past.get(key, {})
                for name, new in (("image_id", want.get("image_id")), ("status", status_of(want))):
                    old = live.get(name)
                    if new is not None and old is not None and new != old:
                        applied = status_of(before) if name == "status" and before else before.get(name)
                        yield FieldChange(f"{place}.{name}", old, new, _side(applied, old, new))

        for key in self.theirs.keys() & self.asleep:
            if (old := self.theirs[key].get("status")) != "DISABLE":
                yield FieldChange(f"{self.row.name}[{labels[key]}].status", old, "DISABLE")

    def kept(self) -> list[FieldChange]:
        """What of theirs goes along when the list is written."""
        labels = self._labels()
        return [
            FieldChange(f"{self.row.name}[{labels[key]}]", _told(self.row, item), _told(self.row, item), "theirs")
            for key, item in sorted(self.theirs.items())
        ]

    def written(self) -> tuple[Any, ...]:
        """The whole list that an update sends."""
        if not self.row.keyed:
            return _in_order({**self.wanted, **self.theirs})
        live = self.live or {}
        ours = [_over(live[key], item) if key in live else item for key, item in self.wanted.items()]
        return tuple(sorted([*ours, *self.theirs.values()], key=content))

    def statuses(self) -> dict[str, tuple[Fields, ...]]:
        """Status → the creatives that are to have it once the list is written: what a write may wake is set again."""
        found: dict[str, list[Fields]] = {"DISABLE": [], "ENABLE": []}
        for key, item in {**self.theirs, **self.wanted}.items():
            live = "DISABLE" if key in self.asleep else str(item.get("status"))
            found.setdefault(status_of(item) if key in self.wanted else live, []).append(item)
        return {status: tuple(items) for status, items in found.items() if status in ("DISABLE", "ENABLE")}

    @property
    def sleeping(self) -> tuple[Fields, ...]:
        """What of theirs is paused, or was before a write of ours."""
        items = {key: item for key, item in self.theirs.items() if self.row.keyed}
        off = [item for key, item in items.items() if key in self.asleep or item.get("status") == "DISABLE"]
        return tuple(bare(off))

    def _labels(self) -> dict[str, str]:
        """Key → what it is called: what it shows, with its identity only where one video runs under several."""
        items = {**(self.live or {}), **self.past, **self.wanted}
        if not self.row.keyed:
            return {key: key for key in items}
        words = [shows(item) for item in items.values()]
        return {
            key: shows(item)
            if words.count(shows(item)) == 1
            else f"{shows(item)} {item.get('identity_type')} {item.get('identity_id')}"
            for key, item in items.items()
        }


def merged(resource: Resource, entry: LockEntry | None, live: LiveObject | None, binding: Binding) -> list[MergedList]:
    """The lists of this kind that the resource sets."""
    found = []
    for name in sorted(binding.merged & resource.fields.keys()):
        row = binding.field[name]
        shown = live.fields.get(name) if live else None
        past = _keys(row, entry.applied.get(name)) if entry else {}
        exclusive = name in resource.lifecycle.exclusive
        told = None if shown is None else _keys(row, shown)
        asleep = frozenset(_keys(row, entry.paused)) if entry and row.keyed else frozenset()
        found.append(MergedList(row, _keys(row, resource.fields[name]), past, told, exclusive, asleep))
    return found


def holds(row: WireField, sent: Any, shown: Any) -> bool:
    """Whether a list holds all that was sent, whatever others have added."""
    ours, live = _keys(row, sent), _keys(row, shown)
    return all(key in live and (row.keyed or live[key] == item) for key, item in ours.items())


def either(binding: Binding, before: Fields, after: Fields) -> dict[str, Any]:
    """The lists that differ, each with everything of both: what an update may have put there is ours either way."""
    found = {}
    for path in binding.merged & after.keys():
        row = binding.field[path]
        both = {**_keys(row, after[path]), **_keys(row, before.get(path))}
        if both.keys() != _keys(row, before.get(path)).keys():
            found[path] = tuple(both[key] for key in sorted(both))
    return found


def as_applied(row: WireField, applied: Any, shown: Any) -> list[FieldChange]:
    """What is not as it was applied: `old` is what is live, `new` what was applied; nothing, of what others added."""
    past = _keys(row, applied)
    found = MergedList(row, past, past, _keys(row, shown), False)
    return found.changes() + [one._replace(new=None) for one in found.kept()]


def remembered(ours: Fields, live: Fields, binding: Binding) -> tuple[dict[str, Any], ...]:
    """What the lockfile remembers of each creative of an ad: what it is, where it comes from, its ids of now."""
    path = next((one for one in binding.keyed if one in ours and one in live), None)
    if path is None:
        return ()
    creatives, shown = ours[path], live[path]
    sources = {content(one): one.get("source") for one in creatives}
    names = ("video_id", "image_id", "tiktok_item_id", "ad_material_id", "creative_id", "status")
    found = [
        {"key": shows(one), "source": sources[content(one)], **{name: one.get(name) for name in names}}
        for one in shown
        if content(one) in sources
    ]
    return tuple(sorted(found, key=lambda one: str(one["key"])))


def of_new(resource: Resource, values: Fields, binding: Binding) -> list[FieldChange]:
    """The fields of what is made anew, each creative one of its own."""
    found = [FieldChange(path, None, values[path]) for path in sorted(values.keys() - binding.keyed)]
    for one in merged(resource, None, None, binding):
        found += one.changes() if one.row.keyed else []
    return sorted(found, key=lambda one: one.path)


def base(path: str) -> str:
    """The field that a path such as `creatives[video:v1].status` is in."""
    return path.partition("[")[0]


def rewrites(change: FieldChange) -> bool:
    """Whether a list must be written for it: a creative's status has a call of its own."""
    return change.old != change.new and not change.path.endswith("].status")


def status_of(creative: Fields) -> str:
    """Unset: ENABLE, as it is born."""
    return str(creative.get("status") or BORN)


def bare(value: Any) -> Any:
    """Creatives as a listing must show them once the list is written; their status is another call's."""
    names = ("video_id", "tiktok_item_id", "identity_type", "identity_id")
    return tuple({one: item[one] for one in names if one in item} for item in value)


def switched(creatives: Iterable[Fields], status: str) -> tuple[dict[str, Any], ...]:
    """The same with the status they are to have."""
    return tuple({**one, "status": status} for one in bare(creatives))


def _keys(row: WireField, value: Any) -> dict[str, Any]:
    return {content(one) if row.keyed else _key(one): one for one in value or ()}


def _key(item: Any) -> str:
    """A text is its own; of a URL parameter its name."""
    return str(item["key"]) if isinstance(item, Mapping) else str(item)


def _in_order(items: Mapping[str, Any]) -> tuple[Any, ...]:
    """As a listing has them."""
    return tuple(sorted(items.values(), key=str))


def _over(live: Fields, wanted: Fields) -> dict[str, Any]:
    """A creative that is live already, as it was read, with the cover that the manifest sets."""
    own = {"image_id": wanted["image_id"]} if "image_id" in wanted else {}
    return {**{name: value for name, value in live.items() if name != "image_id"}, **own}


def _said(creative: Fields) -> dict[str, Any]:
    """A creative as a row tells it."""
    names = ("video_id", "tiktok_item_id", "image_id", "identity_type", "identity_id", "status")
    return {one: creative[one] for one in names if creative.get(one) is not None}


def _told(row: WireField, item: Any) -> Any:
    return _said(item) if row.keyed else item


def _side(applied: Any, live: Any, wanted: Any) -> Side:
    ours, theirs = applied != wanted, live != applied
    return "both" if ours and theirs else "theirs" if theirs else "ours"
