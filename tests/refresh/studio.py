"""A studio on the virtual clock: it takes submits, tells states, hands out films; and a driver that uses it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.account.listing import Reader
from reconciler.api.client import Client
from reconciler.api.fetch import FetchFailed, PreviewFetcher
from reconciler.api.limits import Limiter
from reconciler.api.transport import Failure, Reply, Request
from reconciler.api.window import SharedWindow
from reconciler.apply.keeping import Keeping
from reconciler.apply.outcomes import Outcomes
from reconciler.apply.run import Run
from reconciler.apply.send import Sender
from reconciler.apply.variants import Driver
from reconciler.contracts import refresh as calls
from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.contracts.registry import Contracts
from reconciler.model import Address, Change, RefreshWork
from reconciler.simulator import films
from reconciler.state.archive import Archive
from reconciler.state.ledger import Ledger
from tests.refresh.clockwork import ClockWorld
from tests.refresh.records import HERO, SENT, UPLOADED, WHERE
from tests.unit.builders import at
from tests.unit.worlds import MemoryStore, envelope

ROOT = Path("/somewhere")
WINDOWS = {1.0: 1, 60.0: 5}
FILM = films.template(films.SOURCE)


@dataclass
class Studio:
    """Every task takes `seconds`. `fails` and `fetch_fails` say which task and which download go wrong."""

    world: ClockWorld
    seconds: Callable[[int], float] = lambda _: 60.0
    delay: float = 0.05
    fails: Callable[[str], bool] = lambda _: False
    fetch_fails: Callable[[str], FetchFailed | None] = lambda _: None
    lost: Callable[[int], bool] = lambda _: False
    submits: list[float] = field(default_factory=list)
    polls: list[tuple[float, list[str]]] = field(default_factory=list)
    rejected: int = 0
    on_submit: Callable[[int], None] = lambda _: None

    def send(self, request: Request) -> Reply:
        """One call; the server counts it at its arrival."""
        self.world.sleep(self.delay / 2)
        reply = self._answer(request)
        self.world.sleep(self.delay / 2)
        return reply

    def _answer(self, request: Request) -> Reply:
        now = self.world.now()
        if request.path == calls.SUBMIT:
            recent = [one for one in self.submits if one > now - 60 + 1e-6]
            if len(recent) >= 5 or any(one > now - 1 + 1e-6 for one in recent):
                self.rejected += 1
                return envelope(code=40100, message="too fast")
            self.submits.append(now)
            self.on_submit(len(self.submits))
            if self.lost(len(self.submits)):
                raise Failure("the connection broke", sent=True)
            return envelope({"task_ids": [f"t{len(self.submits)}"]})
        if request.path == calls.TASKS:
            ids = json.loads(request.query["task_ids"])
            assert 1 <= len(ids) <= 5
            self.polls.append((now, ids))
            return envelope({"list": [self._row(one, now) for one in ids]})
        assert request.path == calls.VIDEOS
        return envelope({})

    def _row(self, task: str, now: float) -> dict[str, Any]:
        number = int(task[1:])
        row = {"task_id": task, "aigc_video_type": "REFRESH_VIDEO", "status": "PROCESSING", "video_name": "n"}
        if now < self.submits[number - 1] + self.seconds(number):
            return row
        if self.fails(task):
            return {**row, "status": "FAILED"}
        return {**row, "status": "SUCCESS", "video_id": f"v{number:05d}", "preview_url": f"https://x.example/{task}"}

    def fetch(self, url: str, sink: Callable[[bytes], None]) -> object:
        """Instead of the fetcher: the film behind a preview."""
        failure = self.fetch_fails(url.rpartition("/")[2])
        if failure is not None:
            raise failure
        sink(FILM)
        return None


class Lines(MemoryStore):
    """A store whose journal may be long."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[bytes] = []

    def append(self, line: bytes, *, sync: bool) -> None:
        """One line more."""
        self.lines.append(line)


@dataclass
class Rig:
    """A driver with everything it needs."""

    world: ClockWorld
    studio: Studio
    store: Lines
    ledger: Ledger
    driver: Driver
    told: list[str]


def rig(
    world: ClockWorld | None = None,
    stopped: Callable[[], bool] | None = None,
    archive: Archive | None = None,
    **studio: Any,
) -> Rig:
    """A driver over a studio, with an uploaded source and an empty lockfile."""
    world = world or ClockWorld()
    made = Studio(world, **studio)
    store = Lines()
    ledger = Ledger.read(store, world, {"advertiser_id": "7000000000000000001"}, "apply")
    ledger.change({HERO: UPLOADED}, "test")
    window = SharedWindow(ROOT / ".reconciler/rate.json", "refresh_create", WINDOWS, world)
    limiters: dict[str, Limiter | SharedWindow] = {"default": Limiter({1.0: 10}, world), "refresh_create": window}
    client = Client(made, limiters, world, OPENAPI.rate_class)
    told: list[str] = []
    fetcher: PreviewFetcher = made  # type: ignore[assignment] # it has the one method that is used
    spoken = Contracts(OPENAPI)
    reader = Reader(client, spoken, "7000000000000000001", 2)
    run = Run(world, client, reader, spoken, ledger, 180.0, stopped or (lambda: False), told.append)
    driver = Driver(
        run,
        Sender(run),
        Outcomes(),
        window=window,
        fetcher=fetcher,
        keeping=Keeping(world.files, ROOT, "artifacts", archive, told.append),
        poll_seconds=5,
    )
    return Rig(world, made, store, ledger, driver, told)


def rows(*counts: int) -> Sequence[Change]:
    """One row for each number of variants: `refresh/r1`, `refresh/r2`, …"""
    return [_row(at(f"refresh/r{number}"), count) for number, count in enumerate(counts, 1)]


def _row(address: Address, count: int) -> Change:
    slots = tuple((slot,) for slot in range(1, count + 1))
    made = RefreshWork(1, "i1", slots, {"strategies": ("SWAP_MUSIC",)}, count, 3, HERO, None, WHERE, SENT)
    return Change(address, "refresh", "new", work=made, source=WHERE)
