"""What the doctor says of hosts that no test can reach, and of limits."""

from __future__ import annotations

import msgspec
import pytest

from reconciler.account.checks import clock, host, limits
from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.manifest.workspace import PRODUCTION, SANDBOX, Rate, Rates

MARKETING = msgspec.structs.replace(OPENAPI, name="marketing", status_field="operation_status")


def rate(second: int, minute: int) -> Rate:
    """As a workspace file sets it."""
    return Rate.model_construct(per_second=second, per_minute=minute)


def test_the_platforms_hosts_speak_one_contract() -> None:
    """The other one there is a warning that names the right one; on loopback nobody knows beforehand."""
    for url in (PRODUCTION, SANDBOX):
        first = host(OPENAPI, url, False, Rates())[0]
        assert (first.state, first.hint) == ("warning", "set `api.contract: marketing`")
        assert host(MARKETING, url, False, Rates())[0].state == "ok"
    assert [one.state for one in host(OPENAPI, "http://127.0.0.1:8080", True, Rates())] == ["ok"]


@pytest.mark.parametrize(
    ("given", "state"),
    [(Rate(), "warning"), (rate(1, 30), "ok"), (rate(1, 31), "warning")],
)
def test_the_sandbox_is_slower_and_emptier(given: Rate, state: str) -> None:
    """Its differences are told, and limits above its own are a warning with the setting that fits."""
    _, line = host(MARKETING, SANDBOX, False, Rates(default=given))
    assert (line.name, line.state) == ("sandbox", state)
    assert "no audiences" in line.message
    assert (line.hint or "").endswith("{per_second: 1, per_minute: 30}`") is (state == "warning")


def test_limits_are_told_beside_those_of_the_tier() -> None:
    """What the workspace sets otherwise is marked, and what only a simulator allows."""
    assert "default 10 a second, 600 a minute;" in limits(Rates()).message
    assert "default 5 a second, 600 a minute (tier: 10 and 600)" in limits(Rates(default=rate(5, 600))).message
    assert "only a simulator" in limits(Rates(default=rate(50, 600))).message
    assert "tier ultimate: default 50 a second" in limits(Rates(tier="ultimate")).message


@pytest.mark.parametrize(
    ("server", "state"), [(None, "skipped"), (1000.0, "ok"), (991.0, "ok"), (980.0, "warning"), (1119.0, "warning"),
                          (1120.0, "failed"), (800.0, "failed")]
)  # fmt: skip
def test_a_clock_that_goes_wrong(server: float | None, state: str) -> None:
    """In either direction."""
    assert clock(server, 1000.0).state == state
