"""What is open in a workspace, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.state import halt


def open_lines(found: Mapping[str, Any], resume: str = halt.NEXT) -> Iterator[str]:
    """The halt, writes whose outcome is not known, tasks. `found`: the document of `status --json`."""
    if "halted" in found:
        yield f"  ! {halt.said(found['halted'])}; {resume}"
    for one in found["intents"]:
        yield f"  ! {one['op']} {one['address']}: {one['state']}, sent {one['sent_at']}, settles {one['settles_at']}"
    for one in found["refreshes"]:
        counts = f"{one['ready']} of {one['wanted']} ready, {one['pending']} pending, {one['failed']} failed"
        yield f"  * {one['address']}: generation {one['generation']}, {counts}"
        for variant in one["variants"]:
            if variant["state"] == "pending" and variant["preview_expires_at"]:
                yield f"      slot {variant['variant']}: preview expires {variant['preview_expires_at']}"
