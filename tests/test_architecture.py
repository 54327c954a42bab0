"""The house's rules, read from the source: layers, purity, one door each, sizes, names, codes, lazy start."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from reconciler.codes import CODES
from reconciler.kinds.registry import KINDS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "reconciler"
FILES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

# The rooms from the top down: imports point down, or stay inside their room.
ROOMS = (
    "__main__", "cli", "ci", "fleet", "workflow", "apply", "account", "render", "plan", "postgres", "state", "manifest",
    "api", "contracts", "kinds", "simulator",
)  # fmt: skip
NOUNS = ("", "model", "allowance", "renewed", "errors", "codes", "world", "canonical", "text")
"""What every room may know, in modules of their own below all rooms."""
PURE = ("plan", "render", "kinds", "contracts", "canonical", "text", "model", "ci.commands", "ci.marker", "ci.question",
        "ci.spoken", "ci.verdict", "api.returned", "state.variants")  # fmt: skip
IMPURE = {"os", "time", "random", "socket", "pathlib", "logging", "threading", "subprocess", "shutil", "tempfile",
          "requests", "uuid", "secrets"}  # fmt: skip
SEAMED = ("apply", "account", "state.journal", "state.ledger", "state.fold", "state.history", "state.variants")
WORLDLY = {"time", "random", "os", "socket", "threading"}
OPENING = {"read_bytes", "read_text", "write_bytes", "write_text", "rglob", "glob", "iterdir", "copyfile", "mkstemp"}
OPENS_NONE = (
    "simulator",
    "ci",
    "api.secret",
    "fleet.plans",
    "fleet.tokens",
    "postgres.engine",
    "postgres.migrate",
    "render.html",
    "cli.schema",
    "cli.output",
    "workflow.demo",
)
"""What they open was named by the environment, the command line or the package itself."""
LAZY = (
    "psycopg", "procrastinate", "requests", "pydantic", "deepdiff", "rich", "yaml", "werkzeug", "jinja2", "msgspec",
)  # fmt: skip


def name_of(path: Path) -> str:
    """`state.fold` for reconciler/state/fold.py; "" for the package itself."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {name_of(path): path.read_text(encoding="utf-8") for path in FILES}


@cache
def trees() -> dict[str, ast.Module]:
    """Every module, parsed: by the process that asks, not by each that collects tests."""
    return {name: ast.parse(source) for name, source in SOURCES.items()}


def room(name: str) -> str:
    """The room a module stands in; "" for the nouns below all rooms."""
    first = name.partition(".")[0]
    if first in NOUNS:
        return ""
    assert first in ROOMS, f"{name} stands in no room: put it into one, or the room into the house"
    return first


def typing_only(tree: ast.Module) -> set[ast.AST]:
    """Everything below `if TYPE_CHECKING:`: it is never executed."""
    return {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }


@cache
def imported(name: str) -> frozenset[str]:
    """Every module that a module imports, at its top or inside a function; ours without `reconciler.`."""
    return frozenset(_imported(name))


def _imported(name: str) -> Iterator[str]:
    tree = trees()[name]
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


def reach(name: str) -> set[str]:
    """A module and everything it imports, directly or through others."""
    found, left = set[str](), [name]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += ours(one)
    return found


def inside(name: str, rooms: tuple[str, ...]) -> bool:
    """Whether a module is one of the rooms or in one."""
    return any(name == room or name.startswith(room + ".") for room in rooms)


def test_imports_point_down() -> None:
    """A room knows itself and the rooms below it, never one above."""
    heights = {one: height for height, one in enumerate((*reversed(ROOMS), ""))} | {"": -1}
    upward = [
        f"{name} → {one}" for name in SOURCES for one in sorted(ours(name)) if heights[room(one)] > heights[room(name)]
    ]
    assert upward == []


def test_no_cycle_between_modules() -> None:
    """Beside each other is allowed, in a circle is not."""
    graph = {name: ours(name) - {name} for name in SOURCES}
    while free := [name for name, needs in graph.items() if not needs & graph.keys()]:
        for name in free:
            del graph[name]
    assert sorted(graph) == []


def test_the_simulator_is_an_independent_witness() -> None:
    """It shares nothing with what it judges, and nothing of the engine falls back to it by itself."""
    users = {name for name in SOURCES if any(room(one) == "simulator" for one in ours(name))}
    assert {
        one for name in users if room(name) == "simulator" for one in ours(name) if room(one) != "simulator"
    } == set()
    assert {room(name) for name in users} <= {"simulator", "cli", "workflow"}


def test_pure_rooms_touch_nothing() -> None:
    """No file, network, clock, randomness, environment or thread: neither themselves nor through what they import."""
    reached = {name: reach(name) for name in SOURCES if inside(name, PURE)}
    touched = {
        name: {f"{one}: {what}" for one in known for what in roots(one) & IMPURE} for name, known in reached.items()
    }
    assert {name: sorted(what) for name, what in touched.items() if what} == {}


def test_one_place_looks_at_workspace_paths() -> None:
    """What opens files itself, not by way of the World, asks `manifest.paths` first, or opens none of a workspace."""
    users = {
        name
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OPENING
    }
    asking = {name for name in users if "manifest.paths" in ours(name)}
    assert {name for name in users - asking if not inside(name, OPENS_NONE)} == {"manifest.paths"}


