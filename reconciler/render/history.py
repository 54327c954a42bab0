"""Runs and effects as text and as JSON. Times are local in text, UTC in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.canonical import stamp
from reconciler.plan.documents import FORMAT
from reconciler.render.rows import value
from reconciler.state.runs import PastEffect, PastRun
from reconciler.text import clean

if TYPE_CHECKING:
    from reconciler.errors import Finding

_FACTS = ("actor", "host", "commit", "branch", "pull_request", "run_url", "approval", "reason")
_ENDS = {
    0: "ended with 0", 1: "failed (exit 1)", 3: "refused as invalid (exit 3)", 4: "stopped, credentials (exit 4)",
    5: "left blocked rows, or was refused (exit 5)", 6: "stopped, the plan had changed (exit 6)",
    8: "left work on its way (exit 8)", 9: "partly applied (exit 9)", 10: "left an unknown outcome (exit 10)",
    70: "ended with a bug (exit 70)", 130: "was interrupted (exit 130)",
}  # fmt: skip
_NO_END = {
    "killed": "was killed: no end is recorded",
    "running": "is still running",
    "open": "has no recorded end: it was killed, or is still running",
    "unrecorded": "was made by a version that recorded no ends",
}


def run_document(run: PastRun, state: str) -> dict[str, Any]:
    """One row of `history --json`."""
    end = run.end
    return {
        "run": run.id,
        "at": stamp(run.at),
        "command": run.command,
        "version": run.version,
        **{name: run.facts.get(name) for name in _FACTS},
        "plan_digest": run.facts.get("plan"),
        "allow": run.facts.get("allow") or [],
        "calls": run.counts,
        "state": state,
        "ended_at": stamp(end.at) if end else None,
        "exit_code": end.code if end else None,
        "counts": end.counts if end else None,
        "gap_before": run.gap,
    }


def effect_document(one: PastEffect) -> dict[str, Any]:
    """One row of `history --json ADDRESS`."""
    return {
        "at": stamp(one.at),
        "verb": one.verb,
        "path": one.path,
        "fields": dict(one.fields),
        "outcome": one.outcome,
        "id": one.id,
        "code": one.code,
        "message": one.message,
        "request_id": one.request_id,
        "settled_at": stamp(one.settled_at) if one.settled_at is not None else None,
        "run": one.run.id,
        "command": one.run.command,
        "actor": one.run.facts.get("actor"),
    }


def document(key: str, rows: list[dict[str, Any]], total: int, findings: tuple[Finding, ...]) -> dict[str, Any]:
    """The whole answer; `errors` where the chain breaks."""
    errors = {"errors": [one.as_json() for one in findings]} if findings else {}
    return {"format_version": FORMAT, key: rows, "total": total, **errors}


def run_text(run: PastRun, state: str) -> str:
    """One run in a few lines."""
    end = _ENDS.get(run.end.code, f"ended with {run.end.code}") if run.end else _NO_END[state]
    facts = run.facts
    who = f" by {facts['actor']} on {facts.get('host')}" if facts.get("actor") else ""
    lines = [f"{local(run.at)}  {run.command}{who}: {end}"]
    where = [f"commit {str(facts['commit'])[:12]}"] if facts.get("commit") else []
    where += [f"branch {facts['branch']}"] if facts.get("branch") else []
    where += [f"pull request {facts['pull_request']}"] if facts.get("pull_request") else []
    where += [str(facts["run_url"])] if facts.get("run_url") else []
    lines += [", ".join(where)] if where else []
    if facts.get("plan"):
        lines.append(f"plan {facts['plan']}, approved by {_APPROVED.get(str(facts.get('approval')), '(not known)')}")
    if facts.get("allow"):
        lines.append(f"allowed {', '.join(str(one) for one in facts['allow'])}")
    lines += [f"reason: {facts['reason']}"] if facts.get("reason") else []
    did = [_counted(run.end.counts)] if run.end and run.end.counts else []
    did += [f"calls: {_counted({word: count for word, count in run.counts.items() if count})}"] if run.effects else []
    lines += ["; ".join(did)] if did else []
    lines += ["before it, a run elsewhere wrote the lockfile"] if run.gap else []
    return "\n    ".join(clean(line) for line in lines)


_APPROVED = {
    "auto-approve": "--auto-approve",
    "digest": "its digest",
    "saved plan": "a saved plan",
    "reviewed plan": "the plan of its pull request",
    "asked": "a person who was asked",
}


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {word}" for word, count in counts.items()) or "none"


def effect_text(one: PastEffect) -> str:
    """One effect in a few lines."""
    by = f" by {one.run.facts['actor']}" if one.run.facts.get("actor") else ""
    said = f" ({one.message})" if one.message else ""
    outcome = one.outcome if one.path else "in the lockfile alone"
    lines = [f"{local(one.at)}  {one.verb}: {outcome}{said}, in {one.run.command}{by}"]
    lines += [f"{path}  {value(sent, None)}" for path, sent in sorted(one.fields.items())]
    known = [f"id {one.id}"] if one.id else []
    known += [f"request_id {one.request_id}"] if one.request_id else []
    known += [f"found out at {local(one.settled_at)}"] if one.settled_by and one.settled_at is not None else []
    lines += [", ".join(known)] if known else []
    return "\n    ".join(clean(line) for line in lines)


def local(seconds: float) -> str:
    """A time where the reader is, with its distance from UTC."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
