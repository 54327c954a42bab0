"""When an account is not begun: too much has failed before it, its group's token was refused, the run is to end."""

from __future__ import annotations

from reconciler.errors import Finding
from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.execute import Services, advertiser
from reconciler.fleet.file import Limits
from reconciler.fleet.run import Result

HARMLESS = (0, 2, 5, 8)
"""Codes that say nothing against going on with other accounts."""
GROUP_ENDS = 4
"""The token of its group was refused."""
STOPPED = "the run was asked to end"
GROUP_REFUSED = "the token of its group was refused for another account"


def is_failure(exit_code: int, *, skipped: bool) -> bool:
    """Whether an account that ended so counts against the run."""
    return exit_code not in HARMLESS and not skipped


def too_many(limits: Limits, failures: int, accounts: int) -> str | None:
    """Which limit so many failed accounts have reached."""
    if failures >= limits.failures:
        return f"{limits.failures} accounts have failed before (limits.failures)"
    share = limits.failed_percent
    if "failed_percent" in limits.model_fields_set and failures and failures * 100 >= share * accounts:
        return f"{failures} of {accounts} accounts have failed before (limits.failed_percent is {share})"
    return None


def skipped(services: Services, account: FleetAccount, why: str, code: int = 1) -> Result:
    """What it came to for who asked, although it was not begun."""
    found = Finding("R415", f"not begun: {why}", hint="run the command again once the cause is mended")
    return Result(account.name, advertiser(services, account), code, errors=(found,), skipped=True)


def cancelled(name: str, advertiser_id: str) -> Result:
    """The same of a run that somebody has dropped."""
    found = Finding("R415", "not begun: the run was cancelled", hint="run the command again")
    return Result(name, advertiser_id, 130, errors=(found,), skipped=True)
