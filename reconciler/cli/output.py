"""Answers to stdout, everything else to stderr; with --json stdout holds exactly one document."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.api.secret import Secret
    from reconciler.errors import ReconcilerError

_opened: dict[str, Any] = {"secret": None, "root": Path()}


class Output:
    """Where a command prints. Nothing below the command line prints at all."""

    def __init__(self, *, json: bool, color: bool, quiet: bool = False) -> None:
        self.json, self.color, self.quiet = json, color, quiet

    def document(self, value: object) -> None:
        """The one JSON document of this run."""
        text = json.dumps(value, indent=2, ensure_ascii=True)
        # The same value, but no command to the runner of a GitHub workflow that prints it.
        sys.stdout.write(text.replace("##[", r"#\u0023[") + "\n")

    def text(self, text: str) -> None:
        """An answer for people."""
        sys.stdout.write(text + "\n")

    def raw(self, text: str) -> None:
        """An answer for programs, byte for byte in UTF-8: no line end is added or changed."""
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode(errors="backslashreplace"))
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Progress, for people."""
        if not self.quiet:
            from reconciler.text import clean

            sys.stderr.write(clean(text) + "\n")

    def notice(self, text: str) -> None:
        """What must be shown in any case."""
        sys.stderr.write(text + "\n")

    def errors(self, error: ReconcilerError) -> None:
        """Every finding: as the JSON document, or in words on stderr with excerpts."""
        if self.json:
            from reconciler.render.json import errors

            self.document(errors(error.findings))
            return
        from reconciler.render.findings import text

        sys.stderr.write(text(error.findings, _source, self.color) + "\n")

    def bug(self, error: Exception) -> None:
        """A report file without secrets; no traceback reaches the terminal."""
        import tempfile
        import traceback

        from reconciler.errors import Finding, ReconcilerError

        trace = "".join(traceback.format_exception(error)).encode()
        secret: Secret | None = _opened["secret"]
        try:
            descriptor, name = tempfile.mkstemp(prefix="reconciler-bug-", suffix=".txt")
            with os.fdopen(descriptor, "wb") as file:
                file.write(secret.remove(trace) if secret else trace)
        except OSError:
            name = "no file: none can be written"
        message = f"a bug: {type(error).__name__}; the report is in {name}"
        self.errors(ReconcilerError(Finding("R999", message, hint="please report it with that file")))


def opened(root: Path, secret: Secret | None) -> None:
    """Remember what excerpts are read from, and what no report may hold."""
    _opened.update(root=root, secret=secret)


def _source(file: str) -> str | None:
    from reconciler.manifest.paths import excerpt

    return excerpt(Path(_opened["root"]), file)
