"""What was found in the account, as the lines of YAML that a manifest takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from reconciler.text import clean

_KEY = re.compile(r"\{\{(\w+)\}\}")
_WORD = re.compile(r"[A-Z]+(?:_[A-Z0-9]+)+", re.ASCII)
"""A value of the API's own enums; without an underline it might be NO or NULL."""


def pasted(lines: Sequence[str], row: Mapping[str, str], about: str) -> Iterator[str]:
    """The lines with the row's values for `{{key}}`, those it lacks left out; `about` is a comment on the first."""
    comment = f"  # {clean(about)}" if about else ""
    for line in lines:
        before, key, after = _KEY.split(line)
        if key in row:
            yield f"{before}{_quoted(row[key])}{after}{comment}"
            comment = ""


def _quoted(value: str) -> str:
    """As YAML reads it as text."""
    return value if _WORD.fullmatch(value) else clean(json.dumps(value, ensure_ascii=False))
