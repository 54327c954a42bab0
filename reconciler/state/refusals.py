"""Where a lockfile, its journal and the workspace do not belong together: refused instead of guessed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.errors import Finding, Invalid, Place, ReconcilerError
from reconciler.state import fold, journal, lockfile
from reconciler.state.fold import Intent
from reconciler.state.journal import Record
from reconciler.state.lockfile import Lock


def later_format(records: Sequence[Record]) -> None:
    """A journal that a later version wrote may say what this one does not understand."""
    for record in records:
        if record.kind in fold.OPENING and record.data.get("format", 1) > journal.FORMAT:
            message = f"the journal has format {record.data['format']}, this reconciler reads {journal.FORMAT}"
            hint = "install the version that wrote it, or a later one"
            raise Invalid(Finding("R504", message, Place(journal.FILE, 1), hint=hint))


def renamed(lock: Lock, folded: Sequence[Record]) -> None:
    """An entry moves by `state mv`, which the journal knows: an address changed by hand would disable what runs."""
    last = next((at for at in range(len(folded), 0, -1) if folded[at - 1].hash == lock.journal_head), 0)
    known: dict[tuple[str, str], str] = {}
    for record in folded[:last]:
        for text, raw in record.data.get("set", {}).items():
            if isinstance(raw.get("id"), str):
                known[text.partition("/")[0], raw["id"]] = text
    for address, entry in lock.resources.items():
        text = known.get((address.kind, entry.id), str(address))
        if text != str(address):
            message = f"{entry.id} is {text} in the journal and {address} in the lockfile"
            hint = f"put the address back; `reconciler state mv {text} {address}` renames it"
            raise Invalid(Finding("R501", message, Place(lockfile.FILE, 1), hint=hint))


def another_account(pinned: Mapping[str, Any], account: Mapping[str, Any]) -> None:
    """The account is pinned: another advertiser or another currency would change what every entry means."""
    hints = {
        "advertiser_id": "use one workspace per ad account",
        "currency": "correct `account.currency` in reconciler.yaml; another ad account needs a workspace of its own",
    }
    for key, hint in hints.items():
        known, given = pinned.get(key), account.get(key)
        if known and given and known != given:
            message = f"{lockfile.FILE} belongs to {key} {known}, the workspace names {given}"
            raise Invalid(Finding("R507", message, Place(lockfile.FILE, 1), hint=hint))


def folded(lock: Lock, records: list[Record], *, new: bool) -> tuple[list[Record], dict[int, Intent]]:
    """Bring what the journal knows beyond the lockfile into it: those records, and the intents that are open.

    `new`: there is no lockfile yet. Raises Invalid where the two do not belong together, or a record is unusable.
    """
    lineage = next(
        (record.data["lineage"] for record in reversed(records) if record.kind in fold.OPENING), lock.lineage
    )
    rest = fold.unfolded(records, lock.journal_head) if new or lineage == lock.lineage else None
    if rest is None:
        message = "the lockfile was written elsewhere while this machine's journal holds results it does not know"
        hint = "restore the lockfile this journal belongs to (see git log reconciler.lock), run apply, then merge"
        raise Invalid(Finding("R502", message, Place(journal.FILE, len(records)), hint=hint))
    if new:
        lock.lineage = lineage
    later_format(records)
    try:
        renamed(lock, records[: len(records) - len(rest)])
        fold.fold(lock, rest)
        intents = fold.open_intents(records)
    except (ValueError, TypeError, KeyError) as error:
        message = f"the journal holds a record that cannot be read ({error})"
        hint = "install the version that wrote it, or restore the file from a copy"
        raise Invalid(Finding("R502", message, Place(journal.FILE, 1), hint=hint)) from None
    return rest, intents


def cannot_write(file: str, error: OSError) -> ReconcilerError:
    """The error for a file of the state that the system does not let us write."""
    message = f"cannot write {file}: {error.strerror or error}"
    return ReconcilerError(Finding("R506", message, hint="free space or fix the permissions, then run again"))
