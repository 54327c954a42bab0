"""The strict YAML reader and the places of values."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import Finding, Place
from reconciler.manifest import document as limits
from reconciler.manifest import lines, quick
from reconciler.manifest import yaml as reader
from reconciler.manifest.careful import Careful
from reconciler.manifest.document import FORBIDDEN, Document, unify
from reconciler.manifest.positions import locate, locate_all
from reconciler.manifest.yaml import read
from reconciler.model import Plain
from tests.rotation import in_turn

FILE = "manifests/a.yaml"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def values(text: str) -> list[dict[str, Any]]:
    """The documents of a text in which nothing is wrong."""
    documents, findings = read(FILE, text.encode())
    assert findings == []
    return [one.value for one in documents]


def found(text: str | bytes, secret: str | None = None) -> list[tuple[str, int, int]]:
    """Code, line and column of each finding."""
    data = text.encode() if isinstance(text, str) else text
    return [(one.code, one.place.line, one.place.column) for one in read(FILE, data, secret)[1] if one.place]


def careful(text: str, secret: str | None = None) -> tuple[list[Document], list[Finding]]:
    """What the careful pass alone makes of a text."""
    return Careful(FILE, text, secret).read()


# Values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: b\n", {"a": "b"}),
        ("a: 'b'\n", {"a": "b"}),
        ("a:\n", {"a": ""}),
        ("a: {b: 1, c: [x, 'y']}\n", {"a": {"b": "1", "c": ["x", "y"]}}),
        ("1: x\ntrue: y\n'no': z\n", {"1": "x", "true": "y", "no": "z"}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("a: >-\n  one\n  two\n", {"a": "one two"}),
        ("a: 'one\n\n  two'\n", {"a": "one\ntwo"}),
        ('a: "x\\ty\\u00e9"\n', {"a": "x\tyé"}),
        ('a: "x\ty"\n', {"a": "x\ty"}),
        ("a:\tb\n", {"a": "b"}),
        ("a: &x {b: 1}\nc: *x\n", {"a": {"b": "1"}, "c": {"b": "1"}}),
        ("&k a: 1\nb: *k\n", {"a": "1", "b": "a"}),
        ("a: &x\n", {"a": ""}),
        ("'<<': 1\n", {"<<": "1"}),
        ("%YAML 1.1\n---\na: 1\n", {"a": "1"}),
        ("%YAML 1.2\n---\na: 1\n", {"a": "1"}),
        ("\ufeffa: 1\n", {"a": "1"}),
        ("a: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": "1", "b": "x\ny\n"}),
        ("a: e\u0301\n", {"a": "é"}),
        ('a: "e\\u0301"\n', {"a": "é"}),
        ("e\u0301: 1\n", {"é": "1"}),
        ("a: Buy now! 5 * 3 & more\n", {"a": "Buy now! 5 * 3 & more"}),
        ("url: https://x.example/?a=1&b=50%\n", {"url": "https://x.example/?a=1&b=50%"}),
        ("a: 012\nb: 1e3\nc: 12:30:45\nd: .inf\n", {"a": "012", "b": "1e3", "c": "12:30:45", "d": ".inf"}),
        ("{}\n", {}),
        ("a: $x {y}\n", {"a": "$x {y}"}),
        ("a: #x\n", {"a": ""}),
        ("a: \U0001f600 ü\n", {"a": "\U0001f600 ü"}),
    ],
)
def test_values(text: str, value: dict[str, Any]) -> None:
    """A valid document gives exactly its texts."""
    assert values(text) == [value]


def test_plain_is_told_from_quoted() -> None:
    """Only scalars without quotes are Plain, and keys never are."""
    [value] = values("a: 50\nb: '50'\nc: |-\n  50\nd:\n'e': [50, \"50\"]\n")
    assert [type(value[key]) for key in "abcd"] == [Plain, str, str, Plain]
    assert [type(one) for one in value["e"]] == [Plain, str]
    assert {type(key) for key in value} == {str}


def test_types_are_the_same_in_the_careful_pass() -> None:
    """An alias elsewhere in the file does not change what is Plain."""
    [value] = values("x: &x 1\ny: *x\na: 50\nb: '50'\nc:\n")
    assert [type(value[key]) for key in "yabc"] == [Plain, Plain, str, Plain]
    assert {type(key) for key in value} == {str}


def test_documents_are_numbered_as_in_the_file() -> None:
    """Empty documents give no value but keep their number, and the line is that of the first key."""
    documents, findings = read(FILE, b"# note\n---\n---\n\n# c\na: 1\n---\n...\n---\n{\n  b: 1}\n")
    assert findings == []
    assert [(one.file, one.index, one.line, one.value) for one in documents] == [
        (FILE, 1, 6, {"a": "1"}),
        (FILE, 3, 11, {"b": "1"}),
    ]


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "--- # c\n---\n", "\ufeff", " \n"])
def test_nothing_in_a_file(text: str) -> None:
    """A file without a document is no error."""
    assert values(text) == []


# Rules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # R101
        (b"a: 1\nb: \xc3\xa9\xff\n", [("R101", 2, 5)]),
        (b"\xef\xbb\xbfa: \xff", [("R101", 1, 4)]),
        (b"\xff\xfea\x00", [("R101", 1, 1)]),
        # R102
        ("a: [1\n", [("R102", 1, 4)]),
        ("a: [1", [("R102", 1, 4)]),
        ("a: 'x\n", [("R102", 1, 4)]),
        ("a: 1\n b: 2\n", [("R102", 2, 3)]),
        ("a: b: c\n", [("R102", 1, 5)]),
        ("a: @x\n", [("R102", 1, 4)]),
        ("a:\n\tb: 1\n", [("R102", 2, 1)]),
        ("a: *b\n", [("R102", 1, 4)]),
        ("a: &x [*x]\n", [("R102", 1, 8)]),
        ("a: &x 1\n---\nb: *x\n", [("R102", 3, 4)]),
        ("%YAML 1.3\n---\na: 1\n", [("R102", 1, 1)]),
        ("%FOO\n---\na: 1\n", [("R102", 1, 5)]),
        # R103
        ("a: 1\na: 2\n", [("R103", 2, 1)]),
        ("a: 1\n'a': 2\na: 3\n", [("R103", 2, 1), ("R103", 3, 1)]),
        ("a:\n  - b: 1\n    b: 2\n", [("R103", 3, 5)]),
        ("{a: 1, a: 2}\n", [("R103", 1, 8)]),
        ("é: 1\ne\u0301: 2\n", [("R103", 2, 1)]),
        # R104
        ("a: !!int 5\n", [("R104", 1, 4)]),
        ("a: ! 5\n", [("R104", 1, 4)]),
        ("a: &x !y [1]\n", [("R104", 1, 7)]),
        ("--- !x\na: 1\n", [("R104", 1, 5)]),
        ("!x a: 1\n", [("R104", 1, 1)]),
        ("%TAG ! tag:x,2000:\n---\na: 1\n", [("R104", 1, 1)]),
        ("a: !x!y z\n", [("R104", 1, 4)]),
        # R105
        ("a: &x {b: 1}\nc:\n  <<: *x\n", [("R105", 3, 3)]),
        ("<<: 1\n<<: 2\n", [("R105", 1, 1), ("R105", 2, 1)]),
        # R110
        ("a: b\u200bc\n", [("R110", 1, 5)]),
        ("# \u202e\na: b\n", [("R110", 1, 3)]),
        ("a: x\x07y\x1b\n", [("R110", 1, 5), ("R110", 1, 7)]),
        ("a: \x80\n", [("R110", 1, 4)]),
        ("a: \x00\n", [("R110", 1, 4)]),
        ("a: x\ufeff\n", [("R110", 1, 5)]),
        ("a: \ufffe\n", [("R110", 1, 4)]),
        ("a: 1\rb: 2\n", [("R110", 1, 5)]),
        ("a: x\u2028b: y\n", [("R110", 1, 5)]),
        ('a: "\\u202e"\n', [("R110", 1, 4)]),
        ('a: "\\e[0m"\n', [("R110", 1, 4)]),
        ('"\\0": 1\n', [("R110", 1, 1)]),
        ('"a\\nb": 1\n', [("R110", 1, 1)]),
        ('a: "\\ud800"\n', [("R110", 1, 7)]),
        ("a: b\tc\n", [("R110", 1, 4)]),
        ("'a\tb': c\n", [("R110", 1, 1)]),
        ("a: b\n\n  c\n", [("R110", 1, 4)]),
        # R111
        ("? [a]\n: 1\n", [("R111", 1, 3)]),
        ("{a: 1}: 1\n", [("R111", 1, 1)]),
        ("'': 1\n", [("R111", 1, 1)]),
        ("a: {? : 1}\n", [("R111", 1, 7)]),
        ("a: &x b\n*x : 1\n", [("R111", 2, 1)]),
        # R112
        ("- a\n", [("R112", 1, 1)]),
        ("text\n", [("R112", 1, 1)]),
        ("''\n", [("R112", 1, 1)]),
        ("null\n", [("R112", 1, 1)]),
        ("a: 1\n---\n[]\n", [("R112", 3, 1)]),
        # R113
        ("${a}: 1\n", [("R113", 1, 1)]),
        ("a: {x${b}: 1}\n", [("R102", 1, 7)]),
        ('"\\x24{b}": 1\n', [("R113", 1, 1)]),
        # Several
        (
            "a: 1\na: !x 2\nb${c}: 1\nd: \u200b\n? []\n: *no\n",
            [("R103", 2, 1), ("R104", 2, 4), ("R113", 3, 2), ("R110", 4, 4), ("R111", 5, 3), ("R102", 6, 3)],
        ),
        (
            "a: [\n---\nb: 1\nb: 2\n---\nc: 'x\n---\n- d\n",
            [("R102", 2, 1), ("R103", 4, 1), ("R102", 7, 1), ("R112", 8, 1)],
        ),
    ],
)
def test_findings(text: str | bytes, expected: list[tuple[str, int, int]]) -> None:
    """Each rule is found at its place, and nothing else is."""
    assert found(text) == expected


def test_reading_goes_on_after_a_syntax_error() -> None:
    """The documents behind one that cannot be read are there, under their own number and line."""
    documents, findings = read(FILE, b"a: 1\n---\nb: [\n---\nc: 1\n---\n%\n---\nd: 1\n")
    assert [one.code for one in findings] == ["R102", "R102"]
    assert [(one.index, one.line, one.value) for one in documents] == [
        (0, 1, {"a": "1"}),
        (2, 5, {"c": "1"}),
        (4, 9, {"d": "1"}),
    ]
    data = b"a: 1\n---\nb: [\n---\nc: 1\n---\n%\n---\nd: 1\n"
    assert [locate(FILE, data, one.index, list(one.value)).line for one in documents] == [1, 5, 9]


@pytest.mark.parametrize(
    ("text", "line"), [("{\n}\n", 1), ("\n{\n a: 1}", 3), ("?\n? b\n", 1), ("{\n [a]: 1, b: 2}", 2), ("&x\na: 1", 2)]
)
def test_line_of_a_document(text: str, line: int) -> None:
    """A document has the line of its first key, be it refused, and its own line when it is empty."""
    data = text.encode()
    assert [one.line for one in read(FILE, data)[0]] == [line]
    assert locate(FILE, data, 0, []).line == line


def test_messages_name_the_first_line_and_the_path() -> None:
    """A duplicate key is told with where it stands first and within what."""
    [finding] = read(FILE, b"spec:\n  hooks:\n    - x\n    - type: A\n      type: B\n")[1]
    assert finding.message == 'duplicate key "type" in spec.hooks[1], first on line 4'
    assert finding.place == Place(FILE, 5, 7, 4)


@pytest.mark.parametrize(
    "sides",
    ["  b: 1\n=======\n  b: 2\n", "=======\n  b: 2\n", "  b: 1\n=======\n", "  b: [1,\n=======\n  b: [2,\n"],
    ids=["both", "theirs", "ours", "open"],
)
def test_a_conflict_of_a_merge_is_told_as_one(sides: str) -> None:
    """Where git's lines are, and what to do with them, not what YAML makes of them."""
    [finding] = read(FILE, f"a:\n<<<<<<< HEAD\n{sides}>>>>>>> theirs\n".encode())[1]
    assert (finding.message, finding.place) == ("here git has left a conflict of a merge", Place(FILE, 2, 1))
    assert finding.hint
    assert finding.hint.startswith("keep one side")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<<<<<<< HEAD\nkind: Ad\n=======\nkind: Video\n>>>>>>> theirs\n", "R102"),
        ("kind Ad\nname: x\n", "R112"),
        ("hello\nkind: Ad\n", "R112"),
    ],
)
def test_what_only_follows_from_a_fault_is_not_told(text: str, code: str) -> None:
    """A document that is a single value cannot be read on: one fault, one finding; so in each document of a file."""
    assert [one[0] for one in found(f"a: 1\n---\n{text}---\n{text}")] == [code, code]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 'x", "quoted text is never closed"),
        ("a: {b: 1\n", "a mapping that begins with `{` lacks a `,` or is never closed"),
        ("a:\n  b: [US] Spring\n", "text goes on after the value has ended; put the whole value in quotes"),
        ('a: "US" Spring\n', "text goes on after the value has ended; put the whole value in quotes"),
        (
            "a: {b: [US] Spring}\n",
            "a `,` or `}` is expected here; or put the whole value in quotes",
        ),
        ("a: [[US] Spring]\n", "a `,` or `]` is expected here; or put the whole value in quotes"),
        ("a: [x]\n b: 1\n", "a key is expected here; check the indentation"),
        ("a: b: c", "a `:` is not possible here; quote the text that holds it"),
        ("a:\n\tb: c", "there is a tab in the indentation; use spaces"),
        ("a: %x", "no value can begin with this character; quote the text"),
        ("a: &\n", "did not find expected alphabetic or numeric character (while scanning an anchor)"),
    ],
)
def test_syntax_errors_in_plain_words(text: str, words: str) -> None:
    """A syntax error is told without the grammar's vocabulary where the words are known."""
    assert [one.message for one in read(FILE, text.encode())[1]] == [words]


