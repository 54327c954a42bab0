"""What a fault makes of an answer: one it makes up, or the handler's, spoilt afterwards. *Pure*."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace

from reconciler.simulator.envelope import Answer, refused
from reconciler.simulator.failure import NO_PERMISSION
from reconciler.simulator.faults import Fault
from reconciler.simulator.messages import Reply, html_reply
from reconciler.simulator.wire import Json
from reconciler.simulator.world import World

ARRAYS = ("list", "identity_list", "pixels", "apps", "region_info", "languages", "interest_categories")
"""What the rows of a list are called, in one call or another."""
HARMLESS = ("delay", "duplicate", "drip", "cookie")
"""With these the client gets the very answer that was made."""


def made_up(fault: Fault, token: str) -> Answer | Reply | None:
    """The answer of the faults that need no handler for it, None for the others."""
    if fault.action == "status":
        return html_reply(fault.value)
    if fault.action == "code":
        return refused(fault.value, fault.options.get("message", "Internal error"))
    if fault.action == "echo_token":
        return refused(NO_PERMISSION, f"No permission for access token {token}")
    if fault.action == "garbage":
        return Reply(fault.value, fault.options.get("http_status", 200), headers=fault.options.get("headers", {}))
    if fault.action == "redirect":
        return Reply(b"", fault.options.get("http_status", 302), "text/html", {"Location": fault.value})
    return None


def page_before(raw: Mapping[str, Json]) -> str:
    """The page before the one that a list call asks for, as it would ask for it; never less than 1."""
    return str(max(_page(raw) - 1, 1))


def spoil(fault: Fault, envelope: dict[str, Json], raw: Mapping[str, Json], world: World) -> dict[str, Json]:
    """The envelope as the fault leaves it; one without a list stays as it is where the fault is about lists."""
    data = envelope["data"]
    rows = next((data[name] for name in ARRAYS if name in data), None) if isinstance(data, dict) else None
    if fault.action == "empty_data":
        envelope["data"] = {}
    elif fault.action == "edit":
        for path, value in fault.value.items():
            _set(envelope, str(path).split("."), value)
    elif rows is None:
        return envelope
    elif fault.action == "drop_row":
        del rows[fault.value : fault.value + 1]
    elif fault.action == "foreign_row":
        # A row shaped like the list's, whose ids are nobody's.
        like = rows[0] if rows else {}
        rows.append({name: world.new_id() if name.endswith("_id") else value for name, value in like.items()})
    elif fault.action == "repeat_page" and "page_info" in data:
        data["page_info"]["page"] = _page(raw)
    elif fault.action == "wrong_total" and "page_info" in data:
        data["page_info"]["total_number"] = fault.value
        data["page_info"]["total_page"] = -(-fault.value // data["page_info"]["page_size"])
    return envelope


def on_the_wire(fault: Fault, reply: Reply) -> Reply:
    """The reply, spoilt in the way it is sent."""
    if fault.action == "truncate":
        return replace(reply, cut=fault.value)
    if fault.action == "wrong_length":
        return replace(reply, length=fault.value)
    if fault.action == "drip":
        return replace(reply, pace=fault.value, whole=bool(fault.options.get("whole")))
    if fault.action == "endless":
        return replace(reply, pace=fault.value, endless=fault.options.get("framing", "chunked"))
    if fault.action == "cookie":
        return replace(reply, headers={**reply.headers, "Set-Cookie": fault.value})
    return reply


def _page(raw: Mapping[str, Json]) -> int:
    page = raw.get("page", "1")
    return int(page) if isinstance(page, str) and page.isascii() and page.isdigit() and len(page) < 10 else 1


def _set(value: Json, path: list[str], new: Json) -> None:
    """Sets what a path leads to; a path that leads nowhere changes nothing."""
    *way, last = path
    for step in way:
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return
    if isinstance(value, list) and last.isdigit() and int(last) < len(value):
        value[int(last)] = deepcopy(new)
    elif isinstance(value, dict):
        value[last] = deepcopy(new)
