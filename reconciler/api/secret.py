"""The access token: opened by the transport only, printable by nobody."""

from __future__ import annotations

import base64
import json
from collections.abc import MutableMapping
from pathlib import Path
from urllib.parse import quote

from reconciler.errors import Credentials, Finding

_VARIABLE = "TIKTOK_ACCESS_TOKEN"
_FILE_VARIABLE = "TIKTOK_ACCESS_TOKEN_FILE"
SHORTEST = 16
"""Characters. What is shorter may be a common word: looked for in texts it would hide them. It is neither looked for
nor sent to any host but this machine."""
_MARK = b"[access token]"


class Secret:
    """A value that must not be shown. `repr` and `str` hide it, and it cannot be pickled. `source`: who gave it."""

    __slots__ = ("_forms", "_value", "source")

    def __init__(self, value: str, source: str = "") -> None:
        self._value, self.source = value, source
        raw = value.encode()
        forms = {raw, quote(value, safe="").encode(), json.dumps(value)[1:-1].encode(), base64.b64encode(raw)}
        self._forms = sorted(forms, key=len, reverse=True) if self.long else []

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")

    def reveal(self) -> str:
        """The value itself, for the header."""
        return self._value

    @property
    def long(self) -> bool:
        """Whether it can be told from ordinary text."""
        return len(self._value) >= SHORTEST

    @property
    def searched(self) -> str | None:
        """The value that may stand in no file; None for one that ordinary text may hold by chance."""
        return self._value if self.long else None

    def within(self, text: str) -> bool:
        """Whether the text holds the value, plain or encoded."""
        data = text.encode(errors="surrogatepass")
        return any(form in data for form in self._forms)

    def remove(self, data: bytes) -> bytes:
        """The data with a mark that says what stood there, in place of every form of the value."""
        for form in self._forms:
            if form in data:
                data = data.replace(form, _MARK)
        return data


def take_token(environment: MutableMapping[str, str]) -> Secret | None:
    """The token from the environment, taken out of it so that no child process inherits it; None when there is none.

    Raises Credentials when the file named cannot be read or what it holds cannot be a token.
    """
    value, source = environment.pop(_VARIABLE, "").strip(), _VARIABLE
    file = environment.get(_FILE_VARIABLE, "").strip()
    if not value and file:
        source = f"the file that {_FILE_VARIABLE} names"
        try:
            value = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            message = f"the file that {_FILE_VARIABLE} names cannot be read: {why}"
            raise Credentials(Finding("R601", message, hint="check its path and permissions")) from error
        if not value:
            raise Credentials(Finding("R601", f"{source} is empty", hint="write the access token into it"))
    return token_of(value, source) if value else None


def token_of(text: str, source: str) -> Secret:
    """The token that a source gave. Raises Credentials for what cannot be one."""
    value = text.strip()
    if not value.isascii() or not value.isprintable() or " " in value:
        raise Credentials(
            Finding("R601", "the access token holds spaces or characters no token has", hint="set it anew")
        )
    return Secret(value, source)
