"""Deliberate breakages of what only the marketing contract has: births, replacements, videos in ads, waiting steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from reconciler.apply import waiting
from reconciler.apply.executor import Executor
from reconciler.apply.keeping import Keeping
from reconciler.apply.uploads import Uploads
from reconciler.contracts.contract import Contract
from reconciler.model import Asset, Call, Variant
from reconciler.plan import actions, edges, sending, updates, videos
from tests.simulation.mutants import Mutant, Patch, at_stage


def _no_births(patch: Patch) -> None:
    """Nobody looks whether what was made is paused."""
    patch.setattr(Executor, "_births", lambda *_: [])


def _silent_birth(patch: Patch) -> None:
    """A create does not ask for a paused object."""
    whole = Contract.create

    def create(self: Contract, *given: Any) -> Call:
        call = whole(self, *given)
        nested = [{key: one[key] for key in one if key != "operation_status"} for one in call.body.get("creatives", ())]
        body = {key: value for key, value in call.body.items() if key != "operation_status"}
        return replace(call, body={**body, "creatives": nested} if nested else body)

    patch.setattr(Contract, "create", create)


def _retired_first(patch: Patch) -> None:
    """What is replaced is paused before its successor is made."""
    at_stage(patch, "RETIRE", sending.CREATE - 1)


def _retired_late(patch: Patch) -> None:
    """A successor is enabled while what it replaces still is."""
    at_stage(patch, "RETIRE", sending.ENABLE + 5)


def _replaces_forgotten(patch: Patch) -> None:
    """The lockfile does not know what a successor stands in for."""
    whole = actions._create

    def create(change: Any, basis: Any, replaces: str | None = None) -> Any:
        return whole(change, basis)

    patch.setattr(actions, "_create", create)


def _another_name(patch: Patch) -> None:
    """An upload that got lost is made again under a name of its own."""
    whole = Uploads._upload

    def upload(self: Uploads, wish: Any) -> str:
        return whole(self, replace(wish, stem=f"{self.run.world.uuid()[:8]}-{wish.stem}"))

    patch.setattr(Uploads, "_upload", upload)


def _any_bytes(patch: Patch) -> None:
    """A file is uploaded as it lies there, whatever was downloaded."""

    def read(self: Keeping, variant: Variant, name: str) -> bytes:
        return self.files.read(self.root / (variant.file or "")) or b"nothing"

    patch.setattr(Keeping, "content", read)


def _steps_anyway(patch: Patch) -> None:
    """A waiting step is taken although its manifest was edited."""
    patch.setattr(waiting, "signature", lambda *_: "the same")


def _all_approved(patch: Patch) -> None:
    """What somebody has rejected, or has not looked at, is shown."""
    whole = videos._variant

    class Yes(dict[str, str]):
        def get(self, key: str, default: Any = None) -> Any:
            return "approved"

    def variant(resource: Any, use: Any, entry: Any, known: Any, uses: Any) -> Any:
        return whole(resource, use, entry, known._replace(decisions=Yes()), uses)

    patch.setattr(videos, "_variant", variant)


def _nothing_along(patch: Patch) -> None:
    """An update that replaces is sent as if it only changed."""
    for module in (actions, updates):
        patch.setattr(module, "along", lambda *_: {})


def _first_slot(patch: Patch) -> None:
    """Every ad of a refresh shows its first variant."""
    whole = edges.placed

    def placed(fields: Mapping[str, Any], resource: Any) -> Mapping[str, Any]:
        found = whole(fields, resource)
        video = found.get("video")
        return {**found, "video": replace(video, slot=1)} if isinstance(video, Asset) and video.slot else found

    for module in (actions, sending, updates):
        patch.setattr(module, "placed", placed)


ADS_MUTANTS = (
    Mutant("births are not looked at", _no_births, "I13", under="marketing"),
    Mutant("a create that does not ask to be paused", _silent_birth, "I13", under="marketing"),
    Mutant("paused before its successor is there", _retired_first, "I31", under="marketing"),
    Mutant("paused after its successor is enabled", _retired_late, "I31", under="marketing"),
    Mutant("forgotten what it replaces", _replaces_forgotten, "I31", 2455, under="marketing"),
    Mutant("uploaded again under another name", _another_name, "I34", 180, under="marketing"),
    Mutant("whatever lies there is uploaded", _any_bytes, "I34", 2255, under="marketing"),
    Mutant("a waiting step taken although edited", _steps_anyway, "I32 I33", 2855, under="marketing"),
    Mutant("shown without approval", _all_approved, "I32", 460, under="marketing"),
    Mutant("a replacing update without the rest", _nothing_along, "I28 I37 I7", 2040, under="marketing"),
    Mutant("the first variant for every ad", _first_slot, "I32", under="marketing"),
)
