"""References become stages, and a cycle is named instead of followed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.order import Cycle, stages


def test_parents_come_first() -> None:
    """Campaign, ad group, ad: one stage each."""
    assert stages({"ad": ["adgroup"], "adgroup": ["campaign"], "campaign": []}) == {
        "campaign": 0,
        "adgroup": 1,
        "ad": 2,
    }


def test_unknown_references_count_for_nothing() -> None:
    """What is no key of the mapping is somewhere else."""
    assert stages({"ad": ["pixel"]}) == {"ad": 0}


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3), max_size=10))
def test_every_reference_points_to_a_lower_stage(graph: dict[int, list[int]]) -> None:
    """In any graph without a cycle each is one above the highest it refers to."""
    references = {str(one): [str(up) for up in above if up < one] for one, above in graph.items()}
    found = stages(references)
    for one, above in references.items():
        assert found[one] == 1 + max((found[up] for up in above if up in found), default=-1)


@pytest.mark.parametrize(
    ("references", "path"),
    [
        ({"a": ["a"]}, ["a", "a"]),
        ({"a": ["b"], "b": ["a"]}, ["a", "b", "a"]),
        ({"x": ["a"], "a": ["b"], "b": ["c"], "c": ["a"]}, ["a", "b", "c", "a"]),
    ],
)
def test_a_cycle_is_named_in_order(references: dict[str, list[str]], path: list[str]) -> None:
    """The way around, from its start to its start; what only leads into it is left out."""
    with pytest.raises(Cycle) as caught:
        stages(references)
    assert caught.value.path == path
    assert str(caught.value) == " → ".join(path)
