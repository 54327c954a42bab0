"""The report of a fleet in the text format of Prometheus, for its textfile collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
Sample = tuple[Mapping[str, str], float]


def metrics(report: Mapping[str, Any]) -> str:
    """One family a block, as the exposition format (version 0.0.4) has it; every one is a gauge."""
    return "".join(line + "\n" for name, about, samples in _families(report) for line in _block(name, about, samples))


def _block(name: str, about: str, samples: list[Sample]) -> Iterator[str]:
    if not samples:
        return
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        told = ",".join(f'{key}="{text.translate(_ESCAPED)}"' for key, text in labels.items())
        yield f"{name}{{{told}}} {value:.15g}"


def _families(report: Mapping[str, Any]) -> Iterator[tuple[str, str, list[Sample]]]:
    app, rows = {"app": report["app"]}, report["accounts"]

    def each(field: str) -> list[Sample]:
        return [(_labels(one), float(one[field])) for one in rows if one[field] is not None]

    def moments(field: str) -> list[Sample]:
        return [(_labels(one), datetime.fromisoformat(one[field]).timestamp()) for one in rows if one[field]]

    start = "reconciler_fleet_"
    counts: list[Sample] = [({**app, "state": key}, count) for key, count in report["summary"].items()]
    yield f"{start}accounts", "Accounts by state; those of state accounts are all.", counts
    yield f"{start}exit_code", "How the last apply ended in the account.", each("exit_code")
    yield f"{start}applied_timestamp_seconds", "When that was.", moments("ended")
    yield f"{start}pending", "Writes and tasks on their way.", each("pending")
    yield f"{start}unknown", "Writes whose outcome is not known.", each("unknown")
    yield (
        f"{start}halted",
        "1 while the account is halted.",
        [(_labels(one), float(bool(one["halted"]))) for one in rows],
    )
    drifts = [(one, one["drift"]) for one in rows if one["drift"] and not one["drift"]["exit_code"]]
    drifted: list[Sample] = [(_labels(one), told["drifted"] + told["gone"]) for one, told in drifts]
    yield f"{start}drifted", "What others had changed or removed at the last look for drift.", drifted
    blocked: list[Sample] = [(_labels(one), len(one["blocked"]) + one["blocked_more"]) for one in rows if one["plan"]]
    yield f"{start}blocked_rows", "Blocked rows of the last plan.", blocked
    yield f"{start}wakes_timestamp_seconds", "When what is on its way is next looked at.", moments("wakes_at")
    yield f"{start}preview_expires_timestamp_seconds", "When the first open preview expires.", moments("expires_at")
    calls = [({**app, "class": one["class"]}, one) for one in report["calls"]]
    used: list[Sample] = [(labels, one["last_minute"]) for labels, one in calls]
    limits: list[Sample] = [(labels, one["limit"]) for labels, one in calls]
    yield "reconciler_app_calls_last_minute", "Calls of the last minute that count against the limit.", used
    yield "reconciler_app_calls_limit", "Calls a minute that the app may make.", limits


def _labels(account: Mapping[str, Any]) -> dict[str, str]:
    return {"account": account["name"], "advertiser_id": account["advertiser_id"], "ring": account["ring"] or ""}
