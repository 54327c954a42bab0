"""One run of one command: world, workspace, token, state and API put together, each made when first needed."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from reconciler.api.limits import Limiter, Places, SharedPlaces, never
from reconciler.api.secret import SHORTEST, Secret
from reconciler.api.window import SharedWindow
from reconciler.canonical import minor_digits, stamp
from reconciler.contracts.hosts import has_ads_manager, is_loopback
from reconciler.errors import Credentials, Finding, Invalid, Place, ReconcilerError, Refused, in_the_way, of_system
from reconciler.manifest import paths
from reconciler.manifest.document import Document
from reconciler.manifest.workspace import windows
from reconciler.model import Address, Entry, Resource
from reconciler.state import journal, lockfile
from reconciler.state.ledger import Ledger
from reconciler.state.store import LocalStore, StateStore
from reconciler.workflow import stores
from reconciler.workflow.load import Workspace, load_desired, load_documents, open_workspace, under_guardrails_of
from reconciler.workflow.network import route
from reconciler.workflow.origin import origin
from reconciler.world import SystemWorld, World
from reconciler.world.coming import nothing

if TYPE_CHECKING:
    from reconciler.account.listing import Reader
    from reconciler.api.client import Client
    from reconciler.api.fetch import PreviewFetcher
    from reconciler.api.route import Route
    from reconciler.api.transport import Transport
    from reconciler.apply.keeping import Keeping
    from reconciler.workflow.roster import Roster


@dataclass
class Session:
    """`waited` hears why the run waits (throttled, a list that lags); `announced` what must be shown in any
    case; `requested` hears of every request."""

    root: Path
    base_url: str | None
    allowed_host: str | None
    secret: Secret | None
    waited: Callable[[str], None] = lambda _: None
    announced: Callable[[str], None] = lambda _: None
    requested: Callable[[str], None] | None = None
    world: World = field(default_factory=SystemWorld)
    transport: Transport | None = None
    """Instead of the network."""
    stands: Path | None = None
    """The folder that paths of the command line start from; None: the workspace's own."""
    base: Callable[[], bytes | None] | None = None
    """`reconciler.yaml` of the commit whose guard rails count, instead of this one's."""
    made: Callable[[], Workspace] | None = None
    """Makes the workspace, instead of reading `reconciler.yaml`: an account of a fleet has none."""
    shared: Mapping[str, Places] = field(default_factory=dict)
    """Rate classes that it shares with others of this process."""
    submits: SharedPlaces | None = None
    """The limit of refresh tasks that it shares with them."""
    roster: Roster | None = None
    """The accounts that are asked about together with its own."""

    def named(self, path: Path) -> Path:
        """A path that somebody gave on the command line."""
        return (self.stands or self.root) / path

    @cached_property
    def workspace(self) -> Workspace:
        """Raises Invalid."""
        if self.made:
            return self.made()
        work = open_workspace(self.root, self.base_url, self.allowed_host, self.secret)
        return under_guardrails_of(work, self.base()) if self.base else work

    @cached_property
    def store(self) -> StateStore:
        """Lockfile, journal and run lock. Raises Invalid."""
        return stores.store_of(self.workspace.file, self.root, self.world, self.announced)

    @cached_property
    def keeping(self) -> Keeping:
        """Where variants lie: in the workspace, and where other machines find them. Raises Invalid."""
        from reconciler.apply.keeping import Keeping

        file = self.workspace.file
        archive = stores.archive_of(file, self.root, self.world)
        return Keeping(self.world.files, self.root, file.artifacts_folder, archive, self.announced)

    def require_durable_journal(self, *, allowed: bool) -> None:
        """Raises Refused where the journal would be lost with the machine, just when it is needed."""
        ephemeral = os.environ.get("CI", "").lower() in ("true", "1")
        if ephemeral and not allowed and not self.loopback and self.workspace.file.state.backend == "local":
            message = (
                "CI is set, and the journal would be lost with this machine, and with it the record of what was sent"
            )
            hint = "use `state: {backend: git}`; where the folder is kept, --allow-ephemeral-journal says so"
            raise Refused(Finding("R515", message, hint=hint))

    def ledger(self, command: str | None = None) -> Ledger:
        """The state as it is now. With a command it can be written to; the run lock must be held then."""
        work = self.workspace
        with usable():
            return Ledger.read(self.store, self.world, work.account, command)

    def journals(self) -> list[tuple[str, bytes]]:
        """(name, content) of every journal, oldest first, the one in use last."""
        with usable():
            return [*self.store.set_aside(), (journal.FILE, self.store.load()[1])]

    def stored_lockfile(self) -> bytes | None:
        """The lockfile as it is stored, without what the journal knows beyond it."""
        with usable():
            return self.store.load()[0]

    def documents(self) -> Sequence[Document]:
        """What the manifests say with everything put in, not yet checked. Raises Invalid."""
        loaded = load_documents(self.workspace, self.secret)
        if loaded.findings:
            raise Invalid(many=loaded.findings)
        return loaded.documents

    def desired(self, ledger: Ledger, *, births: bool = True, currency: str | None = None) -> dict[Address, Resource]:
        """What the manifests declare. Raises Invalid.

        `births`: whether anything would be created. `currency`: of the account, where the workspace names none.
        """
        return load_desired(self.workspace, self.secret, ledger.lock.all(), births=births, currency=currency)

    def desired_here(self) -> tuple[dict[Address, Resource], Mapping[Address, Entry]]:
        """The same without the network, checked by the clock, too, and what is bound: where the state lies elsewhere,
        its copy here tells. A copy that cannot be read is none."""
        bound: Mapping[Address, Entry] = {}
        if self.workspace.file.state.backend == "local":
            bound = self.ledger().lock.all()
        else:
            copy = LocalStore(self.world.files, self.root).load()[0]
            with contextlib.suppress(Invalid):
                bound = lockfile.parse(copy).all() if copy is not None else {}
        return load_desired(self.workspace, self.secret, bound, now=self.world.now()), bound

    def announced_here(self, desired: Mapping[Address, Resource], bound: Mapping[Address, Entry]) -> list[Finding]:
        """What the platform has announced about creates that are still to come."""
        found = []
        for address, one in desired.items():
            spoken = self.workspace.contracts.of(one.contract)
            is_there = one.adopt is not None or bool({address, *one.moved} & bound.keys())
            if not is_there and (told := spoken.ends(address.kind, one.fields, self.world.now())):
                place = Place(*one.source[:2])
                found.append(Finding("R728", f"{address}: {told[0]}", place, str(address), use=one.source.use))
        return found

    @contextmanager
    def writing(self, command: str) -> Iterator[Ledger]:
        """Hold the run lock, and the state that may be written while it is held. Raises Locked."""
        work = self.workspace
        about = origin(os.environ, self.world, self.secret)
        holder = {
            "who": about["actor"],
            "host": about["host"],
            "pid": about["pid"],
            "since": stamp(self.world.now()),
            "command": command,
            "run_url": about["run_url"],
        }
        with contextlib.ExitStack() as stack:
            with usable():
                stack.enter_context(self.store.lock(json.dumps(holder)))
                ledger = Ledger.read(self.store, self.world, work.account, command, about)
            with _recorded(ledger):
                yield ledger

    def reader(
        self,
        client: Client,
        ledger: Ledger,
        desired: Mapping[Address, Resource] = MappingProxyType({}),
        *,
        whole: bool = False,
    ) -> Reader:
        """Listings of the workspace's account, as far as what is declared, bound or open needs them; or of all that
        lives in it."""
        from reconciler.account.listing import Reader

        account, entries = self.workspace.file.account, ledger.lock.resources.values()
        names = {
            *(one.contract for one in desired.values()),
            *(one.contract for one in entries),
            *(one.contract for one in ledger.intents.values()),
        }
        spoken = self.workspace.contracts if whole else self.workspace.contracts.used(names)
        return Reader(client, spoken, account.advertiser_id, minor_digits(account.currency))

    def token(self) -> Secret:
        """The access token, fit for the host it goes to. Raises Credentials."""
        if self.secret is None:
            hint = "set TIKTOK_ACCESS_TOKEN, or TIKTOK_ACCESS_TOKEN_FILE to the name of a file that holds it"
            raise Credentials(Finding("R601", "there is no access token", hint=hint))
        if not self.secret.long and not self.loopback:
            message = f"the access token is too short: below {SHORTEST} characters it cannot be kept out of texts"
            hint = "TikTok's tokens are longer: give the whole of it; the simulator on this machine takes any"
            raise Credentials(Finding("R601", message, hint=hint))
        return self.secret

    def client(self, *, read_only: bool, stopped: Callable[[], bool] = never) -> Client:
        """The API. Raises Credentials without a token: nothing falls back to the simulator by itself.

        Raises Invalid for a rate window that cannot be one: before anything is sent.
        """
        from reconciler.api.client import Client
        from reconciler.api.transport import Logged, Network, ReadOnly

        token = self.token()
        api = self.workspace.file.api
        network = self.transport or Network(
            self.workspace.base_url, token, (api.timeout.connect, api.timeout.read), self.world, self.route, stopped
        )
        logged = Logged(network, self.requested, self.world) if self.requested else None
        with contextlib.suppress(OSError):
            # One that cannot be read stops the first call that needs a place in it.
            self.window.used()
        limiters = {name: self._places(name) for name in ("default", "ad_create")}
        return Client(
            ReadOnly(logged or network) if read_only else logged or network,
            {**limiters, "refresh_create": self.window},
            self.world,
            self.workspace.contracts.rate_class,
            throttle_wait=self.workspace.file.recovery.quiet_period / 12,
            on_wait=best_effort(self.waited),
            stopped=stopped,
            on_left=logged.tell if logged else nothing,
        )

    def _places(self, name: str) -> Places:
        """A rate class that processes share where the workspace names their file; else nobody is told of a read."""
        api = self.workspace.file.api
        if name in self.shared:
            return self.shared[name]
        if "rate_window" in api.model_fields_set:
            return self._window(name)
        return Limiter(windows(api.rate, name), self.world)

    def _window(self, name: str) -> SharedWindow:
        api = self.workspace.file.api
        path, longest = paths.window(self.root, api.rate_window), api.timeout.connect + api.timeout.read
        return SharedWindow(path, name, windows(api.rate, name), self.world, longest)

    @cached_property
    def window(self) -> SharedPlaces:
        """The developer app's limit of refresh tasks, shared with every process that names the same file."""
        return self.submits or self._window("refresh_create")

    @cached_property
    def fetcher(self) -> PreviewFetcher:
        """Downloads previews, which need no token and get none."""
        from reconciler.api.fetch import PreviewFetcher

        return PreviewFetcher(self.world, loopback=self.loopback, route=self.route)

    @cached_property
    def route(self) -> Route:
        """How calls leave this machine. Raises Invalid."""
        return route(self.root, self.workspace.file.api.network, os.environ)

    @property
    def loopback(self) -> bool:
        """Whether the API is on this machine."""
        return is_loopback(self.workspace.base_url)

    @property
    def in_ads_manager(self) -> str:
        """The account as links to Ads Manager name it; "" where it is none that Ads Manager shows."""
        return self.workspace.file.account.advertiser_id if has_ads_manager(self.workspace.base_url) else ""


