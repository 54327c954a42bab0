"""`apply`: plan, ask, carry out, report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from msgspec import Struct

from reconciler.account.facts import Facts
from reconciler.apply import waiting
from reconciler.apply.outcomes import Outcomes
from reconciler.apply.rebind import end_adopted, rebind
from reconciler.apply.run import Run
from reconciler.apply.settle import Settler, settles_at
from reconciler.canonical import stamp
from reconciler.errors import Credentials, Finding, Halted, Invalid, ReconcilerError, Refused, Stale
from reconciler.model import OUTCOMES, Ending, Outcome, Plan
from reconciler.plan.actions import compile_plan
from reconciler.plan.batches import batched
from reconciler.plan.digest import digest as digest_of
from reconciler.plan.guards.wording import refusal
from reconciler.plan.saved import SavedPlan
from reconciler.plan.sending import Action
from reconciler.state.ledger import Ledger
from reconciler.workflow import review, saved
from reconciler.workflow.origin import shown
from reconciler.workflow.parts import end_uploads, executor_for, make_variants, run_of
from reconciler.workflow.plan import Choices, Planned, make
from reconciler.workflow.session import Session, best_effort


class EffectEnded(Struct, frozen=True):
    """One effect has ended."""

    number: int
    of: int
    action: Action
    left: float
    """So many seconds are left: by the limits of the API, and by the pace until now."""
    is_last: bool
    """Of those on its object."""
    id: str | None
    """The object's, where it is known by now."""
    seconds: float
    """Since its first effect was begun."""


Progress = Callable[[EffectEnded], None]


class PlanApproval(Struct, frozen=True):
    """How this apply is approved. `ask` shows the plan and returns whether a person said yes; None: nobody to ask.

    `saved`: a plan from a file, which must still be the plan of now in every respect. `reviewed`: the plan that a
    pull request showed, of which this must be all or the rest. `still`: asked just before the first write of such a
    plan; raises where it is approved no longer.
    """

    auto: bool
    digest: str | None
    ask: Callable[[Plan], bool] | None
    saved: SavedPlan | None = None
    reviewed: SavedPlan | None = None
    still: Callable[[], None] | None = None

    @property
    def given(self) -> bool:
        """Whether the command line is the approval."""
        return self.kind != "asked"

    @property
    def kind(self) -> str:
        """As the run's record names it."""
        if self.auto:
            return "auto-approve"
        if self.saved:
            return "saved plan"
        return "digest" if self.digest is not None else "reviewed plan" if self.reviewed else "asked"


class Applied(Struct, frozen=True):
    """The plan that was made and how it ended. `declined`: a person said no."""

    plan: Plan
    ending: Ending
    declined: bool = False


def apply(
    session: Session,
    choices: Choices,
    approval: PlanApproval,
    stopped: Callable[[], bool],
    progress: Progress,
    show: Callable[[Plan], None],
    *,
    detach: bool = False,
) -> Applied:
    """Raises Invalid (nobody can approve), Refused (a guard rail), Stale (another plan), Locked, Credentials."""
    session.workspace  # noqa: B018 - one that is missing or broken is reported before anything it would need
    if not approval.given and approval.ask is None:
        hint = "approve on the command line: --auto-approve, a saved plan, or --expect-digest with what was reviewed"
        raise Invalid(Finding("R802", "there is no terminal to ask for approval", hint=hint))
    with session.writing("apply") as ledger:
        ledger.require_running()
        serial = ledger.lock.serial
        for shown_to_people in (approval.saved, approval.reviewed):
            if shown_to_people:
                saved.require_sound(shown_to_people)
        if approval.saved:
            saved.usable(session, ledger, approval.saved)
        desired = session.desired(ledger)
        reader = session.reader(session.client(read_only=False, stopped=stopped), ledger, desired)
        run = run_of(session, ledger, reader, stopped)
        settle(run)
        planned = make(session, ledger, desired, reader, choices)
        plan = planned.plan
        show(plan)
        require_serving(planned.facts)
        digest = digest_of(plan)
        if plan.notice:
            review.notice(session)
        if approval.saved:
            saved.hold(approval.saved, planned, serial)
        if approval.reviewed:
            saved.hold_rows(approval.reviewed, planned)
        if plan.violations:
            ledger.save()
            raise Refused(many=[refusal(one, plan.currency) for one in plan.violations])
        if approval.digest is not None and approval.digest != digest:
            message = f"the plan is now {digest}; {approval.digest} was approved"
            raise Stale(Finding("R803", message, hint="run `reconciler plan` and review what changed"))
        if plan.notice:
            review.require_consent(session)
        work = any(change.op != "blocked" for change in plan.changes)
        if work and not approval.given and approval.ask and not approval.ask(plan):
            ledger.end(1)
            return Applied(plan, Ending(digest, (), 1), declined=True)
        reason = shown(choices.reason, session.secret) if choices.reason else None
        ledger.about(plan=digest, approval=approval.kind, allow=[one.text for one in plan.allowances], reason=reason)
        if work:
            _use(ledger, approval)
        wait_seconds = 0.0 if detach else session.workspace.file.refresh.wait_seconds
        return _carry_out(session, run, planned, progress, wait_seconds)


