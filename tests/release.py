"""What a release takes beside the build: `make release ARGS="prepare 0.2.0"` and, in its workflow, check, notes, note.

One place holds the version (`reconciler/__init__.py`, which pyproject.toml names); the changelog and the templates that
`init --github` writes follow it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSION = re.compile(r'^__version__ = "(\d+\.\d+\.\d+)"$', re.MULTILINE)
TEMPLATE = re.compile(r"(OWNER/reconciler/\S+@0{40} # v)(\d+\.\d+\.\d+)$", re.MULTILINE)
SECTION = re.compile(
    r"^## (Unreleased|\d+\.\d+\.\d+)(?: \(\d{4}-\d\d-\d\d\))?\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE
)


def version(root: Path = ROOT) -> str:
    """What `reconciler --version` says."""
    (found,) = VERSION.findall((root / "reconciler" / "__init__.py").read_text("utf-8"))
    return str(found)


def sections(root: Path = ROOT) -> dict[str, str]:
    """The changelog's sections by version, newest first; what is not released yet is `Unreleased`."""
    text = (root / "CHANGELOG.md").read_text("utf-8")
    return {name: body.strip() for name, body in SECTION.findall(text)}


def templates(root: Path = ROOT) -> set[str]:
    """The versions that the templates name."""
    folder = root / "examples" / "gitops" / ".github" / "workflows"
    return {found[1] for path in folder.glob("*.yml") for found in TEMPLATE.findall(path.read_text("utf-8"))}


def check(tag: str, root: Path = ROOT) -> list[str]:
    """What does not agree with a tag; empty when a release may be made of it."""
    wanted, told = tag.removeprefix("v"), sections(root)
    newest = next(name for name in told if name != "Unreleased")
    return [
        f"{where} says {found or 'nothing'}, the tag says {wanted}"
        for where, found in (
            ("reconciler/__init__.py", version(root)),
            ("the newest section of CHANGELOG.md", newest),
            ("examples/gitops", ", ".join(sorted(templates(root)))),
        )
        if found != wanted
    ] + (["CHANGELOG.md still has lines under Unreleased"] if told.get("Unreleased") else [])


def prepare(wanted: str, root: Path = ROOT, *, today: date | None = None) -> None:
    """Write a version into every place that names it; what is under Unreleased becomes its section."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", wanted), f"{wanted} is no version such as 0.2.0"
    assert wanted not in sections(root), f"CHANGELOG.md has a section {wanted} already"
    assert sections(root).get("Unreleased"), "CHANGELOG.md has nothing under Unreleased"
    day = today or date.today()
    _edit(root / "reconciler" / "__init__.py", VERSION, f'__version__ = "{wanted}"')
    _edit(root / "CHANGELOG.md", re.compile("^## Unreleased$", re.MULTILINE), f"## Unreleased\n\n## {wanted} ({day})")
    for path in (root / "examples" / "gitops" / ".github" / "workflows").glob("*.yml"):
        _edit(path, TEMPLATE, rf"\g<1>{wanted}")


def note(repository: str, commit: str, root: Path = ROOT) -> Path:
    """The file by which a package knows its own commit; `init --github` pins it. It is in no commit itself."""
    path = root / "reconciler" / "release.json"
    path.write_text(json.dumps({"repository": repository, "commit": commit}) + "\n", "utf-8")
    return path


def _edit(path: Path, pattern: re.Pattern[str], new: str) -> None:
    text, count = pattern.subn(new, path.read_text("utf-8"))
    assert count, f"{path.name}: nothing to replace"
    path.write_text(text, "utf-8")


def main(words: Sequence[str]) -> int:
    """One of the four words."""
    match words:
        case ["prepare", wanted]:
            prepare(wanted)
        case ["check", tag]:
            wrong = check(tag)
            print("\n".join(wrong) or f"{tag}: everything agrees")
            if wrong:
                return 1
            if told := os.environ.get("GITHUB_OUTPUT"):
                with Path(told).open("a", encoding="utf-8") as output:
                    output.write(f"major={tag.partition('.')[0]}\n")
        case ["notes", tag]:
            print(sections()[tag.removeprefix("v")])
        case ["note"]:
            note(os.environ["GITHUB_REPOSITORY"], os.environ["GITHUB_SHA"])
        case _:
            print("prepare VERSION | check TAG | notes TAG | note", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