def test_the_world_is_a_parameter() -> None:
    """What decides about writes can be run on a virtual clock and a failing disk."""
    found = {name: roots(name) & WORLDLY for name in SOURCES if inside(name, SEAMED)}
    assert {name: what for name, what in found.items() if what} == {}


def test_one_door_for_each_library() -> None:
    """Deepdiff is for the differ alone; the network is for the transports, GitHub's client and the demo's stranger."""
    users = {library: {name for name in SOURCES if library in roots(name)} for library in ("deepdiff", "requests")}
    assert users["deepdiff"] == {"plan.diff"}
    assert users["requests"] <= {"api.transport", "api.route", "api.fetch", "ci.wire", "workflow.demo"}


def test_only_the_command_line_prints_and_exits() -> None:
    """Everything else returns values or raises."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in ("print", "exit", "quit"))
            or (isinstance(node.func, ast.Attribute) and ast.unparse(node.func) in ("sys.exit", "os._exit"))
        )
    ]
    assert [one for one in found if not one.startswith(("cli.main:", "cli.output:", "simulator.server:"))] == []


def test_size() -> None:
    """A file near 100 lines is comfortable; 400 is a defect."""
    assert [name for name, source in SOURCES.items() if source.count("\n") > 400] == []


LONG_FUNCTIONS = {"manifest.quick._documents", "workflow.apply.apply"}
"""Longer than 50 lines; the set may only shrink."""
WIDE_SIGNATURES = {
    "api.fetch.__init__", "ci.github._send", "cli.simulate.command", "state.ledger.intent", "state.ledger.announce",
    "state.ledger._intent", "workflow.apply.apply", "workflow.drift._drifted",
}  # fmt: skip
"""More than 6 parameters; the set may only shrink."""
KIND_EXCEPTIONS = 5
"""Places outside kinds/ and contracts/ that ask for one kind by its name; the number may only fall."""


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function outside the simulator, under its module's name."""
    for name, tree in trees().items():
        if room(name) != "simulator":
            yield from ((f"{name}.{node.name}", node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_functions_are_short() -> None:
    """Near 20 lines is comfortable; past 50 is a defect."""
    assert {name for name, node in functions() if (node.end_lineno or 0) - node.lineno >= 50} == LONG_FUNCTIONS


def test_signatures_are_narrow() -> None:
    """More than 6 parameters want a value; self does not count."""
    wide = set()
    for name, node in functions():
        given = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        if len([one for one in given if one not in ("self", "cls")]) > 6:
            wide.add(name)
    assert wide == WIDE_SIGNATURES


def test_one_name_is_one_thing() -> None:
    """No two classes have one name; what is private to a module counts, the simulator's names are its own."""
    places: dict[str, set[str]] = {}
    for name, tree in trees().items():
        for node in ast.walk(tree) if room(name) != "simulator" else ():
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, set()).add(name)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def kind_names(node: ast.AST) -> set[str]:
    """The kinds that an expression names: "ad", or ("campaign", "adgroup")."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return {name for item in node.elts for name in kind_names(item)}
    return {node.value} & KINDS.keys() if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def asks_for_a_kind(node: ast.AST) -> bool:
    """`address.kind == "ad"`, `for kind in ("campaign", "adgroup")`, `live["ad"]`, `Address("ad", …)`."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        about = any(ast.unparse(one).rpartition(".")[2] == "kind" for one in sides)
        return about and any(kind_names(one) for one in sides)
    if isinstance(node, ast.For | ast.comprehension):
        return ast.unparse(node.target) == "kind" and bool(kind_names(node.iter))
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        tables = (
            called == "Address" or called.endswith((".live.get", "listings.get", "KINDS.get")) or called == "live.get"
        )
        return tables and bool(node.args and kind_names(node.args[0]))
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value).rpartition(".")[2] in ("live", "listings", "KINDS") and bool(
            kind_names(node.slice)
        )
    return False


def test_kinds_are_rows() -> None:
    """What differs between kinds is a field of the kind or of its binding; exceptions are counted, and few."""
    found = [
        f"{name}:{getattr(node, 'lineno', node.iter.lineno if isinstance(node, ast.comprehension) else 0)}"
        for name, tree in trees().items()
        if room(name) not in ("kinds", "contracts", "simulator")
        for node in ast.walk(tree)
        if asks_for_a_kind(node)
    ]
    assert len(found) <= KIND_EXCEPTIONS, found


def test_no_room_for_leftovers() -> None:
    """A module is named after what it does."""
    leftovers = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
    assert [name for name in SOURCES if leftovers & set(name.split("."))] == []


def test_every_module_says_what_it_is_for() -> None:
    """The first line of each is a sentence."""
    assert [name for name, tree in trees().items() if not ast.get_docstring(tree) and name != "__main__"] == []


def test_codes() -> None:
    """Every code that is used is explained, and every one that is explained is used."""
    used = {
        code
        for name, source in SOURCES.items()
        if not inside(name, ("codes",))
        for code in re.findall(r"\bR\d{3}\b", source)
    }
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


def test_every_test_is_a_sentence() -> None:
    """Its docstring says what holds."""
    silent = [
        f"{path.name}:{node.name}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert silent == []
