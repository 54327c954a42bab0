"""Variants in a bucket, one object a content."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.state.archive import Away
from reconciler.state.bucket.objects import Bucket, ChangedMeanwhile
from reconciler.state.folder import PushRefused, Unreachable

FOLDER = "sha256"
"""Below the URL; what lies in it is never changed and never taken away by us."""


class BucketVault:
    """Files by content; several workspaces may share one URL."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket, self.where = bucket, bucket.url

    def names(self) -> dict[str, int]:
        """By SHA-256."""
        try:
            return self._bucket.sizes(FOLDER)
        except (Unreachable, PushRefused) as error:
            raise self._away(error) from None

    def create(self, name: str, data: bytes) -> None:
        """Once: what is there stays as it is."""
        try:
            self._bucket.create(f"{FOLDER}/{name}", data)
        except ChangedMeanwhile:
            return
        except (Unreachable, PushRefused) as error:
            raise self._away(error) from None

    def read(self, name: str) -> bytes | None:
        """The object's bytes."""
        try:
            found = self._bucket.read(f"{FOLDER}/{name}")
        except (Unreachable, PushRefused) as error:
            raise self._away(error) from None
        return found.data if found else None

    def remove(self, names: Iterable[str]) -> None:
        """Others may want them: what a bucket keeps is for its owner's lifecycle rules."""

    def _away(self, error: Exception) -> Away:
        return Away(f"{self.where} cannot be used: {error}")
