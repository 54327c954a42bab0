"""Every point at which a fixed plan of twelve effects, a refresh among them, can be interrupted; one run for each."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from reconciler.api.transport import Request
from tests.simulation.declared import Campaign, Manifests, Refresh
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
    """`disk` or `call`."""
    number: int
    how: str
    cut: Cut = "none"

    def __str__(self) -> str:
        return f"{self.where}:{self.number}:{self.how}:{self.cut}"

    @classmethod
    def parse(cls, text: str) -> Point:
        """The point of this name."""
        where, number, how, cut = text.split(":")
        return next(one for one in singles() if str(one) == f"{where}:{int(number)}:{how}:{cut}")


class Fixed(Story):
    """The fixed plan, without any other fault."""

    def __init__(self) -> None:
        super().__init__(1)
        machine, faults = self.machine, self.machine.faults
        faults.writes = faults.reads = faults.downloads = faults.strangers = 0.0
        machine.account.profile.task_fails = 0.0
        machine.account.profile.most_lag, machine.account.profile.page_size = 20.0, 1000
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
        trouble = Trouble(point.number, point.how) if point.where == "disk" else None  # type: ignore[arg-type]
        if point.where == "call":

            def script(number: int, request: Request) -> str | None:
                return point.how if number == point.number else None

            machine.api.script = script
        ended = machine.apply(trouble=trouble)
        machine.api.script = None
        self.say(f"{point}: {ended}")
        if ended.code is None:
            machine.power(point.cut)
            machine.clock.pass_by(61 if point.cut != "none" else 1)


def count() -> tuple[int, list[str]]:
    """(operations of the disk, methods of the calls) of the plan without a crash."""
    story = Fixed()
    methods: list[str] = []

    def script(_: int, request: Request) -> None:
        methods.append(request.method)

    story.machine.api.script = script
    before = story.machine.disk.count
    ended = story.machine.apply()
    assert ended.code == 0, ended
    return story.machine.disk.count - before, methods


def singles() -> list[Point]:
    """Every operation of the disk, before it and half-way, with every loss; every call, with every fate."""
    operations, methods = count()
    numbers = range(1, operations + 1)
    points = [Point("disk", number, how, cut) for number in numbers for how in ("crash", "half") for cut in CUTS]
    for number, method in enumerate(methods, 1):
        points += [Point("call", number, how) for how in (WRITE_CRASHES if method == "POST" else READ_CRASHES)]
    return points


def pairs(how_many: int) -> list[tuple[Point, Point]]:
    """Sampled pairs: the run after the first crash dies, too."""
    random, points = Random(2), singles()
    return [(random.choice(points), random.choice(points)) for _ in range(how_many)]


def run(*points: Point) -> tuple[list[Broken], str]:
    """Die there, one apply after the other, then converge: what was broken, and the story."""
    story = Fixed()
    for point in points:
        story.die(point)
    if not story.machine.judge.broken:
        story.heal()
    return story.machine.judge.broken, "\n".join(story.lines)
