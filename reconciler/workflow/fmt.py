"""`fmt`: the manifests of a workspace in one style, each file written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import Finding, Invalid, Place, ReconcilerError
from reconciler.manifest import paths
from reconciler.manifest.files import YamlFiles
from reconciler.manifest.formatting import formatted
from reconciler.workflow.load import manifest_files
from reconciler.workflow.session import Session


@dataclass(slots=True)
class Formatting:
    """What became of the manifests, by their paths from the workspace."""

    changed: list[str] = field(default_factory=list)
    """Written, or with `check` what would be."""
    unchanged: int = 0
    left: list[Place] = field(default_factory=list)
    """Documents that stay as they are because of how they are laid out."""
    errors: list[Finding] = field(default_factory=list)
    """Files that were left because they cannot be read, or would not say the same."""


def fmt(session: Session, given: Sequence[Path], *, check: bool) -> Formatting:
    """Format the manifests at and below `given`; all of the workspace where none is given. With `check` write nothing.

    Raises Invalid (R404) for a path with no manifest.
    """
    done = Formatting()
    files = YamlFiles(session.root)
    for name, path in _chosen(session, given, files):
        data = files.read(name, path)
        if data is not None:
            _file(session, name, data, done, check=check)
    done.errors += files.findings
    done.errors.sort(key=lambda one: one.order)
    return done


def _chosen(session: Session, given: Sequence[Path], files: YamlFiles) -> list[tuple[str, Path]]:
    # A file whose name had to be escaped is reported, and cannot be written under that name.
    found = [(name, path) for name, path in manifest_files(session.workspace, files) if session.root / name == path]
    if not given:
        return found
    chosen: set[str] = set()
    for one in given:
        wanted = Path(os.path.realpath(session.named(one)))
        below = {name for name, path in found if Path(os.path.realpath(path)).is_relative_to(wanted)}
        if not below:
            hint = "name manifests, or folders that hold some: those of `manifests:` in reconciler.yaml"
            raise Invalid(Finding("R404", f"no manifest is at {one}", hint=hint))
        chosen |= below
    return [(name, path) for name, path in found if name in chosen]


def _file(session: Session, name: str, data: bytes, done: Formatting, *, check: bool) -> None:
    try:
        fresh, left = formatted(name, data, session.secret.searched if session.secret else None)
        if fresh != data and not check:
            paths.write(session.world.files, session.root, name, fresh)
    except ReconcilerError as error:
        done.errors += error.findings
        return
    except OSError as error:
        message, hint = (
            f"cannot write {name}: {error.strerror}",
            "nothing of it was changed: make room, or see its permissions",
        )
        done.errors.append(Finding("R506", message, Place(name, 1), hint=hint))
        return
    done.left += [Place(name, line) for line in left]
    if fresh == data:
        done.unchanged += 1
    else:
        done.changed.append(name)
