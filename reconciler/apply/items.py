"""What the answer to a call for several objects says of one of them.

An object that it names as refused was not changed; one that it says nothing of may have been. Where it lists nothing at
all, the call was done as a whole, unless the contract answers for each object (fact sheet of Smart+, 1.4).
"""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from reconciler.api.replies import Envelope
from reconciler.api.returned import PARTIAL
from reconciler.canonical import id_text
from reconciler.contracts.binding import Binding
from reconciler.state.fold import Intent


class Answered(NamedTuple):
    """What became of one object, and why it is not done."""

    verdict: Literal["done", "rejected", "unknown"]
    why: str = ""


def is_shared(intent: Intent, binding: Binding) -> bool:
    """Whether the call of an intent was for other objects, too."""
    key = {binding.status_path: f"{binding.id_key}s", binding.budget_path: "budget"}.get(intent.path)
    return key is not None and len(json.loads(intent.body).get(key, ())) > 1


def told_of(intent: Intent, binding: Binding, envelope: Envelope) -> Answered:
    """Of an answer that was done, at least in part; the intent's `meta` names its object."""
    data: dict[str, Any] = envelope.data if isinstance(envelope.data, dict) else {}
    identity = str(intent.meta["id"])
    errors = data.get("error_list")
    refused = {
        id_text(one.get(binding.id_key)): str(one.get("error_message", ""))
        for one in (errors if isinstance(errors, list) else ())
        if isinstance(one, dict)
    }
    lists = [data[key] for key in (f"{binding.id_key}s", f"{binding.kind}_list") if isinstance(data.get(key), list)]
    named = [{id_text(one.get(binding.id_key) if isinstance(one, dict) else one) for one in some} for some in lists]
    if identity in refused and not any(identity in some for some in named):
        return Answered("rejected", refused[identity] or envelope.message)
    whole = (
        envelope.code != PARTIAL and not errors and not (binding.answers_items and intent.path == binding.status_path)
    )
    if identity not in refused and (all(identity in some for some in named) if named else whole):
        return Answered("done")
    return Answered("unknown", f"the reply does not say what became of {identity}")