def test_the_first_of_two_values_stays() -> None:
    """A duplicate or refused key leaves the rest of the document to be checked further."""
    documents, _ = read(FILE, b"a: 1\na: 2\n<<: {z: 1}\n? [q]\n: 1\nb: !x 3\n")
    assert [one.value for one in documents] == [{"a": "1", "b": "3"}]


def test_size_limit() -> None:
    """One byte above 1 MiB is refused, 1 MiB is read."""
    comment = b"a: 1 #"
    assert found(comment + b"x" * (1024 * 1024 - len(comment))) == []
    assert found(comment + b"x" * (1024 * 1024 - len(comment) + 1)) == [("R108", 1, 1)]


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_depth_limit(opening: str) -> None:
    """50 levels are read and 51 are not."""
    closing = "]" if opening == "[" else "}"
    assert found("a: " + opening * 49 + closing * 49) == []
    assert [one[0] for one in found("a: " + opening * 50 + closing * 50)] == ["R109"]


def test_depth_limit_through_an_alias() -> None:
    """An alias counts with the levels of what it stands for."""
    deep = "x: &x " + "[" * 30 + "]" * 30 + "\n"
    assert found(deep + "y: " + "[" * 19 + "*x" + "]" * 19) == []
    assert found(deep + "y: " + "[" * 20 + "*x" + "]" * 20) == [("R109", 2, 24)]


