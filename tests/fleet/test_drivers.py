"""What every driver of a fleet does alike, whatever becomes of the jobs in between."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.conftest import COUNT
from tests.fleet.scene import Fleet, advertiser, budgets
from tests.fleet.workers import QUEUE, Workers, workers_of
from tests.stories.account import Account
from tests.stories.workspace import finish

ONE = QUEUE.replace("threads: 4", "threads: 1")
LOCAL = "engine: {driver: local, threads: 1}\n"
DRIVERS = ("local", "procrastinate")


@pytest.fixture
def driven(fleet: Fleet, dsn: str, request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """A fleet with one driver, and where it has a queue, somebody who serves it. One account after the other."""
    del dsn
    fleet.settings(more=ONE if request.param == "procrastinate" else LOCAL)
    with workers_of(fleet) as workers:
        if request.param == "procrastinate":
            workers.start()
        yield fleet


both = pytest.mark.parametrize("driven", DRIVERS, indirect=True)


@both
def test_each_account_comes_to_its_own_end(driven: Fleet, market: Account) -> None:
    """A broken manifest, a refusal of the server, a guard rail: named where they are, and no other is touched."""
    driven.write("accounts/a1/manifests/own.yaml", "kind: Campaign\nname: own\nspec: {objective_type: NONSENSE}\n")
    planned = driven.fleet("plan", code=3)
    assert [one["exit_code"] for one in planned["accounts"]] == [0, 3, 0, 0]
    assert planned["accounts"][1]["error"]["file"] == "accounts/a1/manifests/own.yaml"
    market.faults({"path": "campaign/create/", "nth": 1, "code": 40002, "message": "no"})
    applied = driven.fleet("apply", "--auto-approve", code=3)
    assert sorted(one["exit_code"] for one in applied["accounts"]) == [0, 0, 1, 3]
    assert len(budgets(market)) == 2
    assert driven.fleet("retry", applied["run"], code=3)["errors"][0]["code"] == "R802"
    again = driven.fleet("retry", applied["run"], "--failed", "--auto-approve", code=3)
    assert [one["exit_code"] for one in again["accounts"]] in ([0, 3], [3, 0])
    assert len(budgets(market)) == 3


@both
def test_saved_plans_are_what_is_carried_out(driven: Fleet, market: Account) -> None:
    """Plans go to whoever applies them; the account that changed in between is left with 6, the others are applied."""
    driven.fleet("plan", "--out", "plans")
    driven.account(3, budget="90.00")
    applied = driven.fleet("apply", "plans", code=6)
    assert [one["exit_code"] for one in applied["accounts"]] == [0, 0, 0, 6]
    assert budgets(market)[advertiser(0)] == ["60"]
    assert advertiser(3) not in budgets(market)


@both
def test_too_many_failures_end_the_run(driven: Fleet, market: Account) -> None:
    """With one failure allowed and one account after the other, the rest is not begun, and says so."""
    driven.replace("accounts: [accounts]", "accounts: [accounts]\nlimits: {failures: 1}", "fleet.yaml")
    market.faults({"path": "campaign/get/", "nth": 1, "code": 40002, "message": "no"})
    ended = driven.fleet("plan", code=1)
    assert [one["skipped"] for one in ended["accounts"]] == [False, True, True, True]
    assert ended["accounts"][3]["error"]["code"] == "R415"


@both
def test_a_ring_is_applied_before_the_next(driven: Fleet, market: Account) -> None:
    """The later ring is begun once the earlier has ended well."""
    driven.account(0, labels="{ring: canary}")
    rings = "rings: [{name: canary, match: {ring: canary}}, {name: rest, after: canary}]"
    driven.replace("accounts: [accounts]", f"accounts: [accounts]\n{rings}", "fleet.yaml")
    driven.fleet("apply", "--auto-approve")
    first, *_ = [body for path, body in market.posts() if path.endswith("campaign/create/")]
    assert first["advertiser_id"] == advertiser(0)
    assert len(budgets(market)) == COUNT


def session(fleet: Fleet, market: Account) -> list[Any]:
    """The documents of a working day, without what differs from run to run."""
    market.faults({"path": "campaign/create/", "nth": 2, "code": 40002, "message": "no"})
    fleet.write("accounts/a3/manifests/own.yaml", "kind: Campaign\nname: own\nspec: {objective_type: NONSENSE}\n")
    told = [fleet.run("fleet", *line.split(), "--json") for line in (
        "validate", "plan", "plan --detailed-exitcode --account a0", "plan --out plans", "apply --auto-approve",
        "drift", "advance", "halt --account a0 --pause-all", "plan", "resume", "apply plans", "status",
    )]  # fmt: skip
    return [[one.code, _plain(json.loads(one.stdout.replace(str(fleet.root), "…")))] for one in told]


def _plain(document: Any) -> Any:
    if isinstance(document, dict):
        names = ("run", "digest", "queue", "request_id", "since", "at", "serial")
        return {key: _plain(value) for key, value in document.items() if key not in names}
    if isinstance(document, list):
        return [_plain(one) for one in document]
    return re.sub("sha256:[0-9a-f]+", "sha256:…", document) if isinstance(document, str) else document


def test_both_give_the_same_documents(tmp_path: Path, dsn: str) -> None:
    """F9: a day with failures, saved plans, a halt and a pause reads alike whoever carried it out."""
    del dsn
    own = ",".join(advertiser(number) for number in range(COUNT))
    days = []
    for driver, settings in (("local", LOCAL), ("procrastinate", ONE)):
        with Account(contract="marketing", switches={"advertisers": own}) as market:
            fleet = Fleet(tmp_path / driver, market.url, COUNT)
            fleet.settings(more=settings)
            with workers_of(fleet) as workers:
                if driver != "local":
                    workers.start()
                days.append(session(fleet, market))
    for one, other in zip(*days, strict=True):
        texts = (json.dumps(day, indent=1).splitlines() for day in (one, other))
        told = "\n".join(difflib.unified_diff(next(texts), next(texts), n=8))
        assert not told, told


def test_a_lost_a_doubled_and_a_late_job_change_nothing_but_time(
    fleet: Fleet, market: Account, workers: Workers
) -> None:
    """F7: of the jobs of an apply one is lost, each is there twice, and their order is another one; each account ends
    with its campaign once."""
    asking = fleet.start("fleet", "apply", "--auto-approve", "--json")
    workers.until_waiting(COUNT)
    workers.query("DELETE FROM procrastinate_jobs WHERE args->>'account' = 'a1'")
    workers.query(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args)"
        " SELECT queue_name, task_name, 7 - id, lock, args FROM procrastinate_jobs"
    )
    workers.start()
    workers.start()
    ended = finish(asking)
    assert ended.code == 0, ended.text
    assert [one["summary"]["done"] for one in ended.json["accounts"]] == [1] * COUNT
    assert budgets(market) == {advertiser(number): ["60"] for number in range(COUNT)}
