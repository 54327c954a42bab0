"""What of the long tests `make test` plays: a share that moves with the commit. `make proof` plays all of it.

The base, a number made of the commit, chooses the share. It stands at the head of every run's output, and
`TESTS_BASE=<that number> make test` plays the same share again.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest


class Collected(Protocol):
    """What is asked of a test that pytest has found."""

    path: Path

    @property
    def nodeid(self) -> str: ...
    def get_closest_marker(self, name: str) -> object | None: ...
    def add_marker(self, mark: pytest.MarkDecorator) -> None: ...


BASE, WHOLE = "TESTS_BASE", "TESTS_WHOLE"
"""The variables of the environment by which the processes of one run agree."""
Test = TypeVar("Test", bound=Callable[..., None])
WITHOUT_GIT = 0
"""The base outside a repository, in an unpacked source distribution for example."""
MIX = 1009
"""So that the share of a file does not move in step with the shares of the cases in it."""
LONG = {
    "browser/test_*.py": 5,
    "faults/test_killed_processes.py": 3,
    "faults/test_refresh_outcomes.py": 4,
    "faults/test_signals_at_once.py": 3,
    "faults/test_unknown_outcomes.py": 4,
    "fleet/test_chaos.py": 4,
    "fleet/test_drivers.py": 6,
    "fleet/test_lost_commits.py": 3,
    "fleet/test_places.py": 6,
    "fleet/test_places_processes.py": 4,
    "fleet/test_share.py": 3,
    "fleet/test_story_*.py": 6,
    "gitops/test_story_*.py": 24,
    "stories/buckets/test_story_*.py": 12,
    "stories/figures/test_*.py": 4,
    "stories/git_state/test_story_*.py": 12,
    "stories/marketing/test_spring_launch.py": 4,
    "stories/marketing/test_*.py": 2,
    "stories/postgres/test_story_*.py": 6,
    "stories/pull/test_interrupted.py": 6,
    "stories/rails/test_halt.py": 3,
    "stories/refresh/test_refresh_kill.py": 3,
    "stories/refresh/test_refresh_rate.py": 3,
    "stories/renew/test_story_*.py": 6,
    "stories/smart_plus/test_smart_launch.py": 4,
    "stories/smart_plus/test_*.py": 2,
    "stories/test_story_cache.py": 3,
    "stories/test_story_output.py": 6,
    "stories/test_story_raises.py": 3,
    "stories/test_story_runs.py": 6,
}
"""Files whose tests take long each, most because they start processes → one of how many is in the share. Of patterns
that name the same file the first counts."""
FIRST = (
    "tests/simulation/test_the_tests.py::test_the_product_is_driven",
    "tests/fleet/test_places_processes.py",
    "tests/fleet/test_chaos.py",
    "tests/gitops/test_story_whole.py",
    "tests/refresh/test_driver.py::test_the_makespan_of_a_thousand_is_near_its_bound",
    "tests/stories/refresh/test_refresh_rate.py::test_twelve_variants_under_the_real_limits",
    "tests/stories/postgres",
)
"""The longest of all: no worker is left alone with one of them at the end of a run that begins with them."""


def base() -> int:
    """The number that chooses the share of this run."""
    given = os.environ.get(BASE)
    if given is None:
        given = os.environ[BASE] = str(_of_the_commit())
    return int(given)


def _of_the_commit() -> int:
    command = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        told = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return WITHOUT_GIT
    return int(told.stdout[:7], 16)


def begin(markers: str) -> None:
    """A run begins with this `-m`: unless that leaves out what is marked `proof`, the run plays everything."""
    os.environ[WHOLE] = "" if "not proof" in markers else "yes"
    base()


def header() -> str:
    """For the head of a run's output."""
    played = "in full, and new ones" if os.environ.get(WHOLE) else "the share"
    return f"long tests: {played} of base {base()}; to play the same again, set {BASE}={base()}"


def rotating(cases: Sequence[Any], of: int, ids: Callable[[Any], str] = str) -> list[Any]:
    """Parameters for a test: every `of`-th is in the share, which no mark keeps out; the others are marked `proof`.

    In a run that plays everything all are marked, so that it owes nothing to what another run has played.
    """
    mine = () if os.environ.get(WHOLE) else range(base() % of, len(cases), of)
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            id=ids(case),
            marks=() if number in mine else pytest.mark.proof,
        )
        for number, case in enumerate(cases)
    ]


def in_turn(number: int, of: int) -> Callable[[Test], Test]:
    """For long tests that are not cases of one: each is in the share of every `of`-th base."""
    mine = not os.environ.get(WHOLE) and base() % of == number % of
    return (lambda test: test) if mine else pytest.mark.proof


def share_out(items: Sequence[Collected], named: Sequence[Path]) -> None:
    """Of what is LONG one of every so many is in the share, the others are marked `proof`; files that were named on the
    command line are played as they are."""
    whole = os.environ.get(WHOLE)
    files = {one.path for one in items}
    for pattern, of in LONG.items():
        long = {path for path in files if path.match(f"tests/{pattern}")}
        files -= long
        found = [one for one in items if one.path in long and not one.get_closest_marker("proof")]
        mine = () if whole else range(base() // MIX % of, len(found), of)
        for number, one in enumerate(sorted(found, key=lambda one: one.nodeid)):
            if number not in mine and (whole or one.path not in named):
                one.add_marker(pytest.mark.proof)