def test_alias_limit() -> None:
    """20 aliases in a file are read, the 21st is reported once."""
    text = "a: &x 1\n"
    assert found(text + "".join(f"k{number}: *x\n" for number in range(20))) == []
    assert found(text + "".join(f"k{number}: *x\n" for number in range(30))) == [("R106", 22, 6)]


@pytest.mark.parametrize(("note", "others"), [("", 3), ("b: &x 1\n", 5)])
def test_node_limit(note: str, others: int) -> None:
    """50,000 nodes are read and one more is not; the document, keys and lists are nodes too."""
    exact = limits.MAX_NODES - others
    assert found(note + "a: [" + "x," * exact + "]") == []
    assert [one[0] for one in found(note + "a: [" + "x," * (exact + 1) + "]")] == ["R107"]


def test_node_limit_on_lines() -> None:
    """A file that is short enough for the quick pass is counted there as well."""
    pairs = "".join(f"k{number}: [a b c d]\n" for number in range(16_666))
    assert found(pairs) == []
    assert [one[0] for one in found(pairs + "z: [q]\n")] == ["R107"]


def test_node_limit_of_plain_lines() -> None:
    """The last line counts whether or not it ends."""
    assert found("".join(f"k{number}: v\n" for number in range(24_999))) == []
    assert [one[0] for one in found("\n".join(f"k{number}: v" for number in range(25_000)))] == ["R107"]


