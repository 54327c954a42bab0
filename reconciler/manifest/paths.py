"""Every path of a workspace is looked at here before it is opened: whose it is, and that no link stands on it.

A path belongs to one purpose. What is git's, the tool's own or the manifests' serves nothing else, and nothing is
reached through a link, neither a file nor a folder on the way: what is read could be somebody's secret, and what is
written could lie anywhere. Only the way to the workspace folder itself may lead over links.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from reconciler.errors import Finding, Invalid, Place
from reconciler.manifest.whole import put
from reconciler.manifest.workspace import FILE, WorkspaceFile
from reconciler.world import Files

GIT, RECORDS = ".git", ".reconciler"
OURS: Mapping[str, str] = {
    GIT: "git's own folder",
    RECORDS: "the folder of the tool's records",
    FILE: "the workspace file",
    "reconciler.lock": "the lockfile",
    "consent.yaml": "the consent to the notice",
    "approvals": "the folder of approvals",
    "renewals": "the folder of renewals",
}
"""What a workspace holds under names that are fixed."""
_WINDOW = re.compile(r"rate[a-z0-9._-]*\.json", re.ASCII)
_BESIDE_A_WINDOW = ("", ".lock", ".tmp")
"""What the rate window writes: its own name, and names made from it."""
YAML = (".yaml", ".yml")
_EXCERPT = 1024 * 1024
"""Bytes; a longer file is not looked into for an excerpt."""
_NO_LINK = "put the file or folder itself there"


def opened(root: Path, name: str) -> Path:
    """The path of a file or folder of the workspace that is opened next. Raises Invalid (R115)."""
    why = refusal(root, name)
    if why:
        raise Invalid(Finding("R115", f"{name} {why}", Place(name, 1), hint=_NO_LINK))
    return root / name


def refusal(root: Path, name: str) -> str | None:
    """Why the path is not opened, whatever for; None when it may be. `name` is relative to `root`."""
    parts = PurePosixPath(name).parts
    if PurePosixPath(name).is_absolute() or ".." in parts or "\0" in name:
        return "leads out of the workspace"
    if any(one.casefold() == GIT for one in parts):
        return "lies in git's own folder"
    link = first_link(root, parts)
    if link is None:
        return None
    return "is a link" if link == "/".join(parts) else f"is reached through {link}, which is a link"


def first_link(base: Path, parts: Iterable[str]) -> str | None:
    """The first of these names below `base` that is a link, with those before it; None when none is."""
    path, passed = base, list[str]()
    for one in parts:
        path = path / one
        passed.append(one)
        try:
            if path.is_symlink():
                return "/".join(passed)
        except OSError:
            # What cannot be looked at cannot be opened either; that says so.
            return None
    return None


def below(root: Path, name: str, findings: list[Finding]) -> list[str]:
    """Every file below a folder, or the file of that name, by its path from `root`, sorted; no link is followed.

    What is a link, no plain file, or cannot be listed becomes a finding: passed over it would count as removed.
    """
    why = refusal(root, name)
    if why:
        findings.append(Finding("R115", f"{name} {why}", Place(name, 1), hint=_NO_LINK))
        return []
    start, found = root / name, list[str]()

    def unreadable(error: OSError) -> None:
        where = Path(error.filename).relative_to(root).as_posix()
        message = f"the folder {where} cannot be read: {error.strerror}"
        findings.append(Finding("R116", message, hint="check its permissions"))

    if start.is_file():
        return [start.relative_to(root).as_posix()]
    if not start.is_dir():
        if start.exists():
            findings.append(Finding("R116", f"{name} is a pipe, a socket or a device", hint="remove it"))
        return []
    for folder, folders, files in os.walk(start, onerror=unreadable):
        for one in (*folders, *files):
            path = Path(folder, one)
            where = path.relative_to(root).as_posix()
            if path.is_symlink():
                # Emacs notes beside a file that somebody edits it, by a link of that name that leads nowhere.
                if not one.startswith(".#") or path.exists():
                    findings.append(Finding("R115", f"{where} is a link", Place(where, 1), hint=_NO_LINK))
            elif path.is_file():
                found.append(where)
            elif one in files:
                findings.append(Finding("R116", f"{where} is a pipe, a socket or a device", hint="remove it"))
        folders[:] = [one for one in folders if one.casefold() != GIT]
    return sorted(found, key=lambda one: one.split("/"))


class Folder(NamedTuple):
    """A module's folder: `inner` below `base`, over no link; `shown` is the way to it from the workspace."""

    base: Path
    inner: str
    shown: str

    def file(self, name: str) -> str:
        """A file of it, by its way from the workspace."""
        return f"{self.shown}/{name}"


