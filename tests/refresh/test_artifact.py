"""A video stands under its final name whole, or nothing is left of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.apply.artifact import Unsafe, name_of, save, verify
from reconciler.apply.mp4 import NotAMovie
from reconciler.state.variants import Artifact
from reconciler.world import SystemFiles


def box(kind: bytes, body: bytes) -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


MVHD = box(b"mvhd", bytes(12) + (10).to_bytes(4, "big") + (25).to_bytes(4, "big") + bytes(80))
HEAD = box(b"ftyp", b"isom\0\0\2\0") + box(b"moov", MVHD)
TINY = HEAD + box(b"mdat", b"pictures")
NAME = "summer-hooks/g2-003.mp4"


class Recorded(SystemFiles):
    """The real files, noting the calls that matter for durability, and failing at the one named in `fails`."""

    def __init__(self, root: Path, fails: str = "") -> None:
        self.root, self.fails = root, fails
        self.calls: list[str] = []
        self.longest = 0

    def _note(self, call: str, path: Path) -> None:
        name = ".." if path == self.root.parent else path.relative_to(self.root).as_posix()
        self.calls.append(f"{call} {name}")
        if call == self.fails:
            raise OSError(28, "No space left on device")

    def append(self, path: Path, data: bytes, *, sync: bool) -> None:
        self.longest = max(self.longest, len(data))
        self._note("append+sync" if sync else "append", path)
        super().append(path, data, sync=sync)

    def write(self, path: Path, data: bytes) -> None:
        self._note("write", path)
        super().write(path, data)

    def read_at(self, path: Path, offset: int, size: int) -> bytes:
        self.longest = max(self.longest, size)
        if self.fails == "read_at":
            raise OSError(5, "Input/output error")
        return super().read_at(path, offset, size)

    def rename(self, old: Path, new: Path) -> None:
        self._note("rename", new)
        super().rename(old, new)

    def sync_folder(self, path: Path) -> None:
        self._note("sync_folder", path)
        super().sync_folder(path)


def give(*pieces: bytes) -> Callable[[Callable[[bytes], None]], object]:
    def fetch(sink: Callable[[bytes], None]) -> None:
        for piece in pieces:
            sink(piece)

    return fetch


def below(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir())


def test_saved(tmp_path: Path) -> None:
    """The file has the bytes that came, and what is told about it is true."""
    artifact = save(SystemFiles(), tmp_path, NAME, give(TINY[:5], TINY[5:]))
    assert artifact == Artifact(NAME, hashlib.sha256(TINY).hexdigest(), len(TINY), 2.5)
    assert (tmp_path / NAME).read_bytes() == TINY
    assert below(tmp_path) == [NAME]
    assert verify(SystemFiles(), tmp_path, artifact)


def test_order_of_durability(tmp_path: Path) -> None:
    """Content is durable before the name is given, and the name, and its folders' names, before the answer."""
    files = Recorded(tmp_path)
    save(files, tmp_path, NAME, give(TINY))
    part = f"{NAME}.part"
    assert files.calls == [
        f"write {part}", f"append+sync {part}", f"rename {NAME}", "sync_folder summer-hooks", "sync_folder .",
        "sync_folder ..",
    ]  # fmt: skip


def test_large_file_in_blocks(tmp_path: Path) -> None:
    """Neither writing nor checking ever holds more than a little over one block."""
    files = Recorded(tmp_path)
    artifact = save(
        files, tmp_path, NAME, give(HEAD, (8 + 80 * 65536).to_bytes(4, "big") + b"mdat", *[bytes(65536)] * 80)
    )
    assert artifact.bytes == len(HEAD) + 8 + 80 * 65536
    assert verify(files, tmp_path, artifact)
    assert files.longest <= 1024 * 1024 + 65536


class Stopped(BaseException):
    """As an interrupt would be."""


def breaking(error: BaseException) -> Callable[[Callable[[bytes], None]], object]:
    def fetch(sink: Callable[[bytes], None]) -> None:
        sink(TINY[:20])
        raise error

    return fetch


@pytest.mark.parametrize("error", [RuntimeError("cut"), Stopped()])
def test_fetch_fails(tmp_path: Path, error: BaseException) -> None:
    """What the fetcher raises comes through, and nothing is left behind."""
    with pytest.raises(type(error)):
        save(SystemFiles(), tmp_path, NAME, breaking(error))
    assert below(tmp_path) == []


@pytest.mark.parametrize("fetch", [give(), give(TINY[:-1]), give(b"<!doctype html>")])
def test_not_a_movie(tmp_path: Path, fetch: Any) -> None:
    """Bytes that are no whole video never get the name."""
    with pytest.raises(NotAMovie):
        save(SystemFiles(), tmp_path, NAME, fetch)
    assert below(tmp_path) == []


@pytest.mark.parametrize("call", ["write", "append+sync", "read_at", "rename", "sync_folder"])
def test_disk_fails(tmp_path: Path, call: str) -> None:
    """A failing disk leaves nothing behind, whichever call it fails at."""
    with pytest.raises(OSError, match=r"space left|Input/output"):
        save(Recorded(tmp_path, call), tmp_path, NAME, give(TINY))
    assert below(tmp_path) == []


