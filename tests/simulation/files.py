"""A disk in memory that loses what was not made durable, tears what was being written, fills up, and dies mid-way.

Contents and names become durable apart: contents by a sync of the file, names by a sync of their folder. `lose` is what
a power cut leaves; a process that is only killed loses nothing that the kernel had taken.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

from tests.simulation.known import KNOWN

Cut = Literal["none", "unsynced", "torn", "renames-only", "data-only", "random"]
"""What a crash takes: nothing (a kill), everything unsynced, a part of the last write, unsynced data but no name,
unsynced names but no data, or any of it by chance."""


Kind = Literal["crash", "half", "ENOSPC", "EIO"]


class Crash(BaseException):
    """What SIGKILL or a power cut is to a process: nothing of it runs any more."""


@dataclass(eq=False, slots=True)
class Node:
    """The content of one file: as the kernel shows it, and as the disk holds it."""

    data: bytearray = field(default_factory=bytearray)
    synced: bytes = b""


@dataclass(slots=True)
class Trouble:
    """What befalls the n-th operation from now (from 1): `crash`, before it or half-way; or an error of the system."""

    at: int
    kind: Kind
    lasting: int = 1
    """How many operations in a row an error befalls."""


class Disk:
    """All files of one machine. `watch` is told of every path whose content or name has just changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names_now: dict[Path, Node] = {}
        self.folders: set[Path] = {root}
        self.durable: dict[Path, Node] = {}
        self.durable_folders: set[Path] = {root}
        self.pending: dict[Path, list[tuple[tuple[Path, Node | None], ...]]] = {}
        """Folder → changes of its names that are not durable yet, each whole or not at all."""
        self.held: set[Path] = set()
        self.dead = self.failed = False
        """`failed`: the system has refused something to the process."""
        self.count = 0
        self.trouble: Trouble | None = None
        self.trace: list[str] | None = None
        self.watch: Callable[[Path], None] = lambda _: None
        self.tear: Callable[[int], int] = lambda size: size // 2

    # ------------------------------------------------------------------ what befalls

    def revive(self) -> None:
        """A new process: locks are free, nothing befalls it yet."""
        self.held.clear()
        for path, node in list(self.names_now.items()) if "journal" in KNOWN else ():
            if path.name == "journal.jsonl" and not node.data and not self.is_named(path):
                del self.names_now[path]
        self.dead, self.failed, self.trouble = False, False, None

    def die(self) -> None:
        """The process is gone."""
        self.dead = True
        raise Crash

    def _begin(self, what: str, path: Path) -> str:
        """Counts one operation; returns what befalls it in its middle."""
        if self.dead:
            raise Crash
        self.count += 1
        if self.trace is not None:
            self.trace.append(f"{what} {path.name}")
        trouble = self.trouble
        if trouble is None:
            return ""
        trouble.at -= 1
        if trouble.at > 0:
            return ""
        if trouble.kind == "crash":
            self.die()
        if trouble.at <= -trouble.lasting:
            self.trouble = None
            return ""
        return trouble.kind

    def _end(self, befallen: str) -> None:
        if befallen == "half":
            self.die()
        if befallen:
            self.failed = True
            raise OSError(getattr(errno, befallen), befallen)

    def lose(self, cut: Cut, random: Random) -> None:
        """What a crash leaves on the disk; everything that is left is durable then."""
        for node in {*self.names_now.values(), *self.durable.values()}:
            kept = self._kept(node, cut, random)
            node.data[:] = kept
            node.synced = kept
        if cut != "none":
            for changes in self.pending.values():
                much = {"unsynced": 0, "data-only": 0, "random": random.randint(0, len(changes))}
                for change in changes[: much.get(cut, len(changes))]:
                    self._settle(change)
            present = {one for one in self.durable_folders if self._reachable(one)}
            self.names_now = {path: node for path, node in self.durable.items() if path.parent in present}
            self.folders = present
        self.durable, self.durable_folders = dict(self.names_now), set(self.folders)
        self.pending.clear()

    def _reachable(self, folder: Path) -> bool:
        return folder == self.root or (folder in self.durable_folders and self._reachable(folder.parent))

    def _kept(self, node: Node, cut: Cut, random: Random) -> bytes:
        data = bytes(node.data)
        if cut in ("none", "data-only") or data == node.synced:
            return data
        if cut in ("unsynced", "renames-only"):
            return node.synced
        if node.synced.startswith(data):
            return random.choice((data, node.synced))  # it was being cut: what stays of it is not touched
        size = len(node.synced) if data.startswith(node.synced) else 0
        at = random.randint(size, len(data))
        if cut == "random" and random.random() < 0.3:
            return node.synced
        return data[:at]

    # ------------------------------------------------------------------ the layer itself

    def read(self, path: Path) -> bytes | None:
        """The whole file."""
        if self.dead:
            raise Crash
        node = self.names_now.get(path)
        return bytes(node.data) if node else None

    def size(self, path: Path) -> int | None:
        """Its length."""
        if self.dead:
            raise Crash
        node = self.names_now.get(path)
        return len(node.data) if node else None

    def read_at(self, path: Path, offset: int, size: int) -> bytes:
        """A part of it."""
        if self.dead:
            raise Crash
        return bytes(self.names_now[path].data[offset : offset + size])

    def append(self, path: Path, data: bytes, *, sync: bool) -> None:
        """At its end; a system that is out of space writes what still fits."""
        befallen = self._begin("append+sync" if sync else "append", path)
        node = self._open(path)
        node.data += data[: self.tear(len(data))] if befallen else data
        self.watch(path)
        self._end(befallen)
        if sync:
            node.synced = bytes(node.data)

    def write(self, path: Path, data: bytes) -> None:
        """Anew: emptied, written, synced."""
        befallen = self._begin("write", path)
        node = self._open(path)
        node.data.clear()
        self.watch(path)
        node.data[:] = data[: self.tear(len(data))] if befallen else data
        self.watch(path)
        self._end(befallen)
        node.synced = bytes(node.data)

    def truncate(self, path: Path, size: int) -> None:
        """Cut, durably."""
        befallen = self._begin("truncate", path)
        if befallen in ("ENOSPC", "EIO"):
            self._end(befallen)
        node = self.names_now[path]
        del node.data[size:]
        self.watch(path)
        self._end(befallen)
        node.synced = bytes(node.data)

    def rename(self, old: Path, new: Path) -> None:
        """Replacing what is there; durable with its folder."""
        befallen = self._begin("rename", new)
        if befallen in ("ENOSPC", "EIO"):
            self._end(befallen)
        if old not in self.names_now:
            raise FileNotFoundError(errno.ENOENT, "no such file")
        node = self.names_now.pop(old)
        self.names_now[new] = node
        self.pending.setdefault(new.parent, []).append(((new, node), (old, None)))
        self.watch(new)
        self._end(befallen)

    def remove(self, path: Path) -> None:
        """If it is there."""
        befallen = self._begin("remove", path)
        if befallen in ("ENOSPC", "EIO"):
            self._end(befallen)
        if self.names_now.pop(path, None) is not None:
            self.pending.setdefault(path.parent, []).append(((path, None),))
        self.watch(path)
        self._end(befallen)

    def sync_folder(self, path: Path) -> None:
        """Its names are durable."""
        self._end(self._begin("sync", path))
        if path not in self.folders:
            raise FileNotFoundError(errno.ENOENT, "no such folder")
        for change in self.pending.pop(path, ()):
            self._settle(change)
        if "artifacts" in KNOWN and path.name == "artifacts":
            self.durable_folders.add(path)

    def make_folder(self, path: Path) -> None:
        """With its parents; their names are durable with the folders they are in."""
        self._end(self._begin("folder", path))
        for one in reversed([path, *path.parents]):
            if one not in self.folders and self.root in one.parents:
                self.folders.add(one)
                self.pending.setdefault(one.parent, []).append(((one, None),))

    def names(self, path: Path) -> list[str]:
        """Names in a folder."""
        return sorted(one.name for one in self.names_now if one.parent == path)

    @contextlib.contextmanager
    def lock(self, path: Path) -> Iterator[bool]:
        """Won unless somebody holds it; the kernel frees it with the process."""
        if self.dead:
            raise Crash
        if path in self.held:
            yield False
            return
        self._open(path)
        self.held.add(path)
        try:
            yield True
        finally:
            self.held.discard(path)

    def _open(self, path: Path) -> Node:
        node = self.names_now.get(path)
        if node is None:
            if path.parent not in self.folders:
                raise FileNotFoundError(errno.ENOENT, "no such folder")
            node = self.names_now[path] = Node()
            self.pending.setdefault(path.parent, []).append(((path, node),))
        return node

    def _settle(self, change: tuple[tuple[Path, Node | None], ...]) -> None:
        for path, node in change:
            if node is not None:
                self.durable[path] = node
            elif path in self.folders:
                self.durable_folders.add(path)
            else:
                self.durable.pop(path, None)

    def on_disk(self, path: Path) -> bytes:
        """What a power cut this moment would surely leave of the file."""
        return self.durable[path].synced if self.is_named(path) else b""

    def is_named(self, path: Path) -> bool:
        """Whether its name, and those of the folders above it, are durable."""
        return path in self.durable and self._reachable(path.parent)
