"""Driver procrastinate over HTTP: asked here, carried out by workers, and what becomes of it when somebody dies."""

from __future__ import annotations

import json
import signal
import subprocess

import psycopg
import pytest

from tests.fleet.scene import Fleet, advertiser, budgets
from tests.fleet.workers import QUEUE, Workers, until, workers_of
from tests.postgres import VARIABLE, Server
from tests.stories.account import Account
from tests.stories.workspace import TOKEN, finish


def says(process: subprocess.Popen[str], text: str) -> bool:
    """Listens until it has said so, or has ended."""
    assert process.stderr is not None
    return any(text in line for line in process.stderr)


def test_from_files_to_campaigns_and_back_to_nothing_to_do(fleet: Fleet, market: Account, workers: Workers) -> None:
    """Workers plan and apply; who asked needs no token, and shows what they wrote down; runs and the state of the
    queue are rows."""
    workers.start()
    planned = fleet.fleet("plan", "--detailed-exitcode", "--out", "plans", code=2, token=None)
    assert planned["summary"] == {"accounts": 4, "changed": 4, "failed": 0, "pending": 0, "skipped": 0}
    assert market.posts() == []
    applied = fleet.fleet("apply", "plans", "--expect-digest", planned["digest"], token=None)
    assert [one["summary"]["done"] for one in applied["accounts"]] == [1, 1, 1, 1]
    assert budgets(market) == {advertiser(number): ["60"] for number in range(4)}
    assert fleet.fleet("plan")["digest"] is None
    assert [one["run"] for one in fleet.fleet("runs")["runs"]] == [applied["run"]]
    assert fleet.fleet("show", applied["run"])["accounts"] == applied["accounts"]
    queue = fleet.fleet("status")["queue"]
    assert queue == {"waiting": 0, "running": 0, "oldest_waiting": None, "held": [], "closed": {}, "workers": 1}
    assert workers.end(workers.running[0]) == 0
    assert TOKEN not in workers.log.read_text()


def test_what_was_asked_outlives_who_asked(fleet: Fleet, market: Account, workers: Workers) -> None:
    """An apply that is killed while nobody serves the queue: a worker that comes later makes the plans; nothing is
    applied that nobody has approved. `drift` that is ended leaves its jobs behind, and `show` finds their end."""
    asking = fleet.start("fleet", "apply", "--auto-approve", "--json")
    workers.until_waiting(4)
    asking.kill()
    finish(asking)
    looking = fleet.start("fleet", "drift", "--json")
    workers.until_waiting(8)
    looking.send_signal(signal.SIGINT)
    ended = finish(looking)
    assert ended.code == 130
    run = ended.json["run"]
    assert f"fleet show {run}" in ended.json["accounts"][0]["error"]["message"]
    assert fleet.fleet("show", run)["summary"]["pending"] == 4
    workers.start()
    shown = until(lambda: (one := fleet.fleet("show", run))["summary"]["pending"] == 0 and one)
    assert [one["exit_code"] for one in shown["accounts"]] == [0, 0, 0, 0]
    assert market.posts() == []
    assert fleet.fleet("runs")["runs"] == []


def test_a_run_is_dropped(fleet: Fleet, market: Account, workers: Workers) -> None:
    """`cancel` ends what waits, whoever waits for it is told, and `retry` makes a new run of the rest."""
    asking = fleet.start("fleet", "drift", "--json")
    workers.until_waiting(4)
    row = workers.query("SELECT id FROM fleet_run")
    assert fleet.fleet("cancel", row[0][0])["accounts"] == ["a0", "a1", "a2", "a3"]
    ended = finish(asking)
    assert (ended.code, ended.json["summary"]["skipped"]) == (130, 4)
    assert fleet.fleet("status")["queue"]["waiting"] == 0
    workers.start()
    assert len(fleet.fleet("retry", row[0][0])["accounts"]) == 4
    assert fleet.fleet("retry", row[0][0], "--failed", code=3)["errors"][0]["code"] == "R413"
    assert fleet.fleet("cancel", "none", code=3)["errors"][0]["code"] == "R413"
    del market


def test_a_worker_that_is_killed_or_stands_still(fleet: Fleet, market: Account, workers: Workers) -> None:
    """One is killed in the middle of a create, one is frozen: others go on, each campaign is there once, and the one
    that stood still does no more."""
    market.faults({"path": "campaign/create/", "nth": 1, "delay": 6, "commit": True})
    first = workers.start()
    asking = fleet.start("fleet", "apply", "--auto-approve", "--json")
    until(lambda: len(market.posts()) >= 2)
    workers.end(first, signal.SIGKILL)
    second = workers.start()
    until(lambda: fleet.fleet("status")["queue"]["running"])
    second.send_signal(signal.SIGSTOP)
    workers.start()
    ended = finish(asking)
    assert ended.code == 0, ended.text + workers.log.read_text()
    second.send_signal(signal.SIGCONT)
    assert budgets(market) == {advertiser(number): ["60"] for number in range(4)}
    assert fleet.fleet("plan")["digest"] is None


