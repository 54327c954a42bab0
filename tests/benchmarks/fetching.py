"""G5: the wall time of all listings of a large account over a slow line, in turn with the same requests in a row."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.account.listing import Reader
from reconciler.api.secret import Secret
from reconciler.workflow.session import Session
from tests.benchmarks import tree
from tests.benchmarks.measure import TOKEN, Server, environment, ratios, spread

ROWS, SECONDS = 100_000, 0.05
"""So many, and what every request takes longer."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Wall seconds, round by round; `served`: of the requests one after another where the line takes no time."""

    requests: int
    together: Sequence[float]
    apart: Sequence[float]
    served: float


def measure(rounds: int, folder: Path) -> Fetched:
    """One account; the server is a process of its own."""
    workspace = folder / "workspace"
    workspace.mkdir(parents=True)
    with Server(environment(folder / "cache"), folder) as server:
        tree.write_workspace(workspace, server.url)
        server.operate("load", tree.load_body(ROWS))
        served = _seconds(lambda: one_after_another(reader(workspace)))
        server.operate("faults", [{"delay": SECONDS}])
        server.operate("reset-log", {})
        together(reader(workspace))
        requests = len(server.arrivals())
        pairs = [
            (_seconds(lambda: together(reader(workspace))), _seconds(lambda: one_after_another(reader(workspace))))
            for _ in range(rounds)
        ]
    return Fetched(requests, [ours for ours, _ in pairs], [apart for _, apart in pairs], served)


def reader(workspace: Path) -> Reader:
    """As a plan has it, with connections of its own."""
    session = Session(workspace, None, None, Secret(TOKEN))
    return session.reader(session.client(read_only=True), session.ledger())


def together(ours: Reader) -> None:
    """As a plan reads them."""
    ours.begin(ours.contracts.kinds)
    rows = sum(len(one.take().rows) for one in ours.coming.values())
    assert rows == ROWS


def one_after_another(ours: Reader) -> None:
    """The same pages, by the same client."""
    rows, own = 0, ours.contracts.own
    for kind in ours.contracts.kinds:
        path, query = own.list_query(kind, ours.advertiser)
        page, pages = 0, 1
        while page < pages:
            page += 1
            told = {"page": str(page), "page_size": str(own.bindings[kind].page_size)}
            data = ours.client.read(path, {**query, **told}).data
            pages = data["page_info"]["total_page"]
            rows += len(data["list"])
    assert rows == ROWS


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def report(found: Fetched) -> list[str]:
    """The row."""
    what = f"G5 wall of listing {ROWS} rows, {found.requests} requests at {SECONDS * 1000:.0f} ms: "
    both = f"{spread(found.together)} s / one after another {spread(found.apart)} s"
    return [
        f"{what}{both}: {spread(ratios(found.together, found.apart))}, goal ≤ 0.30",
        f"  one after another at 0 ms, which the server and reading take: {found.served:.2f} s",
    ]
