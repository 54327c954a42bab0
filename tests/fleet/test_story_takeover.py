"""What workers do by themselves: go on later, try again, leave alone what kills them, end when they are forgotten."""

from __future__ import annotations

import functools
import signal

from tests.fleet.scene import Fleet, advertiser, budgets
from tests.fleet.workers import QUEUE, Workers, until
from tests.stories.account import Account
from tests.stories.workspace import finish


def has_read(market: Account, often: int) -> bool:
    """Whether campaigns were listed so often."""
    return [one["path"] for one in market.calls()].count("campaign/get/") == often


def test_what_is_on_its_way_is_gone_on_with(fleet: Fleet, market: Account, workers: Workers) -> None:
    """A create whose reply is lost ends with 8. Nobody waits for it: a job goes on when it can be known, and until then
    another command in the same account is not held up."""
    fleet.settings(more=QUEUE.replace("stalled_after: 3", "stalled_after: 30"))
    market.faults({"path": "campaign/create/", "nth": 1, "lose_reply": True})
    workers.start()
    applied = fleet.fleet("apply", "--auto-approve", code=8)
    (open_one,) = [one["name"] for one in applied["accounts"] if one["exit_code"] == 8]
    assert fleet.fleet("drift", "--account", open_one)["accounts"][0]["exit_code"] in (0, 8)
    until(lambda: fleet.fleet("status")["accounts"] and not workers.query(
        "SELECT account FROM fleet_request WHERE ended_at IS NULL"
    ))  # fmt: skip
    assert workers.query("SELECT account, exit_code FROM fleet_result WHERE command = 'wake'") == [(open_one, 0)]
    assert all(one["summary"]["unknown"] == 0 for one in fleet.fleet("status")["accounts"])
    assert budgets(market) == {advertiser(number): ["60"] for number in range(4)}


def test_what_failed_is_tried_again(fleet: Fleet, market: Account, workers: Workers) -> None:
    """Where nothing was done, as often as `retries:` say; what a person has to mend is not."""
    fleet.settings(more=QUEUE.replace("{attempts: 0}", "{attempts: 1, backoff: [1]}"))
    fleet.write("accounts/a1/manifests/own.yaml", "kind: Campaign\nname: own\nspec: {objective_type: NONSENSE}\n")
    market.faults({"path": "campaign/get/", "nth": 1, "code": 40002, "message": "no"})
    workers.start()
    planned = fleet.fleet("plan", code=3)
    assert [one["exit_code"] for one in planned["accounts"]] == [0, 3, 0, 0]
    assert workers.query("SELECT count(*), sum(tries) FROM fleet_request WHERE starts > 1") == [(1, 1)]


def test_a_job_that_kills_workers_is_left_alone(fleet: Fleet, market: Account, workers: Workers) -> None:
    """Two have died with it: it is not begun a third time, whoever asked is told, and `retry` begins it again."""
    market.faults({"path": "campaign/get/", "every": 1, "delay": 20})
    asking = fleet.start("fleet", "plan", "--json", "--account", "a2")
    for deaths in (1, 2):
        worker = workers.start()
        until(functools.partial(has_read, market, deaths))
        workers.end(worker, signal.SIGKILL)
    workers.start()
    ended = finish(asking)
    assert ended.code == 1, ended.text
    assert ended.json["accounts"][0]["error"]["code"] == "R421"
    market.faults()
    assert fleet.fleet("retry", ended.json["run"], "--failed")["accounts"][0]["exit_code"] == 0


def test_a_worker_that_the_queue_has_forgotten_ends(fleet: Fleet, market: Account, workers: Workers) -> None:
    """It says so with 1, so that it is started again; what it could not take another one does."""
    worker = workers.start()
    until(lambda: workers.query("SELECT count(*) FROM procrastinate_workers")[0][0])
    worker.send_signal(signal.SIGSTOP)
    workers.query("DELETE FROM procrastinate_workers")
    asking = fleet.start("fleet", "plan", "--json")
    workers.until_waiting(4)
    worker.send_signal(signal.SIGCONT)
    assert worker.wait(60) == 1
    told = workers.log.read_text()
    assert "R420" in told
    assert "Traceback" not in told
    workers.start()
    assert finish(asking).code == 0
    assert market.posts() == []
