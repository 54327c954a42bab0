"""One folder on one branch of the remote, changed by compare-and-swap: a push that fails when the folder has changed.

Several workspaces may share the branch, each with a folder of its own. A push is exact (`--force-with-lease` with the
commit it builds on); when the branch moved, the folder decides: unchanged, and the change is built anew on the new
commit; as it was wanted, and it was our own push whose answer got lost; anything else, and somebody else wrote there.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence

from reconciler.errors import Finding, Invalid
from reconciler.state.folder import PROMPT, Advice, Moved, PushRefused, Unreachable
from reconciler.state.git.command import Ended, Git
from reconciler.world import World

_SEEN, _NEXT = "refs/reconciler/seen", "refs/reconciler/next"
_ATTEMPTS = 4
_RACES = 100
"""How often the other workspaces of the branch may be faster."""
_RACE = re.compile(r"stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|already exists")
_FORBIDDEN = re.compile(
    r"[Aa]uthentication failed|[Pp]ermission|denied|returned error: 40[13]|could not read (Username|Password)|"
    r"protected|GH0\d\d|terminal prompts disabled"
)

_ADVICE = Advice(
    let_in="give the token `contents: write`, and let it push to that branch; see docs/state-in-ci.md",
    foreign="only reconciler may write there: look at the branch's history, and revert that commit",
    locked="wait until that run ends; only if it is gone for good: `reconciler state unlock {id}`",
)


class Branch:
    """`tip`: the commit last seen; `tree`: our folder in it.
    Both None while there is none. A folder without a name is the whole branch.
    """

    advice = _ADVICE
    prompt = PROMPT

    def __init__(self, git: Git, world: World, ref: str, folder: str) -> None:
        self._git, self.world = git, world
        self.ref, self.folder = ref, folder
        self.tip: str | None = None
        self.tree: str | None = None
        self._attempts = _ATTEMPTS
        """Once the remote is known to be away, nobody waits for it again."""
        self._maybe: set[str | None] = set()
        """Our folder as pushes of unknown outcome would leave it."""

    def beside(self, folder: str) -> Branch:
        """Another folder of the branch, in the commit that was last seen."""
        other = Branch(self._git, self.world, self.ref, folder)
        other.tip, other.tree = self.tip, other._folder_of(self.tip)
        return other

    def fetch(self) -> None:
        """See what is there now. Raises Unreachable or PushRefused."""
        for attempt in range(self._attempts):
            if attempt:
                self.world.sleep(0.5 * 2**attempt)
            ended = self._git.apart(
                "fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head",
                self._git.remote, f"+{self.ref}:{_SEEN}", network=True,
            )  # fmt: skip
            if ended.code == 0:
                self.tip = self._resolved(_SEEN)
                break
            # A branch that is not there yet is no failure, and only a listing that came through can say so.
            listed = self._listing()
            if listed.code == 0 and self._named(listed) is None:
                self.tip = None
                break
            if _FORBIDDEN.search(ended.why):
                raise PushRefused(ended.why)
        else:
            self._attempts = 1
            raise Unreachable(ended.why)
        self._attempts = _ATTEMPTS
        self.tree = self._folder_of(self.tip)

    def unmoved(self) -> bool:
        """Whether the folder is as it was last seen; cheap while the branch rests.

        Raises Unreachable or PushRefused.
        """
        listed = self._listing()
        if listed.code == 0 and self._named(listed) == self.tip:
            return True
        before = self.tree
        self.fetch()
        return self.tree == before

    def lapsed(self) -> bool:
        """Never: a lock on a branch has no lease."""
        return False

    def kept(self) -> contextlib.AbstractContextManager[object]:
        """Nothing: it has no lease."""
        return contextlib.nullcontext()

    def files(self, wanted: Callable[[str], object]) -> dict[str, bytes]:
        """The files of the folder that are wanted, by path in there. Raises Invalid for what is no plain file."""
        if self.tree is None:
            return {}
        listed = self._git.apart("ls-tree", "-r", "-z", self.tree)
        rows = [line.partition("\t") for line in listed.out.decode(errors="replace").split("\0") if line]
        if listed.code or any(not head.startswith("100") for head, _, _ in rows):
            message = f"{self.folder} on {self.ref} holds something that is not a plain file"
            raise Invalid(Finding("R514", message, hint=self.advice.foreign))
        rows = [row for row in rows if wanted(row[2])]
        names = [name for _, _, name in rows]
        asked = "".join(f"{head.split()[2]}\n" for head, _, _ in rows).encode()
        blobs = self._git.apart("cat-file", "--batch", data=asked)
        found: dict[str, bytes] = {}
        at = 0
        for name in names:
            end = blobs.out.index(b"\n", at)
            size = int(blobs.out[at:end].split()[2])
            found[name] = blobs.out[end + 1 : end + 1 + size]
            at = end + size + 2
        return found

    def swap(
        self, message: str, put: Mapping[str, bytes], drop: Sequence[str] = (), move: Mapping[str, str] | None = None
    ) -> None:
        """Move, drop, then write files of the folder, in one commit that lands only on the folder as last seen.

        Raises Moved, Unreachable or PushRefused. After Unreachable nobody knows; the next swap looks first.
        """
        failures = 0
        for _ in range(_RACES):
            commit = self.commit(message, put, drop, move)
            wanted = self._folder_of(commit)
            self._maybe.add(wanted)
            ended = self._git.apart(
                "push", "--quiet", "--porcelain", "--no-verify", f"--force-with-lease={self.ref}:{self.tip or ''}",
                self._git.remote, f"{commit}:{self.ref}", network=True,
            )  # fmt: skip
            if ended.code == 0:
                self.tip, self.tree = commit, wanted
                self._maybe.clear()
                return
            tip, tree = self.tip, self.tree
            self.fetch()
            if self.tree == wanted != tree:
                # It was made, and only its answer got lost.
                self._maybe.clear()
                return
            if self.tree != tree and self.tree not in self._maybe:
                raise Moved
            if self.tip != tip:
                # Another folder's owner was faster.
                self.world.sleep(0.2 * self.world.random())
                continue
            why = _refusal(ended)
            if _FORBIDDEN.search(ended.why) or (why and not _RACE.search(why)):
                raise PushRefused(why or ended.why)
            failures += 1
            if failures >= _ATTEMPTS:
                raise Unreachable(ended.why)
            self.world.sleep(0.5 * 2**failures)
        raise Unreachable("other workspaces on the branch were always faster")

    def commit(
        self, message: str, put: Mapping[str, bytes], drop: Sequence[str] = (), move: Mapping[str, str] | None = None
    ) -> str:
        """A commit on the tip, here only; its id. One process makes blobs, trees and commit."""
        text = f"{self.folder or 'reconciler.lock'}: {message}\n".encode(errors="replace")
        stream = [b"commit %s\nmark :1\n" % _NEXT.encode()]
        stream.append(b"committer reconciler <reconciler@localhost> %d +0000\n" % max(0, int(self.world.now())))
        stream.append(b"data %d\n%s\n" % (len(text), text))
        if self.tip:
            stream.append(b"from %s\n" % self.tip.encode())
        above = _quoted(f"{self.folder}/" if self.folder else "")
        for old, new in (move or {}).items():
            stream.append(b'R "%s%s" "%s%s"\n' % (above, old.encode(), above, new.encode()))
        stream += [b'D "%s%s"\n' % (above, name.encode()) for name in drop]
        for name, data in put.items():
            stream.append(b'M 100644 inline "%s%s"\n' % (above, name.encode()))
            stream.append(b"data %d\n%s\n" % (len(data), data))
        stream.append(b"\nget-mark :1\ndone\n")
        ended = self._git.apart("fast-import", "--quiet", "--force", "--done", data=b"".join(stream))
        if ended.code:
            raise Invalid(Finding("R510", f"git cannot make a commit: {ended.why}", hint="git 2.31 or later is needed"))
        return ended.out.decode().strip()

    def _folder_of(self, commit: str | None) -> str | None:
        return self._resolved(f"{commit}:{self.folder}") if commit else None

    def _resolved(self, name: str) -> str | None:
        ended = self._git.apart("rev-parse", "--verify", "--quiet", name)
        return ended.out.decode().strip() or None if ended.code == 0 else None

    def _listing(self) -> Ended:
        return self._git.apart("ls-remote", self._git.remote, self.ref, network=True)

    def _named(self, listed: Ended) -> str | None:
        rows = (line.split("\t") for line in listed.out.decode(errors="replace").splitlines())
        return next((row[0] for row in rows if row[1:] == [self.ref]), None)


def _quoted(path: str) -> bytes:
    """A folder of a user's repository may have any name."""
    return path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").encode(errors="surrogateescape")


def _refusal(ended: Ended) -> str | None:
    """Why the remote did not take the push, where it said so."""
    for line in ended.out.decode(errors="replace").splitlines():
        flag, _, rest = line.partition("\t")
        if flag == "!":
            summary = rest.rpartition("\t")[2]
            return f"{summary}; {ended.why}" if "remote rejected" in summary else summary
    return None
