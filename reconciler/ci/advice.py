"""What to do next, for people who have a pull request and no terminal: links, and inputs of *ads apply* for options."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from reconciler.errors import Finding
from reconciler.model import Plan

Status = Literal["planning", "planned", "applying", "applied", "waiting", "blocked", "refused", "neutral", "failed"]

_OPTIONS = r"--(?:allow|recreate|replace|target|expect-digest) [^\s`]+(?: --(?:reason|recreate|target) [^\s`]+)*"
_IN_A_SENTENCE = re.compile(f"`({_OPTIONS})`")
_SUBJECT = re.compile(f"^({_OPTIONS})(?= lifts )")
_ALONE = re.compile(f"(?:reconciler apply )?({_OPTIONS})")
_DECISIONS = (
    (re.compile(r"`reconciler approve (refresh/[^`]+)` takes"), r"an approval of \1 takes"),
    (re.compile(r"`reconciler (approve|reject) (refresh/[^`]+)`"), r"\1 \2"),
    (re.compile(r"`reconciler gallery`"), "the gallery"),
)
"""What is said of commands, as it is said where people answer a question instead."""
_NAME = re.compile(r"--(allow|recreate|replace|target)\b")
_HINTS: Mapping[str, str] = {
    "R803": "read what differs now; if it is right, run ads apply with the digest of this plan as expect_digest",
    "R814": "change the guard rail first, in a pull request of its own; then have this one planned and reviewed again",
}
"""Instead of the hints that are meant for a terminal, by code."""
_BY_EXIT: Mapping[int, str] = {
    3: "correct what is named below and push: the plan is made again. Until then nothing of this pull request can be "
    "applied, so do not merge it",
    4: "have the secret of the environment put right, then run the job again from [its page]({run})",
}
_APPLYING: Mapping[Status, str] = {
    "applying": "how it ended will stand here; the log is on [its page]({run})",
    "applied": "nothing, it is done",
    "waiting": "nothing: *ads advance* goes on with it by itself",
    "blocked": "settle what is named below; *ads apply* does the rest, from [its page]({workflow}) or with the next "
    "merge",
    "failed": "read what failed below, then run the job again from [its page]({run}): what is left of the reviewed "
    "plan is applied",
}


def inputs(text: str) -> str:
    """A hint with the options it names as inputs of the workflow, and no commands that decide on variants."""
    for command, words in _DECISIONS:
        text = command.sub(words, text)
    for sentence in (_IN_A_SENTENCE, _SUBJECT):
        text = sentence.sub(lambda found: f"the input {_named(found[1])} of ads apply", text)
    return _NAME.sub(r"the input \1", _ALONE.sub(lambda found: f"run ads apply with {_named(found[1])}", text))


def _named(options: str) -> str:
    parts = options.split()
    pairs = [
        (name.removeprefix("--").replace("-", "_"), text) for name, text in zip(parts[::2], parts[1::2], strict=True)
    ]
    return " and ".join("a reason" if name == "reason" else f"{name}: {text}" for name, text in pairs)


def without_options(made: Plan) -> Plan:
    """The same plan, and the same digest, with hints for people who have no terminal."""
    changes = tuple(replace(one, hint=inputs(one.hint)) if one.hint else one for one in made.changes)
    return replace(made, changes=changes, warnings=tuple(map(inputs, made.warnings)))


def of_finding(one: Finding) -> Finding:
    """The same, of an error."""
    hint = _HINTS.get(one.code) or (inputs(one.hint) if one.hint else None)
    return dataclasses.replace(one, message=inputs(one.message), hint=hint)


def after_plan(made: Plan, *, ours: int, by_hand: str = "") -> str:
    """What is next in a pull request. `ours`: how many rows come from it. `by_hand`: how a person applies it, where a
    merge applies nothing."""
    if made.violations:
        whose = "" if ours else ", in a pull request of its own: this one is not the cause, and may be merged"
        return (
            f"nothing can be applied as it is. Change the manifests{whose}, or raise the limit in a pull request of "
            "its own; or merge, run *ads plan* by hand with the inputs named below, and *ads apply* with the same ones "
            "and the digest of that plan"
        )
    if not any(one.op != "blocked" for one in made.changes):
        return "a merge changes nothing in the account"
    if by_hand:
        whose = "merge this pull request" if ours else "nothing here is of this pull request"
        return f"{whose}; then {by_hand}: it does exactly this, or nothing"
    if not ours:
        return "nothing here is of this pull request; a merge applies all of it, exactly as below, or nothing"
    return "merge this pull request; the apply does exactly this, or nothing"


def after_plan_by_hand(made: Plan, digest: str) -> str:
    """What is next after *ads plan* was run with inputs."""
    if made.violations:
        return "nothing can be applied as it is; run it again with the inputs named above, or change the manifests"
    if not any(one.op != "blocked" for one in made.changes):
        return "there is nothing to apply"
    return f"run *ads apply* with the same inputs and `expect_digest` = `{digest}`; it applies exactly this, or nothing"


def after_failed_plan(exit_code: int, run: str) -> str:
    """What is next when there is no plan."""
    return _BY_EXIT.get(
        exit_code, "run the job again from [its page]({run}); do not merge what was not planned"
    ).format(run=run)


def after_apply(status: Status, run: str, workflow: str, digest: str = "") -> str:
    """What is next after a merge. `digest`: of the plan of now, where there is one."""
    if status == "refused":
        again = f"run *ads apply* from [its page]({workflow}) with `expect_digest` = `{digest}`, or " if digest else ""
        settled = f"settle it and run *ads apply* again from [its page]({workflow})"
        return f"nothing was changed. Read why below; then {again}revert the merge, or {settled}"
    return _APPLYING[status].format(run=run, workflow=workflow)
