"""Budget limits by currency. Source: the fact sheet of the Marketing API, section 3.5."""

from __future__ import annotations

from decimal import Decimal

_BY_RATIO = {
    1: "USD EUR GBP CAD AUD BRL CHF SGD NZD AED SAR ILS MYR PEN QAR RON ARS HUF",
    4: "PLN",
    10: "CNY HKD TWD THB MXN NOK SEK DKK CZK TRY UAH UYU ZAR EGP BOB GTQ HNL MOP NIO",
    50: "PHP",
    100: "JPY INR RUB PKR BDT DZD KES NGN ISK",
    1000: "KRW CLP COP CRC",
    10_000: "IDR VND PYG",
    100_000: "VEF",
}
_RATIOS = {currency: ratio for ratio, names in _BY_RATIO.items() for currency in names.split()}
_LARGEST = 10_000_000


def outside(amount: Decimal, least: int, currency: str | None) -> str | None:
    """Why a budget cannot be, in words; None when it can. `least`: the minimum in a currency of ratio 1.

    Of a currency that is not known only the smallest minimum is checked.
    """
    ratio = _RATIOS.get(currency or "", 1)
    unit = f" {currency}" if currency else ""
    if amount < least * ratio:
        return f"at least {least * ratio}{unit} is needed"
    if currency in _RATIOS and amount >= _LARGEST * ratio:
        return f"it must be below {_LARGEST * ratio}{unit}"
    return None
