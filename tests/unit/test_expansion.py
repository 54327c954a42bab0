"""The creatives of a Smart+ ad, looked up in what is known of its refresh."""

from __future__ import annotations

import pytest

from reconciler.model import Address, Generation, RefreshEntry, Variant
from reconciler.plan.expansion import expand
from reconciler.plan.refreshes import inputs_of
from tests.unit.builders import at, entry, resource

HOOKS = at("refresh/hooks")
SPARK = {"identity_type": "TT_USER", "identity_id": "7"}


def test_a_variant_that_a_new_generation_has_taken_over_is_one_creative() -> None:
    """After `recover --resubmit` the ready slots stay: where generations join, only what is gone joins paused."""
    declared = resource("refresh/hooks", {"video_id": "v0", "strategies": ("SWAP_MUSIC",), "variants": 2})
    ready = tuple(Variant(slot, "ready", library_video_id=video) for slot, video in ((1, "a"), (2, "c")))
    made = Generation(2, inputs_of(declared, None), variants=ready)
    known: dict[Address, RefreshEntry] = {HOOKS: RefreshEntry(made, 2, past=(Generation(1, "before"),))}
    fields = {**SPARK, "creatives": ({"refresh": "hooks"},), "on_new_generation": "join"}
    before = [{**SPARK, "video_id": video, "source": f"refresh/hooks/1/{slot}"} for slot, video in ((1, "a"), (2, "b"))]
    ad = resource("ad/one", fields)
    found = expand(ad, entry("1", {"creatives": tuple(before)}), {HOOKS: declared, ad.address: ad}, {}, known, {})
    assert found.blocked is None
    statuses = {one["video_id"]: one.get("status") for one in found.fields["creatives"]}
    assert statuses == {"a": None, "b": "DISABLE", "c": None}


@pytest.mark.parametrize(
    ("how", "approved", "shown"),
    [
        ("replace", "", {"a": None, "b": None}),
        ("replace", "c", {"c": None, "b": None}),
        ("replace", "cd", {"c": None, "d": None}),
        ("join", "", {"a": None, "b": None}),
        ("join", "c", {"a": "DISABLE", "c": None, "b": None}),
        ("join", "cd", {"a": "DISABLE", "b": "DISABLE", "c": None, "d": None}),
    ],
)
def test_slots_that_are_listed_one_by_one(how: str, approved: str, shown: dict[str, str | None]) -> None:
    """Each keeps its own older variant until it is approved, and no two keep the same one."""
    given = {"video_id": "v0", "strategies": ("SWAP_MUSIC",), "variants": 2, "require_approval": True}
    declared = resource("refresh/hooks", given)
    ready = tuple(Variant(slot, "ready", sha256=video, library_video_id=video) for slot, video in ((1, "c"), (2, "d")))
    made = Generation(2, inputs_of(declared, None), variants=ready)
    known: dict[Address, RefreshEntry] = {HOOKS: RefreshEntry(made, 2, past=(Generation(1, "before"),))}
    uses = tuple({"refresh": "hooks", "variant": slot} for slot in (1, 2))
    before = [{**SPARK, "video_id": video, "source": f"refresh/hooks/1/{slot}"} for slot, video in ((1, "a"), (2, "b"))]
    ad = resource("ad/one", {**SPARK, "creatives": uses, "on_new_generation": how})
    decided = dict.fromkeys(approved, "approved")
    found = expand(ad, entry("1", {"creatives": tuple(before)}), {HOOKS: declared, ad.address: ad}, {}, known, decided)
    assert found.blocked is None
    assert {one["video_id"]: one.get("status") for one in found.fields["creatives"]} == shown


def test_a_slot_under_two_identities() -> None:
    """Each keeps what it has shown as itself."""
    declared = resource("refresh/hooks", {"video_id": "v0", "strategies": ("SWAP_MUSIC",), "variants": 1})
    made = Generation(2, inputs_of(declared, None), variants=(Variant(1, "ready", library_video_id="c"),))
    known: dict[Address, RefreshEntry] = {HOOKS: RefreshEntry(made, 1, past=(Generation(1, "before"),))}
    identities = tuple({"identity_type": "TT_USER", "identity_id": number} for number in ("7", "8"))
    uses = tuple({"refresh": "hooks", **one} for one in identities)
    before = tuple({**one, "video_id": "a", "source": "refresh/hooks/1/1"} for one in identities)
    ad = resource("ad/one", {"creatives": uses, "on_new_generation": "join"})
    found = expand(ad, entry("1", {"creatives": before}), {HOOKS: declared, ad.address: ad}, {}, known, {})
    assert found.blocked is None
    told = [(one["video_id"], one["identity_id"], one.get("status")) for one in found.fields["creatives"]]
    assert sorted(told, key=str) == [("a", "7", "DISABLE"), ("a", "8", "DISABLE"), ("c", "7", None), ("c", "8", None)]
