"""Whether the ads that show a refresh's variants are tired, with the evidence a Renewal carries. Pure.

Nobody decides without evidence: what is late, lost, damaged or corrected downwards makes `no evidence`; too little of
it is `not shown`. Ads of the same ad group that show something else are the siblings: what falls with them is no
fatigue of this video.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from reconciler.kinds.renew import Metric
from reconciler.kinds.renewal import EvidencePart, Renewal, RulePart
from reconciler.plan.deliveries import Delivery, Rows, Showing, Split, Unclear, is_silent, recent, split, volume
from reconciler.plan.fatigue import RECENT_DAYS, VERSION, Count, Rule, is_enough, kept_share, noise, rate
from reconciler.plan.policy import Tired
from reconciler.plan.verdicts import is_confirmed, is_tired, judged, rate_text, rule_of, value_text

ACCOUNT_WIDE = Decimal("0.7")
_OTHERS = 2
"""So many ads that show something else must fall together before it is called account-wide."""
_SHRUNK = Decimal("0.95")


class Watched(Struct, frozen=True):
    """One ad with its figures. `slot`: the variant it shows, of the refresh in question; 0: it shows something else."""

    showing: Showing
    id: str
    group: str
    rows: Rows
    slot: int = 0
    status: str = ""
    """What the platform calls its state, as far as it says."""


class Weighed(Struct, frozen=True):
    """`said`: the figures in words. `rule`, `evidence`: as a Renewal carries them, where ads could be judged."""

    verdict: Literal["tired", "not shown", "no evidence"]
    said: str
    rule: RulePart | None = None
    evidence: tuple[EvidencePart, ...] = ()
    about: str = ""
    """What sort of ads leaves it open."""

    @property
    def words(self) -> str:
        """`tired: 2 of 2 ads, …`, `no evidence (Smart+ ads): …`."""
        return f"{self.verdict}{f' ({self.about})' if self.about else ''}: {self.said}"


class _Judging(NamedTuple):
    """What is judged by: the ads of the refresh with their days, and those of others in the same ad groups."""

    own: Sequence[tuple[Watched, Split]]
    others: Sequence[tuple[Watched, Split]]
    noise: Decimal
    last: date


def weigh(asked: Tired, ads: Sequence[Watched], last: date, earlier: Sequence[Renewal] = ()) -> Weighed:
    """The verdict on one refresh. `ads`: of its ad groups, its own and the others; `last`: the last day whose figures
    are final; `earlier`: its Renewals."""
    silent = [one for one in ads if one.slot and is_silent(one.showing, one.rows, last)]
    splits = {one.id: split(one.showing, one.rows, asked.metric, last) for one in ads}
    own = [one for one in ads if one.slot and one not in silent]
    if silent and not own:
        return Weighed("not shown", "; ".join(_silence(one) for one in silent))
    for one in (*own, *(one for one in ads if not one.slot)):
        if isinstance(found := splits[one.id], Unclear):
            return Weighed("no evidence", f"{found.why}; nothing is decided")
    known = [(one, found) for one in ads if isinstance(found := splits[one.id], Split) and one not in silent]
    mine = [(one, found) for one, found in known if one.slot]
    enough = [(one, found) for one, found in mine if is_enough(list(found.baseline.values()))]
    if not enough or (not asked.is_any and len(enough) < len(mine)):
        return Weighed("not shown", _too_little(asked.metric, mine, enough, last))
    if why := next(_shrunk(enough, asked.metric, earlier), None):
        return Weighed("no evidence", f"{why}; nothing is decided")
    others = [(one, found) for one, found in known if not one.slot and is_enough(list(found.baseline.values()))]
    return _judged(asked, _Judging(enough, others, _noise(asked, enough, others), last))


def _noise(asked: Tired, own: Sequence[tuple[Watched, Split]], others: Sequence[tuple[Watched, Split]]) -> Decimal:
    """The noise of the ad groups; of several, the greatest."""
    groups: dict[str, list[Sequence[Count]]] = {one.group: [] for one, _ in own}
    for one, found in sorted([*own, *others], key=lambda pair: pair[0].id):
        if one.group in groups:
            groups[one.group].append(list(found.baseline.values()))
    return max(noise(baselines, asked.noise_floor) for baselines in groups.values())


def _judged(asked: Tired, case: _Judging) -> Weighed:
    rule = RulePart.model_construct(
        metric=asked.metric, of="any" if asked.is_any else "all", alpha="0.05", horizon=60, noise=str(case.noise),
        min_drop="0.15", version=VERSION,
    )  # fmt: skip
    strict = rule_of(rule, len(case.own))
    parts = tuple(
        judged(strict, _part(asked, one, found, case, strict))
        for one, found in sorted(case.own, key=lambda pair: (pair[0].showing.label, pair[0].id))
    )
    if asked.require_siblings and (why := _alone(parts)):
        return Weighed("no evidence", f"{why}; nothing is decided")
    said = _in_words(asked.metric, case.own, parts)
    if not is_tired(rule, parts):
        return Weighed("not shown", said + _few(case.own, case.last), rule, parts)
    if _is_account_wide(case):
        return Weighed("not shown", f"account-wide: other ads fell, too (tracking or season); {said}", rule, parts)
    return Weighed("tired", said + ("" if any(one.siblings for one in parts) else "; no sibling to compare with"),
                   rule, parts)  # fmt: skip


def _part(asked: Tired, one: Watched, found: Split, case: _Judging, rule: Rule) -> EvidencePart:
    """The figures of an ad as a Renewal carries them, not judged yet."""
    near = [other for other in case.others if other[0].group == one.group]
    until = max([*found.days, *found.lost], default=date.min)
    lost = {*found.lost, *(day for _, other in near for day in other.lost if max(found.baseline) < day <= until)}
    days = sorted({*found.days, *lost})[: rule.horizon]
    shares = {day: share for day in days if (share := _share(near, day, rule.noise)) is not None}
    return EvidencePart.model_construct(
        ad=one.showing.label,
        id=one.id,
        variant=one.slot,
        baseline=[_row(day, count) for day, count in sorted(found.baseline.items())],
        days=[_row(day, found.days[day]) for day in days if day in found.days and day not in lost],
        lost=[day.isoformat() for day in days if day in lost],
        siblings=[(day.isoformat(), str(share)) for day, share in shares.items()],
        verdict="not shown",
        value="0",
        rate=[],
        confirm=_confirming(asked, one, case.last) if asked.confirm else [],
    )


def _row(day: date, count: Count) -> tuple[str, int, int]:
    return day.isoformat(), count.hits, count.shown


def _share(near: Iterable[tuple[Watched, Split]], day: date, spread: Decimal) -> Decimal | None:
    """What the siblings kept on a day."""
    there = [(list(found.baseline.values()), found.days[day]) for _, found in near if day in found.days]
    return kept_share(there, spread)


def _confirming(asked: Tired, one: Watched, last: date) -> list[str]:
    """The other metric's rates: baseline, last seven days; equal where they cannot be told, which confirms nothing."""
    found = split(one.showing, one.rows, asked.confirm or asked.metric, last)
    if isinstance(found, Unclear) or not found.baseline or not found.days:
        return ["0", "0"]
    return [rate_text(rate(list(found.baseline.values()))), rate_text(rate(recent(found.days)))]


