"""`init`: a workspace that validates, and nothing that existed before is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.contracts.marketing.rules import LATEST_START
from reconciler.errors import Finding, Invalid, Place
from reconciler.manifest.paths import opened, write
from reconciler.manifest.whole import all_or_none
from reconciler.manifest.workspace import FILE
from reconciler.world import Files

_WORKSPACE = """\
# yaml-language-server: $schema={schema}/workspace.schema.json
version: 1
account:
  advertiser_id: "7000000000000000001"   # your ad account: digits, in quotes
  currency: USD
api:
  contract: {contract}
guardrails:
  max_daily_spend: 100.00                # worst case a day of everything ENABLED
"""
_HEAD = """\
# yaml-language-server: $schema={schema}/manifest.{contract}.schema.json
kind: Campaign
name: first-campaign
spec:
  campaign_name: First campaign
"""
_MANUAL = """\
  objective_type: TRAFFIC
  budget_mode: BUDGET_MODE_DAY
  budget: 50.00
"""
_BELOW = {
    "openapi": _MANUAL
    + """\
---
kind: AdGroup
name: first-adgroup
spec:
  campaign: first-campaign
  placement_type: PLACEMENT_TYPE_AUTOMATIC
---
kind: Ad
name: first-ad
spec:
  adgroup: first-adgroup
  ad_format: SINGLE_VIDEO
  landing_page_url: https://example.com/
""",
    "marketing": _MANUAL
    + """\
---
kind: AdGroup
name: first-adgroup
spec:
  campaign: first-campaign
  placement_type: PLACEMENT_TYPE_AUTOMATIC
  budget_mode: BUDGET_MODE_DAY
  budget: 20.00
  promotion_type: WEBSITE
  optimization_goal: CLICK
  billing_event: CPC
  pacing: PACING_MODE_SMOOTH
  schedule_type: SCHEDULE_FROM_NOW
  schedule_start_time: "{start}"   # UTC, when it begins: set yours; at creation at most 12 hours ago
  location_ids: ["6252001"]                    # the United States
---
kind: Ad
name: first-ad
spec:
  adgroup: first-adgroup
  ad_format: SINGLE_VIDEO
  landing_page_url: https://example.com/
  identity_type: TT_USER                       # a TikTok account; BC_AUTH_TT: one that a Business Center shares
  identity_id: "a1b2c3d4-0000-4000-8000-000000000001"   # yours: `reconciler lookup identities` finds it
  video: {{video: first-video}}
  ad_text: Hello.
  call_to_action_id: "7100000000000000001"     # yours: a portfolio of calls to action
---
kind: Video
name: first-video
spec:
  url: https://cdn.example.com/first.mp4       # yours: .mp4 or .mov that anybody can fetch
""",
    "smart_plus": """\
  objective_type: WEB_CONVERSIONS
  budget_mode: BUDGET_MODE_DYNAMIC_DAILY_BUDGET
  budget: 50.00                                # on average; one day may cost 125 % of it
  budget_optimize_on: true                     # its ad groups share the budget
  sales_destination: WEBSITE
---
kind: AdGroup
name: first-adgroup
spec:
  campaign: first-campaign
  promotion_type: WEBSITE
  optimization_goal: TRAFFIC_LANDING_PAGE_VIEW  # CONVERT, with pixel_id and optimization_event, once there is a pixel
  billing_event: OCPM
  bid_type: BID_TYPE_NO_BID
  schedule_type: SCHEDULE_FROM_NOW
  schedule_start_time: "{start}"   # UTC, when it begins: set yours; at creation at most 12 hours ago
  targeting_spec:
    location_ids: ["6252001"]                  # the United States
---
kind: Ad
name: first-ad
spec:
  adgroup: first-adgroup
  creatives:
  - {{video: first-video}}
  landing_page_url: https://example.com/
  identity_type: TT_USER                       # a TikTok account; BC_AUTH_TT: one that a Business Center shares
  identity_id: "a1b2c3d4-0000-4000-8000-000000000001"   # yours: `reconciler lookup identities` finds it
  ad_texts: [Hello.]
  call_to_action_id: "7100000000000000001"     # yours: a portfolio of calls to action
---
kind: Video
name: first-video
spec:
  url: https://cdn.example.com/first.mp4       # yours: .mp4 or .mov that anybody can fetch
