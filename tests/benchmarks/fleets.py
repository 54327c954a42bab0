"""Many accounts of one fleet: reading, rendering and checking all of them without the network."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import environment, in_turn, middle, spread

_MODULE = Path(__file__).resolve().parents[2] / "examples" / "environments" / "modules" / "launch"
_FLEET = """\
version: 1
app: {name: agency}
api: {contract: smart_plus, base_url: "http://127.0.0.1:9"}
groups: [{token: {env: TIKTOK_ACCESS_TOKEN}, guardrails: {max_daily_spend: 500.00}}]
rings: [{name: canary, match: {ring: canary}}, {name: rest}]
defaults:
  Ad: {identity_type: TT_USER, identity_id: a1b2c3d4-0000-4000-8000-000000000001}
"""
_VIDEO = "kind: Video\nname: hero\nspec: {url: https://cdn.example.com/hero.mp4}\n"
_ACCOUNT = """\
version: 1
name: {name}
account: {{advertiser_id: "{number}", currency: USD, timezone: America/New_York}}
labels: {{client: c{client}, ring: {ring}}}
uses:
- {{module: shared, name: shared}}
- module: launch
  name: spring
  inputs: {{country: "6252001", budget: {budget}.00, video: shared-hero, landing: "https://example.com/{number}"}}
"""
DOCUMENTS = 5
"""Of each account: campaign, ad group, two ads, video."""
_FIRST = 7_000_000_000_000_000_001


@dataclass(frozen=True, slots=True)
class Checked:
    """CPU seconds of `fleet validate` over all accounts, of `fleet list`, and of `fleet report --html`; bytes of the
    first page of that."""

    accounts: int
    whole: Sequence[float]
    listed: Sequence[float]
    told: Sequence[float]
    page: int


def write(root: Path, accounts: int) -> Path:
    """A fleet of so many accounts, each with a use of the module of examples/environments."""
    for name, texts in {
        "launch": {one.name: one.read_text("utf-8") for one in _MODULE.iterdir()},
        "shared": {"module.yaml": "inputs: {}\n", "video.yaml": _VIDEO},
    }.items():
        (root / "modules" / name).mkdir(parents=True)
        for file, text in texts.items():
            (root / "modules" / name / file).write_text(text, "utf-8")
    (root / "accounts").mkdir()
    (root / "fleet.yaml").write_text(_FLEET, "utf-8")
    for number in range(accounts):
        name, ring = f"client-{number:05}", "rest" if number % 9 else "canary"
        about = {"client": number % 40, "ring": ring, "budget": 20 + number % 90, "number": _FIRST + number}
        (root / "accounts" / f"{name}.yaml").write_text(_ACCOUNT.format(name=name, **about), "utf-8")
    return root


def measure(accounts: int, rounds: int, folder: Path) -> Checked:
    """Each command is a process from its start to its end."""
    root = write(folder / "fleet", accounts)
    command = [sys.executable, "-m", "reconciler", "--quiet", "fleet"]
    sides = [[*command, "validate"], [*command, "list"], [*command, "report", "--html", "out"]]
    whole, listed, told = (
        [one.cpu for one in side] for side in in_turn(sides, environment(folder / "cache"), root, rounds)
    )
    return Checked(accounts, whole, listed, told, (root / "out" / "index.html").stat().st_size)


def report(found: Checked) -> list[str]:
    """A row of the table of goals."""
    each = middle(found.whole) * 1000 / found.accounts
    return [
        f"fleet: {found.accounts} accounts of {DOCUMENTS} documents read, rendered and checked: CPU "
        f"{spread(found.whole, 1)} s, {each:.1f} ms an account, goal ≤ 20 s for 5000; "
        f"`fleet list` {spread(found.listed, 1)} s",
        f"fleet: `report --html`, with {found.accounts} pages of accounts: CPU {spread(found.told, 1)} s; "
        f"its first page has {found.page / 1e6:.1f} MB, goal ≤ 5",
    ]
