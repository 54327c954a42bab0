"""What the answers of a server say about token, permission, contract, account and clock. *Pure*: others ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from reconciler.api.client import TOKEN_CODES, credentials_hint, described
from reconciler.api.phrases import advice as advice_on
from reconciler.api.replies import Envelope
from reconciler.contracts.contract import Contract
from reconciler.contracts.hosts import SANDBOX_CALLS, SANDBOX_DIFFERS, is_sandbox, spoken_at
from reconciler.contracts.marketing.ending import END_OF_MANUAL
from reconciler.errors import Finding
from reconciler.manifest.workspace import TIERS, Rates, windows

State = Literal["ok", "warning", "failed", "skipped"]
ACCEPTED = "token accepted"
_SKEW, _WORST_SKEW = 10.0, 120.0
"""Seconds: worth a word; and what settling a lost write can bear."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor. `exit_code` counts where it has failed."""

    name: str
    state: State
    message: str
    hint: str | None = None
    code: str | None = None
    request_id: str | None = None
    exit_code: int = 1

    def document(self) -> dict[str, Any]:
        """Its row of `doctor --json`."""
        names = ("name", "state", "message", "hint", "code", "request_id")
        return {name: getattr(self, name) for name in names}


def found_wrong(name: str, findings: Sequence[Finding], exit_code: int) -> Check:
    """An error as a line: its first finding, and how many more there are."""
    first = findings[0]
    where = f"{first.place.file}:{first.place.line}: " if first.place else ""
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return Check(name, "failed", f"{where}{first.message}{more}", first.hint, first.code, first.request_id, exit_code)


def skipped(name: str, why: str) -> Check:
    """A line about what could not be looked at."""
    return Check(name, "skipped", f"not checked: {why}", code="R904")


def refused(envelope: Envelope, name: str, path: str) -> Check:
    """What a call that was not answered says."""
    text = f"GET {path}: {described(envelope)}"
    if envelope.verdict == "credentials":
        if envelope.code in TOKEN_CODES or envelope.code is None:
            name = ACCEPTED
        advice = credentials_hint(envelope.code, path)
        return Check(name, "failed", text, advice, "R602", envelope.request_id, 4)
    if envelope.verdict == "throttled":
        advice = "another program of the same developer app may be using the limits; wait some minutes and look again"
        return Check("limits", "failed", text, advice, "R607", envelope.request_id)
    if envelope.verdict == "rejected":
        advice = advice_on(envelope.code, envelope.message, "correct what it names")
        return Check(name, "failed", text, advice, "R606", envelope.request_id)
    advice = advice_on(envelope.code, envelope.message, "check `api.base_url` and the network, then run again")
    return Check(name, "failed", text, advice, "R604", envelope.request_id)


def contract_spoken(contract: Contract, others: Iterable[Contract], rows: Sequence[Mapping[str, Any]]) -> Check:
    """Which contract the rows of a listing are written in; an empty account cannot tell."""
    if contract.pure:
        # Nobody else has these calls.
        return Check("contract", "ok", f"the calls of {contract.name} answer")
    if not rows:
        text = (
            f"undecided: the account has no campaign, ad group or ad whose row could tell {contract.name} from another"
        )
        return Check("contract", "warning", text, "look again once there is an object; nothing else depends on it")
    if all(contract.status_field in row for row in rows):
        return Check("contract", "ok", f"rows have `{contract.status_field}`, as contract {contract.name} says")
    spoken = [one.name for one in others if one is not contract and all(one.status_field in row for row in rows)]
    text = f"rows have no `{contract.status_field}`, which contract {contract.name} promises"
    if spoken:
        text += f"; they are those of contract {spoken[0]}"
        return Check("contract", "failed", text, f"set `api.contract: {spoken[0]}`, or correct `api.base_url`", "R905")
    return Check("contract", "failed", text, "correct `api.contract` or `api.base_url`", "R905")


