"""What the marketing contract does otherwise: births, statuses, updates that replace, rows, and the asset library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.simulation.account import ADVERTISER, SEARCH, UPLOAD, Account, Profile, Sent, Thing, stamp
from tests.simulation.wire import ABOVE, Write

IMAGE = "file/image/ad/upload/"
INFO = "file/video/ad/info/"
ADVERTISERS = "advertiser/info/"
COVERS = "file/video/suggestcover/"
KNOWN_FILM = "v10033g50000knownfilm"
"""A video that was in the library before the story began."""
_NEEDED = {"ad": ("ad_name", "ad_format", "identity_type", "identity_id"), "adgroup": (), "campaign": ()}
_FIXED = {"campaign": {"campaign_name", "budget", "special_industries", "po_number"}}
_OF_GROUPS = {"billing_event", "optimization_goal", "budget_mode", "promotion_type", "placement_type"}
"""Of an ad group: never changed by an update, and never set back by one."""


@dataclass(eq=False)
class Film:
    """One video of the asset library."""

    id: str
    name: str
    url: str | None
    data: bytes | None
    listed: float
    """When search and info know it."""
    ready: float
    """When it is transcoded."""
    covered: float = 0.0
    """When there are frames of it: perhaps a little before."""


class Marketing(Account):
    """The account of the other contract."""

    def __init__(self, profile: Profile, random: Random) -> None:
        super().__init__(profile, random)
        self.films = {KNOWN_FILM: Film(KNOWN_FILM, "known.mp4", None, None, 0, 0)}
        self.images: dict[str, tuple[str, str]] = {}
        """Image → (name, the video it is a frame of)."""

    def carry_out(self, sent: Sent, now: float) -> tuple[int, str, Any]:
        """What becomes of it."""
        if sent.path == UPLOAD and "advertiser_id" in sent.body:
            return self._film(sent, now)
        if sent.path == IMAGE:
            return self._image(sent)
        return super().carry_out(sent, now)

    # ------------------------------------------------------------------ objects

    def _create(self, sent: Sent, write: Write, now: float) -> tuple[int, str, Any]:
        return self._unfit(write, now) or super()._create(sent, write, now)

    def _update(self, write: Write, now: float) -> tuple[int, str, Any]:
        thing = self.things.get(write.id or "")
        if thing is None or not thing.live or write.verb == "status":
            code, message, _ = super()._update(write, now)
            told = {f"{write.kind}_ids": [self.shown(write.id or "0")], "status": write.fields.get("status")}
            return code, message, told if code == 0 else {}
        if write.parent is not None and write.parent != thing.parent:
            return 40002, "the ad does not belong to this ad group", {}
        name = f"{thing.kind}_name"
        if name in write.fields and self._is_taken(thing.kind, thing.parent, write.fields[name], thing):
            return 40002, f"{thing.kind} name already exists", {}
        if wrong := self._unfit(write, now):
            return wrong
        fields = dict(write.fields)
        if self.profile.replaces and not write.patch:
            kept = _OF_GROUPS | {"status", "schedule_type", "schedule_start_time", name}
            fields |= {key: None for key in thing.fields if key not in kept | fields.keys()}
        self.change(thing, fields, now)
        return 0, "OK", {}

    def _unfit(self, write: Write, now: float) -> tuple[int, str, Any] | None:
        if write.kind != "ad":
            return None
        lacks = [key for key in _NEEDED["ad"] if key not in write.fields and not write.patch]
        if lacks:
            return 40002, f"creatives.0.{lacks[0]}: Missing data for required field", {}
        if "video_id" not in write.fields:
            return None if write.patch else (40002, "creatives.0.video_id: Missing data for required field", {})
        film = self.films.get(write.fields["video_id"])
        if film is None:
            return 40002, "the video is not in the library", {}
        if film.ready > now:
            return 40901, "the video is still being transcoded", {}
        covers = write.fields.get("image_ids", [])
        if not write.patch and len(covers) != 1:
            return 40002, "You must upload an image", {}
        if any(self.frame_of(one) is None for one in covers):
            return 40002, "the image is not in the library", {}
        return None

    def frame_of(self, image: str) -> str | None:
        """The video that an image is a frame of."""
        if image in self.images:
            return self.images[image][1]
        return next((one for one in self.films if image == f"cover-of-{one}"), None)

    def born(self, write: Write) -> str:
        """Paused, where it asks for that and the platform listens."""
        asked = str(write.fields.get("status", "ENABLE"))
        return "ENABLE" if write.kind in self.profile.ignores else asked

    def told(self, thing: Thing) -> dict[str, Any]:
        """The answer to a create: the whole object, or of an ad any of what is documented."""
        key, one = f"{thing.kind}_id", self.shown(thing.id)
        if thing.kind != "ad":
            return {key: one, **self.written(thing.fields)}
        whole = {"creatives": [{key: one, **self.written(thing.fields)}]}
        ids = {f"{key}s": [one]}
        return {"ids": ids, "creatives": whole, "flat": {key: one}, "all": {**whole, **ids, "need_audit": True}}[
            self.profile.answers
        ]

    def _is_taken(self, kind: str, parent: str | None, name: object, but: Thing | None = None) -> bool:
        return kind != "ad" and super()._is_taken(kind, parent, name, but)

    def narrowed(self, kind: str, query: Mapping[str, str]) -> dict[str, list[str]]:
        """Keys of a row with the ids that are wanted: a JSON parameter, at most 100 of each."""
        found = json.loads(query.get("filtering", "{}"))
        assert all(len(ids) <= 100 for ids in found.values())
        return {key.removesuffix("s"): [str(one) for one in ids] for key, ids in found.items()}

    def rows(self, kind: str, moment: float) -> list[dict[str, Any]]:
        """What a listing of that moment shows, as the platform writes it."""
        found = []
        for thing in self.things.values():
            fields = thing.at(moment) if thing.kind == kind else None
            if fields is not None and fields["status"] != "DELETE":
                found += self.classic(thing, fields)
        return found[::-1]

    def classic(self, thing: Thing, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        """How one object stands in the listings that show everything."""
        kind = thing.kind
        row = {f"{kind}_id": self.shown(thing.id), "advertiser_id": ADVERTISER, **self.written(fields)}
        if ABOVE[kind]:
            row[f"{ABOVE[kind]}_id"] = self.shown(thing.parent or "0")
        row |= {"create_time": stamp(thing.created), "modify_time": stamp(fields["changed"])}
        row[f"{kind}_app_profile_page_state"], row["rta_id"] = None, None
        return [row]

    def written(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """An object's fields as the platform shows them."""
        row = {key: value for key, value in fields.items() if key not in ("status", "changed")}
        row["operation_status"] = fields["status"]
        row["secondary_status"] = f"STATUS_{fields['status']}"
        if "budget" in row and self.profile.integer_ids:
            row["budget"] = f"{row['budget']}" if row["budget"] is not None else None
        if row.get("budget_mode") == "BUDGET_MODE_INFINITE":
            row["budget"] = 0
        if not row.get("budget_optimize_on"):
            row.pop("budget_optimize_on", None)
        if row.get("placement_type") == "PLACEMENT_TYPE_AUTOMATIC":
            row["placements"] = ["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"]
        if row.get("schedule_type") == "SCHEDULE_FROM_NOW":
            row["schedule_end_time"], row["dayparting"], row["bid_price"] = "2036-11-21 00:00:00", "1" * 336, 0.0
        if row.get("age_groups"):
            row["age_groups"] = row["age_groups"][::-1]
        return row

    # ------------------------------------------------------------------ the asset library

    def _film(self, sent: Sent, now: float) -> tuple[int, str, Any]:
        body, data = sent.body, sent.attached
        if body["upload_type"] == "UPLOAD_BY_FILE" and (
            data is None or hashlib.md5(data, usedforsecurity=False).hexdigest() != body["video_signature"]
        ):
            return 40900, "the MD5 does not match", {}
        if any(one.name == body["file_name"] for one in self.films.values()):
            return 40911, "the file name is taken", {}
        seen = now + self.random.uniform(0, self.profile.most_lag)
        ready = now + self.random.uniform(0, self.profile.transcoding)
        frames = max(now, ready - 20)
        film = Film(f"v1{self.new_id()}", body["file_name"], body.get("video_url"), data, seen, ready, frames)
        self.films[film.id] = film
        sent.made = [film.id]
        told = {"video_id": film.id}
        return 0, "OK", [told] if self.profile.array else told

    def _image(self, sent: Sent) -> tuple[int, str, Any]:
        if any(name == sent.body["file_name"] for name, _ in self.images.values()):
            return 40911, "the file name is taken", {}
        made = f"image-{self.new_id()}"
        self.images[made] = (sent.body["file_name"], sent.body["image_url"].rpartition("/")[2])
        sent.made = [made]
        return 0, "OK", {"image_id": made}

    def unpaged(self, path: str, query: Mapping[str, str], moment: float) -> list[dict[str, Any]] | None:
        """The list of a call without pages."""
        if path == ADVERTISERS:
            shown = {"currency": "USD", "timezone": "Etc/UTC", "status": "STATUS_ENABLE"}
            return [{"advertiser_id": one, **shown} for one in json.loads(query["advertiser_ids"])]
        if path == INFO:
            return [self._info(one, moment) for one in self._known(json.loads(query["video_ids"]), moment)]
        if path == COVERS:
            known = [one for one in self._known([query["video_id"]], moment) if one.covered <= moment]
            return [{"id": f"cover-of-{one.id}", "url": "https://x"} for one in known if self.profile.suggests]
        return super().unpaged(path, query, moment)

    def listed(self, path: str, query: Mapping[str, str], moment: float) -> list[dict[str, Any]]:
        """Every row of a call with pages; names are compared loosely."""
        if path != SEARCH:
            return super().listed(path, query, moment)
        like = json.loads(query["filtering"])["video_name"][:4]
        return [self._info(one, moment) for one in self.films.values() if one.listed <= moment and like in one.name]

    def _known(self, ids: list[str], moment: float) -> list[Film]:
        return [self.films[one] for one in ids if one in self.films and self.films[one].listed <= moment]

    def _info(self, film: Film, moment: float) -> dict[str, Any]:
        row: dict[str, Any] = {"video_id": film.id, "file_name": film.name, "displayable": True}
        if film.data is not None:
            row["signature"] = hashlib.md5(film.data, usedforsecurity=False).hexdigest()
        if film.covered <= moment and not self.profile.suggests:
            row["video_cover_url"] = f"https://frames.example/{film.id}"
        return row
