"""One run over many accounts: what each came to, and what that makes of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from reconciler.canonical import digest
from reconciler.errors import Finding, Place, Source
from reconciler.render.json import FORMAT

FIRST = (130, 70, 4, 3, 7, 6, 10, 9, 1, 8, 5, 2, 0)
"""Of the exit codes of the accounts the run has the first of these."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one command came to in one account."""

    name: str
    advertiser_id: str
    exit_code: int
    digest: str | None = None
    """Of its plan; None where none was made, or it holds nothing."""
    summary: dict[str, int] = field(default_factory=dict)
    changes: int = 0
    """Rows that would do something, or did."""
    rows: int = 0
    """Of a plan: these, those that are blocked, and guard rails that it breaks: what an apply has to answer for."""
    going: bool = False
    """Of a plan: something is on its way, or open, which an apply has to answer for, too."""
    worst_case: tuple[str | None, str | None] | None = None
    """A day, before and after, in the account's currency."""
    currency: str | None = None
    errors: tuple[Finding, ...] = ()
    skipped: bool = False
    """Not begun: too much had failed before it, or its ring has to wait."""
    status: dict[str, Any] | None = None
    """What is open in it, where that was asked."""

    def document(self) -> dict[str, Any]:
        """Its row of the run's document."""
        return {
            "name": self.name,
            "advertiser_id": self.advertiser_id,
            "exit_code": self.exit_code,
            "digest": self.digest,
            "summary": self.summary,
            "error": self.errors[0].as_json() if self.errors else None,
            "errors": [one.as_json() for one in self.errors],
            "skipped": self.skipped,
            **({"worst_case": self._spend()} if self.worst_case else {}),
            **({"status": self.status} if self.status else {}),
        }

    def answer(self) -> dict[str, Any]:
        """Everything, for whoever asked from elsewhere."""
        return {**asdict(self), "errors": [one.as_json() for one in self.errors]}

    @classmethod
    def of_answer(cls, told: Mapping[str, Any]) -> Result:
        """The inverse."""
        worst, errors = told["worst_case"], tuple(_finding(one) for one in told["errors"])
        return cls(**{**told, "worst_case": worst and (worst[0], worst[1]), "errors": errors})

    def _spend(self) -> dict[str, str | None]:
        before, after = self.worst_case or (None, None)
        return {"before": before, "after": after, "currency": self.currency}


def _finding(told: Mapping[str, Any]) -> Finding:
    place = Place(told["file"], told["line"], told["column"]) if told["file"] is not None else None
    use = Source.of_json(told["use"]) if told["use"] else None
    own = {key: told[key] for key in ("code", "message", "address", "hint", "request_id")}
    return Finding(**own, place=place, use=use)


def digest_of(results: Iterable[Result]) -> str | None:
    """One digest over the plans of all accounts that would change; None where none would."""
    changed = sorted([one.name, one.advertiser_id, one.digest] for one in results if one.changes and one.digest)
    return digest(changed) if changed else None


def exit_code(results: Iterable[Result], *, detailed: bool = False) -> int:
    """That of the run: the first of the accounts' that counts; 2 for changes alone only where asked."""
    codes = {0, *(one.exit_code for one in results)}
    if detailed and any(one.changes for one in results):
        codes.add(2)
    return next((code for code in FIRST if code in codes), 1)


def document(run: str, results: Sequence[Result]) -> dict[str, Any]:
    """The document of `fleet … --json`."""
    return {
        "format_version": FORMAT,
        "run": run,
        "digest": digest_of(results),
        "accounts": [one.document() for one in results],
        "summary": {
            "accounts": len(results),
            "changed": sum(bool(one.changes) for one in results),
            "failed": sum(one.exit_code not in (0, 2, 5, 8) and not one.skipped for one in results),
            "pending": sum(one.exit_code == 8 and not one.skipped for one in results),
            "skipped": sum(one.skipped for one in results),
        },
    }
