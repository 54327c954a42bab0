"""The first line of what we write on GitHub: a comment nobody sees, by which it is found again.

    <!-- reconciler {"kind": "plan", "scope": "accounts/us", "v": 1} -->

It identifies, it does not prove: whoever may write in the repository can edit it. So nothing is decided by it but which
text to replace, and a text counts only when we are its author.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_LINE = re.compile(r"<!-- reconciler (\{.*\}) -->")


def line(kind: str, scope: str, **more: object) -> str:
    """The marker. JSON's own escapes keep a value from ending the HTML comment."""
    text = json.dumps({"v": 1, "kind": kind, "scope": scope, **more}, sort_keys=True)
    for character in "<>-":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"<!-- reconciler {text} -->"


def read(body: str) -> Mapping[str, Any] | None:
    """What a marker in the first line says; None when there is none."""
    match = _LINE.fullmatch(body.partition("\n")[0].strip())
    if not match:
        return None
    try:
        found = json.loads(match[1])
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def ours(item: Mapping[str, Any], login: str, kind: str, scope: str) -> bool:
    """Whether a comment or an issue is the one: by author and by marker."""
    user = item.get("user") or {}
    if user.get("login") != login:
        return False
    found = read(str(item.get("body") or "")) or {}
    return (found.get("v"), found.get("kind"), found.get("scope")) == (1, kind, scope)
