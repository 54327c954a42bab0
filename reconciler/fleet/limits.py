"""How much one apply may touch: pure, and lifted only by the limit's own name, exactly the number, and a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.errors import Finding, Refused
from reconciler.fleet.file import Limits
from reconciler.fleet.run import Result

NAMES = ("accounts", "changes")


def hold(limits: Limits, results: Sequence[Result], allowed: Mapping[str, int]) -> None:
    """Raises Refused where the plans of a run go past a limit that nobody has lifted to exactly this number."""
    counts = {"accounts": sum(bool(one.changes) for one in results), "changes": sum(one.changes for one in results)}
    most = {"accounts": limits.accounts, "changes": limits.changes}
    found = [
        Finding("R414", _words(name, counts[name], most[name]), hint=_hint(name, counts[name]))
        for name in NAMES
        if counts[name] > most[name] and allowed.get(name) != counts[name]
    ]
    if found:
        raise Refused(many=found)


def _words(name: str, count: int, most: int) -> str:
    what = "accounts would change" if name == "accounts" else "changes would be made"
    return f"{count} {what}; limits.{name} is {most}"


def _hint(name: str, count: int) -> str:
    way = f"--allow-limit {name}={count} --reason TEXT"
    return f"select fewer with --account, --label or --limit, or allow this once: {way}"
