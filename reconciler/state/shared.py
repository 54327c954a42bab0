"""`SharedStore`: the state of a workspace in a folder that machines share, and a working copy of the journal here.

    FOLDER/lock                     who writes now: gone when nobody does; taken and released by compare-and-swap, and
                                    taken over only where the folder gives it a lease, once that has run out
    FOLDER/reconciler.lock          the lockfile
    FOLDER/journal/00000001.jsonl   the journal in pieces, one a swap: their concatenation is the journal
    FOLDER/journal-N/…              journals that were set aside
    .halt/FOLDER/halt.json          what `halt` has left: beside the folder, so that it breaks no run's hold on it

The folder is the truth. The journal is written and synced in `.reconciler/` first, and published at the points that
matter; what a killed run left there beyond the folder is taken up when nobody has written to the folder since.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from reconciler.api.transport import TooLate
from reconciler.errors import Credentials, Finding, Invalid, Locked, ReconcilerError
from reconciler.state import halt, journal, lockfile
from reconciler.state.folder import PIECE, Moved, PushRefused, SharedFolder, Unreachable, piece_name
from reconciler.state.store import LocalStore
from reconciler.text import clean
from reconciler.world import World

_LOCK, _PIECES, _HALTS = "lock", "journal", ".halt"
_TAKES = 20
"""How often a lock may be free and taken again before ours gets there."""
_LOCAL_ASIDE = re.compile(r".*/journal-([0-9]+)\.jsonl")


class SharedStore:
    """See the module. `fence`: seconds after which the folder is looked at again before an announced write is sent;
    `told` hears what must be shown in any case."""

    batch = 100

    def __init__(
        self, world: World, local: LocalStore, folder: SharedFolder, fence: float, told: Callable[[str], None]
    ) -> None:
        self._world, self._local, self._folder, self._fence, self._told = world, local, folder, fence, told
        self._lockfile: bytes | None = None
        self._log = b""
        self._published = self._pieces = 0
        """Bytes and pieces of the journal in the folder."""
        self._pending = b""
        self._staged: bytes | None = None
        self._aside: tuple[int, bytes] | None = None
        """A journal that is set aside with the next push: its last number, and what of it was not published yet."""
        self._fresh = False
        """The folder holds nothing for this workspace yet."""
        self._lock: dict[str, Any] | None = None
        """The lock in the folder as it was last seen."""
        self._held = False
        self._seen_at = self._asked_at = 0.0
        self._lost: ReconcilerError | None = None
        self._halted: tuple[str | None, bytes | None] = (None, None)
        """The commit that was looked at, and what `halt` has left there."""

    # ------------------------------------------------------------------ what the engine sees

    def load(self) -> tuple[bytes | None, bytes]:
        if not self._held:
            self._look()
        return self._lockfile, self._log

    def save(self, data: bytes) -> None:
        self._staged = data

    def append(self, line: bytes, *, sync: bool) -> None:
        self._local.append(line, sync=sync)
        self._pending += line

    def cut(self, size: int) -> None:
        self._local.cut(size)

    def rotate(self, first: bytes) -> None:
        self._aside = (self._pieces, self._pending)
        self._pending, self._published, self._pieces = first, 0, 0

    def set_aside(self) -> list[tuple[str, bytes]]:
        if not self._held:
            self._look()
        if self._fresh:
            return self._local.set_aside()
        found: dict[int, bytes] = {}
        try:
            files = self._folder.files(lambda name: (match := PIECE.fullmatch(name)) and match[1])
        except (Unreachable, PushRefused) as error:
            self._fail(error)
        for name in sorted(files):
            number = int(name[len(_PIECES) + 1 :].partition("/")[0])
            found[number] = found.get(number, b"") + files[name]
        return [(f"{self._folder.folder}/{_PIECES}-{number}", found[number]) for number in sorted(found)]

    def publish(self) -> None:
        if self._pending or self._staged is not None:
            self._push("publish")

    def confirm(self) -> None:
        if self._lost is not None:
            raise self._lost
        self._asked_at = self._world.monotonic()
        if self._asked_at - self._seen_at < self._fence:
            return
        try:
            unmoved = self._folder.unmoved()
        except (Unreachable, PushRefused) as error:
            self._fail(error)
        if not unmoved:
            self._fail(Moved())
        self._seen_at = self._world.monotonic()

    def promptness(self) -> Callable[[], None]:
        asked_at = self._asked_at

        def require_prompt() -> None:
            if (passed := self._world.monotonic() - asked_at) > self._folder.prompt:
                raise TooLate(passed)

        return require_prompt

    def halted(self) -> bytes | None:
        if self._halted[0] != self._folder.tip:
            try:
                beside = self._folder.beside(f"{_HALTS}/{self._folder.folder}")
            except (Unreachable, PushRefused) as error:
                self._fail(error)
            self._halted = (self._folder.tip, beside.files(halt.FILE.__eq__).get(halt.FILE))
        return self._halted[1]

    def halt(self, data: bytes | None) -> None:
        for _ in range(_TAKES):
            try:
                self._folder.fetch()
                beside = self._folder.beside(f"{_HALTS}/{self._folder.folder}")
                if data is None:
                    beside.swap("resume", {}, (halt.FILE,))
                else:
                    beside.swap("halt", {halt.FILE: data})
                self._folder.fetch()
            except Moved:
                continue
            except (Unreachable, PushRefused) as error:
                self._fail(error)
            return
        self._fail(Moved())

    @contextlib.contextmanager
    def lock(self, holder: str) -> Iterator[None]:
        with self._local.lock(holder):
            self._take({**json.loads(holder), "id": self._world.uuid().replace("-", "")[:12]})
            try:
                with self._folder.kept():
                    yield
            finally:
                self._release()

    def holder(self) -> str | None:
        self._look()
        return self._who() if self._lock is not None else None

    def in_use(self) -> tuple[str, str] | None:
        if self._lock is None or self._held:
            return None
        return f"the state is locked by {self._who()}", self._advice()

    def unlock(self, lock_id: str | None) -> None:
        self._local.unlock(None)
        for _ in range(_TAKES):
            self._look()
            if self._lock is None:
                return
            if lock_id != self._lock["id"]:
                raise self._locked()
            try:
                self._folder.swap(f"unlock {lock_id}", {}, (_LOCK,))
            except Moved:
                continue
            except (Unreachable, PushRefused) as error:
                self._fail(error)
            return

    # ------------------------------------------------------------------ reading

    def _look(self) -> None:
        """Fetch, and put together what is known. Raises ReconcilerError."""
        try:
            self._folder.fetch()
            files = self._folder.files(lambda name: "/" not in name or name.startswith(f"{_PIECES}/"))
        except (Unreachable, PushRefused) as error:
            self._fail(error)
        self._seen_at = self._world.monotonic()
        self._lock = self._parsed(files.get(_LOCK))
        pieces = {int(match[2]): files[name] for name in sorted(files) if (match := PIECE.fullmatch(name))}
        shared = b"".join(pieces.values())
        self._published, self._pieces = len(shared), max(pieces, default=0)
        lockfile_here, here = self._local.load()
        self._lockfile = files.get(lockfile.FILE)
        self._fresh = self._lockfile is None and not shared
        # What a killed run left here and could not publish any more; nothing, if the folder went on without it.
        self._log = here if here.startswith(shared) and (shared or self._fresh) else shared
        if self._fresh:
            self._lockfile = lockfile_here

    def _parsed(self, data: bytes | None) -> dict[str, Any] | None:
        if data is None:
            return None
        try:
            found = json.loads(data)
            if isinstance(found, dict) and isinstance(found.get("id"), str):
                return found
        except (ValueError, RecursionError):
            pass
        where = f"{self._folder.folder}/{_LOCK} on {self._folder.ref}"
        message = f"{where} is not a lock that reconciler wrote"
        raise Invalid(Finding("R514", message, hint=self._folder.advice.foreign))

    # ------------------------------------------------------------------ the lock

    def _take(self, mine: dict[str, Any]) -> None:
        """Raises Locked, naming who holds it and how it is released."""
        for _ in range(_TAKES):
            self._look()
            if self._lock is not None:
                self._take_over()
            # A torn end is cut before anything is appended; it is not published.
            whole = journal.read(self._log)[1] if len(self._log) > self._published else self._published
            put = {_LOCK: json.dumps(mine, indent=1).encode() + b"\n"}
            if self._fresh and self._lockfile is not None:
                # In the same push: half of what backend local knew would be worse than nothing.
                put[lockfile.FILE] = self._lockfile
                put[piece_name(1)] = self._log[:whole]
                for name, log in self._local.set_aside():
                    put[piece_name(1, _number(name))] = log
            try:
                self._folder.swap(f"lock for {mine.get('command')}", put)
            except Moved:
                continue
            except Unreachable as error:
                hint = f"if it was taken all the same: `reconciler state unlock {mine['id']}`"
                message = f"the lock could not be taken: {error}"
                raise ReconcilerError(Finding("R511", message, hint=hint)) from None
            except PushRefused as error:
                self._fail(error)
            break
        else:
            raise self._locked()
        if lockfile.FILE in put:
            self._published, self._pieces = whole, 1
            self._told(f"{self._folder.ref} held nothing for {self._folder.folder}: reconciler.lock was taken over")
        self._lock, self._held, self._seen_at = mine, True, self._world.monotonic()
        self._pending = self._log[self._published : whole]
        here = self._local.load()[1]
        if here != self._log:
            # It may have seen what the folder has not, and the folder went on: kept, for a person to look at.
            self._local.replace(self._log, keep=not self._log.startswith(here))

    def _take_over(self) -> None:
        """From a holder whose lease has run out. Raises Locked while it has not."""
        try:
            lapsed = self._folder.lapsed()
        except (Unreachable, PushRefused) as error:
            self._fail(error)
        if not lapsed:
            raise self._locked()
        self._told(f"the lease of {self._who()} has run out: this run takes the lock over")

    def _release(self) -> None:
        """Publish what is left and let go. Never raises: what was done is reported, whatever becomes of the lock."""
        try:
            self._push("unlock", release=True)
        except ReconcilerError as error:
            kept = "" if self._lost else f"; release it with `reconciler state unlock {(self._lock or {}).get('id')}`"
            unknown = f"; the journal here holds what {self._folder.ref} does not" if self._pending else ""
            self._told(f"the lock on {self._folder.ref} could not be released: {error}{unknown}{kept}")
        self._held = False

    def _locked(self) -> Locked:
        return Locked(Finding("R509", f"the state is locked by {self._who()}", hint=self._advice()))

    def _advice(self) -> str:
        return self._folder.advice.locked.format(id=clean(str((self._lock or {}).get("id"))))

    def _who(self) -> str:
        held = {key: clean(str(value)) for key, value in (self._lock or {}).items() if value}
        who = f"{held.get('who')} on {held.get('host')}, process {held.get('pid')}, since {held.get('since')}"
        run = f", run {held['run_url']}" if "run_url" in held else ""
        return f"{who} ({held.get('command')}){run}"

    # ------------------------------------------------------------------ writing

    def _push(self, message: str, *, release: bool = False) -> None:
        if self._lost is not None:
            raise self._lost
        put: dict[str, bytes] = {}
        if self._pending:
            put[piece_name(self._pieces + 1)] = self._pending
        if self._staged is not None:
            put[lockfile.FILE] = self._staged
        move: dict[str, str] = {}
        try:
            if self._aside is not None:
                last, rest = self._aside
                number = self._free_number()
                move = {_PIECES: f"{_PIECES}-{number}"} if last else {}
                put |= {piece_name(last + 1, number): rest} if rest else {}
            self._folder.swap(message, put, (_LOCK,) if release else (), move)
        except (Moved, Unreachable, PushRefused) as error:
            self._fail(error)
        if self._aside is not None:
            # Until now the working copy held what the branch might still have had to get.
            self._local.replace(self._pending, keep=False)
        self._pieces += bool(self._pending)
        self._pending, self._staged, self._aside = b"", None, None
        self._seen_at = self._world.monotonic()

    def _free_number(self) -> int:
        """Raises Unreachable or PushRefused. What the journals hold is not read: it grows with every run."""
        names: list[str] = []
        self._folder.files(names.append)
        taken = [int(match[1]) for name in names if (match := PIECE.fullmatch(name)) and match[1]]
        return max(taken, default=0) + 1

    def _fail(self, error: Moved | Unreachable | PushRefused) -> NoReturn:
        ref = self._folder.ref
        if isinstance(error, Moved):
            message = f"the state on {ref} was changed by somebody else while this run held its lock"
            hint = "nothing more was sent; when no other run is left, run `reconciler apply` again"
            self._lost = ReconcilerError(Finding("R513", message, hint=hint))
            raise self._lost from None
        raise unusable(error, ref, self._folder.advice.let_in) from None


def unusable(error: Unreachable | PushRefused, ref: str, let_in: str) -> ReconcilerError:
    """The error for a place that does not answer, or does not let us in. `let_in`: what to do about that."""
    if isinstance(error, PushRefused):
        return Credentials(Finding("R512", f"{ref} cannot be used: {error}", hint=let_in))
    hint = error.hint or "check the network, then run again: what was done is found again"
    return ReconcilerError(Finding("R511", f"{ref} cannot be reached: {error}", hint=hint))


def _number(name: str) -> int:
    """Of a journal that was set aside."""
    match = _LOCAL_ASIDE.fullmatch(name)
    return int(match[1]) if match else 0
