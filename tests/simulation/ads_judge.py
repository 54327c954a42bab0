"""The invariants of a marketing story: those of every story, and what replacements, births and videos in ads add.

I31  a replaced object is paused once its successor and all below that are there, and before any of it is enabled; of
     one address never two ads run
I32  an ad shows what its manifest names: that video, that variant of that generation, and approved if so asked
I33  `advance` takes up only steps that were approved, and only while their manifest is what it was
I34  what is uploaded is what was downloaded, and is uploaded once
I35  an ad keeps the video of an earlier generation until the new one is complete
I36  an ad's cover is of its video
I37  an update sets nothing but what its row says: the rest of the object stays as it was, and as others have set it
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from reconciler.model import Address, Change, Plan
from tests.simulation.account import SUBMIT, UPLOAD, Sent, Thing
from tests.simulation.ads import Ads
from tests.simulation.api import film_of
from tests.simulation.declared import Manifests
from tests.simulation.files import Disk
from tests.simulation.judge import LATELY, Judge, plain
from tests.simulation.marketing import IMAGE, Film, Marketing
from tests.simulation.wire import Write
from tests.simulation.world import Clock


class AdsJudge(Judge):
    """Watches one marketing story."""

    account: Marketing

    def __init__(self, account: Marketing, disk: Disk, clock: Clock, root: Path) -> None:
        super().__init__(account, disk, clock, root)
        self.manifests = Ads()
        self.superseded: set[str] = set()
        """Objects that have a successor."""
        self._approved: dict[str, list[tuple[Change, object]]] = {}
        """Address → its rows in every approved plan, each with what its manifest was."""

    def begin(self, command: str, manifests: Manifests) -> None:
        """A process starts."""
        super().begin(command, manifests)
        assert isinstance(manifests, Ads)
        self.manifests = manifests.copy()

    def planned(self, plan: Plan) -> None:
        """A plan that is approved now."""
        super().planned(plan)
        for row in plan.changes:
            if row.op != "blocked":
                self._approved.setdefault(str(row.address), []).append((row, self._declared(row.address)))

    def _declared(self, address: Address) -> object:
        """What the manifests say of it, with what its video is made from."""
        node = self.manifests.nodes.get(address)
        use = node.fields.get("video", {}) if node else {}
        refresh = use.get("refresh")
        made = self.manifests.inputs(refresh) if refresh in self.manifests.refreshes else None
        return node and (node.parent, sorted(node.fields.items(), key=str), made)

    def may_send(self) -> bool:
        """`advance` takes up what waited."""
        return self.command in ("apply", "advance")

    def names_made(self, path: str) -> bool:
        """Every create and every upload tells an id; those of covers are kept nowhere."""
        return path in (SUBMIT, UPLOAD) or path.endswith("/create/")

    def rows(self) -> list[Change]:
        """The rows that are approved now: in `advance` those whose manifest is still what it was."""
        if self.command != "advance":
            return super().rows()
        return [
            row
            for text, found in self._approved.items()
            for row, then in reversed(found)
            if then == self._declared(Address.parse(text))
        ]

    def unplanned(self, sent: Sent, write: Write | None, mine: list[Change]) -> None:
        """No row of the plan asks for this."""
        if self.command == "advance":
            self.fail(
                "I33", f"advance: POST {sent.path} {sent.body} was not approved, or is not what was (rows {mine})"
            )
            return
        super().unplanned(sent, write, mine)

    # ------------------------------------------------------------------ writes

    def _against_plan(self, sent: Sent) -> None:
        if not self._library_upload(sent, self.rows()):
            super()._against_plan(sent)

    def _library_upload(self, sent: Sent, rows: list[Change]) -> bool:
        """I34: uploads into the asset library are for an ad of the plan, of whole films that one of our tasks made."""
        if sent.path == IMAGE:
            if not any(str(row.address) == sent.address and row.address.kind == "ad" for row in rows):
                self.fail("I5", f"a cover for {sent.address}, which is not in the plan")
            return True
        if sent.path != UPLOAD or "advertiser_id" not in sent.body:
            return False
        if not any(self._names(row.address, sent.address) for row in rows if row.address.kind == "ad"):
            self.fail(
                "I33" if self.command == "advance" else "I5", f"an upload of {sent.address} for no ad of the plan"
            )
        if sent.attached is None:
            name = str(sent.address).partition("/")[2]
            if sent.body["video_url"] != self.manifests.videos.get(name):
                self.fail("I34", f"{sent.address} is uploaded from {sent.body['video_url']}")
        elif self.film(sent.attached) is None:
            self.fail("I34", f"{len(sent.attached)} bytes that nobody has made are uploaded for {sent.address}")
        return True

    def _names(self, ad: Address, source: str | None) -> bool:
        node = self.manifests.nodes.get(ad)
        use = node.fields["video"] if node else {}
        return source in (f"refresh/{use.get('refresh')}", f"video/{use.get('video')}")

    def film(self, data: bytes) -> str | None:
        """The video of one of our tasks whose whole film this is."""
        ours = (video for task in self.account.tasks.values() if task.sent for video in task.videos)
        return next((video for video in ours if film_of(video) == data), None)

    def fits(self, sent: Sent, write: Write | None, row: Change) -> bool:
        """Whether the row asks for this write."""
        if write is None:
            return super().fits(sent, write, row)
        new = {("video_id" if one.path == "video" else one.path): one.new for one in row.fields}
        if write.verb == "create":
            return row.op in ("create", "replace") and self._birth(sent, write, row, new)
        thing = self.account.things.get(write.id or "")
        self.ours(sent, write)
        if thing is None:
            return False
        if write.verb == "status":
            return self._status_fits(write, row, new)
        if row.op == "replace" and write.id == row.id:
            name = f"{write.kind}_name"
            renamed = f"(replaced {row.id})" in str(write.fields.get(name))
            return renamed and self._the_rest(thing, write, {name}, sent)
        asked = {key for key in write.fields if key in new}
        same = all(self._same(key, write.fields[key], new[key]) for key in asked)
        self.shows(write, thing)
        covers = {"image_ids"} if "video_id" in asked else set()
        # A successor that is there already becomes what the manifest says with the rest of its replacement.
        return (
            row.op in ("update", "replace")
            and bool(asked)
            and same
            and self._the_rest(thing, write, asked | covers, sent)
        )

    def _same(self, key: str, wire: Any, value: Any) -> bool:
        return (key == "video_id" and not isinstance(value, str)) or plain(key, wire) == plain(key, value)

    def _birth(self, sent: Sent, write: Write, row: Change, new: dict[str, Any]) -> bool:
        sent.replaced = row.id if row.op == "replace" else None
        node = self.manifests.nodes[row.address]
        if node.parent is not None:
            self.under(sent, write, {node.parent.kind: node.parent.name})
        if write.fields.get("status") != "DISABLE":
            self.fail("I13", f"{row.address} asks to be born {write.fields.get('status')}")
        self.shows(write, None)
        own = {
            key: value
            for key, value in write.fields.items()
            if key not in ("status", "budget_optimize_on", "image_ids", "dark_post_status")
        }
        wanted = {key: value for key, value in new.items() if key not in ("status", "campaign", "adgroup")}
        wanted.pop("aigc_disclosure_type", None)
        if (own.pop("aigc_disclosure_type", None) == "SELF_DISCLOSURE") != ("refresh" in node.fields.get("video", {})):
            self.fail("I32", f"{row.address}: a generated video must be declared, and no other: {write.fields}")
        return own.keys() == wanted.keys() and all(self._same(key, own[key], wanted[key]) for key in own)

    def _status_fits(self, write: Write, row: Change, new: dict[str, Any]) -> bool:
        status: str = write.fields["status"]
        if status == "DELETE" or row.op in ("disable", "delete"):
            return {"disable": "DISABLE", "delete": "DELETE"}.get(row.op) == status
        if status == "ENABLE":
            node = self.manifests.nodes.get(row.address)
            approved = node is not None and node.fields.get("status") == "ENABLE"
            return (
                approved
                and row.op in ("create", "update", "replace")
                and not (row.op == "replace" and write.id == row.id)
            )
        if row.op == "update":
            return (
                new.get("status") == "DISABLE"
                or row.reason == "unfinished birth"
                or any(one.path == "status" and one.old == "DISABLE" for one in row.fields)
            )
        if row.op == "replace" and write.id == row.id:
            below = [
                one for one in self.rows() if one.op in ("create", "replace") and self._under(one, row.address, [])
            ]
            missing = [str(one.address) for one in (row, *below) if self.successor(one) is None]
            if missing:
                self.fail("I31", f"{row.id} is paused before {missing} are there")
        return row.op in ("create", "replace")

    def _the_rest(self, thing: Thing, write: Write, asked: set[str], sent: Sent) -> bool:
        """I37: what goes along with an update is what the object has, as its process may have seen it."""
        at = [self.account.written(fields) for fields in self.seen(thing)]
        for key, value in write.fields.items():
            held = key in asked or any(plain(key, one.get(key)) == plain(key, value) for one in at)
            if not held and not (
                isinstance(value, list) and sorted(value) in [sorted(one.get(key) or []) for one in at]
            ):
                self.fail(
                    "I37", f"{sent.address}: {key} is sent as {value}, which no row asks for: {thing.fields.get(key)}"
                )
        return True

    def successor(self, row: Change) -> Thing | None:
        """What this row was to make."""
        found = [one for one in self.account.live() if one.address == str(row.address) and one.id != row.id]
        return next((one for one in found if one.id not in self.superseded), None)

    def _under(self, row: Change, address: Address, rows: list[Change]) -> bool:
        return row.address in self.manifests.below(address)

    # ------------------------------------------------------------------ videos

    def shows(self, write: Write, thing: Thing | None) -> None:
        """I32, I35, I36: what an ad is sent to show, unless it shows that already."""
        video = write.fields.get("video_id")
        if write.kind != "ad" or video is None:
            return
        covers = write.fields.get("image_ids")
        if covers is None or [self.account.frame_of(one) for one in covers] != [video]:
            self.fail("I36", f"{write.fields} has covers of another video")
        if thing is not None and thing.fields.get("video_id") == video:
            return
        sent = self.account.sent[-1]
        node = self.manifests.nodes[Address.parse(str(sent.address))]
        if why := self.wrong(node.fields["video"], self.account.films.get(video), thing):
            self.fail("I32", f"{sent.address} is to show {video}: {why}")

    def wrong(self, use: dict[str, Any], film: Film | None, before: Thing | None = None) -> str | None:
        """Why a film of the library is not what the manifest names."""
        if film is None:
            return None  # the library refuses it
        if "video_id" in use:
            return None if film.id == use["video_id"] else "another id is declared"
        if "video" in use:
            return None if film.url == self.manifests.videos[use["video"]] else f"it is {film.url}"
        made = self.made_by(film)
        if made is None:
            return "none of our tasks has made it"
        key, slots, name = made.source, made.slots, use["refresh"]
        if key != (name, self.manifests.inputs(name)):
            return f"it was made from {key}, declared is {self.manifests.inputs(name)}"
        if use["variant"] not in slots:
            return f"it is one of slots {slots}, not {use['variant']}"
        if self.manifests.approval:
            said = self.approvals.get(hashlib.sha256(film.data or b"").hexdigest())
            if said != "approved":
                return f"it is {said or 'not approved'}"
        if before is not None and self._of_earlier(before, key) and not self._complete(key):
            self.fail("I35", f"{before.address} leaves its generation before the new one is complete")
        return None

    def made_by(self, film: Film | None) -> Sent | None:
        """The submit that a film of the library came from."""
        video = self.film(film.data) if film and film.data else None
        return next((one.sent for one in self.account.tasks.values() if video in one.videos), None)

    def _of_earlier(self, ad: Thing, key: tuple[str, tuple[object, ...]]) -> bool:
        made = self.made_by(self.account.films.get(str(ad.fields.get("video_id"))))
        return made is not None and made.source != key and made.source[0] == key[0]

    def _complete(self, key: tuple[str, tuple[object, ...]]) -> bool:
        filled: set[int] = set()
        for task in self.account.tasks.values():
            if task.sent and task.videos and task.ends <= self.clock.moment and task.sent.source == key:
                filled.update(task.sent.slots)
        return filled >= set(range(1, self.manifests.refreshes[key[0]].variants + 1))

    def _submit(self, sent: Sent, intent: dict[str, Any]) -> None:
        super()._submit(sent, intent)
        name = str(sent.address).partition("/")[2]
        sent.source = (name, self.manifests.inputs(name))
        sent.slots = tuple(one[2] for one in sent.body["slots"])

    # ------------------------------------------------------------------ the account

    def _committed(self, sent: Sent, now: float) -> None:
        super()._committed(sent, now)
        if sent.path == UPLOAD and "advertiser_id" in sent.body:
            made = self.account.films[sent.made[0]]
            same = [one for one in self.account.films.values() if (one.url, one.data) == (made.url, made.data)]
            if len(same) > 1:
                self.fail("I34", f"{[one.name for one in same]} are the same video")

    def changed(self, sent: Sent, write: Write) -> None:
        """T: an object has been made or changed."""
        if write.verb == "create" and sent.replaced:
            self.superseded.add(sent.replaced)
        super().changed(sent, write)
        if write.fields.get("status") == "ENABLE" and write.id:
            for one in self.account.live():
                if (
                    one.address == sent.address
                    and one.id != write.id
                    and one.fields["status"] == "ENABLE"
                    and not one.foreign
                ):
                    self.fail("I31", f"{write.id} is enabled while {one.id}, which it replaces, is")
        if write.verb == "update":
            self._kept(sent, write)

    def _kept(self, sent: Sent, write: Write) -> None:
        """I37: what somebody else has set long before is still there."""
        thing = self.account.things[write.id or ""]
        before = thing.at(sent.at - LATELY - self.account.profile.most_lag) or {}
        for key in ("music_id", "interest_keyword_ids"):
            if before.get(key) and key not in write.fields and not thing.fields.get(key):
                self.fail("I37", f"{thing.address}: {key}, which somebody has set, is gone")

    def left_running(self) -> None:
        """C, I31: nothing that has a successor runs, also where nothing is declared of it any more."""
        for one in self.account.live():
            if one.id in self.superseded and one.fields["status"] == "ENABLE" and not one.foreign:
                self.fail("I31", f"{one.id}, which {one.address} has replaced, still runs")

    def alike(self, sent: Sent) -> list[str]:
        """What stands for the same address and has no successor."""
        return [one for one in super().alike(sent) if one not in self.superseded]

    def spending(self, ad: Thing) -> None:
        """I13, I31: what runs was approved to, and of one address only one does."""
        chain = self.chain(ad)
        if any(one.fields["status"] != "ENABLE" for one in chain) or any(one.foreign for one in chain):
            return
        for one in chain:
            if one.id not in self.enabled and one.kind not in self.account.profile.ignores & {"ad"}:
                self.fail("I13", f"{one.address} spends and was never approved to")
        for one in self.account.live():
            if one.address == ad.address and one is not ad and "ad" not in self.account.profile.ignores:
                above = self.chain(one)
                if all(each.fields["status"] == "ENABLE" and not each.foreign for each in above):
                    self.fail("I31", f"two ads of {ad.address} run: {ad.id}, {one.id}")
