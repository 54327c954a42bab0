"""The shared limit of refresh tasks: wherever between send and reply the server counts, it never counts too many."""

from __future__ import annotations

import errno
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.api.window import SharedWindow
from reconciler.errors import Invalid, ReconcilerError
from tests.refresh.clockwork import START, Actor, ClockWorld, MemoryFiles, Stage

FILE = Path("/somewhere/rate.json")
WINDOWS = {1.0: 1, 60.0: 5}
CLOSE = 1e-6
HEAD = '{"rate_window":1,"kept":0}\n'
ENDED = '{"call": "ended", "key": "k", "classes": ["refresh_create"], "at": 1.0, "seconds": 60.0}'


def window(world: ClockWorld) -> SharedWindow:
    """The limit of the document."""
    return SharedWindow(FILE, "refresh_create", WINDOWS, world)


@dataclass
class Server:
    """Counts a call at its arrival."""

    arrivals: list[float] = field(default_factory=list)

    def call(self, world: ClockWorld, there: float, back: float) -> None:
        """A call that needs so long to arrive and its reply so long to come back."""
        self.arrivals.append(world.now() + there)
        world.sleep(there + back)

    def check(self) -> None:
        """No two in a second and no six in a minute."""
        seen = sorted(self.arrivals)
        for most, seconds in ((1, 1.0), (5, 60.0)):
            for first, last in zip(seen, seen[most:], strict=False):
                assert last - first >= seconds - CLOSE, (seconds, last - first)


def worker(server: Server, delays: list[tuple[float, float]]) -> object:
    """A process that sends one call after the other."""

    def work(world: Actor) -> None:
        limit = window(world)
        for there, back in delays:
            with limit.place():
                server.call(world, there, back)

    return work


_delay = st.floats(0.0, 0.4)
_calls = st.lists(st.tuples(_delay, _delay), min_size=1, max_size=13)


@settings(max_examples=60, deadline=None)
@given(_calls)
def test_one_process_never_sends_one_too_many(delays: list[tuple[float, float]]) -> None:
    """Any delays on the way there and back keep the limits, and the calls are not spread wider than needed."""
    world, server = ClockWorld(), Server()
    limit = window(world)
    for there, back in delays:
        with limit.place():
            server.call(world, there, back)
    server.check()
    bound = 60 * ((len(delays) - 1) // 5) + (len(delays) - 1) % 5
    assert server.arrivals[-1] - server.arrivals[0] <= bound + sum(there + back for there, back in delays) + CLOSE


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 3), _calls), min_size=2, max_size=4))
def test_several_processes_share_one_limit(processes: list[tuple[float, list[tuple[float, float]]]]) -> None:
    """Processes that name the same file keep the limits together, and each gets its turn."""
    stage, server = Stage(), Server()
    for number, (begins, delays) in enumerate(processes):
        stage.process(100 + number, worker(server, delays), begins)  # type: ignore[arg-type]
    stage.play()
    assert len(server.arrivals) == sum(len(delays) for _, delays in processes)
    server.check()


@settings(max_examples=30, deadline=None)
@given(_calls, st.data())
def test_killed_and_started_again_between_any_two_calls(delays: list[tuple[float, float]], data: st.DataObject) -> None:
    """A process that is killed before, during or after any call: its successor keeps the limit, and gets its turn."""
    stage, server = Stage(), Server()
    first = stage.process(100, worker(server, delays))  # type: ignore[arg-type]
    first.kill_at = START + data.draw(st.floats(0.0, 20.0))
    stage.process(200, worker(server, delays), first.kill_at - START + data.draw(st.floats(0.0, 2.0)))  # type: ignore[arg-type]
    stage.play(longest=500)
    server.check()
    assert len(server.arrivals) >= len(delays)