def module(root: Path, name: str, top: Path | None) -> Folder | str:
    """The folder of a module, anywhere in the git repository of the workspace; or why it is not opened.

    `top`: the folder that bounds it where there is no repository, a fleet's.
    """
    found = _in_repository(root, name, top)
    if found is None:
        outside = "the fleet" if top else "the workspace, which lies in no git repository"
        within = "its git repository" if _repository(root) else outside
        return f"leads out of {within}"
    base, inner = found
    if why := refusal(base, inner):
        return why
    if not (base / inner).is_dir():
        return "is no folder"
    return Folder(base, inner, os.path.relpath(base / inner, root.resolve()).replace(os.sep, "/"))


def beside(folder: Folder, findings: list[Finding]) -> Iterator[Path]:
    """Every YAML file of a module's folder, not of folders in it, sorted; what is none and looks so is a finding."""
    try:
        names = sorted(os.listdir(folder.base / folder.inner))
    except OSError as error:
        message = f"the folder {folder.shown} cannot be read: {error.strerror}"
        findings.append(Finding("R116", message, hint="check its permissions"))
        return
    for one in names:
        path = folder.base / folder.inner / one
        if not one.lower().endswith(YAML):
            continue
        if path.is_symlink():
            where = folder.file(one)
            findings.append(Finding("R115", f"{where} is a link", Place(where, 1), hint=_NO_LINK))
        elif path.is_file():
            yield path


def _in_repository(root: Path, name: str, top: Path | None = None) -> tuple[Path, str] | None:
    """(where to begin, the way from there) for a name that may lead out of the workspace, but not of its repository."""
    given = PurePosixPath(name)
    if given.is_absolute() or "\0" in name or "\\" in name:
        return None
    if ".." not in given.parts:
        return root.resolve(), name
    base, path = _repository(root) or (top and top.resolve()), Path(os.path.normpath(root.resolve() / name))
    return (base, path.relative_to(base).as_posix()) if base and path.is_relative_to(base) else None


def _repository(root: Path) -> Path | None:
    """The top of the work tree that the workspace lies in."""
    start = root.resolve()
    return next((one for one in (start, *start.parents) if os.path.lexists(one / GIT)), None)


def excerpt(root: Path, name: str) -> str | None:
    """The text of a file for showing a line of it; None where none is shown, the tool's records among them."""
    found = _in_repository(root, name)
    if found is None or refusal(*found) or PurePosixPath(name).parts[:1] == (RECORDS,):
        return None
    root, name = found
    try:
        known = (root / name).stat(follow_symlinks=False)
        if not stat.S_ISREG(known.st_mode) or known.st_size > _EXCERPT:
            return None
        return (root / name).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return None


