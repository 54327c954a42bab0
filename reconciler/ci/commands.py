"""Findings as workflow commands, which GitHub shows on the lines of the changed files.

A step shows at most ten errors and drops the rest without a word, so nine are sent and a count. Findings on files come
first: those can be shown on a line. What stands in a message can neither end the command nor start another one.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from reconciler.errors import Finding
from reconciler.text import clean

_SHOWN = 9


def mask(value: str) -> str:
    """From here on the runner shows `***` in its place."""
    return f"::add-mask::{_data(value)}"


def errors(findings: Sequence[Finding], folder: str) -> list[str]:
    """At most ten commands. `folder`: the workspace relative to the repository's root, "" for the root itself."""
    ordered = sorted(findings, key=lambda one: (one.place is None, one.order))
    lines = [_command("error", one, folder) for one in ordered[:_SHOWN]]
    if len(ordered) > _SHOWN:
        rest = len(ordered) - _SHOWN
        lines.append(f"::error title=reconciler::… and {rest} more, see the log or the summary of this job")
    return lines


def warning(finding: Finding) -> str:
    """Something that did not stop the job."""
    return _command("warning", finding, "")


def _command(level: str, finding: Finding, folder: str) -> str:
    properties = {"title": f"reconciler ({finding.code})"}
    place = finding.place
    if place:
        properties |= {
            "file": posixpath.normpath(f"{folder}/{place.file}" if folder else place.file),
            "line": str(place.line),
            "col": str(place.column),
            "endLine": str(place.line),
            "endColumn": str(place.column + place.length),
        }
    subject = f"{finding.address}: " if finding.address else ""
    lines = [clean(subject + finding.message)]
    if finding.use:
        lines.append(f"  used at {clean(finding.use.file)}:{finding.use.line}")
    if finding.hint:
        lines.append(f"  help: {clean(finding.hint)}")
    text = "\n".join(lines)
    return f"::{level} {_properties(properties.items())}::{_data(text)}"


def _properties(given: Iterable[tuple[str, str]]) -> str:
    return ",".join(f"{key}={_property(clean(value))}" for key, value in given)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
