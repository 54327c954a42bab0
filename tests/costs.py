"""What the house costs: rooms, arrows, and the files that a field, a kind or a contract touches.

`python -m tests.costs` prints the table; `tests/test_costs.py` holds every number to what it is today. What is counted
is code that a person writes: no schema, no generated page, no test but the tables of values that fields are tried with.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.test_architecture import ROOMS, ROOT, SOURCES, ours, trees

BEFORE: Mapping[str, int] = {"rooms": 41, "arrows between rooms": 203}
"""What it was while every module stood at the root."""
SAMPLES = ROOT / "tests" / "stories" / "marketing" / "samples.py"
FIELDS = ("gender", "pacing")
"""A field of one contract that is like any other, and one that rules speak of."""
KIND, CONTRACT = "adgroup", "openapi"
COUNTED = "marketing"
"""The contract whose files count: each further one has files of its own."""


def house(name: str) -> str:
    """The room of a module, or the noun that it is."""
    return name.partition(".")[0]


def arrows() -> set[tuple[str, str]]:
    """From room to room: who imports whom."""
    found = {(house(name), house(one)) for name in SOURCES for one in ours(name) if name and one}
    return {(here, there) for here, there in found if here != there}


def upward() -> set[tuple[str, str]]:
    """The arrows that point up."""
    heights = {room: len(ROOMS) - height for height, room in enumerate(ROOMS)}
    return {(here, there) for here, there in arrows() if heights.get(there, 0) > heights.get(here, 0)}


def names(tree: ast.Module) -> Iterator[str]:
    """Every word that code says: texts that are values, names, keywords; no docstrings, no comments."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            # Some tables hold their names in one text.
            yield from node.value.split()
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.ImportFrom):
            yield from (node.module or "").split(".")


@cache
def said() -> dict[str, frozenset[str]]:
    """What each module of the package, and the table of values, says."""
    searched = {**trees(), "samples": ast.parse(SAMPLES.read_text("utf-8"))}
    return {name: frozenset(names(tree)) for name, tree in searched.items() if not _of_another_contract(name)}


def naming(word: str) -> list[Path]:
    """The files of the package, and of the table of values, whose code says this word."""
    return [Path(name.replace(".", "/") + ".py") for name, words in said().items() if word in words]


def _of_another_contract(name: str) -> bool:
    """Whether a module lies in the folder of a contract that is not the one counted here."""
    folders = name.split(".")[:-1]
    return len(folders) == 2 and folders[0] in ("contracts", "simulator") and folders[1] not in (COUNTED, CONTRACT)


def costs() -> dict[str, int]:
    """What is counted → how many."""
    found = {
        "rooms": len({house(name) for name in SOURCES if name}),
        "arrows between rooms": len(arrows()),
        "arrows upward": len(upward()),
    }
    found |= {f"files that name the field {field}": len(naming(field)) for field in FIELDS}
    found[f"files that name the kind {KIND}"] = len(naming(KIND))
    found[f"files that name the contract {CONTRACT}"] = len(naming(CONTRACT))
    return found


def main() -> None:
    """Print the table, and the files behind it."""
    told = costs()
    for what, count in told.items():
        before = f"  (before: {BEFORE[what]})" if what in BEFORE else ""
        print(f"{count:4}  {what}{before}")
    for word in (*FIELDS, KIND, CONTRACT):
        print(f"\n{word}:", *(f"  {path.as_posix()}" for path in naming(word)), sep="\n")


if __name__ == "__main__":
    main()
