"""What ad accounts own beside objects: videos, images, identities, pixels and apps, each of one advertiser.

*Pure* over the moments, the seed and the notes of the world, which keep it durable. What becomes of a video is drawn
when it is uploaded; whether it is transcoded is a matter of the moment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from reconciler.simulator.clock import stamp
from reconciler.simulator.wire import Json, Number, decode, encode
from reconciler.simulator.world import World

VIDEO, IMAGE, IDENTITY, PIXEL, APP = "video", "image", "identity", "pixel", "app"
PLURALS = {VIDEO: "library_videos", IMAGE: "images", IDENTITY: "identities", PIXEL: "pixels", APP: "apps"}
PREFIX = "asset/"
COVERS = 10
"""So many covers can be suggested for a video."""


@dataclass
class Asset:
    """One thing of an account. Moments are seconds since the epoch."""

    kind: str
    id: str
    owner: str
    number: int
    """Counted from 1, in the order of their birth, over all accounts."""
    name: str
    created: float
    ready: float
    """When a video is transcoded."""
    usable: bool = True
    fields: dict[str, Json] = field(default_factory=dict)

    def write(self) -> str:
        """As a text."""
        return encode({one.name: getattr(self, one.name) for one in fields(self)})

    def truth(self) -> dict[str, Json]:
        """The ground truth about it."""
        return {
            f"{self.kind}_id": self.id,
            "advertiser_id": self.owner,
            "file_name": self.name,
            "create_time": stamp(self.created),
            "ready_time": stamp(self.ready),
            "usable": self.usable,
            **self.fields,
        }


@dataclass(frozen=True)
class Birth:
    """What a new asset is: its name (empty: one is made), what is known of it, and an id where one is wanted."""

    kind: str
    owner: str
    name: str = ""
    fields: Mapping[str, Json] = field(default_factory=dict)
    usable: bool = True
    id: str = ""


class Library:
    """Not thread-safe: the application holds one lock around every call."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed
        self._assets: dict[tuple[str, str], Asset] = {}
        self._names: set[tuple[str, str, str]] = set()
        self._covers: dict[str, Asset] = {}
        self._by_owner: dict[tuple[str, str], list[Asset]] = {}
        texts = [text for name, text in world.notes.items() if name.startswith(PREFIX)]
        for told in sorted((decode(text.encode()) for text in texts), key=lambda one: int(one["number"].text)):
            moments = {name: float(told[name].text) for name in ("created", "ready")}
            self._enter(Asset(**{**told, **moments, "number": int(told["number"].text)}))

    # --- reading -----------------------------------------------------------------------------------------------------

    def find(self, kind: str, owner: str, asset_id: str) -> Asset | None:
        """The asset of this account, None when there is none."""
        found = self._assets.get((kind, asset_id))
        return found if found is not None and found.owner == owner else None

    def anybodys(self, kind: str, asset_id: str) -> Asset | None:
        """The asset of whatever account."""
        return self._assets.get((kind, asset_id))

    def of(self, kind: str, owner: str) -> list[Asset]:
        """All of one account, oldest first."""
        return self._by_owner.get((kind, owner), [])

    def taken(self, kind: str, owner: str, name: str) -> bool:
        """Whether an asset of this account has the name."""
        return (kind, owner, name) in self._names

    def covers(self, video: Asset, count: int) -> list[str]:
        """The ids of the covers that can be suggested for a video, the best first."""
        return [f"cover-{self.digest(f'{video.id}/cover/{number}')[:20]}" for number in range(count)]

    def picture(self, owner: str, image_id: str) -> Asset | None:
        """The image of this account, or the video whose cover it is."""
        video = self._covers.get(image_id)
        return video if video is not None and video.owner == owner else self.find(IMAGE, owner, image_id)

    def truth(self, owner: str | None) -> dict[str, Json]:
        """The ground truth: every asset, by list."""
        return {
            plural: [one.truth() for one in self._assets.values() if one.kind == kind and owner in (None, one.owner)]
            for kind, plural in PLURALS.items()
        }

    # --- writing -----------------------------------------------------------------------------------------------------

    def add(self, birth: Birth, now: float, *, ready: bool = False) -> Asset:
        """A new asset, with an id of its own; with `ready` a video is transcoded already."""
        number = len(self._assets) + 1
        digest = self.digest(f"{birth.kind}/{number}")
        made = {
            VIDEO: f"v10033g50000{digest[:20]}",
            IMAGE: f"ad-site-i18n-sg/{digest[:24]}",
            **{
                kind: str(start * 10**17 + number * 10**9 + int(digest[:7], 16))
                for kind, start in ((IDENTITY, 71), (PIXEL, 73), (APP, 74))
            },
        }
        wait = 0 if ready or birth.kind != VIDEO else self._world.settings.transcode_seconds
        name = birth.name or f"{birth.kind}_{number}_{digest[:8]}"
        known = dict(birth.fields)
        if birth.kind == VIDEO:
            known.setdefault("material_id", str(7_600_000_000_000_000_000 + number * 10**9 + int(digest[-7:], 16)))
        asset_id = birth.id or made[birth.kind]
        asset = Asset(birth.kind, asset_id, birth.owner, number, name, now, now + wait, birth.usable, known)
        self._enter(asset)
        self._world.note({f"{PREFIX}{number}": asset.write(), "clock": repr(now)})
        return asset

    def digest(self, key: str) -> str:
        """A text of 32 hexadecimal digits that goes with a key."""
        return hashlib.blake2b(f"{self._seed}/library/{key}".encode(), digest_size=16).hexdigest()

    def _enter(self, asset: Asset) -> None:
        self._assets[asset.kind, asset.id] = asset
        self._names.add((asset.kind, asset.owner, asset.name))
        self._by_owner.setdefault((asset.kind, asset.owner), []).append(asset)
        if asset.kind == VIDEO:
            for cover in self.covers(asset, COVERS):
                self._covers[cover] = asset


def shape(asset: Asset) -> tuple[int, int]:
    """Width and height of a video or image, in pixels."""
    width, height = (asset.fields.get(name) for name in ("width", "height"))
    pair = [int(one.text) if isinstance(one, Number) else one or 0 for one in (width, height)]
    return pair[0], pair[1]
