"""The documentation is true: its commands run, its transcripts happen, its tables are complete, its links end.

What README.md and docs/ say to this file stands in HTML comments, which a reader does not see:

    <!-- workspace: quickstart -->      what follows happens in a fresh copy of examples/quickstart (or of
                                        spring-launch, smart-launch, or of a folder of environments; or: empty;
                                        or: full, an empty folder for an account that has twelve campaigns)
    <!-- runs -->                       the console block below is run: every `$ reconciler` line must end with 0, or
                                        with the N of a `# exit N` at its end. What stands below it is what it prints,
                                        stdout first; `…` stands for anything, `…` alone for any number of lines
    <!-- file: PATH -->                 the block below is written to that file
    <!-- edit: PATH: OLD => NEW -->     a file is edited as the text around it says
    <!-- remove: PATH -->               a file is removed
    <!-- stranger: KIND/NAME JSON -->   somebody else edits an object of the account
    <!-- faults: JSON -->               from here on these calls go wrong
    <!-- generated: NAME -->            what stands until `<!-- end -->` is written by `python -m tests.test_docs`

Port 8080 stands for the simulator's, the waits of `reconciler.yaml` are shortened, and a launch is tomorrow, whenever
the page is read; nothing else is changed.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from pydantic import BaseModel

from reconciler.api.phrases import PHRASES
from reconciler.api.returned import groups
from reconciler.cli.main import COMMANDS, cli
from reconciler.codes import CODES
from reconciler.kinds.document import Manifest
from reconciler.kinds.refresh import AddHook
from reconciler.kinds.registry import KINDS
from reconciler.manifest.workspace import WorkspaceFile
from reconciler.model import OPS
from reconciler.render.rows import GLYPHS
from reconciler.simulator import describe_switches
from reconciler.simulator.faults import ACTIONS, OPTIONS, WHICH
from tests import pages
from tests.pages import row
from tests.stories.account import Account
from tests.stories.pull.full import twelve
from tests.stories.workspace import FAST, Run, Workspace

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
EXIT_CODES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 70, 130)
"""What users script against: a code that is added or given another meaning is a change of the promise."""
DIRECTIVE = re.compile(r"<!-- (workspace|runs|file|edit|remove|stranger|faults)(?:: (.*?))? -->", re.DOTALL)
GENERATED = re.compile(r"(<!-- generated: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    """A page's path as a person names it."""
    return page.relative_to(ROOT).as_posix()


def text_of(page: str) -> str:
    """A page of docs/."""
    return (DOCS / page).read_text("utf-8")


# ------------------------------------------------------------------------------------------------ what is generated


def _errors() -> Iterator[str]:
    rooms = {
        "1": "Reading files",
        "2": "Fields of a manifest",
        "3": "Manifests together",
        "4": "The workspace file",
        "5": "Lockfile, journal and lock",
        "6": "The API",
        "7": "Rows of a plan, and how they ended",
        "8": "Guard rails and approval",
        "9": "The command line",
    }
    room = ""
    for code, (title, text) in CODES.items():
        if code[1] != room:
            room = code[1]
            yield f"\n## R{room}xx: {rooms[room]}\n\n| code | what | what it means and what to do |\n|---|---|---|\n"
        yield row(code, title, text)
    yield "\n"


def _switches() -> Iterator[str]:
    yield "| switch | default | takes | what it does |\n|---|---|---|---|\n"
    for one in describe_switches():
        cells = (f"`{one.name}`", f"`{one.default}`", one.allowed, one.meaning)
        yield row(*cells)


def _returned() -> Iterator[str]:
    yield "| code | what | what it means and what to do | a write | a read |\n|---|---|---|---|---|\n"
    for codes, one in groups():
        cells = (codes, one.title, f"{one.means} {one.advice}", one.write, one.read)
        yield row(*cells)
    for phrase, one in PHRASES:
        cells = (f'40000, 40002 with "{phrase}"', one.title, f"{one.means} {one.advice}", one.write, one.read)
        yield row(*cells)


