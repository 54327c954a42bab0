"""`lookup`: ids of the account's things by their names, as the lines that a manifest takes. Sends nothing but GET."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from reconciler.account.lookups import Named, read_named
from reconciler.canonical import normal_text
from reconciler.contracts.lookups import LOOKUPS, Lookup, Written
from reconciler.errors import Finding, Invalid
from reconciler.render.paste import pasted
from reconciler.workflow.session import Session

Match = Literal["exact", "part", "alike"]
_ALIKE = 10
"""So many names are shown that are only spelt alike."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. `lines`: of YAML, none for what no manifest can use."""

    named: Named
    match: Match | None
    """How its name is like what was asked for; None where nothing was."""
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found, best first, and of how many. `where`: what of a manifest the lines are for."""

    lookup: Lookup
    contract: str
    where: str
    hits: tuple[Hit, ...]
    total: int

    @property
    def cut(self) -> bool:
        """Whether the account may have more than the API shows."""
        return self.lookup.most is not None and self.total >= self.lookup.most

    def document(self) -> dict[str, Any]:
        """`lookup --json`, without `format_version`."""
        return {
            "what": self.lookup.what,
            "contract": self.contract,
            "total": self.total,
            "complete": not self.cut,
            "found": [
                {
                    "id": one.named.id,
                    "name": one.named.name,
                    "match": one.match,
                    "within": one.named.within or None,
                    "details": {key: one.named.row.get(key) for key in self.lookup.details},
                    "yaml": list(one.lines),
                }
                for one in self.hits
            ],
        }


def lookup(session: Session, what: str, text: str | None) -> Hits:
    """Everything of one sort, or what is called so or nearly so. Raises Invalid where the contract has no such call."""
    work, asked = session.workspace, LOOKUPS[what]
    written = asked.written.get(work.contract.name)
    if written is None:
        message = f"contract {work.contract.name} has no call that lists {what}"
        instead = "`reconciler audiences` lists them" if what == "audiences" else "see Ads Manager"
        hint = f"{instead}; with `api.contract: marketing` or smart_plus `lookup` does"
        raise Invalid(Finding("R213", message, hint=hint))
    rows = read_named(session.client(read_only=True), asked, work.file.account.advertiser_id)
    found = matches(rows, text) if text is not None else [(one, None) for one in rows]
    hits = [Hit(one, match, _lines(asked, written, one)) for one, match in found]
    return Hits(asked, work.contract.name, written.where, tuple(hits), len(rows))


def matches(rows: Iterable[Named], text: str) -> list[tuple[Named, Match | None]]:
    """The rows whose name, or id, is the text, then those that hold it; where none does, those spelt alike.

    Capitals and spaces do not count.
    """
    asked = _folded(text)
    exact, part, rest = list[Named](), list[Named](), dict[str, list[Named]]()
    for one in rows:
        name = _folded(one.name)
        if asked in (name, _folded(one.id)):
            exact.append(one)
        elif asked in name:
            part.append(one)
        else:
            rest.setdefault(name, []).append(one)
    if exact or part:
        return [*((one, "exact") for one in exact), *((one, "part") for one in part)]
    close = difflib.get_close_matches(asked[:100], list(rest), _ALIKE)
    return [(one, "alike") for name in close for one in rest[name]]


def _folded(text: str) -> str:
    return normal_text(text).casefold()


def _lines(asked: Lookup, written: Written, one: Named) -> tuple[str, ...]:
    """The lines to paste; in the comment the name, and what tells it from others of the name."""
    said = "".join(written.lines)
    shown = [one.row[key] for key in asked.details if key in one.row and f"{{{{{key}}}}}" not in said]
    told = ", ".join([*shown, *([f"in {one.within}"] if one.within else [])])
    about = f"{one.name} ({told})".strip() if told else one.name
    return tuple(pasted(written.lines if asked.can_use(one.row) else (), one.row, about))
