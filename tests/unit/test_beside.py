"""What is read beside: all at once, by eight threads at most, in an order of errors that does not depend on luck."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from reconciler.account.listing import Reader, read_all
from reconciler.api.client import Client
from reconciler.api.limits import Limiter
from reconciler.api.transport import Reply, Request, Transport
from reconciler.contracts.registry import CONTRACTS, Contracts
from reconciler.errors import ApiError
from reconciler.world import AT_ONCE, SystemWorld
from reconciler.world.coming import Coming, NoThread
from tests.unit.worlds import page

ADVERTISER = "7000000000000000001"
KINDS = ("campaign", "adgroup", "ad")
FREE = {1.0: 100_000}


class Meeting:
    """A server that answers once `guests` calls have come: in less company nothing ever ends."""

    def __init__(self, guests: int) -> None:
        self.met = threading.Barrier(guests)
        self.paths: list[str] = []
        self.here = self.most = 0
        self._lock = threading.Lock()

    def send(self, request: Request) -> Reply:
        """What it answers, once all are there."""
        with self._lock:
            self.paths.append(request.path)
            self.here += 1
            self.most = max(self.most, self.here)
        self.met.wait(20)
        with self._lock:
            self.here -= 1
        return self.answer(request)

    def answer(self, request: Request) -> Reply:
        """One page of ten rows."""
        kind, above = request.path.partition("/")[0], {"campaign_id": "1", "adgroup_id": "1"}
        rows = [{**above, f"{kind}_id": str(one), f"{kind}_name": f"{one}"} for one in range(10)]
        return page([*rows], 1, 10, 10, 1)


class Refusing(Meeting):
    """One that refuses each call."""

    def answer(self, request: Request) -> Reply:
        """With its path."""
        return Reply(200, b'{"code": 40002, "message": "%s", "data": {}}' % request.path.encode())


def reader(transport: Transport) -> Reader:
    """Of one account, with threads."""
    world = SystemWorld()
    asking = Client(transport, {"default": Limiter(FREE, world)}, world, lambda _: "default")
    return Reader(asking, Contracts(CONTRACTS["openapi"], ()), ADVERTISER, 2)


def test_all_kinds_are_read_at_once() -> None:
    """Nobody is answered before all three are asked, and each is asked once."""
    meeting = Meeting(3)
    found = read_all(reader(meeting), KINDS)
    assert {kind: len(one.objects) for kind, one in found.items()} == dict.fromkeys(KINDS, 10)
    assert sorted(meeting.paths) == ["ad/get/", "adgroup/get/", "campaign/get/"]


def test_what_was_begun_is_taken_once() -> None:
    """A listing that is asked for again is read again: what is old is not believed to be new."""
    meeting = Meeting(1)
    asking = reader(meeting)
    asking.begin(["campaign"])
    asking.begin(["campaign"])
    for _ in range(2):
        assert len(asking.listing("campaign").objects) == 10
    assert meeting.paths == ["campaign/get/"] * 2


def test_at_most_eight_read() -> None:
    """As many calls are under way as there are threads, seven and the one that waits, and each is made once."""
    meeting, world = Meeting(7), SystemWorld()
    calls = [Request("GET", "ad/get/", {"page": str(number)}) for number in range(35)]
    coming = [world.beside(partial(meeting.send, one)) for one in calls]
    assert [one.take().status for one in coming] == [200] * 35
    assert len(meeting.paths) == 35
    assert 7 <= meeting.most <= 8


def test_what_nobody_wants_any_more_is_not_begun() -> None:
    """Where a page cannot be read, no later one is asked for in vain."""
    meeting, world = Meeting(1), SystemWorld()
    coming = Coming(partial(meeting.send, Request("GET", "ad/get/", {"page": "1"})))
    coming.drop()
    coming.run()
    assert meeting.paths == []
    assert world.beside(lambda: "read").take() == "read"


def test_a_write_waits_for_nobody_who_reads() -> None:
    """Every thread that reads waits for what a write is to bring: it is begun all the same."""
    world, written = SystemWorld(), threading.Event()
    reading = [world.beside(lambda: written.wait(20)) for _ in range(20)]
    writing = world.at_once(written.set)
    world.first([writing], 20)
    assert writing.is_there
    assert all(one.take() for one in reading)


def test_four_threads_send_for_each_caller() -> None:
    """However many calls follow on each other, and whoever else calls: each caller has four connections at most."""
    world = SystemWorld()
    used: list[set[int]] = []

    def call() -> None:
        mine: set[int] = set()
        under_way: list[Coming[int]] = []
        for _ in range(60):
            if len(under_way) == AT_ONCE:
                world.first(under_way)
                mine |= {one.take() for one in under_way if one.is_there}
                under_way = [one for one in under_way if not one.is_there]
            under_way.append(world.at_once(threading.get_ident))
        used.append(mine | {one.take() for one in under_way})
        # Who has ended leaves its number to others.
        together.wait()

    together = threading.Barrier(3)
    callers = [threading.Thread(target=call) for _ in range(3)]
    for one in callers:
        one.start()
    for one in callers:
        one.join()
    assert all(1 <= len(mine - {one.ident for one in callers}) <= AT_ONCE for mine in used)


def test_whichever_comes_first_ends_the_wait() -> None:
    """Not the one that was begun first; and a wait for what does not come ends by itself."""
    world, held = SystemWorld(), threading.Event()
    slow, fast = world.at_once(lambda: held.wait(20)), world.at_once(lambda: "here")
    world.first([slow, fast])
    assert (slow.is_there, fast.take()) == (False, "here")
    world.first([slow], 0)
    assert not slow.is_there
    held.set()
    world.first([slow])
    assert slow.take()


def test_a_machine_without_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was to be sent beside never is, not even later by a thread of somebody else; what is read is read by who
    takes it."""
    world, done = SystemWorld(), list[str]()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refuse)
        for number in range(AT_ONCE + 1):
            with pytest.raises(NoThread, match="can't start new thread"):
                world.at_once(partial(done.append, f"stale {number}"))
        assert world.beside(lambda: "read").take() == "read"
    fresh = world.at_once(partial(done.append, "fresh"))
    world.first([fresh], 20)
    assert (fresh.is_there, done) == (True, ["fresh"])


def test_nobody_who_takes_waits_for_what_follows() -> None:
    """It is done by who did the work, once that is there; what it raises is told to whoever asks for that."""
    world, held = SystemWorld(), threading.Event()

    def after() -> None:
        held.wait(20)
        raise ValueError("it went wrong")

    coming = world.at_once(lambda: "here", after)
    world.first([coming], 20)
    assert (coming.take(), coming.is_over) == ("here", False)
    held.set()
    with pytest.raises(ValueError, match="it went wrong"):
        coming.follow()


def test_errors_come_in_the_order_of_kinds() -> None:
    """All fail; what is told is always the first kind's."""

    with pytest.raises(ApiError, match="campaign/get/"):
        read_all(reader(Refusing(3)), KINDS)
