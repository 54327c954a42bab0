"""Refuses every connection that leaves this machine: imported by the tests, and by each process they start.

It also spares each process to ask all the packages that only tests need for plugins of pydantic: a tenth of its start.

A process runs it at its start because its folder is on PYTHONPATH and Python looks for a module of this name.
"""

from __future__ import annotations

import os
import sys
from typing import Any

_HERE = ("127.0.0.1", "::1", "localhost")


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host: Any = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if host not in (None, "", *_HERE, b"127.0.0.1", b"localhost"):
        raise PermissionError(f"a test tried to reach {host!r}")


os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

# An audit hook sees the calls of every library, and nothing can take it away again.
sys.addaudithook(_guard)
