"""`.reconciler/cache/manifests`: what manifest files were read as, so that none is read again that has not changed.

A line a file: the SHA-256 of its name, its bytes and all that its meaning depends on (this version and the workspace's
own file), then what its documents mean. The whole is signed with a key made of the access token: what somebody else has
put there, by a commit for example, counts for nothing. A cache that cannot be read or written is none.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

import reconciler
from reconciler.api.secret import Secret
from reconciler.manifest import paths, remembered
from reconciler.manifest.document import Document
from reconciler.model import Resource

FILE = ".reconciler/cache/manifests"
_FROM_BYTES = 64 * 1024
"""Manifests that are smaller altogether are read as fast as their cache would be."""
_MEANING = ("canonical.py", "errors.py", "model.py", "manifest", "kinds", "contracts")
"""The modules that say what a manifest means."""


class Remembered:
    """The cache of one workspace, read when it is made. Without a token long enough to be a secret there is none."""

    def __init__(self, root: Path, secret: Secret | None, settings: bytes) -> None:
        self._root, self._secret = root, secret if secret is not None and secret.long else None
        self._prefix = hashlib.sha256(_version() + b"\0" + settings).digest()
        self._lines: dict[str, bytes] = {}
        self._kept: dict[str, bytes] = {}
        self._size = 0
        if self._secret is not None:
            with contextlib.suppress(OSError, ValueError):
                self._load()

    def documents(self, name: str, data: bytes) -> list[Document] | None:
        """What stands for the documents of a manifest file; None where it must be read."""
        self._size += len(data)
        key = self._key(name, data)
        line = self._lines.get(key)
        if line is None:
            return None
        try:
            found = remembered.documents(line, name)
        except (msgspec.MsgspecError, TypeError, KeyError):
            return None
        self._kept[key] = line
        return found

    def remember(self, counts: Mapping[str, int], texts: Mapping[str, bytes], read: Iterable[Resource]) -> None:
        """Add files that were read; write if anything is new. `counts`: how many documents each has, of which every
        one must be among the resources."""
        secret = self._secret
        if secret is None or self._size < _FROM_BYTES or not counts:
            return
        by_file: dict[str, list[bytes]] = {name: [] for name in counts}
        for one in read:
            if one.source.file in by_file and (told := remembered.as_json(one)) is not None:
                by_file[one.source.file].append(told)
        for name, some in by_file.items():
            line = b"[%s]" % b",".join(some)
            if len(some) == counts[name] and secret.remove(texts[name] + line) == texts[name] + line:
                self._kept[self._key(name, texts[name])] = line
        with contextlib.suppress(OSError):
            self._write()

    def _key(self, name: str, data: bytes) -> str:
        return hashlib.sha256(self._prefix + name.encode(errors="surrogateescape") + b"\0" + data).hexdigest()

    def _load(self) -> None:
        path = self._path()
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            mac, _, body = file.read().partition(b"\n")
        if hmac.compare_digest(mac, self._mac(body)):
            self._lines = {line[:64].decode(): line[65:] for line in body.splitlines()}

    def _mac(self, body: bytes) -> bytes:
        key = self._secret.reveal().encode() if self._secret else b""
        return hmac.new(key, b"reconciler cache\0" + body, hashlib.sha256).hexdigest().encode()

    def _path(self) -> Path:
        if paths.refusal(self._root, FILE):
            raise OSError(errno.ELOOP, "it is behind a link")
        return self._root / FILE

    def _write(self) -> None:
        path = self._path()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made by a reading command, the folder keeps itself out of version control, too.
        ignored = self._root / ".reconciler" / ".gitignore"
        if not ignored.exists():
            ignored.write_bytes(b"*\n")
        body = b"".join(b"%s %s\n" % (key.encode(), line) for key, line in sorted(self._kept.items()))
        fresh = path.with_name(f"manifests.{os.getpid()}.tmp")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._mac(body) + b"\n" + body)
            os.replace(fresh, path)
        except OSError:
            fresh.unlink(missing_ok=True)


@cache
def _version() -> bytes:
    """This version, and its modules as they lay here when it was first asked: whoever works on them changes what
    manifests mean."""
    package = Path(reconciler.__file__).parent
    files = [one for name in _MEANING for one in sorted([package / name, *(package / name).rglob("*.py")])]
    stats = [(str(one.relative_to(package)), one.stat().st_size, one.stat().st_mtime_ns) for one in files]
    return json.dumps([reconciler.__version__, stats]).encode()
