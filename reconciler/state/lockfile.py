"""The lockfile: JSON, sorted, one entry a line, so that it diffs and merges like text.

`parse` refuses what it cannot trust (conflict markers, duplicate keys, unknown addresses, one id under two addresses,
a missing parent) instead of guessing; `dump` writes equal locks as equal bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import Finding, Invalid, Place
from reconciler.model import Address, LockEntry, Source

FILE = "reconciler.lock"
VERSION = 1
_RESTORE = "restore reconciler.lock from version control"


@dataclass(slots=True)
class Lock:
    """The lockfile in memory. `serial` counts the saves of one `lineage`."""

    lineage: str
    serial: int = 0
    account: dict[str, Any] = field(default_factory=dict)
    journal_head: str | None = None
    """Hash of the last journal record that is folded in."""
    resources: dict[Address, LockEntry] = field(default_factory=dict)


def entry_json(entry: LockEntry) -> dict[str, Any]:
    """An entry as the lockfile and the journal hold it."""
    result: dict[str, Any] = {
        "id": entry.id,
        "parent": str(entry.parent) if entry.parent else None,
        "applied": dict(entry.applied),
        "on_remove": entry.on_remove,
        "protect": entry.protect,
        "source": {"file": entry.source.file, "line": entry.source.line} if entry.source else None,
        "born": entry.born,
    }
    if entry.born_at:
        result["born_at"] = entry.born_at
    if entry.removed_at:
        result["removed_at"] = entry.removed_at
    if entry.unpaused:
        result["unpaused"] = True
    return result


def dump(lock: Lock) -> bytes:
    """The file's bytes: one line per resource, keys sorted, a line end at the end."""
    head = {
        "version": VERSION,
        "lineage": lock.lineage,
        "serial": lock.serial,
        "account": lock.account,
        "journal_head": lock.journal_head,
    }
    lines = [json.dumps(head, indent=1)[:-2] + ',\n "resources": {']
    # One encoder for all entries: building one a call costs more than encoding.
    encode = json.JSONEncoder(sort_keys=True, separators=(", ", ": "), ensure_ascii=False).encode
    entries = sorted((str(address), entry) for address, entry in lock.resources.items())
    last = len(entries) - 1
    lines += [f'  "{key}": {encode(entry_json(one))}{"," if i < last else ""}' for i, (key, one) in enumerate(entries)]
    return ("\n".join(lines) + "\n }\n}\n").encode()


def parse(data: bytes) -> Lock:
    """The inverse of `dump`. Raises Invalid with the place where trust ends."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _bad("it is not UTF-8", 1) from error
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
            raise _bad(
                "it holds conflict markers of a merge", number, "resolve the merge: keep one side's line per address"
            )
    try:
        raw = json.loads(text, object_pairs_hook=_unique)
    except _Duplicate as error:
        raise _bad(f'the key "{error}" stands twice', _line(text, str(error))) from None
    except (ValueError, RecursionError) as error:
        raise _bad(f"it is not JSON ({error})", getattr(error, "lineno", 1)) from None
    return _lock(raw, text)


def _lock(raw: Any, text: str) -> Lock:
    if not isinstance(raw, dict):
        raise _bad("it is not a JSON object", 1)
    version = raw.get("version")
    if isinstance(version, int) and version > VERSION:
        message = f"{FILE} has format version {version}, this reconciler reads version {VERSION}"
        raise Invalid(
            Finding("R504", message, Place(FILE, 1), hint="install the version that wrote it, or a later one")
        )
    if version != VERSION:
        raise _bad(f"its version is {version!r}", 1)
    lineage, serial, account, head = (raw.get(key) for key in ("lineage", "serial", "account", "journal_head"))
    resources = raw.get("resources")
    if not (isinstance(lineage, str) and lineage and isinstance(serial, int) and isinstance(account, dict)):
        raise _bad("`lineage`, `serial` or `account` is missing or of the wrong type", 1)
    if not isinstance(resources, dict) or not (head is None or isinstance(head, str)):
        raise _bad("`resources` or `journal_head` is missing or of the wrong type", 1)
    lock = Lock(lineage, serial, account, head)
    ids: dict[tuple[str, str], str] = {}
    for key, value in resources.items():
        try:
            address, entry = Address.parse(key), parse_entry(value)
        except (ValueError, TypeError, KeyError) as error:
            raise _bad(f'the entry "{key}" is damaged ({error})', _line(text, key)) from None
        twin = ids.setdefault((address.kind, entry.id), key)
        if twin != key:
            raise _bad(f'"{twin}" and "{key}" claim the same id {entry.id}', _line(text, key))
        lock.resources[address] = entry
    for address, entry in lock.resources.items():
        if entry.parent and entry.parent not in lock.resources:
            raise _bad(f'the parent "{entry.parent}" of "{address}" has no entry', _line(text, str(address)))
    return lock


def parse_entry(raw: Mapping[str, Any]) -> LockEntry:
    """An entry from its JSON form. Raises ValueError, TypeError or KeyError when it is not one."""
    identity, parent, source, applied = raw["id"], raw["parent"], raw["source"], raw["applied"]
    on_remove, protect, born = raw["on_remove"], raw["protect"], raw["born"]
    if not (isinstance(identity, str) and identity.isascii() and identity.isdigit()):
        raise ValueError("its id is not digits")
    if not isinstance(applied, dict) or not isinstance(protect, bool):
        raise ValueError("`applied` or `protect` is of the wrong type")
    if on_remove not in ("disable", "delete", "keep") or born not in ("created", "adopted", "pulled"):
        raise ValueError("`on_remove` or `born` is not a known value")
    return LockEntry(
        id=identity,
        parent=Address.parse(parent) if parent is not None else None,
        applied={key: _frozen(value) if type(value) in (list, dict) else value for key, value in applied.items()},
        on_remove=on_remove,
        protect=protect,
        source=Source(source["file"], source["line"]) if source is not None else None,
        born=born,
        born_at=raw.get("born_at"),
        removed_at=raw.get("removed_at"),
        unpaused=bool(raw.get("unpaused")),
    )


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


class _Duplicate(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _Duplicate(next(key for key in keys if keys.count(key) > 1))
    return result


def _line(text: str, key: str) -> int:
    """The last line that mentions the key: a duplicate is reported where it is the second."""
    at = text.rfind(json.dumps(key, ensure_ascii=False))
    return text.count("\n", 0, at) + 1 if at >= 0 else 1


def _bad(why: str, line: int, hint: str = _RESTORE) -> Invalid:
    return Invalid(Finding("R501", f"the lockfile cannot be used: {why}", Place(FILE, line), hint=hint))
