"""One limit for all: who only looks leaves a part of it to who writes, and a big account starves no small one."""

from __future__ import annotations

from pathlib import Path

from reconciler.api.window import SharedWindow
from tests.fleet.scene import Fleet, advertiser
from tests.refresh.clockwork import START, Actor, Stage
from tests.stories.account import Account
from tests.stories.workspace import finish
from tests.unit.test_limits import most_in_any_window

FILE = Path("/somewhere/rate.json")
WINDOWS = {1.0: 10, 60.0: 600}
LIMIT = "{per_second: 10, per_minute: 600}"


def caller(arrivals: list[float], calls: int, share: float | None) -> object:
    """A process that sends so many calls, one after the other."""

    def work(world: Actor) -> None:
        limit = SharedWindow(FILE, "default", WINDOWS, world, share=share)
        for _ in range(calls):
            with limit.place():
                arrivals.append(world.now())
                world.sleep(0.01)

    return work


def test_a_write_finds_room_in_the_middle_of_a_sweep() -> None:
    """Three processes that look take seven of ten together; one that writes sends three at once."""
    stage = Stage()
    looked: list[float] = []
    wrote: list[float] = []
    for pid in (100, 200, 300):
        stage.process(pid, caller(looked, 14, 0.7))  # type: ignore[arg-type]
    stage.process(400, caller(wrote, 3, None), 2.5)  # type: ignore[arg-type]
    stage.play(longest=60)
    assert (len(looked), len(wrote)) == (42, 3)
    assert most_in_any_window(looked, 1.0) == 7
    assert most_in_any_window(looked + wrote, 1.0) <= 10
    assert wrote[-1] - (START + 2.5) < 0.2


def test_two_sweeps_leave_room_on_the_server(fleet: Fleet, market: Account) -> None:
    """Two processes plan and look for drift at once: seven in no second are passed, as the server counts, and none is
    refused; an apply alone may use all ten."""
    fleet.settings(default=LIMIT)
    market.switch(rate="on", rate_per_second="10")
    sweeps = [fleet.start("fleet", command) for command in ("plan", "drift", "plan")]
    assert [finish(one).code for one in sweeps] == [0, 0, 0]
    calls = market.calls()
    assert {one["code"] for one in calls} == {"0"}
    assert len(calls) > 14
    assert most_in_any_window([float(one["time"]) for one in calls], 1.0) <= 7


def test_a_big_account_starves_no_small_one(fleet: Fleet, market: Account) -> None:
    """Ten thousand ad groups in one account: the others are read to their end before half of it is."""
    campaigns = market.load(
        advertiser=advertiser(0),
        campaigns=[{"campaign_name": "big", "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_INFINITE"}],
    )["campaigns"]
    groups = [{"campaign_id": campaigns[0], "adgroup_name": f"g{number}"} for number in range(10_000)]
    market.load(advertiser=advertiser(0), adgroups=groups)
    fleet.settings(default=LIMIT)
    market.switch(rate="on", rate_per_second="10")
    market.forget_calls()
    fleet.fleet("plan")
    ours = [advertiser(0) in str(one["query"]) for one in market.calls()]
    big = [place for place, one in enumerate(ours) if one]
    small = max(place for place, one in enumerate(ours) if not one)
    assert len(big) > 10
    assert small < big[len(big) // 2]