def families(totals: Mapping[tuple[str, str], int], kinds: Sequence[str], contract: str, now: float) -> Check:
    """How many objects there are of manual campaigns and of Smart+. `totals`: (contract, kind) → what a list counts;
    `kinds`: of which the lists of both count the same things."""
    told = []
    for name, kind in ((one, kind) for one in ("smart_plus", "marketing") for kind in kinds):
        known, smart = totals.get((name, kind)), totals.get(("smart_plus", kind), 0)
        # The classic lists show Smart+, too.
        count = "?" if known is None else known if name == "smart_plus" else max(0, known - smart)
        told.append(f"{count} {kind}s of {'Smart+' if name == 'smart_plus' else 'manual campaigns'}")
    ended = "have ended" if now >= END_OF_MANUAL else "end"
    text = f"{', '.join(told)}; manual creates {ended} after 2026-12-31"
    if contract == "smart_plus":
        text += "; whether the account is on the allowlist of Smart+ shows itself at the first create (40118) alone"
    return Check("families", "ok", text)


def account(facts: Mapping[str, Any], currency: str | None, timezone: str | None, log_id: str | None) -> list[Check]:
    """Currency, time zone and state of the account, against reconciler.yaml."""
    checks = []
    for name, ours in (("currency", currency), ("timezone", timezone)):
        theirs = facts.get(name)
        if not isinstance(theirs, str) or not theirs:
            checks.append(skipped(name, "the account does not tell it"))
        elif ours is None:
            advice = f"set `account.{name}: {theirs}`"
            checks.append(Check(name, "warning", f"the account has {theirs}; reconciler.yaml does not say", advice))
        elif ours == theirs:
            checks.append(Check(name, "ok", f"{theirs}, on both sides"))
        else:
            text = f"the account has {theirs}, reconciler.yaml says {ours}"
            advice = f"set `account.{name}: {theirs}`, or correct `account.advertiser_id`"
            # A wrong currency makes every amount another one; a zone can go by several names.
            state: State = "failed" if name == "currency" else "warning"
            checks.append(Check(name, state, text, advice, "R905", log_id))
    status = facts.get("status")
    if isinstance(status, str) and status != "STATUS_ENABLE":
        advice = "see what Ads Manager says about the account; nothing is delivered meanwhile"
        checks.append(Check("advertiser", "warning", f"the account is {status}", advice))
    return checks


def clock(server: float | None, ours: float) -> Check:
    """Our clock against the server's, which tells whole seconds."""
    if server is None:
        return skipped("clock", "the server told no time")
    off = ours - server
    if -1 <= off <= 2:
        return Check("clock", "ok", "this machine and the server agree within 2 seconds")
    way = f"this machine is {abs(off):.0f} seconds {'ahead of' if off > 0 else 'behind'} the server"
    if abs(off) <= _SKEW:
        return Check("clock", "ok", f"{way}, which does no harm")
    advice = "set the clock, for example by NTP: lost writes are told apart by their time"
    return Check("clock", "failed" if abs(off) >= _WORST_SKEW else "warning", way, advice, "R905")


def host(contract: Contract, url: str, loopback: bool, rates: Rates) -> list[Check]:
    """Where the calls go, and what is different there."""
    spoken = spoken_at(url)
    if spoken is not None and contract.name not in spoken:
        text = f"{url} speaks contract {' and '.join(spoken)}, reconciler.yaml says {contract.name}"
        checks = [Check("host", "warning", text, f"set `api.contract: {spoken[0]}`", "R905")]
    else:
        checks = [Check("host", "ok", f"{url} (this machine)" if loopback else url)]
    if is_sandbox(url):
        second, minute = SANDBOX_CALLS
        given = windows(rates, "default")
        fits = given[1.0] <= second and given[60.0] <= minute
        advice = f"set `api.rate.default: {{per_second: {second}, per_minute: {minute}}}`"
        text = f"this is the sandbox: {SANDBOX_DIFFERS}"
        checks.append(Check("sandbox", "ok" if fits else "warning", text, None if fits else advice))
    return checks


def limits(rates: Rates) -> Check:
    """The calls this workspace allows itself, beside those of its tier."""
    shown, above = [], []
    for name, (second, minute) in TIERS[rates.tier].items():
        given = windows(rates, name)
        own = (given[1.0], given[60.0]) != (second, minute)
        note = f" (tier: {second} and {minute})" if own else ""
        shown.append(f"{name} {given[1.0]} a second, {given[60.0]} a minute{note}")
        if given[1.0] > second or given[60.0] > minute:
            above.append(name)
    text = f"tier {rates.tier}: {'; '.join(shown)}"
    if above:
        # The workspace file refuses this anywhere but on loopback.
        return Check("limits", "ok", f"{text}; above the tier, which only a simulator allows")
    return Check("limits", "ok", f"{text}. The API does not tell an app's tier: the developer portal does")
