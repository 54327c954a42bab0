"""Text from outside made safe to show.

A name from a file or from the API may hold escape sequences that move the cursor, overwrite a line, or reverse what is
read; when a GitHub workflow prints it, `##[name]` anywhere in a line is a command to its runner. `clean` is the one
function every such text passes before it reaches a terminal.
"""

from __future__ import annotations

import re

UNSEEN = (
    # Spelt as ranges because asking `unicodedata` about all of Unicode would cost 0.1 s at every start.
    "\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
"""The inside of a character class: control characters from 0x7f on, format characters (bidirectional, zero-width),
line and paragraph separators, surrogates, and the two non-characters YAML refuses. Without the range 0x00-0x1f."""

_UNSAFE = re.compile(f"[\x00-\x1f{UNSEEN}]")


def _escape(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def clean(text: str) -> str:
    r"""`text` with every control and format character written as an escape: `\n`, `\x1b`, `\u202e`, `\U000e0001`."""
    if "##[" in text:
        text = text.replace("##[", r"#\x23[")
    return text if text.isprintable() else _UNSAFE.sub(_escape, text)
