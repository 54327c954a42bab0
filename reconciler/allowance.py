"""What a person allows although a guard rail refuses it: one rule for one address and, where it counts, one amount."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from msgspec import Struct

Measure = Literal["needed", "optional", "none"]

RULES: Final[dict[str, tuple[str, Measure]]] = {
    # rule: (what it is allowed for, whether an amount says how far)
    "max_daily_spend": ("ADDRESS", "optional"),
    "max_budget": ("ADDRESS", "needed"),
    "max_raise_percent": ("ADDRESS", "needed"),
    "typo_factor": ("ADDRESS", "needed"),
    "max_changes": ("enable|update_percent|disable_percent|delete", "needed"),
    "max_submits": ("ADDRESS", "needed"),
    "landing_domains": ("ADDRESS", "none"),
    "freeze": ("ADDRESS", "none"),
    "vanished_share": ("KIND", "none"),
}
CHANGES: Final = ("enable", "update_percent", "disable_percent", "delete")
"""What `max_changes` counts."""
_SUBJECT = re.compile(r"[a-z_]+(?:/[a-z0-9][a-z0-9-]{0,62})?", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,10})?", re.ASCII)


class Allowance(Struct, frozen=True, order=True):
    """One `--allow`, with the reason that was given for it."""

    rule: str
    address: str
    """An address; a kind, or what is counted, where the rule is about all of a plan."""
    amount: str | None
    reason: str

    @property
    def text(self) -> str:
        """As `--allow` takes it."""
        return f"{self.rule}={self.address}" + (f"={self.amount}" if self.amount is not None else "")

    def lifts(self, rule: str, address: str, amount: str | None) -> bool:
        """Whether it allows exactly this. `amount`: what would be; None where the rule takes none."""
        if (self.rule, self.address) != (rule, address):
            return False
        return self.amount is None or (amount is not None and Decimal(self.amount) == Decimal(amount))


def parse(text: str, reason: str) -> Allowance:
    """`RULE=ADDRESS[=AMOUNT]`. Raises ValueError with what is wrong, in words."""
    rule, _, rest = text.partition("=")
    address, given, amount = rest.partition("=")
    if rule not in RULES:
        raise ValueError(f"there is no guard rail {rule!r}; there are {', '.join(RULES)}")
    what, measure = RULES[rule]
    shape = f"{rule}={what}" + {"needed": "=AMOUNT", "optional": "[=AMOUNT]", "none": ""}[measure]
    is_address = "/" in address
    if not _SUBJECT.fullmatch(address) or is_address != (what == "ADDRESS"):
        raise ValueError(f"{text!r} names nothing in particular: write {shape}, each by its own name")
    if rule == "max_changes" and address not in CHANGES:
        raise ValueError(f"max_changes does not count {address!r}: write {shape}")
    if (measure == "needed" and not given) or (measure == "none" and given):
        raise ValueError(f"{text!r} {'has no amount' if not given else 'has an amount'}: write {shape}")
    if given and not _AMOUNT.fullmatch(amount):
        raise ValueError(f"{amount!r} is not a plain amount: write {shape}")
    return Allowance(rule, address, amount if given else None, reason)
