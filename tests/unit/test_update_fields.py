"""What an update takes, by the official SDK, is what our rows say can change and is carried along."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.contracts.fields import WireField
from reconciler.contracts.marketing.binding import MARKETING
from reconciler.simulator.marketing import adgroups, campaigns, creatives

SDK = json.loads(Path(__file__).with_name("update_fields.json").read_text("utf-8"))
REPLACING = ("adgroup", "ad")
"""Kinds whose update may set back what is not sent; a campaign's merges."""
NOT_CARRIED: Mapping[tuple[str, str], str] = {
    ("adgroup", "bid_type"): "an ad group has one always, and sending it again is refused under a shared budget",
    ("adgroup", "schedule_type"): "an ad group has one always: an update that leaves it out cannot empty it",
    ("adgroup", "schedule_start_time"): "sending it again is refused once the ad group has started",
}
NOT_OF_THE_SDK: Mapping[tuple[str, str], str] = {
    ("ad", "landing_page_urls"): "an ad of several pages has no landing_page_url, and cannot be without any page",
}


def rows(kind: str) -> dict[str, WireField]:
    """Wire name → row of one kind; its status has a call of its own."""
    return {one.wire or one.name: one for one in MARKETING.bindings[kind].rows if one.name != "status"}


@pytest.mark.parametrize("kind", ["campaign", *REPLACING])
def test_what_the_sdk_can_change_can_be_changed(kind: str) -> None:
    """Each name of the update body has a row in contracts/marketing/rows.py that is not fixed."""
    known = rows(kind)
    forgotten = [name for name in SDK[kind] if name not in known or known[name].changing == "fixed"]
    assert forgotten == [], f"contracts/marketing/rows.py: no row of {kind} lets these change"


@pytest.mark.parametrize("kind", REPLACING)
def test_what_the_sdk_can_change_is_carried_along(kind: str) -> None:
    """An update that replaces sets nothing back, but for exceptions that have a reason each."""
    excused = {name for one, name in NOT_CARRIED if one == kind}
    left = {name for name in SDK[kind] if name in rows(kind) and not rows(kind)[name].carried}
    assert left == excused, f"contracts/marketing/rows.py: {kind} does not carry these, or no longer has to be excused"


@pytest.mark.parametrize("kind", ["campaign", *REPLACING])
def test_nothing_is_carried_that_no_update_takes(kind: str) -> None:
    """What the body has no place for would make the platform refuse the whole update."""
    excused = {name for one, name in NOT_OF_THE_SDK if one == kind}
    found = {name for name, one in rows(kind).items() if one.changing != "fixed" or one.carried} - set(SDK[kind])
    assert found == excused, f"contracts/marketing/rows.py: the update body of a {kind} has none of these"


def test_the_simulator_takes_what_the_sdk_sends() -> None:
    """Each name of the update bodies is a field of the simulator's call."""
    taken = {
        "campaign": {one.name for one in campaigns.UPDATE},
        "adgroup": {one.name for one in adgroups.UPDATE},
        "ad": {one.name for one in (*creatives.IDENTITY, *creatives.BODY, *creatives.UPDATED)}
        | {"ad_name", "ad_format"},
    }
    missing = {kind: sorted(set(SDK[kind]) - names) for kind, names in taken.items()}
    assert missing == {kind: [] for kind in taken}, "reconciler/simulator/marketing: update bodies lack these"
