"""What is known to be broken and is not to stop a search for more: empty when all is well.

An invariant's name (`I29`) is not judged; `names` takes new folders and a new journal as durable at once.
"""

from __future__ import annotations

KNOWN: set[str] = set()