GENERATORS: Mapping[str, Callable[[], Iterator[str]]] = {
    "errors": _errors,
    "returned": _returned,
    "switches": _switches,
    "rooms": pages.rooms,
    "modules": pages.modules,
    "fields_campaign": lambda: pages.object_fields("campaign"),
    "fields_adgroup": lambda: pages.object_fields("adgroup"),
    "fields_ad": lambda: pages.object_fields("ad"),
    "fields_video": lambda: pages.plain_fields("VideoSpec"),
    "fields_image": lambda: pages.plain_fields("ImageSpec"),
    "fields_refresh": lambda: pages.plain_fields("CreativeRefreshSpec"),
    "fields_add_hook": lambda: pages.plain_fields("AddHook"),
}


def written(page: str) -> str:
    """The page with its generated parts written anew."""
    return GENERATED.sub(lambda part: part[1] + "".join(GENERATORS[part[2]]()) + part[4], page)


# ------------------------------------------------------------------------------------------------ what is run


class Step(NamedTuple):
    """One directive of a page, with the block below it."""

    name: str
    told: str
    block: str
    line: int


def steps(page: Path) -> list[Step]:
    """What a page says to this file, in its order."""
    text = page.read_text("utf-8")
    found = []
    for match in DIRECTIVE.finditer(text):
        block = re.match(r"\s*```\w*\n(.*?)```", text[match.end() :], re.DOTALL)
        told = (match[2] or "").strip()
        found.append(Step(match[1], told, block[1] if block else "", text.count("\n", 0, match.start()) + 1))
    return found


SPOKEN = {
    "spring-launch": "marketing", "full": "marketing", "smart-launch": "smart_plus", "environments": "smart_plus",
    "fleet": "smart_plus",
}  # fmt: skip
"""The contract of an example, where it is not openapi."""


