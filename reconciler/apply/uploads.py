"""The asset library: an ad's videos and images are put there when the ad is about to be sent; covers are found there.

An upload is free and may be sent again: file names are unique per advertiser and say which bytes they stand for, so a
name that is taken is the upload whose reply was lost. A search shows one of several videos with the same content, and
may lag: where it does not show ours, another copy under another name harms nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from reconciler.api.client import credentials_hint, described
from reconciler.api.form import Attached
from reconciler.apply.keeping import Keeping
from reconciler.apply.reply import Reading, as_stored
from reconciler.apply.run import Run
from reconciler.apply.send import Effect, Sender
from reconciler.contracts import uploads as calls
from reconciler.contracts.uploads import IMAGES, SHELVES, VIDEOS, Shelf
from reconciler.errors import ApiError, Credentials, Finding, ReconcilerError
from reconciler.kinds.media import Origin, ending, origin
from reconciler.kinds.registry import KINDS
from reconciler.manifest.local_files import pieces
from reconciler.manifest.paths import opened
from reconciler.model import Address, Asset, Fields, Variant
from reconciler.state.variants import stored

_ATTEMPTS = 3
_TRANSCODING_SECONDS = 300.0
_LOOK_AGAIN = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between looks at a video that is being transcoded; the last one repeats."""


class _Wish(Struct, frozen=True):
    """Something that is to be in the library, under a name that says which bytes it stands for."""

    shelf: Shelf
    stem: str
    ending: str
    effect: Callable[[str], Effect]
    """The upload under a name."""
    md5: str | None = None
    """Of the bytes, where we send them."""


