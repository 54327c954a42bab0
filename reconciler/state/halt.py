"""The record that `halt` leaves with the state: while it is there no run sends anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.errors import Finding, ReconcilerError
from reconciler.text import clean

FILE = "halt.json"
CODE = "R838"
NEXT = "nothing is sent until somebody runs `reconciler resume`"


def dump(at: str, by: str, host: str, reason: str | None) -> bytes:
    """The file. `at`: UTC."""
    return (json.dumps({"at": at, "by": by, "host": host, "reason": reason}, indent=1) + "\n").encode()


def parse(data: bytes) -> Mapping[str, Any]:
    """What it says: at, by, host, reason. A file that cannot be read halts all the same, and says nothing."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    told = found if isinstance(found, dict) else {}
    return {key: told[key] if isinstance(told.get(key), str) else None for key in ("at", "by", "host", "reason")}


def asked(halted: Callable[[], bytes | None]) -> bytes | None:
    """What a store tells of it. Raises ReconcilerError where that cannot be read: then nothing may be sent."""
    try:
        return halted()
    except OSError as error:
        message = f"cannot read {FILE}: {error.strerror or error}"
        hint = "fix its permissions, or remove what is in its place, then run again"
        raise ReconcilerError(Finding("R506", message, hint=hint)) from error


def words(data: bytes, *, was: bool = False) -> str:
    """Since when, by whom, why; or of a halt that was lifted."""
    return said(parse(data), was=was)


def said(found: Mapping[str, Any], *, was: bool = False) -> str:
    """The same of what `parse` has found."""
    told = {key: clean(value) for key, value in found.items() if value}
    who = f" by {told['by']}" if "by" in told else ""
    why = f": {told['reason']}" if "reason" in told else ""
    return f"everything {'was' if was else 'is'} halted since {told.get('at', 'an unknown time')}{who}{why}"


def finding(data: bytes) -> Finding:
    """Why a run sends nothing."""
    return Finding(CODE, words(data), hint=NEXT)
