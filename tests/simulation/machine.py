"""One machine with a workspace: it runs the product's commands as processes that may die, and tells how they ended."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from reconciler.api.secret import Secret
from reconciler.errors import ReconcilerError
from reconciler.manifest.shared import Shared
from reconciler.manifest.workspace import WorkspaceFile
from reconciler.manifest.yaml import read
from reconciler.model import Address, Outcome, Plan, Resource
from reconciler.state.ledger import Ledger
from reconciler.state.signed import Approval, Decision, approval_text, consent_text
from reconciler.workflow import advance as advancing
from reconciler.workflow import apply as applying
from reconciler.workflow import plan as planning
from reconciler.workflow import recover as recovering
from reconciler.workflow import status as looking
from reconciler.workflow.load import Workspace
from reconciler.workflow.plan import Choices
from reconciler.workflow.recover import Case, Decisions
from reconciler.workflow.session import Session
from tests.simulation.account import ADVERTISER, SUBMIT, Account, Profile, Sent
from tests.simulation.ads import Ads
from tests.simulation.ads_judge import AdsJudge
from tests.simulation.api import LEAD, Api, Faults
from tests.simulation.declared import Manifests
from tests.simulation.files import Crash, Cut, Disk, Trouble
from tests.simulation.judge import Judge
from tests.simulation.marketing import Marketing
from tests.simulation.smart import Smart
from tests.simulation.smart_account import SmartPlus
from tests.simulation.smart_judge import SmartJudge
from tests.simulation.world import Clock, Endless, SimWorld

QUIET = 180.0
SETTINGS = f"""version: 1
account: {{advertiser_id: "{ADVERTISER}", currency: USD}}
api:
  contract: CONTRACT
  base_url: http://127.0.0.1:1
  rate: {{default: {{per_second: 100000, per_minute: 1000000}}, ad_create: {{per_second: 100000, per_minute: 1000000}}}}
refresh: {{poll_seconds: 5, wait_seconds: 600}}
recovery: {{quiet_period: {QUIET:.0f}}}
guardrails: {{max_daily_spend: LIMIT, delete_hold_days: 1}}
"""


@cache
def settings(contract: str, root: Path, limit: str) -> Workspace:
    """The workspace's settings, read once."""
    told = SETTINGS.replace("CONTRACT", contract).replace("LIMIT", limit)
    documents, wrong = read("reconciler.yaml", told.encode())
    assert not wrong
    file = WorkspaceFile.model_validate(documents[0].value, context={"currency": "USD"})
    return Workspace(root, file, file.api.base_url, Shared(documents[0]))


class SimSession(Session):
    """A session whose manifests are values."""

    declared: Mapping[Address, Resource]

    def desired(self, ledger: Ledger, *, births: bool = True, currency: str | None = None) -> dict[Address, Resource]:
        """What the manifests declare."""
        return dict(self.declared)


@dataclass
class Ended:
    """How one process ended. `code` None: it died."""

    command: str
    code: int | None
    outcomes: tuple[Outcome, ...] = ()
    plan: Plan | None = None
    error: str | None = None
    open: list[Case] = field(default_factory=list)

    def __str__(self) -> str:
        how = "died" if self.code is None else f"exit {self.code}"
        rows = ", ".join(f"{one.op} {one.address} {one.outcome} {one.code or ''}" for one in self.outcomes)
        return f"{self.command}: {how}. {self.error or ''} [{rows}]"


