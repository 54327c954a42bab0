"""One command in one account: the only code of a fleet that runs one. Never raises but for bugs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from reconciler.api.limits import Line, SharedPlaces
from reconciler.api.window import SharedWindow
from reconciler.apply.reply import settle_recorded
from reconciler.errors import Finding, ReconcilerError, Refused, Source, of_system
from reconciler.fleet import approvals
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.load import WINDOW, Fleet
from reconciler.fleet.run import Result
from reconciler.fleet.tokens import Tokens
from reconciler.manifest.document import Document
from reconciler.manifest.workspace import FILE as SETTINGS
from reconciler.model import Outcome
from reconciler.plan.digest import digest, summary
from reconciler.plan.saved import SavedPlan
from reconciler.state.halt import CODE as HALTED
from reconciler.workflow import advance, apply, drift, halt, plan, saved, status
from reconciler.workflow.apply import PlanApproval
from reconciler.workflow.drift import Drifted
from reconciler.workflow.parts import run_of
from reconciler.workflow.plan import Choices, Planned
from reconciler.workflow.review import consented, load_approvals
from reconciler.workflow.roster import Roster
from reconciler.workflow.session import Session
from reconciler.workflow.sources import Sources
from reconciler.world import World

REFRESHES = "refresh_create"
CLASSES = ("default", "ad_create", REFRESHES)
_PLAN_AGAIN = "make the plans again, and review them: reconciler fleet plan --out DIR"
_HINTS = {
    HALTED: "nothing is sent there until somebody runs `reconciler fleet resume --account {}`",
    **dict.fromkeys(("R803", "R809", "R810", "R811", "R812"), _PLAN_AGAIN),
}
"""What to type next, where the words of a single workspace would name another command. `{}`: the account."""
_BACKGROUND = {"default": 0.7}
"""So much of a class is for commands that only look: a sweep never starves a pause or an apply."""


@dataclass
class Services:
    """What every account of a run is given."""

    fleet: Fleet
    tokens: Tokens
    world: World
    allowed_host: str | None
    stopped: Callable[[], bool]
    waited: Callable[[str], None] = lambda _: None
    requested: Callable[[str], None] | None = None
    background: bool = False
    """Whether it only looks, and leaves a part of the limit to who writes."""
    run: str = ""
    """The run's name."""
    decided: int | None = None
    """How many decisions about plans there were when who asked had read them; None: nobody has."""
    command: str = ""
    """What was typed, which may come to several commands in each account."""
    who: str = ""
    reason: str | None = None
    """Why, where a command is told."""
    again: bool = False
    """Whether the command was begun before and has not ended: of an approved plan then the rest is carried out."""
    plans: dict[str, SavedPlan] = field(default_factory=dict)
    """By account: what `plan` has made, and `apply` carries out."""
    _windows: dict[str, SharedWindow] = field(init=False)
    """The limits of the app where one machine works for it alone."""
    _rosters: dict[int, Roster] = field(default_factory=dict)
    """By group: its accounts are asked about together, as its token may ask for them."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        shares = _BACKGROUND if self.background else {}
        self._windows = {
            name: SharedWindow(
                self.fleet.root / WINDOW,
                name,
                self.fleet.file.windows(name),
                self.world,
                self._call_seconds,
                share=shares.get(name),
            )
            for name in CLASSES
        }

    @property
    def _call_seconds(self) -> float:
        timeout = self.fleet.file.api.timeout
        return timeout.connect + timeout.read

    def limit(self, name: str, account: str = "") -> SharedPlaces:
        """A rate class of the app, for one of its accounts: of all machines, or of this one's processes.

        Raises Invalid for a database that cannot be opened; nothing is asked yet.
        """
        file = self.fleet.file
        if file.state.backend != "postgres":
            return self._windows[name]
        from reconciler.postgres.connection import opened
        from reconciler.postgres.places import Caller, PostgresPlaces

        share = _BACKGROUND.get(name)
        caller = Caller(file.app.name, account, self._call_seconds, self.background and share is not None)
        return PostgresPlaces(opened(file.state.dsn.env), caller, name, file.windows(name), self.world, share or 1.0)

    def session(self, account: FleetAccount, *, online: bool = True) -> Session:
        """The account's own. Raises Credentials where its group has no token, unless it stays offline."""
        fleet = self.fleet
        secret = self.tokens.of(fleet.group_of(account)) if online else None
        given = (fleet.folder(account), fleet.base_url, self.allowed_host, secret)
        made = Session(*given, waited=self._about(account), requested=self.requested, world=self.world)
        if account.given.workspace is None:
            made.made = lambda: fleet.workspace(account)
            made.roster = self._roster(fleet.group_of(account)) if online else None
        elif (base := fleet.base) is not None:
            made.base = lambda: base.file_at(f"{account.given.workspace}/{SETTINGS}")
        if online:
            made.submits = self.limit(REFRESHES, account.name)
            made.shared = {name: Line(self.limit(name, account.name)) for name in CLASSES if name != REFRESHES}
        return made

    def _roster(self, group: int) -> Roster:
        with self._lock:
            if group not in self._rosters:
                self._rosters[group] = Roster(self.fleet.advertisers_of(group))
            return self._rosters[group]

    def _about(self, account: FleetAccount) -> Callable[[str], None]:
        return lambda text: self.waited(f"{account.name}: {text}")


