"""Reads a fault list and checks it, so that a wrong one is told before the first call; the list itself: `faults.py`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from reconciler.simulator.failure import SimulatorUsage
from reconciler.simulator.faults import ACTIONS, OPTIONS, WHICH, Fault
from reconciler.simulator.wire import encode

WRITTEN = {bool: "true or false", int: "a whole number", float: "a number, 0 or more", str: "a text", dict: "a mapping"}


def parse(told: object) -> list[Fault]:
    """Checks a fault list as YAML or JSON give it; SimulatorUsage says which fault is wrong, and why."""
    if told is None:
        return []
    if not isinstance(told, list):
        raise SimulatorUsage("faults are a list of mappings")
    return [_fault(number, one) for number, one in enumerate(told, 1)]


def _fault(number: int, told: object) -> Fault:
    def wrong(what: str) -> SimulatorUsage:
        return SimulatorUsage(f"fault {number}: {what}")

    if not isinstance(told, dict):
        raise wrong("must be a mapping")
    for name in told:
        if name not in WHICH and name not in ACTIONS and name not in OPTIONS:
            raise wrong(f"{name!r} is not known; there are {', '.join((*WHICH, *ACTIONS, *OPTIONS))}")
    actions = [name for name in ACTIONS if name in told]
    if len(actions) > 1 and "delay" in actions:
        actions.remove("delay")
    if len(actions) != 1:
        raise wrong(f"needs exactly one of {', '.join(ACTIONS)}")
    (action,) = actions
    for name, wanted in (*ACTIONS.items(), *((name, kind) for name, (kind, _) in OPTIONS.items())):
        if name in told and not _is(told[name], wanted):
            raise wrong(f"{name} takes {WRITTEN[wanted]}")
    for name, (_, owners) in OPTIONS.items():
        if name in told and action not in owners:
            raise wrong(f"{name} goes with {', '.join(owners)} only")
    _check_which(told, wrong)
    return Fault(
        key=f"{number} {sorted(told.items(), key=str)}",
        which={name: told[name] for name in WHICH if name in told},
        action=action,
        value=_bytes(told, wrong) if action == "garbage" else told[action],
        delay=float(told.get("delay", 0)),
        options={name: told[name] for name in OPTIONS if name in told},
    )


def _is(value: object, wanted: type) -> bool:
    if wanted is bool:
        return value is True or value is False
    if wanted in (int, float):
        return isinstance(value, (int, wanted)) and not isinstance(value, bool) and 0 <= value <= 10_000_000
    return isinstance(value, wanted)


def _check_which(told: Mapping[str, Any], wrong: Any) -> None:
    for name in ("nth", "every", "from", "to"):
        if name in told and (not _is(told[name], int) or told[name] < 1):
            raise wrong(f"{name} takes a whole number from 1")
    chosen = [name for name in ("nth", "every", "probability") if name in told]
    if len(chosen) + ("from" in told or "to" in told) > 1:
        raise wrong("nth, every, probability and from/to exclude each other")
    if "probability" in told and not (_is(told["probability"], float) and told["probability"] <= 1):
        raise wrong("probability takes a number from 0 to 1")
    match = told.get("match", {})
    if not isinstance(match, dict) or not all(isinstance(text, str) for text in (*match, *match.values())):
        raise wrong("match takes a mapping of parameters to quoted texts")
    if not all(isinstance(told.get(name, ""), str) for name in ("path", "method")):
        raise wrong("path and method take a text")
    if told.get("framing", "chunked") not in ("chunked", "length"):
        raise wrong("framing takes chunked or length")
    headers = told.get("headers", {})
    if not all(isinstance(text, str) for text in (*headers, *headers.values())):
        raise wrong("headers takes a mapping of names to texts")
    if not all(100 <= told.get(name, 200) <= 599 for name in ("status", "http_status")):
        raise wrong("status and http_status take a number from 100 to 599")
    try:
        encode(told.get("edit", {}))
    except TypeError as error:
        raise wrong(f"edit takes what JSON can hold ({error})") from None


def _bytes(told: Mapping[str, Any], wrong: Any) -> bytes:
    text: str = told["garbage"]
    if told.get("encoding", "base64") != "base64":
        raise wrong("encoding takes base64")
    if "encoding" not in told:
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise wrong("garbage is not base64") from None
