"""Codes of guard rails: what a plan may not do without being allowed to by name."""

from __future__ import annotations

GUARDS: dict[str, tuple[str, str]] = {
    # code: (title, what it means and what to do)
    "R831": (
        "max_budget",
        "A campaign or ad group that is ENABLED, or becomes so, would have a budget above `guardrails.max_budget`. "
        "Lower it, or allow exactly this amount: `--allow max_budget=ADDRESS=AMOUNT --reason TEXT`.",
    ),
    "R832": (
        "max_raise_percent",
        "The budget of something ENABLED would rise by more than `guardrails.max_raise_percent` of its live value. "
        "Raise it in steps, or allow exactly this amount: `--allow max_raise_percent=ADDRESS=AMOUNT --reason TEXT`.",
    ),
    "R833": (
        "typo_factor",
        "The new budget is so many times the live one (`guardrails.typo_factor`), or the live one with its point moved "
        "or one digit twice, that it looks like a slip. Correct it, or allow exactly this amount: "
        "`--allow typo_factor=ADDRESS=AMOUNT --reason TEXT`.",
    ),
    "R834": (
        "max_changes",
        "The plan enables, updates, disables or deletes more than `guardrails.max_changes` lets one plan do. Take less "
        "at once (`--target`), or allow exactly this number: `--allow max_changes=WHAT=COUNT --reason TEXT`.",
    ),
    "R835": (
        "max_submits",
        "More refresh tasks would be asked for than `guardrails.max_submits` lets one run, day or month of the "
        "account do. Wait, ask for fewer, or allow exactly these: "
        "`--allow max_submits=refresh/NAME=COUNT --reason TEXT`.",
    ),
    "R836": (
        "landing_domains",
        "An ad would lead to a host that is neither one of `guardrails.landing_domains` nor below one. Correct "
        "it, add the domain in a change of its own, or `--allow landing_domains=ADDRESS --reason TEXT`.",
    ),
    "R837": (
        "freeze",
        "The account is frozen at this time (`guardrails.freeze`): only pausing, lowering and what the window allows "
        "is sent. Wait until it is over, or allow this row: `--allow freeze=ADDRESS --reason TEXT`.",
    ),
    "R838": (
        "halted",
        "Somebody ran `reconciler halt`: no run on this state sends anything, and one that was under way stops before "
        "its next write. `reconciler resume` lifts it.",
    ),
}
