"""Two machines work for one app: with state in PostgreSQL they share its limits; another tool can be left a part."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.scene import Fleet, advertiser
from tests.stories.account import Account
from tests.stories.workspace import finish
from tests.unit.test_limits import most_in_any_window

LIMIT = "{per_second: 10, per_minute: 600}"
COUNT = 3
STATE = "state: {backend: postgres}\n"


@pytest.fixture
def strict() -> Account:
    """A server that counts the calls of the app."""
    own = ",".join(advertiser(number) for number in range(2 * COUNT))
    switches = {"rate": "on", "advertisers": own, "latency_ms": "5-30"}
    return Account(contract="marketing", switches=switches)


def moments(account: Account) -> list[float]:
    """When every call came; none of them was refused."""
    calls = account.calls()
    assert {one["code"] for one in calls} == {"0"}
    return [float(one["time"]) for one in calls]


def test_two_machines_share_the_limit(tmp_path: Path, strict: Account, dsn: str) -> None:
    """Each has its own folder with its own accounts, nothing else: two plans at once take seven of ten together, two
    applies all ten, and the server refuses none; each machine reports the calls of both."""
    with strict:
        machines = [Fleet(tmp_path / name, strict.url, 0) for name in ("one", "two")]
        for place, one in enumerate(machines):
            one.settings(default=LIMIT, more=STATE)
            for number in range(COUNT):
                one.account(place * COUNT + number)
        plans = [one.start("fleet", "plan") for one in machines]
        assert [finish(one).code for one in plans] == [0, 0]
        looked = moments(strict)
        assert len(looked) > 14
        assert most_in_any_window(looked, 1.0) <= 7
        applies = [one.start("fleet", "apply", "--auto-approve") for one in machines]
        assert [finish(one).code for one in applies] == [0, 0]
        assert most_in_any_window(moments(strict), 1.0) <= 10
        assert len(strict.objects("campaign", advertiser=advertiser(0))) == 1
        reported = machines[0].fleet("report")["calls"]
        assert reported[0] == {"class": "default", "last_minute": len(moments(strict)), "limit": 600}
        assert not (tmp_path / "one/.reconciler/rate.json").exists()


def test_another_tool_is_left_its_part(tmp_path: Path, strict: Account) -> None:
    """With `share` every window is that part of it, on one machine without a database as well."""
    with strict:
        fleet = Fleet(tmp_path / "fleet", strict.url, COUNT)
        fleet.settings(default=LIMIT)
        fleet.replace("{name: agency}", "{name: agency, share: 0.5}", "fleet.yaml")
        assert finish(fleet.start("fleet", "apply", "--auto-approve")).code == 0
        assert most_in_any_window(moments(strict), 1.0) == 5
        assert [one["limit"] for one in fleet.fleet("report")["calls"]] == [300, 500_000, 2]


@pytest.mark.parametrize("share", ["0", "1.1", "-0.5", '"0.6"', "half"])
def test_a_share_is_a_part(tmp_path: Path, strict: Account, share: str) -> None:
    """More than nothing and at most all, a plain number."""
    with strict:
        fleet = Fleet(tmp_path / "fleet", strict.url, 1)
        fleet.replace("{name: agency}", f"{{name: agency, share: {share}}}", "fleet.yaml")
        assert [one["code"] for one in fleet.fleet("list", code=3)["errors"]] == ["R208"]
