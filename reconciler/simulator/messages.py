"""A request as the application gets it, and a reply as the server sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.simulator import forms
from reconciler.simulator.wire import Json, decode

NOT_JSON = "Content-Type: must be application/json"


@dataclass(frozen=True)
class Request:
    """`path` begins with a slash and is percent-decoded; `headers` are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_form(self) -> bool:
        """Whether it is a form that may hold files."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == "multipart/form-data"

    def read(self) -> tuple[dict[str, Json] | None, str]:
        """The JSON object of a POST, or the fields of a form with files; or None and what is wrong with it."""
        if self.is_form:
            return forms.read(self.headers["content-type"], self.body)
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return None, NOT_JSON
        try:
            body = decode(self.body)
        except ValueError as error:
            return None, f"body: is not usable JSON ({str(error)[:200]})"
        return (body, "") if isinstance(body, dict) else (None, "body: must be a JSON object")


@dataclass(frozen=True)
class Reply:
    """`cut`: so many bytes of the body are sent and the connection is dropped. `drop`: nothing is sent at all.

    `length` is told instead of the body's own. `pace`: bytes a second of real time; `whole`: for the status line and
    the headers, too. `endless`, "chunked" or "length": the body is sent again and again, at its pace.
    """

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drop: bool = False
    length: int | None = None
    pace: int | None = None
    whole: bool = False
    endless: str = ""


DROPPED = Reply(b"", drop=True)


def text_reply(status: int, text: str) -> Reply:
    """What a gateway says for itself: plain text, no envelope."""
    return Reply(text.encode(), status, "text/plain; charset=utf-8")


def html_reply(status: int) -> Reply:
    """The HTML page of a gateway in trouble."""
    page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    return Reply(page.encode(), status, "text/html; charset=utf-8")
