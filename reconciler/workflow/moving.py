"""The state of one account moves into what machines share, or is written out of it as a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from reconciler.errors import Finding, Invalid, Locked
from reconciler.manifest.backend import State
from reconciler.manifest.whole import all_or_none
from reconciler.state import journal, lockfile, moving
from reconciler.state.folder import Moved, PushRefused, SharedFolder, Unreachable
from reconciler.state.moving import Holding
from reconciler.state.shared import unusable
from reconciler.state.store import LocalStore
from reconciler.workflow import stores
from reconciler.workflow.session import Session, usable

_HOLDER = '{"command": "fleet state import"}'


def bring_in(session: Session, source: Path | None, *, from_git: bool) -> bool:
    """From that folder (None: its own) or the state branch. Whether anything was new. Raises Invalid, Locked."""
    folder = _shared(session)
    local = None if from_git else LocalStore(session.world.files, source or session.root)
    with usable(), local.lock(_HOLDER) if local and (local.load()[1] or local.set_aside()) else nullcontext():
        given = moving.of_store(local) if local else _on_branch(session)
        if given.is_nothing:
            hint = "--from DIR names another folder, --git the state branch"
            raise Invalid(Finding("R508", "there is no state to import", hint=hint))
        with _answered(folder):
            return moving.move_in(folder, given)


def write_out(session: Session, target: Path) -> None:
    """As backend local has it. Raises Invalid, Locked."""
    folder, files = _shared(session), session.world.files

    whole = _read(folder)
    if whole.is_nothing:
        raise Invalid(Finding("R508", f"{folder.ref} holds nothing for {folder.folder}", hint="nothing was written"))
    with usable():
        if files.names(target):
            raise Invalid(Finding("R508", f"{target} is not empty", hint="name a new folder; nothing was written"))
        inner = (target / journal.FILE).parent
        named = {f"journal-{number}.jsonl": data for number, data in enumerate(whole.aside, 1)}
        given = {inner / name: data for name, data in named.items()}
        given |= {inner / Path(journal.FILE).name: whole.journal, inner / ".gitignore": b"*\n"}
        if whole.lockfile is not None:
            given[target / lockfile.FILE] = whole.lockfile
        with all_or_none(given):
            files.make_folder(inner)
            for path, data in given.items():
                files.write(path, data)
            files.sync_folder(inner)
            files.sync_folder(target)


def _shared(session: Session) -> SharedFolder:
    file = session.workspace.file
    if file.state.backend == "local":
        hint = "write `state: {backend: postgres}` into fleet.yaml first"
        raise Invalid(Finding("R508", "the state lies in the folders of the accounts, in backend local", hint=hint))
    return stores.shared_folder(file, session.root, session.world)


def _on_branch(session: Session) -> Holding:
    """As the same settings would have it with backend git."""
    file = session.workspace.file
    state = State.model_construct(**{**dict(file.state), "backend": "git"})
    branch = stores.shared_folder(file.model_copy(update={"state": state}), session.root, session.world)

    return _read(branch)


def _read(folder: SharedFolder) -> Holding:
    with _answered(folder):
        folder.fetch()
        return moving.of_folder(folder)


@contextmanager
def _answered(folder: SharedFolder) -> Iterator[None]:
    """What keeps it from us is an error of the state, like that of every other command."""
    try:
        yield
    except Moved:
        message = f"{folder.folder} on {folder.ref} was changed meanwhile"
        raise Locked(Finding("R509", message, hint="wait until that run ends, then run again")) from None
    except (Unreachable, PushRefused) as error:
        raise unusable(error, folder.ref, folder.advice.let_in) from None
