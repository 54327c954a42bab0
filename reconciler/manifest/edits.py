"""The line to write so that a manifest says something else, with everything around it left as it is.

What an edit proposes is read back before it is shown or made: a line that would break the document, or change anything
else in it (an anchor that others refer to), is no proposal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from reconciler.errors import Place
from reconciler.manifest.document import Document, Step, unify
from reconciler.manifest.positions import Node, lines_of, trees
from reconciler.manifest.template import escaped
from reconciler.manifest.yaml import read

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*", re.ASCII)
"""What needs no quotes, wherever it stands; whether it is text for the field that takes it, the field says."""


class Edit(NamedTuple):
    """`text` in place of the lines `line` to `last_line`; inserted: it becomes the line `line`, nothing goes away."""

    file: str
    line: int
    last_line: int
    action: Literal["replace", "insert", "remove"]
    text: str


def made(data: bytes, edit: Edit) -> bytes:
    """The file with the edit made: every other byte stays, and a new line ends as the one in its place does."""
    text = data.decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    lines = re.findall(r"[^\n]*\n|[^\n]+", text.removeprefix(mark))
    last = edit.line - 1 if edit.action == "insert" else edit.last_line
    put = [] if edit.action == "remove" else [edit.text + _end(lines[max(last, edit.line) - 1])]
    if put and edit.action == "insert" and put[0] == edit.text:
        # What comes behind it is the last line, which need not have an end.
        put = [edit.text + (_end(lines[edit.line - 2]) if edit.line > 1 else "\n")]
    lines[edit.line - 1 : last] = put
    return (mark + "".join(lines)).encode()


_COMMENT = re.compile(r"(?:^|\s)(#.*)")


def loses_comment(data: bytes, edit: Edit) -> bool:
    """Whether several lines become one, and a comment stands in them that is not in that one."""
    lines = unify(data.decode("utf-8")).split("\n")[edit.line - 1 : edit.last_line]
    found = (_COMMENT.search(line) for line in lines if edit.action == "replace" and len(lines) > 1)
    return any(one is not None and one[1] not in edit.text for one in found)


def _end(line: str) -> str:
    """A line's own end: LF, CRLF, or none."""
    return "\r\n" if line.endswith("\r\n") else "\n" if line.endswith("\n") else ""


class NotPossible(Exception):
    """No such line can be given; the text says why."""


def spellings(value: Any) -> list[str]:
    """How a value may stand in a manifest, the plainest first; the field that takes it knows which of them it reads."""
    found = [_spelt(value, quoted=False), _spelt(value, quoted=True)]
    return list(dict.fromkeys(found))


def _spelt(value: Any, *, quoted: bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        value = escaped(value)
        plain = _WORD.fullmatch(value) or re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", value, re.ASCII)
        return value if plain and not quoted else json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_spelt(str(key), quoted=False)}: {_spelt(one, quoted=quoted)}"
                               for key, one in value.items()) + "}"  # fmt: skip
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_spelt(one, quoted=quoted) for one in value) + "]"
    return str(value)


