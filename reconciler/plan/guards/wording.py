"""What a violation says to people, and which code explains its rule."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.errors import Finding
from reconciler.model import Violation
from reconciler.plan.guards import budgets, counts, daily_spend, freeze, landing, submits, vanished

CODES: Mapping[str, str] = {
    daily_spend.RULE: "R801",
    vanished.RULE: "R813",
    budgets.BUDGET: "R831",
    budgets.RAISE: "R832",
    budgets.TYPO: "R833",
    counts.RULE: "R834",
    submits.RULE: "R835",
    landing.RULE: "R836",
    freeze.RULE: "R837",
}
_COUNTED = {
    "enable": "{} rows enable something",
    "update_percent": "{} managed objects run and are updated",
    "disable_percent": "{} managed objects are to be disabled, their manifests being gone",
    "delete": "{} objects are to be deleted",
}


def words(violation: Violation, currency: str | None) -> str:
    """What is wrong, as one sentence without its address."""
    unit = f" {currency}" if currency else ""
    value, limit, rule = violation.value, violation.limit, violation.rule
    if rule == vanished.RULE:
        return f"{value} bound objects are no longer listed, which does not prove that they are gone"
    if rule == counts.RULE:
        return f"{_COUNTED[str(violation.address)].format(value)}, more than the limit of {limit}"
    most = f"above the limit of {limit}{unit}" if limit else f"and guardrails.{rule} is not set"
    return {
        daily_spend.RULE: f"worst case {value}{unit} a day, {most}",
        budgets.BUDGET: f"a budget of {value}{unit}, {most}",
        budgets.RAISE: f"a budget of {value}{unit} is too big a raise at once; up to {limit}{unit} passes",
        budgets.TYPO: f"a budget of {value}{unit} looks like a slip: it is {limit}{unit} now",
        submits.RULE: f"{value} refresh tasks with those before it, more than the limit of {limit}",
        landing.RULE: f"it would lead to {value}, and landing_domains has {limit}",
        freeze.RULE: f"frozen from {limit}: {value}",
    }[rule]


def option(violation: Violation) -> str:
    """What would allow exactly this, as it is typed."""
    return f"--allow {violation.allow} --reason TEXT"


def refusal(violation: Violation, currency: str | None) -> Finding:
    """Why an apply stops before its first write."""
    hint = f"change the manifest, or guardrails.{violation.rule} in reconciler.yaml, or allow this once: "
    if violation.rule == daily_spend.RULE:
        hint = f"set or raise guardrails.{violation.rule} in reconciler.yaml, or allow this once: "
    elif violation.rule == vanished.RULE:
        hint = "look at the account in Ads Manager; if they really are gone: "
    message, subject = words(violation, currency), str(violation.address)
    return Finding(CODES[violation.rule], message, address=subject, hint=hint + option(violation))
