"""The account is read while the manifests are: a reading command waits for the slower of the two, not for both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from reconciler.contracts.hosts import spoken_at
from reconciler.errors import ReconcilerError
from reconciler.model import Address, Resource
from reconciler.state.ledger import Ledger
from reconciler.workflow.session import Session

if TYPE_CHECKING:
    from reconciler.account.listing import Reader


def read_both(session: Session, ledger: Ledger) -> tuple[dict[Address, Resource], Reader]:
    """What the manifests declare, and what reads the account, its listings on their way. Sends nothing but GET.

    Raises what is wrong with the manifests first, whatever the account says: Invalid, then Credentials.
    """
    early = _begun(session, ledger)
    try:
        desired = session.desired(ledger)
    except BaseException:
        if early:
            early.drop()
        raise
    client = early.client if early else session.client(read_only=True)
    reader = session.reader(client, ledger, desired)
    reader.coming = early.coming if early else {}
    return desired, reader


def _begun(session: Session, ledger: Ledger) -> Reader | None:
    """What certainly is needed: a contract that only the manifests name comes later."""
    try:
        client = session.client(read_only=True)
    except ReconcilerError:
        # Said once it is known that the manifests are sound.
        return None
    reader = session.reader(client, ledger)
    if not unheard(session, reader):
        reader.begin(reader.contracts.kinds)
    return reader


def unheard(session: Session, reader: Reader) -> Mapping[str, tuple[str, ...]]:
    """Contracts that the host of the workspace is known not to speak, each with those that it does."""
    spoken = spoken_at(session.workspace.base_url)
    return {one.name: spoken for one in reader.contracts.all if spoken is not None and one.name not in spoken}