class Uploads(Struct):
    """One advertiser's library. `sources`: Video or Image → its fields as the manifests say."""

    run: Run
    sender: Sender
    keeping: Keeping
    sources: Mapping[Address, Fields]
    troubles: dict[Asset, ReconcilerError] = field(default_factory=dict)
    """What could not be uploaded: one attempt a run, however many ads show it."""
    _covers: dict[str, str] = field(default_factory=dict)

    def held(self, asset: Asset) -> str:
        """The id of a video or an image, which is uploaded if need be. Raises ReconcilerError."""
        if asset in self.troubles:
            raise self.troubles[asset]
        try:
            return self._variant(asset) if asset.slot else self._declared(asset.address)
        except ReconcilerError as error:
            self.troubles[asset] = error
            raise

    def is_held(self, asset: Asset) -> bool:
        """Whether its id is known, so that `held` makes no call."""
        if asset in self.troubles:
            return False
        if asset.slot:
            return bool(self._slot(asset).library_video_id)
        return self._library_id(asset.address) is not None

    def has_cover(self, video_id: str) -> bool:
        """Whether `cover` makes no call."""
        return video_id in self._covers

    def cover(self, video_id: str, address: Address) -> str:
        """The first suggested cover of a video, else an upload of the frame the platform shows for it.

        Waits while the video is transcoded. Raises ReconcilerError.
        """
        known = self._covers.get(video_id)
        if known is None:
            known = self._covers[video_id] = self._find_cover(video_id, address)
        return known

    def _declared(self, address: Address) -> str:
        """A Video's or an Image's."""
        known = self._library_id(address)
        if known is not None:
            return known
        fields = self.sources[address]
        wanted, shelf = origin(fields), SHELVES[address.kind]
        meta = {**wanted._asdict(), "library": shelf.name}
        file = fields.get("file")
        found = self._upload(
            self._of_file(address, file, meta) if file else self._of_url(address, str(wanted.url), meta)
        )
        entry = self.run.ledger.lock.library.get(address)
        if entry is None or entry.library_id != found:
            self.run.ledger.change({address: as_stored(entry, meta, found)}, "found in the library")
        return found

    def _library_id(self, address: Address) -> str | None:
        """Of what is in the library as the manifests have it now."""
        entry = self.run.ledger.lock.library.get(address)
        held = entry is not None and Origin(entry.url, entry.sha256) == origin(self.sources[address])
        return (entry.library_id or None) if entry is not None and held else None

    def _of_url(self, address: Address, url: str, meta: Fields) -> _Wish:
        shelf = SHELVES[address.kind]

        def effect(name: str) -> Effect:
            return Effect(address, "upload", shelf.upload, shelf.from_url(self.run.advertiser, url, name), meta=meta)

        mark = hashlib.sha256(f"{url} {meta['sha256']}".encode()).hexdigest()[:16]
        return _Wish(shelf, f"{address.name}-{mark}", shelf.ending, effect)

    def _of_file(self, address: Address, file: str, meta: Fields) -> _Wish:
        """The file as it was planned: its bytes are looked at once more, for they are what was approved."""
        shelf, path = SHELVES[address.kind], opened(self.keeping.root, file)
        sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
        try:
            for piece in pieces(self.run.world.files, path):
                sha256.update(piece)
                md5.update(piece)
                size += len(piece)
        except OSError as error:
            message, hint = (
                f"{file} of {address} cannot be read: {error.strerror}",
                "bring it back, then run apply again",
            )
            raise ReconcilerError(Finding("R131", message, hint=hint)) from error
        if sha256.hexdigest() != meta["sha256"]:
            message, hint = f"{file} of {address} was changed after it was planned", "plan and apply again"
            raise ReconcilerError(Finding("R708", message, hint=hint))
        media = next(one.media for one in KINDS[address.kind].files.values())[ending(file)]

        def read(at: int, most: int) -> bytes:
            return self.run.world.files.read_at(path, at, most)

        def effect(name: str) -> Effect:
            body = shelf.from_file(self.run.advertiser, md5.hexdigest(), name)
            attached = Attached(shelf.file_field, name, media, size, read)
            return Effect(address, "upload", shelf.upload, body, meta=meta, attached=attached)

        return _Wish(shelf, f"{address.name}-{meta['sha256'][:16]}", ending(file), effect, md5.hexdigest())

    def _variant(self, asset: Asset) -> str:
        variant = self._slot(asset)
        if variant.library_video_id:
            return variant.library_video_id
        data = self.keeping.content(variant, str(asset.address))
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        meta = {"library": "asset", "slot": asset.slot, "generation": asset.generation}

        def read(at: int, most: int) -> bytes:
            return data[at : at + most]

        def effect(name: str) -> Effect:
            body = VIDEOS.from_file(self.run.advertiser, md5, name)
            attached = Attached(VIDEOS.file_field, name, "video/mp4", len(data), read)
            return Effect(asset.address, "upload", VIDEOS.upload, body, meta=meta, attached=attached)

        stem = f"{asset.address.name}-g{asset.generation}-v{asset.slot}-{(variant.sha256 or '')[:16]}"
        found = self._upload(_Wish(VIDEOS, stem, VIDEOS.ending, effect, md5))
        if self._slot(asset).library_video_id != found:
            record = stored(self.run.ledger.lock.refreshes[asset.address], asset.slot, asset.generation, found)
            self.run.ledger.change({asset.address: record}, "found in the library")
        return found

    def _slot(self, asset: Asset) -> Variant:
        record = self.run.ledger.lock.refreshes[asset.address]
        made = next(one for one in (record.current, *record.past) if one.generation == asset.generation)
        return next(one for one in made.variants if one.slot == asset.slot)

    def _upload(self, wish: _Wish) -> str:
        """The id of an upload under its name, or under a further one where what has the name is hidden or another."""
        name, names = f"{wish.stem}.{wish.ending}", 1
        for attempt in range(_ATTEMPTS):
            reading = self.sender.send(wish.effect(name))
            code = reading.envelope.code
            if reading.verdict == "done" and reading.id:
                self.run.told(f"{wish.effect(name).address}: {name} is in the asset library")
                return reading.id
            if reading.verdict == "rejected" and code == calls.NAME_TAKEN:
                found = self._named(wish, name)
                if found:
                    return found
                if self.run.stopped():
                    # It was looked for no longer, which does not say that it is hidden.
                    break
                names += 1
                name = f"{wish.stem}-{names}.{wish.ending}"
                continue
            if reading.verdict != "unknown" and code not in calls.UNREACHABLE:
                break
            if self.run.stopped() or attempt == _ATTEMPTS - 1:
                break
            self.run.world.sleep(2.0 ** (attempt + 1))
        raise _failed(wish.effect(name), reading)

    def _named(self, wish: _Wish, name: str) -> str | None:
        """The id of what took the name, looked for until the search can lag no longer; what is transcoded has no MD5
        yet, and is waited for."""
        began, attempt = self.run.world.monotonic(), 0
        while True:
            found, unready = self._search(wish, name)
            patience = _TRANSCODING_SECONDS if unready else self.run.quiet_period / 2
            left = began + patience - self.run.world.monotonic()
            if found or left <= 0 or self.run.stopped():
                return found
            self.run.world.sleep(min(_LOOK_AGAIN[min(attempt, len(_LOOK_AGAIN) - 1)], left))
            attempt += 1

    def _search(self, wish: _Wish, name: str) -> tuple[str | None, bool]:
        """The id of what has exactly this name and, where we sent the bytes, this MD5; and whether something of this
        name shows no MD5 yet."""
        shelf = wish.shelf
        query = shelf.search_query(self.run.advertiser, name)
        rows = self.run.client.listing(shelf.search, query, shelf.id_key, calls.ROWS_A_PAGE, videos=True)
        named = [row for row in rows if row.get("file_name") == name]
        same = [row for row in named if wish.md5 in (None, row.get("signature"))]
        return str(same[0][shelf.id_key]) if same else None, any(not row.get("signature") for row in named)

    def _find_cover(self, video_id: str, address: Address) -> str:
        began, attempt = self.run.world.monotonic(), 0
        while True:
            suggested = self._rows(calls.COVERS, calls.covers_query(self.run.advertiser, video_id))
            cover: str | None = next(
                (row["id"] for row in suggested if isinstance(row.get("id"), str) and row["id"]), None
            )
            if cover:
                return cover
            known = self._rows(calls.INFO, calls.info_query(self.run.advertiser, video_id))
            frame = next((row.get("video_cover_url") for row in known if row.get("video_id") == video_id), None)
            if isinstance(frame, str) and frame:
                return self._uploaded_cover(video_id, frame, address)
            if self.run.world.monotonic() - began > _TRANSCODING_SECONDS or self.run.stopped():
                message = f"video {video_id} is not ready after {_TRANSCODING_SECONDS:.0f} s: no cover can be had"
                raise ReconcilerError(Finding("R724", message, hint="run `reconciler apply` again in some minutes"))
            if attempt == 0:
                self.run.told(f"{address}: waiting until video {video_id} is transcoded")
            self.run.world.sleep(_LOOK_AGAIN[min(attempt, len(_LOOK_AGAIN) - 1)])
            attempt += 1

    def _rows(self, path: str, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
        data = self.run.client.read(path, query).data
        listed = data.get("list") if isinstance(data, dict) else None
        return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []

    def _uploaded_cover(self, video_id: str, url: str, address: Address) -> str:
        """Nobody manages covers, so a name that is taken needs no search: another one will do."""
        for _ in range(_ATTEMPTS):
            # Unlike any name of an earlier run, of which nobody remembers what was taken.
            name = f"cover-{video_id}-{self.run.world.uuid()[:12]}"
            body = IMAGES.from_url(self.run.advertiser, url, name)
            effect = Effect(address, "upload", IMAGES.upload, body, meta={"library": "cover"})
            reading = self.sender.send(effect)
            if reading.verdict == "done" and reading.id:
                return reading.id
            if reading.verdict not in ("unknown", "rejected"):
                break
        raise _failed(effect, reading)


def _failed(effect: Effect, reading: Reading) -> ReconcilerError:
    envelope = reading.envelope
    message = f"the upload for {effect.address} was not taken ({described(envelope)})"
    if reading.verdict == "credentials":
        hint = credentials_hint(envelope.code, effect.path)
        return Credentials(Finding("R602", message, hint=hint, request_id=envelope.request_id))
    if reading.verdict == "unknown":
        hint = "run `reconciler apply` again: an upload is free"
        return ApiError(Finding("R719", message, hint=hint, request_id=envelope.request_id))
    code = {"throttled": "R607", "unsent": "R603"}.get(reading.verdict, "R606")
    hint = "correct what the message names, then run again" if code == "R606" else "run `reconciler apply` again"
    return ApiError(Finding(code, message, hint=hint, request_id=envelope.request_id))
