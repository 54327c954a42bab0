"""The shape of `fleet.yaml` and of an account's file."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from reconciler.api.limits import part
from reconciler.kinds.document import Strict, unset
from reconciler.kinds.fields import Name, Text, fail, text
from reconciler.manifest.backend import State
from reconciler.manifest.numbers import Count, Percent, Positive
from reconciler.manifest.uses import Patch
from reconciler.manifest.workspace import Account, Api, Inside, Recovery, Refresh, Version, windows
from reconciler.model import Plain

FILE = "fleet.yaml"


def _share(value: Any) -> float:
    written = value if isinstance(value, Plain) else ""
    if not _SHARE.fullmatch(written) or not float(written):
        raise fail("R208", "a share is more than 0 and at most 1", "write 0.6, without quotes")
    return float(written)


_SHARE = re.compile(r"1(?:\.0{1,4})?|0\.[0-9]{1,4}", re.ASCII)
Share = Annotated[
    float, PlainValidator(_share), WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1})
]


class App(Strict):
    """The developer app whose limits all accounts share."""

    name: Name
    """What people call it."""
    tier: Literal["basic", "advanced", "premium", "ultimate"] = "basic"
    """Its tier, which sets the limits of all calls together."""
    share: Share = 1.0
    """So much of these limits is ours, where another tool uses the same app: 0.6 leaves it the rest."""


class TokenSource(Strict):
    """Where the access token of a group comes from: one of the three."""

    env: Text = unset()
    """The environment variable that holds it."""
    file: Text = unset()
    """The file that holds it."""
    command: list[Text] = unset()
    """A command that prints it, with its arguments; it has 10 seconds."""

    @model_validator(mode="after")
    def _one(self) -> TokenSource:
        if sum(one is not None for one in (self.env, self.file, self.command)) != 1:
            raise fail("R215", "one of `env`, `file` and `command` is expected here", "write {env: NAME}")
        return self


class Approvals(Strict):
    """Who has to approve what is applied."""

    required: Count = 0
    """So many different names."""
    by: list[Text] = Field(default_factory=list)
    """Who may approve; none: everybody."""


class AutoApproval(Strict):
    """A rule that approves the plan of an account by itself, if it allows every row of it."""

    name: Name
    """Stands in the record as who approved."""
    match: dict[Text, Text] = Field(default_factory=dict)
    """Labels with their values; none: every account."""
    ops: list[Literal["update", "disable"]]
    """What rows may do. What would enable something is never approved."""
    fields: list[Text] = Field(default_factory=list)
    """Which fields an update may change."""
    direction: Literal["down"] = unset()
    """down: amounts fall, and a status becomes DISABLE."""


class Group(Strict):
    """What accounts with these labels have in common; an account is of the first group that it matches."""

    name: Name = unset()
    """For `fleet worker --group`; without one, the group's number, from 1."""
    match: dict[Text, Text] = Field(default_factory=dict)
    """Labels with their values; none: every account."""
    token: TokenSource
    """Its access token."""
    guardrails: dict[str, Any] = Field(default_factory=dict)
    """As in reconciler.yaml; amounts are in the currency of each account."""
    approvals: Approvals = Field(default_factory=Approvals.model_construct)
    """Who has to approve."""


_WAIT = re.compile(r"([1-9][0-9]{0,4})([mhd])", re.ASCII)
_UNIT = {"m": 60, "h": 3600, "d": 86_400}


def _soak(value: Any) -> int:
    found = _WAIT.fullmatch(text(value))
    if not found:
        raise fail("R204", f'"{text(value)}" is not a time to wait', "write 30m, 24h or 2d")
    return int(found[1]) * _UNIT[found[2]]


class When(Strict):
    """How the earlier ring must have ended."""

    failed: Count = 0
    """Most accounts of it that may have failed."""
    drifted: Count = 0
    """Most accounts of it in which others may have changed something since."""


