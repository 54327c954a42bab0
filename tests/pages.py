"""What pages of the documentation list out of the code; `tests/test_docs.py` writes it there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from reconciler.contracts.registry import CONTRACTS
from reconciler.kinds.registry import KINDS
from reconciler.kinds.schema import manifest_schema
from tests.test_architecture import PURE, ROOMS, room, trees

DEFINITIONS: Mapping[str, Any] = manifest_schema()["definitions"]


def _cell(text: str) -> str:
    """Inside backticks a page shows `&lt;` as it stands; elsewhere `<` may begin a tag."""
    parts = text.replace("|", "\\|").replace("\n", " ").split("`")
    return "`".join(part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts))


def row(*cells: str) -> str:
    """One row of a table."""
    return f"| {' | '.join(map(_cell, cells))} |\n"


def value(part: Mapping[str, Any]) -> str:
    """What may stand in a field, from its schema."""
    if "$ref" in part:
        inner = DEFINITIONS[part["$ref"].rpartition("/")[2]]["properties"]
        return f"mapping of {', '.join(f'`{name}`' for name in inner)}"
    if "enum" in part:
        return ", ".join(part["enum"])
    if part.get("type") == "array":
        return f"list: {value(part['items'])}"
    if part.get("type") == ["number", "string"]:
        return "money"
    if "anyOf" in part:
        return " or ".join(value(one) for one in part["anyOf"])
    pattern = part.get("pattern", "")
    if pattern.startswith("^[0-9]{1,"):
        return "id, in quotes"
    if pattern.startswith("^[0-9]{4}"):
        return "time, in quotes"
    told = part.get("type", "string")
    return "URL" if pattern.startswith("^http") else WORDS[told[0] if isinstance(told, list) else told]


WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "mapping"}


def object_fields(short: str) -> Iterator[str]:
    """The fields of a kind that contracts have rows for, and what each contract makes of them."""
    kind = KINDS[short]
    spec = DEFINITIONS[kind.manifest.spec_model().__name__]
    bindings = {name: told.bindings[short] for name, told in CONTRACTS.items() if short in told.bindings}
    yield row("field", "contract", "required", "value", "", "fixed after creation") + "|---|---|---|---|---|---|\n"
    for name, part in spec["properties"].items():
        if name == "extra":
            continue
        rows = {contract: one.field.get(name) for contract, one in bindings.items()}
        if name in kind.nested:
            # An object whose own fields have the rows.
            leaves = [one for one in kind.types if one.startswith(f"{name}.")]
            rows = {contract: next((each.field[one] for one in leaves if one in each.field), None)
                    for contract, each in bindings.items()}  # fmt: skip
        if mark := kind.named.get((name,)):
            # A name goes where the id goes that it stands for.
            rows = {contract: one.field.get((*mark.instead, name)[0]) for contract, one in bindings.items()}
            rows = {contract: replace(one, required=False) if one else None for contract, one in rows.items()}
        own = [contract for contract, one in rows.items() if (one and one.ours) or name == kind.parent_field]
        needed = [contract for contract, one in rows.items() if one and one.required]
        how = {contract: one.changing if one else "fixed" for contract, one in rows.items() if contract in own}
        yield row(
            f"`{name}`",
            _of(own, bindings),
            "yes" if name in spec.get("required", ()) else _of(needed, own),
            value(part),
            part["description"],
            "; ".join(
                [
                    *filter(None, [_of([contract for contract, one in how.items() if one == "fixed"], own)]),
                    *(f"can only be cleared in `{contract}`" for contract, one in how.items() if one == "emptied"),
                ]
            ),
        )


def _of(some: list[str], every: list[str] | Mapping[str, Any]) -> str:
    """Contracts as a cell: `yes` where it is all of them."""
    return "yes" if len(some) == len(every) else ", ".join(f"`{one}`" for one in some)


def plain_fields(model: str) -> Iterator[str]:
    """The fields of what no contract has rows for."""
    spec = DEFINITIONS[model]
    yield row("field", "required", "value", "default", "") + "|---|---|---|---|---|\n"
    for name, part in spec["properties"].items():
        if name != "extra":
            default = str(part.get("default", "")).lower()
            needed = "yes" if name in spec.get("required", ()) else ""
            yield row(f"`{name}`", needed, value(part), default, part["description"])


def rooms() -> Iterator[str]:
    """The rooms from the top down."""
    yield row("room", "modules", "pure") + "|---|---|---|\n"
    for one in ROOMS[1:]:
        count = sum(room(name) == one for name in trees() if "." in name)
        yield row(f"`{one}/`", str(count), "yes" if one in PURE else "")


def modules() -> Iterator[str]:
    """Every module with the first sentence of its docstring, by room."""
    for one in ("", *ROOMS[1:]):
        yield f"\n### {f'`{one}/`' if one else 'Nouns, which every room may know'}\n\n"
        yield row("module", "") + "|---|---|\n"
        for name, tree in trees().items():
            said = ast.get_docstring(tree) or ""
            if name not in ("", "__main__") and room(name) == one and (name != one or "." in name):
                yield row(f"`{name}`", said.partition("\n\n")[0].replace("\n", " "))
    yield "\n"