def test_a_process_killed_during_a_call_does_not_stop_its_successor() -> None:
    """The reservation it leaves counts as ended soon after its death, and then as every other call."""
    stage, server = Stage(), Server()
    first = stage.process(100, worker(server, [(0.2, 0.2)]))  # type: ignore[arg-type]
    first.kill_at = START + 0.1
    stage.process(200, worker(server, [(0.0, 0.0)]), 0.3)  # type: ignore[arg-type]
    stage.play(longest=120)
    assert len(server.arrivals) == 2
    server.check()


def seconds_until_a_place(world: ClockWorld, most: float = 300.0) -> float:
    """How long a new process waits for its place; AssertionError when it would wait longer."""
    limit, began = window(world), world.now()
    while (wait := limit.wait()) > 0:
        assert world.now() - began + wait <= most, "it never gets a place"
        world.sleep(wait)
    return world.now() - began


def test_a_number_given_to_another_process_does_not_stop_the_submits_for_ever() -> None:
    """In a container the next run has the number of the one that was killed: an old reservation ends all the same."""
    world = ClockWorld()
    left = {"call": "begun", "key": "gone", "classes": ["refresh_create"], "at": START - 3600, "pid": world.pid()}
    world.memory.data[FILE] = f"{HEAD}{json.dumps(left)}\n".encode()
    assert seconds_until_a_place(world) <= 61


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"refresh_create": 1}', '{"refresh_create": [1]}', '{"refresh_create": [{}]}',
     '{"refresh_create": [{"start": "a", "end": "b", "pid": "c"}]}', "\x00\x00",
     '{"seq": 1, "prev": ""}', '{"name": []}x', '{"files": ["a"]}', "- a\n", "\n", f"{ENDED}\n",
     HEAD.strip(), f"x{HEAD}", HEAD * 2, f"{HEAD}\n", f"{HEAD}[]\n", f"{HEAD}{{}}\n", f"{HEAD}{ENDED}{ENDED}\n",
     f"{HEAD}{ENDED[1:]}\n{ENDED}\n", HEAD.replace("1", "2"), HEAD.replace("0", "-1"),
     *(f"{HEAD}{ENDED.replace(*other)}\n" for other in (("1.0", "null"), ('"at"', '"when"'), ("ended", "begun")))],
)  # fmt: skip
def test_a_file_that_is_no_rate_window_is_never_written(text: str) -> None:
    """Somebody's file, or one that is damaged: looking and taking a place are refused, and it stays as it is."""
    world = ClockWorld()
    world.memory.data[FILE] = text.encode()
    for use in (window(world).used, lambda: seconds_until_a_place(world)):
        with pytest.raises(Invalid) as refused:
            use()
        assert [one.code for one in refused.value.findings] == ["R405"]
    assert world.memory.data == {FILE: text.encode()}


def test_a_window_of_the_first_version_is_read_and_written_on() -> None:
    """Version 0.1.0 kept one JSON document: what it has counted counts, a call that it left under way as well, and
    the calls of other classes; after the next call the file is one of lines."""
    world = ClockWorld()
    calls: list[dict[str, object]] = [{"start": START - 31 + n, "end": START - 30 + n, "pid": 7} for n in range(4)]
    calls.append({"start": START - 3600, "end": None, "pid": 7, "key": "left"})
    world.memory.data[FILE] = json.dumps({"refresh_create": calls, "default": calls[:1]}).encode()
    limit = window(world)
    assert limit.used() == 5
    assert seconds_until_a_place(world) == pytest.approx(30, abs=0.1)
    with limit.place():
        assert limit.used() == 5
    head, *lines = world.memory.data[FILE].splitlines()
    assert json.loads(head)["rate_window"] == 1
    assert sum(b'"default"' in one for one in lines) == 1
    assert limit.used() == window(world).used() == 5


@pytest.mark.parametrize("text", ['{"refresh_create":[]}', '{"refresh_create":[],"default":[]}'])
def test_an_empty_window_of_the_first_version_is_one(text: str) -> None:
    """As it stood there once its calls were over."""
    world = ClockWorld()
    world.memory.data[FILE] = text.encode()
    assert seconds_until_a_place(world) == 0
    with window(world).place():
        pass
    assert window(world).used() == 1


