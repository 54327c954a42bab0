"""What every kind of action is made of: its entry, its stage, its status calls. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from reconciler.kinds.registry import KINDS
from reconciler.model import Address, Call, Cover, Entry, Fields, LockEntry, Resource
from reconciler.plan.basis import Basis
from reconciler.plan.edges import placed
from reconciler.plan.lists import switched

LOWER, RENAME, CREATE, CHANGE, RETIRE, DELETE, ENABLE, FORGET = 0, 9, 10, 30, 35, 40, 50, 60
WAKE = 45
"""Creatives are switched on before the ads they are in."""
_ITEMS_A_CALL = 20
_STATUS: Mapping[str, str] = {"enable": "ENABLE", "delete": "DELETE"}


Verb = Literal["create", "pause", "update", "enable", "disable", "delete", "forget", "rename", "retire"]


class Action(Struct, frozen=True):
    """One effect to send, compiled from a change."""

    address: Address
    verb: Verb
    stage: int
    """Actions of a lower stage are sent first; after a stage that created something its kind is listed again."""
    call: Call | None
    """None: nothing is sent, only the lockfile changes."""
    contract: str | None = None
    """The contract that `call` is of; None: the workspace's own."""
    parent: Address | None = None
    """For a create: what the object will belong to."""
    after: tuple[Address, ...] = ()
    """Nothing is sent for this action unless every action so far on these addresses is done."""
    raises: bool = False
    """More money can be spent once this is done; never sent while anything is unknown."""
    lowers: bool = False
    """Less money can be spent once this is done; if it fails, nothing that raises is sent."""
    sent: Fields = field(default_factory=dict)
    """The fields the call sets, as a listing should show them afterwards."""
    kept: Fields = field(default_factory=dict)
    """What the call carries along unchanged, as a listing should show it afterwards, too."""
    expects: Fields = field(default_factory=dict)
    """The live values the plan saw; if they are others now, nothing is sent."""
    entries: Mapping[Address, Entry | None] = field(default_factory=dict)
    """Lockfile entries once it is done; an empty id stands for the object's own, None removes the entry."""
    unmodified: str | None = None
    """When the plan saw it changed last, for a call that writes a whole list: it is looked at once more just before,
    and nothing is sent where somebody has changed it since. For a switch of creatives after such a call: what is shown
    as of then does not show the list that was written. The API's own text."""
    id: str | None = None
    """The object's id where it is not the one the lockfile has for the address."""
    born: LockEntry | None = None
    """For a create that asks for a paused object: the entry once a listing has shown it paused."""


def entry_of(resource: Resource, applied: Fields, old: LockEntry | None = None) -> LockEntry:
    """What the lockfile says of the object once `applied` is what was applied."""
    lifecycle = resource.lifecycle
    entry = old or LockEntry("", resource.parent, {})
    return replace(
        entry,
        parent=resource.parent,
        applied=placed(applied, resource),
        on_remove=lifecycle.on_remove,
        protect=lifecycle.protect,
        source=resource.source,
        removed_at=None,
        contract=resource.contract or entry.contract,
    )


def object_entry(entry: Entry | None) -> LockEntry:
    """The same, known to be of an object of the account."""
    if not isinstance(entry, LockEntry):
        raise TypeError("an object of the account has an entry of its own")
    return entry


def paused(entry: Entry | None) -> LockEntry:
    """The entry of an object as it is before it is enabled."""
    known = object_entry(entry)
    applied = {path: value for path, value in known.applied.items() if (path, value) != ("status", "ENABLE")}
    return replace(known, applied=applied)


def covered(fields: Fields, shape: str) -> Fields:
    """A video needs a cover; where the manifest names none, the platform's first suggestion."""
    if "creatives" in fields:
        return {**fields, "creatives": tuple(_covered(one) for one in fields["creatives"])}
    if shape != "SINGLE_VIDEO" or "video" not in fields or "image_ids" in fields:
        return fields
    return {**fields, "image_ids": (Cover(fields["video"]),)}


def _covered(creative: Fields) -> Fields:
    """A creative that is live already has its cover."""
    if "video_id" not in creative or "image_id" in creative or "info" in creative:
        return creative
    return {**creative, "image_id": Cover(creative["video_id"])}


def switch_actions(
    address: Address, basis: Basis, creatives: Sequence[Fields], status: str, stage: int, entry: LockEntry | None
) -> list[Action]:
    """The actions that switch single creatives of an ad on or off: each call takes a limited number of them."""
    contract, found = basis.contract_of(address), []
    for first in range(0, len(creatives), _ITEMS_A_CALL):
        some = switched(creatives[first : first + _ITEMS_A_CALL], status)
        call = contract.items(address, basis.advertiser_id, status, some)
        found.append(
            Action(
                address, "update", stage, call, contract.name, after=(address,), raises=status == "ENABLE",
                lowers=stage == LOWER + KINDS[address.kind].descent, sent={"creatives": some},
            )
        )  # fmt: skip
    if found and entry is not None:
        found[-1] = replace(found[-1], entries={address: entry})
    return found


def status_action(address: Address, verb: Verb, stage: int, basis: Basis, entry: LockEntry | None) -> Action:
    """The action that sets a status, and nothing else."""
    status = _STATUS.get(verb, "DISABLE")
    if verb == "enable":
        # Ads first, campaigns last.
        stage += max(kind.stage for kind in KINDS.values()) - KINDS[address.kind].stage
    contract = basis.contract_of(address)
    call = contract.status(address, basis.advertiser_id, status)
    return Action(
        address, verb, stage, call, contract.name, after=(address,), raises=verb == "enable", lowers=verb == "disable",
        sent={"status": status}, entries={address: entry},
    )  # fmt: skip