def best_effort(say: Callable[..., None]) -> Callable[..., None]:
    """The same, and an output that is gone changes nothing of what is sent or recorded."""

    def quietly(*told: object) -> None:
        with contextlib.suppress(OSError, ValueError):
            say(*told)

    return quietly


@contextmanager
def usable() -> Iterator[None]:
    """Files of ours that the system cannot read or write are an error of the workspace, not a bug."""
    try:
        yield
    except OSError as error:
        # Of a file that takes another's place the other is meant.
        file = error.filename2 or error.filename
        parts = Path(file).parts if isinstance(file, str | Path) else ("the workspace",)
        name = "/".join(parts[-2 if len(parts) > 1 and parts[-2] == ".reconciler" else -1 :])
        why, hint = in_the_way(error) or (
            error.strerror or str(error),
            "fix the permissions, or make room; then run again",
        )
        raise ReconcilerError(Finding("R506", f"cannot use {name}: {why}", hint=hint)) from error


@contextmanager
def _recorded(ledger: Ledger) -> Iterator[None]:
    """The run's record says how it ended, also when a command has nothing to say of it; a killed run has no end."""
    try:
        yield
    except ReconcilerError as error:
        ledger.end(error.exit_code)
        raise
    except KeyboardInterrupt:
        ledger.end(130)
        raise
    except Exception as error:
        told = of_system(error)
        ledger.end(told.exit_code if told else 70)
        raise
    ledger.end(0)