def test_node_limit_over_many_documents() -> None:
    """The limit is for the file, not for one document."""
    assert [one[0] for one in found("a: {b: c, d: e}\n---\n" * 7200)] == ["R107"]


def test_alias_bomb_stops_at_once() -> None:
    """Aliases are counted in full without being written out."""
    text = "a0: &a0 [x, x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 11))
    assert found(text) == []
    bomb = "a0: &a0 [" + "x, " * 9000 + "]\n" + "b: [*a0, *a0, *a0, *a0, *a0]\n"
    assert found(bomb) == [("R107", 2, 25)]


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "{",
        "- ",
        "? ",
        "[a]: ",
        '"',
        "'",
        "&a ",
        "!a ",
        "*a ",
        "---\n[\n",
        "\x07\n",
        "\u200b",
        "a: |\n",
        "'a",
        "%TAG ! x\n",
        ": ",
        ",\n",
        "a:\n",
        "${",
        "\t",
        "\r",
        "!",
        '"\\',
        "--- >\n a\n",
        "é",
        "9",
        "#",
        "\\x41",
        "{? ",
        "!<",
    ],
)
def test_hostile_files_are_answered(unit: str) -> None:
    """A file of nothing but one token gives at most 100 findings, and no crash."""
    data = (unit * (256 * 1024 // len(unit.encode()))).encode()
    documents, findings = read(FILE, data, "secret")
    assert len(findings) <= limits.MAX_FINDINGS
    for document in documents:
        locate(FILE, data, document.index, ["a"])


def test_findings_are_capped_and_say_so() -> None:
    """The hundredth finding tells that there may be more."""
    findings = read(FILE, b"\x07\n" * 500)[1]
    assert len(findings) == limits.MAX_FINDINGS
    assert findings[-1].hint == "there may be more: at most 100 findings are listed for a file"


def test_long_numbers_are_text() -> None:
    """5,000 digits are never turned into a number."""
    assert values("a: " + "9" * 5000) == [{"a": "9" * 5000}]


# The access token

SECRET = "tok0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (f"a: {SECRET}\n", [1]),
        (f"a: 1\n# {SECRET}\n", [2]),
        (f"a: x{SECRET}y\nb: 1\nc: '{SECRET}'\n", [1, 3]),
        (f"{SECRET}: 1\n", [1]),
        ('a: "\\x74' + SECRET[1:] + '"\n', [1]),
        (f"a: |\n  x\n  {SECRET}\n", [3]),
        (f'a: 1\nb: "{SECRET[:5]}\\\n  {SECRET[5:]}"\n', [2]),
        (f"a: [{SECRET}\n", [1]),
    ],
)
def test_the_token_is_found_and_never_shown(text: str, lines: list[int]) -> None:
    """Each line with the token gives one finding without a column, and no message or value holds it."""
    documents, findings = read(FILE, text.encode(), SECRET)
    tokens = [one for one in findings if one.code == "R114"]
    assert [one.place for one in tokens] == [Place(FILE, line) for line in lines]
    assert SECRET not in repr(findings)
    assert SECRET not in repr(documents)


