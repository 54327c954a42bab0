"""The days of the themes: the document's of 2025, known ones of other years, and what a policy makes of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.calendar import THEMES, Feast, Season, easter, feast_of, open_on, windows_around
from reconciler.kinds.refresh import AddHook

IN_2025 = {
    "NEW_YEARS_DAY": (1, 1), "VALENTINES_DAY": (2, 14), "NATIONAL_PET_DAY": (4, 11), "EASTER": (4, 20),
    "MOTHERS_DAY": (5, 11), "FATHERS_DAY": (6, 15), "GRANDPARENTS_DAY": (7, 27), "HALLOWEEN": (10, 31),
    "SINGLES_DAY": (11, 11), "THANKSGIVING": (11, 27), "BLACK_FRIDAY": (11, 28), "SMALL_BUSINESS_SATURDAY": (11, 29),
    "CYBER_MONDAY": (12, 1), "CHRISTMAS_DAY": (12, 25), "BOXING_DAY": (12, 26),
}  # fmt: skip
MONTHS = {"PRIDE": (date(2025, 6, 1), date(2025, 6, 30)), "BACK_TO_SCHOOL": (date(2025, 8, 1), date(2025, 8, 31))}
IN_2027 = {
    "EASTER": (3, 28), "MOTHERS_DAY": (5, 9), "FATHERS_DAY": (6, 20), "GRANDPARENTS_DAY": (7, 25),
    "THANKSGIVING": (11, 25),
}  # fmt: skip
EASTERS = {
    1900: (4, 15), 1943: (4, 25), 1954: (4, 18), 1961: (4, 2), 1981: (4, 19), 2000: (4, 23), 2008: (3, 23),
    2011: (4, 24), 2016: (3, 27), 2019: (4, 21), 2024: (3, 31), 2026: (4, 5), 2038: (4, 25), 2076: (4, 19),
    2100: (3, 28), 2199: (4, 14),
}  # fmt: skip


def test_every_theme_of_the_api_has_its_days() -> None:
    """And nothing else has."""
    written = AddHook.model_json_schema()["properties"]["holiday_theme"]["enum"]
    assert set(THEMES) == set(written)


def test_the_documents_days_of_2025() -> None:
    """As the platform lists them; two themes are a month long."""
    days = {theme: Feast(date(2025, *day), date(2025, *day)) for theme, day in IN_2025.items()}
    assert {theme: feast_of(theme, 2025) for theme in THEMES} == {
        **days, **{theme: Feast(*both) for theme, both in MONTHS.items()}
    }  # fmt: skip


def test_moving_days_of_2027() -> None:
    """Known from calendars."""
    assert {theme: feast_of(theme, 2027).first for theme in IN_2027} == {
        theme: date(2027, *day) for theme, day in IN_2027.items()
    }


def test_easter_of_known_years() -> None:
    """The earliest and latest of three centuries, and the exceptions of the Gregorian rule."""
    assert {year: easter(year) for year in EASTERS} == {year: date(year, *day) for year, day in EASTERS.items()}


def _by_the_moon(year: int) -> date:
    """Easter by its definition: the Sunday after the first full moon of the church from 21 March on, by epacts."""
    century = year // 100 + 1
    epact = (14 + 11 * (year % 19) - 3 * century // 4 + (5 + 8 * century) // 25) % 30
    if epact == 0 or (epact == 1 and year % 19 > 10):
        epact += 1
    moon = date(year, 4, 19) - timedelta(days=epact)
    return moon + timedelta(days=7 - (moon.weekday() + 1) % 7)


@given(st.integers(1900, 2199))
def test_easter_is_the_sunday_after_the_full_moon(year: int) -> None:
    """By another rule than the one we use, in every year of three centuries."""
    assert easter(year) == _by_the_moon(year)


CHRISTMAS = Season("CHRISTMAS_DAY", -28, 0)


@pytest.mark.parametrize(
    ("day", "theme"),
    [
        ("2026-11-26", None), ("2026-11-27", "CHRISTMAS_DAY"), ("2026-12-25", "CHRISTMAS_DAY"), ("2026-12-26", None),
    ],
)  # fmt: skip
def test_a_window_has_both_its_ends(day: str, theme: str | None) -> None:
    """It opens on `from` and closes after `until`."""
    found = open_on([CHRISTMAS], date.fromisoformat(day))
    assert (found.theme if found else None) == theme


def test_a_window_reaches_into_the_next_year() -> None:
    """Two days before New Year's Day are in the year before."""
    found = open_on([Season("NEW_YEARS_DAY", -2, 3)], date(2026, 12, 30))
    assert found is not None
    assert found.feast.first == date(2027, 1, 1)


def test_the_month_of_a_theme_counts_from_its_first_and_last_day() -> None:
    """PRIDE is all of June: `from` is before the 1st, `until` after the 30th."""
    (found,) = [
        one for one in windows_around([Season("PRIDE", -14, 2)], date(2026, 6, 5)) if one.holds(date(2026, 6, 5))
    ]
    assert (found.first, found.last) == (date(2026, 5, 18), date(2026, 7, 2))


def test_of_two_windows_the_later_one_wins() -> None:
    """Cyber Monday's begins while Christmas' is open."""
    both = [CHRISTMAS, Season("CYBER_MONDAY", -2, 0)]
    assert [getattr(open_on(both, date(2026, 11, day)), "theme", None) for day in (26, 27, 28, 30)] == [
        None, "CHRISTMAS_DAY", "CYBER_MONDAY", "CYBER_MONDAY",
    ]  # fmt: skip
    assert open_on(both, date(2026, 12, 1)) == open_on(both[::-1], date(2026, 12, 1))


def test_a_country_with_another_day() -> None:
    """Mother's Day of the United Kingdom in 2027, and only then."""
    season = Season("MOTHERS_DAY", -14, 0, date(2027, 3, 14))
    assert open_on([season], date(2027, 3, 1)) is not None
    assert open_on([season], date(2027, 5, 9)) is None
    assert open_on([season], date(2026, 5, 10)) is None


@given(st.sampled_from(THEMES), st.integers(-60, 0), st.integers(0, 30), st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_a_day_is_in_a_window_exactly_when_the_feast_is_near(theme: str, lead: int, after: int, day: date) -> None:
    """Whatever the year's edge."""
    near = any(
        -timedelta(days=-lead) <= day - feast.first and day - feast.last <= timedelta(days=after)
        for feast in (feast_of(theme, year) for year in range(day.year - 1, day.year + 2))
    )
    assert (open_on([Season(theme, lead, after)], day) is not None) == near
