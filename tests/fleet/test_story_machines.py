"""Several machines: what people decide on one holds on all, and workers hold a change to the commit that it starts
from."""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import psycopg
import pytest

from tests.fleet.scene import GROUP, Fleet, advertiser, budgets
from tests.fleet.test_story_base import commit
from tests.fleet.test_story_queue import says
from tests.fleet.workers import QUEUE, Workers, until, workers_of
from tests.postgres import VARIABLE, Server
from tests.stories.account import Account
from tests.stories.workspace import finish

TWO = GROUP.replace("token:", "approvals: {required: 2, by: [ann, bob, cem]}, token:")
ROWS = "engine: {driver: local}\nstate: {backend: postgres, dsn: {env: RECONCILER_FLEET_DSN}}\n"


@pytest.fixture
def shared(fleet: Fleet, dsn: str) -> Fleet:
    """Two of three people approve, and the state is in PostgreSQL."""
    del dsn
    fleet.settings(groups=TWO, more=ROWS)
    return fleet


@pytest.fixture
def elsewhere(tmp_path: Path) -> Callable[[Fleet], Fleet]:
    """Makes another machine: the same files and plans, and nothing that was written down beside them."""

    def make(fleet: Fleet) -> Fleet:
        other = copy.copy(fleet)
        other.root = tmp_path / f"machine{len(list(tmp_path.iterdir()))}"
        shutil.copytree(fleet.root, other.root, ignore=shutil.ignore_patterns(".reconciler"))
        return other

    return make


def test_decisions_hold_on_every_machine(
    shared: Fleet, market: Account, elsewhere: Callable[[Fleet], Fleet], one_postgres: Server, dsn: str
) -> None:
    """One approves here, one there, at the same time; a third machine applies. Another app's decisions are not these,
    and a row that was changed is refused everywhere."""
    shared.fleet("plan", "--out", "plans")
    second, third = elsewhere(shared), elsewhere(shared)
    asking = [
        one.start("fleet", "approve", "plans", "--by", name, "--json")
        for one, name in ((shared, "ann"), (second, "bob"))
    ]
    assert [finish(one).code for one in asking] == [0, 0]
    third.fleet("reject", "plans", "--by", "cem", "--account", "a3")
    third.replace("name: agency", "name: other", "fleet.yaml")
    assert {one["exit_code"] for one in third.fleet("apply", "plans", code=5)["accounts"]} == {5}
    third.replace("name: other", "name: agency", "fleet.yaml")
    ended = third.fleet("apply", "plans", code=5)
    assert [one["exit_code"] for one in ended["accounts"]] == [0, 0, 0, 5]
    assert "rejected by cem" in ended["accounts"][3]["error"]["message"]
    assert third.fleet("show", ended["run"])["approved"]["a0"] == ["ann", "bob"]
    assert advertiser(3) not in budgets(market)
    assert not (shared.root / ".reconciler/fleet/approvals.jsonl").exists()
    name = dsn.rpartition("/")[2]
    forged = "UPDATE fleet_approval SET decision = replace(decision::text, '\"ann\"', '\"cem\"')::json"
    one_postgres.execute(forged, name)
    refused = second.fleet("approve", "plans", "--by", "cem", code=3)["errors"][0]
    assert (refused["code"], "fleet_approval" in refused["message"]) == ("R419", True)
    assert one_postgres.execute("SELECT count(*) FROM fleet_approval", name) == [(3,)]


