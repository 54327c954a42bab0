"""Which fields differ: only what is managed, only what is really another value; and where inside a nested value."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciler.model import Number
from reconciler.plan.diff import ABSENT, changed_fields, inner_changes, is_nested
from tests.rotation import in_turn

leaves = st.none() | st.text(max_size=5) | st.integers() | st.booleans() | st.text(max_size=5).map(Number)
keys = st.sampled_from(["key", "value", "__x", "a.b", "[0]", ""])
nested = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


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
        ({"a": {"x": ("1",)}}, {"a": {"x": ("1",)}}, []),
        ({"a": None}, {"a": ""}, ["a"]),
    ],
)
def test_cases(old: dict[str, Any], new: dict[str, Any], fields: list[str]) -> None:
    """Sorted names of the fields that differ."""
    assert changed_fields(old, new) == fields


def test_comparing_loads_no_deepdiff() -> None:
    """A plan pays for the library only when it shows a nested value that differs."""
    program = "import sys; from reconciler.plan.diff import changed_fields as c; c({'a': (1,)}, {'a': (2, {'b': 1})}); "
    ended = subprocess.run([sys.executable, "-c", program + "sys.exit('deepdiff' in sys.modules)"], check=False)
    assert ended.returncode == 0


UTM = ({"key": "a", "value": "1"}, {"key": "b", "value": "2"})


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (UTM, ({"key": "a", "value": "9"}, UTM[1]), [("f[0].value", "1", "9")]),
        (UTM, (*UTM, {"key": "c"}), [("f[2]", ABSENT, {"key": "c"})]),
        (UTM, UTM[:1], [("f[1]", UTM[1], ABSENT)]),
        (UTM, ({"key": "a"}, UTM[1]), [("f[0].value", "1", ABSENT)]),
        ({"on": True, "ages": ("x", "y")}, {"on": False, "ages": ("z", "y")},
         [("f.ages", "x", ABSENT), ("f.ages", ABSENT, "z"), ("f.on", True, False)]),
        (("a", "b", "c"), ("c", "d", "a"), [("f", "b", ABSENT), ("f", ABSENT, "d")]),
        ((), ("a",), [("f", ABSENT, "a")]),
        (("a", "b"), ("b", "a"), [("f[0]", "a", "b"), ("f[1]", "b", "a")]),
        (("a", "a"), ("a",), [("f[1]", "a", ABSENT)]),
        ({"n": None}, {}, [("f.n", None, ABSENT)]),
        ({"n": None}, {"n": {"x": 1}}, [("f.n", None, {"x": 1})]),
        ({"m": Number("1.00"), "t": "1.00"}, {"m": Number("2.00"), "t": Number("1.00")}, [("f.m", "1.00", "2.00")]),
        ({"__x": 1}, {"__x": 2}, [("f.__x", 1, 2)]),
        ({"a": {"b": ({"c": 1},)}}, {"a": {"b": ({"c": 2},)}}, [("f.a.b[0].c", 1, 2)]),
        ([1, {"x": 1}], (1, {"x": 2}), [("f[1].x", 1, 2)]),
    ],
)  # fmt: skip
def test_inner_paths(old: Any, new: Any, found: list[tuple[str, Any, Any]]) -> None:
    """The path, what stood there and what will; an item of a plain list is added or removed, wherever it stands."""
    assert [tuple(one) for one in inner_changes("f", old, new)] == found


@in_turn(1, 3)
@settings(max_examples=300)
@given(nested, nested)
def test_nothing_that_differs_is_left_out(old: Any, new: Any) -> None:
    """Every two nested values that differ show it somewhere, and only where they do."""
    assume(is_nested(old, new))
    found = list(inner_changes("f", old, new))
    assert bool(found) == (old != new)
    assert all(one.old != one.new and one.path.startswith("f") for one in found)


@pytest.mark.parametrize(
    ("old", "new", "nested"),
    [((), ("a",), True), ({}, {"a": 1}, True), (None, ("a",), False), ("a", "b", False), ({}, (), False)],
)
def test_only_values_of_one_sort_differ_inside(old: Any, new: Any, nested: bool) -> None:
    """A list and a mapping, or a value and nothing, have no places in common."""
    assert is_nested(old, new) is nested
