"""What another commit says about accounts: the guard rails, approvals and limits that a change has to be held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from reconciler.fleet.accounts import FleetAccount
from reconciler.fleet.file import Approvals, FleetFile, Group
from reconciler.manifest.guardrails import Guardrails


@dataclass(frozen=True, slots=True)
class Base:
    """The commit that a change starts from."""

    commit: str
    file: FleetFile | None
    """Its `fleet.yaml`; None where it has none that can be read."""
    labels: Mapping[str, Mapping[str, str]]
    """Those that accounts had there, by `key_of`."""
    file_at: Callable[[str], bytes | None]
    """A file of it, named from the fleet's folder."""

    def labels_of(self, account: FleetAccount) -> Mapping[str, str]:
        """Those that it had there; its own where it was not there yet."""
        return self.labels.get(key_of(account), account.labels)

    def group_of(self, account: FleetAccount) -> Group | None:
        """Its group there."""
        labels = self.labels_of(account)
        groups = self.file.groups if self.file else []
        return next((one for one in groups if one.match.items() <= labels.items()), None)

    def rails_of(self, account: FleetAccount, currency: str | None) -> Guardrails:
        """What cannot be read limits nothing, and without a limit nothing may be enabled."""
        group = self.group_of(account)
        try:
            given = group.guardrails if group else {}
            return Guardrails.model_validate(given, context={"currency": currency})
        except ValidationError:
            return Guardrails()

    def approvals_of(self, account: FleetAccount) -> Approvals | None:
        """None where no group of it is the account's."""
        group = self.group_of(account)
        return group.approvals if group else None


def key_of(account: FleetAccount) -> str:
    """What stays the same when an account gets another name or another file: the ad account, or the workspace."""
    return account.given.workspace or account.given.account.advertiser_id
