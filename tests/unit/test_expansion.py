"""The creatives of a Smart+ ad, looked up in what is known of its refresh."""

from __future__ import annotations

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