def test_a_worker_that_is_asked_to_end_gives_its_jobs_back(fleet: Fleet, market: Account, workers: Workers) -> None:
    """It ends with 0 after the effect under way; the next worker does the rest, and nothing waits for a lease."""
    market.faults({"path": "campaign/create/", "nth": 1, "delay": 2})
    first = workers.start()
    asking = fleet.start("fleet", "apply", "--auto-approve", "--json")
    until(market.posts)
    assert workers.end(first) == 0
    workers.start()
    ended = finish(asking)
    assert ended.code == 0, ended.text + workers.log.read_text()
    assert budgets(market) == {advertiser(number): ["60"] for number in range(4)}


def test_a_worker_with_other_files_leaves_the_run_alone(fleet: Fleet, market: Account, workers: Workers) -> None:
    """A job of another version is given back; once the files are those of the run, it is carried out."""
    asking = fleet.start("fleet", "drift", "--json")
    workers.until_waiting(4)
    fleet.account(3, budget="61.00")
    worker = workers.start()
    until(lambda: workers.query("SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at > now()")[0][0] == 4)
    assert says(asking, "workers have other files")
    assert market.calls() == []
    assert workers.end(worker) == 0
    fleet.account(3)
    workers.query("UPDATE procrastinate_jobs SET scheduled_at = now()")
    workers.start()
    assert finish(asking).code == 0


def test_a_refused_token_holds_its_group(fleet: Fleet, market: Account, workers: Workers) -> None:
    """The rest of that run is not begun, and later runs wait until somebody has mended the token and lifts the hold."""
    fleet.settings(more=QUEUE, groups="  - {name: own, token: {file: token}, guardrails: {max_daily_spend: 1000.00}}")
    fleet.write("token", f"{TOKEN}-of-yesterday")
    market.switch(tokens=TOKEN)
    workers.start("--group", "own", "--threads", "1")
    ended = fleet.fleet("plan", code=4)
    assert sorted(one["exit_code"] for one in ended["accounts"]) == [1, 1, 1, 4]
    assert fleet.fleet("status")["queue"]["held"] == ["own"]
    asking = fleet.start("fleet", "plan", "--json")
    until(lambda: workers.query("SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at > now()")[0][0] == 4)
    fleet.write("token", TOKEN)
    assert says(asking, "group own waits because its token was refused")
    assert "own is served again" in fleet.shown("resume").stderr
    workers.query("UPDATE procrastinate_jobs SET scheduled_at = now()")
    assert finish(asking).code == 0
    assert json.loads(fleet.run("fleet", "status", "--json").stdout)["queue"]["held"] == []