def test_a_worker_only_adds_decisions(
    shared: Fleet, market: Account, one_postgres: Server, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login of a pipeline records them and can take none back; one that only reads records none, and is told."""
    shared.fleet("plan", "--out", "plans")
    name = dsn.rpartition("/")[2]
    for role in ("fleet_worker", "fleet_reader"):
        one_postgres.execute(f"CREATE ROLE {role}_{name} LOGIN IN ROLE {role}")
    monkeypatch.setenv(VARIABLE, one_postgres.address(name, f"fleet_reader_{name}"))
    refused = shared.fleet("approve", "plans", "--by", "ann", code=4)["errors"][0]
    assert (refused["code"], "fleet_worker" in refused["hint"]) == ("R512", True)
    monkeypatch.setenv(VARIABLE, one_postgres.address(name, f"fleet_worker_{name}"))
    shared.fleet("approve", "plans", "--by", "ann")
    with psycopg.connect(one_postgres.address(name, f"fleet_worker_{name}"), autocommit=True) as connection:
        for statement in (
            "UPDATE fleet_approval SET n = 9", "DELETE FROM fleet_approval", "TRUNCATE fleet_approval"
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
    assert market.posts() == []


def test_a_database_that_is_away_is_said_to_be(
    shared: Fleet, market: Account, one_postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R511, for decisions and with a queue for every command, also one that only lists; nothing is decided or sent.
    Where the server is there and the database is not, that is what to look at."""
    shared.fleet("plan", "--out", "plans")
    monkeypatch.setenv(VARIABLE, "postgresql://u@127.0.0.1:1/none")
    assert shared.fleet("approve", "plans", "--by", "bob", code=1)["errors"][0]["code"] == "R511"
    shared.settings(groups=TWO, more=QUEUE)
    for command in ("plan", "runs"):
        assert shared.fleet(command, code=1)["errors"][0]["code"] == "R511"
    monkeypatch.setenv(VARIABLE, one_postgres.address("none"))
    (error,) = shared.fleet("runs", code=1)["errors"]
    assert (error["code"], "check the database" in error["hint"]) == ("R511", True)
    assert market.posts() == []


def test_a_run_is_approved_from_another_machine(
    fleet: Fleet, market: Account, workers: Workers, elsewhere: Callable[[Fleet], Fleet]
) -> None:
    """With a queue its run is known everywhere: what one left for want of approvals, two approve by its name."""
    fleet.settings(groups=TWO, more=QUEUE)
    second = elsewhere(fleet)
    workers.start()
    refused = fleet.fleet("apply", code=5)
    assert {one["error"]["code"] for one in refused["accounts"]} == {"R417"}
    for name in ("ann", "bob"):
        second.fleet("approve", refused["run"], "--by", name)
    ended = second.fleet("apply")
    assert len(budgets(market)) == 4
    assert fleet.fleet("show", ended["run"])["approved"]["a3"] == ["ann", "bob"]


@pytest.mark.parametrize("more", [ROWS, QUEUE], ids=["local", "procrastinate"])
def test_a_branch_cannot_lift_its_amount(fleet: Fleet, market: Account, dsn: str, more: str) -> None:
    """It raises max_daily_spend: held to the main branch every account is refused, whoever carries it out; by its own
    file it would go out."""
    del dsn
    fleet.settings(groups=GROUP.replace("100000.00", "50.00"), more=more)
    commit(fleet)
    assert fleet.shell("git", "checkout", "--quiet", "-b", "more") == 0
    fleet.settings(more=more)
    fleet.replace("budget_mode:", "status: ENABLE, budget_mode:", "modules/evergreen/campaign.yaml")
    commit(fleet)
    with workers_of(fleet) as workers:
        if more == QUEUE:
            workers.start()
        planned = fleet.fleet("plan", "--base", "main", "--out", "plans")
        assert [one["summary"]["violations"] for one in planned["accounts"]] == [1, 1, 1, 1]
        for how in (("--auto-approve",), ("plans",)):
            ended = fleet.fleet("apply", *how, "--base", "main", code=5)
            assert [one["exit_code"] for one in ended["accounts"]] == [5, 5, 5, 5]
            assert "above the limit of 50.00 USD" in ended["accounts"][0]["error"]["message"]
        assert market.posts() == []
        fleet.fleet("apply", "--auto-approve")
    assert len(budgets(market)) == 4


def test_a_worker_without_the_base_commit_leaves_the_run_alone(
    fleet: Fleet, market: Account, workers: Workers, tmp_path: Path
) -> None:
    """Its clone is shallow: the jobs go back until the commit is fetched, and whoever waits is told which one."""
    commit(fleet)
    fleet.account(3, budget="61.00")
    commit(fleet)
    there = copy.copy(fleet)
    there.root = tmp_path / "clone"
    assert fleet.shell("git", "clone", "--quiet", "--depth", "1", f"file://{fleet.root}", str(there.root)) == 0
    asking = fleet.start("fleet", "plan", "--base", "HEAD^", "--json")
    workers.until_waiting(4)
    with workers_of(there) as others:
        others.start()
        until(lambda: workers.query("SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at > now()")[0][0] == 4)
        assert says(asking, "workers have other files than these, or not commit ")
        assert market.calls() == []
        assert there.shell("git", "fetch", "--quiet", "--unshallow") == 0
        workers.query("UPDATE procrastinate_jobs SET scheduled_at = now()")
        assert finish(asking).code == 0


def test_no_row_is_held_while_git_is_asked(fleet: Fleet, market: Account, workers: Workers, tmp_path: Path) -> None:
    """A git that takes its time on a worker: whoever drops the run meanwhile does not wait for it."""
    commit(fleet)
    slow, asked, go = tmp_path / "bin" / "git", tmp_path / "asked", tmp_path / "go"
    slow.parent.mkdir()
    wait = f"touch {asked}; while [ ! -e {go} ]; do sleep 0.05; done"
    slow.write_text(f'#!/bin/sh\ncase "$*" in *commit}}*) {wait};; esac\nexec {shutil.which("git")} "$@"\n')
    slow.chmod(0o755)
    asking = fleet.start("fleet", "plan", "--base", "HEAD", "--account", "a0", "--json")
    workers.until_waiting(1)
    with mock.patch.dict(os.environ, {"PATH": f"{slow.parent}{os.pathsep}{os.environ['PATH']}"}):
        workers.start()
    until(asked.exists)
    assert workers.query("SELECT account FROM fleet_request FOR UPDATE NOWAIT") == [("a0",)]
    go.touch()
    assert finish(asking).code == 0
    del market