def test_older_file_stays(tmp_path: Path) -> None:
    """A failed download does not take away the file that had the name; a whole one replaces it."""
    save(SystemFiles(), tmp_path, NAME, give(TINY))
    with pytest.raises(RuntimeError):
        save(SystemFiles(), tmp_path, NAME, breaking(RuntimeError()))
    assert (tmp_path / NAME).read_bytes() == TINY
    other = HEAD + box(b"mdat", b"other pictures")
    save(SystemFiles(), tmp_path, NAME, give(other))
    assert (tmp_path / NAME).read_bytes() == other


def test_rest_of_a_crash(tmp_path: Path) -> None:
    """A `.part` that was there is no part of the next download, nor is a file it shares its content with."""
    (tmp_path / "summer-hooks").mkdir()
    (tmp_path / "other").write_bytes(b"rest")
    (tmp_path / f"{NAME}.part").hardlink_to(tmp_path / "other")
    artifact = save(SystemFiles(), tmp_path, NAME, give(TINY))
    assert artifact.bytes == len(TINY)
    assert below(tmp_path) == ["other", NAME]
    assert (tmp_path / "other").read_bytes() == b"rest"


@pytest.mark.parametrize("link", [NAME, f"{NAME}.part", "summer-hooks"])
@pytest.mark.parametrize("dangling", [False, True])
def test_links(tmp_path: Path, link: str, dangling: bool) -> None:
    """No link is followed: not the file, not its part, not its folder, whether it leads anywhere or not."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / link).parent.mkdir(parents=True)
    target = outside / "target"
    if not dangling:
        if link == "summer-hooks":
            target.mkdir(parents=True)
        else:
            outside.mkdir()
            target.write_bytes(b"not yours")
    (root / link).symlink_to(target)
    before = below(tmp_path)
    with pytest.raises(Unsafe, match="is a link"):
        save(SystemFiles(), root, NAME, give(TINY))
    assert below(tmp_path) == before
    assert dangling or target.is_dir() or target.read_bytes() == b"not yours"


def test_link_in_another_folder(tmp_path: Path) -> None:
    """A root that is reached through a link is the user's own choice."""
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "real")
    save(SystemFiles(), tmp_path / "root", NAME, give(TINY))
    assert below(tmp_path / "real") == [NAME]


OUTSIDE = [
    "", ".", "..", "/", "../a.mp4", "a/../../b.mp4", "./a.mp4", "a//b.mp4", "a/./b.mp4", "/etc/a.mp4", "~/a.mp4",
    "~", "a\\..\\b.mp4", "C:\\a.mp4", "c:a.mp4", "a\0.mp4", "a.mp4\0", "a.mp4/", "a.mp4\n", "a b.mp4", "A.mp4",
    "ü.mp4", "а.mp4", ".mp4", "-.mp4", "a.mp4.part", "a.mp4.yml", "a", "../.github/workflows/x.mp4", "…/a.mp4",
    "a/%2e%2e/b.mp4", "$(id).mp4", "a" * 200 + ".mp4", "x" * 101 + "/a.mp4", ".../a.mp4", "a:stream.mp4", "*.mp4",
    "nul\u202e.mp4", "\u2215etc\u2215a.mp4", "//host/a.mp4",
]  # fmt: skip


@pytest.mark.parametrize("relative", OUTSIDE)
def test_names_of_others(tmp_path: Path, relative: str) -> None:
    """A name that is not of our making is refused before anything is fetched or written."""
    root = tmp_path / "root"
    with pytest.raises(Unsafe):
        save(SystemFiles(), root, relative, breaking(AssertionError("fetched")))
    assert list(tmp_path.iterdir()) == []
    assert not verify(SystemFiles(), root, Artifact(relative, "0" * 64, 0, None))


def test_names() -> None:
    """Names are made of the refresh, its generation and the slot, and can be saved."""
    assert name_of("summer-hooks", 2, 3) == NAME
    assert name_of("a", 0, 1234) == "a/g0-1234.mp4"


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a.b", "a\n", "ä", "a" * 64, "a_b"])
def test_no_names(name: str) -> None:
    """A name no manifest can have makes no file name."""
    with pytest.raises(ValueError, match="no file name"):
        name_of(name, 1, 1)


def test_verify(tmp_path: Path) -> None:
    """A file that is missing, changed, longer, another kind of thing or a link is not the one recorded."""
    files = SystemFiles()
    artifact = save(files, tmp_path, NAME, give(TINY))
    path = tmp_path / NAME
    assert not verify(files, tmp_path, replace(artifact, sha256="0" * 64))
    assert not verify(files, tmp_path, replace(artifact, bytes=len(TINY) + 1))
    path.write_bytes(TINY[:-1] + b"!")
    assert not verify(files, tmp_path, artifact)
    path.write_bytes(TINY + b"!")
    assert not verify(files, tmp_path, artifact)
    path.rename(tmp_path / "elsewhere")
    assert not verify(files, tmp_path, artifact)
    path.symlink_to(tmp_path / "elsewhere")
    assert not verify(files, tmp_path, artifact)
    path.unlink()
    path.mkdir()
    assert not verify(files, tmp_path, replace(artifact, bytes=path.stat().st_size))
    path.rmdir()
    path.parent.rmdir()
    path.parent.write_bytes(b"")
    assert not verify(files, tmp_path, artifact)
