"""What an upload sees when it looks at a URL of this machine. No other address is ever called."""

from __future__ import annotations

import base64
import hashlib
import http.client
import ipaddress
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from reconciler.simulator.forms import begins_as_film

PATIENCE = 10.0
"""The platform gives up after so many seconds (Refresh document, 1.1)."""
LARGEST = 100_000_000


@dataclass(frozen=True)
class Finding:
    """What was found. `trouble` says why nothing was, and is empty otherwise."""

    trouble: str = ""
    text: bool = False
    """It is of a type `text/*`."""
    film: bool = False
    """It begins as an MP4 or MOV file does."""
    md5: str = ""
    size: int = 0


def on_loopback(url: str) -> bool:
    """Whether a URL leads to an address of this machine, written as a number or as `localhost`."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def look(url: str) -> Finding:
    """Reads what an http URL of this machine leads to. Redirects are not followed; they are trouble."""
    parts = urlsplit(url)
    if parts.scheme != "http":
        return Finding("only plain http is looked at")
    until = time.monotonic() + PATIENCE
    try:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
        try:
            connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
            return _read(connection.getresponse(), until)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Finding(f"it cannot be read ({type(error).__name__})")


def _read(response: http.client.HTTPResponse, until: float) -> Finding:
    if response.status != 200:
        return Finding(f"it answers with HTTP {response.status}")
    if response.headers.get_content_type().startswith("text/"):
        return Finding(text=True)
    data = bytearray()
    while chunk := response.read1(65536):
        data += chunk
        if time.monotonic() > until or len(data) > LARGEST:
            return Finding("it does not end in time")
    if response.length:
        return Finding("it breaks off")
    digest = response.headers.get("Content-MD5")
    if digest is not None and digest.strip() != base64.b64encode(_md5(bytes(data))).decode():
        return Finding("its Content-MD5 is another")
    return Finding(film=begins_as_film(bytes(data)), md5=_md5(bytes(data)).hex(), size=len(data))


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
