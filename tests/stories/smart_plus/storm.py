"""Random stories of Smart+ and manual campaigns in one account: edits, faults, crashes, colleagues; then it heals.

What must hold whatever happened: one object a name, everything born paused, each family written by its own calls, what
a colleague added kept as it was, and the account in the end exactly as the manifests say.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from reconciler.api.transport import Network, Reply, Request
from tests.stories.account import Account
from tests.stories.marketing import scene as manual
from tests.stories.marketing.scene import settle_in
from tests.stories.smart_plus.scene import ad, adgroup, campaign, creatives, smart

QUIET, LATE = 60, 20
"""Seconds, which nobody waits for: a machine that stands still for a moment uses up none of what is between the two."""
FAULTS: tuple[dict[str, object], ...] = (
    {"lose_request": True}, {"lose_reply": True}, {"late_commit": LATE}, {"status": 502, "commit": True},
    {"code": 51000, "commit": True}, {"code": 40100}, {"code": 50000},
)  # fmt: skip
READINGS: tuple[dict[str, str], ...] = (
    {}, {"sp_material_ids": "renew"}, {"sp_material_status_on_update": "enable"}, {"list_lag": "1"},
    {"sp_material_ids": "renew", "sp_material_status_on_update": "enable"}, {"sp_request_id_window": "forever"},
)  # fmt: skip
OURS, THEIRS = ("v1", "v2", "v3"), ("v4", "v5")
MOST_RUNS = 12


class Crash(BaseException):
    """The process is gone."""


class Storm:
    """One seed."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = random = Random(seed)
        self.account = Account.of_production("smart_plus", switches=random.choice(READINGS))
        self.work = settle_in(folder, self.account, quiet=QUIET)
        upright = {"width": 540, "height": 960}
        self.account.load(library_videos=[{"video_id": one, "file_name": one, **upright} for one in THEIRS])
        self.uses = {"v1": "ENABLE"}
        self.added: dict[str, str] = {}
        self.slept: set[str] = set()
        """Of those, what somebody has paused: a colleague's next write may wake it, and ours pause it again."""
        self.status, self.budget, self.old = "ENABLE", 50, True

    def play(self) -> list[str]:
        """The whole story: what was broken."""
        with self.account:
            for _ in range(self.random.randint(2, 4)):
                self.act()
            return self.heal()

    def act(self) -> None:
        """An edit, perhaps a colleague's, and an apply in which something goes wrong."""
        random = self.random
        self.edit()
        if random.random() < 0.4:
            self.colleague()
        what = random.random()
        if what < 0.5:
            self.account.faults({"path": "*", "method": "POST", "nth": random.randint(1, 8), **random.choice(FAULTS)})
            self.work.run("apply", "--auto-approve", "--json")
            self.account.faults()
        elif what < 0.85:
            self.crash(random.randint(1, 8), done=random.random() < 0.5)
        else:
            self.work.run("apply", "--auto-approve", "--json")

    def edit(self) -> None:
        """The manifests say something else."""
        random = self.random
        chosen = random.sample(OURS, random.randint(1, 3))
        self.uses = {one: random.choice(("ENABLE", "ENABLE", "DISABLE")) for one in chosen}
        self.status, self.budget = random.choice(("ENABLE", "DISABLE")), random.choice((50, 60, 70))
        self.old = random.random() < 0.7
        items = json.dumps([{"video_id": one, "status": status} for one, status in self.uses.items()])
        told = {"status": self.status}
        documents = [campaign(**told), adgroup(budget=self.budget, **told), ad(creatives=items, **told)]
        if self.old:
            documents.append(manual.campaign("old", budget=self.budget + 50, status=self.status).replace(
                "\nname:", "\ncontract: marketing\nname:", 1
            ))  # fmt: skip
        self.work.manifest(*documents)

    def colleague(self) -> None:
        """Somebody adds a creative in Ads Manager, or pauses the one that was added."""
        # What comes late has come by then: nobody can keep a list that is overwritten after the plan was made.
        self.account.operate("clock", {"advance": LATE + 2})
        found = smart(self.account)
        if not found:
            return
        rows = {one["ad_id"]: one for one in self.account.objects("ad")}
        items = [{"creative_info": rows[one]["creative_info"]} for one in found[0]["creative_ids"]]
        new = self.random.choice(THEIRS)
        if new not in self.added:
            info = {**items[0]["creative_info"], "video_info": {"video_id": new}}
            items.append({"creative_info": info})
            self.account.operate("edit", {"id": found[0]["smart_plus_ad_id"], "creative_list": items})
            self.added[new] = "ENABLE"
            # A colleague's write of the list may wake what was paused as well as ours.
            shown = creatives(self.account)
            self.added = {one: shown[one] for one in self.added}
        else:
            (mine,) = [rows[one]["ad_id"] for one in found[0]["creative_ids"] if rows[one]["video_id"] == new]
            self.added[new] = "DISABLE"
            self.slept.add(new)
            self.account.operate("edit", {"id": mine, "status": "DISABLE"})

    def crash(self, nth: int, *, done: bool) -> None:
        """The process ends in the middle of a write, with nothing of it recorded but the intent."""
        real, count = Network.send, 0

        def send(network: Network, request: Request) -> Reply:
            nonlocal count
            count += request.method == "POST"
            if count == nth and request.method == "POST":
                if done:
                    real(network, request)
                raise Crash
            return real(network, request)

        with mock.patch.object(Network, "send", send):
            try:
                self.work.run("apply", "--auto-approve", "--json")
            except Crash:
                return

    def heal(self) -> list[str]:
        """Applies until nothing is left; what does not hold then."""
        for _ in range(MOST_RUNS):
            ended = self.work.run("apply", "--auto-approve", "--json")
            if ended.code == 0 and not self.work.plan().rows:
                return [*self.unique(), *self.born(), *self.apart(), *self.as_wanted()]
        return [f"no convergence: {ended.text}"]

    def unique(self) -> list[str]:
        """One living object a name."""
        names = [*self.account.names("campaign"), *self.account.names("adgroup")]
        names += [one["ad_name"] for one in smart(self.account)]
        return [f"two of {one}" for one in set(names) if names.count(one) > 1]

    def born(self) -> list[str]:
        """Every create of Smart+ says DISABLE."""
        creates = [(path, body) for path, body in self.account.posts() if path.endswith("/create/")]
        return [
            f"{path} without DISABLE"
            for path, body in creates
            if path.startswith("smart_plus/") and body.get("operation_status") != "DISABLE"
        ]

    def apart(self) -> list[str]:
        """No classic call names an object of Smart+, and none of Smart+ a manual one."""
        of = {one["campaign_id"]: one["campaign_name"] for one in self.account.objects("campaign")}
        wrong = []
        for path, body in self.account.posts():
            named = [body.get("campaign_id"), *body.get("campaign_ids", ())]
            manual_call = not path.startswith("smart_plus/")
            wrong += [f"{path} names {of[one]}" for one in named if one in of and manual_call != (of[one] == "old")]
        return wrong

    def as_wanted(self) -> list[str]:
        """Creatives, statuses and money as the manifests say; a colleague's as they were left."""
        shown: dict[str, Any] = creatives(self.account)
        wanted = {**self.added, **self.uses}
        # Which of the two wrote last is not told apart here; what was never paused must never be.
        wanted |= {one: shown[one] for one in self.slept & shown.keys()}
        wrong = [f"creatives are {shown}, wanted {wanted}"] if shown != wanted else []
        status = {self.account.one("campaign", "spring")["status"], smart(self.account)[0]["status"]}
        wrong += [f"statuses are {status}, wanted {self.status}"] if status != {self.status} else []
        budget = float(self.account.one("adgroup", "us")["budget"])
        return wrong + ([f"budget is {budget}"] if budget != self.budget else [])
