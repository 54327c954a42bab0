"""`renew`: what is due, by figures, age and calendar. Sends nothing but GET; with `write` a file a step, no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from reconciler.account.days import day_of, zone_named
from reconciler.account.evidence import last_usable
from reconciler.account.showings import VariantName
from reconciler.apply.reply import settle_recorded
from reconciler.canonical import stamp
from reconciler.errors import Finding, Invalid, Place, ReconcilerError
from reconciler.kinds.renewal import AccountPart, FromPart, Renewal, RenewalDocument, evidence_hash, path_of
from reconciler.manifest import paths
from reconciler.manifest.words import misaddressed
from reconciler.model import Address, RefreshEntry, Resource
from reconciler.plan.deliveries import is_silent
from reconciler.plan.due import Decision, Situation, bounds, conditions, decide_due
from reconciler.plan.policy import Policy, at_step, made_words, policy_of
from reconciler.plan.refreshes import inputs_of, slots_a_submit
from reconciler.plan.renewals import by_refresh, source_of
from reconciler.plan.weighing import Weighed, first_impression, weigh, with_second_opinion
from reconciler.state import history
from reconciler.state.renewals import renewal_text
from reconciler.workflow.plan import account_facts
from reconciler.workflow.rails import submitted
from reconciler.workflow.review import load_approvals
from reconciler.workflow.session import Session, usable
from reconciler.workflow.steps import load_renewals
from reconciler.workflow.variants import one_line, somebody
from reconciler.workflow.watched import Showings, Watcher

_NOON_AFTER = 13
"""The hour, UTC, of a day at which yesterday's figures have been corrected: when a scheduled run looks."""
_FIRST = 1970
"""The year before which no day is one of an account."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One refresh with a policy: what is known, what is due, and what it would cost."""

    address: Address
    situation: Situation
    decision: Decision
    shown: Showings
    hook: str = ""
    """What the step makes, in words."""
    tasks: int = 0
    """Refresh tasks that the step asks for; 0 where its variants are kept."""
    asks: bool = False
    """Whether each variant is approved first."""
    file: str | None = None
    """The Renewal that was written."""


@dataclass(slots=True)
class Due:
    """Every refresh with a policy. `unread`: the report that could not be read; `month`: tasks of this month."""

    proposals: list[Proposed] = field(default_factory=list)
    last: date = date.min
    unread: ReconcilerError | None = None
    month: int = 0
    most: int | None = None

    @property
    def steps(self) -> list[Proposed]:
        """Those with a step."""
        return [one for one in self.proposals if one.decision.state == "due"]


@dataclass(frozen=True, slots=True)
class Manual:
    """A step that a person asks for."""

    address: str
    step: int
    by: str | None
    reason: str


Wanted = Mapping[Address, tuple[Resource, Policy]]
"""Refreshes with their policies."""


