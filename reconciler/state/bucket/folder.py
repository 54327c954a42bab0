"""`BucketFolder`: a folder in a bucket that changes as a whole, because one small object says what is in it.

    FOLDER/head.json     {"version", "revision", "epoch", "files": {name: object}}: replaced by compare-and-swap
    FOLDER/objects/…     what the files hold: each written once, under a name that is never used again
    FOLDER/clock         written to ask the provider what time it is

A change writes its objects first and counts with the head. Every replacement of the head begins the lease anew; the
provider's clock alone says when it ends. The epoch counts the holders of the lock: whoever was taken over finds
another head, and nothing it has written counts.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler.errors import Finding, Invalid
from reconciler.state.bucket.objects import Bucket, ChangedMeanwhile, Stored, Version
from reconciler.state.folder import PROMPT, Advice, Moved, PushRefused, Unreachable
from reconciler.world import World

_HEAD, _OBJECTS, _CLOCK, _LOCK = "head.json", "objects", "clock", "lock"
_VERSION = 1
_PIECE = re.compile(r"journal/[0-9]{8}\.jsonl")
_PIECES = 32
"""More pieces of the journal are joined: every command reads them one by one."""
_LOOKS = 3
"""How often what a head names may be gone because the folder went on meanwhile."""
_ROUNDING = 1.0
"""Seconds by which times that are told in whole seconds may be wrong."""


class BucketFolder:
    """`lease`: seconds after the last sign of life when another may take the lock over."""

    prompt = PROMPT

    def __init__(self, bucket: Bucket, folder: str, world: World, lease: float) -> None:
        self._bucket, self.folder, self._world, self._lease = bucket, folder, world, lease
        self.ref = bucket.url
        self.tip: str | None = None
        self.advice = Advice(
            let_in="check the credentials of the environment, and that they may read, write, list and delete below it; "
            "see docs/buckets.md",
            foreign="only reconciler may write there: bring the object back from the bucket's versions",
            locked=f"wait until that run ends; if it is gone, the lock is free {lease:.0f} s after its last sign of "
            "life; only if you know that it is gone: `reconciler state unlock {id}`",
        )
        self._files: dict[str, str] = {}
        self._epoch = 0
        self._version: Version | None = None
        self._changed: datetime | None = None
        self._held: dict[str, bytes] = {}
        """What objects hold that were read or written by this run: they never change."""
        self._maybe: set[str] = set()
        """Revisions of our own whose outcome is not known."""

    def beside(self, folder: str) -> BucketFolder:
        """Another folder of the bucket, as it is now."""
        other = BucketFolder(self._bucket, folder, self._world, self._lease)
        other.fetch()
        return other

    def fetch(self) -> None:
        """See what is there now."""
        self._see(self._bucket.read(self._at(_HEAD)))

    def unmoved(self) -> bool:
        """Whether the folder is as it was last seen; a sign of life at the same time."""
        try:
            self._replace_head(self._files, self._epoch)
        except Moved:
            return False
        return True

    def lapsed(self) -> bool:
        """Whether nobody has given a sign of life for as long as the lease is, by the provider's clock."""
        if self._changed is None:
            return False
        gone = (self._bucket.now(self._at(_CLOCK)) - self._changed).total_seconds()
        return gone > self._lease + _ROUNDING

    def kept(self) -> contextlib.AbstractContextManager[object]:
        """Every look before a write is a sign of life."""
        return contextlib.nullcontext()

    def files(self, wanted: Callable[[str], object]) -> dict[str, bytes]:
        """The files that are wanted. Raises Invalid when the head names what is not there."""
        for _ in range(_LOOKS):
            found = {name: self._content(key) for name, key in sorted(self._files.items()) if wanted(name)}
            whole = {name: data for name, data in found.items() if data is not None}
            if len(whole) == len(found):
                return whole
            # Whoever holds the lock has replaced them meanwhile, and taken the old ones away.
            self.fetch()
        missing = next(name for name, data in found.items() if data is None)
        raise self._foreign(f"{missing} of {self.folder} is gone")

    def swap(
        self, message: str, put: Mapping[str, bytes], drop: Sequence[str] = (), move: Mapping[str, str] | None = None
    ) -> None:
        """Objects first, then the head, in which alone they count; then what it no longer names is taken away."""
        files = dict(self._files)
        for old, new in (move or {}).items():
            files = {_renamed(name, old, new): key for name, key in files.items()}
        for name in drop:
            files.pop(name, None)
        for name, data in put.items():
            files[name] = self._written(data)
        epoch = self._epoch + (_LOCK in put)
        before = {*self._files.values(), *files.values()}
        files = self._joined(files)
        spare = before - set(files.values())
        self._replace_head(files, epoch)
        with contextlib.suppress(Unreachable, PushRefused):
            self._bucket.remove(sorted(map(self._at, spare)))
        for key in spare:
            self._held.pop(key, None)

    # ------------------------------------------------------------------ the head

    def _replace_head(self, files: dict[str, str], epoch: int) -> None:
        """Raises Moved when it is neither as last seen nor as one of our own would have left it."""
        revision = self._world.uuid()
        head = {"version": _VERSION, "revision": revision, "epoch": epoch, "files": files}
        data = json.dumps(head, indent=1, sort_keys=True).encode() + b"\n"
        self._maybe.add(revision)
        for _ in range(len(self._maybe) + 1):
            try:
                if self._version is None:
                    self._version = self._bucket.create(self._at(_HEAD), data)
                else:
                    self._version = self._bucket.replace(self._at(_HEAD), data, self._version)
                break
            except ChangedMeanwhile:
                found = self._bucket.read(self._at(_HEAD))
                seen = self._parsed(found.data)["revision"] if found else None
                if found is None or seen not in self._maybe:
                    raise Moved from None
                self._version = found.version
                if seen == revision:
                    # It was done, and only its answer got lost.
                    break
        self._maybe.clear()
        self.tip, self._files, self._epoch = revision, files, epoch

    def _see(self, found: Stored | None) -> None:
        if found is None:
            self.tip, self._files, self._epoch, self._version, self._changed = None, {}, 0, None, None
            return
        head = self._parsed(found.data)
        self.tip, self._files, self._epoch = head["revision"], head["files"], head["epoch"]
        self._version, self._changed = found.version, found.changed

    def _parsed(self, data: bytes) -> dict[str, Any]:
        """Raises Invalid."""
        try:
            head = json.loads(data)
            revision, epoch, files, version = (head[key] for key in ("revision", "epoch", "files", "version"))
        except (ValueError, RecursionError, KeyError, TypeError):
            raise self._foreign(f"{self._at(_HEAD)} is nothing that reconciler wrote") from None
        if isinstance(version, int) and version > _VERSION:
            hint = "install the version of reconciler that wrote it, or a later one"
            raise Invalid(Finding("R504", f"{self._at(_HEAD)} has version {version}", hint=hint))
        texts = isinstance(files, dict) and all(isinstance(one, str) for pair in files.items() for one in pair)
        if not (isinstance(revision, str) and isinstance(epoch, int) and texts):
            raise self._foreign(f"{self._at(_HEAD)} is nothing that reconciler wrote")
        found: dict[str, Any] = head
        return found

    # ------------------------------------------------------------------ objects

    def _content(self, key: str) -> bytes | None:
        if key not in self._held:
            found = self._bucket.read(self._at(key))
            if found is None:
                return None
            self._held[key] = found.data
        return self._held[key]

    def _written(self, data: bytes) -> str:
        """The key of a new object."""
        key = f"{_OBJECTS}/{self._world.uuid()}"
        # Nobody else makes this name: where it is there, it was written, and only the answer got lost.
        with contextlib.suppress(ChangedMeanwhile):
            self._bucket.create(self._at(key), data)
        self._held[key] = data
        return key

    def _joined(self, files: dict[str, str]) -> dict[str, str]:
        """With one piece of the journal instead of many; it keeps the last one's number."""
        pieces = sorted(name for name in files if _PIECE.fullmatch(name))
        if len(pieces) <= _PIECES:
            return files
        contents = [self._content(files[name]) for name in pieces]
        whole = [data for data in contents if data is not None]
        if len(whole) < len(pieces):
            return files
        rest = {name: key for name, key in files.items() if name not in pieces}
        return {**rest, pieces[-1]: self._written(b"".join(whole))}

    def _at(self, name: str) -> str:
        return f"{self.folder}/{name}"

    def _foreign(self, what: str) -> Invalid:
        return Invalid(Finding("R514", f"{what} ({self.ref})", hint=self.advice.foreign))


def _renamed(name: str, old: str, new: str) -> str:
    """The name with its folder renamed, where it lies in that one."""
    return f"{new}{name[len(old) :]}" if name == old or name.startswith(f"{old}/") else name
