"""The accounts of one token are asked about together, and each is told what it would have been told alone."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.account.facts import Facts
from reconciler.api.transport import Failure, Reply, Request
from reconciler.contracts.registry import CONTRACTS
from reconciler.errors import ApiError, Invalid
from reconciler.workflow.roster import Roster
from tests.unit.worlds import FakeTransport, VirtualWorld, client, envelope

MARKETING = CONTRACTS["marketing"]
IDS = [str(7_000_000_000_000_000_001 + number) for number in range(250)]


def asked(request: Request) -> list[str]:
    """The ids of one call."""
    found: list[str] = json.loads(request.query["advertiser_ids"])
    return found


class Server(FakeTransport):
    """Tells the name of every account but those of `hidden`; a call that names one of `barred` is refused whole."""

    def __init__(self, *, hidden: str = "", barred: str = "") -> None:
        super().__init__(self._told)
        self._hidden, self._barred = hidden, barred

    def _told(self, request: Request) -> Reply:
        ids = asked(request)
        if self._barred in ids:
            return envelope(code=40001, message="no permission")
        shown = [one for one in ids if one != self._hidden]
        return envelope({"list": [{"advertiser_id": one, "name": f"n{one}", "currency": "USD"} for one in shown]})

    @property
    def counts(self) -> list[int]:
        """For how many each call was."""
        return [len(asked(one)) for one in self.requests]


def of(roster: Roster, server: FakeTransport, number: int, world: VirtualWorld | None = None) -> Facts:
    """What one account is told."""
    return roster.facts(client(server, world), MARKETING, IDS[number])


def test_a_hundred_a_call() -> None:
    """250 accounts, three calls; each has its own facts, and no call is for what is known."""
    server, roster, world = Server(), Roster(IDS), VirtualWorld()
    assert [of(roster, server, one, world).name for one in range(250)] == [f"n{one}" for one in IDS]
    assert server.counts == [100, 100, 50]
    assert sorted(one for request in server.requests for one in asked(request)) == IDS


def test_who_asks_is_always_among_them() -> None:
    """Also when many come before it, and when nobody has named it."""
    server, roster, world = Server(), Roster(IDS), VirtualWorld()
    of(roster, server, 249, world)
    assert asked(server.requests[0]) == [IDS[249], *IDS[:99]]
    assert Roster([]).facts(client(server, world), MARKETING, "5").name == "n5"


def test_what_was_told_counts_for_a_minute() -> None:
    """Then all of them are asked about again."""
    server, roster, world = Server(), Roster(IDS[:3]), VirtualWorld()
    of(roster, server, 0, world)
    world.sleep(60)
    of(roster, server, 1, world)
    assert server.counts == [3]
    world.sleep(1)
    of(roster, server, 2, world)
    assert server.counts == [3, 3]


def test_an_account_that_is_not_the_tokens_takes_nothing_from_the_others() -> None:
    """A call that names it is refused; so each asks for itself for a minute, and only that one is warned."""
    server, roster, world = Server(barred=IDS[1]), Roster(IDS[:3]), VirtualWorld()
    found = [of(roster, server, one, world) for one in range(3)]
    assert [one.name for one in found] == [f"n{IDS[0]}", None, f"n{IDS[2]}"]
    assert [bool(one.warnings) for one in found] == [False, True, False]
    assert server.counts == [3, 1, 1, 1]
    world.sleep(61)
    of(roster, server, 0, world)
    assert server.counts[4:] == [3, 1]


def test_an_account_that_is_not_shown_is_asked_for_by_itself() -> None:
    """Nothing is decided on what a call for many has left out."""
    server, roster, world = Server(hidden=IDS[0]), Roster(IDS[:3]), VirtualWorld()
    with pytest.raises(Invalid) as caught:
        of(roster, server, 0, world)
    assert caught.value.findings[0].code == "R406"
    assert server.counts == [3, 1]
    assert of(roster, server, 1, world).name == f"n{IDS[1]}"
    assert server.counts == [3, 1]


def test_no_answer_is_an_error_of_who_asked() -> None:
    """The others do not wait for the same again, one after another: each asks for itself."""
    silent = True

    def answer(request: Request) -> Reply:
        if silent:
            raise Failure("no reply", sent=True)
        return envelope({"list": [{"advertiser_id": one, "name": f"n{one}"} for one in asked(request)]})

    transport, roster, world = FakeTransport(answer), Roster(IDS[:3]), VirtualWorld()
    with pytest.raises(ApiError) as caught:
        of(roster, transport, 0, world)
    assert caught.value.findings[0].code == "R603"
    silent = False
    assert of(roster, transport, 1, world).name == f"n{IDS[1]}"
    assert len(asked(transport.requests[-1])) == 1


def test_threads_wait_for_one_call() -> None:
    """Eight accounts begin at once: one call, whose reply is all they need."""
    server, roster, world, together = Server(), Roster(IDS[:8]), VirtualWorld(), threading.Barrier(8)

    def begin(number: int) -> str | None:
        together.wait(60)
        return of(roster, server, number, world).name

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(begin, range(8))) == [f"n{one}" for one in IDS[:8]]
    assert server.counts == [8]


class SlowServer(Server):
    """Answers calls for several accounts only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let = threading.Event(), threading.Event()

    def _told(self, request: Request) -> Reply:
        if len(asked(request)) > 1:
            self.asked.set()
            self.let.wait(20)
        return super()._told(request)


def test_a_call_that_hangs_holds_up_who_has_made_it_alone() -> None:
    """The others ask for themselves, soon enough to be stopped or to fail for themselves."""
    server, roster, world = SlowServer(), Roster(IDS[:3], patience=0.01), VirtualWorld()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(of, roster, server, 0, world)
        assert server.asked.wait(60)
        assert of(roster, server, 1, world).name == f"n{IDS[1]}"
        assert not first.done()
        server.let.set()
        assert first.result().name == f"n{IDS[0]}"
    assert server.counts == [3, 1]


def test_who_is_known_waits_for_nobody() -> None:
    """While others are asked about, a fresh answer is at hand."""
    server, roster, world = SlowServer(), Roster(IDS[:102], patience=10), VirtualWorld()
    server.let.set()
    of(roster, server, 0, world)
    server.let.clear()
    server.asked.clear()
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(of, roster, server, 100, world)
        assert server.asked.wait(60)
        assert of(roster, server, 0, world).name == f"n{IDS[0]}"
        assert not other.done()
        server.let.set()
        assert other.result().name == f"n{IDS[100]}"
    assert server.counts == [100, 2]


def test_a_contract_without_the_call_asks_nothing() -> None:
    """openapi has none."""
    server = Server()
    assert Roster(IDS).facts(client(server), CONTRACTS["openapi"], IDS[0]) == Facts()
    assert server.requests == []
