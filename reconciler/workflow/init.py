"""`init`: a workspace that validates, and nothing that existed before is touched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.contracts.marketing.rules import LATEST_START
from reconciler.errors import Finding, Invalid, Place
from reconciler.manifest.paths import opened
from reconciler.manifest.workspace import FILE
from reconciler.workflow.demo import examples

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
_IGNORE = "artifacts/\ngallery/\n.reconciler/\n"
_GIT = """\
state: {backend: git}                    # on the branch reconciler-state, so that it outlives the runner
"""


def init(root: Path, contract: str, *, github: bool = False) -> list[str]:
    """Write the files and their schemas; returns their names. Raises Invalid when one exists already.

    `github`: the workflows of examples/gitops, too; in a folder that is a workspace already, only those.
    """
    from reconciler.workflow.schemas import schemas

    workflows = _workflows() if github else {}
    if workflows and (root / FILE).exists():
        return _write(root, workflows)
    text = _WORKSPACE.format(contract=contract, schema=".schemas")
    files = {
        FILE: text + _GIT if github else text,
        "manifests/first.yaml": _manifest(contract),
        ".gitignore": _IGNORE,
        **{f".schemas/{name}": text for name, text in schemas().items()},
        **workflows,
    }
    ignore = opened(root, ".gitignore")
    if ignore.is_file():
        known = ignore.read_text(encoding="utf-8")
        missing = [line for line in files.pop(".gitignore").splitlines() if line not in known.splitlines()]
        ignored = known + ("" if known.endswith("\n") or not known else "\n") + "".join(f"{line}\n" for line in missing)
    else:
        ignored = files.pop(".gitignore")
    return _write(root, files, {".gitignore": ignored})


def _manifest(contract: str) -> str:
    """A family of one. A start that must be given lies so far ahead that nobody finds it over who comes back later."""
    start = min(f"{datetime.now(UTC) + _AHEAD:%Y-%m-%d} 06:00:00", LATEST_START)
    return (_HEAD + _BELOW[contract]).format(schema="../.schemas", contract=contract, start=start)


def _workflows() -> dict[str, str]:
    """What a repository on GitHub needs, by path."""
    folder = examples() / "gitops"
    found = sorted(path for path in (folder / ".github").rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


def _write(root: Path, files: dict[str, str], over: Mapping[str, str] | None = None) -> list[str]:
    """New files, and `over` those that are there."""
    for name in files:
        opened(root, name)
    taken = [name for name in files if (root / name).exists()]
    if taken:
        hint = "run it in an empty folder, or name one with -C DIR"
        raise Invalid(*(Finding("R404", f"{name} already exists", Place(name, 1), hint=hint) for name in taken))
    whole = {**files, **(over or {})}
    for name, text in whole.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(whole)