Command = Callable[[Services, FleetAccount], Result]


def execute(services: Services, account: FleetAccount, command: Command) -> Result:
    """Run it; an error is what it came to."""
    try:
        return command(services, account)
    except ReconcilerError as error:
        return failed(services, account, error)
    except Exception as error:
        told = of_system(error)
        if told is None:
            raise
        return failed(services, account, told)


def failed(services: Services, account: FleetAccount, error: ReconcilerError) -> Result:
    """What an error makes of an account."""
    found = tuple(_from_fleet(services.fleet, account, one) for one in error.findings)
    return Result(account.name, advertiser(services, account), error.exit_code, errors=found)


def _from_fleet(fleet: Fleet, account: FleetAccount, finding: Finding) -> Finding:
    """Its place as whoever stands in the fleet's folder names it."""
    place = finding.place and replace(finding.place, file=fleet.named(account, finding.place.file))
    hint = _HINTS.get(finding.code)
    told = replace(finding, hint=hint.format(account.name)) if hint else finding
    return replace(told, place=place, use=moved(fleet, account, finding.use))


def moved(fleet: Fleet, account: FleetAccount, source: Source | None) -> Source | None:
    """The same of where something is declared."""
    return source and Source(fleet.named(account, source.file), source.line, moved(fleet, account, source.use))


def advertiser(services: Services, account: FleetAccount) -> str:
    """The id of its ad account; of a workspace that cannot be read nothing."""
    if account.given.workspace is None:
        return account.given.account.advertiser_id
    try:
        return services.session(account, online=False).workspace.file.account.advertiser_id
    except ReconcilerError:
        return ""


def documents_of(services: Services, account: FleetAccount) -> list[Document]:
    """What it comes to, each with its place from the fleet's folder. No network. Raises Invalid."""
    fleet, found = services.fleet, []
    for one in services.session(account, online=False).documents():
        place = moved(fleet, account, Source(one.file, one.line, one.use))
        found.append(replace(one, file=place.file, use=place.use) if place else one)
    return found


def validate_one(services: Services, account: FleetAccount) -> Result:
    """Everything that needs no network."""
    session = services.session(account, online=False)
    services.fleet.group_of(account)
    services.fleet.ring_of(account)
    desired, _ = session.desired_here()
    load_approvals(session)
    consented(session)
    return Result(account.name, advertiser(services, account), 0, summary={"resources": len(desired)})


def settled_plan_one(services: Services, account: FleetAccount) -> Result:
    """The same, once it is known what earlier writes came to: a plan with an open one could not be carried out."""
    session = services.session(account)
    ledger = session.ledger()
    settle_recorded(ledger, session.workspace.contracts)
    if ledger.intents:
        with session.writing("apply") as held:
            reader = session.reader(
                session.client(read_only=False, stopped=services.stopped), held, session.desired(held)
            )
            apply.settle(run_of(session, held, reader, services.stopped))
    return plan_one(services, account)


def plan_one(services: Services, account: FleetAccount) -> Result:
    """Its plan, which is kept for an apply. Sends nothing but GET. 5 where it breaks a guard rail."""
    session = services.session(account)
    return _of_plan(services, account, session, plan.planned(session, Choices()))


def _of_plan(services: Services, account: FleetAccount, session: Session, planned: Planned) -> Result:
    made = planned.plan
    services.plans[account.name] = saved.bind(session, planned, Choices())
    work = sum(one.op != "blocked" for one in made.changes)
    counts, rows = {**summary(made), "violations": len(made.violations)}, len(made.changes) + len(made.violations)
    found = Result(account.name, made.advertiser_id, 0, digest(made), counts, work, rows)
    going = status.has_work(session)
    return replace(found, going=going, worst_case=made.worst_case, currency=made.currency)


def is_going(services: Services, account: FleetAccount) -> bool:
    """Whether something is on its way in it, or open, as its own state tells; a state that cannot be read may hold
    something."""
    try:
        return status.has_work(services.session(account, online=False))
    except ReconcilerError:
        return True