class Ring(Strict):
    """Accounts that are applied together, one ring after the other."""

    name: Name
    """Its name, for --ring."""
    match: dict[Text, Text] = Field(default_factory=dict)
    """Labels with their values; none: every account that is in no ring before."""
    after: Text = unset()
    """The ring, declared before it, that must have ended well."""
    soak: Annotated[
        int, PlainValidator(_soak), WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,4}[mhd]$"})
    ] = unset()
    """How long after the last change in that ring it waits: 30m, 24h, 2d."""
    when: When = Field(default_factory=When.model_construct)
    """How that ring must have ended."""

    @model_validator(mode="after")
    def _after_what(self) -> Ring:
        if "after" not in self.model_fields_set and {"soak", "when"} & self.model_fields_set:
            raise fail("R215", "`soak` and `when` are about the ring before", "name it with `after`")
        return self


class Limits(Strict):
    """How much one run may touch, and how many failures end it."""

    accounts: Positive = 50
    """Most accounts that one apply may change."""
    changes: Positive = 500
    """Most changes in one apply, over all accounts."""
    failures: Positive = 5
    """After so many failed accounts no other is begun."""
    failed_percent: Percent = unset()
    """The same as a share of the accounts of the run."""


def _some(value: list[int]) -> list[int]:
    if not value:
        raise fail("R204", "no time to wait stands here", "write seconds: [60, 300, 900]")
    return value


_CRON = {"m": (60, "*/{} * * * *"), "h": (24, "0 */{} * * *"), "d": (1, "0 0 * * *")}


def _cron(value: Any) -> str:
    """As the engine takes it: five fields, UTC. A sixth would be seconds."""
    found = _WAIT.fullmatch(text(value))
    whole, cron = _CRON[found[2]] if found else (1, "")
    if not found or whole % int(found[1]) or (int(found[1]) == whole and whole > 1):
        message = f'"{text(value)}" is not a part of an hour or a day'
        raise fail("R204", message, "write 2m, 15m, 30m, 1h, 6h, 12h or 1d")
    return cron.format(found[1])


class Engine(Strict):
    """What runs the accounts."""

    driver: Literal["local", "procrastinate"] = "local"
    """local: threads of this process; procrastinate: workers that serve a queue in PostgreSQL."""
    threads: Positive = 8
    """How many accounts are under way at once; procrastinate: in one worker."""
    stalled_after: Positive = 30
    """procrastinate: seconds without a sign of life after which others go on with what a worker has begun."""


class Retries(Strict):
    """What is tried again by itself: procrastinate only, and nothing that needs a person."""

    attempts: Count = 3
    """How often, where nothing was done."""
    backoff: Annotated[list[Count], AfterValidator(_some)] = Field(default_factory=lambda: [60, 300, 900])
    """Seconds before each; the last of them before every further one."""


class Schedule(Strict):
    """What workers begin by themselves."""

    command: Literal["plan", "drift", "advance"]
    """What is run in each account."""
    every: Annotated[str, PlainValidator(_cron), WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]?[mhd]$"})]
    """A part of an hour (1m to 30m), of a day (1h to 12h), or 1d: by the clock, in UTC."""
    match: dict[Text, Text] = Field(default_factory=dict)
    """Labels with their values; none: every account."""
    only: Literal["pending"] = unset()
    """pending: only accounts in which something is on its way."""


