"""Files of the workspace that manifests name for an upload: looked at when manifests are read, and read in pieces.

What identifies a file is its content: its SHA-256 joins the fields of the resource, so that plans, digests and the
lockfile know which bytes are meant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from reconciler.kinds.media import LocalFile, ending
from reconciler.kinds.registry import BY_TITLE, KINDS
from reconciler.manifest.document import Document
from reconciler.manifest.paths import refusal
from reconciler.manifest.problems import Problem
from reconciler.model import Address, Resource
from reconciler.world import Files, SystemFiles

PIECE = 1024 * 1024
"""Bytes that are in memory at once."""
_POINTER = b"version https://git-lfs.github.com/spec/"
_SHARED = "put it there, or correct the path: it counts from the workspace's folder"
_MIB = 1024 * 1024


def fill(desired: dict[Address, Resource], documents: Iterable[Document], root: Path) -> list[Problem]:
    """Add the SHA-256 of its file to each resource that names one, in place; returns what is wrong with files."""
    kinds = {short: kind.files.keys() for short, kind in KINDS.items() if kind.files}
    naming = {
        address: field
        for address, one in desired.items()
        if address.kind in kinds
        for field in kinds[address.kind] & one.fields.keys()
    }
    if not naming:
        return []
    files, problems = SystemFiles(), list[Problem]()
    # A file that many manifests name is read once.
    look = cache(lambda name, short, field: _looked_at(files, root, name, KINDS[short].files[field]))
    declared = {(one.value.get("kind"), one.value.get("name")): one for one in documents if _is_plain(one)}
    for address, field in naming.items():
        kind, resource = KINDS[address.kind], desired[address]
        document, name = declared[kind.title, address.name], resource.fields[field]
        found = look(name, kind.short, field)
        if isinstance(found, str):
            given = resource.fields.get("sha256", found)
            desired[address] = replace(resource, fields={**resource.fields, "sha256": found})
            if given == found:
                continue
            field, found = "sha256", ("R131", f"the SHA-256 of {name} is {found}", "write that one, or leave it out")
        code, what, hint = found
        path = ("spec", field)
        problems.append(Problem(code, f"`{field}`: {what}", document, path, False, hint, str(address)))
    return problems


def _is_plain(document: Document) -> bool:
    kind, name = document.value.get("kind"), document.value.get("name")
    return isinstance(kind, str) and kind in BY_TITLE and isinstance(name, str)


def _looked_at(files: Files, root: Path, name: str, what: LocalFile) -> str | tuple[str, str, str]:
    """The SHA-256 of a file; or (code, what is wrong with it, what to do)."""
    why = refusal(root, name)
    if why:
        return "R115", f"{name} {why}", "put the file itself into the workspace"
    if ending(name) not in what.media:
        endings = ", ".join(f".{one}" for one in what.media)
        return "R131", f"{name} does not end in one of {endings}", "name a file of a kind that the platform takes"
    try:
        size = files.size(root / name)
        if size is None:
            return "R131", f"{name} is not there", _SHARED
        if size > what.most:
            told = f"{name} has {size / _MIB:,.1f} MiB, at most {what.most // _MIB} MiB are taken"
            return "R131", told, "export it smaller"
        if files.read_at(root / name, 0, len(_POINTER)) == _POINTER:
            hint = "run `git lfs pull`; in a pipeline let the checkout fetch LFS files"
            return "R132", f"{name} is a Git LFS pointer and not the file itself", hint
        digest = hashlib.sha256()
        for piece in pieces(files, root / name):
            digest.update(piece)
    except OSError as error:
        return "R116", f"{name} cannot be read: {error.strerror}", "name a plain file, and check its permissions"
    if size == 0:
        return "R131", f"{name} is empty", "export it again, or restore it"
    return digest.hexdigest()


def pieces(files: Files, path: Path) -> Iterator[bytes]:
    """The file, piece by piece. Raises OSError."""
    at = 0
    while piece := files.read_at(path, at, PIECE):
        at += len(piece)
        yield piece