def apply_one(services: Services, account: FleetAccount) -> Result:
    """Carries out the plan that was approved, if it still is the plan of now; begun again, what is left of it."""
    session, plan = services.session(account), services.plans[account.name]
    ledger = session.ledger() if services.again else None
    about = (account.name, plan.plan.advertiser_id, digest(plan.plan))
    given = {"reviewed": plan} if services.again else {"saved": plan}
    approval = PlanApproval(
        auto=False, digest=None, ask=None, still=lambda: _require_unrejected(services, about), **given
    )
    try:
        if ledger is None or plan.bound_to.id not in ledger.used:
            _require_unrejected(services, about)
        if ledger and plan.bound_to.id not in ledger.used:
            # It was begun, and nothing of it was: it must be as young as any other.
            saved.usable(session, ledger, plan)
        applied = apply.apply(session, Choices(), approval, services.stopped, _unheard, _unshown, detach=True)
    except _Rejected as error:
        return Result(
            *about[:2], error.exit_code, about[2], summary(plan.plan), errors=(*error.findings,), skipped=True
        )
    ending, own = applied.ending, applied.plan.advertiser_id
    counts, done = apply.tally(ending.outcomes), _done(ending.outcomes)
    found = (_from_fleet(services.fleet, account, one) for one in (*ending.errors, *_of_rows(ending.outcomes)))
    return Result(account.name, own, ending.exit_code, ending.digest, counts, done, errors=tuple(found))


class _Rejected(Refused):
    """Nothing of the plan is begun."""


def _require_unrejected(services: Services, about: tuple[str, str, str]) -> None:
    """Raises _Rejected where somebody has said no to exactly this plan since who asked looked: while it waited for its
    turn, or while the account was read."""
    against = approvals.rejected_by(services.world, services.fleet, about, services.decided or 0)
    if against:
        hint = "`reconciler fleet approve DIR|RUN --by NAME` takes it back; then apply the same plan"
        raise _Rejected(Finding("R417", f"not begun: the plan was rejected by {', '.join(against)}", hint=hint))


def advance_one(services: Services, account: FleetAccount) -> Result:
    """One pass over what is on its way."""
    session = services.session(account)
    ended = advance.advance(session, 0.0, services.stopped)
    counts, own = apply.tally(ended.outcomes), advertiser(services, account)
    return Result(account.name, own, ended.exit_code, None, counts, _done(ended.outcomes))


def drift_one(services: Services, account: FleetAccount) -> Result:
    """What others changed. Sends nothing but GET."""
    return _of_drift(services, account, drift.drift(services.session(account)))


def _of_drift(services: Services, account: FleetAccount, found: list[Drifted]) -> Result:
    gone = sum(one.gone for one in found)
    counts = {"drifted": len(found) - gone, "gone": gone}
    return Result(account.name, advertiser(services, account), 0, None, counts, len(found))


def status_one(services: Services, account: FleetAccount) -> Result:
    """What is still open, from lockfile and journal alone. No network."""
    session = services.session(account, online=False)
    found = status.status(session)
    counts = {**found["summary"], "halted": int("halted" in found)}
    return Result(account.name, advertiser(services, account), 0, summary=counts, status=found)


def halt_one(services: Services, account: FleetAccount) -> Result:
    """From now on no run on its state sends anything, those under way neither. No network."""
    session = services.session(account, online=False)
    halt.halt(session, services.reason)
    return Result(account.name, advertiser(services, account), 0, summary={"halted": 1})


def pause_one(services: Services, account: FleetAccount) -> Result:
    """Pause everything that it manages, once the run under way has let go."""
    session = services.session(account)
    ended = halt.pause_all(session, services.stopped)
    counts = apply.tally(ended.outcomes)
    told = {"halted": 1, "paused": counts["done"], "failed": counts["failed"]}
    found = _of_rows(ended.outcomes)
    return Result(account.name, advertiser(services, account), ended.exit_code, summary=told, errors=found)


def resume_one(services: Services, account: FleetAccount) -> Result:
    """Lift its halt, if there is one. No network."""
    session = services.session(account, online=False)
    lifted = halt.resume(session) is not None
    return Result(account.name, advertiser(services, account), 0, summary={"resumed": int(lifted)})


def look_one(services: Services, account: FleetAccount) -> Result:
    """Its drift, and what a plan would change, which must come to nothing before a later ring is begun."""
    session = services.session(account)
    planned = plan.planned(session, Choices())
    changes = _of_plan(services, account, session, planned).changes
    drifted = _of_drift(services, account, drift.found_in(planned, Sources(session)))
    return replace(drifted, summary={**drifted.summary, "planned": changes})


def _of_rows(outcomes: tuple[Outcome, ...]) -> tuple[Finding, ...]:
    """What went wrong in single rows."""
    return tuple(Finding(one.code, f"{one.address}: {one.message}", hint=one.hint) for one in outcomes if one.code)


def _done(outcomes: tuple[Outcome, ...]) -> int:
    return sum(one.outcome == "done" for one in outcomes)


def _unheard(*_: object) -> None:
    """A run over many accounts shows no bar for each."""


def _unshown(_: object) -> None:
    """It was shown when it was approved."""