class Machine:
    """Disk, clock, account and judge of one story."""

    def __init__(
        self, profile: Profile, random: Random, faults: Faults, manifests: Manifests | None = None
    ) -> None:  # fmt: skip
        self.random, self.faults = random, faults
        self.manifests = manifests or Manifests()
        # Its files are in memory, all but approvals: those are of the people, and no process writes them.
        self.root = Path(tempfile.gettempdir()) / f"reconciler-simulation-{os.getpid()}"
        self.leave()
        self.clock, self.disk = Clock(), Disk(self.root)
        self.account, self.judge = self._beings(profile)
        self.api = Api(self.account, self.clock, self.disk, random, faults)
        self.api.arriving, self.api.writing = self.judge.arriving, self.judge.writing
        self.api.delivered = self.judge.delivered
        self.api.doubted = lambda text: self.judge.fail("I11", text)
        self.disk.tear = lambda size: random.randint(0, size)
        self.skew = 0.0
        self.dead = False
        """Whether nobody reads what is printed: every output fails."""
        self.limit = "1000000.00"
        """What all campaigns may spend a day."""
        self.told: list[str] = []
        self.gone: set[str] = set()
        """Grants that somebody gave, who has seen that what is not listed any more is gone indeed."""
        self._number = 100
        self.disk.write(self.root / "consent.yaml", consent_text(ADVERTISER, "x", "2026-11-21T10:00:00Z").encode())
        self.disk.sync_folder(self.root)

    def allowed(self) -> tuple[str, ...]:
        """What somebody has said is gone; and in a marketing story what nothing limits: budgets left to ad groups."""
        if not isinstance(self.manifests, Ads):
            return tuple(sorted(self.gone))
        return (*sorted(self.gone), *(f"max_daily_spend={one}" for one in self.manifests.nodes if one.kind != "ad"))

    def leave(self) -> None:
        """Take the approvals away."""
        if self.root.exists():
            shutil.rmtree(self.root)

    def heard(self, *_: object) -> None:
        """Somebody reads what a process prints, or nobody does any more."""
        if self.dead:
            raise BrokenPipeError("nobody reads it")

    def put(self, path: Path, data: bytes | None) -> None:
        """Somebody puts a file of other content there, or takes it away (None)."""
        node = self.disk.names_now.get(path)
        if data is None:
            self.disk.remove(path)
        elif node is None or bytes(node.data) != data:
            self.disk.write(path, data)
        self.disk.sync_folder(path.parent)

    def decide(self, refresh: str, sha256: str, *, yes: bool) -> None:
        """Somebody approves or rejects a variant, and commits that."""
        decision: Decision = "approved" if yes else "rejected"
        one = Approval(refresh, sha256, decision, "x", "2026-11-21T10:00:00Z")
        path = self.root / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(approval_text(one))
        self.judge.approvals[sha256] = decision

    def _beings(self, profile: Profile) -> tuple[Account, Judge]:
        """The account and the judge of the contract that the manifests are written for."""
        if isinstance(self.manifests, Smart):
            both = SmartPlus(profile, self.random)
            return both, SmartJudge(both, self.disk, self.clock, self.root)
        if isinstance(self.manifests, Ads):
            ads = Marketing(profile, self.random)
            return ads, AdsJudge(ads, self.disk, self.clock, self.root)
        account = Account(profile, self.random)
        return account, Judge(account, self.disk, self.clock, self.root)

    # ------------------------------------------------------------------ commands

    def apply(
        self, recreate: tuple[str, ...] = (), *, trouble: Trouble | None = None, interrupt: int | None = None,
        detach: bool = False, replace: tuple[str, ...] = (),
    ) -> Ended:  # fmt: skip
        """`reconciler apply --auto-approve`."""

        def work(session: Session, stopped: Callable[[], bool]) -> Ended:
            approval = applying.PlanApproval(True, None, None)
            done = applying.apply(
                session, Choices(recreate=recreate, replace=replace, allow=self.allowed()), approval, stopped,
                self.heard, self.judge.planned,
                detach=detach,
            )  # fmt: skip
            first = done.ending.errors[0].message if done.ending.errors else None
            return Ended("apply", done.ending.exit_code, done.ending.outcomes, done.plan, first)

        return self._process("apply", work, trouble, interrupt)

    def advance(self, seconds: float = 0, *, trouble: Trouble | None = None) -> Ended:
        """`reconciler advance`."""

        def work(session: Session, stopped: Callable[[], bool]) -> Ended:
            done = advancing.advance(session, seconds, stopped)
            return Ended("advance", done.exit_code, done.outcomes)

        return self._process("advance", work, trouble)

    def plan(self) -> Ended:
        """`reconciler plan`."""

        def work(session: Session, _: Callable[[], bool]) -> Ended:
            return Ended("plan", 0, plan=planning.plan(session, Choices()))

        return self._process("plan", work)

    def status(self) -> Ended:
        """`reconciler status`."""

        def work(session: Session, _: Callable[[], bool]) -> Ended:
            looking.status(session)
            return Ended("status", 0)

        return self._process("status", work)

    def recover(
        self, decisions: Decisions | None = None, *, answer: bool = True, trouble: Trouble | None = None
    ) -> Ended:
        """`reconciler recover`, answered by somebody who knows the truth."""

        def work(session: Session, stopped: Callable[[], bool]) -> Ended:
            done = recovering.recover(session, decisions or Decisions(), stopped, self.answer if answer else None)
            self.told += done.decided
            return Ended("recover", done.exit_code, open=done.open)

        return self._process("recover", work, trouble)

    def answer(self, case: Case) -> str:
        """What a person says who can look into the account."""
        sent = self.truth(case)
        if sent is None or sent.committed is None:
            return "absent" if self.account.quiet and self.clock.moment + self.skew >= case.settles_at else ""
        seen = {str(row["id"]) for row in case.seen}
        made = list(sent.made)
        if sent.path == SUBMIT:
            self.shown(sent, seen)
            tasks = [self.account.tasks[one] for one in sent.made]
            if any(self.clock.moment < one.visible for one in tasks):
                return ""
            made = [video for one in tasks for video in one.videos]
        elif made and not self.account.things[made[0]].live:
            made = []  # somebody has deleted it since
        if not made:
            return "absent"
        return ",".join(made) if set(made) <= seen else ""

    def shown(self, sent: Sent, seen: set[str]) -> None:
        """I30: a person is not shown what every list had shown before the submit's process began."""
        for task in self.account.tasks.values():
            if task.visible < sent.begun - LEAD and not seen.isdisjoint(task.videos):
                self.judge.fail("I30", f"{task.videos} may be what {sent.intent} made, and were there before it")

    def truth(self, case: Case) -> Sent | None:
        """What the server knows of an open write."""
        key = (case.intent.run, case.intent.seq)
        return next((one for one in self.account.sent if one.intent == key), None)

    # ------------------------------------------------------------------ processes

    def _process(
        self, command: str, work: Callable[[Session, Callable[[], bool]], Ended], trouble: Trouble | None = None,
        interrupt: int | None = None,
    ) -> Ended:  # fmt: skip
        self._number += 1
        disk, judge = self.disk, self.judge
        disk.revive()
        disk.trouble = trouble
        world = SimWorld(self.clock, disk, self.random, self._number, self.skew, judge.aloft)
        session = SimSession(self.root, None, None, Secret("token-of-nobody"), world=world, transport=self.api)
        session.workspace = settings(self.manifests.contract, self.root, self.limit)
        session.fetcher = self.api  # type: ignore[assignment] # it has the one method that is used
        session.declared = self.manifests.resources()
        session.waited = self.heard
        judge.begin(command, self.manifests)
        self.api.begin()
        calls = iter(range(1_000_000))

        def stopped() -> bool:
            return interrupt is not None and next(calls) >= interrupt

        try:
            ended = work(session, stopped)
        except Crash:
            ended = Ended(command, None)
        except KeyboardInterrupt:
            ended = Ended(command, 130)
        except ReconcilerError as error:
            ended = Ended(command, error.exit_code, error=str(error))
        except OSError as error:
            at = traceback.extract_tb(error.__traceback__)
            where = [one for one in at if "/reconciler/" in one.filename][-1]
            judge.fail("I29", f"{type(error).__name__} {error} from {where.filename.rpartition('/')[2]}:{where.name}")
            ended = Ended(command, 70, error=str(error))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{where.filename.rpartition('/')[2]}:{where.name}"
            judge.fail("I29", f"{command}: {type(error).__name__} {error} from {place}")
            ended = Ended(command, 70, error=str(error))
        except Endless as error:
            judge.fail("I27", str(error))
            ended = Ended(command, None, error=str(error))
        judge.ended(ended.code, ended.outcomes, command)
        disk.revive()
        return ended

    def power(self, cut: Cut) -> None:
        """What the crash has taken from the disk."""
        self.disk.lose(cut, self.random)
        self.judge.readable()

    def lockfile(self) -> bytes:
        """As it is on the disk."""
        node = self.disk.names_now.get(self.root / "reconciler.lock")
        return bytes(node.data) if node else b""

    def resources(self) -> dict[str, Any]:
        """The lockfile's entries."""
        found: dict[str, Any] = json.loads(self.lockfile() or b'{"resources": {}}')["resources"]
        return found
