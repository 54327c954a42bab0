"""Faults as data: which calls go wrong, and how.

A fault list is YAML or JSON. A fault says which calls it is about, which of those it strikes, and what happens:

    - {path: campaign/create/, nth: 1, lose_reply: true}
    - {path: adgroup/create/, match: {adgroup_name: "Summer*"}, every: 3, status: 504, commit: true}
    - {method: GET, probability: 0.05, code: 50000, message: system error}
    - {path: ad/get/, from: 2, to: 4, drop_row: 0}
    - {path: ad/create/, nth: 7, late_commit: 40}
    - {path: campaign/get/, delay: 2.5}

Which calls: `path` (below /open_api/v1.3/; with a slash in front it is of a film: /preview/*, /source/*; * and ? are
wildcards), `method`, `match` (parameters of body or query and the text they must have, with wildcards); what is left
out matches every call of the API. Calls refused for their token or rate are not counted. Which of those, counted from
1, one of: `nth: N`, `every: N`, `from: N` and/or `to: N`, `probability: P`; nothing means each of them. The first fault
of the list that strikes is the one that happens; all of them count.

What happens (exactly one; `delay` alone or with another):

    lose_request: true     the connection is dropped, the call never arrived
    lose_reply: true       the call is carried out, then the connection is dropped
    late_commit: SECONDS   the connection is dropped now, the call is carried out that much later on the clock
    duplicate: true        the call is carried out twice, the second answer is given
    delay: SECONDS         the call waits on the clock; with `commit: true` it is carried out before the wait
    status: N              an answer with this HTTP status and an HTML body
    code: N                an envelope with this code; `message: TEXT`
    garbage: TEXT          this body, verbatim; `encoding: base64`, `http_status: N`, `headers: {NAME: TEXT}`
    redirect: URL          an answer that points elsewhere; `http_status: N` (default 302)
    echo_token: true       an error whose message holds the access token that was received
    die: true              the server process ends at once
    truncate: N            the answer, cut after N bytes of its body, and the connection dropped
    edit: {PATH: VALUE}    the answer with values set; a path is keys and list positions with dots: data.list.0.status
    drop_row: N            a list without its row N (counted from 0)
    repeat_page: true      a list with the rows of the page before
    wrong_total: N         a list whose page_info tells this total_number
    empty_data: true       an answer with data {}
    foreign_row: true      a list with one more row, of another account
    drip: N                the answer, N bytes a second of real time; `whole: true`: its status line and headers, too
    endless: N             its body for ever, N bytes a second of real time; `framing: chunked` or `length` (a huge one)
    wrong_length: N        the answer with this Content-Length, and the connection dropped after it
    cookie: TEXT           the answer with this Set-Cookie

`commit: true` with status, code, garbage, redirect, echo_token, delay or die carries the call out first; the default is
not to. With the switch `late_commit`, a call that is carried out although its client cannot know is carried out late.
What is still to be carried out late ends with the server.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from reconciler.simulator.wire import Json, Number, encode

WHICH = ("path", "method", "match", "nth", "every", "from", "to", "probability")
ACTIONS: dict[str, type] = {
    "lose_request": bool,
    "lose_reply": bool,
    "late_commit": float,
    "duplicate": bool,
    "status": int,
    "code": int,
    "garbage": str,
    "redirect": str,
    "echo_token": bool,
    "die": bool,
    "truncate": int,
    "edit": dict,
    "drop_row": int,
    "repeat_page": bool,
    "wrong_total": int,
    "empty_data": bool,
    "foreign_row": bool,
    "drip": int,
    "endless": int,
    "wrong_length": int,
    "cookie": str,
    "delay": float,
}
OPTIONS: dict[str, tuple[type, tuple[str, ...]]] = {
    "commit": (bool, ("status", "code", "garbage", "redirect", "echo_token", "delay", "die")),
    "message": (str, ("code",)),
    "encoding": (str, ("garbage",)),
    "http_status": (int, ("garbage", "redirect")),
    "headers": (dict, ("garbage",)),
    "framing": (str, ("endless",)),
    "whole": (bool, ("drip",)),
}


@dataclass(frozen=True)
class Fault:
    """One fault that has been checked. `action` is a key of ACTIONS, `value` what it was given."""

    key: str
    """The fault's own text: its count survives a restart under this name."""
    which: Mapping[str, Any]
    action: str
    value: Any
    delay: float
    options: Mapping[str, Any]

    @property
    def commits(self) -> bool:
        """Whether `commit: true` was given."""
        return bool(self.options.get("commit"))

    def matches(self, method: str, path: str, raw: Mapping[str, Json]) -> bool:
        """Whether it is about this call at all."""
        which = self.which
        return (
            which.get("method", method) == method
            and path.startswith("/") == which.get("path", "*").startswith("/")
            and fnmatchcase(path, which.get("path", "*"))
            and all(
                name in raw and fnmatchcase(_text(raw[name]), pattern)
                for name, pattern in which.get("match", {}).items()
            )
        )

    def strikes(self, count: int, chance: float) -> bool:
        """Whether it happens to the `count`th matching call, given a random number from [0, 1)."""
        which = self.which
        if "nth" in which:
            return bool(count == which["nth"])
        if "every" in which:
            return bool(count % which["every"] == 0)
        if "probability" in which:
            return bool(chance < which["probability"])
        return bool(which.get("from", 1) <= count <= which.get("to", count))


class Faults:
    """A fault list in force, with the counts of its calls."""

    def __init__(self, faults: Sequence[Fault], seed: int, counts: Mapping[str, int]) -> None:
        self.faults = tuple(faults)
        self.counts = dict(counts)
        self._chances = [random.Random(f"{seed}/{fault.key}") for fault in faults]

    def pick(self, method: str, path: str, raw: Mapping[str, Json]) -> tuple[Fault | None, dict[str, int]]:
        """The fault that strikes this call, and the counts that have changed."""
        struck: Fault | None = None
        changed = {}
        for fault, chances in zip(self.faults, self._chances, strict=True):
            if fault.matches(method, path, raw):
                self.counts[fault.key] += 1
                changed[fault.key] = self.counts[fault.key]
                if fault.strikes(self.counts[fault.key], chances.random()) and struck is None:
                    struck = fault
        return struck, changed


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return value.text if isinstance(value, Number) else encode(value)
