"""`schedules:`: what workers begin by themselves, by the engine's clock, each time once however many workers there are.

The engine's periodic task only asks; what is asked goes through the queue like everything else. Where the one before it
has not ended in an account, that account is left out.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reconciler.fleet import execute
from reconciler.fleet.execute import Services
from reconciler.fleet.history import new_id
from reconciler.fleet.queue.submit import submit

if TYPE_CHECKING:
    from procrastinate import App

TASK = "reconciler.fleet.schedule"


def queue_of_schedules(app: str) -> str:
    """Every worker serves it: to ask needs no token."""
    return f"{app}/ schedules"


def register(app: App, services: Callable[[bool], Services]) -> None:
    """Those of the fleet as it is when the worker starts."""

    async def ask(timestamp: int, command: str, match: dict[str, str], pending: bool) -> None:
        del timestamp
        await asyncio.to_thread(ask_for, services(True), command, match, pending)

    file, told = services(True).fleet.file, app.task(name=TASK)(ask)
    for number, one in enumerate(file.schedules):
        about: dict[str, Any] = {"command": one.command, "match": dict(one.match), "pending": one.only == "pending"}
        queue = queue_of_schedules(file.app.name)
        app.periodic(cron=one.every, periodic_id=f"{number}", queue=queue, task_kwargs=about)(told)


def ask_for(services: Services, command: str, match: dict[str, str], pending: bool) -> int:
    """Begin it in every account that it is about, and that is not at it already; in how many."""
    services = copy.copy(services)
    services.run, services.command, services.who = new_id(services.world), command, "schedule"
    chosen = [one for one in services.fleet.accounts if match.items() <= one.labels.items()]
    if pending:
        chosen = [one for one in chosen if execute.is_going(services, one)]
    return submit(services, chosen, command, scheduled=True) or 0 if chosen else 0
