"""What becomes of a run over the queue when its command dies, is dropped, or is asked for where nothing answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.plan.saved import dump, parse, save
from tests.fleet.scene import Fleet, advertiser, budgets
from tests.fleet.workers import QUEUE, Workers, until
from tests.postgres import VARIABLE, Server
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


def test_a_plan_that_was_begun_in_vain_does_not_live_longer(fleet: Fleet, market: Account, workers: Workers) -> None:
    """A start that came to nothing (the account was locked, say) does not lift the age of a plan: days later it is
    refused as any other."""
    first = workers.start()
    fleet.fleet("plan", "--out", "plans")
    workers.end(first)
    asking = fleet.start("fleet", "apply", "plans", "--json")
    workers.until_waiting(4)
    for run, account, data in workers.query("SELECT run, account, plan FROM fleet_plan JOIN fleet_request r "
        "USING (run, account) WHERE r.command = 'apply'"):  # fmt: skip
        made = parse(bytes(data), "a row")
        old = dump(save(made.plan, replace(made.bound_to, created_at="2024-01-01T00:00:00Z")))
        where = f"run = '{run}' AND account = '{account}'"
        workers.query(f"UPDATE fleet_plan SET plan = decode('{old.hex()}', 'hex') WHERE {where}")
    workers.query("UPDATE fleet_request SET starts = 1 WHERE account = 'a0' AND command = 'apply'")
    workers.start()
    ended = finish(asking)
    assert ended.code == 6, ended.text
    assert [one["error"]["code"] for one in ended.json["accounts"]] == ["R811"] * 4
    assert market.posts() == []


def test_a_plan_whose_row_was_changed_is_refused(fleet: Fleet, market: Account, workers: Workers) -> None:
    """It ends its account with 3, and nobody tries for ever."""
    first = workers.start()
    fleet.fleet("plan", "--out", "plans")
    workers.end(first)
    asking = fleet.start("fleet", "apply", "plans", "--json")
    workers.until_waiting(4)
    workers.query("UPDATE fleet_plan SET digest = 'sha256:0' WHERE account = 'a2'")
    workers.start()
    ended = finish(asking)
    assert (ended.code, ended.json["accounts"][2]["error"]["code"]) == (3, "R806")
    assert len(budgets(market)) == 3


@pytest.mark.parametrize("command", [("runs",), ("plan",), ("worker",)])
def test_where_the_database_is_not_there_every_command_says_so(
    fleet: Fleet, one_postgres: Server, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """What is missing, in the server's own words, and the exit code of something that passes; it is no bug of ours."""
    fleet.settings(more=QUEUE)
    monkeypatch.setenv(VARIABLE, one_postgres.address("nowhere"))
    ended = fleet.process("fleet", *command)
    assert ended.code == 1
    assert "R511" in ended.stderr
    assert 'database "nowhere" does not exist' in ended.stderr


def test_a_worker_without_tables_says_what_to_run(
    fleet: Fleet, one_postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not come to the queue at all."""
    one_postgres.execute("CREATE DATABASE bare")
    fleet.settings(more=QUEUE)
    monkeypatch.setenv(VARIABLE, one_postgres.address("bare"))
    ended = fleet.process("fleet", "worker")
    assert (ended.code, "R523" in ended.stderr, "fleet migrate" in ended.stderr) == (3, True, True)
    assert "Traceback" not in ended.stderr


def test_a_run_that_is_dropped_while_it_plans_applies_nothing(fleet: Fleet, market: Account, workers: Workers) -> None:
    """The account whose plan was under way is planned to the end, and what would come after is asked for no more."""
    market.faults({"path": "campaign/get/", "nth": 1, "delay": 3})
    workers.start("--threads", "1")
    asking = fleet.start("fleet", "apply", "--auto-approve", "--json")
    until(lambda: any(one["path"] == "campaign/get/" for one in market.calls()))
    ((run,),) = workers.query("SELECT id FROM fleet_run")
    assert len(fleet.fleet("cancel", run)["accounts"]) == 3
    ended = finish(asking)
    assert ended.code == 130, ended.text
    assert {one["error"]["message"] for one in ended.json["accounts"]} == {"not begun: the run was cancelled"}
    assert market.posts() == []
    assert len(fleet.fleet("retry", run, "--auto-approve")["accounts"]) == 4
