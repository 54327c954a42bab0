"""The house's rules, read from the source: layers, purity, one door each, sizes, names, codes, lazy start."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.codes import CODES

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "reconciler"
FILES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

# Room → layer; a longer name wins over its folder's. Imports point down or sideways, never up.
LAYERS = {
    "": 0, "errors": 0, "codes": 0, "model": 0, "world": 1,
    # The order of kinds and the normal form of values are below the kinds that use them.
    "canonical": 1, "order": 1,
    "kinds": 1, "contracts": 1, "simulator": 1,
    "manifest": 2, "diff": 2, "state": 2, "review": 2, "api": 2,
    # What every text from outside passes before it is shown; YAML positions use its table of characters.
    "render.clean": 1,
    "assets": 3, "desired": 3, "plan": 3, "removal": 3, "selection": 3, "policy": 3, "generations": 3,
    "difference": 3, "remainder": 3,
    "reports": 4, "audiences": 4, "diagnosis": 4,
    "live": 4, "actions": 4, "render": 4, "saved": 4, "resolver": 4,
    "refresh.step": 4, "refresh.artifact": 4, "refresh.mp4": 4,
    "executor": 5, "effect": 5, "library": 5, "settle": 5, "readback": 5, "refresh": 5,
    "workflow": 6, "ci": 6,
    "cli": 7, "__main__": 7,
}  # fmt: skip
PURE = ("assets", "canonical", "diff", "order", "desired", "plan", "removal", "selection", "policy", "actions",
        "generations", "kinds", "contracts", "difference", "remainder", "saved", "ci.commands", "ci.marker",
        "render.clean", "render.rows", "render.text", "render.documents", "render.facts", "render.plain",
        "render.markdown", "render.difference",
        "render.table", "render.chart", "api.returned", "diagnosis")  # fmt: skip
IMPURE = {"os", "time", "random", "socket", "pathlib", "logging", "threading", "subprocess", "shutil", "tempfile"}
SEAMED = (
    "executor",
    "effect",
    "library",
    "readback",
    "resolver",
    "settle",
    "state.journal",
    "state.ledger",
    "state.fold",
    "state.history",
    "refresh.step",
)
WORLDLY = {"time", "random", "os", "socket", "threading"}
LAZY = ("requests", "pydantic", "deepdiff", "rich", "yaml", "werkzeug", "jinja2")


def name_of(path: Path) -> str:
    """`state.fold` for reconciler/state/fold.py; "" for the package itself."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {name_of(path): path.read_text(encoding="utf-8") for path in FILES}
TREES = {name: ast.parse(source) for name, source in SOURCES.items()}


def layer(name: str) -> int:
    """The layer of a module: its own, or that of the nearest folder above it."""
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        if (found := LAYERS.get(".".join(parts[:size]))) is not None:
            return found
    raise AssertionError(f"{name} has no layer: put it into the table, and into the house's")


def typing_only(tree: ast.Module) -> set[ast.AST]:
    """Everything below `if TYPE_CHECKING:`: it is never executed."""
    return {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }


def imported(name: str) -> Iterator[str]:
    """Every module that a module imports, at its top or inside a function; ours without `reconciler.`."""
    tree = TREES[name]
    skipped = typing_only(tree)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole.removeprefix("reconciler.") in SOURCES else str(node.module)


def ours(name: str) -> set[str]:
    """Our own modules that a module imports."""
    found = {one for one in imported(name) if one == "reconciler" or one.startswith("reconciler.")}
    return {one.removeprefix("reconciler").removeprefix(".") for one in found}


def roots(name: str) -> set[str]:
    """The top-level names of everything a module imports."""
    return {one.partition(".")[0] for one in imported(name)}


def inside(name: str, rooms: tuple[str, ...]) -> bool:
    """Whether a module is one of the rooms or in one."""
    return any(name == room or name.startswith(room + ".") for room in rooms)


@pytest.mark.parametrize("name", SOURCES)
def test_imports_point_down(name: str) -> None:
    """A room knows the rooms below it and beside it, never one above."""
    assert {one: layer(one) for one in ours(name) if layer(one) > layer(name)} == {}


