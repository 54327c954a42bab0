"""The YAML files below a folder of the workspace: each is given to be read, or reported. None is passed over."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.errors import Finding, Place
from reconciler.text import clean

_SUFFIXES = (".yaml", ".yml")
_EDITORS_LOCK = ".#"
"""How Emacs names the link to nothing that it keeps beside a file while somebody edits it."""


@dataclass(slots=True)
class YamlFiles:
    """Walks folders of one workspace; what cannot be read becomes a finding."""

    root: Path
    findings: list[Finding] = field(default_factory=list)

    def below(self, start: Path) -> Iterator[tuple[str, Path]]:
        """(name relative to the workspace, path) of every YAML file, in the order of paths.

        `start` may be a file. The case of the suffix does not matter. A name that is not UTF-8, or holds characters
        nobody sees, is reported, and given with these written as escapes, so that what is in the file is checked, too.
        """
        root = self.root.resolve()
        for path in [start, *(self._walked(start) if os.path.isdir(start) else ())]:
            name = self._name(path)
            try:
                mode = path.stat().st_mode
                inside = path.resolve().is_relative_to(root)
            except (OSError, RuntimeError) as error:  # a link to itself is one or the other, by the version of Python
                if not path.is_symlink():
                    self._unreadable(name, error)
                elif not path.name.startswith(_EDITORS_LOCK):
                    self._add("R116", f"{name} is a link that leads nowhere", name, "correct or remove the link")
                continue
            is_yaml = path.suffix.lower() in _SUFFIXES
            if not inside:
                self._add("R115", f"{name} is a link out of the workspace", name)
            elif stat.S_ISDIR(mode):
                if path.is_symlink():
                    hint = "name the folder itself in `manifests:`"
                    self._add("R115", f"{name} is a link to a folder, which is not read", name, hint)
            elif is_yaml and not stat.S_ISREG(mode):
                self._add("R116", f"{name} is not a regular file", name, "replace it by a file")
            elif is_yaml:
                self._named(path, name)
                yield name, path

    def read(self, name: str, path: Path) -> bytes | None:
        """A file's bytes; None when it cannot be read, which is reported."""
        try:
            return path.read_bytes()
        except OSError as error:
            self._unreadable(name, error)
            return None

    def _walked(self, start: Path) -> list[Path]:
        """Everything below a folder, sorted; a folder that cannot be read is an error, never an empty one."""

        def unreadable(error: OSError) -> None:
            self._unreadable(f"the folder {self._name(Path(error.filename))}", error)

        found: list[Path] = []
        for folder, folders, files in os.walk(start, onerror=unreadable):
            found += [Path(folder, name) for name in (*folders, *files)]
        return sorted(found)

    def _name(self, path: Path) -> str:
        """For people and for the lockfile: UTF-8, and every character can be seen."""
        raw = os.fsencode(path.relative_to(self.root).as_posix())
        return clean(raw.decode("utf-8", "backslashreplace"))

    def _named(self, path: Path, name: str) -> None:
        if name != path.relative_to(self.root).as_posix():
            message = f"the name of {name} is not UTF-8, or holds characters that nobody sees"
            self._add("R117", message, name, "rename it: plain letters and digits are best")

    def _unreadable(self, name: str, error: OSError | RuntimeError) -> None:
        why = error.strerror if isinstance(error, OSError) else None
        self._add("R116", f"cannot read {name}: {why or type(error).__name__}", name, "check that you may read it")

    def _add(self, code: str, message: str, name: str, hint: str | None = None) -> None:
        self.findings.append(Finding(code, message, Place(name, 1), hint=hint))
