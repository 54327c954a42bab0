"""How a reply goes out on a connection: at once, cut, slowly, with a wrong length, or without an end.

Bytes a second are those of real time: what they try is a client's patience, which no simulated clock measures.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

from reconciler.simulator.messages import Reply

HUGE = 10**15
"""The length of an endless body that tells one."""


def send(
    reply: Reply, write: Callable[[bytes], object], stopping: threading.Event, *, head: bool, closing: bool
) -> bool:
    """Writes a reply; with `head` without its body. True when the connection ends with it."""
    framing = {"Content-Length": str(len(reply.body) if reply.length is None else reply.length)}
    if reply.endless:
        framing = {"Content-Length": str(HUGE)} if reply.endless == "length" else {"Transfer-Encoding": "chunked"}
    ends = closing or reply.cut is not None or reply.length is not None or bool(reply.endless)
    headers = {
        "Content-Type": reply.content_type,
        **framing,
        **reply.headers,
        **({"Connection": "close"} if ends else {}),
    }
    status = BaseHTTPRequestHandler.responses.get(reply.status, ("",))[0]
    lines = [f"HTTP/1.1 {reply.status} {status}", *(f"{name}: {value}" for name, value in headers.items())]
    top = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
    if head:
        write(top)
    elif reply.pace is None:
        # One write, so that an answer is one packet.
        write(top + reply.body[: reply.cut])
    elif reply.whole:
        for piece in _pieces(replace(reply, body=top + reply.body), reply.pace, stopping):
            write(piece)
    else:
        write(top)
        for piece in _pieces(reply, reply.pace, stopping):
            write(b"%x\r\n%s\r\n" % (len(piece), piece) if reply.endless == "chunked" else piece)
    return ends or headers.get("Connection") == "close"


def _pieces(reply: Reply, pace: int, stopping: threading.Event) -> Iterator[bytes]:
    """The body, so many bytes a second; again and again where it is endless. Nothing ever at a pace of 0."""
    step = max(pace // 10, 1)
    body = reply.body
    if reply.endless:
        # So long that a step never reaches its end twice.
        body = (body or b"\0") * (step // max(len(body), 1) + 1)
    at = 0
    while not stopping.is_set() and (reply.endless or at < len(body)):
        if pace:
            yield body[at : at + step]
            at += step
        if reply.endless and at >= len(body):
            at = 0
        stopping.wait(step / pace if pace else 0.5)
