"""A request as the application gets it, and a reply as the server sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """`path` begins with a slash and is percent-decoded; `headers` are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """`cut`: so many bytes of the body are sent and the connection is dropped. `drop`: nothing is sent at all."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drop: bool = False


DROPPED = Reply(b"", drop=True)


def text_reply(status: int, text: str) -> Reply:
    """What a gateway says for itself: plain text, no envelope."""
    return Reply(text.encode(), status, "text/plain; charset=utf-8")


def html_reply(status: int) -> Reply:
    """The HTML page of a gateway in trouble."""
    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    return Reply(page.encode(), status, "text/html; charset=utf-8")
