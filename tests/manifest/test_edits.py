"""Lines to write into a manifest: written there they say just what they should, and change nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifest.document import Document
from reconciler.manifest.edits import Edit, Editable, NotPossible, spellings
from reconciler.manifest.yaml import read
from reconciler.model import Number

FILE = "manifests/a.yaml"
quick = settings(max_examples=150)
words = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=0, max_size=12)
values = st.recursive(
    words | st.integers(-99, 99) | st.booleans() | st.decimals(0, 999, places=2).map(lambda one: Number(str(one))),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(words.filter(bool), inner, max_size=2),
    max_leaves=4,
)
OTHERS = ["# first\nkind: A\nname: a\nspec: {x: 1}\n", "kind: B\nspec:\n  budget: 9\n  # last\n\n"]
LAYOUTS = [
    "kind: C\nname: c\nspec:\n  budget: 500.00\n  status: ENABLE\n",
    "kind: C\nname: c\nspec:\n  # before\n  budget:   '500.00'   # daily, see #7\n\n  status: ENABLE # on\n# after\n",
    "kind: C\nspec: {budget: 500.00, status: ENABLE}  # one line\n",
    "kind: C\nspec: {\n  budget: 500.00,\n  status: ENABLE\n}\n",
    "kind: C\nspec:\n  status: ENABLE\n  budget:\n    - one\n    # between\n    - two: 2   # deep\n      three: 3\n\n"
    "  # next\n  a: b\n",
    "kind: C\nspec:\n  status: ENABLE\n  budget:\n  - one\n  - two\n",
    "kind: C\nspec:\n  budget: [one,\n    two]  # both\n  status: ENABLE\n",
    "kind: C\nspec:\n  budget: |\n    text\n    more\n\n  status: ENABLE\n",
    "kind: C\nspec:\n  status: ENABLE\n  budget: >-\n    folded\n    text",
    'kind: C\nspec:\n  budget: "quoted\n    twice" # end\n  status: ENABLE\n',
    "kind: C\nspec:\n  budget: plain\n    text # end\n  status: ENABLE\n",
    'kind: C\nspec:\n    "budget" : 500.00\n    "status" : ENABLE\n',
    'kind: C\nspec: {"budget":500, "status":"ENABLE"}\n',
    "kind: C\nspec:\n  budget: 500.00\n  status: ENABLE",
]


def documents(text: str) -> list[Document]:
    """The documents of a file that has no mistake."""
    found, wrong = read(FILE, text.encode())
    assert not wrong, wrong
    return found


def editable(text: str) -> Editable:
    """A file to edit."""
    return Editable(FILE, text.encode(), documents(text))


def written(text: str, edit: Edit) -> str:
    """The file after somebody did what the edit says."""
    lines = text.split("\n")
    if edit.action == "insert":
        lines.insert(edit.line - 1, edit.text)
    elif edit.action == "remove":
        del lines[edit.line - 1 : edit.last_line]
    else:
        lines[edit.line - 1 : edit.last_line] = [edit.text]
    return "\n".join(lines)


def asked(make: Callable[[], Edit]) -> Edit | None:
    """The edit, or None where none can be given."""
    try:
        return make()
    except NotPossible:
        return None


def among(layout: str, place: int) -> tuple[str, int]:
    """A file in which the layout is the first, the second or the last document, and its index."""
    parts = [
        *OTHERS[:place],
        layout if layout.endswith("\n") else layout + ("\n" if place < 2 else ""),
        *OTHERS[place:],
    ]
    return "---\n".join(parts), place


def values_of(text: str) -> list[Any]:
    """All documents as plain data."""
    return [one.value for one in documents(text)]


@quick
@given(st.sampled_from(LAYOUTS), st.integers(0, 2), values)
def test_a_value_is_replaced_and_nothing_else(layout: str, place: int, value: Any) -> None:
    """Wherever and however it stands, whatever the new one is; other documents and comments stay."""
    text, index = among(layout, place)
    before = values_of(text)
    for spelling in spellings(value):
        edit = asked(partial(editable(text).put, index, ("spec", "budget"), spelling))
        if edit is None:
            # What a manifest must not hold at all is no value for one.
            assert _never_in_a_manifest(spelling), (spelling, text)
            continue
        after = values_of(written(text, edit))
        told = read("v", f"v: {spelling}\n".encode())[0][0].value["v"]
        before[index]["spec"]["budget"] = told
        assert after == before
        assert [line for line in written(text, edit).split("\n") if line.lstrip().startswith("#")] == [
            line for number, line in enumerate(text.split("\n"), 1)
            if line.lstrip().startswith("#") and not edit.line <= number <= edit.last_line
        ]  # fmt: skip


def _never_in_a_manifest(spelling: str) -> bool:
    return bool(read("v", f"v: {spelling}\n".encode(errors="surrogatepass"))[1])


@quick
@given(st.sampled_from(LAYOUTS), st.integers(0, 2), st.sampled_from([("spec", "extra", "deep"), ("spec", "new")]))
def test_what_is_missing_is_added(layout: str, place: int, path: tuple[str, ...]) -> None:
    """With the mapping around it, if that is missing too."""
    text, index = among(layout, place)
    edit = editable(text).put(index, path, "[a, b]")
    wanted = values_of(text)
    inside = wanted[index]
    for step in path[:-1]:
        inside = inside.setdefault(step, {})
    inside[path[-1]] = ["a", "b"]
    assert values_of(written(text, edit)) == wanted


@quick
@given(st.sampled_from(LAYOUTS), st.integers(0, 2))
def test_a_value_is_taken_out_where_that_is_a_matter_of_whole_lines(layout: str, place: int) -> None:
    """Elsewhere the place is named instead."""
    text, index = among(layout, place)
    edit = asked(partial(editable(text).drop, index, ("spec", "budget")))
    if edit is None:
        assert "spec: {" in layout
        return
    wanted = values_of(text)
    del wanted[index]["spec"]["budget"]
    assert values_of(written(text, edit)) == wanted


@pytest.mark.parametrize(
    "lifecycle",
    [
        "",
        "lifecycle: {protect: true}\n",
        "lifecycle:\n  protect: true # kept\n",
        "lifecycle:\n  ignore: []\n",
        "lifecycle: {ignore: [status]}\n",
        "lifecycle:\n  ignore:\n    # theirs\n    - status\n",
        "lifecycle:\n  ignore:\n  - {field: status, reason: x}\n",
        "lifecycle: {}\n",
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS[:3])
def test_an_item_is_added_to_a_list(layout: str, lifecycle: str) -> None:
    """As the first one; list and mapping are made if they are missing, before `spec`."""
    text = OTHERS[0] + "---\n" + layout.replace("spec:", f"{lifecycle}spec:", 1)
    item = "{field: budget, reason: TEXT}"
    edit = editable(text).item(1, ("lifecycle", "ignore"), item, before="spec")
    wanted = values_of(text)
    wanted[1].setdefault("lifecycle", {}).setdefault("ignore", []).insert(0, {"field": "budget", "reason": "TEXT"})
    after = written(text, edit)
    assert values_of(after) == wanted
    assert after.index("kind: C") < after.index("lifecycle")


@pytest.mark.parametrize(
    "text",
    [
        "kind: C\nspec:\n  budget: &b 500\n  other: *b\n",
        "kind: C\nshared: &s {budget: 500}\nspec: *s\n",
    ],
    ids=["anchor", "alias"],
)
def test_a_line_that_would_change_more_than_its_value_is_not_given(text: str) -> None:
    """The place is named, and a person writes it."""
    with pytest.raises(NotPossible, match=r"a\.yaml"):
        editable(text).put(0, ("spec", "budget"), "1")


def test_a_value_below_a_key_on_a_line_of_its_own() -> None:
    """YAML's long form of a key: the value's line alone is written anew."""
    text = "kind: C\nspec:\n  ? budget\n  : 500\n"
    assert written(text, editable(text).put(0, ("spec", "budget"), "1")) == text.replace("500", "1")


def test_an_alias_is_replaced_by_its_value() -> None:
    """Only where it stands."""
    text = "kind: C\nother: &b 5\nspec:\n  budget: *b  # shared\n"
    edit = editable(text).put(0, ("spec", "budget"), "7")
    assert edit == Edit(FILE, 4, 4, "replace", "  budget: 7  # shared")


def test_the_plainest_spelling_comes_first() -> None:
    """Money and words bare, ids and what could be taken for something else in quotes next."""
    assert spellings(Number("950.00"))[0] == "950.00"
    assert spellings(True) == ["true"]
    assert spellings("ENABLE")[0] == "ENABLE"
    assert spellings("1800000000906691454") == ["1800000000906691454", '"1800000000906691454"']
    assert spellings("a: b # c") == [json.dumps("a: b # c")]
    assert spellings(("A", "b c")) == ["[A, b c]", '["A", "b c"]']
    assert spellings({"a": ("1",), "x y:": True})[1] == '{a: ["1"], "x y:": true}'


def test_a_file_with_windows_line_ends_is_counted_as_editors_do() -> None:
    """The lines are the same ones."""
    text = "kind: C\r\nspec:\r\n  budget: 5\r\n"
    found, _ = read(FILE, text.encode())
    assert Editable(FILE, text.encode(), found).put(0, ("spec", "budget"), "7").line == 3
