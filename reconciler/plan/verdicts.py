"""What the evidence of a Renewal says, computed from its figures alone: when it is written, and again in every plan."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal

from reconciler.kinds.renewal import EvidencePart, RulePart
from reconciler.plan.fatigue import Count, Judged, Rule, judge

_VALUE, _RATE = Context(prec=3), Context(prec=4)


def rule_of(part: RulePart, ads: int) -> Rule:
    """The rule for one of so many ads: where any of them is enough, each has its share of the false alarms."""
    alpha = Decimal(part.alpha)
    return Rule(Decimal(part.noise), alpha / ads if part.of == "any" else alpha, part.horizon, Decimal(part.min_drop))


def judged(rule: Rule, part: EvidencePart) -> EvidencePart:
    """The same with the verdict that its figures give."""
    found = judge_part(rule, part)
    rates = [rate_text(found.baseline), *([] if found.recent is None else [rate_text(found.recent)])]
    return part.model_copy(update={"verdict": found.verdict, "value": value_text(found.value), "rate": rates})


def judge_part(rule: Rule, part: EvidencePart) -> Judged:
    """The verdict on one ad, every digit of it."""
    counted: dict[str, Count | None] = dict.fromkeys(part.lost)
    counted |= {day: Count(hits, shown) for day, hits, shown in part.days if day not in counted}
    shares = {day: Decimal(share) for day, share in part.siblings}
    days = sorted(counted)
    baseline = [Count(hits, shown) for _, hits, shown in part.baseline]
    return judge(baseline, [counted[day] for day in days], rule, [shares.get(day) for day in days])


def is_tired(part: RulePart, evidence: Sequence[EvidencePart]) -> bool:
    """Whether so many ads are as the rule asks for, and another metric confirms it where one was asked."""
    verdicts = [one.verdict == "tired" and is_confirmed(one) for one in evidence]
    return bool(verdicts) and (any(verdicts) if part.of == "any" else all(verdicts))


def is_confirmed(one: EvidencePart) -> bool:
    """Whether the other metric's last seven days lie below its baseline; True where none was asked for."""
    return not one.confirm or (len(one.confirm) == 2 and Decimal(one.confirm[1]) < Decimal(one.confirm[0]))


def value_text(value: Decimal) -> str:
    """Evidence as a share of the limit, to three digits."""
    return format(_VALUE.create_decimal(value), "f")


def rate_text(rate: Decimal) -> str:
    """Hits per exposure, to four digits."""
    return format(_RATE.create_decimal(rate), "f")