class FleetFile(Strict):
    """Many ad accounts of one developer app."""

    version: Version
    """The format of this file."""
    app: App
    """The developer app."""
    api: Api
    """As in reconciler.yaml, for every account. `rate_window` is the fleet's own."""
    accounts: list[Inside] = Field(default_factory=lambda: ["accounts"])
    """Folders or files with accounts, YAML or CSV."""
    groups: list[Group]
    """By label; the first that matches an account."""
    rings: list[Ring] = Field(default_factory=list)
    """Which accounts are applied first; an account is in the first ring that it matches."""
    auto_approve: list[AutoApproval] = Field(default_factory=list)
    """Plans that need nobody's approval."""
    engine: Engine = Field(default_factory=Engine.model_construct)
    """What runs the accounts."""
    retries: Retries = Field(default_factory=Retries.model_construct)
    """What workers try again by themselves."""
    schedules: list[Schedule] = Field(default_factory=list)
    """What workers begin by themselves."""
    limits: Limits = Field(default_factory=Limits.model_construct)
    """How much one run may touch."""
    state: State = Field(default_factory=State.model_construct)
    """As in reconciler.yaml, for every account."""
    refresh: Refresh = Field(default_factory=Refresh.model_construct)
    """As in reconciler.yaml."""
    recovery: Recovery = Field(default_factory=Recovery.model_construct)
    """As in reconciler.yaml."""
    vars: dict[Text, Text] = Field(default_factory=dict)
    """As in reconciler.yaml, for every account."""
    defaults: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """As in reconciler.yaml, for every account."""

    def windows(self, name: str) -> dict[float, int]:
        """`{seconds: calls}` of one rate class, as far as they are ours."""
        return part(windows(self.api.rate, name), self.app.share)

    @model_validator(mode="after")
    def _one_app(self) -> FleetFile:
        if "rate_window" in self.api.model_fields_set:
            raise fail("R215", "`rate_window` is the fleet's own: all of it shares one", "leave it out")
        if "tier" in self.api.rate.model_fields_set:
            raise fail("R215", "`tier` stands in `app:`", "move it there")
        self.api.rate.tier = self.app.tier
        return self

    @model_validator(mode="after")
    def _engine(self) -> FleetFile:
        is_local = self.engine.driver == "local"
        if not is_local and self.state.backend != "postgres":
            message = f"driver procrastinate has its queue in PostgreSQL, and the state backend is {self.state.backend}"
            raise fail("R215", message, "write `state: {backend: postgres, dsn: {env: NAME}}`")
        if is_local and self.schedules:
            hint = (
                "let cron run `reconciler fleet drift` and `fleet advance`, or write `engine: {driver: procrastinate}`"
            )
            raise fail("R215", "nothing begins `schedules:` by itself with driver local", hint)
        if is_local and "retries" in self.model_fields_set:
            raise fail("R215", "nothing tries again by itself with driver local", "take `retries:` out")
        names = [one.name for one in self.groups if one.name]
        if len(set(names)) != len(names):
            raise fail("R215", "two groups have one name", "give each its own")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> FleetFile:
        known: list[str] = []
        for one in self.rings:
            if one.name in known:
                raise fail("R215", f'two rings are named "{one.name}"', "give each its own name")
            if "after" in one.model_fields_set and one.after not in known:
                raise fail("R215", f'no ring before "{one.name}" is named "{one.after}"', "declare that one first")
            known.append(one.name)
        return self


def _distinct(names: list[str]) -> list[str]:
    if len(set(names)) != len(names):
        raise fail("R215", "an address stands here twice", "write each once")
    return names


class AccountFile(Strict):
    """One ad account of a fleet: what it uses, or the workspace that it is."""

    version: Version
    """The format of this file."""
    name: Name
    """Its name in the fleet; that of the file."""
    account: Account = unset()
    """Id, currency and time zone; not for a workspace, which says them itself."""
    labels: dict[Text, Text] = Field(default_factory=dict)
    """What groups and selections go by."""
    uses: list[dict[str, Any]] = Field(default_factory=list)
    """Use documents without `kind`; `module` is a folder of modules/, or a way from the fleet's folder."""
    patch: list[Patch] = Field(default_factory=list)
    """The last word: other fields for single documents."""
    drop: Annotated[list[Text], AfterValidator(_distinct)] = Field(default_factory=list)
    """Addresses that are left out."""
    workspace: Text = unset()
    """A workspace's folder, from the fleet's: the account is what stands there."""

    @model_validator(mode="after")
    def _either(self) -> AccountFile:
        if len({"account", "workspace"} & self.model_fields_set) != 1:
            raise fail("R215", "one of `account` and `workspace` is expected here", "a workspace names its own account")
        if "workspace" in self.model_fields_set and {"uses", "patch", "drop"} & self.model_fields_set:
            raise fail("R215", "a workspace declares what it has itself", "leave `uses`, `patch` and `drop` out")
        return self
