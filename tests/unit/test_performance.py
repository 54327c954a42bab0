"""Figures of a variant: exact, in the currency's minor units, and said in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from reconciler.account.performance import COUNTS, Performance
from reconciler.render.performance import in_words
from tests.unit.builders import at

DAY = dict(zip(COUNTS, map(Decimal, ("1000", "310", "121", "12", "2", "7.77")), strict=True))


def performance(days: int = 3, digits: int = 2, verdict: str | None = None) -> Performance:
    """So many equal days of one ad."""
    return Performance((at("ad/hero"),), {date(2027, 1, 1 + number): DAY for number in range(days)}, digits, verdict)


@pytest.mark.parametrize(("digits", "spend", "cpa"), [(2, "23.31", "3.89"), (0, "23", "4")])
def test_money_has_the_minor_units_of_its_currency(digits: int, spend: str, cpa: str) -> None:
    """Yen have none; a cost is rounded half up."""
    told = performance(digits=digits).document()
    assert (told["spend"], told["cpa"]) == (spend, cpa)


def test_rates_come_from_the_sums() -> None:
    """Texts of four places; None where nothing was shown."""
    told = performance().document()
    assert [told[name] for name in ("hook", "hold", "ctr")] == ["0.3100", "0.1210", "0.0120"]
    assert [performance(0).document()[name] for name in ("hook", "hold", "ctr", "cpa")] == [None] * 4


def test_it_is_said_in_words() -> None:
    """One of a thing is one; what cannot be divided is not said."""
    words = "1 ad, 1 day, 1,000 impressions; hook 31.0 %, hold 12.1 %, ctr 1.2 %; 7.77 spent, 2 conversions at 3.89"
    assert in_words(performance(1).document(), None) == words
    assert in_words(performance(1, verdict="tired").document(), None) == f"{words}; verdict: tired"
    assert in_words(performance(0).document(), "EUR") == "1 ad, 0 days, 0 impressions; 0.00 EUR spent, 0 conversions"
