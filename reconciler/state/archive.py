"""Where variants lie so that every machine of the workspace finds them: by the SHA-256 of their bytes, written once.

What lies there is checked against its name on the way back, so nothing that was damaged or exchanged is ever used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Protocol

from msgspec import Struct, field


class Away(Exception):
    """It cannot be reached, or does not let us in. The text is fit for a message."""


class NotTaken(Exception):
    """It does not take this file, now or later. The text is fit for a message."""


class Damaged(Exception):
    """What lies there under the name is something else. The text is fit for a message."""


class Vault(Protocol):
    """What holds files under names. Every method may raise Away."""

    where: str
    """As people call it."""

    def names(self) -> Mapping[str, int]:
        """What is there: name → bytes."""

    def create(self, name: str, data: bytes) -> None:
        """Put it there, durable on return; what has the name already stays as it is. May raise NotTaken."""

    def read(self, name: str) -> bytes | None:
        """What has the name, or None."""

    def remove(self, names: Iterable[str]) -> None:
        """Take them away."""


class Room(Struct, frozen=True):
    """What a vault takes, in bytes. A vault with limits keeps what is still wanted, and nothing else."""

    file: int
    total: int


class Archive(Struct):
    """Files of one workspace by content. Whoever puts or tidies holds the run lock."""

    vault: Vault
    limits: Room | None = None
    _known: dict[str, int] | None = field(default=None)

    @property
    def where(self) -> str:
        """As people call it."""
        return self.vault.where

    def has(self, sha256: str) -> bool:
        """Whether it lies there, as far as this run has seen. Raises Away."""
        return sha256 in self._there()

    def put(self, sha256: str, data: bytes) -> None:
        """There once, however often it is put: durable on return. Raises NotTaken, Away."""
        if self.has(sha256):
            return
        known = self._there()
        if self.limits and len(data) > self.limits.file:
            raise NotTaken(f"{len(data):,} bytes are more than the {self.limits.file:,} that {self.where} takes a file")
        if self.limits and sum(known.values()) + len(data) > self.limits.total:
            raise NotTaken(f"{self.where} is full: it takes {self.limits.total:,} bytes for a workspace")
        self.vault.create(sha256, data)
        known[sha256] = len(data)

    def fetch(self, sha256: str) -> bytes | None:
        """The very bytes, or None where they do not lie there. Raises Damaged, Away."""
        data = self.vault.read(sha256)
        if data is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise Damaged(f"{sha256} in {self.where} is damaged: its {len(data):,} bytes are not those it is named by")
        return data

    def tidy(self, wanted: Iterable[str]) -> None:
        """Where room is limited, take away what nobody wants any more. Raises Away."""
        if self.limits is None:
            return
        known = self._there()
        spare = known.keys() - set(wanted)
        if spare:
            self.vault.remove(sorted(spare))
            for name in spare:
                del known[name]

    def _there(self) -> dict[str, int]:
        """What lies there; nobody else changes it while the run lock is held."""
        if self._known is None:
            self._known = dict(self.vault.names())
        return self._known
