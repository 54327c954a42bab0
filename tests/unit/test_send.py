"""One call: its reply is durable before its place is left, whatever goes wrong, and what is not sent is known so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.account.listing import Reader
from reconciler.api.client import Client
from reconciler.api.limits import Limiter
from reconciler.api.transport import Reply, Request
from reconciler.apply.run import Run
from reconciler.apply.send import Effect, Sender
from reconciler.contracts.registry import CONTRACTS, Contracts
from reconciler.errors import Finding, Interrupted, ReconcilerError
from reconciler.state.journal import read
from reconciler.state.ledger import Ledger
from reconciler.world.coming import Coming, NoThread, Result, nothing
from tests.unit.builders import ADVERTISER, at, entry
from tests.unit.worlds import FakeTransport, MemoryStore, VirtualWorld, envelope

CREATE = Effect(at("campaign/a"), "create", "campaign/create/", {"name": "A"}, entries={at("campaign/a"): entry("")})
EDIT = Effect(at("campaign/a"), "update", "campaign/update/", {"name": "B"}, gap_seconds=5)


class Watched(Limiter):
    """A limit that knows what the journal held whenever a place was left, and that may fail then."""

    def __init__(self, world: VirtualWorld, store: MemoryStore) -> None:
        super().__init__({1.0: 1000}, world)
        self.store = store
        self.trouble: Exception | None = None
        self.left: list[list[str]] = []

    def _release(self) -> None:
        super()._release()
        self.left.append([one.kind for one in read(self.store.log)[0]])
        if self.trouble is not None:
            raise self.trouble


class Scene:
    """A sender of one account, whose journal is in memory."""

    def __init__(
        self, answer: Callable[[Request], Reply], world: VirtualWorld | None = None, store: MemoryStore | None = None
    ) -> None:
        self.world, self.store, self.asked_to_end = world or VirtualWorld(), store or MemoryStore(), False
        self.limit = Watched(self.world, self.store)
        self.transport = FakeTransport(answer)
        client = Client(
            self.transport, {"default": self.limit}, self.world, lambda _: "default", stopped=lambda: self.asked_to_end
        )
        contracts = Contracts(CONTRACTS["openapi"], ())
        self.ledger = Ledger.read(self.store, self.world, {"advertiser_id": ADVERTISER}, "apply")
        reader = Reader(client, contracts, ADVERTISER, 2)
        told: Callable[[str], None] = lambda _: None  # noqa: E731
        self.sender = Sender(
            Run(self.world, client, reader, contracts, self.ledger, 180, lambda: self.asked_to_end, told)
        )

    def kinds(self, kind: str) -> list[dict[str, object]]:
        """The records of a kind, what is not durable yet among them."""
        self.ledger.save()
        return [one.data for one in read(self.store.log)[0] if one.kind == kind]


def made(_: Request) -> Reply:
    """Campaign 5."""
    return envelope({"campaign_id": "5"})


@pytest.mark.parametrize("trouble", [None, ReconcilerError(Finding("R506", "the window")), ValueError("the window")])
def test_a_reply_is_durable_before_its_place_is_left(trouble: Exception | None) -> None:
    """Of a call by itself; and whatever keeps the place from being left, the campaign is bound."""
    scene = Scene(made)
    scene.limit.trouble = trouble
    if trouble is None:
        scene.sender.send(CREATE)
    else:
        with pytest.raises(type(trouble), match="the window"):
            scene.sender.send(CREATE)
    assert scene.limit.left == [["begin", "intent", "reply"]]
    assert scene.ledger.lock.resources[CREATE.address].id == "5"


def test_a_call_beside_that_is_taken_first_is_recorded_first() -> None:
    """Before a thread has begun it: its place is left after its reply is durable, too."""
    scene = Scene(made)
    scene.sender.receive(scene.sender.begin([CREATE], scene.world.at_once))
    assert scene.limit.left == [["begin", "intent", "reply"]]


@pytest.mark.parametrize("trouble", [ReconcilerError(Finding("R506", "the window")), ValueError("the window")])
def test_trouble_with_a_place_throws_no_reply_away(trouble: Exception) -> None:
    """Of a call beside: its reply is recorded and read, then the trouble is told; received again, it is not recorded
    again."""
    scene = Scene(made)
    scene.limit.trouble = trouble
    sending = scene.sender.begin([CREATE], scene.world.at_once)
    with pytest.raises(type(trouble), match="the window"):
        scene.sender.receive(sending)
    assert [one.verdict for one in scene.sender.receive(sending)] == ["done"]
    assert (len(scene.kinds("reply")), len(scene.kinds("done"))) == (1, 1)
    assert scene.ledger.lock.resources[CREATE.address].id == "5"


class Crowded(VirtualWorld):
    """A machine without another thread."""

    def at_once(self, work: Callable[[], Result], after: Callable[[], None] = nothing) -> Coming[Result]:
        """Never."""
        raise NoThread("can't start new thread")


def test_what_no_thread_can_send_is_known_not_to_be_sent() -> None:
    """Its place is left, and nobody has to find out what came of it."""
    scene = Scene(made, Crowded())
    with pytest.raises(NoThread):
        scene.sender.begin([CREATE], scene.world.at_once)
    assert len(scene.limit.left) == 1
    assert [one["code"] for one in scene.kinds("rejected")] == ["not sent"]
    assert (scene.transport.requests, scene.ledger.intents) == ([], {})


class Unreadable(MemoryStore):
    """A state of which nobody can tell whether it is halted."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def halted(self) -> bytes | None:
        """Asked just before a write."""
        raise self.error


@pytest.mark.parametrize(
    ("error", "told"), [(IsADirectoryError(21, "Is a directory"), ReconcilerError), (KeyError("x"), KeyError)]
)
def test_an_intent_that_was_never_sent_is_known_so(error: Exception, told: type[Exception]) -> None:
    """Whatever went wrong between writing it down and sending it."""
    scene = Scene(made, store=Unreadable(error))
    with pytest.raises(told):
        scene.sender.send(CREATE)
    assert [one["code"] for one in scene.kinds("rejected")] == ["not sent"]
    assert (scene.transport.requests, scene.ledger.intents, len(scene.limit.left)) == ([], {}, 1)


class Stopping(VirtualWorld):
    """A world in which somebody asks the run to end whenever it sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Callable[[], None] = nothing

    def sleep(self, seconds: float) -> None:
        """Asked meanwhile."""
        super().sleep(seconds)
        self.asked()


def stopping(answer: Callable[[Request], Reply]) -> Scene:
    """A scene in such a world."""
    world = Stopping()
    scene = Scene(answer, world)

    def ask() -> None:
        scene.asked_to_end = True

    world.asked = ask
    return scene


def test_asked_to_end_while_throttled() -> None:
    """What was throttled is not sent again after the pause that was cut short."""
    scene = stopping(lambda _: envelope(code=40100, message="too frequent"))
    assert scene.sender.send(CREATE).verdict == "throttled"
    assert len(scene.transport.requests) == 1


def test_asked_to_end_between_two_writes_to_one_object() -> None:
    """The second, which had to wait, is not sent."""
    scene = stopping(lambda _: envelope({}))
    scene.sender.send(EDIT)
    with pytest.raises(Interrupted):
        scene.sender.send(EDIT)
    assert len(scene.transport.requests) == 1
