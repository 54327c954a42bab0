"""The lockfile: JSON, sorted, one entry a line, so that it diffs and merges like text.

`parse` refuses what it cannot trust (conflict markers, duplicate keys, unknown addresses, one id under two addresses,
a missing parent, a checksum that does not fit) instead of guessing; `dump` writes equal locks as equal bytes. The
checksum is of the canonical JSON of everything else: it tells accidents, and is no defence against who can write the
file. A file without one, of an earlier version or of somebody who took it out, is read; the next save adds it.

A file that is as `dump` writes it, to its checksum, is read by msgspec in a fifth of the time; every other is looked at
closely, and what is wrong with it is told with its line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from reconciler.canonical import digest
from reconciler.errors import Finding, Invalid, Place
from reconciler.kinds.fields import NAME_PATTERN as NAME
from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Entry, ImageEntry, LockEntry, RefreshEntry, Stored, VideoEntry
from reconciler.state.encoded import canonical, spaced
from reconciler.state.entries import entry_json, parse_entry

FILE = "reconciler.lock"
VERSION = 1
_RESTORE = "restore reconciler.lock from version control"
_EDITED = (
    f"{_RESTORE}; `reconciler state mv` and `state rm` change it safely. If the edit is right as it stands, take the "
    'line "checksum" out: the next run that writes adds it again'
)


class Lock(Struct):
    """The lockfile in memory. `serial` counts the saves of one `lineage`."""

    lineage: str
    serial: int = 0
    account: dict[str, Any] = field(default_factory=dict)
    journal_head: str | None = None
    """Hash of the last journal record that is folded in."""
    resources: dict[Address, LockEntry] = field(default_factory=dict)
    """Objects of the account."""
    videos: dict[Address, VideoEntry] = field(default_factory=dict)
    images: dict[Address, ImageEntry] = field(default_factory=dict)
    refreshes: dict[Address, RefreshEntry] = field(default_factory=dict)
    checked: bool = True
    """Whether the file had a checksum; without one somebody may have edited it."""

    def all(self) -> dict[Address, Entry]:
        """Every entry, as the file holds them together under `resources`."""
        return {**self.resources, **self.library, **self.refreshes}

    @property
    def library(self) -> dict[Address, Stored]:
        """What is uploaded as manifests declare it."""
        return {**self.videos, **self.images}

    def put(self, address: Address, entry: Entry) -> None:
        """Set one entry."""
        if isinstance(entry, VideoEntry):
            self.videos[address] = entry
        elif isinstance(entry, ImageEntry):
            self.images[address] = entry
        elif isinstance(entry, RefreshEntry):
            self.refreshes[address] = entry
        else:
            self.resources[address] = entry

    def change(self, entries: Mapping[Address, Entry | None]) -> None:
        """Set entries; None removes one."""
        for address, entry in entries.items():
            if entry is None:
                self.drop(address)
            else:
                self.put(address, entry)

    def drop(self, address: Address) -> None:
        """Remove one entry, if it is there."""
        for entries in (self.resources, self.videos, self.images, self.refreshes):
            entries.pop(address, None)


def dump(lock: Lock) -> bytes:
    """The file's bytes: one line per resource, keys sorted, a line end at the end."""
    head = {
        "version": VERSION,
        "lineage": lock.lineage,
        "serial": lock.serial,
        "account": lock.account,
        "journal_head": lock.journal_head,
    }
    entries = {str(address): canonical(entry_json(entry)) for address, entry in lock.all().items()}
    whole = canonical({**head, "resources": {key: msgspec.Raw(entry) for key, entry in entries.items()}})
    head["checksum"] = f"sha256:{hashlib.sha256(whole).hexdigest()}"
    lines = (b'  "%b": %b' % (key.encode(), spaced(entries[key])) for key in sorted(entries))
    start = json.dumps(head, indent=1)[:-2].encode()
    return start + b',\n "resources": {\n' + b",\n".join(lines) + (b"\n" if entries else b"") + b" }\n}\n"


def parse(data: bytes) -> Lock:
    """The inverse of `dump`. Raises Invalid with the place where trust ends."""
    raw = _as_dumped(data)
    if raw is not None:
        return _lock(raw, data.decode(), is_whole=True)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _bad("it is not UTF-8", 1) from error
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(_MARKERS):
            raise _bad(
                "it holds conflict markers of a merge",
                number,
                'resolve the merge: keep one side\'s line per address, and take the line "checksum" out',
            )
    try:
        raw = json.loads(text, object_pairs_hook=_unique)
    except _Duplicate as error:
        raise _bad(f'the key "{error}" is there twice', _line(text, str(error))) from None
    except (ValueError, RecursionError) as error:
        raise _bad(f"it is not JSON ({error})", getattr(error, "lineno", 1)) from None
    return _lock(raw, text)


_MARKERS = ("<<<<<<<", "=======", ">>>>>>>")


def _as_dumped(data: bytes) -> Any:
    """What a file says that is as it was saved, white space apart; None for any other, whatever it is."""
    try:
        raw = msgspec.json.decode(data)
        entries = msgspec.json.encode(raw["resources"], order="sorted")
        # Written again it is the same text: no key is there twice, and no number is another.
        again = msgspec.json.encode({**raw, "resources": msgspec.Raw(entries)})
        if again != msgspec.json.format(data, indent=-1):
            return None
        rest = {key: value for key, value in raw.items() if key not in ("checksum", "resources")}
        hashed = hashlib.sha256(canonical({**rest, "resources": msgspec.Raw(entries)})).hexdigest()
        return raw if raw["checksum"] == f"sha256:{hashed}" else None
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _lock(raw: Any, text: str, *, is_whole: bool = False) -> Lock:
    """`is_whole`: its checksum is known to fit."""
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
            address = Address.parse(key)
            if address.kind not in KINDS or not NAME.fullmatch(address.name):
                raise ValueError("it is not an address")
            entry = parse_entry(address, value)
        except (ValueError, TypeError, KeyError) as error:
            raise _bad(f'the entry "{key}" is damaged ({error})', _line(text, key)) from None
        if isinstance(entry, LockEntry):
            twin = ids.setdefault((address.kind, entry.id), key)
            if twin != key:
                raise _bad(f'"{twin}" and "{key}" claim the same id {entry.id}', _line(text, key))
            lock.resources[address] = entry
        else:
            lock.put(address, entry)
    for address, entry in lock.resources.items():
        if entry.parent and (entry.parent not in lock.resources or entry.parent.kind != KINDS[address.kind].parent):
            raise _bad(f'the parent "{entry.parent}" of "{address}" has no entry', _line(text, str(address)))
    lock.checked = "checksum" in raw
    if lock.checked and not is_whole and raw.pop("checksum") != digest(raw):
        raise _bad(
            "its checksum differs, so it was edited or damaged after it was saved", _line(text, "checksum"), _EDITED
        )
    return lock


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
