"""The git command line: in the user's repository to read it, and in a private one for everything else.

The private repository is bare, empty at first, and gone with the process, so the user's index, work tree, branches and
hooks are never touched, and what a killed run left behind cannot stand in the next one's way. It is given the remote
and the credentials that the user's repository is configured with, through the environment: no process list shows them.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import weakref
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from reconciler.errors import Finding, Invalid
from reconciler.text import clean

_LOCAL_SECONDS, _NETWORK_SECONDS = 60.0, 90.0
_LONGEST = 400
"""Characters of git's own words that are shown."""
_USER_INFO = re.compile(r"(?<=://)[^/@\s]*@")
_TOLD = re.compile(r"^(?:remote|fatal|error|ssh|ERROR)\b[: ]*", re.MULTILINE)
_DROPPED = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_SHALLOW_FILE",
    "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_CURL_VERBOSE",
    "SSH_ASKPASS", "TIKTOK_ACCESS_TOKEN", "TIKTOK_ACCESS_TOKEN_FILE",
)  # fmt: skip
"""What a hook, a trace or a prompt would bring in, and what is none of git's business."""
_CONNECTION = re.compile(r"(?:credential|http|url|ssh|protocol)\..*|core\.(?:sshcommand|askpass|gitproxy)", re.DOTALL)
_REMOTE = ("url", "pushurl", "proxy", "proxyauthmethod", "uploadpack", "receivepack")
_OURS = {
    "core.hooksPath": os.devnull,
    "credential.interactive": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "push.followTags": "false",
    "push.gpgSign": "false",
    "push.recurseSubmodules": "no",
}


class Ended(Struct, frozen=True):
    """How one git command ended."""

    code: int
    out: bytes
    err: bytes

    @property
    def why(self) -> str:
        """Git's own words, fit to be shown: one line, without credentials."""
        text = _USER_INFO.sub("", self.err.decode(errors="replace"))
        lines = [_TOLD.sub("", line).strip() for line in text.splitlines() if _TOLD.match(line)] or [text.strip()]
        return clean("; ".join(line for line in lines if line)[:_LONGEST]) or f"git ended with {self.code}"


class Git:
    """Runs git for one workspace. `remote`: the name of the remote that is talked to."""

    def __init__(self, root: Path, remote: str) -> None:
        self.root, self.remote = root, remote

    def here(self, *arguments: str, network: bool = False, more: dict[str, str] | None = None) -> Ended:
        """In the user's repository."""
        return _run(self.root, arguments, {**_environment(), **(more or {})}, b"", network)

    def apart(self, *arguments: str, data: bytes = b"", network: bool = False) -> Ended:
        """In the private repository. Raises Invalid when there is no repository to take a remote from."""
        return _run(self.top, (f"--git-dir={self._private}", *arguments), self._settings, data, network)

    @cached_property
    def top(self) -> Path:
        """The work tree the workspace lies in. Raises Invalid."""
        ended = self.here("rev-parse", "--show-toplevel")
        if ended.code or not ended.out.strip():
            hint = "put the workspace under version control, or use `state: {backend: local}`"
            raise Invalid(Finding("R510", f"the workspace is in no git work tree: {ended.why}", hint=hint))
        return Path(os.fsdecode(ended.out.rstrip(b"\n")))

    @cached_property
    def _private(self) -> str:
        """Its folder, removed with this object, at the latest when the process ends."""
        top, folder = self.top, tempfile.mkdtemp(prefix="reconciler-state-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        hashes = self.here("rev-parse", "--show-object-format").out.decode().strip() or "sha1"
        init = (
            "-c",
            f"core.hooksPath={os.devnull}",
            "init",
            "--bare",
            "--quiet",
            "--template=",
            f"--object-format={hashes}",
            folder,
        )
        ended = _run(top, init, _environment())
        if ended.code:
            raise Invalid(Finding("R510", f"git cannot make a repository: {ended.why}", hint="git 2.31 or later"))
        return folder

    @cached_property
    def _settings(self) -> dict[str, str]:
        """The environment of the private repository: how the user's reaches its remote, and nothing else of it."""
        ended = self.here("config", "--list", "--show-scope", "-z")
        parts = ended.out.decode(errors="surrogateescape").split("\0")
        keep: list[tuple[str, str]] = []
        known = False
        sshes = "GIT_SSH_COMMAND" in os.environ or "GIT_SSH" in os.environ
        for scope, line in zip(parts[0::2], parts[1::2], strict=False):
            key, mark, value = line.partition("\n")
            mine = key.startswith(f"remote.{self.remote}.") and key.rpartition(".")[2] in _REMOTE
            known = known or key == f"remote.{self.remote}.url"
            sshes = sshes or key == "core.sshcommand"
            if scope in ("local", "worktree", "command") and (mine or _CONNECTION.fullmatch(key)):
                keep.append((key, value if mark else "true"))
        if not known:
            hint = f"`git remote add {self.remote} URL`, or name another one in `state.remote`"
            raise Invalid(Finding("R510", f'the repository has no remote "{self.remote}"', hint=hint))
        environment = _environment()
        for name in [one for one in environment if one.startswith("GIT_CONFIG_") or one == "GIT_CONFIG_PARAMETERS"]:
            if name not in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"):
                del environment[name]
        for number, (key, value) in enumerate([*keep, *_OURS.items()]):
            environment[f"GIT_CONFIG_KEY_{number}"], environment[f"GIT_CONFIG_VALUE_{number}"] = key, value
        environment["GIT_CONFIG_COUNT"] = str(len(keep) + len(_OURS))
        if not sshes:
            environment["GIT_SSH_COMMAND"] = "ssh -oBatchMode=yes"
        return environment


def _environment() -> dict[str, str]:
    """Ours, without what would lead git elsewhere; nobody is asked for anything."""
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    kept = {name: value for name, value in kept.items() if not name.startswith("GIT_TRACE")}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "LC_ALL": "C", "LANGUAGE": "C"}


def _run(
    folder: Path, arguments: tuple[str, ...], environment: dict[str, str], data: bytes = b"", network: bool = False
) -> Ended:
    """One command to its end, or to its time limit. Raises Invalid when git is not there."""
    seconds = _NETWORK_SECONDS if network else _LOCAL_SECONDS
    try:
        # A session of its own: a signal that ends our run between two effects must not cut a push in two.
        process = subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
            ["git", *arguments],  # noqa: S607 - the git that the user's path names
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        message = f"git cannot be run: {error.strerror or error}"
        hint = "install git 2.31 or later, or use `state: {backend: local}`"
        raise Invalid(Finding("R510", message, hint=hint)) from None
    try:
        out, err = process.communicate(data, timeout=seconds)
    except subprocess.TimeoutExpired:
        _kill(process)
        return Ended(-1, b"", f"fatal: git took longer than {seconds:.0f} s".encode())
    except BaseException:
        _kill(process)
        raise
    return Ended(process.returncode, out, err)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The command with its children."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
