"""What runs a command in many accounts: one call, and two that answer it alike.

`local` has threads of this process. `procrastinate` puts a job for each account into a queue in PostgreSQL, which
workers serve on as many machines as there are, and waits for what they write down. The documents are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from reconciler.fleet import local
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.commands import HERE
from reconciler.fleet.execute import Services
from reconciler.fleet.run import Result


class FleetDriver(Protocol):
    """Runs the command of this name in each account; the results are in the order of the accounts.

    `told` hears of each as it ends. After `limits.failures` failures no other is begun, nor one of a group whose token
    was refused; `through`: every account has its turn, whatever fails before it. `before`: what the run has come to in
    other accounts already. `plan` and `settle` leave `services.plans` behind, which `apply` carries out.
    """

    def __call__(
        self,
        services: Services,
        accounts: Sequence[FleetAccount],
        command: str,
        told: Callable[[Result], None],
        *,
        through: bool = False,
        before: Sequence[Result] = (),
    ) -> list[Result]: ...


def driver_of(services: Services, command: str) -> FleetDriver:
    """That of `engine.driver`; what needs neither token nor network is run here in any case."""
    if services.fleet.file.engine.driver == "local" or command in HERE:
        return local.carry_out
    from reconciler.fleet.queue.submit import carry_out as queued

    return queued


def carry_out(
    services: Services,
    accounts: Sequence[FleetAccount],
    command: str,
    told: Callable[[Result], None],
    *,
    through: bool = False,
    before: Sequence[Result] = (),
) -> list[Result]:
    """The same, by the driver that the fleet names."""
    return driver_of(services, command)(services, accounts, command, told, through=through, before=before)