def test_no_cycle_between_modules() -> None:
    """Beside each other is allowed, in a circle is not."""
    graph = {name: ours(name) - {name} for name in SOURCES}
    while free := [name for name, needs in graph.items() if not needs & graph.keys()]:
        for name in free:
            del graph[name]
    assert sorted(graph) == []


@pytest.mark.parametrize("name", [one for one in SOURCES if inside(one, ("simulator",))])
def test_the_simulator_is_an_independent_witness(name: str) -> None:
    """It shares nothing with what it judges."""
    assert {one for one in ours(name) if not inside(one, ("simulator",))} == set()


@pytest.mark.parametrize("name", [one for one in SOURCES if not inside(one, ("simulator", "cli", "workflow"))])
def test_the_engine_does_not_know_the_simulator(name: str) -> None:
    """Nothing falls back to it by itself."""
    assert not any(inside(one, ("simulator",)) for one in ours(name))


@pytest.mark.parametrize("name", [one for one in SOURCES if inside(one, PURE)])
def test_pure_rooms_touch_nothing(name: str) -> None:
    """No file, network, clock, randomness, environment, logging."""
    assert roots(name) & IMPURE == set()


@pytest.mark.parametrize("name", [one for one in SOURCES if inside(one, SEAMED)])
def test_the_world_is_a_parameter(name: str) -> None:
    """What decides about writes can be run on a virtual clock and a failing disk."""
    assert roots(name) & WORLDLY == set()


def test_one_door_for_each_library() -> None:
    """Deepdiff is for the differ alone; the network is for the transports, GitHub's client and the demo's stranger."""
    users = {library: {name for name in SOURCES if library in roots(name)} for library in ("deepdiff", "requests")}
    assert users["deepdiff"] == {"diff"}
    assert users["requests"] <= {"api.transport", "api.fetch", "ci.github", "workflow.demo"}


def test_only_the_command_line_prints_and_exits() -> None:
    """Everything else returns values or raises."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in ("print", "exit", "quit"))
            or (isinstance(node.func, ast.Attribute) and ast.unparse(node.func) in ("sys.exit", "os._exit"))
        )
    ]
    assert [one for one in found if not one.startswith(("cli.main:", "cli.output:", "simulator.server:"))] == []


@pytest.mark.parametrize("name", SOURCES)
def test_size(name: str) -> None:
    """A file near 100 lines is comfortable; 400 is a defect."""
    assert SOURCES[name].count("\n") <= 400


def test_no_room_for_leftovers() -> None:
    """A module is named after what it does."""
    leftovers = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    assert [name for name in SOURCES if leftovers & set(name.split("."))] == []


def test_every_module_says_what_it_is_for() -> None:
    """The first line of each is a sentence."""
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree) and name != "__main__"] == []


def test_codes() -> None:
    """Every code that is used is explained, and every one that is explained is used."""
    used = {code for name, source in SOURCES.items() if name != "codes" for code in re.findall(r"\bR\d{3}\b", source)}
    assert used - CODES.keys() == set()
    assert CODES.keys() - used == set()
    assert all(title and text and text.endswith((".", "`", ")")) for title, text in CODES.values())


def test_nothing_is_left_to_do() -> None:
    """Open ends belong into the tracker."""
    marks = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    assert [name for name, source in SOURCES.items() if marks.search(source)] == []


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_a_start_without_heavy_imports(option: str) -> None:
    """Help and version load nothing that only commands need."""
    program = (
        "import sys\nfrom reconciler.cli.main import main\ntry:\n    main([sys.argv[1]])\nexcept SystemExit as end:\n"
        "    assert not end.code\nsys.stderr.write(' '.join(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", program, option], capture_output=True, text=True, check=True)
    assert ended.stdout
    assert set(ended.stderr.split()) & set(LAZY) == set()


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_test_is_a_sentence(path: Path) -> None:
    """Its docstring says what holds."""
    silent = [
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []
