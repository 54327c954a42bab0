"""Budgets: minima by currency, whole-number currencies, and what has been spent already (fact sheet, 3.5)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from reconciler.simulator.accounts import facts, local_time
from reconciler.simulator.marketing.shapes import wrong
from reconciler.simulator.rules import Call
from reconciler.simulator.wire import Json, Number, decode
from reconciler.simulator.world import Row

DAY, TOTAL = "BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL"
DYNAMIC, INFINITE = "BUDGET_MODE_DYNAMIC_DAILY_BUDGET", "BUDGET_MODE_INFINITE"
DAILY = (DAY, DYNAMIC)
LARGEST = 10_000_000
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
RATIOS = {currency: ratio for ratio, currencies in _BY_RATIO.items() for currency in currencies.split()}
WHOLE = frozenset(["HUF", "TWD", "JPY", "ISK", "KRW", "CLP", "IDR", "VND", "PYG"])


def check_whole(call: Call, name: str, amount: Number) -> None:
    """ApiFailure for a fraction of a currency that has none."""
    currency = facts(call.world, call.owner)["currency"]
    if currency in WHOLE and amount.value != amount.value.to_integral_value():
        raise wrong(name, f"must be a whole number in {currency}")


def check_budget(call: Call, amount: Number, least: int) -> None:
    """ApiFailure for a budget below its minimum, past the largest, or of a fraction where there is none."""
    currency = facts(call.world, call.owner)["currency"]
    ratio = RATIOS.get(currency, 1)
    check_whole(call, "budget", amount)
    if amount.value < least * ratio:
        raise wrong("budget", f"must be at least {least * ratio} {currency}")
    if amount.value >= LARGEST * ratio:
        raise wrong("budget", f"must be less than {LARGEST * ratio} {currency}")


def check_change(call: Call, row: Row, mode: str, amount: Number) -> None:
    """ApiFailure for a new budget near what is spent, or, with the switch `budget_lock`, near midnight."""
    old = row.fields.get("budget")
    if isinstance(old, Number) and old.value == amount.value:
        return
    local = local_time(call.world, call.owner, call.now)
    if call.settings.budget_lock and (local.hour, local.minute) >= (23, 55):
        raise wrong("budget", "cannot be changed between 23:55 and 00:00 of the account's time")
    spend = spent(call, row, f"{local.date()}" if mode in DAILY else "")
    if amount.value < spend * Decimal("1.05"):
        raise wrong("budget", f"must be at least 105% of the current spend {spend}")


def spent(call: Call, row: Row, day: str) -> Decimal:
    """What loaded figures say an object has spent: on one day of the account, or, without one, ever."""
    prefix = f"figures/{row.id}/{day}"
    total = Decimal(0)
    for name, text in call.world.notes.items():
        if name.startswith(prefix):
            told: Mapping[str, Json] = decode(text.encode())
            total += told["spend"].value if "spend" in told else 0
    return total
