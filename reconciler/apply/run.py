"""What every part of one apply is given: the world, the API, the state, and who listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.account.listing import Reader
from reconciler.api.client import Client
from reconciler.contracts.registry import Contracts
from reconciler.state.ledger import Ledger
from reconciler.world import World


@dataclass(frozen=True, slots=True)
class Run:
    """One command that sends writes."""

    world: World
    client: Client
    reader: Reader
    contracts: Contracts
    ledger: Ledger
    quiet_period: float
    """Seconds after which a write without an answer can no longer take effect."""
    stopped: Callable[[], bool]
    """Whether a signal asked to end."""
    told: Callable[[str], None]
    """Hears why the run waits, and what was reached."""

    @property
    def advertiser(self) -> str:
        """The ad account."""
        return self.reader.advertiser
