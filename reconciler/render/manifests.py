"""Rendered documents: as manifests that mean the same, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from reconciler.kinds.fields import INTEGER
from reconciler.manifest.document import Document
from reconciler.manifest.problems import address_of
from reconciler.manifest.template import escaped
from reconciler.model import Plain, Source
from reconciler.render.json import FORMAT
from reconciler.text import clean

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)


def text(documents: Sequence[Document]) -> str:
    """Manifests, each below a comment with its place in the files."""
    return "---\n".join(f"# {clean(str(_source(one)))}\n" + "".join(_lines(one.value, "")) for one in documents)


def _lines(value: Any, indent: str) -> Iterator[str]:
    """A mapping or a list, one line a scalar."""
    items = value.items() if isinstance(value, dict) else ((None, one) for one in value)
    for key, one in items:
        begin = f"{indent}-" if key is None else f"{indent}{_key(key)}:"
        if isinstance(one, dict | list) and one:
            inner = list(_lines(one, indent + "  "))
            if key is None:
                # The first line of what is in a list stands behind its hyphen.
                yield f"{begin} {inner[0][len(indent) + 2 :]}"
                yield from inner[1:]
            else:
                yield f"{begin}\n"
                yield from inner
        else:
            yield f"{begin} {_scalar(one)}".rstrip() + "\n"


def _key(key: str) -> str:
    return key if _KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _scalar(value: Any) -> str:
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    written = escaped(value)
    return written if isinstance(value, Plain) else json.dumps(written, ensure_ascii=False)


def document(documents: Sequence[Document]) -> dict[str, Any]:
    """`render --json`. Decimals are text, so that no digit is lost."""
    return {"format_version": FORMAT, "documents": [_document(one) for one in documents]}


def _document(one: Document) -> dict[str, Any]:
    return {
        "address": address_of(one),
        "kind": one.value.get("kind"),
        "name": one.value.get("name"),
        "spec": _typed(one.value.get("spec")),
        "source": _source(one).as_json(),
    }


def _source(one: Document) -> Source:
    return Source(one.file, one.line, one.use)


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _typed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_typed(one) for one in value]
    if isinstance(value, Plain) and value in ("true", "false"):
        return value == "true"
    return int(value) if isinstance(value, Plain) and INTEGER.fullmatch(value) else value
