"""After an apply: passes over what is on its way, as long as somebody wants to wait for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from reconciler.fleet import driver
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.execute import Services
from reconciler.fleet.run import Result

_GOING_ON = 8
_ADDED = ("done", "failed")
"""Counts of a pass that stand beside those of the apply; what is pending or unknown is as the last pass says."""


def wait(
    services: Services,
    accounts: Sequence[FleetAccount],
    ended: Mapping[str, Result],
    seconds: float,
    told: Callable[[Result], None],
) -> dict[str, Result]:
    """What the accounts in which something was on its way have come to since. `ended`: what each came to by then."""
    world, found = services.world, dict(ended)
    over = world.monotonic() + seconds
    while not services.stopped():
        going = [one for one in accounts if one.name in found and _is_going(found[one.name])]
        left = over - world.monotonic()
        if not going or left <= 0:
            break
        world.sleep(min(left, services.fleet.file.refresh.poll_seconds))
        for row in driver.carry_out(services, going, "advance", told, through=True):
            found[row.name] = _later(found[row.name], row)
    return found


def _is_going(row: Result) -> bool:
    return row.exit_code == _GOING_ON and not row.skipped


def _later(row: Result, last: Result) -> Result:
    counts = {key: count + (row.summary.get(key, 0) if key in _ADDED else 0) for key, count in last.summary.items()}
    changes, errors = row.changes + last.changes, (*row.errors, *last.errors)
    return replace(row, exit_code=last.exit_code, summary={**row.summary, **counts}, changes=changes, errors=errors)
