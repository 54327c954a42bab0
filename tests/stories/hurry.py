"""A World in which waiting takes no time: a sleep moves the simulator's clock and ours forward by as much.

Every simulated account that a story knows has one such World, which all workspaces of the account share: machines whose
clocks agree. A clock that the story moves by hand is the server's alone, as that of a server that goes wrong.
"""

from __future__ import annotations

import json
import threading
from http.client import HTTPConnection, HTTPException
from typing import Any

from reconciler.world import InOrder, SystemWorld


class HurriedWorld(InOrder, SystemWorld):
    """The world as it is, but for the seconds that were slept through: they pass at once, here and on the server."""

    def __init__(self, url: str, ago: float = 0) -> None:
        super().__init__()
        self._url = url
        self._slept = -ago
        self._moving = threading.Lock()

    def now(self) -> float:
        return super().now() + self._slept

    def monotonic(self) -> float:
        return super().monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        """Threads that sleep at the same time share the seconds, as they would."""
        until = self.monotonic() + seconds
        with self._moving:
            left = until - self.monotonic()
            if left > 0:
                self._slept += left
                self._advance(left)

    def _advance(self, seconds: float) -> None:
        try:
            operate(self._url, "clock", {"advance": seconds})
        except (OSError, HTTPException):
            # A server that is gone has no clock to move.
            return


def operate(url: str, name: str, body: object = None) -> Any:
    """One call of the operator of the simulator at this address. Numbers of the answer are texts, digit for digit."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=20)
    try:
        method, data = ("GET", None) if body is None else ("POST", json.dumps(body))
        connection.request(method, f"/_simulator/{name}", data)
        answer = connection.getresponse()
        said = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(f"the operator is told {answer.status}: {said.decode(errors='replace')}")
    return json.loads(said, parse_float=str, parse_int=str)


_WORLDS: dict[str, HurriedWorld] = {}


def open_world(url: str, ago: float = 0) -> None:
    """From now on there is a World for the account at this address; one that is there stays. It begins so many seconds
    before the present."""
    _WORLDS.setdefault(url, HurriedWorld(url, ago))


def close_world(url: str) -> None:
    """The server has gone, and its address may be another one's soon."""
    _WORLDS.pop(url, None)


def world_of(url: str) -> SystemWorld:
    """The World of the account at this address; where no simulated account is, the real one."""
    return _WORLDS.get(url) or SystemWorld()
