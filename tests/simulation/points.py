"""Every point at which a fixed plan can be interrupted; one run for each.

The plan of `openapi` has twelve effects, a refresh among them. That of `marketing` replaces an ad group with its ad,
and makes an ad of a generated variant beside it, all in an account that the story has set up before. That of
`smart_plus` writes the list of an ad in which a manifest and a colleague have each paused a creative, and makes a
campaign with an ad group and an ad.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from reconciler.api.transport import Request
from reconciler.model import Address
from tests.simulation import smart
from tests.simulation.ads import AD, GROUP, Ads, Node
from tests.simulation.declared import Campaign, Manifests, Refresh, money
from tests.simulation.files import Cut, Trouble
from tests.simulation.judge import Broken
from tests.simulation.smart import Smart
from tests.simulation.smart_account import OUR_FILMS
from tests.simulation.smart_story import CONTRACTS, SmartStory
from tests.simulation.story import Story

CUTS: tuple[Cut, ...] = ("none", "unsynced", "torn", "renames-only", "data-only")
WRITE_CRASHES = ("crash", "crash-lost", "crash-committed", "crash-late")
READ_CRASHES = ("crash", "crash-after")
MARKS = {"marketing": "ads-", "smart_plus": "smart-", "openapi": ""}


@dataclass(frozen=True)
class Point:
    """One place to die: the n-th operation of the disk or the n-th call, and what it leaves behind."""

    where: str
    """`disk` or `call`; with `ads-` before it: of the plan of marketing; with `smart-`: of that of Smart+."""
    number: int
    how: str
    cut: Cut = "none"

    @property
    def contract(self) -> str:
        """Of which plan it is."""
        return next(one for one, mark in MARKS.items() if self.where.startswith(mark))

    def __str__(self) -> str:
        return f"{self.where}:{self.number}:{self.how}:{self.cut}"

    @classmethod
    def parse(cls, text: str) -> Point:
        """The point of this name."""
        where, number, how, cut = text.split(":")
        return next(one for one in singles(whole=True) if str(one) == f"{where}:{int(number)}:{how}:{cut}")


class Fixed(Story):
    """A fixed plan, without any other fault."""

    def __init__(self, contract: str) -> None:
        super().__init__(CONTRACTS.index(contract))
        machine, faults = self.machine, self.machine.faults
        faults.writes = faults.reads = faults.downloads = faults.strangers = 0.0
        machine.account.profile.task_fails = 0.0
        machine.account.profile.most_lag, machine.account.profile.page_size = 20.0, 1000
        self.replace: tuple[str, ...] = ()
        self.prepare()

    def prepare(self) -> None:
        """What the plan is made of."""
        self.machine.manifests = Manifests(
            {
                "c0": Campaign("c0", "Zero", 50, "ENABLE", "disable", {"c0-g0": ["c0-g0-a0", "c0-g0-a1"]}),
                "c1": Campaign("c1", "One", 60, None, "disable", {"c1-g0": []}),
            },
            {"hooks": Refresh("hooks", "hero", "https://cdn.example.com/1.mp4", 2, False)},
        )

    def die(self, point: Point) -> None:
        """One apply that dies there, if it comes so far."""
        machine = self.machine
        where = point.where.removeprefix(MARKS[point.contract])
        trouble = Trouble(point.number, point.how) if where == "disk" else None  # type: ignore[arg-type]
        if where == "call":

            def script(number: int, request: Request) -> str | None:
                return point.how if number == point.number else None

            machine.api.script = script
        ended = machine.apply(trouble=trouble, replace=self.replace)
        machine.api.script = None
        self.say(f"{point}: {ended}")
        if ended.code is None:
            machine.power(point.cut)
            machine.clock.pass_by(61 if point.cut != "none" else 1)


class FixedMarketing(Fixed):
    """What runs in the account, and the edits."""

    def prepare(self) -> None:
        """What the plan is made of."""
        machine = self.machine
        machine.manifests = before_the_plan()
        machine.account.profile.ignores = frozenset(("campaign",))
        machine.account.profile.replaces = machine.account.profile.suggests = True
        machine.account.profile.name_guard, machine.account.profile.transcoding = True, 5.0
        self.say(str(machine.apply()))
        machine.clock.pass_by(600)
        self.replace = the_plan(machine.manifests)


class FixedSmart(Fixed, SmartStory):
    """An ad that a colleague works in, in an account where a list that is written wakes everything."""

    def prepare(self) -> None:
        """What the plan is made of."""
        machine, profile = self.machine, self.machine.account.profile
        profile.ignores, profile.suggests, profile.transcoding = frozenset(("adgroup",)), True, 5.0
        profile.wakes, profile.new_materials, profile.gap, profile.window = True, True, 5.0, 10.0
        made = machine.manifests = Smart(videos={"hero": "https://cdn.example.com/1.mp4"})
        shown: list[dict[str, Any]] = [{"video": "hero"}, {"video_id": OUR_FILMS[0], "status": "DISABLE"}]
        ad = _family(made, "s0", shown)
        self.say(str(machine.apply()))
        machine.clock.pass_by(600)
        for theirs in ("add", "pause"):
            self.colleague(theirs)
            machine.clock.pass_by(60)
        made.nodes[ad].fields |= {"creatives": (*shown, {"video_id": OUR_FILMS[1]}), "ad_texts": ("Go", "Play")}
        _family(made, "s1", [{"video_id": OUR_FILMS[2]}])


def _family(made: Smart, name: str, shown: list[dict[str, Any]]) -> Address:
    """A campaign of Smart+ with an ad group and an ad, all enabled; returns the ad."""
    campaign, group, ad = Address("campaign", name), Address("adgroup", f"{name}-g"), Address("ad", f"{name}-g-a")
    on = {"status": "ENABLE"}
    free = {**smart.CAMPAIGN, "budget_optimize_on": False, "budget_mode": "BUDGET_MODE_INFINITE", **on}
    made.nodes[campaign] = Node(None, free, contract="smart_plus")
    paid = {**smart.GROUP, "budget_mode": smart.DYNAMIC, "budget": money(20), **on}
    made.nodes[group] = Node(campaign, paid, contract="smart_plus")
    fields = {**smart.AD, "creatives": tuple(shown), "ad_texts": ("Play",), **on}
    made.nodes[ad] = Node(group, fields, contract="smart_plus")
    return ad


def before_the_plan() -> Ads:
    """What runs in the account of the marketing plan."""
    made = Ads(videos={"hero": "https://cdn.example.com/1.mp4"})
    spec = {"objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": money(50), "status": "ENABLE"}
    campaign, group = Address("campaign", "c0"), Address("adgroup", "c0-g0")
    made.nodes[campaign] = Node(None, spec)
    made.nodes[group] = Node(campaign, {**GROUP, "budget": money(20), "status": "ENABLE"})
    made.nodes[Address("ad", "c0-g0-a0")] = Node(group, {**AD, "video": {"video": "hero"}, "status": "ENABLE"})
    return made


def the_plan(made: Manifests) -> tuple[str, ...]:
    """The edits, and what is to be replaced for them."""
    assert isinstance(made, Ads)
    made.refreshes["hooks"] = Refresh("hooks", "hero", "", 1, False)
    campaign, group = Address("campaign", "c0"), Address("adgroup", "c0-g0")
    made.nodes[group].fields |= {"optimization_goal": "REACH", "billing_event": "CPM", "budget": money(30)}
    made.nodes[campaign].fields["budget"] = money(45)
    shown = {"refresh": "hooks", "variant": 1}
    made.nodes[Address("ad", "c0-g0-a1")] = Node(group, {**AD, "video": shown, "status": "ENABLE"})
    return (str(group),)


def fixed(contract: str) -> Fixed:
    """The plan of this contract, ready to be carried out."""
    return {"openapi": Fixed, "marketing": FixedMarketing, "smart_plus": FixedSmart}[contract](contract)


@cache
def count(contract: str) -> tuple[int, list[str]]:
    """(operations of the disk, methods of the calls) of the plan without a crash."""
    story = fixed(contract)
    methods: list[str] = []

    def script(_: int, request: Request) -> None:
        methods.append(request.method)

    story.machine.api.script = script
    before = story.machine.disk.count
    ended = story.machine.apply(replace=story.replace)
    story.machine.leave()
    assert ended.code == 0, ended
    return story.machine.disk.count - before, methods


def singles(*, whole: bool = False) -> list[Point]:
    """Every operation of the disk, before it and half-way, with every loss; every call, with every fate.

    An operation of the other plans meets with one loss before it and with another half-way: with each if `whole`.
    """
    points = []
    for contract in CONTRACTS:
        operations, methods = count(contract)
        kind = MARKS[contract]
        numbers = range(1, operations + 1)
        for number in numbers:
            for turn, how in enumerate(("crash", "half")):
                cuts = CUTS if whole or not kind else (CUTS[(number + 2 * turn) % len(CUTS)],)
                points += [Point(f"{kind}disk", number, how, cut) for cut in cuts]
        for number, method in enumerate(methods, 1):
            points += [
                Point(f"{kind}call", number, how) for how in (WRITE_CRASHES if method == "POST" else READ_CRASHES)
            ]
    return points


@cache
def pairs(how_many: int) -> list[tuple[Point, Point]]:
    """Sampled pairs: the run after the first crash dies, too."""
    random, points = Random(2), singles()
    plans = {kind: [one for one in points if one.contract == kind] for kind in CONTRACTS}
    first = [random.choice(points) for _ in range(how_many)]
    return [(one, random.choice(plans[one.contract])) for one in first]


def run(*points: Point) -> tuple[list[Broken], str]:
    """Die there, one apply after the other, then converge: what was broken, and the story."""
    story = fixed(points[0].contract)
    for point in points:
        story.die(point)
    if not story.machine.judge.broken:
        story.heal()
    story.machine.leave()
    return story.machine.judge.broken, "\n".join(story.lines)
