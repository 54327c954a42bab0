"""The driver `local`: threads of this process. A kill loses nothing but the queue: the same command begins again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.circuit import GROUP_ENDS, GROUP_REFUSED, STOPPED, is_failure, skipped, too_many
from reconciler.fleet.commands import COMMANDS
from reconciler.fleet.execute import Services, execute
from reconciler.fleet.run import Result


def carry_out(
    services: Services,
    accounts: Sequence[FleetAccount],
    command: str,
    told: Callable[[Result], None],
    *,
    through: bool = False,
    before: Sequence[Result] = (),
) -> list[Result]:
    """Run the command in each, so many at once as the fleet says; the results are in the order of the accounts.

    After `limits.failures` failures no other is begun, nor one of a group whose token was refused; `through`: every
    account has its turn, whatever fails before it. `before`: what the run has come to in other accounts already.
    """
    limits = services.fleet.file.limits
    threads = 1 if _waits_for_nobody(services, accounts, command) else services.fleet.file.engine.threads
    results: dict[str, Result] = {}
    refused, failures = _refused(services, before), sum(map(_has_failed, before))
    left = list(reversed(accounts))
    with ThreadPoolExecutor(threads, thread_name_prefix="account") as pool:
        running: dict[Future[Result], FleetAccount] = {}
        while left or running:
            while left and len(running) < threads:
                account = left.pop()
                failing = too_many(limits, failures, len(accounts) + len(before))
                if not through and (why := _kept(services, account, failing, refused)):
                    results[account.name] = skipped(services, account, why, 130 if services.stopped() else 1)
                    told(results[account.name])
                    continue
                running[pool.submit(execute, services, account, COMMANDS[command])] = account
            ended, _ = wait(running, return_when=FIRST_COMPLETED) if running else (set(), None)
            for one in ended:
                account = running.pop(one)
                results[account.name] = made = one.result()
                failures += _has_failed(made)
                if made.exit_code == GROUP_ENDS:
                    refused.add(services.fleet.group_of(account))
                told(made)
    return [results[one.name] for one in accounts]


def _waits_for_nobody(services: Services, accounts: Sequence[FleetAccount], command: str) -> bool:
    """Whether nothing but this machine's files is read: then several threads only take the interpreter from each other,
    which costs as much again as the work."""
    is_here = services.fleet.file.state.backend == "local" and not any(one.given.workspace for one in accounts)
    return command == "validate" or (command == "status" and is_here)


def _has_failed(one: Result) -> bool:
    return is_failure(one.exit_code, skipped=one.skipped)


def _refused(services: Services, before: Sequence[Result]) -> set[int]:
    """The groups whose token was refused."""
    names = {one.name for one in before if one.exit_code == GROUP_ENDS}
    return {services.fleet.group_of(one) for one in services.fleet.accounts if one.name in names}


def _kept(services: Services, account: FleetAccount, failing: str | None, refused: set[int]) -> str | None:
    """Why an account is not begun."""
    if services.stopped():
        return STOPPED
    if services.fleet.group_of(account) in refused:
        return GROUP_REFUSED
    return failing
