"""The contracts the simulator speaks: names and their tables of endpoints."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.simulator import openapi, refresh
from reconciler.simulator.failure import SimulatorUsage
from reconciler.simulator.rules import Endpoint

CONTRACTS: dict[str, tuple[Endpoint, ...]] = {"openapi": openapi.ENDPOINTS + refresh.ENDPOINTS}


def routes(contract: str) -> Mapping[str, Mapping[str, Endpoint]]:
    """The endpoints of a contract by path and method; SimulatorUsage for a contract that is not spoken."""
    if contract not in CONTRACTS:
        raise SimulatorUsage(f"no contract is called {contract!r}; there are {', '.join(CONTRACTS)}")
    table: dict[str, dict[str, Endpoint]] = {}
    for endpoint in CONTRACTS[contract]:
        table.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    return table
