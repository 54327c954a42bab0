"""What workers do by themselves: go on later, try again, leave alone what kills them, end when they are forgotten."""

from __future__ import annotations

import signal
import time

from tests.fleet.scene import Fleet, advertiser, budgets
from tests.fleet.workers import QUEUE, Workers, until
from tests.stories.account import Account
from tests.stories.workspace import finish


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


def listings(market: Account, number: int) -> int:
    """How often this account's campaigns were listed."""
    calls = [one for one in market.calls() if one["path"] == "campaign/get/"]
    return sum(advertiser(number) in str(one["query"]) for one in calls)


def test_an_account_that_kills_workers_is_left_alone(fleet: Fleet, market: Account, workers: Workers) -> None:
    """Each worker that comes to it dies, and with it whatever is beside. After four it is known which it is: whoever
    asked is told, the others have ended by themselves, and `retry` begins it again."""
    fleet.settings(more=QUEUE.replace("stalled_after: 3", "stalled_after: 2"))
    market.faults({"path": "campaign/get/", "every": 1, "delay": 1})
    asking = fleet.start("fleet", "plan", "--json")
    died = 0
    worker = workers.start()
    while asking.poll() is None:
        if listings(market, 2) > died:
            died += 1
            workers.end(worker, signal.SIGKILL)
            worker = workers.start()
        time.sleep(0.05)
    ended = finish(asking)
    assert died == 4
    assert [one["exit_code"] for one in ended.json["accounts"]] == [0, 0, 1, 0]
    deadly = ended.json["accounts"][2]
    assert (deadly["advertiser_id"], deadly["error"]["code"]) == (advertiser(2), "R421")
    market.faults()
    assert fleet.fleet("retry", ended.json["run"], "--failed")["accounts"][0]["exit_code"] == 0


def test_what_only_looks_is_begun_again_early(fleet: Fleet, market: Account, workers: Workers) -> None:
    """Where workers have nothing else to do: long before its own worker counts as gone. What they do not serve, and
    what waits for the same account, is nothing to do."""
    fleet.settings(more=QUEUE.replace("stalled_after: 3", "stalled_after: 600"))
    market.faults({"path": "campaign/get/", "nth": 1, "delay": 20})
    asking = fleet.start("fleet", "plan", "--json", "--account", "a2")
    first = workers.start()
    until(lambda: listings(market, 2) == 1)
    after = fleet.start("fleet", "drift", "--json", "--account", "a2")
    workers.until_waiting(1)
    job = "(queue_name, task_name, status) VALUES ('else/1', 'reconciler.fleet.run', 'todo')"
    workers.query(f"INSERT INTO procrastinate_jobs {job}")
    workers.end(first, signal.SIGKILL)
    workers.query("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '11 seconds'")
    workers.start()
    assert [finish(one).code for one in (asking, after)] == [0, 0]


def test_workers_that_stood_still_and_come_back_blame_nobody(fleet: Fleet, market: Account, workers: Workers) -> None:
    """One account, twice with a worker that is frozen in the middle of it: the one that came back meanwhile ends it."""
    fleet.settings(more=QUEUE.replace("stalled_after: 3", "stalled_after: 2"))
    market.faults({"path": "campaign/get/", "to": 2, "delay": 3})
    blamed = "SELECT sum(cardinality(alone)) FROM fleet_request"
    asking = fleet.start("fleet", "plan", "--json", "--account", "a2")
    first = workers.start()
    until(lambda: listings(market, 2) == 1)
    first.send_signal(signal.SIGSTOP)
    second = workers.start()
    until(lambda: listings(market, 2) == 2)
    assert workers.query(blamed) == [(1,)]
    first.send_signal(signal.SIGCONT)
    until(lambda: workers.query(blamed) == [(0,)])
    second.send_signal(signal.SIGSTOP)
    ended = finish(asking)
    assert ended.code == 0, ended.text


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


def test_what_begins_alone_holds_nobody_up(fleet: Fleet, market: Account, workers: Workers) -> None:
    """It waits at a worker until something long there has ended. Meanwhile accounts are paused, its own too, and what
    that worker does not take another one does. It is done in the end."""
    suspected = "ALTER TABLE fleet_request ALTER beside SET DEFAULT '{}', ALTER starts SET DEFAULT {}"
    fleet.settings(more=QUEUE)
    market.faults({"path": "campaign/get/", "nth": 1, "delay": 20})
    first = workers.start()
    long = fleet.start("fleet", "plan", "--json", "--account", "a0")
    until(lambda: listings(market, 0) == 1)
    workers.query(suspected.format("{1,2}", 1))
    alone = fleet.start("fleet", "plan", "--json", "--account", "a1")
    until(lambda: workers.query("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == [(2,)])
    workers.query(suspected.format("{}", 0))
    pausing = fleet.start("fleet", "halt", "--pause-all", "--reason", "tested", "--json")
    until(lambda: workers.query("SELECT count(*) FROM fleet_result WHERE command = 'pause'") == [(3,)])
    assert workers.query("SELECT account FROM fleet_result WHERE command = 'plan'") == []
    other = fleet.start("fleet", "plan", "--json", "--account", "a3")
    until(lambda: workers.query("SELECT 1 FROM procrastinate_jobs WHERE attempts > 0 AND priority = 20"))
    workers.start()
    assert finish(other).code == 0
    assert workers.query("SELECT account FROM fleet_result WHERE command = 'plan'") == [("a3",)]
    assert [finish(one).code for one in (long, alone, pausing)] == [0, 0, 0]
    assert first.poll() is None
