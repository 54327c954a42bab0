"""What every part of one apply is given: the world, the API, the state, and who listens."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from reconciler.account.listing import Reader
from reconciler.api.client import Client
from reconciler.contracts.registry import Contracts
from reconciler.model import Address
from reconciler.state.ledger import Ledger
from reconciler.world import World


class Run(Struct, frozen=True):
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
    tokens: dict[Address, str] = field(default_factory=dict)
    """The number by which the API knows a create: one an intent, the same for every time that intent is sent."""

    def token(self, address: Address) -> str:
        """That of the create under way: 63 random bits, never 0, as decimal digits."""
        return self.tokens.setdefault(address, str(int(self.world.uuid().replace("-", "")[:16], 16) >> 1 or 1))

    @property
    def advertiser(self) -> str:
        """The ad account."""
        return self.reader.advertiser