def test_the_token_is_masked_in_other_messages() -> None:
    """A finding of another kind on such a line does not name it either."""
    findings = read(FILE, f"{SECRET}: 1\n{SECRET}: 2\n".encode(), SECRET)[1]
    assert {one.code for one in findings} == {"R103", "R114"}
    assert SECRET not in repr(findings)


@pytest.mark.parametrize("secret", [None, ""])
def test_no_token_no_search(secret: str | None) -> None:
    """Without a token nothing is looked for."""
    assert found("a: 1\n", secret) == []


# Characters


def test_forbidden_characters_are_the_categories() -> None:
    """The written-out ranges are exactly Cc, Cf, Cs, Zl and Zp, but for what a newer Unicode may have assigned."""
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        category = unicodedata.category(character)
        if category in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            assert (character in "\n\t") != bool(FORBIDDEN.fullmatch(character)), hex(number)
        elif FORBIDDEN.fullmatch(character):
            assert category == "Cn" or number in range(0x13430, 0x13440), hex(number)


# Properties

TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Cn"], exclude_characters="\ufffe\uffff"),
    max_size=12,
).map(lambda text: unicodedata.normalize("NFC", text))
KEYS = TEXTS.filter(lambda text: bool(text) and "${" not in text)
TREES = st.recursive(
    TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)
