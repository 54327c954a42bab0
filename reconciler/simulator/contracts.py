"""The contracts the simulator speaks: names, tables of endpoints, fields of objects, defaults of switches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.simulator import marketing, openapi, refresh, smart_plus
from reconciler.simulator.failure import SimulatorUsage
from reconciler.simulator.kinds import CLASSIC, KINDS, Kind
from reconciler.simulator.rules import Endpoint
from reconciler.simulator.world import STATUSES


@dataclass(frozen=True)
class Contract:
    """`fields` are those an object may have beyond id, name, parent, status and times, by the word of its kind."""

    endpoints: tuple[Endpoint, ...]
    fields: Mapping[str, tuple[str, ...]]
    switches: Mapping[str, str] = field(default_factory=dict)
    """Defaults of its own."""
    status: str = "status"
    """The wire name of the status; the operator may say `status` in any contract."""
    statuses: tuple[str, ...] = STATUSES
    """What the operator may set."""
    library: bool = False
    """Whether accounts have an asset library."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of objects an account holds, parents before children."""
        return tuple(kind for word, kind in KINDS.items() if word in self.fields)

    def routes(self) -> Mapping[str, Mapping[str, Endpoint]]:
        """The endpoints by path and method."""
        table: dict[str, dict[str, Endpoint]] = {}
        for endpoint in self.endpoints:
            table.setdefault(endpoint.path, {})[endpoint.method] = endpoint
        return table


_PRODUCTION = Contract(
    (
        *marketing.ENDPOINTS,
        *smart_plus.ENDPOINTS,
        *(one for one in refresh.ENDPOINTS if one.path != marketing.UPLOAD),
    ),
    {word: tuple(dict.fromkeys((*marketing.FIELDS.get(word, ()), *smart_plus.FIELDS.get(word, ())))) for word in KINDS},
    marketing.SWITCHES,
    "operation_status",
    (*STATUSES, "FROZEN"),
    library=True,
)
"""Both families of production's calls: they are about the same accounts (smart_plus 3.8, 5)."""
CONTRACTS: dict[str, Contract] = {
    "openapi": Contract(openapi.ENDPOINTS + refresh.ENDPOINTS, {kind.word: kind.fields for kind in CLASSIC}),
    "marketing": _PRODUCTION,
    "smart_plus": _PRODUCTION,
}


def contract_of(name: str) -> Contract:
    """The contract of this name; SimulatorUsage for one that is not spoken."""
    if name not in CONTRACTS:
        raise SimulatorUsage(f"no contract is called {name!r}; there are {', '.join(CONTRACTS)}")
    return CONTRACTS[name]
