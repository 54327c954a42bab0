"""How long 104 creates take over a slow line, beside what the limits of the API alone would make of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.manifest.workspace import TIERS
from tests.benchmarks import tree
from tests.benchmarks.measure import Server, environment, ratios, run, spread
from tests.stories.marketing import scene

SECONDS = 0.3
"""What every request takes longer."""
SIZE = 104
STAGES = (("campaign", "default"), ("adgroup", "default"), ("ad", "ad_create"))
"""Kinds in the order they are made in, each with the class of its create (fact sheet of marketing, 1)."""


@dataclass(frozen=True, slots=True)
class Spanned:
    """`spans`: seconds from the first create to the reply of the last one, an apply each; `most`: under way at once."""

    counts: Sequence[int]
    spans: Sequence[float]
    walls: Sequence[float]
    most: int
    refused: int

    def bound(self, trip: float) -> float:
        """The least seconds that the limits allow, stage by stage, where a request takes `trip` seconds and a place is
        free a second after its reply."""
        rates = [TIERS["basic"][rate][0] for _, rate in STAGES]
        return sum((count - 1) // most * (1.0 + trip) + trip for count, most in zip(self.counts, rates, strict=True))


def measure(rounds: int, folder: Path) -> Spanned:
    """Into an empty account each time, under contract marketing, whose server refuses what comes too often."""
    env = environment(folder / "cache")
    kinds = [node.kind for node in tree.nodes(SIZE)]
    spans, walls, most, refused = [], [], 0, 0
    for number in range(rounds):
        work = folder / str(number)
        _write(work)
        with Server(env, folder, "rate=on", contract="marketing") as server:
            server.operate("load", {"advertiser_id": tree.ADVERTISER, "library_videos": scene.VIDEOS})
            (work / "reconciler.yaml").write_text(_workspace(server.url), encoding="utf-8")
            server.operate("faults", [{"delay": SECONDS}])
            command = [sys.executable, "-m", "reconciler", "-C", str(work), "-q", "apply", "--auto-approve"]
            walls.append(run(command, env, folder).wall)
            arrivals = server.arrivals()
        moments = [float(one["elapsed"]) for one in arrivals if one["method"] == "POST"]
        if len(moments) != SIZE:
            raise RuntimeError(f"{len(moments)} writes came, not {SIZE}")
        spans.append(moments[-1] - moments[0] + SECONDS)
        most = max(most, *(sum(one - SECONDS < other <= one for other in moments) for one in moments))
        refused += sum(one["code"] != 0 for one in arrivals)
    return Spanned([kinds.count(kind) for kind, _ in STAGES], spans, walls, most, refused)


def _write(work: Path) -> None:
    """Campaign → 5 ad groups → 4 ads of a video of the library each, as people write them."""
    (work / "manifests").mkdir(parents=True)
    made: dict[str, Callable[..., str]] = {"campaign": scene.campaign, "adgroup": scene.adgroup, "ad": scene.ad}
    documents = [made[node.kind](*(one for one in (node.name, node.parent) if one)) for node in tree.nodes(SIZE)]
    (work / "manifests" / "all.yaml").write_text("---\n".join(documents), encoding="utf-8")


def _workspace(url: str) -> str:
    """The limits are those of the lowest tier, as by default."""
    return (
        f'version: 1\naccount: {{advertiser_id: "{tree.ADVERTISER}", currency: USD}}\n'
        f"api: {{contract: marketing, base_url: {url}}}\nguardrails: {{max_daily_spend: 100000.00}}\n"
    )


def report(found: Spanned) -> Iterator[str]:
    """Beside both bounds: that of a place that counts from its reply, and that of the bare windows."""
    places, windows = found.bound(SECONDS), found.bound(0)
    of_places, of_windows = (spread(ratios(found.spans, [one] * len(found.spans))) for one in (places, windows))
    yield (
        f"makespan of {SIZE} creates at {SECONDS * 1000:.0f} ms a request: {spread(found.spans, 1)} s of "
        f"{spread(found.walls, 1)} s for the command; at most {found.most} under way, {found.refused} refused (goal 0)"
    )
    yield f"         / {places:.1f} s, allowed where a place counts from its reply: {of_places}, goal ≤ 1.2"
    yield f"         / {windows:.1f} s, the bare windows, as if the server answered at once: {of_windows}"
