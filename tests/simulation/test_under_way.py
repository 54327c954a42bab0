"""Six creates of one stage: one meets with every fate, at every place, in several orders, and apply converges."""

from __future__ import annotations

from itertools import count

import pytest

from reconciler.api.transport import Request
from reconciler.model import Address
from tests import rotation
from tests.simulation import smart
from tests.simulation.ads import GROUP, Ads, Node
from tests.simulation.api import WRITE_FATES
from tests.simulation.declared import Campaign, Manifests, money
from tests.simulation.points import CUTS, Fixed
from tests.simulation.smart import Smart
from tests.simulation.smart_story import CONTRACTS, SmartStory

GROUPS = [f"g{number}" for number in range(6)]
FATES = (*WRITE_FATES, "crash", "crash-lost", "crash-committed", "crash-late")
SHARES = 23


class Groups(Fixed):
    """A campaign with six ad groups, none of which is there."""

    def prepare(self) -> None:
        """What the plan is made of."""
        self.machine.manifests = Manifests(
            {"c": Campaign("c", "C", 50, "ENABLE", "disable", {one: [] for one in GROUPS})}, {}
        )

    def strike(self, place: int, fate: str, order: int, last: int | None = None) -> None:
        """One apply in which the create of this place (from 1), or all from it to the last, have this fate. `order`: in
        which calls interleave."""
        machine, numbers = self.machine, count(1)
        machine._number += 1000 * order

        def script(_: int, request: Request) -> str | None:
            is_one = request.path.endswith("adgroup/create/")
            return fate if is_one and place <= next(numbers) <= (last or place) else None

        machine.api.script = script
        ended = machine.apply()
        machine.api.script = None
        self.say(f"{place} {fate}: {ended}")
        if ended.code is None:
            cut = CUTS[(place + order) % len(CUTS)]
            machine.power(cut)
            machine.clock.pass_by(61 if cut != "none" else 1)

    def wrong(self) -> list[str]:
        """What is broken, after it has healed."""
        if not self.machine.judge.broken:
            self.heal()
        made = [one for one in self.machine.account.live() if one.kind == "adgroup"]
        self.machine.leave()
        found = [str(one) for one in self.machine.judge.broken]
        return found if len(made) == len(GROUPS) else [*found, f"{len(made)} ad groups are there"]


class OfMarketing(Groups):
    """The same in an account of production."""

    def prepare(self) -> None:
        """What the plan is made of."""
        whole = {"objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": money(500)}
        made = Ads(nodes={Address("campaign", "c"): Node(None, {**whole, "status": "ENABLE"})})
        for name in GROUPS:
            made.nodes[Address("adgroup", name)] = Node(Address("campaign", "c"), {**GROUP, "budget": money(20)})
        self.machine.manifests = made


class OfSmart(Groups, SmartStory):
    """The same under Smart+."""

    def prepare(self) -> None:
        """What the plan is made of."""
        made = Smart()
        free = {**smart.CAMPAIGN, "budget_optimize_on": False, "budget_mode": "BUDGET_MODE_INFINITE"}
        made.nodes[Address("campaign", "c")] = Node(None, {**free, "status": "ENABLE"}, contract="smart_plus")
        for name in GROUPS:
            fields = {**smart.GROUP, "budget_mode": smart.DYNAMIC, "budget": money(20)}
            made.nodes[Address("adgroup", name)] = Node(Address("campaign", "c"), fields, contract="smart_plus")
        self.machine.manifests = made


STORIES = {"openapi": Groups, "marketing": OfMarketing, "smart_plus": OfSmart}
CASES = [(contract, fate) for contract in CONTRACTS for fate in FATES]


@pytest.mark.parametrize(("contract", "fate"), rotation.rotating(CASES, SHARES, "-".join))
def test_every_fate_at_every_place(contract: str, fate: str) -> None:
    """Whatever becomes of one of them: each is made once, and nothing is believed that nobody said."""
    wrong = []
    for place in range(1, len(GROUPS) + 1):
        for order in range(3):
            story = STORIES[contract](contract)
            story.strike(place, fate, order)
            wrong += [f"{place} {order}: {one}" for one in story.wrong()[:1]]
    assert not wrong, "\n".join(wrong)


def test_they_are_under_way_together() -> None:
    """In some order the fourth is begun before the first is back: the stories above are about that."""
    most = 0
    for order in range(10):
        story = OfMarketing("marketing")
        story.strike(0, "", order)
        files = story.machine.disk.names_now
        for path in (one for one in files if one.match(".reconciler/journal*.jsonl")):
            still: set[int] = set()
            for one in story.machine.judge.records(bytes(files[path].data)):
                if one["kind"] == "intent":
                    still.add(one["seq"])
                still.discard(one.get("of", 0))
                most = max(most, len(still))
        story.machine.leave()
    assert most == 4


def test_what_is_throttled_together_waits_once() -> None:
    """The four after the first are throttled: one pause, and each is looked for and sent again, alone."""
    pauses, wrong = set(), []
    for order in range(10):
        story = OfMarketing("marketing")
        heard: list[str] = []
        story.machine.heard = lambda *told, heard=heard: heard.extend(map(str, told))  # type: ignore[method-assign]
        story.strike(2, "throttled", order, 5)
        pauses.add(sum("throttled; waiting" in one for one in heard))
        wrong += story.wrong()
    assert min(pauses) == 1
    assert max(pauses) <= 4
    assert not wrong
