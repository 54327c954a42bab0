"""Random stories of both families, and that they would notice: each mutant of the product is caught by some of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from msgspec.structs import replace

from reconciler.apply import reply, settle
from reconciler.contracts.smart_plus.binding import SMART_PLUS
from reconciler.plan import updates
from reconciler.plan.lists import MergedList
from tests import rotation
from tests.stories.smart_plus.storm import Storm

SEEDS, CHUNK, NEW = 240, 6, 240
Mutant = Callable[[], AbstractContextManager[Any]]


@pytest.mark.parametrize("first", rotation.rotating(range(0, SEEDS, CHUNK), 40, "seeds-from-{}".format))
def test_a_storm(tmp_path: Path, first: int) -> None:
    """It heals, and everything that must hold does."""
    told = {seed: Storm(seed, tmp_path / str(seed)).play() for seed in range(first, first + CHUNK)}
    assert {seed: wrong for seed, wrong in told.items() if wrong} == {}


@pytest.mark.proof
@pytest.mark.parametrize("part", range(NEW // CHUNK))
def test_a_storm_that_no_commit_has_seen(tmp_path: Path, part: int) -> None:
    """Which ones moves with the commit."""
    first = SEEDS + rotation.base() % 1_000_000 * NEW + part * CHUNK
    told = {seed: Storm(seed, tmp_path / str(seed)).play() for seed in range(first, first + CHUNK)}
    assert {seed: wrong for seed, wrong in told.items() if wrong} == {}


def born_running() -> AbstractContextManager[Any]:
    """ENABLE by omission."""
    awake = {kind: replace(one, born_paused=False) for kind, one in SMART_PLUS.bindings.items()}
    return mock.patch.dict(SMART_PLUS.bindings, awake)


def confused() -> AbstractContextManager[Any]:
    """The id of a creative taken for that of its ad."""
    real = reply._made_ids

    def made(data: Any, key: str) -> list[str]:
        if key != "smart_plus_ad_id" or not isinstance(data, dict):
            return real(data, key)
        return [str(one["smart_plus_creative_id"]) for one in data["creative_list"][:1]]

    return mock.patch.object(reply, "_made_ids", made)


MUTANTS: dict[str, Mutant] = {
    "a blind second create": lambda: mock.patch.object(settle, "candidates", return_value=[]),
    "ENABLE by omission": born_running,
    "a whole list without the colleague's": lambda: mock.patch.object(MergedList, "theirs", {}),
    "a creative that is woken": lambda: mock.patch.object(updates, "_switches", return_value=[]),
    "ad_id for smart_plus_ad_id": confused,
}


@pytest.mark.proof
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_caught(tmp_path: Path, mutant: str) -> None:
    """Some of the first stories break under it."""
    with MUTANTS[mutant]():
        assert any(Storm(seed, tmp_path / str(seed)).play() for seed in range(60))
