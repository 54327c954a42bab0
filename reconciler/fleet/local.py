"""The driver `local`: threads of this process. A kill loses nothing but the queue: the same command begins again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from reconciler.errors import Finding
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.execute import Command, Services, advertiser, execute
from reconciler.fleet.file import Limits
from reconciler.fleet.run import Result

_HARMLESS = (0, 2, 5, 8)
"""Codes that say nothing against going on with other accounts."""
_GROUP_ENDS = 4


def carry_out(
    services: Services,
    accounts: Sequence[FleetAccount],
    command: Command,
    told: Callable[[Result], None],
    *,
    through: bool = False,
    before: Sequence[Result] = (),
) -> list[Result]:
    """Run the command in each, so many at once as the fleet says; the results are in the order of the accounts.

    After `limits.failures` failures no other is begun, nor one of a group whose token was refused; `through`: every
    account has its turn, whatever fails before it. `before`: what the run has come to in other accounts already.
    """
    limits, threads = services.fleet.file.limits, services.fleet.file.engine.threads
    results: dict[str, Result] = {}
    refused, failures = _refused(services, before), sum(map(_has_failed, before))
    left = list(reversed(accounts))
    with ThreadPoolExecutor(threads, thread_name_prefix="account") as pool:
        running: dict[Future[Result], FleetAccount] = {}
        while left or running:
            while left and len(running) < threads:
                account = left.pop()
                failing = _too_many(limits, failures, len(accounts) + len(before))
                if not through and (why := _kept(services, account, failing, refused)):
                    results[account.name] = _skipped(services, account, why)
                    told(results[account.name])
                    continue
                running[pool.submit(execute, services, account, command)] = account
            ended, _ = wait(running, return_when=FIRST_COMPLETED) if running else (set(), None)
            for one in ended:
                account = running.pop(one)
                results[account.name] = made = one.result()
                failures += _has_failed(made)
                if made.exit_code == _GROUP_ENDS:
                    refused.add(services.fleet.group_of(account))
                told(made)
    return [results[one.name] for one in accounts]


def _has_failed(one: Result) -> bool:
    return one.exit_code not in _HARMLESS and not one.skipped


def _refused(services: Services, before: Sequence[Result]) -> set[int]:
    """The groups whose token was refused."""
    names = {one.name for one in before if one.exit_code == _GROUP_ENDS}
    return {services.fleet.group_of(one) for one in services.fleet.accounts if one.name in names}


def _too_many(limits: Limits, failures: int, accounts: int) -> str | None:
    """Which limit so many failed accounts have reached."""
    if failures >= limits.failures:
        return f"{limits.failures} accounts have failed before (limits.failures)"
    share = limits.failed_percent
    if "failed_percent" in limits.model_fields_set and failures and failures * 100 >= share * accounts:
        return f"{failures} of {accounts} accounts have failed before (limits.failed_percent is {share})"
    return None


def _kept(services: Services, account: FleetAccount, failing: str | None, refused: set[int]) -> str | None:
    """Why an account is not begun."""
    if services.stopped():
        return "the run was asked to end"
    if services.fleet.group_of(account) in refused:
        return "the token of its group was refused for another account"
    return failing


def _skipped(services: Services, account: FleetAccount, why: str) -> Result:
    found = Finding("R415", f"not begun: {why}", hint="run the command again once the cause is mended")
    code = 130 if services.stopped() else 1
    return Result(account.name, advertiser(services, account), code, errors=(found,), skipped=True)
