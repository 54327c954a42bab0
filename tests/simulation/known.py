"""What is known to be broken and is not to stop a search for more: empty when all is well.

An invariant's name (`I29`) in KNOWN is not judged at all.
"""

from __future__ import annotations

KNOWN: set[str] = set()

SEEDS: dict[int, str] = {}
"""Seeds that are left out, each with what it breaks."""