@dataclass(slots=True)
class Renewing:
    """One run."""

    session: Session
    watcher: Watcher
    today: date
    renewals: Sequence[Renewal]
    timezone: str
    counts: Mapping[str, int]
    """Tasks on record, by period."""

    def proposals(self, wanted: Wanted) -> list[Proposed]:
        """Each refresh in turn."""
        records = {one: entry for one in wanted if (entry := self.watcher.lock.refreshes.get(one))}
        self.watcher.read(records)
        told = by_refresh(self.renewals, self.watcher.desired)
        found = []
        for address, entry in sorted(records.items()):
            resource, policy = wanted[address]
            case, shown = self.situation(resource, policy, entry, told.get(address, []))
            found.append(self.priced(resource, case, shown, decide_due(case)))
        return found

    def situation(
        self, resource: Resource, policy: Policy, entry: RefreshEntry, renewals: Sequence[Renewal]
    ) -> tuple[Situation, Showings]:
        """What is known of a refresh with a policy."""
        shown = self.watcher.shown(resource, entry)
        last = self.watcher.last
        silent = bool(shown.all) and all(is_silent(one.showing, one.rows, last) for one in shown.all)
        waiting = renewals[-1] if renewals and _is_open(renewals[-1], entry) else None
        why = self._unapplied(waiting, policy) if waiting else shown.underway
        case = Situation(
            policy, entry, renewals, None, first_impression(shown.all), self.today, why, shown.guarded, silent
        )
        if policy.tired is None:
            return case, shown
        if shown.whole and not shown.own:
            found = Weighed("no evidence", "reports mix all they show; age and calendar decide", about="Smart+ ads")
        elif self.watcher.unread is not None:
            found = Weighed("no evidence", "the report could not be read; nothing is decided")
        elif not shown.own:
            found = Weighed("no evidence", "no ad shows it whose figures count")
        else:
            found = weigh(policy.tired, [*shown.own, *shown.siblings], last, renewals)
            if found.verdict == "tired":
                found = with_second_opinion(policy.tired, found, self.watcher.opinions(found.evidence))
        return replace(case, weighed=found), shown

    def _unapplied(self, waiting: Renewal, policy: Policy) -> str:
        """What is said of a step that was written down and not carried out yet."""
        old = (self.today - date.fromisoformat(waiting.day)).days
        aged = f"; its figures are {old} days old: apply it, or delete the file" if old > policy.valid_days else ""
        return f"step {waiting.renewed.words} of {waiting.file} is not applied yet{aged}"

    def priced(self, resource: Resource, case: Situation, shown: Showings, decision: Decision) -> Proposed:
        """A decision with what it would cost; one that `max_submits` has no room for is held."""
        asks = bool(resource.fields.get("require_approval"))
        if decision.state != "due":
            return Proposed(resource.address, case, decision, shown, asks=asks)
        stepped = at_step(resource, case.policy, decision.step, decision.theme)
        inputs = inputs_of(stepped, source_of(stepped, self.watcher.desired))
        known = {one.inputs for one in (case.entry.current, *case.entry.past)}
        tasks = 0 if inputs in known else -(-stepped.fields["variants"] // slots_a_submit(stepped.fields))
        limits = self.session.workspace.file.guardrails.max_submits.model_dump()
        for period, limit in limits.items():
            if tasks and limit is not None and self.counts.get(period, 0) + tasks > limit:
                why = f"{decision.why}; {tasks} tasks are more than max_submits leaves, {limit} a {period}"
                decision = replace(decision, state="held", why=why)
        return Proposed(resource.address, case, decision, shown, made_words(stepped), tasks, asks)

    def document(self, one: Proposed, by: str, reason: str | None = None) -> RenewalDocument:
        """The Renewal of a step that is due."""
        current, weighed = one.situation.entry.current, one.situation.weighed
        account = self.session.workspace.file.account
        because = one.decision.because or "manual"
        keeps = weighed is not None and weighed.rule is not None and because in ("tired", "manual")
        told = RenewalDocument.model_construct(
            kind="Renewal",
            refresh=str(one.address),
            from_=FromPart.model_construct(generation=current.generation, inputs=current.inputs),
            step=one.decision.step,
            because=because,
            decided_at=stamp(self.session.world.now()),
            account=AccountPart.model_construct(
                advertiser_id=account.advertiser_id, currency=self.watcher.currency, timezone=self.timezone
            ),
            rule=weighed.rule if keeps and weighed else None,
            evidence=list(weighed.evidence) if keeps and weighed else [],
            evidence_sha256="sha256:" + "0" * 64,
            by=by,
            reason=reason or one.decision.why,
        )
        return told.model_copy(update={"evidence_sha256": evidence_hash(told), "theme": one.decision.theme})


def renew(session: Session, targets: Sequence[str], as_of: str | None, *, write: bool) -> Due:
    """What is due of every refresh with a policy that the targets name. Raises ReconcilerError."""
    running, wanted = _begin(session, targets, as_of)
    found = _due(running, running.proposals(wanted))
    if write:
        who = somebody(session.root)
        found.proposals = [
            _written(running, one, who) if one.decision.state == "due" else one for one in found.proposals
        ]
    return found


def conditions_of(session: Session, address: Address) -> tuple[str, ...]:
    """Each condition of a refresh's policy with its number, or why it cannot be told. Sends nothing but GET."""
    try:
        running, wanted = _begin(session, [str(address)], None)
        found = running.proposals(wanted)
    except ReconcilerError as error:
        return (f"cannot be told: {error}",)
    if not found:
        return ("no variants yet: nothing is due before the first ones are shown",)
    one = found[0]
    return (
        *conditions(one.situation),
        *bounds(one.situation),
        f"{one.decision.state}: {one.decision.why}".rstrip(": "),
    )


def verdicts(session: Session) -> dict[VariantName, str]:
    """What is judged of the variants that ads show now, as far as a policy asks for it. Sends nothing but GET."""
    policies = (policy_of(one) for one in session.desired(session.ledger(), births=False).values())
    if not any(one and one.tired for one in policies):
        return {}
    running, wanted = _begin(session, [], None)
    found: dict[VariantName, str] = {}
    for one in running.proposals(wanted):
        weighed, generation = one.situation.weighed, one.situation.entry.current.generation
        if weighed is not None:
            told = {part.id: part.verdict for part in weighed.evidence}
            for ad in one.shown.all:
                what = VariantName(str(one.address), generation, ad.slot)
                found[what] = told.get(ad.id, weighed.verdict)
    return found


def by_hand(session: Session, asked: Manual) -> Due:
    """A person's step: whatever the evidence says, with what there is of it."""
    running, wanted = _begin(session, [asked.address], None)
    if len(wanted) != 1:
        raise Invalid(Finding("R901", "--step takes one address", hint="write refresh/NAME"))
    found = running.proposals(wanted)
    if not found:
        raise Invalid(Finding("R805", f"{asked.address} has no variants yet", hint="run `reconciler apply` first"))
    one = found[0]
    policy = one.situation.policy
    if not policy.has_step(asked.step):
        message = f"{asked.address} has no step {asked.step}: `next` has {len(policy.next)}"
        raise Invalid(Finding("R745", message, address=asked.address, hint="add a hook to `next`"))
    if one.situation.place == (asked.step, None):
        message = f"{asked.address} is at step {asked.step} already"
        raise Invalid(Finding("R745", message, address=asked.address, hint="name another step"))
    decision = Decision("due", one_line(asked.reason, "--reason"), "manual", asked.step)
    priced = running.priced(wanted[one.address][0], one.situation, one.shown, decision)
    who = one_line(asked.by or somebody(session.root), "--by")
    return _due(running, [_written(running, replace(priced, decision=decision), who)])


def _begin(session: Session, targets: Sequence[str], as_of: str | None) -> tuple[Renewing, Wanted]:
    """The account, read as far as it is needed, and the refreshes that were asked for."""
    work = session.workspace
    ledger = session.ledger()
    desired = session.desired(ledger)
    renewals = load_renewals(session)
    asked = None if as_of is None else _day(as_of)
    reader = session.reader(session.client(read_only=True), ledger, desired)
    settle_recorded(ledger, work.contracts)
    facts = account_facts(session, reader)
    decisions = {one.sha256: one.decision for one in load_approvals(session).values()}
    zone = zone_named(work.file.account.timezone or facts.timezone, "renewing counts days")
    currency = work.file.account.currency or facts.currency
    now = session.world.now()
    today, seen = (day_of(now, zone), now) if asked is None else (asked, _looked(asked, now, zone))
    watcher = Watcher(reader, ledger.lock, desired, zone, last_usable(seen, zone), currency, decisions)
    wanted = {one: (resource, policy) for one, resource in desired.items() if (policy := policy_of(resource))}
    counts = submitted(history.read(session.journals()).effects, now, zone)
    running = Renewing(session, watcher, today, renewals, zone.key, {**counts, "run": 0})
    return running, _matching(wanted, targets)


def _matching(wanted: Wanted, targets: Sequence[str]) -> Wanted:
    """Those that a target names. Raises Invalid where one names none."""
    for pattern in targets:
        if not any(fnmatchcase(str(one), pattern) for one in wanted):
            hint = misaddressed(pattern, map(str, wanted)) or "name a refresh that has `spec.renew`"
            raise Invalid(Finding("R902", f'"{pattern}" names no refresh with a policy', hint=hint))
    named = {one for one in wanted if not targets or any(fnmatchcase(str(one), pattern) for pattern in targets)}
    return {one: both for one, both in wanted.items() if one in named}


def _day(as_of: str) -> date:
    """The day of `--as-of`. Raises Invalid."""
    try:
        found = date.fromisoformat(as_of)
    except ValueError:
        found = date.min
    if found.year < _FIRST:
        raise Invalid(Finding("R901", f'--as-of: "{as_of}" is not a day', hint="write it as 2026-11-27"))
    return found


def _looked(day: date, now: float, zone: ZoneInfo) -> float:
    """The moment in a day of the account at which a scheduled run would have looked. Raises Invalid."""
    if day > day_of(now, zone):
        raise Invalid(Finding("R901", f"--as-of: {day} is still to come", hint="name today or a day before"))
    end = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
    found = datetime(day.year, day.month, day.day, _NOON_AFTER, tzinfo=UTC)
    # East of Sydney the account's day is over by then.
    return min((found if found < end else found - timedelta(days=1)).timestamp(), now)


def _is_open(newest: Renewal, entry: RefreshEntry) -> bool:
    """Whether no apply has carried it out yet."""
    return (entry.renewed.place if entry.renewed else (0, None)) != newest.renewed.place


def _due(running: Renewing, proposals: list[Proposed]) -> Due:
    limits = running.session.workspace.file.guardrails.max_submits
    return Due(proposals, running.watcher.last, running.watcher.unread, running.counts.get("month", 0), limits.month)


def _written(running: Renewing, one: Proposed, by: str) -> Proposed:
    """The same, committed to a file that is new. Raises Invalid where one is there."""
    told = running.document(one, by)
    name = path_of(told.refresh, day_of(running.session.world.now(), running.watcher.zone).isoformat())
    root = running.session.root
    with usable():
        if paths.opened(root, name).exists():
            message = f"{name} is there: {one.address} has had a step today"
            raise Invalid(Finding("R314", message, Place(name, 1), str(one.address), "delete it, or wait a day"))
        paths.write(running.session.world.files, root, name, renewal_text(told).encode())
    return replace(one, file=name)
