"""`make test` and `make proof` together play everything, and what takes turns comes round."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import rotation

ROOT = Path(__file__).parents[1]


class Found:
    """A test as the collection has it: a place, a name, marks."""

    def __init__(self, file: str, name: str, *marks: str) -> None:
        self.path, self.nodeid, self.marks = ROOT / "tests" / file, f"tests/{file}::{name}", [*marks]

    def get_closest_marker(self, name: str) -> str | None:
        """Of pytest's interface."""
        return name if name in self.marks else None

    def add_marker(self, mark: pytest.MarkDecorator) -> None:
        """Of pytest's interface."""
        self.marks.append(mark.name)


@pytest.fixture(autouse=True)
def part(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `make test`."""
    monkeypatch.setenv(rotation.WHOLE, "")


def test_every_case_comes_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each base has its share of the cases; the proof leaves none to `make test`."""
    played = set()
    for base in range(3):
        monkeypatch.setenv(rotation.BASE, str(base))
        mine = {one.values[0] for one in rotation.rotating(range(8), 3) if not one.marks}
        assert len(mine) in (2, 3)
        played |= mine
    assert played == set(range(8))
    monkeypatch.setenv(rotation.WHOLE, "yes")
    assert all(one.marks for one in rotation.rotating(range(8), 3))


@pytest.mark.parametrize("pattern", rotation.LONG)
def test_every_long_test_comes_round(monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    """Each is there, and in the share of some base; all are in the proof; one whose file is named is always played."""
    earlier = list(rotation.LONG)[: list(rotation.LONG).index(pattern)]
    of_earlier = {path for one in earlier for path in (ROOT / "tests").glob(one)}
    files = sorted(set((ROOT / "tests").glob(pattern)) - of_earlier)
    assert files, "nothing has that name any more"
    names = [(path.relative_to(ROOT / "tests").as_posix(), f"test_{number}") for path in files for number in range(9)]
    played = set()
    for turn in range(rotation.LONG[pattern]):
        monkeypatch.setenv(rotation.BASE, str(turn * rotation.MIX))
        found = [Found(*name) for name in names]
        rotation.share_out(found, ())
        mine = {one.nodeid for one in found if not one.marks}
        assert abs(len(mine) - len(names) / rotation.LONG[pattern]) < 1
        played |= mine
    assert played == {one.nodeid for one in found}
    named = [Found(*name) for name in names]
    rotation.share_out(named, [files[0]])
    assert [one.marks for one in named if one.path == files[0]] == [[]] * 9
    monkeypatch.setenv(rotation.WHOLE, "yes")
    rotation.share_out(named, files)
    assert all(one.marks for one in named)


def test_a_case_that_is_not_in_the_share_takes_no_place_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `rotating` left to the proof is not counted again."""
    monkeypatch.setenv(rotation.BASE, "0")
    file = next(iter(rotation.LONG))
    found = [Found(file, f"test_{number}", *(["proof"] if number % 2 else [])) for number in range(40)]
    rotation.share_out(found, ())
    assert sum(not one.marks for one in found) == 20 // rotation.LONG[file]


def collected(*arguments: str) -> tuple[set[str], int]:
    """The names of the tests of such a run, and how many there are in all."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider", *arguments]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (number,) = re.findall(r"\d+/(\d+) tests collected", told)
    return {line for line in told.splitlines() if "::" in line}, int(number)


@pytest.mark.proof
def test_nothing_is_left_out() -> None:
    """What `make test` and `make proof` play is every test there is; what is in both is the share of the long ones."""
    (test, number), (proof, again) = collected(), collected("-m", "proof")
    assert len(test | proof) == number == again
    assert 0 < len(test & proof) < len(proof) / 3
