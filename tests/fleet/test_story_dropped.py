"""What becomes of a run over the queue when its command dies, is dropped, or is asked for where nothing answers."""

from __future__ import annotations

from tests.fleet.scene import Fleet, advertiser, budgets
from tests.fleet.workers import QUEUE, Workers, until
from tests.stories.account import Account
from tests.stories.workspace import finish

RINGS = "rings: [{name: canary, match: {ring: canary}}, {name: rest, after: canary}]\n"
OPEN = "SELECT 1 FROM fleet_request WHERE ended_at IS NULL"


def test_a_ring_that_a_dead_command_did_not_come_to_is_not_lost(
    fleet: Fleet, market: Account, workers: Workers
) -> None:
    """An apply is killed while its first ring is under way: the later ring has not begun and is shown so, not as done,
    and `retry` applies it."""
    fleet.settings(more=QUEUE + RINGS)
    fleet.account(0, labels="{ring: canary}")
    market.faults({"path": "campaign/create/", "nth": 1, "delay": 2})
    workers.start()
    asking = fleet.start("fleet", "apply", "--auto-approve", "--json")
    until(market.posts)
    asking.kill()
    finish(asking)
    until(lambda: not workers.query(OPEN))
    (shown,) = fleet.fleet("runs")["runs"]
    assert [(one["exit_code"], one["skipped"]) for one in shown["accounts"]] == [(0, False), *[(130, True)] * 3]
    assert "fleet retry" in shown["accounts"][1]["error"]["hint"]
    assert len(fleet.fleet("retry", shown["run"], "--auto-approve")["accounts"]) == 3
    assert budgets(market) == {advertiser(number): ["60"] for number in range(4)}
