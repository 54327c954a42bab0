"""Saved plans: binding one to what it was made from, its file, and whether it may still be applied."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import asdict

from reconciler import __version__
from reconciler.canonical import stamp
from reconciler.errors import Finding, Invalid, Refused, Stale
from reconciler.manifest.paths import named
from reconciler.plan.approved import Difference, Observations, difference, is_rest, observed
from reconciler.plan.digest import digest
from reconciler.plan.guards.wording import words
from reconciler.plan.saved import BoundTo, SavedPlan, dump, manifests_hash, parse, save
from reconciler.state.ledger import Ledger
from reconciler.workflow.plan import Choices, Planned
from reconciler.workflow.session import Session

_AGAIN = "make the plan again, and review it: reconciler plan --out FILE"
_LARGEST = 256 * 1024 * 1024
"""Bytes. A plan of 10,000 rows has about 10 MB."""
_SKEW = 600
"""Seconds by which the clocks of two machines may differ."""


class PlanChanged(Stale):
    """What was saved differs from what would be done now."""

    def __init__(self, findings: Sequence[Finding], found: Difference) -> None:
        super().__init__(many=findings)
        self.difference = found


def bind(session: Session, planned: Planned, choices: Choices) -> SavedPlan:
    """A plan with everything that `apply FILE` will hold it to."""
    lock = planned.ledger.lock
    bound_to = BoundTo(
        id=session.world.uuid(),
        created_at=stamp(session.world.now()),
        tool_version=__version__,
        contract=planned.plan.contract,
        lineage=None if planned.ledger.fresh else lock.lineage,
        serial=lock.serial,
        manifests=manifests_hash(planned.basis.desired),
        live=observed(planned.basis),
        choices=asdict(choices),
    )
    return save(planned.plan, bound_to)


def write(session: Session, saved: SavedPlan, path: Path) -> None:
    """Atomically, readable by its owner only. Raises Invalid (R807)."""
    data = dump(saved)
    why = named(session.root, path, session.workspace.file.manifests)
    if why:
        raise _unwritten(path, why)
    if path.exists() and not _replaceable(session.root, path):
        what = "it is a folder" if path.is_dir() else "there is a file of that name that is not a saved plan"
        raise _unwritten(path, what)
    if not path.parent.is_dir():
        raise _unwritten(path, f"there is no folder {path.parent}")
    folder = path.parent.resolve()
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=folder)
        fresh = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(folder / path.name)
        except BaseException:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise
    except OSError as error:
        raise _unwritten(path, error.strerror or str(error)) from None


def _replaceable(root: Path, path: Path) -> bool:
    try:
        read(root, path)
    except Invalid:
        return False
    return True


def _unwritten(path: Path, why: str) -> Invalid:
    return Invalid(Finding("R807", f"cannot save the plan to {path}: {why}", hint="name another file"))


def read(root: Path, path: Path) -> SavedPlan:
    """Needs no network, and of a workspace only its folder. Raises Invalid (R806)."""
    hint = "make one: reconciler plan --out FILE"
    try:
        why = named(root, path)
        if why:
            raise Invalid(Finding("R806", f"cannot read {path}: {why}", hint=hint))
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is no file" if path.exists() else "does not exist"
            raise Invalid(Finding("R806", f"{path} {what}", hint=hint))
        if path.stat().st_size > _LARGEST:
            raise Invalid(Finding("R806", f"{path} is not a saved plan: it is too large", hint=hint))
        data = path.read_bytes()
    except OSError as error:
        raise Invalid(Finding("R806", f"cannot read {path}: {error.strerror or error}", hint=hint)) from None
    return parse(data, str(path))


def choices_of(saved: SavedPlan) -> Choices:
    """The options it was made with. Raises Invalid when this version does not know one of them."""
    given = dict(saved.bound_to.choices)
    unknown = sorted(given.keys() - asdict(Choices()).keys())
    if unknown:
        message = f"the plan was made with a choice that this version does not know: {', '.join(unknown)}"
        raise Invalid(Finding("R806", message, hint="install the version that made it"))
    return Choices(**given)


def usable(session: Session, ledger: Ledger, saved: SavedPlan) -> None:
    """What can be told before the account is read. Raises Stale (R808, R811, R812)."""
    work, bound = session.workspace, saved.bound_to
    if bound.id in ledger.used:
        raise Stale(Finding("R812", f"the plan made at {bound.created_at} has been applied already", hint=_AGAIN))
    here = {
        "account": (saved.plan.advertiser_id, work.file.account.advertiser_id),
        "contract": (bound.contract, work.contract.name),
        "lineage of the lockfile": (bound.lineage, None if ledger.fresh else ledger.lock.lineage),
    }
    for what, (then, now) in here.items():
        # What was planned before there was a lockfile is told by the serial.
        if then not in (None, now):
            message = f"the plan belongs to another {what}: {then}, here it is {now or 'none'}"
            raise Stale(Finding("R808", message, hint="apply it where it was made, or make a plan here"))
    hours = work.file.guardrails.plan_hours
    age = session.world.now() - saved.made_at
    if not -_SKEW <= age <= hours * 3600:
        lives = f"a saved plan is valid for {hours} hours (guardrails.plan_hours)"
        message = f"the plan was made at {bound.created_at}, and {lives}"
        raise Stale(Finding("R811", message, hint=_AGAIN))


def require_sound(saved: SavedPlan) -> None:
    """A plan that broke a guard rail when it was shown is never applied, whatever the rails are by now.

    Raises Refused.
    """
    if saved.plan.violations:
        first = saved.plan.violations[0]
        message = f"the plan that was reviewed breaks a guard rail: {words(first, saved.plan.currency)}"
        hint = "change the guard rail first, in a change of its own; then make and review the plan again"
        raise Refused(Finding("R814", message, address=str(first.address), hint=hint))


def hold_rows(saved: SavedPlan, planned: Planned) -> None:
    """Compare rows alone: lockfile and manifests may have gone on since. Raises PlanChanged (R803)."""
    if is_rest(saved.plan, planned.plan):
        return
    then, now = digest(saved.plan), digest(planned.plan)
    hint = f"look at what differs now; if it is right, approve it by its digest: {now}"
    found = difference(saved.plan, planned.plan, Observations(saved.bound_to.live, observed(planned.basis)))
    raise PlanChanged([Finding("R803", f"the plan is now {now}; {then} was reviewed", hint=hint)], found)


def hold(saved: SavedPlan, planned: Planned, serial: int) -> None:
    """Compare with the plan of now. `serial` is the lockfile's as it was read.

    Raises PlanChanged (R803, R809, R810) with what differs.
    """
    bound, findings = saved.bound_to, []
    if serial != bound.serial or (bound.lineage is None and not planned.ledger.fresh):
        was = f"serial {bound.serial}" if bound.lineage else "none at all"
        message = f"the lockfile has serial {serial}; the plan was made with {was}"
        findings.append(Finding("R809", message, hint=_AGAIN))
    if manifests_hash(planned.basis.desired) != bound.manifests:
        findings.append(Finding("R810", "the manifests differ from those the plan was made from", hint=_AGAIN))
    then, now = digest(saved.plan), digest(planned.plan)
    if then != now:
        findings.append(Finding("R803", f"the plan is now {now}; {then} was approved", hint=_AGAIN))
    if findings:
        seen = Observations(bound.live, observed(planned.basis))
        raise PlanChanged(findings, difference(saved.plan, planned.plan, seen))
