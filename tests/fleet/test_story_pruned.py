"""What ended runs leave behind is taken away after a month, and nothing that somebody still needs."""

from __future__ import annotations

from tests.fleet.scene import Fleet
from tests.fleet.workers import Workers, until
from tests.stories.account import Account
from tests.stories.workspace import finish

AGE = """
UPDATE fleet_run SET began = began - interval '31 days';
UPDATE fleet_request SET ended_at = ended_at - interval '31 days';
UPDATE fleet_result SET at = at - interval '31 days';
INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('agency/1', 'reconciler.fleet.run', 'failed');
UPDATE procrastinate_events SET at = at - interval '31 days'"""


def test_old_runs_are_taken_away(fleet: Fleet, market: Account, workers: Workers) -> None:
    """Of five runs that are a month old only those go that are neither open nor the last of any account: what failed
    stays to be looked at while nothing has been carried out since."""
    first = workers.start()
    old = fleet.fleet("plan")["run"]
    some = fleet.fleet("plan", "--account", "a[01]")["run"]
    applied = fleet.fleet("apply", "--auto-approve", "--account", "a0")["run"]
    last = fleet.fleet("plan", "--account", "a[123]")["run"]
    assert workers.end(first) == 0
    asking = fleet.start("fleet", "plan", "--json")
    workers.until_waiting(4)
    asking.kill()
    finish(asking)
    workers.query(AGE)
    # Whoever serves the queue now has other files, and gives the open ones back.
    fleet.account(3, budget="61.00")
    workers.start()
    runs = "SELECT id FROM fleet_run ORDER BY id"
    until(lambda: old not in {row[0] for row in workers.query(runs)})
    kept = [row[0] for row in workers.query(runs)]
    assert kept[:3] == [some, applied, last]
    assert len(kept) == 4
    for table in ("fleet_plan", "fleet_result", "fleet_request", "fleet_document"):
        assert {row[0] for row in workers.query(f"SELECT run FROM {table}")} <= {*kept}
    assert workers.query("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'") == [(0,)]
    assert [one["run"] for one in fleet.fleet("runs")["runs"]] == [applied]
    assert fleet.fleet("show", old, code=3)["errors"][0]["code"] == "R413"
    del market
