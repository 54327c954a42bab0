"""One seed, one story of both families in one account; and which contract each seed is played under."""

from __future__ import annotations

from random import Random
from typing import Any

from reconciler.model import Address
from tests.simulation import smart
from tests.simulation.account import Profile, Thing
from tests.simulation.api import WRITE_FATES
from tests.simulation.declared import Manifests
from tests.simulation.smart import Smart
from tests.simulation.smart_account import THEIR_FILMS, SmartPlus, content, items
from tests.simulation.smart_judge import SmartJudge
from tests.simulation.story import Story, Told

SMART_FATES = {**WRITE_FATES, "partly": 3.0}
CONTRACTS = ("openapi", "marketing", "smart_plus")
"""A seed is played under that of its rest when it is divided by three."""


class SmartStory(Story):
    """Plays one seed under Smart+, with manual campaigns beside."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.machine.api.write_fates = SMART_FATES

    def draw(self, profile: Profile, random: Random) -> Manifests:
        """The first manifests, in an account that reads the documents in one of the ways that are possible."""
        made = super().draw(profile, random)
        profile.window, profile.first_answer = random.choice((0.0, 10.0, 1e9)), random.random() < 0.5
        profile.gap = random.choice((5.0, 5.0, 0.0))
        profile.wakes, profile.new_materials = random.random() < 0.5, random.random() < 0.5
        return made

    def first(self, random: Random) -> Manifests:
        """The first manifests."""
        return smart.draw(random)

    def edit(self) -> str:
        """Somebody edits the manifests."""
        manifests = self.machine.manifests
        assert isinstance(manifests, Smart)
        return smart.edit(manifests, self.random, [one for one in self.waiting() if one in manifests.nodes])

    def people(self, *, kind: bool = False) -> None:
        """What they do, and often a colleague's work in an ad."""
        super().people(kind=kind)
        if not kind and not self.calm and self.random.random() < 0.5:
            self.colleague()
            self.machine.clock.pass_by(self.random.choice((0.0, 30.0, 90.0)))

    def hidden(self) -> set[str]:
        """In some stories the listing of Smart+ is empty in an apply: the classic one still shows its campaigns."""
        held = super().hidden()
        if held:
            self.machine.api.blank = "smart_plus/campaign/get/"
        return held

    def stranger(self) -> None:
        """Somebody else works in the account."""
        if self.random.random() < 0.5:
            self.colleague()
        else:
            super().stranger()

    # ------------------------------------------------------------------ in Ads Manager

    def colleague(self, kind: str = "") -> None:
        """Somebody adds to an ad of ours, or pauses what they or we have added; if nothing is named, what comes."""
        random, account, now = self.random, self.machine.account, self.machine.clock.moment
        assert isinstance(account, SmartPlus)
        things = [one for one in account.live() if one.smart and one.kind == "ad" and one.address and not one.foreign]
        if not things:
            return
        one, kind = random.choice(things), kind or random.choice(("add", "add", "pause", "text", "ours"))
        self.machine.api.log.append(f"a colleague: {kind} in {one.address}")
        if kind == "add":
            self._add(one, random.choice(THEIR_FILMS), now)
        elif kind == "text" and len(one.fields["ad_text_list"]) < 5:
            text = f"Theirs {random.randint(1, 3)}"
            if text not in items(one.fields, "ad_text_list"):
                account.change(one, {"ad_text_list": [*one.fields["ad_text_list"], {"ad_text": text}]}, now)
                self._judge().theirs[(one.id, text)] = now
        elif kind in ("pause", "ours"):
            self._pause(one, now, theirs=kind == "pause")

    def _judge(self) -> SmartJudge:
        judge = self.machine.judge
        assert isinstance(judge, SmartJudge)
        return judge

    def _add(self, ad: Thing, film: str, now: float) -> None:
        """A video of the library more; what was there stays as it was."""
        account, shown = self.machine.account, items(ad.fields, "creative_list")
        assert isinstance(account, SmartPlus)
        like = next(iter(shown.values()))["creative_info"]
        info = {"ad_format": "SINGLE_VIDEO", "identity_type": like["identity_type"], "identity_id": like["identity_id"],
                "video_info": {"video_id": film}, "image_info": [{"web_uri": f"cover-of-{film}"}]}  # fmt: skip
        if content(info) not in shown and len(shown) < 50:
            account.change(ad, {"creative_list": [*shown.values(), account.creative(info, "ENABLE")]}, now)
            self._judge().theirs[(ad.id, content(info))] = now

    def _pause(self, ad: Thing, now: float, *, theirs: bool) -> None:
        account, judge = self.machine.account, self._judge()
        assert isinstance(account, SmartPlus)
        for key, one in items(ad.fields, "creative_list").items():
            if (key.split(" ")[0] in THEIR_FILMS) == theirs and one["status"] != "DISABLE":
                account.switch(ad, [one["ad_material_id"]], "DISABLE", now)
                if theirs:
                    judge.asleep[(ad.id, key)] = now
                return

    # ------------------------------------------------------------------ afterwards

    def settled(self) -> bool:
        """Whether nobody has a variant to look at: an ad goes without those that are not approved."""
        before = dict(self.machine.judge.approvals)
        self.people(kind=True)
        return before == self.machine.judge.approvals

    def held(self, address: str, entry: dict[str, object], fields: dict[str, Any]) -> None:
        """The object of one entry is there, is ours, and is as declared."""
        manifests = self.machine.manifests
        assert isinstance(manifests, Smart)
        node = manifests.nodes[Address.parse(address)]
        thing = self.machine.account.things.get(str(entry["id"]))
        if thing is not None and thing.smart != (node.contract == "smart_plus"):
            self.machine.judge.fail("I16", f"{address} is of another family")
        if node.contract != "smart_plus" or thing is None:
            super().held(address, entry, fields)
            return
        judge = self._judge()
        super().held(address, entry, {path: one for path, one in fields.items() if path.endswith("_name") or path in
                                      ("status", "budget", "optimization_goal")})  # fmt: skip
        for path, value in fields.items():
            above, _, leaf = path.partition(".")
            if leaf and thing.fields[above].get(leaf) != list(value):
                judge.fail("I7", f"{address}: {path} is {thing.fields[above].get(leaf)}, declared is {value}")
        if thing.kind == "ad" and thing.live:
            self._shown(address, thing, fields)

    def _shown(self, address: str, thing: Thing, fields: dict[str, Any]) -> None:
        held, judge = self.machine.resources(), self._judge()
        variants = {one.partition("/")[2]: held[one]["variants"] for one in held if one.startswith("refresh/")}
        if why := judge.wrong_ad(address, thing, variants):
            judge.fail("I42" if "paused" in why else "I32", f"{address}: {why}")
        texts, pages = (list(items(thing.fields, one)) for one in ("ad_text_list", "landing_page_url_list"))
        theirs = {key for ad, key in judge.theirs if ad == thing.id and key.split(" ")[0] not in THEIR_FILMS}
        if set(texts) != {*fields["ad_texts"]} | theirs or pages != [fields["landing_page_url"]]:
            judge.fail("I41", f"{address}: texts are {texts} and {pages}, not {fields['ad_texts']} and {theirs}")


def story_of(seed: int) -> Story:
    """The story of a seed."""
    return SmartStory(seed) if CONTRACTS[seed % 3] == "smart_plus" else Story(seed)


def play(seed: int) -> Told:
    """That story, played."""
    return story_of(seed).play()
