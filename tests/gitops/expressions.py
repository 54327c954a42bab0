"""Expressions of workflow files: the part of the language that our files use; anything else is an error, not a guess.

Source: GitHub's reference of expressions: `==` ignores the case of texts, `&&` and `||` give one of their sides, what
is not there is null, and null in a text is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+)|(?P<name>[A-Za-z_][\w-]*(?:\.[\w-]+)*)|(?P<sign>&&|\|\||==|!=|[!(),]))"
)
_HOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_STATUS = {"always", "success", "failure", "cancelled"}


def fill(text: str, contexts: Mapping[str, Any]) -> str:
    """The text with every `${{ … }}` replaced."""
    return _HOLE.sub(lambda hole: shown(value(hole[1], contexts)), text)


def given(raw: object, contexts: Mapping[str, Any]) -> Any:
    """A value of a file: one whole expression keeps its type."""
    if not isinstance(raw, str):
        return raw
    whole = _HOLE.fullmatch(raw.strip())
    return value(whole[1], contexts) if whole else fill(raw, contexts)


def condition(raw: object, contexts: Mapping[str, Any], *, failed: bool) -> bool:
    """An `if:`. Without a word about the status it means: and nothing has failed."""
    if raw is None:
        return not failed
    text = str(raw).strip()
    whole = _HOLE.fullmatch(text)
    inner = whole[1] if whole else text
    functions = {"always": True, "success": not failed, "failure": failed, "cancelled": False}
    found = _true(value(inner, {**contexts, "()": functions}))
    told = any(f"{name}()" in inner for name in _STATUS)
    return found and (told or not failed)


def shown(found: Any) -> str:
    """A value inside a text."""
    if found is None:
        return ""
    return str(found).lower() if isinstance(found, bool) else str(found)


def value(text: str, contexts: Mapping[str, Any]) -> Any:
    """What an expression comes to."""
    reader = _Reader(text, contexts)
    found = reader.either()
    reader.end()
    return found


def _true(found: Any) -> bool:
    return found not in (None, False, "", 0)


class _Reader:
    def __init__(self, text: str, contexts: Mapping[str, Any]) -> None:
        self._contexts = contexts
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            assert match, f"not understood: {text[at:]!r}"
            self._tokens.append((str(match.lastgroup), match[match.lastgroup or ""]))
            at = match.end()

    def end(self) -> None:
        assert not self._tokens, f"left over: {self._tokens}"

    def either(self) -> Any:
        found = self._both()
        while self._take("||"):
            other = self._both()
            found = found if _true(found) else other
        return found

    def _both(self) -> Any:
        found = self._equal()
        while self._take("&&"):
            other = self._equal()
            found = other if _true(found) else found
        return found

    def _equal(self) -> Any:
        found = self._one()
        while (sign := self._take("==", "!=")) is not None:
            other = self._one()
            same = _folded(found) == _folded(other)
            found = same if sign == "==" else not same
        return found

    def _one(self) -> Any:
        if self._take("!"):
            return not _true(self._one())
        if self._take("("):
            found = self.either()
            assert self._take(")")
            return found
        kind, text = self._tokens.pop(0)
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return int(text)
        assert kind == "name", text
        if text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        if text == "contains":
            assert self._take("(")
            whole = self.either()
            assert self._take(",")
            part = self.either()
            assert self._take(")")
            return _folded(part) in _folded(whole)
        if self._take("("):
            assert self._take(")"), f"{text} takes nothing here"
            return self._contexts["()"][text]
        return self._path(text)

    def _path(self, text: str) -> Any:
        names = text.split(".")
        assert names[0] in self._contexts, f"there is no context {names[0]}"
        found: Any = self._contexts
        for name in names:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    def _take(self, *signs: str) -> str | None:
        if self._tokens and self._tokens[0][0] == "sign" and self._tokens[0][1] in signs:
            return self._tokens.pop(0)[1]
        return None


def _folded(found: Any) -> Any:
    return "" if found is None else found.lower() if isinstance(found, str) else found