class Reader:
    """Somebody who does what a page says, in a workspace of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._account = Account(switches={"task_seconds": "0"})

    def stop(self) -> None:
        """The end of the page."""
        self._account.__exit__(None, None, None)

    def follow(self, step: Step) -> None:
        """One step."""
        if step.name == "workspace":
            self._account.__exit__(None, None, None)
            example, _, inside = step.told.partition("/")
            switches = {"task_seconds": "0", "transcode_seconds": "0"}
            self._account = Account(contract=SPOKEN.get(example, "openapi"), switches=switches)
            if example == "full":
                twelve(self._account)
            self._count += 1
            # The copy is a repository, as the example's is, so that a module may lie beside the workspace.
            (self._folder / str(self._count) / ".git").mkdir(parents=True)
            self._work = Workspace(self._folder / str(self._count) / inside, self._account.url)
            if example in ("empty", "full"):
                (self._work.root / "manifests").rmdir()
                (self._work.root / ".git").rmdir()
            else:
                shutil.copytree(ROOT / "examples" / example, self._folder / str(self._count), dirs_exist_ok=True)
                self._postpone(self._folder / str(self._count))
        elif step.name == "file":
            self._work.write(step.told, step.block)
        elif step.name == "edit":
            path, _, change = step.told.partition(": ")
            old, _, new = change.partition(" => ")
            self._work.replace(old, new, path)
        elif step.name == "remove":
            (self._work.root / step.told).unlink()
        elif step.name == "stranger":
            address, _, fields = step.told.partition(" ")
            kind, _, name = address.partition("/")
            identity = self._work.lock[f"{kind}/{name}"]["id"]
            self._account.operate("edit", {"id": identity, **json.loads(fields)})
        elif step.name == "faults":
            self._account.faults(*json.loads(step.told))
        else:
            self._run(step)
            return
        self._hurry()

    def _postpone(self, folder: Path) -> None:
        tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d} 06:00:00"
        for path in folder.rglob("*.yaml"):
            path.write_text(re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", tomorrow, path.read_text("utf-8")), "utf-8")

    def _hurry(self) -> None:
        """The same workspace, on this simulator and without its long waits."""
        fleet, path = (self._work.root / name for name in ("fleet.yaml", "reconciler.yaml"))
        if fleet.is_file():
            fleet.write_text(fleet.read_text("utf-8").replace("http://127.0.0.1:8080", self._account.url), "utf-8")
        if not path.is_file():
            return
        text = path.read_text("utf-8").replace("http://127.0.0.1:8080", self._account.url)
        if self._account.url not in text:
            text = text.replace("  contract: openapi\n", f"  contract: openapi\n  base_url: {self._account.url}\n")
        if "rate:" not in text:
            rate = f"{{default: {FAST}, ad_create: {FAST}, refresh_create: {FAST}}}"
            text = re.sub(r"(  contract: \w+\n)", rf"\1  rate: {rate}\n", text)
        for key, value in (("refresh", "{poll_seconds: 0.05}"), ("recovery", "{quiet_period: 1}")):
            if f"\n{key}:" not in text:
                text += f"{key}: {value}\n"
        path.write_text(text, "utf-8")

    def _run(self, step: Step) -> None:
        lines = step.block.splitlines()
        starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
        assert starts, f"line {step.line}: nothing to run"
        assert starts[0] == 0, f"line {step.line}: output before the first command"
        for number, start in enumerate(starts):
            end = starts[number + 1] if number + 1 < len(starts) else len(lines)
            self._command(lines[start][2:], lines[start + 1 : end])

    def _command(self, line: str, wanted: list[str]) -> None:
        words = shlex.split(line, comments=True)
        if words[0] == "cp":
            shutil.copyfile(self._work.root / words[1], self._work.root / words[2])
            return
        assert words[0] == "reconciler", f"`{line}` is not run here"
        marked = re.search(r"# exit (\d+)$", line)
        ended = self._work.run(*words[1:])
        assert ended.code == int(marked[1] if marked else 0), f"`{line}` ended with {ended.code}\n{ended.text}"
        missing = first_missing(wanted, ended)
        assert missing is None, f"`{line}` does not print\n{missing}\nbut\n{ended.text}"
        self._hurry()


def first_missing(wanted: list[str], ended: Run) -> str | None:
    """The first line of a transcript that does not come out in its turn; None when all do."""
    out = (ended.stdout + ended.stderr).splitlines()
    at, exact = 0, True
    for line in wanted:
        if line.strip() == "…":
            exact = False
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in line.rstrip().split("…")))
        rest = range(at, min(at + 1, len(out)) if exact else len(out))
        found = next((number for number in rest if pattern.fullmatch(out[number].rstrip())), None)
        if found is None:
            return line
        at, exact = found + 1, True
    return f"(nothing, where it prints) {out[at]}" if exact and any(out[at:]) else None


RUNNING = [page for page in PAGES if any(step.name == "runs" for step in steps(page))] if DOCS.is_dir() else []


@pytest.mark.parametrize("page", RUNNING, ids=name_of)
def test_what_a_page_tells_happens(page: Path, tmp_path: Path) -> None:
    """Whoever types what the page shows sees what the page shows."""
    reader = Reader(tmp_path)
    try:
        for step in steps(page):
            try:
                reader.follow(step)
            except AssertionError as error:
                raise AssertionError(f"{name_of(page)}:{step.line}: {error}") from None
    finally:
        reader.stop()


# ------------------------------------------------------------------------------------------------ what is complete


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command, `state list` and its like too."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", command.commands[inner]) for inner in command.commands)
        else:
            yield name, command


ALL = dict(commands())


@pytest.mark.parametrize("name", ALL)
def test_every_command_is_documented(name: str) -> None:
    """The page of the commands has a row for it, and each of its options stands somewhere in the documentation."""
    assert f"`reconciler {name}" in text_of("commands.md")
    everything = "\n".join(page.read_text("utf-8") for page in PAGES)
    for option in ALL[name].params:
        if isinstance(option, click.Option):
            assert any(spelt in everything for spelt in option.opts), f"{name}: {option.opts}"


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_option_explains_itself(name: str) -> None:
    """`--help` leaves nobody with a bare name."""
    assert ALL[name].help
    for option in ALL[name].params:
        assert not isinstance(option, click.Option) or option.help, f"{name}: {option.opts}"


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(code: str) -> None:
    """errors.md says of every code what `reconciler explain` says."""
    title, text = CODES[code]
    assert row(code, title, text) in text_of("errors.md")


def test_the_errors_are_in_order_and_show_no_escapes() -> None:
    """Whoever looks a code up finds it by its number, and `<<` as it is written in a file."""
    shown = [line for line in text_of("errors.md").splitlines() if re.match(r"\| R\d", line)]
    assert shown == sorted(shown)
    assert not [line for line in shown if re.search("`[^`]*&lt;[^`]*`", line)]


@pytest.mark.parametrize("page", [one for one in PAGES if GENERATED.search(one.read_text("utf-8"))], ids=name_of)
def test_generated_parts_are_up_to_date(page: Path) -> None:
    """What comes from the code is what the code says; `python -m tests.test_docs` writes it anew."""
    assert written(page.read_text("utf-8")) == page.read_text("utf-8")


@pytest.mark.parametrize("code", EXIT_CODES)
def test_every_exit_code_is_listed(code: int) -> None:
    """exit-codes.md has a row for every code a command may end with."""
    assert re.search(rf"^\| {code} \|", text_of("exit-codes.md"), re.MULTILINE)


def models(model: type[BaseModel], seen: frozenset[type[BaseModel]] = frozenset()) -> Iterator[type[BaseModel]]:
    """A model and those of its fields."""
    yield model
    for info in model.model_fields.values():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel) and inner not in seen:
            yield from models(inner, seen | {model})


@pytest.mark.parametrize("key", sorted({name for model in models(WorkspaceFile) for name in model.model_fields}))
def test_every_setting_is_documented(key: str) -> None:
    """workspace.md names every key of reconciler.yaml."""
    assert re.search(rf"\b{key}\b", text_of("workspace.md"))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.title)
def test_every_field_of_a_kind_is_documented(kind: object) -> None:
    """manifests.md has a section for the kind that names every field of it."""
    title, manifest = kind.title, kind.manifest  # type: ignore[attr-defined]
    assert issubclass(manifest, Manifest)
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text_of("manifests.md"), re.DOTALL | re.MULTILINE)
    assert section, f"no section {title}"
    fields = set(manifest.spec_model().model_fields) - {"extra"}
    fields |= set(AddHook.model_fields) if title == "CreativeRefresh" else set()
    assert {one for one in fields if f"`{one}`" not in section[1]} == set()


@pytest.mark.parametrize("op", OPS)
def test_every_op_is_documented(op: str) -> None:
    """plan-and-apply.md has every kind of row with its sign."""
    assert f"| `{GLYPHS[op]}` | {op} |" in text_of("plan-and-apply.md")  # type: ignore[index]


@pytest.mark.parametrize("word", [*ACTIONS, *OPTIONS, *WHICH])
def test_every_word_of_a_fault_is_documented(word: str) -> None:
    """simulator.md names everything a fault list may hold."""
    assert f"`{word}" in text_of("simulator.md")


def modules() -> list[str]:
    """Every module outside the simulator and the command line, by its last name."""
    package = ROOT / "reconciler"
    paths = [path.relative_to(package) for path in package.rglob("*.py") if not path.stem.startswith("__")]
    return sorted({path.stem for path in paths if path.parts[0] not in ("simulator", "cli")})


@pytest.mark.parametrize("name", modules())
def test_every_module_has_its_place(name: str) -> None:
    """architecture.md says of every module what it is for."""
    assert re.search(rf"`(\w+\.)*{name}`", text_of("architecture.md"))


# ------------------------------------------------------------------------------------------------ what leads somewhere


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as a forge makes them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link ends at a file that is there, and at a heading of it where it names one."""
    broken = []
    for link in LINK.findall(re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_reachable() -> None:
    """The README leads to every page of docs/, at most over the index of the decisions."""
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in (ROOT / "README.md", DOCS / "decisions" / "README.md")
        for link in LINK.findall(page.read_text("utf-8"))
    }
    assert {name_of(page) for page in DOCS.rglob("*.md")} - {
        name_of(one) for one in linked if one.is_relative_to(ROOT)
    } == set()


def main() -> None:
    """Write the generated parts anew."""
    for page in PAGES:
        text = page.read_text("utf-8")
        if written(text) != text:
            page.write_text(written(text), "utf-8")


if __name__ == "__main__":
    main()
