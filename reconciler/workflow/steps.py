"""The Renewals of a workspace, as every command that depends on them reads them.

What reads and judges them is loaded where there is one: most workspaces have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from reconciler.errors import Finding, Invalid, Place
from reconciler.kinds.renew import FOLDER
from reconciler.manifest.files import YamlFiles
from reconciler.model import Address, Entry, RefreshEntry, Resource
from reconciler.workflow.session import Session

if TYPE_CHECKING:
    from reconciler.kinds.renewal import Renewal
    from reconciler.plan.renewals import Trouble
    from reconciler.renewed import Renewed


def load_renewals(session: Session) -> list[Renewal]:
    """Every one, by file. Raises Invalid."""
    files = YamlFiles(session.root)
    read = {name: files.read(name, path) for name, path in files.below(FOLDER)}
    if files.findings:
        raise Invalid(many=files.findings)
    if not read:
        return []
    from reconciler.state import renewals

    return renewals.renewals({name: data for name, data in read.items() if data is not None})


def surprising(session: Session, desired: Mapping[Address, Resource], bound: Mapping[Address, Entry]) -> list[Finding]:
    """Warnings of policies and Renewals. Raises Invalid for a Renewal that cannot be read."""
    renewals = load_renewals(session)
    if not renewals and not any("renew" in one.fields for one in desired.values()):
        return []
    from reconciler.plan.surprises import surprises

    # `validate` asks nobody: where the workspace does not say its clock, the newest step remembers the account's.
    told = [one.told.account.timezone for one in sorted(renewals, key=lambda one: one.day) if one.told.account.timezone]
    timezone = session.workspace.file.account.timezone or (told[-1] if told else None)
    try:
        zone = ZoneInfo(timezone) if timezone else UTC
    except (OSError, ValueError, LookupError):
        zone = UTC
    today = datetime.fromtimestamp(session.world.now(), UTC).astimezone(zone).date()
    refreshes = {address: one for address, one in bound.items() if isinstance(one, RefreshEntry)}
    return [
        Finding("R221", f"{one.address}: {one.message}", Place(*one.source[:2]), str(one.address), one.hint,
                use=one.source.use)
        for one in surprises(desired, refreshes, renewals, today)
    ]  # fmt: skip


def stepped(
    session: Session, declared: Mapping[Address, Resource], refreshes: Mapping[Address, RefreshEntry]
) -> tuple[Mapping[Address, Resource], Mapping[Address, Renewed], Mapping[Address, Trouble]]:
    """What is declared, each refresh at the step of its newest Renewal; those whose Renewal holds, with what it says;
    those that it blocks. Raises Invalid for a Renewal that cannot be read."""
    renewals = load_renewals(session)
    if not renewals:
        return declared, {}, {}
    from reconciler.plan.renewals import Whose, carried

    given = session.workspace.file.account
    account = Whose(given.advertiser_id, given.currency, given.timezone)
    found = carried(declared, renewals, refreshes, account)
    return found.desired, found.renewed, found.blocked