DOCUMENTS = st.dictionaries(KEYS, TREES, min_size=1, max_size=5)


@in_turn(2, 3)
@given(st.lists(DOCUMENTS, min_size=1, max_size=3), st.booleans(), st.sampled_from([None, '"', "'"]), st.booleans())
def test_same_values_as_a_loader_of_texts(
    documents: list[dict[str, Any]], flow: bool, style: Any, unicode: bool
) -> None:
    """What `safe_dump` writes is read back as the same texts."""
    stream = yaml.safe_dump_all(
        documents, default_flow_style=flow, default_style=style, allow_unicode=unicode, sort_keys=False, width=60
    )
    read_back, findings = read(FILE, stream.encode())
    assert findings == []
    assert [one.value for one in read_back] == list(yaml.load_all(stream, Loader=yaml.CBaseLoader))


@in_turn(1, 3)
@given(st.lists(DOCUMENTS, min_size=1, max_size=3), st.booleans())
def test_both_passes_agree(documents: list[dict[str, Any]], flow: bool) -> None:
    """The careful pass gives the documents of the quick one."""
    stream = yaml.safe_dump_all(documents, default_flow_style=flow, allow_unicode=True)
    if reader._needs_care(stream, None):
        return
    found = quick.documents(FILE, stream, None, is_open=False)
    if found is None:
        # It hands over what it is not sure of, such as a backslash in quotes.
        assert "\\" in stream
        return
    assert careful(stream) == (found, [])


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "a",
            "b: ",
            "c:",
            "\n",
            "\n  ",
            "\n- ",
            "- ",
            "? ",
            ": ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "'",
            '"',
            "|\n",
            ">\n ",
            "&x ",
            "*x",
            "!t ",
            "<<: ",
            "---\n",
            "...\n",
            "%TAG ! t\n",
            "#",
            "${",
            "\t",
            "\r",
            "\r\n",
            "\ufeff",
            "\u200b",
            "\x1b",
            "\u2028",
            "\\x00",
            "\\",
            "e\u0301",
            "é",
            "s3cret",
            "50",
        ]
    ),
    max_size=40,
).map("".join)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300) | (FRAGMENTS | st.text(max_size=200)).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_give_an_answer(data: bytes) -> None:
    """Whatever the bytes are, the answer is documents or findings at places inside the file, each named once."""
    documents, findings = read(FILE, data, "s3cret")
    lines = data.decode("utf-8", "replace").split("\n")
    for finding in findings:
        assert finding.place is not None
        assert 1 <= finding.place.line <= len(lines) + 1
    assert len({(one.code, one.place) for one in findings}) == len(findings)
    assert "s3cret" not in repr(documents) + repr(findings)
    for document in documents:
        assert locate(FILE, data, document.index, []).line == document.line


