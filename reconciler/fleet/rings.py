"""Rings: accounts of a later one wait until the earlier has ended well, and for as long as it is to be watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reconciler.canonical import stamp
from reconciler.errors import Finding
from reconciler.fleet import driver, execute, history
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.execute import Services
from reconciler.fleet.file import Ring
from reconciler.fleet.run import Result

_WELL = (0, 2)
_GOING_ON = 8
_REFUSED = 5
Told = Callable[[Result], None]
Held = tuple[str, int]
"""Why a ring waits, and the exit code of its accounts."""


def in_order(
    services: Services, todo: Sequence[FleetAccount], planned: Sequence[Result], told: Told
) -> dict[str, Result]:
    """Apply the plans of these accounts, ring after ring; by account what it came to. A ring that must wait is held.

    `planned`: what the plan of every chosen account came to.
    """
    fleet = services.fleet
    if not fleet.file.rings:
        return {one.name: one for one in driver.carry_out(services, todo, "apply", told)}
    ended: dict[str, Result] = {}
    held: dict[str, Held] = {}
    known = {one.name: one for one in planned}
    for ring in fleet.file.rings:
        mine = [one for one in todo if fleet.ring_of(one) == ring.name]
        if mine and (why := _held(services, ring, {**known, **ended}, held, set(ended))):
            held[ring.name] = why
            for one in mine:
                ended[one.name] = _left(known[one.name], ring, why)
                told(ended[one.name])
        else:
            so_far = list(ended.values())
            made = driver.carry_out(services, mine, "apply", told, before=so_far)
            ended |= {one.name: one for one in made}
    return ended


def _left(planned: Result, ring: Ring, why: Held) -> Result:
    found = Finding("R416", f"not begun: ring {ring.name} waits because {why[0]}", hint="apply again later")
    return Result(planned.name, planned.advertiser_id, why[1], errors=(found,), skipped=True)


def _held(
    services: Services, ring: Ring, rows: Mapping[str, Result], held: Mapping[str, Held], now: set[str]
) -> Held | None:
    """Why this ring has to wait. `rows`: of this run, by account; `now`: which of them were applied in it."""
    if ring.after is None:
        return None
    if ring.after in held:
        return f"ring {ring.after} waits: {held[ring.after][0]}", held[ring.after][1]
    earlier = [one for one in services.fleet.accounts if services.fleet.ring_of(one) == ring.after]
    return _ended(services, ring, earlier, rows, now) or _looked(services, ring, earlier)


def _ended(
    services: Services, ring: Ring, earlier: Sequence[FleetAccount], rows: Mapping[str, Result], now: set[str]
) -> Held | None:
    """What the records of runs, this one the newest, say against it."""
    moment = services.world.now()
    before = history.ends(services.world, services.fleet, {one.name for one in earlier})
    codes: dict[str, int] = {}
    changed = 0.0
    for name, ends in before.items():
        own = rows.get(name)
        if own is not None and not own.skipped and (name in now or own.exit_code):
            ends.insert(0, (moment, own.document()))
        if not ends:
            return f"no run that is kept here has applied {name}, of ring {ring.after}", _REFUSED
        codes[name] = ends[0][1]["exit_code"]
        last = next((at for at, row in ends if row["summary"].get("done")), ends[-1][0])
        changed = max(changed, last)
    failed = sorted(name for name, code in codes.items() if code not in (*_WELL, _GOING_ON))
    if len(failed) > ring.when.failed:
        return f"{len(failed)} of ring {ring.after} failed: {', '.join(failed[:5])}", _REFUSED
    # Records say how an apply ended; what has become of its tasks since, the accounts say themselves.
    if going := sorted(one.name for one in earlier if execute.is_going(services, one)):
        return f"something is on its way in ring {ring.after}: {', '.join(going[:5])}", _GOING_ON
    over = changed + (ring.soak or 0)
    if moment < over:
        return f"ring {ring.after} is watched until {stamp(over)}", _GOING_ON
    return None


def _looked(services: Services, ring: Ring, earlier: Sequence[FleetAccount]) -> Held | None:
    """What the accounts themselves say against it: changes that are not applied, drift. Sends nothing but GET."""
    plans = dict(services.plans)
    found = driver.carry_out(services, earlier, "look", lambda _: None)
    services.plans.update(plans)
    drifted = sorted(one.name for one in found if one.changes)
    if len(drifted) > ring.when.drifted:
        return f"others changed {len(drifted)} of ring {ring.after}: {', '.join(drifted[:5])}", _REFUSED
    unread = sorted(one.name for one in found if one.exit_code)
    if len(unread) > ring.when.failed:
        return f"{', '.join(unread[:5])} of ring {ring.after} cannot be read", _REFUSED
    open_ones = sorted(one.name for one in found if one.summary.get("planned") and not one.changes)
    if len(open_ones) > ring.when.failed:
        return f"ring {ring.after} has changes that are not applied: {', '.join(open_ones[:5])}", _REFUSED
    return None
