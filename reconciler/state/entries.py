"""Entries of the lockfile ↔ their JSON. The journal carries them in the same form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from reconciler.canonical import id_text
from reconciler.model import (
    Address,
    Entry,
    Generation,
    ImageEntry,
    LockEntry,
    RefreshEntry,
    Source,
    Task,
    Variant,
    VideoEntry,
)
from reconciler.renewed import Renewed


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry as the lockfile and the journal hold it."""
    if isinstance(entry, VideoEntry):
        return {
            "url": entry.url,
            "stock_video_id": entry.stock_video_id,
            "library_video_id": entry.library_id,
            "sha256": entry.sha256,
        }
    if isinstance(entry, ImageEntry):
        return {"url": entry.url, "image_id": entry.library_id, "sha256": entry.sha256}
    if isinstance(entry, RefreshEntry):
        return {
            **_generation_json(entry.current),
            "wanted": entry.wanted,
            "keep": entry.keep,
            "past": [_generation_json(one) for one in entry.past],
            "waiting": dict(entry.waiting) if entry.waiting else None,
            "source": _source_json(entry.source),
            **({"renewed": entry.renewed.as_json()} if entry.renewed else {}),
        }
    return _object_json(entry)


def _generation_json(made: Generation) -> dict[str, Any]:
    return {
        "generation": made.generation,
        "inputs": made.inputs,
        "tasks": [{name: getattr(one, name) for name in _TASK} for one in made.tasks],
        "variants": [{name: getattr(one, name) for name in _VARIANT} for one in made.variants],
    }


def _source_json(source: Source | None) -> dict[str, Any] | None:
    return source.as_json() if source else None


def _object_json(entry: LockEntry) -> dict[str, Any]:
    result: dict[str, Any] = {
        "id": entry.id,
        "parent": str(entry.parent) if entry.parent else None,
        "applied": dict(entry.applied),
        "on_remove": entry.on_remove,
        "protect": entry.protect,
        "source": _source_json(entry.source),
        "born": entry.born,
    }
    if entry.unlisted_since:
        result["unlisted_since"] = entry.unlisted_since
    if entry.removed_at:
        result["removed_at"] = entry.removed_at
    if entry.unpaused:
        result["unpaused"] = True
    if entry.replaces:
        result["replaces"] = entry.replaces
    if entry.contract:
        result["contract"] = entry.contract
    if entry.stored_as:
        result["stored_as"] = {path: list(pair) for path, pair in entry.stored_as.items()}
    if entry.creatives:
        result["creatives"] = [dict(one) for one in entry.creatives]
    if entry.paused:
        result["paused"] = [dict(one) for one in entry.paused]
    if entry.shown:
        result["shown"] = [dict(one) for one in entry.shown]
    return result


def parse_entry(address: Address, raw: Mapping[str, Any]) -> Entry:
    """An entry from its JSON form. Raises ValueError, TypeError or KeyError when it is not one."""
    if "image_id" in raw:
        return ImageEntry(raw["url"], raw["image_id"], raw["sha256"])
    if "url" in raw:
        return VideoEntry(raw["url"], raw["stock_video_id"], raw["library_video_id"], raw.get("sha256"))
    if "generation" in raw:
        past = tuple(_generation(one) for one in raw["past"])
        return RefreshEntry(
            _generation(raw), raw["wanted"], raw["keep"], past, _source(raw["source"]), raw["waiting"],
            Renewed.of_json(raw.get("renewed")),
        )  # fmt: skip
    return _object(raw)


def _generation(raw: Mapping[str, Any]) -> Generation:
    tasks = tuple(
        Task(**{**one, **{name: tuple(one[name]) for name in ("slots", "video_ids", "names")}}) for one in raw["tasks"]
    )
    return Generation(raw["generation"], raw["inputs"], tasks, tuple(Variant(**one) for one in raw["variants"]))


def _source(raw: Mapping[str, Any] | None) -> Source | None:
    return Source.of_json(raw) if raw is not None else None


def _object(raw: Mapping[str, Any]) -> LockEntry:
    identity, parent, applied = raw["id"], raw["parent"], raw["applied"]
    held = frozenset(map(type, applied.values())) if isinstance(applied, dict) else frozenset()
    if float in held:
        raise ValueError("an amount is a bare decimal; amounts are text here")
    on_remove, protect, born = raw["on_remove"], raw["protect"], raw["born"]
    if not isinstance(identity, str) or id_text(identity) is None:
        raise ValueError("its id is not digits")
    if not isinstance(applied, dict) or not isinstance(protect, bool) or not isinstance(parent, str | None):
        raise ValueError("`applied`, `protect` or `parent` is of the wrong type")
    if on_remove not in ("disable", "delete", "keep") or born not in ("created", "adopted", "pulled"):
        raise ValueError("`on_remove` or `born` is not a known value")
    if not held.isdisjoint(_HOLDERS):
        applied = {key: _frozen(value) for key, value in applied.items()}
    entry = LockEntry(
        identity,
        _parent(parent) if parent is not None else None,
        applied,
        on_remove,
        protect,
        _source(raw["source"]),
        born,
        contract=raw.get("contract"),
    )
    return entry if _RARE.isdisjoint(raw) else _with_rare(entry, raw)


def _with_rare(entry: LockEntry, raw: Mapping[str, Any]) -> LockEntry:
    """The same with the parts that few entries have."""
    return replace(
        entry,
        unlisted_since=_time(raw.get("unlisted_since")),
        removed_at=_time(raw.get("removed_at")),
        unpaused=bool(raw.get("unpaused")),
        replaces=raw.get("replaces"),
        stored_as={path: (sent, stored) for path, (sent, stored) in dict(raw.get("stored_as", {})).items()},
        creatives=_frozen(raw.get("creatives", [])),
        paused=_frozen(raw.get("paused", [])),
        shown=tuple(_shown(**one) for one in raw.get("shown", [])),
    )


def _shown(refresh: str | None, generation: int | None, variant: int | None, since: str) -> dict[str, Any]:
    """What an ad shows since then; a TypeError or ValueError when it is not that."""
    _time(since)
    return {"refresh": refresh, "generation": generation, "variant": variant, "since": since}


def _time(text: str | None) -> str | None:
    """A time stamp that can be read, or None."""
    if text is not None:
        datetime.fromisoformat(text)
    return text


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value


_parent = lru_cache(maxsize=64)(Address.parse)  # Siblings stand together.
_HOLDERS = frozenset((list, dict))
_RARE = frozenset(("unlisted_since", "removed_at", "unpaused", "replaces", "stored_as", "creatives", "paused", "shown"))
_TASK = Task.__struct_fields__
_VARIANT = Variant.__struct_fields__
