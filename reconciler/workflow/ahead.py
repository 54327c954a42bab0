"""The account is read while the manifests are: a reading command waits for the slower of the two, not for both.

Where the manifests are few they are read first: that takes no longer than a request, and with a mistake in them nobody
is asked anything.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from reconciler.account.facts import Facts, differences, read_facts
from reconciler.contracts.hosts import spoken_at
from reconciler.errors import Finding, ReconcilerError
from reconciler.manifest.document import MAX_BYTES
from reconciler.manifest.files import YamlFiles
from reconciler.model import Address, Resource
from reconciler.state.ledger import Ledger
from reconciler.workflow.load import manifest_files
from reconciler.workflow.session import Session

if TYPE_CHECKING:
    from reconciler.account.listing import Reader

_FROM_BYTES = 1024 * 1024
"""Some thousand manifests; fewer are read in the time of a request or two."""


def read_both(session: Session, ledger: Ledger) -> tuple[dict[Address, Resource], Reader]:
    """What the manifests declare, and what reads the account, its listings on their way. Sends nothing but GET.

    Raises what is wrong with the manifests first, whatever the account says: Invalid, then Credentials.
    """
    early = _begun(session, ledger) if _takes_long(session) else None
    try:
        desired = session.desired(ledger)
    except BaseException:
        if early:
            early.drop()
        raise
    client = early.client if early else session.client(read_only=True)
    reader = session.reader(client, ledger, desired)
    if early:
        reader.coming, reader.facts = early.coming, early.facts
    return desired, reader


def _takes_long(session: Session) -> bool:
    """Whether reading the manifests is worth doing something else meanwhile."""
    size = 0
    for _, path in manifest_files(session.workspace, YamlFiles(session.root)):
        with contextlib.suppress(OSError):
            own = path.stat().st_size
            if own > MAX_BYTES:
                # It will not be read at all.
                return False
            size += own
    return size >= _FROM_BYTES


def _begun(session: Session, ledger: Ledger) -> Reader | None:
    """What certainly is needed: a contract that only the manifests name comes later."""
    try:
        client = session.client(read_only=True)
    except ReconcilerError:
        # Said once it is known that the manifests are sound.
        return None
    reader = session.reader(client, ledger)
    if not unheard(session, reader):
        reader.facts = session.world.beside(partial(_facts, session, reader))
    return reader


def _facts(session: Session, reader: Reader) -> Facts:
    """The account's; where it is the workspace's account, it is listed beside whatever comes next."""
    facts = told_of(session, reader)
    if not wrong(session, facts):
        reader.begin(reader.contracts.kinds)
    return facts


def told_of(session: Session, reader: Reader) -> Facts:
    """What the platform says of the account. Raises as `read_facts` does."""
    asked = session.roster.facts if session.roster else read_facts
    return asked(reader.client, reader.contracts.own, reader.advertiser)


def wrong(session: Session, facts: Facts) -> list[Finding]:
    """Where the account is another one than the workspace says."""
    given = session.workspace.file.account
    return [*differences(facts, given.currency, given.timezone, session.world.now())]


def unheard(session: Session, reader: Reader) -> Mapping[str, tuple[str, ...]]:
    """Contracts that the host of the workspace is known not to speak, each with those that it does."""
    spoken = spoken_at(session.workspace.base_url)
    return {one.name: spoken for one in reader.contracts.all if spoken is not None and one.name not in spoken}
