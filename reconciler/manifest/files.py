"""The YAML files below a folder of the workspace: each is given to be read, or reported. None is passed over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct, field

from reconciler.errors import Finding, Place
from reconciler.manifest import paths
from reconciler.text import clean


class YamlFiles(Struct):
    """Looks through folders of one workspace; what cannot be read becomes a finding."""

    root: Path
    findings: list[Finding] = field(default_factory=list)

    def below(self, start: str) -> Iterator[tuple[str, Path]]:
        """(name relative to the workspace, path) of every YAML file, in the order of paths.

        `start` may be a file. The case of the suffix does not matter. A name that is not UTF-8, or holds characters
        nobody sees, is reported, and given with these written as escapes, so that what is in the file is checked, too.
        """
        for where in paths.below(self.root, start, self.findings):
            if not where.lower().endswith(paths.YAML):
                continue
            name = clean(os.fsencode(where).decode("utf-8", "backslashreplace"))
            if name != where:
                message = f"the name of {name} is not UTF-8, or holds characters that nobody sees"
                hint = "rename it: plain letters and digits are best"
                self.findings.append(Finding("R120", message, Place(name, 1), hint=hint))
            yield name, self.root / where

    def read(self, name: str, path: Path) -> bytes | None:
        """A file's bytes; None when it cannot be read, which is reported."""
        try:
            return path.read_bytes()
        except OSError as error:
            message, hint = f"cannot read {name}: {error.strerror}", "check its permissions"
            self.findings.append(Finding("R116", message, Place(name, 1), hint=hint))
            return None
