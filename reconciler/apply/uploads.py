"""The asset library: an ad's video is put there when the ad is about to be sent, and its cover is found there.

An upload is free and may be sent again: file names are unique per advertiser and say which bytes they stand for, so a
name that is taken is the upload whose reply was lost. A search shows one of several videos with the same content, and
may lag: where it does not show ours, another copy under another name harms nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reconciler.api.client import credentials_hint, described
from reconciler.api.transport import Attached
from reconciler.apply.reply import Reading
from reconciler.apply.run import Run
from reconciler.apply.send import Effect, Sender
from reconciler.contracts import uploads as calls
from reconciler.errors import ApiError, Credentials, Finding, ReconcilerError
from reconciler.manifest.paths import opened
from reconciler.model import Address, Asset, Variant, VideoEntry
from reconciler.state.variants import stored

_ATTEMPTS = 3
_TRANSCODING_SECONDS = 300.0
_LOOK_AGAIN = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between looks at a video that is being transcoded; the last one repeats."""


@dataclass(slots=True)
class Uploads:
    """One advertiser's library. `sources`: Video → (url, sha256) as the manifests say."""

    run: Run
    sender: Sender
    root: Path
    """The workspace."""
    sources: Mapping[Address, tuple[str, str | None]]
    troubles: dict[Asset, ReconcilerError] = field(default_factory=dict)
    """Videos that could not be uploaded: one attempt a run, however many ads show them."""
    _covers: dict[str, str] = field(default_factory=dict)

    def video(self, asset: Asset) -> str:
        """The id of a video, which is uploaded if need be. Raises ReconcilerError."""
        if asset in self.troubles:
            raise self.troubles[asset]
        try:
            return self._variant(asset) if asset.slot else self._video(asset.address)
        except ReconcilerError as error:
            self.troubles[asset] = error
            raise

    def cover(self, video_id: str, address: Address) -> str:
        """The first suggested cover of a video, else an upload of the frame the platform shows for it.

        Waits while the video is transcoded. Raises ReconcilerError.
        """
        known = self._covers.get(video_id)
        if known is None:
            known = self._covers[video_id] = self._find_cover(video_id, address)
        return known

    def _video(self, address: Address) -> str:
        url, content = self.sources[address]
        entry = self.run.ledger.lock.videos.get(address)
        if entry and entry.library_video_id and (entry.url, entry.sha256) == (url, content):
            return entry.library_video_id
        meta = {"url": url, "sha256": content, "library": "asset"}

        def effect(name: str) -> Effect:
            body = calls.from_url(self.run.advertiser, url, name)
            return Effect(address, "upload", calls.VIDEO_UPLOAD, body, meta=meta)

        stem = f"{address.name}-{hashlib.sha256(f'{url} {content}'.encode()).hexdigest()[:16]}"
        found = self._upload(effect, stem, None)
        entry = self.run.ledger.lock.videos.get(address)
        if entry is None or entry.library_video_id != found:
            same = entry is not None and (entry.url, entry.sha256) == (url, content)
            kept = entry if entry and same else VideoEntry(url, sha256=content)
            self.run.ledger.change({address: replace(kept, library_video_id=found)}, "found in the library")
        return found

    def _variant(self, asset: Asset) -> str:
        variant = self._slot(asset)
        if variant.library_video_id:
            return variant.library_video_id
        data = self._bytes(asset, variant)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        meta = {"library": "asset", "slot": asset.slot, "generation": asset.generation}

        def effect(name: str) -> Effect:
            body = calls.from_file(self.run.advertiser, md5, name)
            attached = Attached(calls.FILE_FIELD, name, data)
            return Effect(asset.address, "upload", calls.VIDEO_UPLOAD, body, meta=meta, attached=attached)

        stem = f"{asset.address.name}-g{asset.generation}-v{asset.slot}-{(variant.sha256 or '')[:16]}"
        found = self._upload(effect, stem, md5)
        if self._slot(asset).library_video_id != found:
            record = stored(self.run.ledger.lock.refreshes[asset.address], asset.slot, asset.generation, found)
            self.run.ledger.change({asset.address: record}, "found in the library")
        return found

    def _slot(self, asset: Asset) -> Variant:
        record = self.run.ledger.lock.refreshes[asset.address]
        made = next(one for one in (record.current, *record.past) if one.generation == asset.generation)
        return next(one for one in made.variants if one.slot == asset.slot)

    def _bytes(self, asset: Asset, variant: Variant) -> bytes:
        """The file as it was downloaded, and as it may have been approved."""
        data = self.run.world.files.read(opened(self.root, variant.file)) if variant.file else None
        if data is None or hashlib.sha256(data).hexdigest() != variant.sha256:
            what = "is not on this machine" if data is None else "is not the file that was downloaded"
            message = f"{variant.file} of {asset.address} {what}"
            hint = "bring the artifacts folder back (sha256 in `reconciler variants --json`), then run apply again"
            raise ReconcilerError(Finding("R723", message, hint=hint))
        return data

    def _upload(self, effect: Callable[[str], Effect], stem: str, md5: str | None) -> str:
        """The id of an upload under this name, or under a further one where the name's video is hidden or another."""
        name, names = f"{stem}.mp4", 1
        for attempt in range(_ATTEMPTS):
            reading = self.sender.send(effect(name))
            code = reading.envelope.code
            if reading.verdict == "done" and reading.id:
                self.run.told(f"{effect(name).address}: {name} is in the asset library")
                return reading.id
            if reading.verdict == "rejected" and code == calls.NAME_TAKEN:
                found = self._named(name, md5)
                if found:
                    return found
                if self.run.stopped():
                    # It was looked for no longer, which does not say that it is hidden.
                    break
                names += 1
                name = f"{stem}-{names}.mp4"
                continue
            if reading.verdict != "unknown" and code not in calls.UNREACHABLE:
                break
            if self.run.stopped() or attempt == _ATTEMPTS - 1:
                break
            self.run.world.sleep(2.0 ** (attempt + 1))
        raise _failed(effect(name), reading)

    def _named(self, name: str, md5: str | None) -> str | None:
        """The id of the video that took the name, looked for until the search can lag no longer."""
        began, attempt = self.run.world.monotonic(), 0
        while True:
            found = self._search(name, md5)
            left = began + self.run.quiet_period / 2 - self.run.world.monotonic()
            if found or left <= 0 or self.run.stopped():
                return found
            self.run.world.sleep(min(_LOOK_AGAIN[min(attempt, len(_LOOK_AGAIN) - 1)], left))
            attempt += 1

    def _search(self, name: str, md5: str | None) -> str | None:
        """The id of the video with exactly this name and, where we sent the bytes, this MD5."""
        rows = self.run.client.listing(
            calls.SEARCH, calls.search_query(self.run.advertiser, name), "video_id", calls.VIDEOS_A_PAGE, videos=True
        )
        same = [row for row in rows if row.get("file_name") == name and md5 in (None, row.get("signature"))]
        return str(same[0]["video_id"]) if same else None

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
            body = calls.image_from_url(self.run.advertiser, url, name)
            effect = Effect(address, "upload", calls.IMAGE_UPLOAD, body, meta={"library": "cover"})
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
