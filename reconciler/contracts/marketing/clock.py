"""What the clock forbids: checked before anything is sent, so that no apply ends half-way for it.

Source: the fact sheet of the Marketing API, 1.2: a start may lie 12 hours back at creation, and is fixed once it has
passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from reconciler.contracts.contract import Broken
from reconciler.model import Fields

_START = "schedule_start_time"
_FORM = "%Y-%m-%d %H:%M:%S"
_PAST = 12 * 3600.0


def late(kind: str, sent: Fields, live: Fields, now: float) -> Iterator[Broken]:
    """Starts that can no longer be. `sent`: the fields of a create or those an update changes; `live`: what they are
    now, empty for a create; `now`: seconds since the epoch."""
    start = sent.get(_START) if kind == "adgroup" else None
    if start is None or start == live.get(_START):
        return
    begun = live.get(_START)
    if begun and _seconds(begun) <= now:
        text = f"`{_START}`: it has started, at {begun} UTC, and its start cannot be changed any more"
        yield Broken(_START, text, f'write "{begun}" again', "R219")
    elif _seconds(start) < now - _PAST:
        text = f"`{_START}`: {start} UTC is more than 12 hours ago, and no ad group can be created with it"
        yield Broken(_START, text, f'write a later start, such as "{_text(now + 3600)}"', "R219")


def _seconds(text: str) -> float:
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC).timestamp()


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(_FORM)
