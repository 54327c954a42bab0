"""A run over many accounts, as lines for people. Money is never added across currencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from reconciler.render.status import open_lines
from reconciler.text import clean

_COUNTED = ("create", "update", "replace", "disable", "delete", "adopt", "forget", "blocked", "violations", "drifted",
            "gone", "done", "failed", "unknown", "pending", "resources", "halted", "paused", "resumed")  # fmt: skip
_RESUME = "nothing is sent until somebody runs `reconciler fleet resume`"
_REFUSED = 5
Money = tuple[str | None, str | None, str | None]
"""Worst case a day before and after, and its currency."""


def lines(document: Mapping[str, Any], money: Mapping[str, Money]) -> Iterator[str]:
    """Every account, and what it comes to. `money`: by account, where a plan was made."""
    accounts = document["accounts"]
    width = max((len(one["name"]) for one in accounts), default=0)
    for one in accounts:
        yield f"  {_sign(one)} {one['name'].ljust(width)}  {_words(one)}"
        for line in open_lines(one["status"], _RESUME) if "status" in one else ():
            yield clean(f"    {line}")
        for error in one["errors"]:
            place = f"{error['file']}:{error['line']}:{error['column']}: " if error["file"] else ""
            hint = f"; {error['hint']}" if error["hint"] else ""
            yield clean(f"      {error['code']}: {place}{error['message']}{hint}")
    yield from spend(list(money.values()))
    halted = sum(bool(one["summary"].get("halted")) for one in accounts)
    refused = sum(one["exit_code"] == _REFUSED and not one["skipped"] for one in accounts)
    yield _sum({**document["summary"], "halted": halted, "refused": refused})
    if document["digest"]:
        yield f"Digest: {document['digest']}"
    if "queue" in document:
        yield from _queue(document["queue"])


def _queue(queue: Mapping[str, Any]) -> Iterator[str]:
    oldest = f", the oldest since {queue['oldest_waiting']}" if queue["oldest_waiting"] else ""
    workers = f"{queue['workers']} worker{'s' if queue['workers'] != 1 else ''} alive"
    yield f"Queue: {queue['running']} running, {queue['waiting']} waiting{oldest}; {workers}"
    for name, until in queue["closed"].items():
        yield f"Nobody calls before {until}, class {name}: a crash of the database, or too many calls for the API"
    if queue["held"]:
        held = ", ".join(queue["held"])
        yield clean(f"Held, for its token was refused: {held}; mend it, then `reconciler fleet resume`")


def spend(money: Sequence[Money]) -> Iterator[str]:
    """The worst case a day of all accounts of a currency, one line each."""
    for currency in sorted({one[2] or "" for one in money}):
        mine = [one for one in money if (one[2] or "") == currency]
        before, after = (_total([one[index] for one in mine]) for index in (0, 1))
        if before != after:
            yield f"Budget per day, worst case: {before} → {after}" + (f" {currency}" if currency else "")


def _total(amounts: Sequence[str | None]) -> str:
    """One that is unlimited makes the sum so."""
    known = [Decimal(one) for one in amounts if one is not None]
    return str(sum(known, Decimal(0))) if len(known) == len(amounts) else "unlimited"


def _sign(account: Mapping[str, Any]) -> str:
    if account["skipped"]:
        return "-"
    return {0: " ", 8: "*"}.get(account["exit_code"], "!")


def _words(account: Mapping[str, Any]) -> str:
    counts = account["summary"]
    told = [f"{counts[name]} {name}" for name in _COUNTED if counts.get(name)]
    told = [one.removesuffix("s") if one == "1 resources" else one for one in told]
    code = f"exit {account['exit_code']}" if account["exit_code"] else ""
    return ", ".join([*told, *([code] if code else [])]) or _nothing(account)


def _nothing(account: Mapping[str, Any]) -> str:
    """What each command says of an account in which there was nothing for it."""
    words = {"drifted": "no drift", "resumed": "was not halted", "done": "nothing on its way", "resources": "nothing"}
    if "status" in account:
        return "nothing open"
    return next((said for name, said in words.items() if name in account["summary"]), "no changes")


def _sum(summary: Mapping[str, int]) -> str:
    told = [
        f"{summary[name]} {name}"
        for name in ("changed", "failed", "refused", "pending", "skipped", "halted")
        if summary[name]
    ]
    accounts = summary["accounts"]
    if not accounts:
        return "No account is chosen."
    return f"{accounts} account{'s' if accounts != 1 else ''}: {', '.join(told) or 'all well'}."
