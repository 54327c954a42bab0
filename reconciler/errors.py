"""The error tree, and the exit code that belongs to each branch.

    ReconcilerError            1  something failed, nothing was done
    ├── Invalid                3  usage, workspace, manifests, or a lockfile that cannot be used
    ├── Credentials            4  no token, a refused token, or a missing permission
    ├── Refused                5  a guard rail or a missing approval stopped the run before the first write
    │   └── Halted             5  somebody has stopped every run
    ├── Stale                  6  what would be done now differs from what was approved
    ├── Locked                 7  another run holds the workspace
    ├── Interrupted          130  SIGINT, SIGTERM or SIGHUP
    └── ApiError               1  the API answered with an error, or gave no usable answer

An error is a list of findings: each says what happened, where, and what to do next. Nothing below the command line
prints a finding or exits; `cli/main.py` is the only place that does.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple


class Source(NamedTuple):
    """Where a resource is declared: the manifest's path relative to the workspace, and its line counted from 1."""

    file: str
    line: int
    use: Source | None = None
    """Of a module's document: where the module is used."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f" (used at {self.use})" if self.use else "")

    def as_json(self) -> dict[str, Any]:
        """`{"file", "line"}`, with `use` where there is one."""
        told: dict[str, Any] = {"file": self.file, "line": self.line}
        return {**told, "use": self.use.as_json()} if self.use else told

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> Source:
        """The inverse. Raises KeyError and ValueError where it is not that shape."""
        if not isinstance(told["file"], str) or not isinstance(told["line"], int):
            raise ValueError("its source is not a file and a line")
        return cls(told["file"], told["line"], cls.of_json(told["use"]) if told.get("use") else None)


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file: the path relative to the workspace, line and column counted from 1 (characters)."""

    file: str
    line: int
    column: int = 1
    length: int = 1
    """How many characters the caret underlines."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `code` is stable and listed in `reconciler/codes`."""

    code: str
    message: str
    place: Place | None = None
    address: str | None = None
    hint: str | None = None
    """What to do next."""
    request_id: str | None = None
    """The API's log id of the reply, for its support."""
    use: Source | None = None
    """Where what is wrong is used, if that is elsewhere: of a module its Use, of a default the manifest."""

    def as_json(self) -> dict[str, Any]:
        """The shape promised for `errors` in every `--json` document."""
        return {
            "code": self.code,
            "message": self.message,
            "file": self.place.file if self.place else None,
            "line": self.place.line if self.place else None,
            "column": self.place.column if self.place else None,
            "address": self.address,
            "hint": self.hint,
            "request_id": self.request_id,
            "use": self.use.as_json() if self.use else None,
        }

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sort key: by file, line, column, code, message; findings without a place come first."""
        place = self.place
        at = (place.file, place.line, place.column) if place else ("", 0, 0)
        return (*at, self.code, self.message)


class ReconcilerError(Exception):
    """Base of everything a user may see as an error. `findings` holds at least one, sorted by place."""

    exit_code: ClassVar[int] = 1

    def __init__(self, *findings: Finding, many: Iterable[Finding] = ()) -> None:
        self.findings = sorted([*findings, *many], key=lambda one: one.order)
        super().__init__("; ".join(one.message for one in self.findings))


class Invalid(ReconcilerError):
    """Usage, workspace, manifests, or a lockfile that cannot be used."""

    exit_code = 3


class Credentials(ReconcilerError):
    """No token, a refused token, or a missing permission."""

    exit_code = 4


class Refused(ReconcilerError):
    """A guard rail, a missing consent or a missing approval: stopped before the first write."""

    exit_code = 5


class Halted(Refused):
    """Somebody has stopped every run, also those under way."""


class Stale(ReconcilerError):
    """What would be done now differs from what was approved."""

    exit_code = 6


class Locked(ReconcilerError):
    """Another run holds the workspace."""

    exit_code = 7


class Interrupted(ReconcilerError):
    """SIGINT, SIGTERM or SIGHUP."""

    exit_code = 130


class ApiError(ReconcilerError):
    """The API answered with an error, or gave no usable answer."""


def of_system(error: Exception) -> ReconcilerError | None:
    """Ordinary trouble with a file or folder as an error for people; None for anything else, which is a bug.

    Where more is known of it, an error of its own is raised instead; this is for every place where none is.
    """
    if not isinstance(error, OSError) or not isinstance(error.filename, str | bytes):
        return None
    path = error.filename.encode(errors="surrogateescape") if isinstance(error.filename, str) else error.filename
    name = path.decode(errors="backslashreplace")
    message = f"{name}: {error.strerror or type(error).__name__}"
    hint = "check that it is there, and the permissions of its folder; make room if the disk is full; then run again"
    known = in_the_way(error)
    return ReconcilerError(
        Finding("R517", f"{name}: {known[0]}" if known else message, hint=known[1] if known else hint)
    )


def in_the_way(error: OSError) -> tuple[str, str] | None:
    """What stands where a file of ours belongs, and what to do; None where it is something else that is wrong."""
    words = {
        errno.EISDIR: "it is a folder",
        errno.ENOTDIR: "a file stands where its folder belongs",
        errno.ELOOP: "it is a link",
        errno.ENXIO: "it is a pipe, a socket or a device",
    }
    if (why := words.get(error.errno or 0)) is None:
        return None
    return why, "move that away; a file of yours that was there before comes back from git, or from a copy"
