"""Which fields differ: only what is managed, only what is really another value."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model import Number
from reconciler.plan.diff import changed_fields

leaves = st.text(max_size=5) | st.integers() | st.booleans() | st.text(max_size=5).map(Number)
nested = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6)
mappings = st.dictionaries(st.sampled_from("abcdef"), nested, max_size=6)


@settings(max_examples=100)
@given(mappings, mappings)
def test_the_same_fields_as_plain_comparison(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Deepdiff finds what `!=` finds, field by field, and nothing of fields that are not managed."""
    assert changed_fields(old, new) == sorted(path for path in new if old.get(path) != new[path])


@pytest.mark.parametrize(
    ("old", "new", "fields"),
    [
        ({}, {}, []),
        ({"a": "1"}, {}, []),
        ({"a": "1", "b": "2"}, {"a": "1"}, []),
        ({"a": "1"}, {"a": "2"}, ["a"]),
        ({}, {"a": "1"}, ["a"]),
        ({"a": "50.00"}, {"a": Number("50.00")}, []),
        ({"a": ("x", "y")}, {"a": ("y", "x")}, ["a"]),
        ({"b": "1", "a": "1"}, {"b": "2", "a": "2"}, ["a", "b"]),
        ({"a": {"x": ("1",)}}, {"a": {"x": ("2",)}}, ["a"]),
        ({"a": None}, {"a": ""}, ["a"]),
    ],
)
def test_cases(old: dict[str, Any], new: dict[str, Any], fields: list[str]) -> None:
    """Sorted names of the fields that differ."""
    assert changed_fields(old, new) == fields


def test_equal_values_load_no_deepdiff() -> None:
    """A plan without changes does not pay for the library."""
    program = "import sys; from reconciler.plan.diff import changed_fields as c; c({'a': 1}, {'a': 1}); "
    ended = subprocess.run([sys.executable, "-c", program + "sys.exit('deepdiff' in sys.modules)"], check=False)
    assert ended.returncode == 0
