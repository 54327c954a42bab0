"""What is as it should be is passed over at one look: only if nothing at all is to be done, said or recorded."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.contracts.registry import Contracts
from reconciler.contracts.smart_plus.binding import SMART_PLUS
from reconciler.model import Fields, Lifecycle, LiveObject, LockEntry, Resource
from reconciler.plan.basis import Basis
from tests.unit.builders import basis, decided, entry, live, money, resource

TOP = resource("campaign/c", {"status": "DISABLE"})
# A listing shows an ad group's budget, but never its pacing.
FIELDS = {"adgroup_name": "g", "budget": money("50.00"), "pacing": "PACING_MODE_SMOOTH"}
GROUP = resource("adgroup/g", FIELDS, parent="campaign/c", name="g")
BOUND = entry("22", FIELDS, parent="campaign/c")
SHOWN = live("22", "g", "11", adgroup_name="g", budget=money("50.00"), status="ENABLE")
OLD = live("33", "g (replaced 22)", "11", status="ENABLE")


def _basis(one: Resource = GROUP, known: LockEntry = BOUND, there: LiveObject = SHOWN, **more: Any) -> Basis:
    """An ad group under a campaign that is as it should be."""
    above = live("11", "c", status="DISABLE", campaign_name="c")
    entries = {"campaign/c": entry("11", {"status": "DISABLE"}), "adgroup/g": known}
    return basis([TOP, one], entries, {"campaign": [above], "adgroup": [there, OLD]}, **more)


def test_what_is_as_it_should_be() -> None:
    """No row, no word, no entry; a field that no listing shows is as it was applied."""
    draft = decided(_basis())
    assert (draft.unchanged, draft.changes, draft.warnings, draft.entries) == (2, [], [], {})


def _shown(**fields: Any) -> LiveObject:
    return SHOWN._replace(fields={**SHOWN.fields, **fields})


def _without(fields: Fields, name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


@pytest.mark.parametrize(
    "given",
    [
        {"one": replace(GROUP, fields={**FIELDS, "pacing": "PACING_MODE_FAST"})},
        {"one": replace(GROUP, fields=_without(FIELDS, "pacing"))},
        {"one": replace(GROUP, parent=None, refs={})},
        {"one": replace(GROUP, source=GROUP.source._replace(line=7))},
        {"one": replace(GROUP, lifecycle=Lifecycle("delete"))},
        {"one": replace(GROUP, lifecycle=Lifecycle(protect=True))},
        {"one": replace(GROUP, lifecycle=Lifecycle(ignore=frozenset({"pacing"})))},
        {"one": replace(GROUP, contract="openapi")},
        {"known": replace(BOUND, applied=_without(FIELDS, "pacing"))},
        {"known": replace(BOUND, parent=None)},
        {"known": replace(BOUND, unpaused=True)},
        {"known": replace(BOUND, removed_at="2026-01-01T00:00:00Z")},
        {"known": replace(BOUND, replaces="33")},
        {"known": replace(BOUND, replaces="44")},
        {"known": replace(BOUND, stored_as={"pacing": ("other", "stored")})},
        {"known": replace(BOUND, paused=({"video_id": "v"},))},
        {"there": _shown(budget=money("60.00"))},
        {"there": SHOWN._replace(fields=_without(SHOWN.fields, "budget"))},
        {"there": SHOWN._replace(parent="12")},
        {"there": SHOWN._replace(foreign=True)},
        {"there": SHOWN._replace(contract="marketing")},
        {
            "one": replace(GROUP, fields=_without(FIELDS, "adgroup_name")),
            "known": replace(BOUND, applied=_without(FIELDS, "adgroup_name")),
            "there": SHOWN._replace(name="g (replaced 22)"),
        },
        {"replace": frozenset({GROUP.address})},
        {"replace": frozenset({TOP.address})},
    ],
)
def test_what_is_not(given: dict[str, Any]) -> None:
    """Whatever one thing differs, somebody hears of it, or the lockfile does."""
    draft = decided(_basis(**given))
    told = {one.address for one in draft.changes} | draft.entries.keys()
    assert GROUP.address in told or any("adgroup/g" in one for one in draft.warnings)


def test_a_list_that_others_add_to_is_always_looked_into() -> None:
    """Where it is as it was applied, the lockfile still learns which creative has which id."""
    creatives = ({"video_id": "v1", "identity_type": "TT_USER", "identity_id": "5"},)
    ad = replace(resource("ad/a", {"creatives": creatives}), contract=SMART_PLUS.name)
    there = live("7", "a", creatives=creatives)._replace(contract=SMART_PLUS.name)
    known = entry("7", {"creatives": creatives}, contract=SMART_PLUS.name)
    given = replace(basis([ad], {"ad/a": known}, {"ad": [there]}), contracts=Contracts(OPENAPI, (SMART_PLUS,)))
    draft = decided(given)
    after = draft.entries[ad.address]
    assert draft.unchanged == 1
    assert isinstance(after, LockEntry)
    assert [one["video_id"] for one in after.creatives] == ["v1"]
