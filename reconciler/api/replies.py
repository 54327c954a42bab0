"""What a reply means, for a write and for a read. *Pure*; what each code means stands in `returned.py`.

Sources: the platform's published return codes and the behaviour of its gateway. HTTP is 200 for nearly everything, so
the body's `code` decides; the status is looked at only when there is no usable body. An unlisted code on a write is
unknown: it may or may not have been done.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from reconciler.api.phrases import meaning
from reconciler.api.returned import Verdict
from reconciler.api.transport import Reply

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Envelope(Struct, frozen=True):
    """A reply, read. `code` is None when there was no envelope."""

    verdict: Verdict
    code: int | None
    message: str
    data: Any
    request_id: str | None


def read(reply: Reply, *, get: bool = False) -> Envelope:
    """Classify one reply of a write, or of a GET: that is asked again when it is `unknown` or `throttled` here."""
    envelope = _parse(reply.body)
    if envelope is None:
        if reply.status in (401, 403):
            return Envelope("credentials", None, f"HTTP {reply.status}", None, None)
        if reply.status == 429:
            return Envelope("throttled", None, "HTTP 429", None, None)
        if 300 <= reply.status < 400:
            return Envelope("unknown", None, f"HTTP {reply.status}: a redirect, which is never followed", None, None)
        return Envelope("unknown", None, f"HTTP {reply.status} without the documented envelope", None, None)
    code = envelope["code"]
    message = envelope.get("message")
    message = message if isinstance(message, str) else ""
    log_id = envelope.get("request_id")
    return Envelope(
        _verdict(code, message, reply.status, get=get),
        code,
        message,
        envelope.get("data"),
        log_id if isinstance(log_id, str) and log_id else None,
    )


def _verdict(code: int, message: str, status: int, *, get: bool = False) -> Verdict:
    known = meaning(code, message)
    if known is None:
        # Not a code we know: the status may still be plain enough.
        return "credentials" if status == 401 else "throttled" if status == 429 else "unknown"
    verdict = known.read if get else known.write
    if verdict == "done":
        # A success inside an error status contradicts itself.
        return "done" if status < 300 else "unknown"
    if verdict == "rejected":
        return "rejected" if status < 500 else "unknown"
    return verdict


def _parse(body: bytes) -> dict[str, Any] | None:
    """The envelope, or None for anything that is not one. Decimals keep their digits."""
    found = _plain(body)
    return found if found is not None else _careful(body)


_DECIMALS = msgspec.json.Decoder(float_hook=Decimal)


def _plain(body: bytes) -> dict[str, Any] | None:
    """The same three times as fast; None for what needs a closer look: a key that may be `code` twice, anything that is
    escaped, and what is no JSON, or no envelope."""
    if body.count(b'"code"') != 1 or b"\\" in body:
        return None
    try:
        found = _DECIMALS.decode(body)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return None
    return found if isinstance(found, dict) and type(found.get("code")) is int else None


def _careful(body: bytes) -> dict[str, Any] | None:
    try:
        text = body.decode()
        found = json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_object)
        if _ESCAPED_SURROGATE.search(text):
            found = _whole(found)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or type(found.get("code")) is not int:
        return None
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an envelope that says two things at once (`code` twice)."""
    found = dict(pairs)
    if len(found) != len(pairs) and sum(key == "code" for key, _ in pairs) > 1:
        raise ValueError("duplicate code")
    return found


def _whole(value: Any) -> Any:
    """The value with half surrogate pairs replaced: they are not characters, and no file could hold them."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")