class Editable:
    """One manifest file."""

    def __init__(self, file: str, data: bytes, documents: Sequence[Document]) -> None:
        self._file = file
        text = unify(data.decode("utf-8"))
        self._lines = lines_of(text)[:-1]
        self._documents = {one.index: one for one in documents}
        self._roots = trees(file, text, self._documents)

    def put(self, index: int, path: Sequence[Step], written: str) -> Edit:
        """The value at `path` becomes what is written; what is missing on the way is added. Raises NotPossible."""
        value = _value_of(written)

        def put(inside: Any) -> None:
            for step in path[:-1]:
                inside = inside.setdefault(step, {})
            inside[path[-1]] = value

        return self._checked(index, self._put(self._roots[index], path, written), put)

    def drop(self, index: int, path: Sequence[Step]) -> Edit:
        """The key at the end of `path` goes away. Raises NotPossible."""
        above, (key, node) = self._walk(index, path)
        before, behind = self._lines[key.line - 1][: key.column - 1], self._lines[node.end[0]][node.end[1] :]
        if above.style != "block" or before.strip() or not _is_rest(behind):
            raise NotPossible(f"take `{path[-1]}` out of line {key.line}")

        def drop(inside: Any) -> None:
            for step in path[:-1]:
                inside = inside[step]
            del inside[path[-1]]

        return self._checked(index, Edit(self._file, key.line, node.end[0] + 1, "remove", ""), drop)

    def item(self, index: int, path: Sequence[Step], written: str, *, before: str) -> Edit:
        """One item more, the first, in the list at `path`; a new key of the document stands before the key `before`.

        Raises NotPossible.
        """
        value = _value_of(written)

        def item(inside: Any) -> None:
            for step in path[:-1]:
                inside = inside.setdefault(step, {})
            inside.setdefault(path[-1], []).insert(0, value)

        node: Node | None = self._roots[index]
        for step in path:
            node = node.below[step][1] if node and step in node.below else None
        if node is None:
            return self._checked(index, self._put(self._roots[index], path, f"[{written}]", before), item)
        if node.style == "block":
            indent = " " * (node.place.column - 1)
            edit = Edit(self._file, node.place.line, node.place.line, "insert", f"{indent}- {written}")
        else:
            edit = self._opened(node, "[", written)
        return self._checked(index, edit, item)

    def _walk(self, index: int, path: Sequence[Step]) -> tuple[Node, tuple[Place, Node]]:
        node = self._roots[index]
        for step in path[:-1]:
            node = node.below[step][1]
        return node, node.below[path[-1]]

    def _put(self, node: Node, path: Sequence[Step], written: str, before: str = "") -> Edit:
        step, *rest = path
        if step not in node.below:
            for inner in reversed(rest):
                written = f"{{{_spelt(str(inner), quoted=False)}: {written}}}"
            return self._added(node, f"{_spelt(str(step), quoted=False)}: {written}", before)
        key, found = node.below[step]
        if rest:
            return self._put(found, rest, written)
        line, column = found.place.line - 1, found.place.column - 1
        start = self._lines[line][:column]
        if line != key.line - 1 and found.end[0] != line:
            # It begins below its key and has several lines, as a block does: there it shall be one line.
            line = key.line - 1
            colon = self._lines[line].find(":", key.column - 1 + key.length)
            start = self._lines[line][: colon + 1] + " "
        elif start.endswith(":"):
            start += " "
        behind = self._lines[found.end[0]][found.end[1] :]
        return Edit(self._file, line + 1, found.end[0] + 1, "replace", start + written + behind)

    def _added(self, node: Node, line: str, before: str) -> Edit:
        """One key more in a mapping."""
        if node.style == "flow":
            return self._opened(node, "{", line)
        if not node.below:
            raise NotPossible("there is no line to write it on")
        key, _ = node.below.get(before, next(iter(node.below.values())))
        return Edit(self._file, key.line, key.line, "insert", " " * (key.column - 1) + line)

    def _opened(self, node: Node, bracket: str, written: str) -> Edit:
        """First inside the brackets of a flow collection."""
        line = self._lines[node.place.line - 1]
        at = line.find(bracket, node.place.column - 1) + 1
        text = line[:at] + written + (", " if node.below else "") + line[at:]
        return Edit(self._file, node.place.line, node.place.line, "replace", text)

    def _checked(self, index: int, edit: Edit, change: Callable[[Any], None]) -> Edit:
        """The edit, if the document then says what it should and nothing else."""
        document = self._documents[index]
        # A copy in which no two aliases share an object: the line may change one of them only.
        wanted = json.loads(json.dumps(document.value))
        change(wanted)
        starts = sorted(one.line for one in self._documents.values() if one.line > document.line)
        # From its first key on: what stands before is `---` and comments. The `---` of the next ends it as well.
        first = self._roots[index].place.line - 1
        after = starts[0] - 1 if starts else len(self._lines)
        lines = list(self._lines)
        put = [] if edit.action == "remove" else [edit.text]
        lines[edit.line - 1 : edit.line - 1 if edit.action == "insert" else edit.last_line] = put
        after += len(lines) - len(self._lines)
        found, wrong = read(self._file, "\n".join(lines[first:after]).encode() + b"\n")
        if wrong or not found or found[0].value != wanted:
            raise NotPossible(f"no one line does it: see {edit.file}:{edit.line}")
        return edit


def _value_of(written: str) -> Any:
    found, wrong = read("value", f"value: {written}\n".encode(errors="surrogatepass"))
    if wrong or not found:
        raise NotPossible(wrong[0].message if wrong else "no manifest can hold it")
    return found[0].value["value"]


def _is_rest(text: str) -> bool:
    """Whether nothing but a comment stands behind a value."""
    return not text.strip() or text.lstrip().startswith("#")
