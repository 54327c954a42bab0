"""Names of objects as production counts them: a wide character is two, an emoji is none of them. *Pure*."""

from __future__ import annotations

import unicodedata

EMOJI = ((0x2600, 0x27BF), (0x1F000, 0x1FAFF), (0xFE0F, 0xFE0F), (0x200D, 0x200D))
"""First and last code points; the last two only occur in compounds."""


def title_length(text: str) -> int:
    """How long a name is: Chinese, Japanese and Korean characters are two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def has_emoji(text: str) -> bool:
    """Whether an emoji is in it."""
    return any(low <= ord(letter) <= high for letter in text for low, high in EMOJI)
