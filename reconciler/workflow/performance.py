"""`variants --performance` and `gallery --performance`: figures by the variants' names. Sends nothing but GET."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from reconciler.account.days import account_zone, last_days
from reconciler.account.performance import DaySpan, Performance, performances
from reconciler.account.showings import VariantName, of_creatives, showings
from reconciler.apply.reply import settle_recorded
from reconciler.canonical import minor_digits
from reconciler.model import Address
from reconciler.state.lockfile import Lock
from reconciler.workflow.session import Session
from reconciler.workflow.variants import Shown

DAYS = 30
"""What is looked at unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class VariantFigures:
    """The figures of all variants, and why some have none."""

    span: DaySpan | None
    """None: no ad has shown a variant, and nothing was asked for."""
    zone: str | None
    found: Mapping[VariantName, Performance]
    uses: Mapping[VariantName, Sequence[Address]]
    """Which ads show a variant now."""
    _shown: frozenset[VariantName] = field(default_factory=frozenset)
    _creatives: frozenset[VariantName] = field(default_factory=frozenset)

    def why_not(self, what: VariantName) -> str:
        """Why a variant has no figures."""
        if what in self._shown:
            return "no ad has shown it for a whole day of these"
        if what in self._creatives:
            return "only Smart+ ads show it: `reconciler report --level creative` has the figures of their creatives"
        if what in self.uses:
            return f"since when {self.uses[what][0]} shows it is not recorded; the next change of its video begins it"
        return "no ad has shown it"

    def document(self) -> dict[str, Any] | None:
        """`figures`: the days that were looked at."""
        if self.span is None:
            return None
        return {"start": str(self.span.first), "end": str(self.span.last), "timezone": self.zone}


def performance(
    session: Session, days: int = DAYS, verdicts: Mapping[VariantName, str] = MappingProxyType({})
) -> VariantFigures:
    """The figures of every variant over the last so many whole days of the account, beside what is judged of it."""
    ledger, work = session.ledger(), session.workspace
    settle_recorded(ledger, work.contracts)
    lock = ledger.lock
    creatives = frozenset(one.what for one in of_creatives(lock.resources) if one.what)
    uses = users(lock)
    if not any(entry.shown for entry in lock.resources.values()):
        return VariantFigures(None, None, {}, uses, frozenset(), creatives)
    account = work.file.account
    client = session.client(read_only=True)
    zone = account_zone(client, work.contract, account, "the days of figures are those")
    every = showings(lock.resources, zone)
    span = DaySpan(*last_days(days, session.world.now(), zone))
    whose = (account.advertiser_id, minor_digits(account.currency))
    found = performances(client, work.contract, whose, every, span)
    told = {what: replace(one, verdict=verdicts.get(what)) for what, one in found.items()}
    return VariantFigures(span, zone.key, told, uses, frozenset(one.what for one in every), creatives)


def users(lock: Lock) -> dict[VariantName, list[Address]]:
    """Which ads show a variant now, as the lockfile knows it."""
    videos = {
        one.library_video_id: VariantName(str(address), made.generation, one.slot)
        for address, record in lock.refreshes.items()
        for made in (record.current, *record.past)
        for one in made.variants
        if one.library_video_id
    }
    found: dict[VariantName, list[Address]] = {}
    for address, entry in sorted(lock.resources.items()):
        if what := videos.get(str(entry.applied.get("video"))):
            found.setdefault(what, []).append(address)
    for one in of_creatives(lock.resources):
        if one.what and one.ad not in found.setdefault(one.what, []):
            found[one.what].append(one.ad)
    return found


def name_of(one: Shown) -> VariantName:
    """A variant by its name."""
    return VariantName(str(one.refresh), one.generation.generation, one.variant.slot)
