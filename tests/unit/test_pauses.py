"""How long a throttled call waits: longer each time, and five minutes where the limit of a minute is used up."""

from __future__ import annotations

import pytest

from reconciler.api.client import Client
from reconciler.api.limits import Limiter
from reconciler.api.transport import Reply, Request
from reconciler.contracts.marketing.binding import MARKETING
from reconciler.manifest.workspace import Rates, windows
from tests.unit.worlds import FakeTransport, VirtualWorld


def throttled(used: int, tier: str) -> tuple[Client, VirtualWorld]:
    """A client of contract marketing that has made so many ads within this minute."""

    def answer(request: Request) -> Reply:
        raise AssertionError(request)

    world = VirtualWorld()
    rates = Rates.model_validate({"tier": tier})
    limiters = {name: Limiter(windows(rates, name), world) for name in ("default", "ad_create")}
    made = Client(FakeTransport(answer), limiters, world, MARKETING.rate_class)
    for _ in range(used):
        with made.place("ad/create/"):
            pass
    return made, world


@pytest.mark.parametrize(
    ("tier", "second", "minute"),
    [("basic", 5, 150), ("advanced", 10, 200), ("premium", 10, 300), ("ultimate", 15, 300)],
)
def test_ads_have_the_limits_of_their_tier(tier: str, second: int, minute: int) -> None:
    """So many in the first second; one more than a minute's takes more than a minute."""
    assert throttled(second, tier)[1].passed == 0
    assert throttled(second + 1, tier)[1].passed >= 1
    assert throttled(minute, tier)[1].passed < 60 <= throttled(minute + 1, tier)[1].passed


@pytest.mark.parametrize(("used", "pause"), [(150, 300.0), (149, 11.25)])
def test_after_a_full_minute_the_pause_is_five_minutes(used: int, pause: float) -> None:
    """By our own count; a throttle before that is of a second, or of somebody else, and starts with 15 s."""
    client, world = throttled(used, "basic")
    client.back_off("ad/create/", 1)
    assert world.slept[-1] == pause
    client.back_off("campaign/create/", 1)
    assert world.slept[-1] == 11.25


def test_pauses_grow_up_to_five_minutes() -> None:
    """Twice as long each time."""
    client, world = throttled(0, "basic")
    for attempt in range(1, 8):
        client.back_off("ad/create/", attempt)
    assert world.slept == [11.25, 22.5, 45.0, 90.0, 180.0, 225.0, 225.0]
