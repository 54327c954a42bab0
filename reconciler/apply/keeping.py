"""Variants on this machine and in the archive: put there when they are made, brought back where they are missing."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

from reconciler.apply import artifact
from reconciler.apply.mp4 import NotAMovie
from reconciler.errors import Finding, ReconcilerError
from reconciler.manifest.paths import opened
from reconciler.model import RefreshEntry, Variant
from reconciler.state.archive import Archive, Away, Damaged, NotTaken
from reconciler.state.variants import Artifact
from reconciler.world import Files


class Keeping(Struct, frozen=True):
    """`folder`: that of artifacts, relative to `root`. `warned` hears what must be shown in any case."""

    files: Files
    root: Path
    folder: str
    archive: Archive | None
    warned: Callable[[str], None]

    def whole(self, variant: Variant) -> bool:
        """Whether the file on this disk is byte for byte what was downloaded. Raises OSError."""
        if not variant.file or variant.sha256 is None or variant.bytes is None:
            return False
        made = Artifact(self._below(variant.file), variant.sha256, variant.bytes, variant.duration_seconds)
        return artifact.verify(self.files, self.root / self.folder, made)

    def trusted(self, variant: Variant) -> bool:
        """Whether what would be shown or uploaded are the bytes that were downloaded: those on this disk, or where none
        lie here, those of the archive, which are checked when they come. Raises OSError."""
        if self.archive is not None and variant.sha256 and not self._is_here(variant):
            return True
        return self.whole(variant)

    def put(self, made: Artifact) -> None:
        """Into the archive, before anything says that it is kept. Raises Away and OSError.

        What the archive does not take lies on this machine alone, and a warning says so.
        """
        if self.archive is None or self.archive.has(made.sha256):
            return
        data = self.files.read(opened(self.root, made.file))
        if data is None or hashlib.sha256(data).hexdigest() != made.sha256:
            # What is put stays for ever under this name.
            raise OSError(errno.EIO, "it was changed or removed while it was kept", made.file)
        try:
            self.archive.put(made.sha256, data)
        except NotTaken as error:
            self.warned(f"{made.file} lies on this machine alone: {error}; see docs/buckets.md")

    def content(self, variant: Variant, name: str) -> bytes:
        """What was downloaded, and may have been approved. Raises ReconcilerError; `name` is for its message."""
        data = self.files.read(opened(self.root, variant.file)) if variant.file else None
        if data is not None and hashlib.sha256(data).hexdigest() == variant.sha256:
            return data
        back = self._fetched(variant, name)
        if back is not None:
            if data is None:
                self._keep(variant, back)
            return back
        what = "is not on this machine" if data is None else "is not the file that was downloaded"
        also = f", and not in {self.archive.where}" if self.archive else ""
        hint = (
            "bring the artifacts folder back (sha256 in `reconciler variants --json`) and run apply again; what is "
            "lost for good is made anew, and paid, with another `revision`"
        )
        raise ReconcilerError(Finding("R723", f"{variant.file} of {name} {what}{also}", hint=hint))

    def bring(self, variants: Iterable[Variant], name: str) -> None:
        """Files that are missing here come back, as far as the archive has them; a warning names each that it cannot
        give. One that was changed here stays as it is."""
        for one in variants:
            if self.archive is None or one.sha256 is None or self._is_here(one):
                continue
            try:
                if (data := self._fetched(one, name)) is not None:
                    self._keep(one, data)
            except ReconcilerError as error:
                self.warned(str(error))

    def settle(self, records: Iterable[RefreshEntry]) -> None:
        """What lies here and not in the archive goes there, and what nobody wants any more is taken away.

        Nothing depends on it: a failure is a warning.
        """
        if self.archive is None:
            return
        made = [one for record in records for each in (record.current, *record.past) for one in each.variants]
        kept = [one for one in made if one.file and one.sha256]
        if not kept:
            return
        try:
            for one in kept:
                if not self.archive.has(one.sha256 or "") and self.whole(one):
                    self.put(Artifact(one.file or "", one.sha256 or "", one.bytes or 0, one.duration_seconds))
            self.archive.tidy(one.sha256 or "" for one in kept)
        except (Away, OSError) as error:
            self.warned(f"{self.archive.where} was not brought up to date: {error}")

    def _fetched(self, variant: Variant, name: str) -> bytes | None:
        """From the archive. Raises ReconcilerError."""
        if self.archive is None or variant.sha256 is None:
            return None
        try:
            return self.archive.fetch(variant.sha256)
        except Damaged as error:
            hint = "bring the right file back to the artifacts folder, and remove the damaged one"
            raise ReconcilerError(Finding("R730", f"{variant.file} of {name}: {error}", hint=hint)) from None
        except Away as error:
            hint = "when it can be reached again, run `reconciler apply` again"
            raise ReconcilerError(Finding("R729", f"{variant.file} of {name}: {error}", hint=hint)) from None

    def _keep(self, variant: Variant, data: bytes) -> None:
        """On this disk, too; without it the next who wants it fetches it again."""
        try:
            artifact.save(self.files, self.root / self.folder, self._below(variant.file or ""), lambda sink: sink(data))
        except (OSError, NotAMovie, artifact.Unsafe) as error:
            self.warned(f"{variant.file} was brought back and cannot be kept here: {error}")

    def _is_here(self, variant: Variant) -> bool:
        return variant.file is not None and self.files.size(opened(self.root, variant.file)) is not None

    def _below(self, file: str) -> str:
        return file.removeprefix(f"{self.folder}/")
