"""How far every refresh has got in its order of hooks: manifests × Renewals × lockfile. Pure: no clock, no report.

The newest Renewal counts. What it says is computed again from its own figures; one that was edited, that is another
account's, or that leads on from other variants than there are blocks its refresh, and everything stays as it is.
Deleting it takes the step back: the variants of before are kept, and come back without a task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct, field

from reconciler.kinds.renewal import EvidencePart, Renewal, evidence_hash
from reconciler.model import Address, RefreshEntry, Resource
from reconciler.plan.fatigue import VERSION, Count, is_enough
from reconciler.plan.policy import Policy, at_step, policy_of
from reconciler.plan.refreshes import inputs_of
from reconciler.plan.verdicts import is_tired, judged, rule_of
from reconciler.renewed import Renewed

Trouble = tuple[str, str, str]
"""(reason, code, hint), as a blocked row has them."""
_AGAIN = "delete the file and run `reconciler renew` again"


class Whose(Struct, frozen=True):
    """Whose figures may decide here; None: the workspace does not say."""

    advertiser_id: str
    currency: str | None = None
    timezone: str | None = None


class Renewals(Struct):
    """What is declared, each refresh as its step makes it."""

    desired: dict[Address, Resource]
    renewed: dict[Address, Renewed] = field(default_factory=dict)
    """Refreshes whose newest Renewal holds, with what it says."""
    blocked: dict[Address, Trouble] = field(default_factory=dict)


def by_refresh(renewals: Sequence[Renewal], desired: Mapping[Address, Resource]) -> dict[Address, list[Renewal]]:
    """Declared refresh → its Renewals, oldest first; those of what it was called before are its own."""
    called = {old: address for address, one in desired.items() for old in one.moved}
    found: dict[Address, list[Renewal]] = {}
    for one in sorted(renewals, key=lambda one: one.day):
        address = Address.parse(one.told.refresh)
        if (now := called.get(address, address)) in desired:
            found.setdefault(now, []).append(one)
    return found


def carried(
    desired: Mapping[Address, Resource],
    renewals: Sequence[Renewal],
    refreshes: Mapping[Address, RefreshEntry],
    account: Whose,
) -> Renewals:
    """Every refresh at the step of its newest Renewal, or as its manifest says."""
    found = Renewals(dict(desired))
    for address, own in by_refresh(renewals, desired).items():
        resource = desired[address]
        newest, entry, policy = own[-1], refreshes.get(address), policy_of(resource)
        trouble = _figures(newest, account) or _possible(newest, resource, policy)
        if policy is None or trouble:
            found.blocked[address] = trouble or _orphan(newest)
            found.desired[address] = running(resource, entry)
            continue
        stepped = at_step(resource, policy, *newest.renewed.place)
        if _is_stale(newest, stepped, desired, entry):
            text = f"{newest.file} leads on from other variants than those of now; {_AGAIN}"
            found.blocked[address] = ("stale", "R741", text)
            found.desired[address] = running(resource, entry)
            continue
        found.desired[address], found.renewed[address] = stepped, newest.renewed
    return found


def running(resource: Resource, entry: RefreshEntry | None) -> Resource:
    """The refresh at the step that was applied last, as far as its policy still has it."""
    policy, applied = policy_of(resource), entry.renewed if entry else None
    if policy is None or applied is None or not policy.has_step(applied.step):
        return resource
    return at_step(resource, policy, *applied.place)


def source_of(resource: Resource, desired: Mapping[Address, Resource]) -> Resource | None:
    """The Video of a refresh; None where it names an id."""
    return desired[resource.refs["video"]] if "video" in resource.refs else None


def _is_stale(
    newest: Renewal, stepped: Resource, desired: Mapping[Address, Resource], entry: RefreshEntry | None
) -> bool:
    """Whether it was decided on other variants than those that run, and has not been applied."""
    if entry is None:
        return True
    if entry.renewed and entry.renewed.place == newest.renewed.place:
        return False
    inputs = inputs_of(stepped, source_of(stepped, desired))
    # Going back costs nothing and is always open: the variants are there.
    is_kept = any(one.inputs == inputs for one in (entry.current, *entry.past))
    return not is_kept and entry.current.inputs != newest.told.from_.inputs


def _figures(newest: Renewal, account: Whose) -> Trouble | None:
    """Why its evidence does not count here."""
    told, own = newest.told, newest.told.account
    pairs = (
        ("advertiser_id", own.advertiser_id, account.advertiser_id),
        ("currency", own.currency, account.currency),
        ("timezone", own.timezone, account.timezone),
    )
    for name, theirs, ours in pairs:
        if theirs is not None and ours is not None and theirs != ours:
            return "account", "R743", f"{newest.file} is of another account: {name} {theirs}, not {ours}; delete it"
    if told.rule is not None and told.rule.version != VERSION:
        hint = f"{newest.file} was made by version {told.rule.version} of the rule, this one knows {VERSION}; {_AGAIN}"
        return "version", "R744", hint
    if evidence_hash(told) != told.evidence_sha256 or not _is_as_computed(newest):
        hint = f"{newest.file} was edited: its figures do not give what it says; take it back from git, or {_AGAIN}"
        return "edited", "R742", hint
    return None


def _is_as_computed(newest: Renewal) -> bool:
    """Whether the figures give the verdicts, and the verdicts the step."""
    told = newest.told
    if told.rule is None:
        return told.because != "tired" and not told.evidence
    if any(Decimal(one) <= 0 for one in (told.rule.alpha, told.rule.noise)):
        return False
    rule = rule_of(told.rule, max(len(told.evidence), 1))
    for one in told.evidence:
        if not is_enough([Count(hits, shown) for _, hits, shown in one.baseline]) or not _is_same(
            judged(rule, one), one
        ):
            return False
    return told.because != "tired" or is_tired(told.rule, told.evidence)


def _is_same(computed: EvidencePart, told: EvidencePart) -> bool:
    """Whether a verdict is what its figures give, digit for digit."""
    return (computed.verdict, computed.value, computed.rate) == (told.verdict, told.value, told.rate)


def _possible(newest: Renewal, resource: Resource, policy: Policy | None) -> Trouble | None:
    """Why the manifest has no such step."""
    told = newest.told
    if policy is None:
        return _orphan(newest)
    if not policy.has_step(told.step):
        hint = (
            f"{newest.file} names step {told.step}, and `next` has {len(policy.next)}; add a hook, or delete the file"
        )
        return "no step", "R745", hint
    if told.theme and "add_hook" not in resource.fields:
        hint = f"{newest.file} asks for a holiday's hook, and the spec has no `add_hook`; add it, or delete the file"
        return "no step", "R745", hint
    return None


def _orphan(newest: Renewal) -> Trouble:
    return (
        "no step",
        "R745",
        f"{newest.file} counts steps of `spec.renew`, which is gone; put it back, or delete the file",
    )
