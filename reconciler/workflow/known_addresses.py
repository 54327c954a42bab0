"""The addresses of a workspace, for completing them in a shell: quick, offline, and silent about everything wrong."""

from __future__ import annotations

import json
from pathlib import Path

from reconciler.kinds.registry import BY_TITLE
from reconciler.manifest import paths, workspace
from reconciler.manifest.files import YamlFiles
from reconciler.manifest.upward import workspace_above
from reconciler.manifest.yaml import read
from reconciler.model import Address


def known_addresses(stands: Path) -> list[str]:
    """What the manifests declare and what the lockfile here holds, sorted, of the workspace that `stands` lies in.

    Empty where that cannot be read.

    Manifests are read, not checked: whoever completes an address may be about to repair the one that is wrong.
    """
    try:
        root = workspace_above(stands.absolute())
        return sorted({*_declared(root), *_bound(root)})
    except Exception:
        # Between two key strokes nobody wants to read an error; the command itself will tell it.
        return []


def _declared(root: Path) -> set[str]:
    documents, _ = read(workspace.FILE, paths.opened(root, workspace.FILE).read_bytes())
    given = documents[0].value.get("manifests") or ["manifests"]
    files, found = YamlFiles(root), set[str]()
    for entry in given:
        for name, path in files.below(entry):
            data = files.read(name, path)
            for one in read(name, data)[0] if data is not None else ():
                kind, name_of = BY_TITLE.get(str(one.value.get("kind"))), one.value.get("name")
                if kind and isinstance(name_of, str):
                    found.add(str(Address(kind.short, name_of)))
    return found


def _bound(root: Path) -> set[str]:
    path = paths.opened(root, "reconciler.lock")
    return set(json.loads(path.read_bytes())["resources"]) if path.is_file() else set()
