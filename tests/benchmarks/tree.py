"""One synthetic account for every benchmark: campaign → 5 ad groups → 4 ads each, 1 % of it changed.

The same tree as three things: manifests (changed), rows to load into the simulator (unchanged), and the lockfile that
binds one to the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from reconciler.model import Address, LockEntry, Number, Source
from reconciler.state.lockfile import FILE, Lock, dump

ADVERTISER = "7000000000000000001"
PER_FILE = 260
"""Ten campaigns with all that is theirs."""
LISTS = {"campaign": "campaigns", "adgroup": "adgroups", "ad": "ads"}


class Node(NamedTuple):
    """One resource: its number, its kind, its manifest's name and its parent's."""

    number: int
    kind: str
    name: str
    parent: str | None


def nodes(size: int) -> Iterator[Node]:
    """Exactly `size` resources, parents first, each campaign with all that is below it."""
    for number, (kind, name, parent) in enumerate(islice(_endless(), size)):
        yield Node(number, kind, name, parent)


def _endless() -> Iterator[tuple[str, str, str | None]]:
    campaign = 0
    while True:
        yield "campaign", f"c{campaign}", None
        for group in range(5):
            yield "adgroup", f"c{campaign}-g{group}", f"c{campaign}"
            for ad in range(4):
                yield "ad", f"c{campaign}-g{group}-a{ad}", f"c{campaign}-g{group}"
        campaign += 1


def fields(node: Node, *, changed: bool = False) -> dict[str, str]:
    """The fields of its spec; every hundredth differs when `changed`."""
    edited = changed and node.number % 100 == 8
    title = f"{node.kind} {node.name} spring 2026"
    budget = f"{50 + node.number % 900 + (10_000 if edited else 0)}.00"
    if node.kind == "campaign":
        return {
            "campaign_name": title,
            "objective_type": "TRAFFIC",
            "budget_mode": "BUDGET_MODE_DAY",
            "budget": budget,
            "status": "DISABLE",
        }
    if node.kind == "adgroup":
        return {
            "adgroup_name": title,
            "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
            "budget_mode": "BUDGET_MODE_DAY",
            "budget": budget,
        }
    return {
        "ad_name": title,
        "ad_format": "SINGLE_IMAGE" if edited else "SINGLE_VIDEO",
        "landing_page_url": f"https://example.com/p/{node.number}?src={node.kind}",
    }


def manifest(node: Node, *, changed: bool = True) -> str:
    """Its document. The labels bring it to as many YAML events as a resource of the floor has."""
    titles = {"campaign": "Campaign", "adgroup": "AdGroup", "ad": "Ad"}
    parents = {"adgroup": "campaign", "ad": "adgroup"}
    lines = [
        f"kind: {titles[node.kind]}",
        f"name: {node.name}",
        "labels:",
        f"  team: t{node.number % 20}",
        "  tier: gold",
        "  season: spring",
        f"  market: m{node.number % 3}",
        f"  owner: person-{node.number % 7}",
        "spec:",
        *([f"  {parents[node.kind]}: {node.parent}"] if node.parent else []),
        *(f"  {name}: {value}" for name, value in fields(node, changed=changed).items()),
    ]
    return "\n".join(lines) + "\n"


def write_manifests(size: int, root: Path, *, changed: bool = True) -> None:
    """The manifests and the workspace file without its address."""
    folder = root / "manifests"
    folder.mkdir(parents=True)
    every = list(nodes(size))
    for start in range(0, size, PER_FILE):
        text = "---\n".join(manifest(node, changed=changed) for node in every[start : start + PER_FILE])
        (folder / f"part{start // PER_FILE:05d}.yaml").write_text(text, encoding="utf-8")


def write_workspace(root: Path, url: str) -> None:
    """The workspace file: everything is as by default, but the simulator may be called as fast as it answers."""
    fast = "{per_second: 10000, per_minute: 600000}"
    text = (
        f'version: 1\naccount: {{advertiser_id: "{ADVERTISER}", currency: USD}}\n'
        f"api:\n  contract: openapi\n  base_url: {url}\n  rate: {{default: {fast}, ad_create: {fast}}}\n"
        "guardrails: {max_daily_spend: 9999999999.00}\n"
    )
    (root / "reconciler.yaml").write_text(text, encoding="utf-8")


def load_body(size: int) -> dict[str, Any]:
    """The account as the simulator takes it in."""
    body: dict[str, Any] = {"advertiser_id": ADVERTISER, **{plural: [] for plural in LISTS.values()}}
    positions: dict[str, int] = {}
    for node in nodes(size):
        rows = body[LISTS[node.kind]]
        positions[node.name] = len(rows)
        row: dict[str, Any] = {key: Cents(value) if key == "budget" else value for key, value in fields(node).items()}
        if node.parent:
            row["parent"] = positions[node.parent]
        rows.append(row)
    return body


class Cents(float):
    """An amount that JSON shows with its cents."""

    def __repr__(self) -> str:
        return f"{self:.2f}"


def write_lockfile(size: int, root: Path, ids: dict[str, list[str]]) -> None:
    """Binds every manifest to the id that the simulator gave, as an apply before the changes would have."""
    left = {kind: iter(ids[plural]) for kind, plural in LISTS.items()}
    above = {"adgroup": "campaign", "ad": "adgroup"}
    lock = Lock("00000000-0000-4000-8000-000000000000", 1, {"advertiser_id": ADVERTISER, "currency": "USD"})
    line = 1
    for node in nodes(size):
        line = 1 if node.number % PER_FILE == 0 else line
        applied = {key: Number(value) if key == "budget" else value for key, value in fields(node).items()}
        parent = Address(above[node.kind], node.parent) if node.parent else None
        source = Source(f"manifests/part{node.number // PER_FILE:05d}.yaml", line)
        line += manifest(node).count("\n") + 1
        entry = LockEntry(next(left[node.kind]), parent, applied, source=source, contract="openapi")
        lock.resources[Address(node.kind, node.name)] = entry
    (root / FILE).write_bytes(dump(lock))


def pages(size: int, page_size: int = 1000) -> int:
    """The fewest requests that list the tree, kind by kind: an empty list takes one, too."""
    kinds = [node.kind for node in nodes(size)]
    return sum(max(1, -(-kinds.count(kind) // page_size)) for kind in LISTS)
