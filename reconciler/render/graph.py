"""What refers to what, as text, as Mermaid and as DOT: the same resources and references in each, in one order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Resource
from reconciler.render.json import FORMAT
from reconciler.text import clean

GraphFormat = Literal["text", "mermaid", "dot"]
GRAPH_FORMATS: tuple[GraphFormat, ...] = get_args(GraphFormat)
_NOT_PLAIN = re.compile(r"[^\w ./-]")


class Edge(NamedTuple):
    """`source` names `target` in its field."""

    source: Address
    field: str
    target: Address


def _sorted(desired: Mapping[Address, Resource]) -> list[Resource]:
    """In the order of plans: kinds by rank, then by name."""
    return sorted(desired.values(), key=lambda one: (KINDS[one.address.kind].rank, one.address.name))


def _edges(resources: list[Resource]) -> list[Edge]:
    """Every reference; those of a list are sorted by their place in it."""
    found = []
    for one in resources:
        fields = sorted(one.refs, key=lambda name: [(not part.isdigit(), int(part) if part.isdigit() else 0, part)
                                                    for part in name.split(".")])  # fmt: skip
        found += [Edge(one.address, name, one.refs[name]) for name in fields]
    return found


def document(desired: Mapping[Address, Resource]) -> dict[str, Any]:
    """`graph --json`."""
    resources = _sorted(desired)
    return {
        "format_version": FORMAT,
        "resources": [
            {
                "address": str(one.address),
                "name": one.name,
                "source": {"file": one.source.file, "line": one.source.line},
            }
            for one in resources
        ],
        "references": [
            {"from": str(one.source), "field": one.field, "to": str(one.target)} for one in _edges(resources)
        ],
    }


def graph(desired: Mapping[Address, Resource], form: GraphFormat) -> str:
    """The picture in this format, without a line feed at its end."""
    resources = _sorted(desired)
    return {"text": _text, "mermaid": _mermaid, "dot": _dot}[form](resources, _edges(resources))


def _label(one: Resource) -> tuple[str, ...]:
    """The address, and below it the name in Ads Manager where that is another."""
    return (str(one.address),) if one.name == one.address.name else (str(one.address), one.name)


def _text(resources: list[Resource], edges: list[Edge]) -> str:
    lines = []
    for one in resources:
        lines.append(clean("  ".join(_label(one))))
        lines += [f"  {edge.field} → {edge.target}" for edge in edges if edge.source == one.address]
    return "\n".join(lines)


def _mermaid(resources: list[Resource], edges: list[Edge]) -> str:
    numbers = {one.address: f"n{number}" for number, one in enumerate(resources)}
    lines = ["flowchart LR"]
    lines += [f'  {numbers[one.address]}["{"<br/>".join(map(_entity, _label(one)))}"]' for one in resources]
    lines += [
        f'  {numbers[one.source]} -->|"{_entity(one.field)}"| {numbers[one.target]}'
        for one in edges
        if one.target in numbers
    ]
    return "\n".join(lines)


def _entity(text: str) -> str:
    """Mermaid has no escape but the number of a character: `#34;` for a double quote."""
    return _NOT_PLAIN.sub(lambda match: f"#{ord(match[0])};", clean(text))


def _dot(resources: list[Resource], edges: list[Edge]) -> str:
    lines = ["digraph reconciler {", "  rankdir=LR;", "  node [shape=box];"]
    for one in resources:
        label = r"\n".join(map(_backslashed, _label(one)))
        lines.append(f'  "{_backslashed(str(one.address))}" [label="{label}"];')
    lines += [
        f'  "{_backslashed(str(one.source))}" -> "{_backslashed(str(one.target))}" [label="{_backslashed(one.field)}"];'
        for one in edges
    ]
    return "\n".join([*lines, "}"])


def _backslashed(text: str) -> str:
    return clean(text).replace("\\", "\\\\").replace('"', '\\"')
