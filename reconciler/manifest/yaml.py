"""The strict YAML reader: from the bytes of a file to text, lists and mappings, and nothing else.

No scalar is interpreted here. `50`, `true` and `2026-01-01` stay the text that was written, as `Plain`, and the field
that takes the value decides what it means; so no amount passes through a float and no `no` becomes False.

Three passes, each for what the one before it leaves. `lines` takes files that are written plainly; `quick` takes every
file in which nothing is wrong or rare. Only then `careful` checks every rule at every node and collects all findings.
"""

from __future__ import annotations

import unicodedata

from reconciler.errors import Finding, Place
from reconciler.manifest import lines
from reconciler.manifest.document import FORBIDDEN, MAX_BYTES, MAX_NODES, Document, is_printable, unify


def read(file: str, data: bytes, secret: str | None = None) -> tuple[list[Document], list[Finding]]:
    """The documents of a file and everything that is wrong with it, at most 100 findings, sorted by place.

    `secret` is the access token: it may stand nowhere in the file, is named in no message and masked in every value.
    A document that cannot be read to its end is left out; one with findings may be there, to be checked further.
    """
    if len(data) > MAX_BYTES:
        message = f"{len(data):,} bytes, and at most {MAX_BYTES:,} are read"
        return [], [Finding("R108", message, Place(file, 1), hint="split the file: any number of files is fine")]
    try:
        text = unify(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        return [], [_not_utf8(file, data, error.start)]
    if not _needs_care(text, secret):
        # To look for one character first is many times faster than to look for two.
        is_open = "$" in text and "${" in text
        found = lines.documents(file, text, is_open=is_open)
        if found is None:
            # What is written plainly is read before a parser would be loaded.
            from reconciler.manifest import quick

            found = quick.documents(file, text, secret, is_open=is_open)
        if found is not None:
            return found, []
    from reconciler.manifest.careful import Careful

    return Careful(file, text, secret).read()


def _not_utf8(file: str, data: bytes, start: int) -> Finding:
    before = data[:start].rsplit(b"\n", 1)[-1].decode("utf-8")
    if start >= 3 and data.startswith(b"\xef\xbb\xbf") and b"\n" not in data[:start]:
        before = before[1:]
    hint = "save the file as UTF-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        hint = "the file is UTF-16: save it as UTF-8"
    place = Place(file, data.count(b"\n", 0, start) + 1, len(before) + 1)
    return Finding("R101", f"byte 0x{data[start]:02x} is not UTF-8", place, hint=hint)


def _needs_care(text: str, secret: str | None) -> bool:
    """Whether the text as a whole shows something that no pass but the careful one looks for at each scalar."""
    return bool(
        ("<" in text and "<<" in text)
        or ("%" in text and (text.startswith("%") or "\n%" in text))
        or text.count("\n") + text.count(",") > MAX_NODES
        or (secret and secret in text)
        # A tab is fine in quoted text but not in plain text.
        or (not is_printable(text) and ("\t" in text or FORBIDDEN.search(text)))
        # Every part of a normalised text is normalised too.
        or (not text.isascii() and not unicodedata.is_normalized("NFC", text))
    )