def write(files: Files, root: Path, name: str, data: bytes) -> None:
    """A file of this content, whole or not at all, with its folders. Raises Invalid (R115) and OSError."""
    path = opened(root, name)
    opened(root, f"{name}.tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    opened(root, name)  # making folders follows links: look again at what there is now
    put(files, path, data)


def named(root: Path, path: Path, manifests: Iterable[str] = ()) -> str | None:
    """Why a file or folder that somebody names for a result is not opened; None when it may be. It may lie anywhere."""
    straight = Path(os.path.abspath(path))
    if straight.is_symlink():
        return "it is a link"
    if any(one.casefold() == GIT for one in straight.parts):
        return "it lies in git's own folder"
    base = Path(os.path.abspath(root))
    if straight.is_relative_to(base):
        link = first_link(base, straight.relative_to(base).parts)
        if link:
            return f"it is reached through {link}, which is a link"
    # By another way, a link outside of the workspace or into it, it may still lead there.
    there = straight.parent.resolve() / straight.name
    if there.is_relative_to(root.resolve()) and there != root.resolve():
        return _taken(there.relative_to(root.resolve()).as_posix(), {**OURS, **_manifests(manifests)})
    return None


def window(root: Path, name: str) -> Path:
    """The rate window's path; it may lie outside of the workspace, whose folder may be reached over links."""
    return Path(os.path.normpath(root.resolve() / name))


class Misplaced(NamedTuple):
    """A path of the workspace file that must not be used: its key there, why, and what to do."""

    code: str
    key: tuple[str | int, ...]
    message: str
    hint: str


def misplaced(root: Path, file: WorkspaceFile) -> list[Misplaced]:
    """Every path of the workspace file that is another's, and a rate window behind a link."""
    found = []
    for number, entry in enumerate(file.manifests):
        why = _taken(entry, OURS)
        if why:
            hint = "name a folder that holds manifests alone"
            found.append(Misplaced("R117", ("manifests", number), f'"{entry}" holds no manifests: {why}', hint))
    why = _taken(file.artifacts_folder, {**OURS, **_manifests(file.manifests)})
    if why:
        message = f'"{file.artifacts_folder}" cannot be the folder of artifacts: {why}'
        found.append(Misplaced("R117", ("artifacts",), message, "name a folder of its own, such as artifacts"))
    taken = _window_taken(root, file)
    why = taken or _window_link(root, file)
    if why:
        message = f'"{file.api.rate_window}" cannot be the rate window: {why}'
        hint = "name a file of its own, such as .reconciler/rate.json" if taken else _NO_LINK
        found.append(Misplaced("R117" if taken else "R115", ("api", "rate_window"), message, hint))
    return found


def linked(root: Path, file: WorkspaceFile) -> list[Finding]:
    """What the tool writes must be files and folders of this workspace: a link could make it write elsewhere."""
    names = [*(name for name in OURS if name != GIT), file.artifacts_folder]
    with contextlib.suppress(OSError):
        # None yet, or what stands there is told by what opens it.
        names += [f"{RECORDS}/{one}" for one in sorted(os.listdir(root / RECORDS))]
    troubles = {name: why for name in names if (why := refusal(root, name))}
    return [Finding("R115", f"{name} {why}", Place(name, 1), hint=_NO_LINK) for name, why in troubles.items()]


def _window_taken(root: Path, file: WorkspaceFile) -> str | None:
    if "\0" in file.api.rate_window:
        return "it is no path"
    root, path = root.resolve(), window(root, file.api.rate_window)
    if any(one.casefold() == GIT for one in path.parts):
        return "it lies in git's own folder"
    if not path.is_relative_to(root):
        return None
    taken = {**OURS, **_manifests(file.manifests), file.artifacts_folder: "the folder of artifacts"}
    for ending in _BESIDE_A_WINDOW:
        name = f"{path.relative_to(root).as_posix()}{ending}"
        folder, _, own = name.removesuffix(ending).rpartition("/")
        why = None if folder == RECORDS and _WINDOW.fullmatch(own) else _taken(name, taken)
        if why:
            return why.replace("it ", f"its {ending} file ", 1) if ending else why
    return None


def _window_link(root: Path, file: WorkspaceFile) -> str | None:
    root, path = root.resolve(), window(root, file.api.rate_window)
    base = Path(os.path.commonpath([root, path]))
    for ending in _BESIDE_A_WINDOW:
        link = first_link(base, Path(f"{path}{ending}").relative_to(base).parts)
        if link:
            return f"{link if base == root else base / link} is a link"
    return None


def _manifests(entries: Iterable[str]) -> dict[str, str]:
    return dict.fromkeys(entries, "a folder or file of manifests")


def _taken(name: str, claims: Mapping[str, str]) -> str | None:
    """What the path belongs to already; None when it is free. Names that differ in case are one on some disks."""
    parts = _folded(name)
    if not parts:
        return "it is the workspace folder itself"
    if GIT in parts:
        return f"it lies in {GIT}, {OURS[GIT]}" if parts[-1] != GIT else f"it is {GIT}, {OURS[GIT]}"
    for other, what in claims.items():
        theirs = _folded(other)
        if parts == theirs:
            return f"it is {other}, {what}"
        if theirs and parts[: len(theirs)] == theirs:
            return f"it lies in {other}, {what}"
        if theirs[: len(parts)] == parts:
            return f"it holds {other}, {what}"
    return None


def _folded(name: str) -> tuple[str, ...]:
    return tuple(one.casefold() for one in PurePosixPath(name).parts)
