"""The accounts of a fleet: small YAML files, or the rows of CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reconciler.errors import Finding, Place
from reconciler.fleet.file import AccountFile
from reconciler.manifest import paths
from reconciler.manifest.document import Document
from reconciler.manifest.files import YamlFiles
from reconciler.manifest.inputs import Cell
from reconciler.manifest.positions import locate_all
from reconciler.manifest.problems import Problem, schema_problem
from reconciler.manifest.yaml import read
from reconciler.model import Plain

CSV = ".csv"
_COLUMNS = ("name", "advertiser_id", "currency", "timezone", "uses", "workspace")
_GROUPS = ("labels.", "inputs.")


@dataclass(frozen=True, slots=True)
class FleetAccount:
    """One account, as its file or row declares it."""

    name: str
    file: str
    """From the fleet's folder."""
    given: AccountFile
    document: Document
    lines: tuple[int, ...]
    """Of each of its uses, from 1."""

    @property
    def labels(self) -> Mapping[str, str]:
        """What groups and selections go by."""
        return self.given.labels


class AccountReader:
    """Reads every account; mistakes are collected. `fleet`: the document that names where they are."""

    def __init__(self, root: Path, fleet: Document, secret: str | None = None) -> None:
        self._root, self._fleet, self._secret = root, fleet, secret
        self.findings: list[Finding] = []
        self.problems: list[Problem] = []
        self.texts: dict[str, bytes] = {}

    def below(self, entries: list[str]) -> Iterator[FleetAccount]:
        """Those of these folders and files, by name; sub-folders are the accounts' own."""
        found: dict[str, FleetAccount] = {}
        owners: dict[str, FleetAccount] = {}
        for one in self._read(entries):
            before = found.get(one.name)
            if before is not None:
                self._twice(one, f'the name "{one.name}"', before)
                continue
            found[one.name] = one
            number = None if one.given.workspace else one.given.account.advertiser_id
            if number is not None and number in owners:
                self._twice(one, f"the advertiser {number}", owners[number])
            elif number is not None:
                owners[number] = one
        yield from (found[name] for name in sorted(found))

    def _twice(self, one: FleetAccount, what: str, before: FleetAccount) -> None:
        message = f"{what} is that of {before.file}:{before.document.line}, too"
        hint = "two accounts would write over each other: keep one"
        self.findings.append(Finding("R301", message, Place(one.file, one.document.line), hint=hint))

    def _read(self, entries: list[str]) -> Iterator[FleetAccount]:
        files = YamlFiles(self._root, self.findings)
        for number, entry in enumerate(entries):
            start = self._root / entry
            if not start.exists():
                hint, where = "make it, or correct `accounts:`", ("accounts", number)
                self.problems.append(Problem("R404", f'"{entry}" does not exist', self._fleet, where, hint=hint))
                continue
            depth = len(Path(entry).parts)
            for name in paths.below(self._root, entry, self.findings):
                inside = len(Path(name).parts) - depth > 1
                if inside or not name.lower().endswith((CSV, *paths.YAML)):
                    continue
                data = files.read(name, self._root / name)
                if data is not None:
                    yield from self._rows(name, data) if name.lower().endswith(CSV) else self._documents(name, data)

    def _documents(self, name: str, data: bytes) -> Iterator[FleetAccount]:
        self.texts[name] = data
        documents, wrong = read(name, data, self._secret)
        self.findings += wrong
        for number, document in enumerate(documents):
            if number:
                message = f"{name} holds more than one account"
                self.findings.append(Finding("R215", message, Place(name, document.line), hint="write a file for each"))
                return
            one = self._checked(document)
            if one is None:
                continue
            if one.name != Path(name).stem:
                hint = f"call the file {one.name}.yaml, or the account {Path(name).stem}"
                message = f'the account is named "{one.name}", its file is not'
                self.problems.append(Problem("R209", message, document, ("name",), hint=hint))
                continue
            ways = [(document.index, ("uses", index), False) for index in range(len(one.uses))]
            lines = tuple(place.line for place in locate_all(name, data, ways)) if ways else ()
            yield FleetAccount(one.name, name, one, document, lines)

    def _checked(self, document: Document) -> AccountFile | None:
        try:
            return AccountFile.model_validate(document.value)
        except ValidationError as error:
            self.problems += [schema_problem(detail, document, AccountFile) for detail in error.errors()]
            return None

    def _rows(self, name: str, data: bytes) -> Iterator[FleetAccount]:
        """Cells are values: never formulas, never YAML."""
        try:
            text = data.decode("utf-8-sig")
            table = csv.reader(io.StringIO(text, newline=""), strict=True)
            head = next(table, [])
            if not self._columns(name, head):
                return
            for cells in table:
                line = table.line_num
                if not any(cells):
                    continue
                if len(cells) != len(head):
                    message = f"the row has {len(cells)} cells, the head {len(head)}"
                    self.findings.append(Finding("R215", message, Place(name, line), hint="quote a cell with commas"))
                    continue
                value = _value(dict(zip(head, cells, strict=True)))
                document = Document(name, 0, line, value)
                one = self._checked(document)
                if one is not None:
                    yield FleetAccount(one.name, name, one, document, (line,) * len(one.uses))
        except (UnicodeDecodeError, csv.Error) as error:
            self.findings.append(
                Finding("R101", f"{name} is no table: {error}", Place(name, 1), hint="write UTF-8 CSV")
            )

    def _columns(self, name: str, head: list[str]) -> bool:
        wrong = [one for one in head if one not in _COLUMNS and not one.startswith(_GROUPS)]
        twice = [one for one in head if head.count(one) > 1]
        if not wrong and not twice:
            return True
        text = f'no column is named "{wrong[0]}"' if wrong else f'the column "{twice[0]}" stands there twice'
        hint = f"columns are {', '.join(_COLUMNS)}, labels.NAME and inputs.NAME"
        self.findings.append(Finding("R201", text, Place(name, 1), hint=hint))
        return False


def _value(cells: Mapping[str, str]) -> dict[str, Any]:
    """The row as the mapping that a file would hold; an empty cell is none."""
    told = {key: text for key, text in cells.items() if text}
    account = {key: told[key] for key in ("advertiser_id", "currency", "timezone") if key in told}
    labels, inputs = ({key[len(one) :]: told[key] for key in told if key.startswith(one)} for one in _GROUPS)
    value: dict[str, Any] = {"version": Plain("1"), "labels": labels}
    value |= {key: told[key] for key in ("name", "workspace") if key in told}
    if account:
        value["account"] = account
    if "uses" in told:
        cells = {key: Cell(text) for key, text in inputs.items()}
        value["uses"] = [{"module": told["uses"], "name": told["uses"].rpartition("/")[2], "inputs": cells}]
    return value
