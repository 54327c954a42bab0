"""The invariants of a Smart+ story: those of every story, and what lists, creatives and request ids add.

I39  a `request_id` is one create's: no other address has it, and a create that is sent again has the same one
I40  a process writes to one ad at most every five seconds
I41  a list that is written holds what a colleague had put into it before the process began
I42  what a colleague or a manifest has paused is paused again by the run that wrote its list, and woken by nobody

That nothing is enabled by omission is I13; that ids are those of the ad, and calls those of its family, I16; that what
an answer does not name counts as not done, I22.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reconciler.model import Address, Change, Outcome
from tests.simulation.account import Sent, Thing
from tests.simulation.ads import Node
from tests.simulation.ads_judge import AdsJudge
from tests.simulation.api import LEAD
from tests.simulation.declared import Manifests
from tests.simulation.files import Disk
from tests.simulation.judge import plain
from tests.simulation.marketing import Film
from tests.simulation.smart_account import THEIR_FILMS, SmartPlus, items
from tests.simulation.wire import Write
from tests.simulation.world import Clock

_NAMES = {"creatives": "creative_list", "ad_texts": "ad_text_list", "landing_page_url": "landing_page_url_list"}
"""Field of an ad → the list that it is in a call."""
_ELSEWHERE = ("identity_type", "identity_id", "on_new_generation", "aigc_disclosure_type")
"""Fields of an ad that are said of its creatives in a call, or of nothing."""
_PAUSE = 5.0


class SmartJudge(AdsJudge):
    """Watches one story of both families."""

    account: SmartPlus

    def __init__(self, account: SmartPlus, disk: Disk, clock: Clock, root: Path) -> None:
        super().__init__(account, disk, clock, root)
        self.theirs: dict[tuple[str, str], float] = {}
        """(ad, what a colleague has put into one of its lists) → when."""
        self.asleep: dict[tuple[str, str], float] = {}
        """(ad, creative of a colleague) → when they paused it."""
        self._tokens: dict[str, str] = {}
        """`request_id` → the address it is of."""
        self._open_tokens: dict[str, tuple[int, str]] = {}
        """Address → the number of a create that was open when this process began, and its `request_id`."""
        self._written: dict[str, float] = {}
        """Ad → when this process has written to it last."""

    def begin(self, command: str, manifests: Manifests) -> None:
        """A process starts."""
        super().begin(command, manifests)
        self._written = {}
        creates = [one for one in self.open_intents().values() if one["verb"] == "create"]
        tokens = {one["address"]: (one["seq"], json.loads(one["body"]).get("request_id")) for one in creates}
        self._open_tokens = {address: told for address, told in tokens.items() if told[1]}

    @property
    def known_since(self) -> float:
        """What was done before is shown by every list that this process reads."""
        return self._since - self.account.profile.most_lag - LEAD

    def _declared(self, address: Address) -> object:
        node = self.manifests.nodes.get(address)
        uses = node.fields.get("creatives", ()) if node else ()
        names = [one["refresh"] for one in uses if one.get("refresh") in self.manifests.refreshes]
        made = [self.manifests.inputs(one) for one in names]
        if node is None or not uses:
            return super()._declared(address), made
        # A creative is enabled unless its manifest says otherwise: to say so changes nothing.
        said = [{name: one for name, one in use.items() if (name, one) != ("status", "ENABLE")} for use in uses]
        return (node.parent, sorted({**node.fields, "creatives": said}.items(), key=str)), made

    def _names(self, ad: Address, source: str | None) -> bool:
        node = self.manifests.nodes.get(ad)
        if node is None or "creatives" not in node.fields:
            return node is not None and super()._names(ad, source)
        uses = node.fields["creatives"]
        return source in [f"{kind}/{use[kind]}" for use in uses for kind in ("refresh", "video") if kind in use]

    # ------------------------------------------------------------------ writes

    def fits(self, sent: Sent, write: Write | None, row: Change) -> bool:
        """Whether the row asks for this write."""
        node = self.manifests.nodes.get(row.address)
        if write is not None and node is not None and (node.contract == "smart_plus") != write.smart:
            self.fail("I16", f"{row.address} is written by {sent.path}")
        if write is None or not write.smart:
            return super().fits(sent, write, row)
        if write.verb == "create":
            self._token(sent)
            return row.op in ("create", "replace") and self._is_birth(sent, write, row)
        self.ours(sent, write)
        self._pace(sent, write)
        thing = self.account.things.get(write.id or "")
        if thing is None:
            return False
        if write.verb == "status":
            return self._status_fits(write, row, {one.path: one.new for one in row.fields})
        if write.verb == "switch":
            return self._switch_fits(write, row, thing)
        if row.op == "replace" and write.id == row.id:
            return f"(replaced {row.id})" in str(write.fields.get(f"{write.kind}_name"))
        return row.op in ("update", "replace") and self._change_fits(sent, write, row, thing)

    def _token(self, sent: Sent) -> None:
        """I39."""
        token, address = sent.body.get("request_id"), str(sent.address)
        if token is None:
            return
        if self._tokens.setdefault(token, address) != address:
            self.fail("I39", f"{address} has the request_id of {self._tokens[token]}")
        number, before = self._open_tokens.get(address, (0, token))
        if before != token and self._was_absent(number):
            self.fail("I39", f"{address} is sent again with another request_id")

    def _was_absent(self, number: int) -> bool:
        """Whether two listings did not show what an earlier create was to make."""
        records = self.records(bytes(self.disk.names_now[self.journal].data))
        return any(one["kind"] == "rejected" and (one["of"], one["code"]) == (number, "absent") for one in records)

    def _pace(self, sent: Sent, write: Write) -> None:
        """I40."""
        before = self._written.get(write.id or "", 0.0)
        if write.kind == "ad" and sent.at < before + _PAUSE - 1e-6:
            self.fail("I40", f"{sent.address} is written {sent.at - before:.1f} s after it was: {sent.path}")
        self._written[write.id or ""] = sent.at

    def _is_birth(self, sent: Sent, write: Write, row: Change) -> bool:
        sent.replaced = row.id if row.op == "replace" else None
        node = self.manifests.nodes[row.address]
        if node.parent is not None:
            self.under(sent, write, {node.parent.kind: node.parent.name})
        if write.fields.get("status") != "DISABLE":
            self.fail("I13", f"{row.address} asks to be born {write.fields.get('status')}")
        setting = write.fields.get("ad_configuration", {})
        if write.kind == "ad" and (setting.get("dark_post_status"), setting.get("creative_auto_add_toggle")) != (
            "ON",
            False,
        ):
            self.fail("I13", f"{row.address} leaves to the account what it does by itself: {setting}")
        self._shown(sent, write, node, {})
        said, wanted = self._said(write.fields), self._said(self._wire(node))
        # What the creatives are is not the manifest's word alone, and was looked at above.
        name = f"{write.kind}_name"
        return {**said, name: None, "creative_list": None} == {**wanted, name: None, "creative_list": None}

    def _wire(self, node: Node) -> dict[str, Any]:
        """What a manifest says, as a create says it."""
        found: dict[str, Any] = {}
        for path, value in node.fields.items():
            above, _, leaf = path.partition(".")
            if path == "call_to_action_id":
                found["ad_configuration"] = {path: value}
            elif leaf:
                found[above] = {**found.get(above, {}), leaf: value}
            elif path == "ad_texts":
                found[_NAMES[path]] = [{"ad_text": one} for one in value]
            elif path == "landing_page_url":
                found[_NAMES[path]] = [{path: value}]
            elif path != "creatives" and path not in _ELSEWHERE:
                found[path] = value
        return found

    def _said(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Fields of a create, to be compared: as JSON has them, without the status and what is never declared."""
        found = {key: _comparable(key, value) for key, value in fields.items() if key != "status"}
        if "ad_configuration" in fields:
            found["ad_configuration"] = fields["ad_configuration"].get("call_to_action_id")
        return found

    def _change_fits(self, sent: Sent, write: Write, row: Change, thing: Thing) -> bool:
        """Every field that is sent is in the row, with its value; a list or an object goes whole."""
        new = {one.path: one.new for one in row.fields}
        asked = {_NAMES.get(one.partition("[")[0].partition(".")[0], one.partition(".")[0]) for one in new}
        node = self.manifests.nodes.get(row.address)
        if node is None or not write.fields.keys() <= asked:
            return False
        self._shown(sent, write, node, items(thing.fields, "creative_list"))
        wanted = self._wire(node)
        for key, value in write.fields.items():
            if key in ("creative_list", "ad_text_list"):
                continue  # See `_shown` and `_lists`.
            if key == f"{write.kind}_name" and key not in wanted:
                continue
            if _comparable(key, wanted.get(key)) != _comparable(key, value):
                return False
        texts = {one["ad_text"] for one in wanted.get("ad_text_list", ())}
        sent_texts = set(items(write.fields, "ad_text_list")) or texts
        return (
            texts
            <= sent_texts
            <= texts | set(items(thing.fields, "ad_text_list")) | self._lately(thing, "ad_text_list")
        )

    def _lately(self, thing: Thing, name: str) -> set[str]:
        """What a list of an ad held at any time since a little before the process began."""
        seen = [fields for visible, fields in thing.versions if visible >= self.known_since]
        return {one for fields in [*seen, thing.at(self.known_since)] if fields for one in items(fields, name)}

    def _shown(self, sent: Sent, write: Write, node: Node, before: dict[str, Any]) -> None:
        """I32: what a list of creatives adds is what the manifest names, declared as generated where it is."""
        thing = self.account.things.get(write.id or "")
        held = {*before, *(self._lately(thing, "creative_list") if thing else ())}
        for key, one in items(write.fields, "creative_list").items():
            if key in held:
                continue
            info = one["creative_info"]
            generated = self._is_generated(info)
            joins = node.fields.get("on_new_generation") == "join" and generated
            if not joins and not any(self._is_of(use, info) for use in node.fields["creatives"]):
                self.fail("I32", f"{sent.address} is to show {key}, which its manifest does not name")
            if (info.get("aigc_disclosure_type") == "SELF_DISCLOSURE") != generated:
                self.fail("I32", f"{sent.address}: a generated video must be declared, and no other: {info}")
            covers = [self.account.frame_of(each["web_uri"]) for each in info.get("image_info", ())]
            if "video_info" in info and covers != [info["video_info"]["video_id"]]:
                self.fail("I36", f"{info} has the cover of another video")

    def _film_of(self, info: dict[str, Any]) -> Film | None:
        return self.account.films.get(info.get("video_info", {}).get("video_id", ""))

    def _is_generated(self, info: dict[str, Any]) -> bool:
        film = self._film_of(info)
        return film is not None and film.data is not None

    def _is_of(self, use: dict[str, Any], info: dict[str, Any]) -> bool:
        """Whether a creative is what one item of a manifest names."""
        if "tiktok_item_id" in use or "tiktok_item_id" in info:
            return use.get("tiktok_item_id") == info.get("tiktok_item_id")
        film = self._film_of(info)
        if film is None:
            return True  # the library refuses it
        if "video_id" in use or "video" in use:
            return self.wrong({key: use[key] for key in ("video_id", "video") if key in use}, film) is None
        return self._is_generated(info) and self._is_variant(use, film)

    def _is_variant(self, use: dict[str, Any], film: Film) -> bool:
        """Whether a film is one of the refresh that is named, of its generation of now, and approved if so asked."""
        slots = range(1, self.manifests.refreshes[use["refresh"]].variants + 1)
        wanted = [use["variant"]] if "variant" in use else slots
        return any(self.wrong({"refresh": use["refresh"], "variant": one}, film) is None for one in wanted)

    def _switch_fits(self, write: Write, row: Change, thing: Thing) -> bool:
        """I42: woken is only what a manifest wants to run; paused what it wants paused, or a colleague had paused."""
        node = self.manifests.nodes.get(row.address)
        status = write.fields["material_status"]
        wanted = {str(one) for one in write.fields["ad_material_ids"]}
        for key, one in items(thing.fields, "creative_list").items():
            if one["ad_material_id"] not in wanted:
                continue
            mine = [use for use in node.fields["creatives"] if self._is_of(use, one["creative_info"])] if node else []
            if status == "ENABLE" and "ENABLE" not in [use.get("status", "ENABLE") for use in mine]:
                self.fail("I42", f"{row.address}: {key} is woken, which no manifest asks for")
            theirs = not mine and key.split(" ")[0] in THEIR_FILMS
            if status == "DISABLE" and theirs and (thing.id, key) not in self.asleep:
                self.fail("I42", f"{row.address}: {key} is paused, which is a colleague's and runs")
        return row.op in ("create", "update", "replace")

    # ------------------------------------------------------------------ the account

    def changed(self, sent: Sent, write: Write) -> None:
        """T: an object has been made or changed."""
        super().changed(sent, write)
        if write.smart and write.verb == "update":
            self._lists(sent, write)

    def _lists(self, sent: Sent, write: Write) -> None:
        """I41: nothing is dropped that was there in time; and of what was not, nobody can keep it."""
        in_time = sent.begun - self.account.profile.most_lag - LEAD
        for name in ("creative_list", "ad_text_list"):
            if name not in write.fields:
                continue
            kept = items(write.fields, name)
            for (ad, key), since in list(self.theirs.items()):
                of_texts = name == "ad_text_list"
                if ad != write.id or (key.split(" ")[0] in THEIR_FILMS) == of_texts:
                    continue
                if key not in kept:
                    if since < in_time:
                        self.fail("I41", f"{sent.address}: {key} of a colleague is dropped from {name}")
                    del self.theirs[(ad, key)]
                    self.asleep.pop((ad, key), None)
                elif not of_texts and self.account.profile.wakes and self.asleep.get((ad, key), 0.0) >= in_time:
                    del self.asleep[(ad, key)]

    def ended(self, code: int | None, outcomes: tuple[Outcome, ...], command: str) -> None:
        """E: a process has ended; what it says it has done, it has."""
        super().ended(code, outcomes, command)
        if code is None:
            return
        done = {str(one.address) for one in outcomes if one.outcome == "done"}
        mine: dict[tuple[str | None, str], Sent] = {}
        for sent in (one for one in self.account.sent if one.begun == self._since and one.at >= self._since):
            mine[(sent.address, sent.path)] = sent
            if (
                sent.path == "smart_plus/ad/update/"
                and sent.committed
                and "creative_list" in sent.body
                and sent.address in done
            ):
                self._still_asleep(sent)
        for (address, path), sent in mine.items():
            if sent.fate == "partly" and sent.idle and address in done:
                self.fail("I22", f"{address} is told as done, and {path} has not done it: {sent.body}")

    def _still_asleep(self, sent: Sent) -> None:
        """I42: at the end of the run that wrote the list of this ad."""
        thing = self.account.things[str(sent.body["smart_plus_ad_id"])]
        node = self.manifests.nodes.get(Address.parse(str(sent.address)))
        uses = node.fields["creatives"] if node else ()
        for key, one in items(thing.fields, "creative_list").items() if thing.live else ():
            paused = self.asleep.get((thing.id, key))
            theirs = paused is not None and paused < self.known_since
            ours = any(use.get("status") == "DISABLE" and self._is_of(use, one["creative_info"]) for use in uses)
            if (ours or theirs) and one["status"] != "DISABLE":
                who = "a manifest pauses" if ours else "a colleague has paused"
                self.fail("I42", f"{sent.address}: {key}, which {who}, runs after its list was written")

    # ------------------------------------------------------------------ convergence

    def wrong_ad(self, address: str, thing: Thing, variants: dict[str, list[dict[str, Any]]]) -> str | None:
        """C: why an ad is not what its manifest and its colleagues have made of it.

        `variants`: refresh → its slots, as the lockfile has them.
        """
        uses = self.manifests.nodes[Address.parse(address)].fields["creatives"]
        joins = self.manifests.nodes[Address.parse(address)].fields.get("on_new_generation") == "join"
        wanted: dict[str, str] = {}
        for use in uses:
            for shown in self._all_of(use, variants):
                wanted[shown] = use.get("status", "ENABLE")
        live = items(thing.fields, "creative_list")
        for key, one in live.items():
            word, status = key.split(" ")[0], one["status"]
            if word in THEIR_FILMS:
                if (thing.id, key) in self.asleep and status != "DISABLE":
                    return f"{key}, which a colleague has paused, is {status}"
            elif word not in wanted:
                if not (joins and status == "DISABLE" and self._is_generated(one["creative_info"])):
                    return f"{key} is in it, which its manifest does not name: {wanted}"
            elif wanted.pop(word) != status:
                return f"{key} is {status}"
        lost = [
            key for ad, key in self.theirs if ad == thing.id and key.split(" ")[0] in THEIR_FILMS and key not in live
        ]
        return f"it lacks {sorted(wanted)} of its manifest and {lost} of colleagues" if wanted or lost else None

    def _all_of(self, use: dict[str, Any], variants: dict[str, list[dict[str, Any]]]) -> list[str]:
        """What one item of a manifest stands for in the end."""
        if "refresh" not in use:
            films = [one.id for one in self.account.films.values() if "video" in use and self.wrong(use, one) is None]
            return [use.get("video_id") or use.get("tiktok_item_id") or films[0]]
        slots = [one for one in variants[use["refresh"]] if use.get("variant") in (None, one["slot"])]
        most = self.manifests.refreshes[use["refresh"]].variants
        return [one["library_video_id"] for one in slots if one["state"] == "ready" and one["slot"] <= most]


def _comparable(key: str, value: Any) -> Any:
    """As JSON has it, money as money."""
    return plain(key, value) if key == "budget" else json.loads(json.dumps(value, default=str))
