"""What a file that cannot be read seems to declare, so that a reference into it is not a second mistake.

It looks at lines alone and names too much rather than too little: what it finds is believed only where a reference
would otherwise be reported.
"""

from __future__ import annotations

import codecs
import re

from reconciler.kinds.registry import BY_TITLE, KINDS
from reconciler.manifest.document import unify
from reconciler.model import Address

_BEGIN = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)
_LINE = r"""^[ \t]*["']?{}["']?[ \t]*:[ \t]*["']?([A-Za-z0-9-]+)"""
_KIND = re.compile(_LINE.format("kind"), re.MULTILINE)
_NAME = re.compile(_LINE.format("name"), re.MULTILINE)


def glimpse(data: bytes) -> set[Address]:
    """Every address that a document of the file may have: each of its names under each of its kinds."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = unify(data.decode("utf-16" if wide else "utf-8", "replace"))
    found: set[Address] = set()
    for document in _BEGIN.split(text):
        titles = [BY_TITLE[one].short for one in _KIND.findall(document) if one in BY_TITLE]
        found |= {Address(kind, name) for kind in titles or KINDS for name in _NAME.findall(document)}
    return found