def _use(ledger: Ledger, approval: PlanApproval) -> None:
    """From here on the plan is carried out, and nobody is asked about it again."""
    plan = approval.saved or (approval.reviewed if approval.still else None)
    if plan and plan.bound_to.id not in ledger.used:
        if approval.still:
            approval.still()
        ledger.use(plan.bound_to.id)


def require_serving(facts: Facts) -> None:
    """Raises Invalid for an account in which nothing is delivered."""
    if not facts.serves:
        hint = "see what Ads Manager says about the account"
        raise Invalid(Finding("R407", f"{facts.standing}: nothing in it is delivered", hint=hint))


def settle(run: Run) -> None:
    """First of all: what earlier writes came to."""
    Settler(run).settle()


def _carry_out(session: Session, run: Run, planned: Planned, progress: Progress, wait_seconds: float) -> Applied:
    plan, ledger = planned.plan, run.ledger
    digest = digest_of(plan)
    actions = compile_plan(plan, planned.basis, stamp(session.world.now()))
    outcomes = Outcomes()
    moved = rebind(plan, planned.basis, ledger)
    outcomes.begin(plan, ledger.lock.refreshes)
    end_adopted(plan, outcomes)
    executor = executor_for(session, run, planned, outcomes, _counting(run, actions, best_effort(progress)))
    early, late = waiting.split(actions)
    executor.begin(actions)
    waiting.supersede(ledger)
    executor.carry_out(early, plan.entries)
    going_on = executor.error is None and executor.halt is None
    changes, wait = (plan.changes, wait_seconds) if going_on else ((), 0)
    broken = make_variants(session, run, executor.sender, outcomes, changes, wait_seconds=wait)
    if going_on and broken is None:
        pending = waiting.carry_out_late(executor, plan, late)
        waiting.remember(ledger, plan, pending, digest)
        end_uploads(plan.changes, ledger, outcomes, executor.uploads.troubles)
    executor.finish()
    error = executor.error or broken
    rows = dict(outcomes.ended)
    told = (*moved, *(rows.pop(change.address) for change in plan.changes if change.op != "move"), *rows.values())
    partly = executor.sender.effects > 0
    code = exit_code(told, still_open(run), stopped=run.stopped(), broken=error, partly=partly)
    ledger.end(code, tally(told))
    return Applied(plan, Ending(digest, told, code, tuple(error.findings) if error else ()))


def _counting(run: Run, actions: Sequence[Action], progress: Progress) -> Callable[[Action, float], None]:
    """What tells how far it is, each time an action has ended."""
    limits, rate = run.client.limiters, run.contracts.rate_class
    calls = [
        group for _, stage in groupby(actions, lambda one: one.stage) for group in batched([*stage], run.contracts)
    ]
    left = Counter(rate(one.call.path) for one, *_ in calls if one.call)
    closing = {id(group[-1]) for group in calls}
    of_row = Counter(one.address for one in actions)
    start, ended = run.world.monotonic(), 0

    def count(action: Action, began: float) -> None:
        nonlocal ended
        ended += 1
        if action.call and id(action) in closing:
            left[rate(action.call.path)] -= 1
        of_row[action.address] -= 1
        now = run.world.monotonic()
        # At least so long, by the limits alone; and as long as the others took.
        bound = max((limits[name].seconds_for(calls) for name, calls in left.items()), default=0.0)
        pace = (now - start) / ended * (len(actions) - ended)
        entry, is_last = run.ledger.lock.resources.get(action.address), of_row[action.address] == 0
        known = entry.id if entry else None
        progress(EffectEnded(ended, len(actions), action, max(bound, pace), is_last, known, now - began))

    return count


def tally(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many rows ended how."""
    found: Counter[str] = Counter(row.outcome for row in outcomes)
    return {word: found[word] for word in OUTCOMES}


def still_open(run: Run) -> list[bool]:
    """For every write without a known outcome: whether time can still settle it.

    What was sent in this run has not been looked at by the settler; the next run does that first.
    """
    now, ledger = run.world.now(), run.ledger
    return [one.run == ledger.run or now < settles_at(one, run.quiet_period) for one in ledger.intents.values()]


def exit_code(
    outcomes: tuple[Outcome, ...],
    waiting: list[bool],
    *,
    stopped: bool,
    broken: ReconcilerError | None,
    partly: bool = False,
) -> int:
    """The first that holds of 130, 4, 6, 10, 9, 1, 8, 5, 0.

    `broken`: why the run broke off. `partly`: some write was done, although its row may not be.
    """
    codes = {one.code for one in outcomes if one.outcome == "failed"}
    done = partly or any(one.outcome == "done" for one in outcomes)
    if stopped:
        return 130
    if "R602" in codes or isinstance(broken, Credentials):
        return 4
    if "R708" in codes:
        return 6
    if not all(waiting):
        return 10
    if codes or broken:
        return 9 if done else 5 if isinstance(broken, Halted) and not codes else 1
    if waiting or any(one.outcome == "pending" for one in outcomes):
        return 8
    # What was skipped with nothing failed depends on a blocked row, perhaps of another plan.
    return 5 if any(one.op == "blocked" or one.outcome == "skipped" for one in outcomes) else 0