def _shrunk(own: Sequence[tuple[Watched, Split]], metric: Metric, earlier: Sequence[Renewal]) -> Iterator[str]:
    """Days whose exposure is less now than an earlier Renewal has seen: corrected downwards."""
    seen = {
        (part.id, day): (shown, one.file)
        for one in earlier
        if one.told.rule and one.told.rule.metric == metric
        for part in one.told.evidence
        for day, _, shown in (*part.baseline, *part.days)
    }
    for one, found in own:
        for day, count in sorted({**found.baseline, **found.days}.items()):
            before = seen.get((one.id, day.isoformat()))
            if before and count.shown < before[0] * _SHRUNK:
                what = f"{day} of {one.showing.label} was corrected downwards"
                yield f"{what}, {before[0]} to {count.shown}; see {before[1]}"


def _alone(parts: Sequence[EvidencePart]) -> str | None:
    """An ad that no sibling can be compared with on its last days."""
    for one in parts:
        told = {day for day, _ in one.siblings}
        if not all(day in told for day, _, _ in one.days[-RECENT_DAYS:]):
            return f"{one.ad} has no sibling to compare with"
    return None


def _is_account_wide(case: _Judging) -> bool:
    """Whether on one of the last days every ad that shows something else fell, too."""
    for number in range(RECENT_DAYS):
        day = case.last - timedelta(days=number)
        there = [
            kept_share([(list(found.baseline.values()), found.days[day])], case.noise)
            for _, found in case.others
            if day in found.days
        ]
        if len(there) >= _OTHERS and all(one is not None and one < ACCOUNT_WIDE for one in there):
            return True
    return False


