"""Which fields hold text that people write freely, and which the platform may therefore store in another form."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import PlainValidator

from reconciler.kinds.fields import FREE
from reconciler.kinds.registry import KINDS

FREE_TEXT: Mapping[str, frozenset[str]] = {
    short: frozenset(
        name
        for name, info in kind.manifest.spec_model().model_fields.items()
        if any(isinstance(mark, PlainValidator) and mark.func in FREE for mark in info.metadata)
    )
    for short, kind in KINDS.items()
}
"""By kind: names, texts and URLs; no enum value, id, time or amount."""
