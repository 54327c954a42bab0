"""When the holidays of the hooks are: the days of every theme in a year, and the windows that a policy opens for them.

Source: the Refresh Ads document, dates of the holiday themes. A country that keeps a feast on another day says so with
`day`. Days are those of the account's time zone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

_SUNDAY, _THURSDAY = 6, 3


class Feast(NamedTuple):
    """One occurrence of a theme: its first and its last day."""

    first: date
    last: date


class Season(NamedTuple):
    """One entry of a policy's calendar. `from_`, `until`: days before (negative) or after the feast's first and last
    day; `day`: the feast's day where the rule's does not count."""

    theme: str
    from_: int
    until: int
    day: date | None = None

    def window(self, feast: Feast) -> Opening:
        """The days on which it asks for its hook."""
        first, last = feast.first + timedelta(days=self.from_), feast.last + timedelta(days=self.until)
        return Opening(self.theme, first, last, feast)

    def windows(self, years: Sequence[int]) -> Iterator[Opening]:
        """Those of several years; a `day` has one year."""
        feasts = [Feast(self.day, self.day)] if self.day else [feast_of(self.theme, year) for year in years]
        return (self.window(feast) for feast in feasts)


class Opening(NamedTuple):
    """Whole days, both ends included."""

    theme: str
    first: date
    last: date
    feast: Feast

    def holds(self, day: date) -> bool:
        """Whether the day is one of them."""
        return self.first <= day <= self.last


def feast_of(theme: str, year: int) -> Feast:
    """The theme's days in a year (1583 to 4099). Raises KeyError for no theme."""
    return _RULES[theme](year)


def windows_around(calendar: Sequence[Season], day: date) -> list[Opening]:
    """Every window of the years around a day, by its first day."""
    found = [one for season in calendar for one in season.windows(range(day.year - 1, day.year + 2))]
    return sorted(found, key=lambda one: (one.first, one.last, one.theme))


def open_on(calendar: Sequence[Season], day: date) -> Opening | None:
    """The window a day lies in; of several that overlap, the one that began last."""
    return next((one for one in reversed(windows_around(calendar, day)) if one.holds(day)), None)


def easter(year: int) -> date:
    """Easter Sunday of the western churches (the anonymous Gregorian rule, Nature 1876)."""
    golden, century, rest = year % 19, year // 100, year % 100
    skipped, moved = century // 4, (century + 8) // 25
    moon = (19 * golden + century - skipped - (century - moved + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def nth(weekday: int, number: int, month: int, year: int) -> date:
    """The so-many-th weekday (Monday is 0) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _on(month: int, first: int, last: int | None = None) -> Callable[[int], Feast]:
    return lambda year: Feast(date(year, month, first), date(year, month, last or first))


def _moving(weekday: int, number: int, month: int, later: int = 0) -> Callable[[int], Feast]:
    def rule(year: int) -> Feast:
        day = nth(weekday, number, month, year) + timedelta(days=later)
        return Feast(day, day)

    return rule


def _easter(year: int) -> Feast:
    day = easter(year)
    return Feast(day, day)


_RULES: dict[str, Callable[[int], Feast]] = {
    "NEW_YEARS_DAY": _on(1, 1),
    "VALENTINES_DAY": _on(2, 14),
    "NATIONAL_PET_DAY": _on(4, 11),
    "EASTER": _easter,
    "MOTHERS_DAY": _moving(_SUNDAY, 2, 5),
    "PRIDE": _on(6, 1, 30),
    "FATHERS_DAY": _moving(_SUNDAY, 3, 6),
    "GRANDPARENTS_DAY": _moving(_SUNDAY, 4, 7),
    "BACK_TO_SCHOOL": _on(8, 1, 31),
    "HALLOWEEN": _on(10, 31),
    "SINGLES_DAY": _on(11, 11),
    "THANKSGIVING": _moving(_THURSDAY, 4, 11),
    "BLACK_FRIDAY": _moving(_THURSDAY, 4, 11, 1),
    "SMALL_BUSINESS_SATURDAY": _moving(_THURSDAY, 4, 11, 2),
    "CYBER_MONDAY": _moving(_THURSDAY, 4, 11, 4),
    "CHRISTMAS_DAY": _on(12, 25),
    "BOXING_DAY": _on(12, 26),
}
THEMES = tuple(_RULES)