def with_second_opinion(asked: Tired, found: Weighed, opinions: Mapping[str, bool] | None) -> Weighed:
    """A verdict with TikTok's own beside it: ad id → whether it sees fatigue; None where nobody may ask. That decides
    only where the policy asks for it."""
    if opinions is None:
        if not asked.and_platform:
            return found
        return Weighed("no evidence", f"TikTok's own word is not to be had for this account; {found.said}")
    told = [opinions.get(one.id, False) for one in found.evidence]
    said = f"{found.said}; TikTok sees fatigue in {sum(told)} of {len(told)} ads"
    agrees = any(told) if asked.is_any else all(told)
    return replace(found, said=said, verdict="not shown" if asked.and_platform and not agrees else found.verdict)


# --- in words --------------------------------------------------------------------------------------------------------


def percent(share: Decimal) -> str:
    """`24.1 %`."""
    return f"{share * 100:.1f} %"


def told_rate(metric: Metric, value: Decimal) -> str:
    """A rate for people: a share, or of spend as it is."""
    return rate_text(value) if metric == "cpa" else percent(value)


def _silence(one: Watched) -> str:
    return f"{one.showing.label} does not deliver" + (f" ({one.status})" if one.status else "")


def _in_words(metric: Metric, own: Sequence[tuple[Watched, Split]], parts: Sequence[EvidencePart]) -> str:
    tired = sum(one.verdict == "tired" for one in parts)
    value = max(Decimal(one.value) for one in parts)
    base = rate([count for _, found in own for count in found.baseline.values()])
    newest = [count for _, found in own for count in recent(found.days)]
    shown = (
        f"{metric} {told_rate(metric, base)} → {told_rate(metric, rate(newest))}" if newest else f"{metric} unchanged"
    )
    days = max(len(one.days) for one in parts)
    times = f"{value_text(value)} × the limit" if value >= 1 else f"{value_text(value)} of the limit"
    return f"{tired} of {len(parts)} ads, {shown} ({days} days), evidence {times}{_confirmation(parts)}"


def _confirmation(parts: Sequence[EvidencePart]) -> str:
    told = [one for one in parts if one.confirm]
    if not told:
        return ""
    return "; the other metric " + ("confirms" if all(is_confirmed(one) for one in told) else "does not confirm")


def _few(own: Sequence[tuple[Watched, Split]], last: date) -> str:
    """So many impressions find little."""
    least = min(volume(one.rows, last) for one, _ in own)
    return f"; {least} impressions a day are too few" if least < 1000 else ""


def _too_little(
    metric: Metric, own: Sequence[tuple[Watched, Split]], enough: Sequence[tuple[Watched, Split]], last: date
) -> str:
    have = {one.id for one, _ in enough}
    one, found = next((pair for pair in own if pair[0].id not in have), own[0])
    return (
        f"too little data: {one.showing.label} has {len(found.baseline)} of 7 days for its baseline by {metric}, "
        f"{volume(one.rows, last)} impressions a day"
    )


def first_impression(ads: Sequence[Watched]) -> date | None:
    """The first day on which any of the ads had impressions since it shows what it shows."""
    days = (
        day
        for one in ads
        for day, row in one.rows.items()
        if day > one.showing.since and isinstance(row, Delivery) and row.impressions
    )
    return min(days, default=None)