""",
}
_AHEAD = timedelta(days=90)
_FIRST = "manifests/first.yaml"
_IGNORED = ".gitignore"
_IGNORE = "artifacts/\ngallery/\n.reconciler/\n"
_GIT = """\
state: {backend: git}                    # on the branch reconciler-state, so that it outlives the runner
"""


@dataclass(frozen=True, slots=True)
class Made:
    """What `init` wrote, by name, and what was there and stayed as it was."""

    written: list[str]
    left: list[str]


@dataclass(frozen=True, slots=True)
class Beside:
    """What a repository gets beside a workspace: files by their path from its top."""

    top: Path
    files: Mapping[str, str]


def init(files: Files, root: Path, contract: str, *, beside: Beside | None = None) -> Made:
    """Write the files and their schemas. Raises Invalid when one exists already, and OSError with none of them made.

    With `beside` what exists stays, and manifests get no example.
    """
    from reconciler.workflow.schemas import schemas

    if beside:
        own = {} if (root / FILE).exists() else _workspace(root, contract, schemas(), state=_GIT)
        if any(path.is_file() for path in (root / "manifests").rglob("*.y*ml")):
            own.pop(_FIRST, None)
        made, above = _missing(files, root, own), _missing(files, beside.top, beside.files)
        prefix = "" if beside.top.resolve() == root.resolve() else f"{beside.top}/"
        left = [FILE] if not own else []
        return Made(
            made.written + [prefix + name for name in above.written],
            left + made.left + [prefix + name for name in above.left],
        )
    return Made(_write(files, root, _workspace(root, contract, schemas())), [])


def _workspace(root: Path, contract: str, schemas: Mapping[str, str], *, state: str = "") -> dict[str, str]:
    return {
        FILE: _WORKSPACE.format(contract=contract, schema=".schemas") + state,
        _FIRST: _manifest(contract),
        **{f".schemas/{name}": text for name, text in schemas.items()},
        _IGNORED: _ignored(root),
    }


def _ignored(root: Path) -> str:
    """What is ignored already, and what must be."""
    path = opened(root, _IGNORED)
    known = path.read_bytes().decode("utf-8", "surrogateescape") if path.is_file() else ""
    end = "\r\n" if "\r\n" in known else "\n"
    missing = [line for line in _IGNORE.splitlines() if line not in known.splitlines()]
    start = end if missing and known and not known.endswith("\n") else ""
    return known + start + "".join(f"{line}{end}" for line in missing)


def _missing(files: Files, root: Path, texts: Mapping[str, str]) -> Made:
    """Write what is not there yet; a list of ignored files is gone on with."""
    left = [name for name in texts if name != _IGNORED and (root / name).exists()]
    return Made(_write(files, root, {name: text for name, text in texts.items() if name not in left}), left)


def _manifest(contract: str) -> str:
    """A family of one. A start that must be given lies so far ahead that nobody finds it over who comes back later."""
    start = min(f"{datetime.now(UTC) + _AHEAD:%Y-%m-%d} 06:00:00", LATEST_START)
    return (_HEAD + _BELOW[contract]).format(schema="../.schemas", contract=contract, start=start)


def _write(files: Files, root: Path, texts: Mapping[str, str]) -> list[str]:
    """New files, and the list of ignored ones, which may be there. What an `init` that was killed has left is ours."""
    for name in texts:
        opened(root, name)
    if FILE in texts and (root / FILE).exists():
        hint = "it is a workspace: edit its files, or make another one in an empty folder, with -C DIR"
        raise Invalid(Finding("R404", f"{FILE} already exists", Place(FILE, 1), hint=hint))
    taken = [
        name
        for name, text in texts.items()
        if name != _IGNORED and (root / name).exists() and not _says(root / name, text)
    ]
    if taken:
        hint = "run it in an empty folder, or name one with -C DIR"
        raise Invalid(*(Finding("R404", f"{name} already exists", Place(name, 1), hint=hint) for name in taken))
    with all_or_none(root / name for name in texts):
        # The workspace file last: where it stands, an `init` came to its end.
        for name in reversed([*texts]):
            write(files, root, name, texts[name].encode("utf-8", "surrogateescape"))
    return list(texts)


def _says(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()
