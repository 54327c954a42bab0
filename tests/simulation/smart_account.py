"""What Smart+ does otherwise, in the account that manual campaigns are in, too: request ids, lists, creatives, pace.

From the fact sheet smart_plus; nothing of it is the product's. A creative is known by its content: what it shows and
whose it is. What a whole list does to the creatives that were there is drawn (`Profile`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from tests.simulation.account import ADVERTISER, Profile, Sent, Thing, stamp
from tests.simulation.marketing import Film, Marketing
from tests.simulation.wire import ABOVE, SMART, Write, id_key, meant

OUR_FILMS = ("v10033g50000ours1", "v10033g50000ours2", "v10033g50000ours3")
THEIR_FILMS = ("v10033g50000theirs1", "v10033g50000theirs2")
"""In the library before the story began: what manifests name, and what colleagues put into ads."""
TOO_SOON, SEEN = 41021, 40050
LISTS = {"creative_list": "creative_info", "ad_text_list": "ad_text", "landing_page_url_list": "landing_page_url"}
"""Of an ad: the lists that an update replaces whole, each with what its items hold."""


def content(info: Mapping[str, Any]) -> str:
    """What makes two creatives the same."""
    shown = info.get("tiktok_item_id") or info["video_info"]["video_id"]
    return f"{shown} as {info['identity_id']}"


def items(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What is in a list of an ad, by what it is known by."""
    key = LISTS[name]
    return {content(one[key]) if name == "creative_list" else one[key]: one for one in fields.get(name, ())}


