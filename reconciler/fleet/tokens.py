"""Access tokens by group: opened where a command needs them, and kept in this process alone, for ten minutes."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import MutableMapping
from pathlib import Path

from reconciler.api.secret import Secret, token_of
from reconciler.errors import Credentials, Finding
from reconciler.fleet.file import Group
from reconciler.workflow.origin import shown

_SECONDS = 10.0
_LIVES = 600.0
"""Seconds after which a token is opened again: a worker lives for long, and tokens are changed."""
_HINT = "see `token:` of its group in fleet.yaml"


class Tokens:
    """The tokens of a fleet's groups. Those that stand in the environment are taken out of it at once."""

    def __init__(self, root: Path, groups: list[Group], environment: MutableMapping[str, str]) -> None:
        self._root, self._groups = root, groups
        named = {one.token.env for one in groups if one.token.env}
        self._found = {name: environment.pop(name, "") for name in named}
        self._opened: dict[int, tuple[Secret, float]] = {}
        self._lock = threading.Lock()

    def of(self, number: int) -> Secret:
        """The token of the group of this number. Raises Credentials."""
        with self._lock:
            known = self._opened.get(number)
            if known is None or time.monotonic() - known[1] > _LIVES:
                self._opened[number] = known = (self._open(number), time.monotonic())
            return known[0]

    def forget(self, number: int) -> None:
        """It was refused: the next time it is opened anew, for somebody may have mended it."""
        with self._lock:
            self._opened.pop(number, None)

    def without(self, text: str) -> str:
        """A text from outside as it may be recorded: without any token that is at hand, and not endless."""
        held = [Secret(one.strip()) for one in self._found.values() if one.strip()]
        with self._lock:
            held += [one for one, _ in self._opened.values()]
        for one in held:
            text = shown(text, one)
        return shown(text, None)

    def _open(self, number: int) -> Secret:
        source = self._groups[number].token
        if source.env:
            return self._made(self._found[source.env], f"the variable {source.env}")
        if source.file:
            try:
                return self._made((self._root / source.file).read_text("utf-8"), f"the file {source.file}")
            except (OSError, UnicodeDecodeError) as error:
                message = f"the file {source.file}, which holds a token, cannot be read"
                raise Credentials(Finding("R601", message, hint="check its path and permissions")) from error
        return self._made(self._told(source.command), f"the command {source.command[0]}")

    def _told(self, command: list[str]) -> str:
        try:
            ended = subprocess.run(  # noqa: S603 - the fleet's own file names the command
                command, cwd=self._root, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            why = f"took more than {_SECONDS:.0f} s"
        except OSError as error:
            why = f"cannot be run: {error.strerror}"
        else:
            if ended.returncode == 0:
                return ended.stdout.decode("utf-8", "replace")
            why = f"ended with {ended.returncode}"
        message = f"the command {command[0]}, which prints a token, {why}"
        raise Credentials(Finding("R601", message, hint="run it yourself to see why"))

    @staticmethod
    def _made(text: str, source: str) -> Secret:
        if not text.strip():
            raise Credentials(Finding("R601", f"{source} holds no access token", hint=_HINT))
        return token_of(text, source)