@given(FRAGMENTS)
def test_the_quick_pass_misses_nothing(text: str) -> None:
    """What the quick pass accepts, the careful pass accepts with the same values."""
    text = unify(text)
    if reader._needs_care(text, "s3cret"):
        return
    found = quick.documents(FILE, text, "s3cret", is_open=False)
    assert found is None or careful(text, "s3cret") == (found, [])


PLAINLY = [
    "a: b",
    "a:",
    "b: 'c, d'",
    'c: "e"',
    "- f g",
    "d: [a, {b: c}]",
    "e: {}",
    "# h: i",
    "---",
    "",
    "f: http://i/j#k",
]
"""Lines as most files have them."""
BESIDE = [
    " # l",
    " ",
    ":",
    ": m",
    "'",
    '"',
    "]",
    "}",
    ", n",
    " &o",
    " *p",
    " !q",
    "|",
    ">",
    "-",
    "?",
    "%",
    "~",
    "@",
    "·",
    "\xa0",
    "\u2028",
]
"""What is written after some of them, and makes them something else, or nothing."""
LINES = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 2, 2, 4, 1]),
        st.sampled_from(PLAINLY) | st.tuples(st.sampled_from(PLAINLY), st.sampled_from(BESIDE)).map("".join),
    ).map(lambda one: " " * one[0] + one[1]),
    max_size=8,
).map("\n".join)


@settings(max_examples=500)
@given(LINES | FRAGMENTS)
def test_what_is_read_by_lines_means_the_same_to_a_parser(text: str) -> None:
    """Values, types, numbers of documents and lines; what is wrong or strange is left to the parser."""
    if reader._needs_care(text, None):
        return
    found = lines.documents(FILE, text, is_open=False)
    if found is not None:
        parsed = quick.documents(FILE, text, None, is_open=False)
        assert parsed == found
        assert list(map(typed, (one.value for one in found))) == list(map(typed, (one.value for one in parsed or ())))


def typed(value: Any) -> Any:
    """The value with the type of each scalar, and mappings in their order."""
    if isinstance(value, dict):
        return [(key, typed(inner)) for key, inner in value.items()]
    return list(map(typed, value)) if isinstance(value, list) else (type(value), value)


def test_files_as_people_write_them_are_read_by_lines() -> None:
    """Nearly every manifest of the examples; a mapping that begins beside a dash is for the parser."""
    files = [*EXAMPLES.rglob("manifests/*.yaml")]
    taken = [one for one in files if lines.documents(one.name, one.read_text("utf-8"), is_open=False) is not None]
    assert len(files) > 10
    assert len(taken) / len(files) > 0.8


def paths(value: Any, prefix: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value below `value`."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [((*prefix, step), one) for step, one in items]
    return [path for path, _ in below] + [deeper for path, one in below for deeper in paths(one, path)]


SIMPLE = st.text("abcdef", min_size=1, max_size=6)
SIMPLE_TREES = st.recursive(
    SIMPLE, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SIMPLE, inner, max_size=4), max_leaves=20
)


