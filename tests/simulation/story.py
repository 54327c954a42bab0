"""One seed, one story: manifests, faults, crashes, strangers, edits; then everything heals and apply must converge."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from reconciler.model import Address
from reconciler.plan.guards.vanished import RULE as VANISHED
from reconciler.workflow.recover import Decisions
from tests.simulation import ads, declared
from tests.simulation.account import Profile, Thing
from tests.simulation.ads import Ads
from tests.simulation.ads_judge import AdsJudge
from tests.simulation.api import Faults, film_of
from tests.simulation.at_once import at_once
from tests.simulation.declared import Manifests
from tests.simulation.files import Cut, Kind, Trouble
from tests.simulation.judge import Broken, plain
from tests.simulation.known import KNOWN
from tests.simulation.machine import Ended, Machine
from tests.simulation.wire import ABOVE

MOST_RUNS = 10
REPLACED = ("R704", "R713")
"""The blocked rows that `--replace` is for."""
CUTS: tuple[Cut, ...] = ("none", "none", "unsynced", "torn", "renames-only", "data-only", "random")


@dataclass
class Told:
    """How a story went."""

    seed: int
    broken: list[Broken]
    runs: int
    """Applies until convergence, once healed."""
    asked: int
    lines: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join([*self.lines, *(f"BROKEN {one}" for one in self.broken)])


class Story:
    """Plays one seed."""

    def __init__(self, seed: int) -> None:
        self.seed, self.random = seed, Random(seed)
        random = self.random
        self.ads = seed % 3 > 0
        """Whether it is played in an account that the marketing contract speaks to."""
        self.calm = random.random() < 0.1
        rate = 0.0 if self.calm else random.choice((0.03, 0.1, 0.2, 0.4))
        faults = Faults(
            writes=rate,
            reads=0.0 if self.calm else random.choice((0.0, 0.02, 0.1)),
            downloads=0.0 if self.calm else random.choice((0.0, 0.2)),
            strangers=0.0 if self.calm else random.choice((0.0, 0.0, 0.02)),
        )
        profile = Profile(
            name_guard=random.random() < 0.5,
            integer_ids=random.random() < 0.3,
            page_size=random.choice((1000, 1000, 1000, 3)),
            most_lag=random.choice((0.0, 5.0, 30.0)),
            four_tasks=random.random() < 0.5,
            renews=random.random() < 0.5,
            task_fails=random.choice((0.0, 0.0, 0.2)),
        )
        self.machine = Machine(profile, random, faults, self.draw(profile, random))
        self.machine.api.stranger = self.stranger
        self.lines = [f"seed {seed}: {faults} {profile}"]
        self.runs = self.asked = 0
        self.blanks, self.machine.dead = seed % 5 == 2, seed % 7 == 3

    def draw(self, profile: Profile, random: Random) -> Manifests:
        """The first manifests, in an account that reads the documents in one of the ways that are possible."""
        if self.ads:
            profile.ignores = random.choice((frozenset(), frozenset(("campaign",)), frozenset(("campaign", "adgroup")),
                                             frozenset(("campaign", "adgroup", "ad"))))  # fmt: skip
            profile.replaces = random.random() < 0.5
            profile.answers = random.choice(("ids", "creatives", "flat", "all"))
            profile.transcoding = random.choice((0.0, 40.0, 200.0))
            profile.suggests, profile.array = random.random() < 0.7, random.random() < 0.5
        return self.first(random)

    def first(self, random: Random) -> Manifests:
        """The first manifests."""
        return ads.draw(random) if self.ads else declared.draw(random)

    def play(self) -> Told:
        """The whole story."""
        for _ in range(self.random.randint(1, 3)):
            self.act()
            if self.machine.judge.broken:
                break
        if not self.machine.judge.broken:
            self.heal()
            at_once(self)
        self.machine.leave()
        return Told(self.seed, self.machine.judge.broken, self.runs, self.asked, self.lines)

    def say(self, text: str) -> None:
        """One line of the story."""
        machine = self.machine
        moment = machine.clock.moment - machine.judge.begun
        self.lines += [*(f"{'':10}{one}" for one in machine.api.log), f"{moment:9.1f} {text}"]
        machine.api.log.clear()

    # ------------------------------------------------------------------ while things go wrong

    def act(self) -> None:
        """One command, perhaps with an edit before it and a crash in it."""
        random, machine = self.random, self.machine
        while random.random() < 0.5:
            self.say(f"edit: {self.edit()}")
        if machine.faults.strangers and random.random() < 0.5:
            # Somebody's video has just come into the list.
            machine.account.start(None, 1, machine.clock.moment)
            machine.clock.pass_by(150)
        if self.ads:
            self.people()
        often = 40 if self.waiting() else 2
        kind = random.choices(("apply", "advance", "plan", "recover"), (12, often, 1, 1))[0]
        trouble = self.trouble()
        if not self.calm and random.random() < 0.08:
            machine.api.plague()
        held = self.hidden() if kind == "apply" else set()
        if kind == "apply":
            interrupt = random.randint(1, 30) if not self.calm and random.random() < 0.05 else None
            replace = (str(random.choice(list(self.nodes()))),) if self.ads and random.random() < 0.15 else ()
            detach = random.random() < (0.4 if self.ads else 0.2)
            ended = machine.apply(trouble=trouble, interrupt=interrupt, detach=detach, replace=replace)
        elif kind == "advance":
            ended = machine.advance(random.choice((0, 60, 600)), trouble=trouble)
        elif kind == "plan":
            ended = machine.plan()
        else:
            ended = machine.recover(answer=random.random() < 0.5, trouble=trouble)
        machine.api.script, machine.api.blank = None, ""
        if lost := held - machine.resources().keys():
            machine.judge.fail("I38", f"{sorted(lost)} are forgotten because a listing came back empty")
        self.say(f"{ended} {trouble or ''}")
        if ended.code is None:
            self.crashed()
        machine.clock.pass_by(random.choice((0.5, 5, 60, 200, 1000, 3600, 90_000)) * random.random())

    def hidden(self) -> set[str]:
        """In some stories the account of an apply lists no campaigns, although most of them are bound: which."""
        known = {one: entry for one, entry in self.machine.resources().items() if one.startswith("campaign/")}
        bound = {one for one, entry in known.items() if not entry.get("unlisted_since")}
        if not self.blanks or len(bound) < 3 or 2 * len(bound) <= len(known):
            return set()
        self.machine.api.blank = "campaign/get/"
        return bound

    def edit(self) -> str:
        """Somebody edits the manifests."""
        manifests = self.machine.manifests
        if not isinstance(manifests, Ads):
            return declared.edit(manifests, self.random)
        return ads.edit(manifests, self.random, [one for one in self.waiting() if one in manifests.nodes])

    def waiting(self) -> list[Address]:
        """Of which addresses approved steps wait."""
        held = [entry.get("waiting") or {} for entry in self.machine.resources().values()]
        return [Address.parse(step["address"]) for one in held for step in one.get("steps", [])]

    def nodes(self) -> list[Address]:
        """What the manifests of a marketing story declare."""
        return [one for one in self.machine.manifests.resources() if one.kind not in ("video", "refresh")]

    def people(self, *, kind: bool = False) -> None:
        """Somebody looks at variants and decides, or meddles with their files. `kind`: puts everything right."""
        random, machine = self.random, self.machine
        for address, entry in machine.resources().items():
            for one in entry.get("variants", []) if address.startswith("refresh/") else []:
                if one["state"] != "ready":
                    continue
                if kind or random.random() < 0.7:
                    machine.decide(address, one["sha256"], yes=kind or random.random() < 0.8)
                node = machine.disk.names_now.get(machine.root / one["file"])
                if kind:
                    machine.put(machine.root / one["file"], film_of(one["video_id"]))
                elif node and not one["library_video_id"] and random.random() < 0.2:
                    machine.put(machine.root / one["file"], b"another film" if random.random() < 0.5 else None)
                    machine.api.log.append(f"somebody changes {one['file']}")

    def trouble(self) -> Trouble | None:
        """What befalls this process at its disk."""
        random = self.random
        if self.calm or random.random() < 0.4:
            return None
        kinds: tuple[Kind, ...] = ("crash", "half", "ENOSPC", "EIO")
        kind = random.choices(kinds, (6, 4, 1, 1))[0]
        return Trouble(random.randint(1, random.choice((5, 20, 80, 200))), kind, random.choice((1, 3, 1000)))

    def crashed(self) -> None:
        """A kill, or a power cut, and the time until somebody starts again."""
        random, machine = self.random, self.machine
        cut = random.choice(CUTS)
        machine.power(cut)
        machine.clock.pass_by(random.uniform(0.5, 30) if cut == "none" else random.uniform(61, 300))
        if random.random() < 0.1:
            machine.skew -= random.choice((1.0, 20.0, 60.0))
        self.say(f"crash, {cut} lost, clock off by {machine.skew}")

    def stranger(self) -> None:
        """Somebody else works in the account."""
        random, account, now = self.random, self.machine.account, self.machine.clock.moment
        things = [one for one in account.live() if one.kind == "campaign" or self.ads]
        kind = random.choice(("edit", "edit", "status", "create", "twin", "delete", "video", "video"))
        self.machine.api.log.append(f"a stranger: {kind}")
        if kind == "video":
            account.start(None, 1, now)
        elif kind == "create":
            fields = {"campaign_name": f"Foreign {account.new_id()}", "objective_type": "REACH",
                      "budget_mode": "BUDGET_MODE_DAY", "budget": 20.0, "status": "DISABLE"}  # fmt: skip
            account.add(Thing("campaign", account.new_id(), None, None, now, fields, foreign=True), now)
        elif things:
            one = random.choice(things)
            if kind == "twin":
                twin = Thing(one.kind, account.new_id(), one.parent, None, now, dict(one.fields), foreign=True)
                twin.twin_of = one.twin_of or one
                account.add(twin, now)
                return
            # What an update of ours might set back, although no manifest of ours knows it.
            theirs: dict[str, dict[str, object]] = {
                "ad": {"music_id": "m1"},
                "adgroup": {"interest_keyword_ids": ["7"]},
            }
            if kind == "edit" and one.kind in theirs and random.random() < 0.6:
                account.change(one, theirs[one.kind], now)
                return
            one.foreign = True
            changes: dict[str, dict[str, object]] = {
                "edit": {"budget": float(random.randint(20, 99))} if "budget" in one.fields else {},
                "status": {"status": random.choice(("ENABLE", "DISABLE"))},
                "delete": {"status": "DELETE" if random.random() < 0.3 else "DISABLE"},
            }
            account.change(one, changes[kind], now)

    # ------------------------------------------------------------------ afterwards

    def heal(self) -> None:
        """Nothing goes wrong any more: apply until there is no work, asking somebody where it asks."""
        machine = self.machine
        machine.faults.heal()
        machine.account.profile.task_fails = 0.0
        machine.clock.pass_by(1200)
        if self.ads:
            self.people(kind=True)
        machine.account.settle(machine.clock.moment)
        self.say("healed")
        recreate: tuple[str, ...] = ()
        replace: tuple[str, ...] = ()
        ended: Ended | None = None
        for _ in range(MOST_RUNS):
            self.runs += 1
            ended = machine.apply(recreate, replace=replace)
            self.say(str(ended))
            if machine.judge.broken:
                return
            if ended.code == 0 and ended.plan is not None and not ended.plan.changes and self.settled():
                self.converged()
                return
            recreate, replace = self.help(ended), self.renewed(ended)
            machine.clock.pass_by(100)
        machine.judge.fail("I28", f"no convergence in {MOST_RUNS} runs; the last: {ended}")

    def settled(self) -> bool:
        """Whether nobody has anything to do any more."""
        return True

    def renewed(self, ended: Ended) -> tuple[str, ...]:
        """What a person lets replace, because it cannot be changed as it is."""
        if self.ads:
            self.people(kind=True)
        rows = ended.plan.changes if ended.plan else ()
        for row in rows:
            if row.code == "R716":
                # Fewer than four have come of a submit of four.
                self.machine.manifests.refreshes["hooks"].revision += 1
                break
        return tuple(str(row.address) for row in rows if row.code in REPLACED)

    def help(self, ended: Ended) -> tuple[str, ...]:
        """What a person does about what the last run said; returns the addresses to be made anew."""
        machine, account = self.machine, self.machine.account
        codes = {one.code: one for one in ended.outcomes if one.code}
        if ended.code == 10 or "R703" in codes:
            self.asked += 1
            machine.clock.pass_by(1000)
            done = machine.recover()
            self.say(f"{done} {machine.told}")
        if "R718" in codes:
            # A torn record was never acted on, so what nobody claims is a stranger's, or was let go long ago.
            self.asked += 1
            unclaimed = re.findall(r"\bv[0-9]+\b", codes["R718"].message or "")
            self.say(f"ignore {unclaimed}: {machine.recover(Decisions(ignore=unclaimed))}")
        for one in ended.outcomes:
            if one.code in ("R714", "R715", "R716") and ended.code != 8:
                machine.judge.resubmits[str(one.address)] += 4
                done = machine.recover(Decisions(resubmit=[str(one.address)]))
                self.say(f"resubmit {one.address}: {done}")
        if "are not listed any more" in (ended.error or ""):
            # They are gone indeed: who looks at the account sees it.
            machine.gone |= {f"{VANISHED}={kind}" for kind in ABOVE}
        for row in ended.plan.changes if ended.plan else ():
            if row.code == "R701":
                # The stranger takes the twin away.
                name = f"{row.address.kind}_name"
                for thing in list(account.live()):
                    if thing.address is None and thing.fields.get(name) in [one.new for one in row.fields]:
                        account.change(thing, {"status": "DELETE"}, machine.clock.moment)
        return tuple(str(row.address) for row in (ended.plan.changes if ended.plan else ()) if row.code == "R702")

    def converged(self) -> None:
        """C: what was asked for is there, once; the same again does nothing."""
        machine, judge = self.machine, self.machine.judge
        before, sent = machine.lockfile(), len(machine.account.sent)
        again = machine.apply()
        self.say(f"again: {again}")
        if len(machine.account.sent) != sent or again.code != 0:
            judge.fail("I7", f"a further apply: {again}")
        if machine.lockfile() != before:
            judge.fail("I8", "a further apply changed the lockfile")
        if isinstance(judge, AdsJudge):
            judge.left_running()
        held = machine.resources()
        machine.clock.pass_by(100)
        for address, resource in machine.manifests.resources().items():
            entry = held.get(str(address))
            if entry is None:
                if address.kind != "video":
                    judge.fail("I11", f"{address} is not in the lockfile")
            elif address.kind in ("campaign", "adgroup", "ad"):
                self.held(str(address), entry, dict(resource.fields))
            elif address.kind == "refresh":
                self.variants(str(address), entry, int(resource.fields["variants"]))
        for path in machine.disk.names_now:
            if path.suffix == ".part" and not ("parts" in KNOWN and self.earlier(path)):
                judge.fail("I21", f"{path.name} is left")

    def earlier(self, path: Path) -> bool:
        """Whether a half download belongs to a generation that its refresh has left."""
        entry = self.machine.resources().get(f"refresh/{path.parent.name}", {})
        return not path.name.startswith(f"g{entry.get('generation')}-")

    def held(self, address: str, entry: dict[str, object], fields: dict[str, Any]) -> None:
        """The object of one entry is there, is ours, and is as declared."""
        judge, thing = self.machine.judge, self.machine.account.things.get(str(entry["id"]))
        if thing is None or not thing.live or not judge.is_of(thing, address):
            judge.fail("I11", f"{address} is bound to {entry['id']}, which is {thing}")
            return
        for path, value in fields.items():
            if isinstance(value, str | tuple) and plain(path, thing.fields.get(path)) != plain(path, value):
                judge.fail("I7", f"{address}: {path} is {thing.fields.get(path)}, declared is {value}")
        if isinstance(judge, AdsJudge):
            if "video" in fields:
                film = judge.account.films.get(thing.fields["video_id"])
                if why := judge.wrong(fields["video"], film):
                    judge.fail("I32", f"{address} shows {thing.fields['video_id']}: {why}")
            paused = thing.foreign or thing.id in judge.enabled or thing.fields["status"] == "DISABLE"
            if "status" not in fields and not paused:
                judge.fail("I13", f"{address} is enabled and nobody has asked for that")
            if entry.get("replaces"):
                judge.fail("I31", f"{address} still replaces {entry['replaces']}")

    def variants(self, address: str, entry: dict[str, object], wanted: int) -> None:
        """Every slot is filled by a video that one of our own tasks made, and the file is that video."""
        judge, machine = self.machine.judge, self.machine
        slots = json.loads(json.dumps(entry["variants"]))
        ready = [one for one in slots if one["state"] == "ready"]
        four = self.machine.manifests.refreshes[address.partition("/")[2]].four
        gone = [one for one in slots if one["state"] == "failed"] if four else []
        absent = set(range(1, wanted + 1)) - {one["slot"] for one in slots} if four and "reopened" in KNOWN else set()
        if len([one for one in ready if one["slot"] <= wanted]) + len(gone) + len(absent) != wanted:
            judge.fail("I11", f"{address}: {len(ready)} of {wanted} variants are ready")
        ours = {video for task in machine.account.tasks.values() if task.sent for video in task.videos}
        videos = [one["video_id"] for one in ready]
        if len(set(videos)) != len(videos) or not set(videos) <= ours:
            judge.fail("I11", f"{address}: variants are {videos}, ours are {ours}")
        for one in ready:
            node = machine.disk.names_now.get(machine.root / one["file"])
            data = bytes(node.data) if node else b""
            if data != film_of(one["video_id"]) or hashlib.sha256(data).hexdigest() != one["sha256"]:
                judge.fail("I21", f"{one['file']} is not what the lockfile says")
