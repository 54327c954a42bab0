"""Every point at which a fixed plan can be interrupted; one run for each.

The plan of `openapi` has twelve effects, a refresh among them. That of `marketing` replaces an ad group with its ad,
and makes an ad of a generated variant beside it, all in an account that the story has set up before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

from reconciler.api.transport import Request
from reconciler.model import Address
from tests.simulation.ads import AD, GROUP, Ads, Node
from tests.simulation.declared import Campaign, Manifests, Refresh, money
from tests.simulation.files import Cut, Trouble
from tests.simulation.judge import Broken
from tests.simulation.story import Story

CUTS: tuple[Cut, ...] = ("none", "unsynced", "torn", "renames-only", "data-only")
WRITE_CRASHES = ("crash", "crash-lost", "crash-committed", "crash-late")
READ_CRASHES = ("crash", "crash-after")


@dataclass(frozen=True)
class Point:
    """One place to die: the n-th operation of the disk or the n-th call, and what it leaves behind."""

    where: str
    """`disk` or `call`; with `ads-` before it: of the plan of marketing."""
    number: int
    how: str
    cut: Cut = "none"

    @property
    def marketing(self) -> bool:
        """Of which plan it is."""
        return self.where.startswith("ads-")

    def __str__(self) -> str:
        return f"{self.where}:{self.number}:{self.how}:{self.cut}"

    @classmethod
    def parse(cls, text: str) -> Point:
        """The point of this name."""
        where, number, how, cut = text.split(":")
        return next(one for one in singles(whole=True) if str(one) == f"{where}:{int(number)}:{how}:{cut}")


class Fixed(Story):
    """A fixed plan, without any other fault."""

    def __init__(self, marketing: bool = False) -> None:
        super().__init__(int(marketing))
        machine, faults = self.machine, self.machine.faults
        faults.writes = faults.reads = faults.downloads = faults.strangers = 0.0
        machine.account.profile.task_fails = 0.0
        machine.account.profile.most_lag, machine.account.profile.page_size = 20.0, 1000
        self.replace: tuple[str, ...] = ()
        if marketing:
            machine.manifests = before_the_plan()
            machine.account.profile.ignores = frozenset(("campaign",))
            machine.account.profile.replaces = machine.account.profile.suggests = True
            machine.account.profile.name_guard, machine.account.profile.transcoding = True, 5.0
            self.say(str(machine.apply()))
            machine.clock.pass_by(600)
            self.replace = the_plan(machine.manifests)
            return
        machine.manifests = Manifests(
            {
                "c0": Campaign("c0", "Zero", 50, "ENABLE", "disable", {"c0-g0": ["c0-g0-a0", "c0-g0-a1"]}),
                "c1": Campaign("c1", "One", 60, None, "disable", {"c1-g0": []}),
            },
            {"hooks": Refresh("hooks", "hero", "https://cdn.example.com/1.mp4", 2, False)},
        )

    def die(self, point: Point) -> None:
        """One apply that dies there, if it comes so far."""
        machine = self.machine
        where = point.where.removeprefix("ads-")
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


@cache
def count(marketing: bool = False) -> tuple[int, list[str]]:
    """(operations of the disk, methods of the calls) of the plan without a crash."""
    story = Fixed(marketing)
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

    An operation of marketing's plan meets with one loss before it and with another half-way: with each if `whole`.
    """
    points = []
    for marketing in (False, True):
        operations, methods = count(marketing)
        kind = "ads-" if marketing else ""
        numbers = range(1, operations + 1)
        for number in numbers:
            for turn, how in enumerate(("crash", "half")):
                cuts = CUTS if whole or not marketing else (CUTS[(number + 2 * turn) % len(CUTS)],)
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
    plans = {kind: [one for one in points if one.marketing == kind] for kind in (False, True)}
    first = [random.choice(points) for _ in range(how_many)]
    return [(one, random.choice(plans[one.marketing])) for one in first]


def run(*points: Point) -> tuple[list[Broken], str]:
    """Die there, one apply after the other, then converge: what was broken, and the story."""
    story = Fixed(points[0].marketing)
    for point in points:
        story.die(point)
    if not story.machine.judge.broken:
        story.heal()
    story.machine.leave()
    return story.machine.judge.broken, "\n".join(story.lines)