def test_a_clock_that_goes_back_neither_breaks_the_limit_nor_stops_the_run() -> None:
    """Calls that lie in the future have just happened."""
    world, server = ClockWorld(), Server()
    for _ in range(5):
        with window(world).place():
            server.call(world, 0.0, 0.1)
    world.moment -= 86_400
    assert 59 <= seconds_until_a_place(world) <= 61


def test_a_clock_that_was_ahead_for_a_while_makes_nobody_forget() -> None:
    """What was over by the wrong clock, and stands in the file, counts again by the right one."""
    world = ClockWorld()
    limit = window(world)
    for _ in range(5):
        with limit.place():
            pass
    world.moment += 3600
    assert limit.used() == 0
    world.moment -= 3600
    assert limit.used() == window(world).used() == 5
    assert limit.wait() > 50


def test_other_classes_of_the_file_are_left_alone() -> None:
    """What other classes of calls keep in the same file stays as it is, one under way and one of a form that only
    another version knows, also when the file is written anew; one that is over goes then."""
    world = ClockWorld()
    under_way = b'{"call":"begun","key":"a","classes":["other"],"at":1.0,"pid":3}\n'
    newer = b'{"call": "planned", "classes": ["newer", "other"], "for": "tomorrow"}\n'
    counts = f'{{"call":"ended","key":"b","classes":["other"],"at":{START},"seconds":86400.0}}\n'.encode()
    over = b'{"call":"ended","key":"c","classes":["other"],"at":1.0,"seconds":60.0}\n'
    world.memory.data[FILE] = HEAD.encode() + under_way + newer + counts + over
    limit = window(world)
    for _ in range(100):
        with limit.place():
            pass
    lines = world.memory.data[FILE].splitlines(keepends=True)
    assert lines[1:4] == [under_way, newer, counts]
    assert over not in lines
    assert len(lines) < 150


class FullDisk(MemoryFiles):
    """A disk that may be full: then it takes the first half."""

    full = False

    def append(self, path: Path, data: bytes, *, sync: bool) -> None:
        """At its end, where there is room."""
        super().append(path, data[: len(data) // 2] if self.full else data, sync=sync)
        self._check()

    def write(self, path: Path, data: bytes) -> None:
        """Anew, where there is room."""
        super().write(path, data[: len(data) // 2] if self.full else data)
        self._check()

    def _check(self) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("before", [0, 1])
def test_a_place_that_could_not_be_written_down_is_not_taken(before: int) -> None:
    """As often as the disk is full: once it is not, all places of the minute are there."""
    files = FullDisk()
    world = ClockWorld(files)
    limit = window(world)
    for _ in range(before):
        with limit.place():
            world.sleep(1)
    files.full = True
    for _ in range(7):
        with pytest.raises(ReconcilerError, match="No space left on device"):
            limit.enter()
    files.full = False
    for _ in range(5 - before):
        with limit.place(lambda: world.now() - START > 60):
            pass
    assert world.now() - START == pytest.approx(4 + before)


def test_a_reply_that_could_not_be_written_down_ends_its_call() -> None:
    """The run hears of it, and the place is not lost: it is free once the window has passed."""
    files = FullDisk()
    world = ClockWorld(files)
    limit = window(world)
    for _ in range(5):
        files.full = False
        limit.enter(lambda: world.now() - START > 30)
        world.sleep(1)
        files.full = True
        with pytest.raises(ReconcilerError, match="No space left on device"):
            limit.leave()
    files.full = False
    began = world.now()
    with limit.place(lambda: world.now() - began > 70):
        pass
    assert world.now() - began < 61


def test_who_waits_for_the_file_may_do_something_else_meanwhile() -> None:
    """Another process stands still while it has the file: whoever asks for a place waits as he wants to."""
    world = ClockWorld()
    lock = FILE.with_name("rate.json.lock")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            world.memory.held.discard(lock)

    world.memory.held.add(lock)
    window(world).enter(wait=wait)
    assert len(waits) == 3
    assert world.now() == START
