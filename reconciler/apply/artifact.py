"""A downloaded video on the disk: it stands under its final name whole and durable, or not at all.

Names are made from our own addresses, never from anything the API said, and no folder on the way may be a link.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from reconciler.apply import mp4
from reconciler.manifest.paths import first_link
from reconciler.state.variants import Artifact
from reconciler.world import Files

_BLOCK = 1024 * 1024
"""How many bytes are gathered for one write, and read at once."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_FOLDER = re.compile(r"[a-z0-9._-]{1,100}", re.ASCII)
_FILE = re.compile(r"[a-z0-9][a-z0-9-]{0,90}\.mp4", re.ASCII)


class Unsafe(Exception):
    """The path must not be written: it is not of our making, or a link stands on it. `why` is fit for a message."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


def name_of(refresh_name: str, generation: int, slot: int) -> str:
    """`summer-hooks/g2-003.mp4`. Raises ValueError for a name no manifest can have and for negative numbers."""
    if not _NAME.fullmatch(refresh_name) or generation < 0 or slot < 0:
        raise ValueError(f"no file name can be made of {refresh_name!r}, {generation}, {slot}")
    return f"{refresh_name}/g{generation}-{slot:03d}.mp4"


def save(files: Files, root: Path, relative: str, fetch: Callable[[Callable[[bytes], None]], object]) -> Artifact:
    """Let `fetch` write into the sink it is given, check the result, and give it its name.

    A file that has the name already is replaced, but only by a whole one. On any failure nothing of this download is
    left. Raises Unsafe, mp4.NotAMovie, OSError, and what `fetch` raises.
    """
    final = place(root, relative)
    part = final.with_name(final.name + ".part")
    if part.is_symlink():
        raise Unsafe(f"{relative}.part is a link")
    files.make_folder(final.parent)
    place(root, relative)  # making folders follows links: look again at what there is now
    renamed = False
    try:
        files.remove(part)
        writer = _Writer(files, part)
        fetch(writer.take)
        writer.finish()
        movie = mp4.inspect(writer.bytes, lambda offset, size: files.read_at(part, offset, size))
        if files.size(part) != writer.bytes:
            raise OSError(f"{relative}.part does not have the size that was written")
        files.rename(part, final)
        renamed = True
        _sync_up(files, final.parent, root)
        files.sync_folder(root.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            files.remove(final if renamed else part)
        raise
    return Artifact(relative, writer.sha256, writer.bytes, movie.duration_seconds)


def verify(files: Files, root: Path, artifact: Artifact) -> bool:
    """Whether the file is there with this size and content; a link on its path counts as not there. Raises OSError."""
    try:
        path = place(root, artifact.file)
        if files.size(path) != artifact.bytes:
            return False
        digest = hashlib.sha256()
        offset = 0
        while block := files.read_at(path, offset, _BLOCK):
            digest.update(block)
            offset += len(block)
    except (Unsafe, FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return False
    return offset == artifact.bytes and digest.hexdigest() == artifact.sha256


class _Writer:
    """Gathers pieces to blocks, so that a drip of small ones does not open the file for each."""

    def __init__(self, files: Files, path: Path) -> None:
        self._files, self._path = files, path
        self._waiting = bytearray()
        self._digest = hashlib.sha256()
        self.bytes = 0
        files.write(path, b"")

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def take(self, piece: bytes) -> None:
        self._digest.update(piece)
        self.bytes += len(piece)
        self._waiting += piece
        if len(self._waiting) >= _BLOCK:
            self._flush(sync=False)

    def finish(self) -> None:
        """All that came is durable on return."""
        self._flush(sync=True)

    def _flush(self, *, sync: bool) -> None:
        self._files.append(self._path, bytes(self._waiting), sync=sync)
        self._waiting.clear()


def place(root: Path, relative: str) -> Path:
    """The path of a name below the root. Raises Unsafe for a name that is not ours and for a link on the way."""
    *folders, name = relative.split("/")
    if not _FILE.fullmatch(name) or not all(_FOLDER.fullmatch(one) and one.strip(".") for one in folders):
        raise Unsafe(f"{relative!r} is not a name of a video of ours")
    # The seam has no question for links.
    link = first_link(root, (*folders, name))
    if link is not None:
        raise Unsafe(f"{link} is a link")
    return root / relative


def _sync_up(files: Files, folder: Path, root: Path) -> None:
    """Make the new name durable, and those of folders that may be new."""
    while True:
        files.sync_folder(folder)
        if folder == root:
            return
        folder = folder.parent
