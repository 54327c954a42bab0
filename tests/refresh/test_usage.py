"""The file of the rate window: what a call costs, how long it grows, what a death in the middle of a write leaves."""

from __future__ import annotations

from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.api.usage import CallBegun, CallEnded, Usage
from reconciler.api.window import SharedWindow
from tests.refresh.clockwork import START, Actor, ClockWorld, Killed, MemoryFiles, Stage

FILE = Path("/somewhere/rate.json")
WINDOWS = {1.0: 10, 60.0: 600}
CLOSE = 1e-6


def limit(world: ClockWorld, share: float | None = 0.7) -> SharedWindow:
    """The limit of most calls, as who only looks keeps to it."""
    return SharedWindow(FILE, "default", WINDOWS, world, share=share)


def within(arrivals: list[float], windows: dict[float, int], share: float = 1.0) -> None:
    """No window sees more than it allows."""
    seen = sorted(arrivals)
    for seconds, most in windows.items():
        allowed = int(most * share)
        for first, last in zip(seen, seen[allowed:], strict=False):
            assert last - first >= seconds - CLOSE, (seconds, last - first)


class CountedFiles(MemoryFiles):
    """Counts what is done with the file, and the bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.done: Counter[str] = Counter()
        self.bytes = 0

    def read(self, path: Path) -> bytes | None:
        """The whole file."""
        return self._counted("read", super().read(path))

    def read_at(self, path: Path, offset: int, size: int) -> bytes:
        """A part of it."""
        return self._counted("read_at", super().read_at(path, offset, size)) or b""

    def append(self, path: Path, data: bytes, *, sync: bool) -> None:
        """At its end."""
        self._counted("append+sync" if sync else "append", data)
        super().append(path, data, sync=sync)

    def write(self, path: Path, data: bytes) -> None:
        """Anew."""
        self._counted("write", data)
        super().write(path, data)

    def _counted(self, what: str, data: bytes | None) -> bytes | None:
        self.done[what] += 1
        self.bytes += len(data or b"")
        return data


def ended(key: object, at: float) -> CallEnded:
    """A call that only looked."""
    return CallEnded(str(key), ("default", "default:background"), at, 60.0)


@pytest.mark.parametrize("entries", [10, 1000])
def test_a_call_costs_the_same_whatever_the_file_holds(entries: int) -> None:
    """Two looks at the end of the file and two lines there, one of which waits for the disk; nothing is read again."""
    files = CountedFiles()
    world = ClockWorld(files)
    Usage(FILE, ["default"], 60.0, world).add([ended(n, START - 30) for n in range(entries)], START, sync=True)
    windows = {1.0: 10, 60.0: 6000}
    mine, other = (SharedWindow(FILE, "default", windows, world, share=0.7) for _ in range(2))
    assert mine.used() == other.used() == entries
    files.done.clear()
    files.bytes = 0
    for _ in range(5):
        with mine.place():
            pass
    assert files.done == Counter({"read_at": 10, "append+sync": 5, "append": 5})
    assert files.bytes < 5 * 700
    files.bytes = 0
    assert other.used() == entries + 5
    assert files.bytes < 5 * 350


def test_of_many_calls_few_read_the_whole_file() -> None:
    """One hundred seconds at the limit, by two processes in turn: less than a hundredth of the operations is one on
    the whole file, and the bytes are those of the calls several times over, not of the file with every call."""
    files = CountedFiles()
    world = ClockWorld(files)
    both = limit(world, None), limit(world, None)
    for number in range(1000):
        with both[number % 2].place():
            pass
    assert files.done["append"] + files.done["append+sync"] > 1900
    assert files.done["write"] + files.done["read"] < 40
    assert files.bytes < 2_500_000


def test_a_file_does_not_grow_for_ever() -> None:
    """Ten minutes at the limit: it holds the calls of a minute and as much again, and little after calmer ones."""
    world = ClockWorld()
    several = [limit(world, None) for _ in range(2)]
    longest = 0
    for number in range(6000):
        with several[number % 2].place():
            world.sleep(0.001)
        longest = max(longest, len(world.memory.data[FILE]))
    assert 60_000 < longest < 180_000
    for number in range(1200):
        with several[number % 2].place():
            world.sleep(1)
    assert len(world.memory.data[FILE]) < 40_000


def test_processes_that_make_one_call_each_let_it_grow_no_further() -> None:
    """Each begins with what it finds, and has seen none of it come."""
    world = ClockWorld()
    for _ in range(400):
        with limit(world).place():
            world.sleep(10)
    assert len(world.memory.data[FILE]) < 18_000


class MortalFiles(MemoryFiles):
    """Dies in the middle of the operation of that number, when so much of it is done."""

    def __init__(self, at: int, part: float) -> None:
        super().__init__()
        self.at, self.part = at, part

    def append(self, path: Path, data: bytes, *, sync: bool) -> None:
        """At its end."""
        super().append(path, self._left_of(data), sync=sync)
        self._beat()

    def write(self, path: Path, data: bytes) -> None:
        """Anew."""
        super().write(path, self._left_of(data))
        self._beat()

    def truncate(self, path: Path, size: int) -> None:
        """Cut."""
        self._beat(before=self.part < 0.5)
        super().truncate(path, size)
        self._beat(before=self.part >= 0.5)

    def rename(self, old: Path, new: Path) -> None:
        """Replacing what is there."""
        self._beat(before=self.part < 0.5)
        super().rename(old, new)
        self._beat(before=self.part >= 0.5)

    def _left_of(self, data: bytes) -> bytes:
        return data[: int(len(data) * self.part)] if self.at == 1 else data

    def _beat(self, before: bool = True) -> None:
        self.at -= before
        if before and self.at == 0:
            raise Killed


def almost_full(files: MemoryFiles) -> None:
    """A file in which the calls of another time leave room for few lines, until it is written anew."""
    world = ClockWorld(files, pid=50)
    usage = Usage(FILE, ["default"], 60.0, world)
    long_ago = START - 3600
    while files.data.get(FILE, b"").count(b"\n") < 137:
        usage.look(long_ago)
        usage.add([ended(world.uuid(), long_ago)], long_ago, sync=True)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("part", [0.0, 0.3, 0.99, 1.0])
def test_killed_in_the_middle_of_any_write(part: float, full: bool) -> None:
    """Before, after and in the middle of each, also of those that write the file anew or remove what an earlier death
    left: whoever comes next reads it, counts each call that was sent, and gets its turn."""
    for at, again in [(at, again) for at in range(1, 14) for again in range(1, 4)]:
        files = MortalFiles(0, part)
        if full:
            almost_full(files)
        sent: list[float] = []
        for pid, dies in ((100, at), (200, again), (300, 0)):
            files.at = dies
            files.held.clear()
            world = ClockWorld(files, pid)
            assert limit(world).used() >= len(sent)
            one = limit(world)
            with suppress(Killed):
                for _ in range(6):
                    with one.place():
                        sent.append(world.now())
        assert len(sent) >= 6
        within(sent, WINDOWS, 0.7)
        assert world.now() - START <= 6


@dataclass
class Plan:
    """What a process of the stage does."""

    begins: float
    share: float | None
    delays: list[tuple[float, float]]
    killed: float


_delay = st.sampled_from([0.0, 0.01, 0.2]) | st.floats(0.0, 3.0)
_plan = st.builds(
    Plan,
    st.floats(0.0, 20.0),
    st.sampled_from([None, None, 0.5]),
    st.lists(st.tuples(_delay, _delay), min_size=1, max_size=25),
    st.just(float("inf")) | st.floats(0.0, 40.0),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_plan, min_size=1, max_size=5), st.sampled_from([{1.0: 2, 20.0: 12}, {0.5: 4, 7.0: 4}, {3.0: 2}]))
def test_processes_that_come_and_go_keep_the_limit(plans: list[Plan], windows: dict[float, int]) -> None:
    """Some look and some write, some are killed: wherever between send and reply the server counts, no window gets too
    many, of the background no more than its part; and whoever is not killed makes all of its calls."""
    stage = Stage()
    arrivals: list[float] = []
    looked: list[float] = []
    made: Counter[int] = Counter()

    def work(pid: int, plan: Plan, world: Actor) -> None:
        places = SharedWindow(FILE, "default", windows, world, share=plan.share)
        for there, back in plan.delays:
            with places.place():
                for seen in (arrivals, looked) if plan.share else (arrivals,):
                    seen.append(world.now() + min(there, max(0.0, plan.killed + START - world.now())))
                world.sleep(there + back)
            made[pid] += 1

    for pid, plan in enumerate(plans, 100):
        actor = stage.process(pid, lambda world, pid=pid, plan=plan: work(pid, plan, world), plan.begins)  # type: ignore[misc]
        actor.kill_at = START + plan.killed
    stage.play(longest=3000)
    within(arrivals, windows)
    within(looked, windows, 0.5)
    assert all(made[pid] == len(plan.delays) for pid, plan in enumerate(plans, 100) if plan.killed == float("inf"))


def counted(usage: Usage) -> tuple[dict[str, CallBegun], dict[str, CallEnded], dict[str, deque[float]]]:
    """What it counts."""
    return usage.begun, usage.ended, usage.ends


_step = st.tuples(
    st.sampled_from(["begin", "begin", "end", "end", "again", "look", "torn", "remove"]),
    st.integers(0, 3),
    st.floats(0.0, 30.0),
    st.integers(1, 120),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_step, max_size=60))
def test_what_memory_holds_is_what_the_file_says(steps: list[tuple[str, int, float, int]]) -> None:
    """Whatever three processes append in whatever order, of two classes, how often the file is written anew, and what
    is torn or removed: each counts what one counts that reads the whole file."""
    world = ClockWorld()
    classes = [["a", "a:background"], ["a"], ["b"], ["a", "a:background"]]
    several = [Usage(FILE, names, 60.0, world) for names in classes]
    begun: dict[str, tuple[str, ...]] = {}
    keys: list[tuple[str, tuple[str, ...]]] = []
    for what, who, passes, many in steps:
        world.moment += passes
        now, usage = world.now(), several[who]
        usage.look(now)
        fresh = Usage(FILE, classes[who], 60.0, world)
        fresh.look(now)
        assert counted(usage) == counted(fresh)
        assert len(usage.ended) == len(usage.ends[classes[who][0]])
        if what == "begin":
            names = tuple(classes[who])
            new = [CallBegun(world.uuid(), names, now, 100) for _ in range(many)]
            usage.add(new, now, sync=True)
            begun |= {one.key: names for one in new}
        elif what == "end":
            over = [(key, begun.pop(key)) for key in list(begun)[:many]]
            keys += over
            usage.add([CallEnded(key, names, now, 60.0) for key, names in over], now, sync=False)
        elif what == "again":
            usage.add([CallEnded(key, names, now, 60.0) for key, names in keys[-many:]], now, sync=False)
        elif what == "torn" and FILE in world.memory.data:
            world.memory.data[FILE] += b'{"call":"begun","key":"x","classes":["a"],"at":1.0,"pid":1}'[: many % 59 or 1]
        elif what == "remove":
            world.memory.data.pop(FILE, None)
            begun.clear()
            keys.clear()


def test_much_that_is_new_is_read_at_once() -> None:
    """More than fits into one look at the end of the file: nothing of it is left for the next."""
    world = ClockWorld()
    mine, other = (Usage(FILE, ["default"], 60.0, world) for _ in range(2))
    for first in (0, 700):
        other.look(START)
        other.add([ended(number, START) for number in range(first, first + 700)], START, sync=True)
        mine.look(START)
        assert len(mine.ends["default"]) == first + 700


def test_a_file_that_was_written_anew_is_not_taken_for_what_it_was() -> None:
    """The last line that was read stands where it stood, by chance, if another of the same length could come before
    it; lines keep their order, so it does not."""
    world = ClockWorld()
    mine, other = (Usage(FILE, ["a"], 60.0, world) for _ in range(2))
    begun = [CallBegun(key, ("a",), START + 0.015625, 100) for key in ("k1", "k2")]
    one = CallEnded("k1", ("a",), START + 0.5, 60.0)
    assert len(msgspec.json.encode(one)) == len(msgspec.json.encode(begun[0]))
    other.add(begun, START, sync=True)
    mine.look(START)
    other.look(START)
    other.add([one], START, sync=False)
    while world.memory.data[FILE].count(b"\n") > 3:
        other.look(START)
        other.add([ended(world.uuid(), START - 3600)], START, sync=False)
    mine.look(START)
    assert counted(mine) == ({"k2": begun[1]}, {"k1": one}, {"a": deque([START + 0.5])})