def test_a_worker_whose_groups_have_changed_takes_their_tokens(fleet: Fleet, market: Account, workers: Workers) -> None:
    """A group is written before the others while a worker runs: each account is still called with the token of its own
    group, not with the one that stands where its own stood."""
    own = "  - {name: own, match: {client: own}, token: {file: token}}\n"
    others = "  - {name: others, token: {file: theirs}}\n"
    fleet.account(0, labels="{client: own}")
    fleet.write("token", TOKEN)
    fleet.write("theirs", f"{TOKEN}-of-others")
    market.switch(tokens=TOKEN)
    fleet.settings(more=QUEUE, groups=own + others)
    workers.start()
    assert fleet.fleet("plan", "--account", "a0")["accounts"][0]["exit_code"] == 0
    fleet.settings(more=QUEUE, groups="  - {name: new, match: {client: new}, token: {file: new}}\n" + own + others)
    asking = fleet.start("fleet", "plan", "--account", "a0", "--json")
    while asking.poll() is None:
        workers.query("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
    ended = finish(asking)
    assert ended.json["accounts"][0]["exit_code"] == 0, ended.text


def test_a_group_that_no_worker_serves_is_named(fleet: Fleet, market: Account, workers: Workers) -> None:
    """A worker is alive, and serves another group: whoever waits is told for whom one is missing."""
    own = "  - {name: own, match: {client: own}, token: {file: token}}\n"
    fleet.account(0, labels="{client: own}")
    fleet.settings(more=QUEUE, groups=own + "  - {name: others, token: {env: TIKTOK_ACCESS_TOKEN}}\n")
    workers.start("--group", "others")
    asking = fleet.start("fleet", "plan", "--account", "a0", "--json")
    assert says(asking, "no worker is at work for group own")
    asking.kill()
    finish(asking)
    assert market.calls() == []


def test_a_worker_without_a_token_leaves_the_group_to_others(fleet: Fleet, market: Account, workers: Workers) -> None:
    """It says so, and who waits is told that nobody is there; one that has the token does the work, and the group is
    not held."""
    workers.start(token="")
    asking = fleet.start("fleet", "plan", "--json")
    assert says(asking, "no worker is at work for group 1: start one that serves it and has its token")
    assert workers.log.read_text().count("group 1 is left to other workers") == 1
    workers.start()
    ended = finish(asking)
    assert ended.code == 0, ended.text
    assert fleet.fleet("status")["queue"]["held"] == []
    del market


def test_it_is_said_until_when_nobody_calls(fleet: Fleet, market: Account, workers: Workers) -> None:
    """The limit is closed, as it is for a while after a crash of the database: the worker says so, and whoever waits
    and whoever looks is told."""
    workers.query("SELECT fleet_close('agency', 'default', 600, 600)")
    workers.start()
    asking = fleet.start("fleet", "plan", "--json", "--account", "a0")
    assert says(asking, "no call of class default is sent before")
    assert "default" in fleet.fleet("status")["queue"]["closed"]
    assert "Nobody calls before" in fleet.shown("status").stdout
    until(lambda: "no call of class default is sent before" in workers.log.read_text())
    asking.kill()
    finish(asking)
    assert market.calls() == []


def test_schedules_begin_by_themselves(fleet: Fleet, market: Account, workers: Workers) -> None:
    """What a schedule asks for is asked once in each account that it is about, and not again while it waits there;
    `only: pending` leaves out where nothing is on its way, and an account that has killed its workers waits for a
    person. The engine's clock has each of them."""
    drift = "{command: drift, every: 6h, match: {ring: canary}}"
    fleet.settings(more=QUEUE + f"schedules: [{drift}, {{command: advance, every: 2m, only: pending}}]\n")
    for number in (1, 2):
        fleet.account(number, labels="{ring: canary}")
    workers.query("INSERT INTO fleet_run (id, app, command, version, who) VALUES ('0', 'agency', 'drift', '', '')")
    workers.query(
        "INSERT INTO fleet_request (run, account, command, lock, queue, scheduled, through, alone, ended_at)"
        f" VALUES ('0', 'a2', 'drift', 'agency/{advertiser(2)}', 'agency/1', true, false, '{{1, 2}}', now())"
    )
    holding = workers.start()
    until(lambda: workers.query("SELECT count(*) FROM procrastinate_workers")[0][0])
    assert workers.end(holding) == 0
    ask = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) SELECT 'agency/ schedules',"
        " 'reconciler.fleet.schedule', json_build_object('timestamp', n, 'command', '{}',"
        " 'match', '{}'::json, 'pending', {})"
        " FROM generate_series(1, 2) n"
    )
    workers.query(ask.format("drift", '{"ring": "canary"}', "false"))
    workers.query(ask.format("advance", "{}", "true"))
    workers.start()
    until(lambda: workers.query("SELECT count(*) FROM procrastinate_jobs")[0][0] == 0)
    rows = workers.query("SELECT account, command, exit_code FROM fleet_result ORDER BY at")
    assert rows[0] == ("a1", "drift", 0)
    assert {row[:2] for row in rows} == {("a1", "drift")}
    assert market.posts() == []


def test_what_needs_a_queue_says_so(fleet: Fleet) -> None:
    """With driver local there is nobody to begin a schedule, to try again or to serve; each at its line."""
    for more, told in (
        ("schedules: [{command: drift, every: 6h}]\n", "cron"),
        ("retries: {attempts: 1}\n", "retries"),
        ("engine: {driver: procrastinate}\n", "backend: postgres"),
        ("schedules: [{command: drift, every: 7h}]\n", "2m, 15m"),
    ):
        fleet.settings(more=more)
        found = fleet.fleet("list", code=3)["errors"][0]
        assert told in found["hint"] + found["message"]
        assert (found["file"], found["line"] > 0) == ("fleet.yaml", True)
    fleet.settings()
    assert fleet.run("fleet", "worker").code == 3
    assert fleet.fleet("cancel", "any", code=3)["errors"][0]["code"] == "R215"


def test_workers_and_who_asks_need_no_more_than_their_role(
    fleet: Fleet, market: Account, one_postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login that is a `fleet_worker` plans, applies, cancels and resumes, and changes no answer that is written."""
    address = one_postgres.database()
    one_postgres.execute("DROP ROLE IF EXISTS busy")
    one_postgres.execute("CREATE ROLE busy LOGIN IN ROLE fleet_worker")
    monkeypatch.setenv(VARIABLE, address.replace("admin@", "busy@"))
    fleet.settings(more=QUEUE)
    with workers_of(fleet) as workers:
        workers.start()
        applied = fleet.fleet("apply", "--auto-approve")
        assert [one["exit_code"] for one in applied["accounts"]] == [0, 0, 0, 0]
        assert fleet.fleet("cancel", applied["run"])["accounts"] == []
        assert fleet.fleet("resume")["summary"]["failed"] == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            workers.query("UPDATE fleet_result SET exit_code = 0")
        assert workers.query("SELECT fleet_prune('agency', '')") != []
    assert len(budgets(market)) == 4
