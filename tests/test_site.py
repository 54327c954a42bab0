"""The documentation as a site: what `make docs` cannot see by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.test_docs import DOCS, PAGES, ROOT, name_of

INNER = re.compile(r"^ {1,3}(?:[-*]|\d+\.) ")
FENCE = re.compile(r"^ {1,3}```", re.MULTILINE)


@pytest.mark.parametrize("page", [*PAGES, *sorted(ROOT.glob("examples/*/README.md"))], ids=name_of)
def test_lists_in_lists_are_indented_by_four(page: Path) -> None:
    """Readers of the file see what belongs to an item at two spaces, too; the site sees it only at four."""
    assert not FENCE.search(page.read_text("utf-8"))
    text = re.sub(r"^ *```.*?^ *```$", lambda block: "\n" * block[0].count("\n"), page.read_text("utf-8"),
                  flags=re.DOTALL | re.MULTILINE)  # fmt: skip
    assert [number for number, line in enumerate(text.splitlines(), 1) if INNER.match(line)] == []


def test_nothing_is_fetched_from_elsewhere() -> None:
    """No font, no analytics: who reads the site is told to nobody. And a page that the list forgot ends the build."""
    text = re.sub(r"!!python/\S+", "", (DOCS / "mkdocs.yml").read_text("utf-8"))
    told = yaml.safe_load(text)
    assert told["theme"]["font"] is False
    assert "extra" not in told
    assert set(told["validation"]["links"].values()) == set(told["validation"]["nav"].values()) == {"warn"}
    assert "--strict" in (ROOT / "Makefile").read_text("utf-8")
    assert "--quiet --config-file" not in (ROOT / "Makefile").read_text("utf-8")
