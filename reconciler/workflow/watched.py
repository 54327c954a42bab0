"""The ads that show a refresh's variants, and their siblings, with their figures. Sends nothing but GET."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from reconciler.account.days import day_of
from reconciler.account.evidence import MANUAL, WHOLE, Span, read_deliveries
from reconciler.account.listing import Reader
from reconciler.account.second_opinion import read_fatigue
from reconciler.canonical import minor_digits
from reconciler.errors import ReconcilerError
from reconciler.kinds.registry import KINDS
from reconciler.kinds.renewal import EvidencePart
from reconciler.model import Address, LiveObject, LockEntry, RefreshEntry, Resource
from reconciler.plan.deliveries import Delivery, Rows, Showing
from reconciler.plan.weighing import Watched
from reconciler.state.lockfile import Lock

_LEARNING = {MANUAL: 3, WHOLE: 7}
"""Days in which the platform learns to deliver an ad group, by the dimension that tells its ads."""
_LEARNED = 50
"""Conversions after which it has learned before that."""
_SETTLED = 3
"""Days after a swap in an ad group before the next one."""
_SMART = "creatives"
"""The field of an ad that shows many."""


@dataclass(frozen=True, slots=True)
class Showings:
    """What shows one refresh. `underway`: an ad still shows something else than the running generation."""

    own: tuple[Watched, ...] = ()
    """Ads made by hand, which figures tell apart."""
    whole: tuple[Watched, ...] = ()
    """Smart+ ads: their figures are those of all they show."""
    siblings: tuple[Watched, ...] = ()
    left_out: tuple[str, ...] = ()
    underway: str | None = None
    guarded: date | None = None

    @property
    def all(self) -> tuple[Watched, ...]:
        """Every ad that shows it."""
        return (*self.own, *self.whole)


@dataclass
class Watcher:
    """One account on one day. `last`: the last day whose figures are final."""

    reader: Reader
    lock: Lock
    desired: Mapping[Address, Resource]
    zone: ZoneInfo
    last: date
    currency: str | None
    decisions: Mapping[str, str]
    """SHA-256 of a variant → approved or rejected."""
    unread: ReconcilerError | None = None
    """The report that could not be read."""
    _rows: dict[str, dict[str, Rows]] = field(default_factory=dict)
    _may_ask: bool = True
    _listed: dict[str, Mapping[str, LiveObject]] = field(default_factory=dict)

    @cached_property
    def kind(self) -> str:
        """The kind of what shows variants."""
        of = {one.kind for one in self.lock.refreshes}
        return next(one.short for one in KINDS.values() if any(mark.kind in of for mark in one.references.values()))

    def live(self, kind: str) -> Mapping[str, LiveObject]:
        """What is live of a kind, by id; listed once. Raises ApiError."""
        if kind not in self._listed:
            self.reader.extra = {kind: frozenset({"status", "secondary_status"})}
            self._listed[kind] = self.reader.listing(kind).objects
        return self._listed[kind]

    def shown(self, declared: Resource, entry: RefreshEntry) -> Showings:
        """What shows a refresh, with its figures."""
        refresh = declared.address
        users = sorted(
            (one for one in self.desired.values() if refresh in one.refs.values()), key=lambda one: one.address
        )
        own: list[Watched] = []
        whole: list[Watched] = []
        left_out: list[str] = []
        behind: list[str] = []
        for resource in users:
            bound = self.lock.resources.get(resource.address)
            live = self.live(self.kind).get(bound.id) if bound else None
            if bound is None or live is None or (why := _strange(bound, live)):
                reason = "not created yet" if bound is None else "gone" if live is None else why
                left_out.append(f"{resource.address} is left out: {reason}")
            elif _SMART in resource.fields:
                whole.append(self._watched(str(resource.address), live, self._made(entry), WHOLE, 1))
            elif (told := _of(bound, refresh)) is None:
                left_out.append(f"{resource.address} is left out: since when it shows what it shows is not on record")
            else:
                if told["generation"] != entry.current.generation:
                    behind.append(f"{resource.address} shows generation {told['generation']} still")
                own.append(
                    self._watched(str(resource.address), live, self._day(told["since"]), MANUAL, told["variant"])
                )
        groups = {one.group for one in (*own, *whole)}
        # What is left out is no sibling either: nobody knows what its figures are of.
        ids = {bound.id for one in users if (bound := self.lock.resources.get(one.address))}
        siblings = tuple(self._siblings({one.group for one in own}, ids))
        left_out += self._unmanaged({one.group for one in own})
        guarded = max((day for one in groups if (day := self._guarded(one, bool(whole)))), default=None)
        # What was rejected or has failed comes no more: then the next step may.
        waits = next(iter(behind), None) if self._is_coming(declared, entry) else None
        return Showings(tuple(own), tuple(whole), siblings, (*left_out, *behind), waits, guarded)

    def _is_coming(self, declared: Resource, entry: RefreshEntry) -> bool:
        """Whether a variant of the newest generation is still being made, or waits for somebody's decision."""
        asked = bool(declared.fields.get("require_approval"))
        open_ = (one.state == "pending" for one in entry.current.variants)
        undecided = (
            one.state == "ready" and one.sha256 not in self.decisions for one in entry.current.variants if asked
        )
        return any(open_) or any(undecided)

    def groups_of(self, refreshes: Mapping[Address, RefreshEntry]) -> dict[str, set[str]]:
        """Dimension → ids of the ad groups whose report is needed."""
        found: dict[str, set[str]] = {MANUAL: set(), WHOLE: set()}
        for resource in self.desired.values() if refreshes else ():
            bound = self.lock.resources.get(resource.address)
            live = self.live(self.kind).get(bound.id) if bound else None
            if live is not None and live.parent and not refreshes.keys().isdisjoint(resource.refs.values()):
                found[WHOLE if _SMART in resource.fields else MANUAL].add(live.parent)
        return found

    def read(self, refreshes: Mapping[Address, RefreshEntry]) -> None:
        """The reports of all of them. What cannot be read leaves everything open, and is kept in `unread`."""
        since = [self._made(one) for one in refreshes.values()]
        since += [
            self._day(entry.shown[0]["since"])
            for entry in self.lock.resources.values()
            if entry.shown and entry.shown[0]["refresh"] in {str(one) for one in refreshes}
        ]
        first = min(since, default=self.last)
        contract, account = self.reader.contracts.own, self.reader.advertiser
        span = Span(first, self.last, minor_digits(self.currency))
        for dimension, groups in self.groups_of(refreshes).items():
            if not groups or first > self.last:
                continue
            try:
                self._rows[dimension] = dict(
                    read_deliveries(self.reader.client, contract, account, groups, dimension, span)
                )
            except ReconcilerError as error:
                self.unread = error

    def opinions(self, evidence: Sequence[EvidencePart]) -> dict[str, bool] | None:
        """What TikTok itself says of these ads; None where the account may not ask."""
        if self._may_ask:
            ids = [one.id for one in evidence]
            found = read_fatigue(self.reader.client, self.reader.advertiser, ids, self.last)
            self._may_ask = found is not None
            return found
        return None

    def _watched(self, label: str, live: LiveObject, since: date, dimension: str, slot: int) -> Watched:
        fields = live.fields
        showing = Showing(label, since, fields.get("status") == "ENABLE")
        status = fields.get("secondary_status")
        rows = self._rows.get(dimension, {}).get(live.id, {})
        return Watched(showing, live.id, live.parent or "", rows, slot, status if isinstance(status, str) else "")

    def _siblings(self, groups: set[str], own: set[str]) -> Iterator[Watched]:
        """Managed ads of the same ad groups. What an ad shows that nobody manages is not on record: its figures may
        fall for what somebody did to it, and are compared with nothing."""
        for address, entry in sorted(self.lock.resources.items(), key=lambda one: one[1].id):
            live = self.live(self.kind).get(entry.id) if address.kind == self.kind else None
            if live is None or live.parent not in groups or live.id in own or _strange(entry, live):
                continue
            moment = entry.shown[0]["since"] if entry.shown else live.created
            if moment:
                yield self._watched(str(address), live, self._day(moment), MANUAL, 0)

    def _unmanaged(self, groups: set[str]) -> list[str]:
        """That there are ads which nobody manages, in words."""
        bound = {entry.id for entry in self.lock.resources.values()}
        found = sum(one.parent in groups and one.id not in bound for one in self.live(self.kind).values())
        what = f"{found} ads of its ad groups are" if found > 1 else "1 ad of its ad groups is"
        return [f"{what} not managed here, and left out"] if found else []

    def _guarded(self, group: str, is_smart: bool) -> date | None:
        """The first day on which the ad group may have a swap: it has learned, and settled since the last one."""
        days = []
        live = self.live(KINDS[self.kind].parent or "").get(group)
        rows = [one for told in self._rows.values() for ad, one in told.items() if self._group(ad) == group]
        conversions = sum(day.conversions for one in rows for day in one.values() if isinstance(day, Delivery))
        if live is not None and live.created and conversions < _LEARNED:
            days.append(self._day(live.created) + timedelta(days=_LEARNING[WHOLE if is_smart else MANUAL]))
        for entry in self.lock.resources.values():
            if len(entry.shown) > 1 and self._group(entry.id) == group:
                days.append(self._day(entry.shown[0]["since"]) + timedelta(days=_SETTLED))
        return max(days, default=None)

    def _group(self, ad: str) -> str | None:
        live = self.live(self.kind).get(ad)
        return live.parent if live else None

    def _made(self, entry: RefreshEntry) -> date:
        """The day the running generation was asked for: nothing has shown it before."""
        moments = [task.submitted_at for task in entry.current.tasks]
        return min((self._day(one) for one in moments), default=self.last)

    def _day(self, moment: str) -> date:
        """The account's day of a moment in UTC."""
        told = datetime.fromisoformat(moment)
        return day_of((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp(), self.zone)


def _strange(entry: LockEntry, live: LiveObject) -> str | None:
    """Why an ad's figures are not those of our video."""
    if live.foreign:
        return "no call here may write it"
    ours, theirs = entry.applied.get("video"), live.fields.get("video")
    return "its video was changed by hand" if ours and theirs is not None and theirs != ours else None


def _of(entry: LockEntry, refresh: Address) -> Mapping[str, Any] | None:
    """What the lockfile says the ad shows, if it is a variant of the refresh."""
    told = entry.shown[0] if entry.shown else None
    return told if told and told["refresh"] == str(refresh) else None