@given(st.lists(st.dictionaries(SIMPLE, SIMPLE_TREES, min_size=1, max_size=4), min_size=1, max_size=3), st.booleans())
def test_every_key_and_scalar_is_located(documents: list[dict[str, Any]], flow: bool) -> None:
    """The text at the place of a key or scalar is that key or scalar."""
    stream = yaml.safe_dump_all(documents, default_flow_style=flow, width=1000)
    lines = stream.split("\n")

    def at(place: Place) -> str:
        return lines[place.line - 1][place.column - 1 : place.column - 1 + place.length]

    wanted = [(index, path, key) for index, one in enumerate(documents) for path in paths(one) for key in (True, False)]
    for (index, path, key), place in zip(wanted, locate_all(FILE, stream.encode(), wanted), strict=True):
        value: Any = documents[index]
        for step in path:
            value = value[step]
        if key and isinstance(path[-1], str):
            assert at(place) == path[-1]
        elif isinstance(value, str):
            assert at(place) == value


# Places

SOURCE = """\
# note
kind: Ad
spec:
  empty:
  list: [x, {y: "two words"}]
  text: |
    long
    text
  shared: &s {deep: 1}
again: *s
é: ü z
---
---
b: 1
""".encode()


@pytest.mark.parametrize(
    ("index", "path", "key", "place"),
    [
        (0, ["kind"], False, (2, 7, 2)),
        (0, ["kind"], True, (2, 1, 4)),
        (0, ["spec"], True, (3, 1, 4)),
        (0, ["spec"], False, (4, 3, 1)),
        (0, ["spec", "empty"], False, (4, 9, 1)),
        (0, ["spec", "list", 1, "y"], False, (5, 17, 11)),
        (0, ["spec", "list", 1, "y"], True, (5, 14, 1)),
        (0, ["spec", "list", 0], True, (5, 10, 1)),
        (0, ["spec", "text"], False, (6, 9, 1)),
        (0, ["spec", "shared", "deep"], False, (9, 21, 1)),
        (0, ["again"], False, (10, 8, 2)),
        (0, ["again", "deep"], False, (10, 8, 2)),
        (0, ["again", "missing"], True, (10, 8, 2)),
        (0, ["é"], False, (11, 4, 3)),
        # What is missing has the place of the key above it.
        (0, ["spec", "missing"], False, (3, 1, 4)),
        (0, ["spec", "list", 1, "z", "more"], True, (5, 13, 1)),
        (0, ["spec", "list", 9], False, (5, 3, 4)),
        (0, ["kind", "below"], False, (2, 1, 4)),
        (0, ["missing"], False, (2, 1, 4)),
        (0, [], False, (2, 1, 4)),
        (0, [], True, (2, 1, 4)),
        (2, ["b"], False, (14, 4, 1)),
        (1, ["b"], False, (13, 1, 1)),
        (7, ["b"], False, (1, 1, 1)),
    ],
)
def test_locate(index: int, path: list[str | int], key: bool, place: tuple[int, int, int]) -> None:
    """Values, keys, missing keys and aliases have the place a reader would look at."""
    assert locate(FILE, SOURCE, index, path, key=key) == Place(FILE, *place)


def test_locate_with_crlf_and_bom() -> None:
    """Neither line ends nor a byte order mark move a place."""
    data = b"\xef\xbb\xbf" + SOURCE.replace(b"\n", b"\r\n")
    assert locate(FILE, data, 0, ["spec", "list", 1, "y"]) == Place(FILE, 5, 17, 11)


def test_locate_in_a_recursive_value() -> None:
    """A value that names itself is walked as far as the path goes and no further."""
    assert locate(FILE, b"a: &x [*x]\n", 0, ["a", 0, 0, 0, 0]) == Place(FILE, 1, 8, 2)
