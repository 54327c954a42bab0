"""A manifest file in one style, which says what it said before: read back and compared, or it is not given.

A document with an alias keeps the order of its keys, since an anchor must stand before what uses it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from reconciler.errors import Finding, Invalid, Place, ReconcilerError
from reconciler.kinds.order import key_order
from reconciler.manifest.document import Document, unify
from reconciler.manifest.layout import MARK, Unusual, Writer, squeezed
from reconciler.manifest.positions import Node, trees
from reconciler.manifest.yaml import read
from reconciler.model import Plain

_NOT_HERE = ("R113",)
"""What a reader refuses and no format is about: `${…}` is left as it stands."""
_MARKS = "'\",{}[]"
"""Signs that may come or go with quotes and spaces in flow collections."""


def formatted(file: str, data: bytes, secret: str | None = None) -> tuple[bytes, list[int]]:
    """(the file anew, the lines of the documents that stay as they are because of how they are laid out).

    Raises Invalid for a file that cannot be read, and ReconcilerError (R128) where the new text would not say the same.
    """
    documents = _read(file, data, secret)
    text = unify(data.decode("utf-8"))
    lines = text.removesuffix("\n").split("\n")
    roots = trees(file, text, {one.index for one in documents})
    written, at, left = list[str](), 0, list[int]()
    writer = Writer(lines)
    for number, document in enumerate(documents):
        root = roots[document.index]
        begin = root.place.line - 1
        following = roots[documents[number + 1].index].place.line - 1 if number + 1 < len(documents) else len(lines)
        try:
            made, behind = writer.document(root, _end(lines, root, following), *_order(document, root))
        except Unusual:
            left.append(document.line)
            continue
        written += [*squeezed(lines[at:begin], written[-1] if written else MARK, made[0]), *made]
        at = behind
    written += squeezed(lines[at:], written[-1] if written else MARK, MARK)
    fresh = _bytes(data, written)
    _compare(file, documents, data, fresh, secret)
    return fresh, left


def _read(file: str, data: bytes, secret: str | None) -> list[Document]:
    documents, findings = read(file, data, secret)
    wrong = [one for one in findings if one.code not in _NOT_HERE]
    if wrong:
        raise Invalid(many=wrong)
    return documents


def _order(document: Document, root: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    title = document.value.get("kind")
    if not isinstance(title, str) or _has_alias(root):
        return (), ()
    return key_order(title)


def _has_alias(node: Node) -> bool:
    return node.style == "alias" or any(_has_alias(child) for _, child in node.below.values())


def _end(lines: list[str], root: Node, following: int) -> int:
    """The first line behind a document's values that is neither empty nor a comment."""
    number = root.end[0] + 1
    while number < following and (not lines[number].strip() or lines[number].lstrip().startswith("#")):
        number += 1
    return number


def _bytes(data: bytes, lines: list[str]) -> bytes:
    """With the byte order mark and the line ends that the file had."""
    first = data.partition(b"\n")[0]
    end = "\r\n" if first.endswith(b"\r") else "\n"
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    return mark + "".join(line + end for line in lines).encode()


def _compare(file: str, documents: list[Document], data: bytes, fresh: bytes, secret: str | None) -> None:
    """Raises ReconcilerError unless both files say the same, comments included."""
    again, findings = read(file, fresh, secret)
    same = all(one.code in _NOT_HERE for one in findings) and [_told(one.value) for one in documents] == [
        _told(one.value) for one in again
    ]
    if not same or _signs(data) != _signs(fresh):
        hint = "nothing was written to it; please report it with the file"
        raise ReconcilerError(Finding("R128", f"{file} would not say the same", Place(file, 1), hint=hint))


def _told(value: Any) -> Any:
    """A value with what was quoted told from what was not."""
    if isinstance(value, dict):
        return {key: _told(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_told(one) for one in value]
    return (isinstance(value, Plain), str(value))


def _signs(data: bytes) -> Counter[str]:
    """How often each sign stands in a file: no comment is lost on the way."""
    found = Counter(unify(data.decode("utf-8")))
    for sign in (*_MARKS, *" \t\n"):
        del found[sign]
    return found
