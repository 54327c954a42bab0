"""Policies and Renewals that do what they say, but hardly what is meant: warnings of `validate`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

from reconciler.kinds.calendar import Season, open_on, windows_around
from reconciler.kinds.renewal import Renewal
from reconciler.model import Address, RefreshEntry, Resource, Source
from reconciler.plan.policy import Policy, policy_of
from reconciler.plan.renewals import by_refresh

_LEAD = 7
"""Days that making and approving variants takes, at least."""
Told = tuple[str, str]
"""(message, hint)."""


class Surprise(NamedTuple):
    """One warning, and where its manifest, or its Renewal, stands."""

    address: Address
    message: str
    hint: str
    source: Source


def surprises(
    desired: Mapping[Address, Resource],
    refreshes: Mapping[Address, RefreshEntry],
    renewals: Sequence[Renewal],
    today: date,
) -> list[Surprise]:
    """Every one, by address. `today`: of the account."""
    found: list[Surprise] = []
    told = by_refresh(renewals, desired)
    for address, resource in sorted(desired.items()):
        policy = policy_of(resource)
        if policy is None:
            continue
        said = [*_of_people(resource, policy, desired), *_of_calendar(policy, refreshes.get(address), today)]
        found += [Surprise(address, message, hint, resource.source) for message, hint in said]
        if old := _old(told.get(address, []), policy, refreshes.get(address), today):
            found.append(Surprise(address, old[0], old[1], Source(told[address][-1].file, 1)))
    known = {one.file for own in told.values() for one in own}
    for one in renewals:
        if one.file not in known:
            hint = "delete the file, or restore the manifest"
            text = f"no manifest declares {one.told.refresh}"
            found.append(Surprise(Address.parse(one.told.refresh), text, hint, Source(one.file, 1)))
    return found


def _of_people(resource: Resource, policy: Policy, desired: Mapping[Address, Resource]) -> Iterator[Told]:
    if not resource.fields.get("require_approval"):
        yield "`renew` without `require_approval`: nobody looks before an ad changes", "set `require_approval: true`"
    users = [one for one in desired.values() if resource.address in one.refs.values()]
    if policy.tired and users and all("creatives" in one.fields for one in users):
        hint = "remove `tired:`, and let `age:` and `calendar:` decide"
        yield "only Smart+ ads show it, whose reports mix all they show: `tired` will never fire", hint


def _of_calendar(policy: Policy, entry: RefreshEntry | None, today: date) -> Iterator[Told]:
    theme = entry.renewed.theme if entry and entry.renewed else None
    if theme and open_on(policy.calendar, today) is None:
        yield f"ads still show the hook for {theme}, which is over", "run `reconciler renew --write`: it leads back"
    for one in policy.calendar:
        if one.from_ > -_LEAD:
            hint = f"write `from: -{_LEAD}d` or earlier: variants must be made, approved and reviewed"
            yield f"{one.theme}: `from: {one.from_}d` is a short time before the day", hint
    for theme in sorted({one.theme for one in policy.calendar}):
        own = [one for one in policy.calendar if one.theme == theme]
        if all(one.day is not None and one.day < today for one in own):
            newest = max(one.day for one in own if one.day)
            yield f"{theme}: its newest `day` {newest} is over", "write the next one, with its year"
    yield from _overlaps(policy.calendar, today)


def _overlaps(calendar: Sequence[Season], today: date) -> Iterator[Told]:
    coming = [one for one in windows_around(calendar, today) if one.last >= today]
    seen = set()
    for first, second in combinations(coming, 2):
        pair = first.theme, second.theme
        if second.first <= first.last and first.theme != second.theme and pair not in seen:
            seen.add(pair)
            hint = f"from {second.first} on {second.theme} counts; shorten one of the two if that is not meant"
            yield f"{first.theme} (until {first.last}) and {second.theme} (from {second.first}) overlap", hint


def _old(own: Sequence[Renewal], policy: Policy, entry: RefreshEntry | None, today: date) -> Told | None:
    if not own or (entry and entry.renewed and entry.renewed.place == own[-1].renewed.place):
        return None
    age = (today - date.fromisoformat(own[-1].day)).days
    if age <= policy.valid_days:
        return None
    hint = "apply it, or delete the file and run `reconciler renew` again"
    return f"{own[-1].file} is {age} days old and not applied; its figures have aged", hint
