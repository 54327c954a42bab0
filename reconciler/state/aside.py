"""A journal that is set aside: whatever of it the next runs must know, without reading it again.

A run that ends with nothing open leaves a journal that the lockfile holds all of. It is kept under a numbered name for
whoever asks (`history`, `explain`, a lockfile that is gone), and the new one begins with one record, `aside`, that says
which lockfile it follows and what no lockfile tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reconciler.errors import Finding, Invalid
from reconciler.state import journal
from reconciler.state.journal import Record

if TYPE_CHECKING:
    from reconciler.state.ledger import Ledger
    from reconciler.state.lockfile import Lock
    from reconciler.state.store import StateStore

KIND = "aside"
_PLANS = 100
"""So many used plans are carried on. One before them is refused by the lockfile's serial."""


def facts(ledger: Ledger, head: str | None, after: str) -> dict[str, Any]:
    """What the new journal begins with. `head`: the journal_head of the stored lockfile; `after`: the hash of the last
    record of the journal before it."""
    return {
        "format": journal.FORMAT,
        "lineage": ledger.lock.lineage,
        "advertiser_id": ledger.lock.account.get("advertiser_id"),
        "follows": head,
        "after": after,
        "ignored": sorted(ledger.ignored),
        "used": ledger.used[-_PLANS:],
        "lost_at": ledger.lost_at,
        "elsewhere": ledger.elsewhere,
    }


def known(store: StateStore, lock: Lock, log: bytes, *, new: bool) -> tuple[list[Record], int]:
    """(records, bytes of the journal in use that are good). Raises Invalid.

    Journals that were set aside are among the records only where the lockfile alone cannot be believed: it is `new`, an
    older one was put back, or somebody has taken its checksum out.
    """
    records, good = journal.read(log)
    if records and records[0].kind == KIND and (new or not lock.checked or not _names(records, lock.journal_head)):
        records = [*_earlier(store, None if new or not lock.checked else lock.journal_head), *records]
    if new and records and records[0].data.get("follows") is not None:
        message = "the lockfile is gone, and the journal holds only what came after it"
        raise Invalid(Finding("R501", message, hint="restore reconciler.lock from version control"))
    return records, good


def _names(records: Sequence[Record], head: str | None) -> bool:
    """Whether the records tell what came after a lockfile."""
    return any(head in (one.hash, one.data.get("follows", "")) for one in records)


def _earlier(store: StateStore, head: str | None) -> list[Record]:
    """The records that were set aside: all, or from the file on that holds the record of this hash; none without it."""
    files = store.set_aside()
    if head is not None:
        named = f'"prev":"{head}"'.encode()
        found = [at for at, (_, data) in enumerate(files) if named in data]
        files = files[found[0] :] if found else []
    return [record for name, data in files for record in journal.read(data, name)[0]]