class SmartPlus(Marketing):
    """The account of both families."""

    def __init__(self, profile: Profile, random: Random) -> None:
        super().__init__(profile, random)
        self.films |= {one: Film(one, f"{one}.mp4", None, None, 0, 0) for one in (*OUR_FILMS, *THEIR_FILMS)}
        self.requests: dict[str, tuple[float, str]] = {}
        """`request_id` → when it was used, and what it made."""
        self.paces: dict[str, float] = {}
        """Ad → when it was written last."""

    # ------------------------------------------------------------------ writes

    def refusal(self, parts: Sequence[Sent], now: float) -> tuple[int, str, Any] | None:
        """Each object of Smart+ is answered for by itself; only that one is written again too soon stops all."""
        writes = [write for one in parts if (write := meant(one.path, one.body))]
        if not all(one.smart for one in writes):
            return super().refusal(parts, now)
        soon = any(now < self.paces.get(one.id or "", 0.0) + self.profile.gap for one in writes if one.kind == "ad")
        return (TOO_SOON, "the ad is being changed, try again later", {}) if soon else None

    def carry_out(self, sent: Sent, now: float) -> tuple[int, str, Any]:
        """What becomes of it."""
        write = meant(sent.path, sent.body)
        if write is None:
            return super().carry_out(sent, now)
        thing = self.things.get(write.id or "")
        if thing is not None and thing.smart != write.smart:
            return 40002, "This API does not support Upgraded Smart Plus ads." if thing.smart else "it is manual", {}
        if not write.smart:
            return super().carry_out(sent, now)
        if thing is not None and thing.kind == "ad":
            if now < self.paces.get(thing.id, 0.0) + self.profile.gap:
                return TOO_SOON, "the ad is being changed, try again later", {}
            self.paces[thing.id] = now
        if write.verb == "create":
            return self._once(sent, write, now)
        if write.verb == "status" and (thing is None or not thing.live):
            return self.partly(sent) or (0, "OK", {})
        if write.verb == "switch":
            return self._switch(write, thing, now)
        code, message, _ = self._update(write, now)
        return code, message, self._status_told(write) if write.verb == "status" else self._whole(thing)

    def _once(self, sent: Sent, write: Write, now: float) -> tuple[int, str, Any]:
        """A create: what carries a `request_id` of a moment ago is made no second time."""
        token = sent.body.get("request_id")
        if write.kind != "ad" and not (isinstance(token, str) and 0 < int(token) < 2**63):
            return 40002, "request_id: Missing data for required field", {}
        if token in self.requests and now < self.requests[token][0] + self.profile.window:
            sent.idle = self.profile.first_answer
            if sent.idle:
                return 0, "OK", self.told(self.things[self.requests[token][1]])
            return SEEN, "request_id has been used before", {}
        answer = self._create(sent, write, now)
        if answer[0] == 0 and token is not None:
            self.requests[token] = (now, sent.made[0])
        if answer[0] == 0 and write.kind == "ad":
            self.paces[sent.made[0]] = now
        return answer

    def _create(self, sent: Sent, write: Write, now: float) -> tuple[int, str, Any]:
        if not write.smart:
            return super()._create(sent, write, now)
        above = self.things.get(write.parent or "")
        if ABOVE[write.kind] and not (above and above.live and above.smart):
            return 40002, f"there is no such {ABOVE[write.kind]} of Smart+", {}
        if wrong := self._unfit(write, now):
            return wrong
        # No name is guarded: these creates permit equal ones.
        fields = {**write.fields, "status": self.born(write)}
        thing = Thing(write.kind, self.new_id(), write.parent, sent.address, now, fields, smart=True)
        self.add(thing, now)
        sent.made = [thing.id]
        return 0, "OK", self.told(thing)

    def add(self, thing: Thing, now: float) -> None:
        """A new object, ours or not; creatives are born ENABLE."""
        if thing.smart and "creative_list" in thing.fields:
            thing.fields["creative_list"] = [
                self.creative(one["creative_info"], one.get("status", "ENABLE"))
                for one in thing.fields["creative_list"]
            ]
        super().add(thing, now)

    def creative(self, info: dict[str, Any], status: str) -> dict[str, Any]:
        """One of an ad, with ids of its own."""
        return {"creative_info": info, "status": status, "ad_material_id": self.new_id(), "id": self.new_id()}

    def _update(self, write: Write, now: float) -> tuple[int, str, Any]:
        thing = self.things.get(write.id or "")
        if not write.smart or thing is None or not thing.live:
            return super()._update(write, now)
        if wrong := self._unfit(write, now):
            return wrong
        fields = dict(write.fields)
        for name in ("targeting_spec", "ad_configuration"):
            if name in fields:
                fields[name] = {**thing.fields.get(name, {}), **fields[name]}
        if "creative_list" in fields:
            fields["creative_list"] = self.listed_anew(thing, [one["creative_info"] for one in fields["creative_list"]])
        self.change(thing, fields, now)
        return 0, "OK", {}

    def listed_anew(self, thing: Thing, infos: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The creatives of an ad once this is its list."""
        before, found = items(thing.fields, "creative_list"), []
        for info in infos:
            old = before.get(content(info))
            if old is None or self.profile.new_materials:
                status = old["status"] if old and not self.profile.wakes else "ENABLE"
                found.append(self.creative(info, status))
            else:
                found.append({**old, "creative_info": info, **({"status": "ENABLE"} if self.profile.wakes else {})})
        return found

    def _unfit(self, write: Write, now: float) -> tuple[int, str, Any] | None:
        if not write.smart:
            return super()._unfit(write, now)
        infos = [one["creative_info"] for one in write.fields.get("creative_list", ())]
        if write.kind == "ad" and (("creative_list" in write.fields or write.verb == "create") and not infos):
            return 40002, "creative_list: Missing data for required field", {}
        if len({content(one) for one in infos}) < len(infos):
            return 40002, "creative_list holds the same creative twice", {}
        for info in infos:
            film = self.films.get(info.get("video_info", {}).get("video_id"))
            if "tiktok_item_id" in info:
                continue
            if film is None:
                return 40002, "the video is not in the library", {}
            if film.ready > now:
                return 40901, "the video is still being transcoded", {}
            covers = [one.get("web_uri") for one in info.get("image_info", ())]
            if len(covers) != 1 or self.frame_of(str(covers[0])) is None:
                return 40002, "video material should have 1 image_info as the video cover", {}
        return None

    def _switch(self, write: Write, thing: Thing | None, now: float) -> tuple[int, str, Any]:
        wanted = [str(one) for one in write.fields["ad_material_ids"]]
        known = [one["ad_material_id"] for one in thing.fields["creative_list"]] if thing and thing.live else []
        if thing is None or not set(wanted) <= set(known) or not 1 <= len(wanted) <= 20:
            return 40002, "the material is not of this ad", {}
        self.switch(thing, wanted, write.fields["material_status"], now)
        told = {"smart_plus_ad_id": self.shown(thing.id), "ad_material_ids": [self.shown(one) for one in wanted]}
        return 0, "OK", {**told, "operation_status": write.fields["material_status"]}

    def switch(self, thing: Thing, materials: list[str], status: str, now: float) -> None:
        """Single creatives on or off, whoever does it."""
        found = [
            {**one, "status": status} if one["ad_material_id"] in materials else one
            for one in thing.fields["creative_list"]
        ]
        self.change(thing, {"creative_list": found}, now)

    # ------------------------------------------------------------------ answers

    def _status_told(self, write: Write) -> dict[str, Any]:
        one, status = self.shown(write.id or "0"), write.fields["status"]
        if write.kind == "ad":
            return {"smart_plus_ad_ids": [one], "status": status}
        return {f"{write.kind}_list": [{f"{write.kind}_id": one, "status": status}], "error_list": []}

    def partly(self, sent: Sent) -> tuple[int, str, Any] | None:
        """Code 0, although what was named was not done: it is refused by itself, or left out of what was done."""
        write = meant(sent.path, sent.body)
        if write is None or not write.smart or write.verb not in ("status", "switch"):
            return None
        sent.idle = True
        if write.verb == "switch":
            return 0, "OK", {"smart_plus_ad_id": self.shown(write.id or "0"), "ad_material_ids": []}
        if write.kind == "ad":
            return 0, "OK", {"smart_plus_ad_ids": [], "status": write.fields["status"]}
        error = {f"{write.kind}_id": self.shown(write.id or "0"), "error_message": f"the {write.kind} does not exist"}
        return 0, "OK", {f"{write.kind}_list": [], "error_list": [error]}

    def told(self, thing: Thing) -> dict[str, Any]:
        """The answer to a create: the whole object."""
        return self._whole(thing) if thing.smart else super().told(thing)

    def _whole(self, thing: Thing | None) -> dict[str, Any]:
        return self._row(thing, {**thing.fields, "changed": thing.created}) if thing else {}

    # ------------------------------------------------------------------ listings

    def listed(self, path: str, query: Mapping[str, str], moment: float) -> list[dict[str, Any]]:
        """Every row: the calls of Smart+ show its own objects alone."""
        if not path.startswith(SMART):
            return super().listed(path, query, moment)
        kind = path.removeprefix(SMART).partition("/")[0]
        assert query["advertiser_id"] == ADVERTISER
        assert kind != "ad" or int(query["page_size"]) <= 100
        wanted = {name: ids for name, ids in json.loads(query.get("filtering", "{}")).items() if isinstance(ids, list)}
        rows = []
        for thing in self.things.values():
            fields = thing.at(moment) if thing.smart and thing.kind == kind else None
            if fields is not None:
                rows.append(self._row(thing, fields))
        return [row for row in rows[::-1] if all(str(row[key.removesuffix("s")]) in wanted[key] for key in wanted)]

    def classic(self, thing: Thing, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Those that show everything know its campaigns and ad groups as what they are, and each creative as an ad."""
        if not thing.smart:
            return super().classic(thing, fields)
        row = {**self._row(thing, fields), "campaign_automation_type": "UPGRADED_SMART_PLUS"}
        if thing.kind != "ad":
            return [row]
        return [
            {
                "ad_id": self.shown(one["id"]), "smart_plus_ad_id": row["smart_plus_ad_id"], "ad_name": row["ad_name"],
                "adgroup_id": row["adgroup_id"], "advertiser_id": ADVERTISER, "operation_status": one["status"],
                "campaign_automation_type": "UPGRADED_SMART_PLUS_CREATIVE",
                "create_time": row["create_time"], "modify_time": row["modify_time"],
            }
            for one in fields["creative_list"]
        ]  # fmt: skip

    def _row(self, thing: Thing, fields: Mapping[str, Any]) -> dict[str, Any]:
        row = {key: value for key, value in fields.items() if key not in ("status", "changed") and value is not None}
        row |= {id_key(thing.kind, smart=True): self.shown(thing.id), "advertiser_id": ADVERTISER}
        if above := ABOVE[thing.kind]:
            row[f"{above}_id"] = self.shown(thing.parent or "0")
        row |= {"operation_status": fields["status"], "secondary_status": f"STATUS_{fields['status']}"}
        row |= {"create_time": stamp(thing.created), "modify_time": stamp(fields["changed"])}
        if thing.kind == "adgroup":
            row |= {"schedule_end_time": "2037-01-01 00:00:00", "bid_price": 0.0, "pacing": "PACING_MODE_SMOOTH"}
        if "budget" not in row:
            row |= {"budget": 0.0, "budget_mode": "BUDGET_MODE_INFINITE"}
        if thing.kind == "ad":
            row["creative_list"] = [self._creative(one) for one in fields["creative_list"]]
        return row

    def _creative(self, one: Mapping[str, Any]) -> dict[str, Any]:
        info = {"material_name": "", "identity_authorized_bc_id": "0", **one["creative_info"]}
        # TikTok labels what runs under its own accounts by itself.
        info.pop("aigc_disclosure_type", None)
        told = {"ad_material_id": self.shown(one["ad_material_id"]), "smart_plus_creative_id": self.shown(one["id"])}
        return {**told, "material_operation_status": one["status"], "creative_info": info}
