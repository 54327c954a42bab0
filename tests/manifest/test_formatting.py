"""Manifests in one style: ordered and tidy, every comment where it belongs, and nothing says anything else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import Invalid
from reconciler.kinds.order import key_order
from reconciler.kinds.registry import BY_TITLE
from reconciler.manifest.document import unify
from reconciler.manifest.formatting import formatted
from reconciler.manifest.yaml import read
from tests.rotation import in_turn

FILE = "manifests/a.yaml"


def tidy(text: str) -> str:
    """The text formatted; formatted again it stays as it is."""
    made, left = formatted(FILE, text.encode())
    assert left == []
    assert formatted(FILE, made) == (made, [])
    return made.decode()


CASES = {
    "order": (
        "name: a\nspec:\n  budget: 1\n  objective_type: TRAFFIC\nkind: Campaign\nlabels: {b: c}\n",
        "kind: Campaign\nname: a\nlabels: {b: c}\nspec:\n  objective_type: TRAFFIC\n  budget: 1\n",
    ),
    "unknown and extra fields last": (
        "kind: Ad\nspec:\n  extra: {x: 1}\n  nobody: 1\n  adgroup: a\n",
        "kind: Ad\nspec:\n  adgroup: a\n  extra: {x: 1}\n  nobody: 1\n",
    ),
    "an unknown kind keeps its order": (
        "name: a\nkind: Planet\nspec: {b:   1, a: 2}\n",
        "name: a\nkind: Planet\nspec: {b: 1, a: 2}\n",
    ),
    "comments go with their key": (
        "kind: Campaign\nspec:\n  # the amount\n  budget: 1   # a day\n  # the mode\n  budget_mode: X # fixed\n",
        "kind: Campaign\nspec:\n  # the mode\n  budget_mode: X  # fixed\n  # the amount\n  budget: 1   # a day\n",
    ),
    "comments at the top and the bottom stay there": (
        "# top\n\n# second\nname: a\nkind: Video\n\n# bottom\n---\n# next\nname: b\nkind: Video\n# end\n",
        "# top\n\n# second\nkind: Video\nname: a\n\n# bottom\n---\n# next\nkind: Video\nname: b\n# end\n",
    ),
    "a comment right below a key and apart from the next is of the key above": (
        "kind: Campaign\nspec:\n  budget: 1\n  # 2 in spring\n\n  budget_mode: X\n",
        "kind: Campaign\nspec:\n  budget_mode: X\n  budget: 1\n  # 2 in spring\n",
    ),
    "a comment set in deeper is of the key above": (
        "kind: Ad\nspec:\n  creatives:\n  - {video: a}\n    # - {video: b}\n  adgroup: a\n",
        "kind: Ad\nspec:\n  adgroup: a\n  creatives:\n  - {video: a}\n    # - {video: b}\n",
    ),
    "indentation": (
        "kind: Ad\nspec:\n      creatives:\n          -   video: a\n              variant: 1\n          # c\n"
        "          - {video: b}\n      adgroup: a\n",
        "kind: Ad\nspec:\n  adgroup: a\n  creatives:\n    - video: a\n      variant: 1\n    # c\n    - {video: b}\n",
    ),
    "spacing": (
        "kind:    Ad\nspec:\n  ad_texts:   [ a,b ,  'c' ,]   \n  video: { video:  a } # no comment\n",
        'kind: Ad\nspec:\n  video: {video: a}  # no comment\n  ad_texts: [a, b, "c"]\n',
    ),
    "flow of a whole document": (
        "{spec: {sha256: 'a', url: \"b\"}, name: a, kind: Video}  # one\n",
        '{kind: Video, name: a, spec: {url: "b", sha256: "a"}}  # one\n',
    ),
    "flow over lines stays": (
        "name: a\nkind: Ad\nspec:\n  ad_texts: [a,  # one\n    b,   # two\n  ]\n  adgroup: x\n",
        "kind: Ad\nname: a\nspec:\n  adgroup: x\n  ad_texts: [a,  # one\n    b,   # two\n  ]\n",
    ),
    "quotes": (
        "kind: Ad\nname: 'a'\nspec:\n  ad_name: 'it''s'\n  ad_text: 'say \"hi\"'\n"
        "  call_to_action_id: '70'\n  x: 'a\\b'\n",
        'kind: Ad\nname: "a"\nspec:\n  ad_name: "it\'s"\n  ad_text: \'say "hi"\'\n  call_to_action_id: "70"\n'
        "  x: 'a\\b'\n",
    ),
    "block scalars": (
        "kind: Ad\nspec:\n    ad_text: |  # as it is\n        # text\n\n          more  \n\n"
        "    ad_name: >-\n        a\n        b\n    adgroup: x\n",
        "kind: Ad\nspec:\n  adgroup: x\n\n  ad_name: >-\n      a\n      b\n  ad_text: |  # as it is\n      # text\n\n"
        "        more  \n",
    ),
    "block scalars that keep their end": (
        "kind: Ad\nspec:\n  ad_text: |+\n    a\n\n\n  adgroup: x\n",
        "kind: Ad\nspec:\n  adgroup: x\n  ad_text: |+\n    a\n\n\n",
    ),
    "text over lines": (
        "kind: Ad\nspec:\n    ad_text: \"a\n      b\\\n      c\"  # d\n    ad_name: a\n      b\n    adgroup: x\n",
        "kind: Ad\nspec:\n  adgroup: x\n  ad_name: a\n    b\n  ad_text: \"a\n    b\\\n    c\"  # d\n",
    ),
    "a value below its key": (
        "kind: Ad\nspec:\n    ad_text:   # why\n        a text\n    adgroup: x\n",
        "kind: Ad\nspec:\n  adgroup: x\n  ad_text:   # why\n      a text\n",
    ),
    "aliases keep the order": (
        "kind: Ad\nspec:\n  ad_texts:   &t [a,b]\n  adgroup:  x\n  page_ids: *t\n",
        "kind: Ad\nspec:\n  ad_texts: &t [a, b]\n  adgroup: x\n  page_ids: *t\n",
    ),
    "an anchor that nobody uses moves with its key": (
        "kind: Ad\nspec: &s   # all\n  video: &v\n    video: a\n  adgroup: &a x\n",
        "kind: Ad\nspec: &s   # all\n  adgroup: &a x\n  video: &v\n    video: a\n",
    ),
    "what is replaced later": (
        "kind: Ad\nname: us-${hook}\nspec:\n  ad_name: '${var.x} and $${y}'\n"
        "  video: {refresh: h, variant: \"${hook}\"}\n  adgroup: ${a}\n",
        "kind: Ad\nname: us-${hook}\nspec:\n  adgroup: ${a}\n  ad_name: \"${var.x} and $${y}\"\n"
        "  video: {refresh: h, variant: \"${hook}\"}\n",
    ),
    "empty lines": (
        "\n\nkind: Video\n\n\n\nname: a\n\n---\n\n\n# b\n\nkind: Video\n\n\n",
        "kind: Video\n\nname: a\n---\n# b\n\nkind: Video\n",
    ),
    "empty documents and markers": (
        "---\n---\n# nothing\n---\nname: a\nkind: Video\n...\n---\nname: b\nkind: Video\n",
        "---\n---\n# nothing\n---\nkind: Video\nname: a\n...\n---\nkind: Video\nname: b\n",
    ),
    "no line feed at the end": ("name: a\nkind: Video", "kind: Video\nname: a\n"),
    "unicode": (
        "name: a\nkind: Ad\nspec:\n  ad_text: \U0001f600 Frühling  # 漢字\n  ad_name: 'é'\n",
        'kind: Ad\nname: a\nspec:\n  ad_name: "é"\n  ad_text: \U0001f600 Frühling  # 漢字\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_file_in_one_style(case: str) -> None:
    """Each of these comes out as it should, with LF and with CRLF, with and without a byte order mark."""
    text, wanted = CASES[case]
    assert tidy(text) == wanted
    assert tidy(text.replace("\n", "\r\n")) == wanted.replace("\n", "\r\n")
    assert tidy("\ufeff" + text) == "\ufeff" + wanted


@pytest.mark.parametrize(
    "text",
    [
        "? kind\n: Video\n? name\n: a\n",
        "kind: Ad\nspec:\n  creatives:\n  -\n    video: a\n",
        "--- {name:  a, kind: Video}\n",
        "{name: a,\n kind: Video}\n",
    ],
)
def test_what_is_not_taken_apart_stays_and_is_named(text: str) -> None:
    """By the line of its document; the document beside it is formatted all the same."""
    whole = "name: z\nkind: Video\n---\n" + text.removeprefix("--- ")
    if text.startswith("---"):
        whole = "name: z\nkind: Video\n" + text
    made, left = formatted(FILE, whole.encode())
    assert len(left) == 1
    assert made.decode().startswith("kind: Video\nname: z\n---")
    assert made.decode().endswith(text.removeprefix("--- "))


@pytest.mark.parametrize("text", ["a: [", "a: 1\na: 2\n", "a: !!int 1\n", "- a\n", "a: \x07\n", "a: {b: ${c}}\n"])
def test_a_file_that_cannot_be_read_is_an_error(text: str) -> None:
    """With its place, as everywhere."""
    with pytest.raises(Invalid) as caught:
        formatted(FILE, text.encode())
    assert caught.value.findings[0].place


def test_the_order_is_that_of_the_kinds() -> None:
    """`kind` and `name` lead, `spec` comes after what is beside it, `extra` is last."""
    for title in BY_TITLE:
        keys, fields = key_order(title)
        assert keys[:2] == ("kind", "name")
        assert keys[-1] == "spec"
        assert fields[-1] == "extra"


# ---------------------------------------------------------------------------------------------------- made up

blank = st.sampled_from(["", "\n", "\n\n"])
values = [
    " 500.00",
    "   'it''s'",
    ' "a # b"',
    " [ a,'b', {c: d} ]",
    " [a,\n~~b]",
    ' "a\n~~b"',
    " |-\n~~# no comment\n\n~~ b",
    "\n~- a\n~# between\n~-   b: 1\n~    c: 2",
    "\n~~- - a\n~~- &x b",
    "\n~~a: 1   # deep\n\n~~# inside\n~~b: {}",
]
"""How a value may be written; `~` stands for the column of its key, `~~` for one further to the right."""


def put(value: str, deep: int) -> str:
    """The value of a key in that column."""
    return value.replace("~~", " " * (deep + 2)).replace("~", " " * deep)


@st.composite
def manifests(draw: st.DrawFn) -> str:
    """A manifest whose comments name the key that they belong to."""
    _, fields = key_order("Ad")
    deep = draw(st.integers(1, 5))

    def entry(name: str, column: int, value: str) -> str:
        above = f"{' ' * column}# above {name}\n" if draw(st.booleans()) else ""
        can_end = "\n" not in value
        behind = f" # behind {name}" if can_end and draw(st.booleans()) else ""
        return draw(blank) + above + f"{' ' * column}{name}:{value}{behind}\n"

    spec = "\n" + "".join(
        entry(name, deep, put(draw(st.sampled_from(values)), deep))
        for name in draw(st.lists(st.sampled_from(fields), min_size=1, max_size=6, unique=True))
    )
    simple = {"kind": " Ad", "name": "  a", "labels": " {b: 'c'}", "spec": spec.removesuffix("\n")}
    top = draw(st.permutations(list(simple)))
    return "".join(entry(name, 0, simple[name]) for name in top)


@in_turn(0, 3)
@given(st.lists(manifests(), min_size=1, max_size=3), st.booleans())
@settings(max_examples=300)
def test_every_comment_stays_with_its_key(documents: list[str], crlf: bool) -> None:
    """Whatever the order was: keys are in the order of the kind, each under its own comment, and say what they said."""
    text = "---\n".join(documents)
    made = unify(tidy(text.replace("\n", "\r\n") if crlf else text))
    before, after = read(FILE, text.encode())[0], read(FILE, made.encode())[0]
    assert [one.value for one in before] == [one.value for one in after]
    keys, fields = key_order("Ad")
    for one in after:
        assert list(one.value) == [key for key in keys if key in one.value]
        spec: dict[str, Any] = one.value["spec"]
        assert list(spec) == [field for field in fields if field in spec]
    lines = [line.strip() for line in made.splitlines()]
    assert sorted(line for line in lines if line.startswith("# above")) == sorted(
        line.strip() for line in text.splitlines() if line.strip().startswith("# above")
    )
    for number, line in enumerate(lines):
        # What stands at the top of a document is about the document.
        if line.startswith("# above ") and number and lines[number - 1] != "---":
            assert lines[number + 1].startswith(line.removeprefix("# above ") + ":")
        if "# behind " in line:
            assert line.startswith(line.rpartition("# behind ")[2] + ":")
