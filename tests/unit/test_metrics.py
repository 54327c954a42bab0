"""Counts are added up digit for digit, rates come from the sums, and what is no count is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reconciler.contracts.metrics import COUNTS, RATIOS, needed, quotient, summed, told, unsummable


def test_counts_and_rates_are_told_of_each_other() -> None:
    """A rate needs its two counts, once; reach is neither."""
    assert needed(["ctr", "clicks", "cpm"]) == ("clicks", "impressions", "spend")
    assert unsummable(["ctr", "reach", "frequency", "spend", "campaign_name"]) == [
        "reach",
        "frequency",
        "campaign_name",
    ]
    assert {name for one in RATIOS.values() for name in (one.above, one.below)} <= COUNTS


def test_sums_keep_their_digits() -> None:
    """No binary float: a thousand times ten cents is a hundred."""
    assert summed([{"spend": "0.10"}] * 1000, ["spend"]) == {"spend": Decimal("100.00")}
    assert told(summed([{"spend": "0.1", "impressions": "3"}] * 3, ["spend"]), ["spend"]) == {"spend": "0.3"}


def test_what_no_row_tells_is_a_dash_and_not_a_zero() -> None:
    """Left out, or not applicable; a single row that tells is enough."""
    assert told(summed([{"spend": "-"}, {}], ["spend"]), ["spend"]) == {"spend": "-"}
    assert told(summed([{"spend": "-"}, {"spend": "0.00"}], ["spend"]), ["spend"]) == {"spend": "0.00"}
    assert told(summed([{"clicks": "0", "spend": "1"}], ["clicks", "spend"]), ["cpc"]) == {"cpc": "-"}


def test_rates_round_half_up() -> None:
    """As the API's two places, or finer."""
    assert quotient(Decimal(1), Decimal(800), 100) == "0.13"
    assert quotient(Decimal(1), Decimal(3), step=Decimal("0.0001")) == "0.3333"
    assert quotient(Decimal(1), Decimal(0)) is None


@pytest.mark.parametrize("text", ["", ".", "-1", "1.", ".5", "1e3", "1.5.1", "\u0661", "NaN", "1" * 41, "1,000"])
def test_what_is_no_count_is_refused(text: str) -> None:
    """It names the metric and shows the value."""
    with pytest.raises(ValueError, match="clicks is"):
        summed([{"clicks": text}], ["clicks"])
