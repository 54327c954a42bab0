"""A fleet that is held to another commit, as git has it; and who wrote what is new since."""

from __future__ import annotations

import io
import re
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path

from reconciler.errors import Finding, Invalid
from reconciler.fleet.accounts import CSV
from reconciler.fleet.file import FILE
from reconciler.fleet.load import Fleet, open_fleet
from reconciler.fleet.ruling import Base, key_of
from reconciler.manifest import paths
from reconciler.state.git.command import Git

_READ = (CSV, *paths.YAML)
_FIELD, _END = "%x1f", "%x1e"
_FORMAT = f"%an{_FIELD}%ae{_FIELD}%(trailers:key=Co-authored-by,valueonly,separator=%x1f){_END}"
_NOREPLY = re.compile(r"(?:[0-9]+\+)?([^@]+)@users\.noreply\.[^@]+")
"""How GitHub and GitLab hide the address of a login."""
_SHALLOW = "fetch the whole history (GitHub: fetch-depth: 0, GitLab: GIT_DEPTH: 0), and name a commit of it"


def held_to(fleet: Fleet, ref: str, allowed_host: str | None) -> Fleet:
    """The fleet under guard rails, approvals and limits of that commit. Raises Invalid where git does not know it."""
    git = Git(fleet.root, "origin")
    found = git.here("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if found.code:
        raise Invalid(Finding("R413", f"git knows no commit {ref}", hint=_SHALLOW))
    commit = found.out.decode().strip()
    with tempfile.TemporaryDirectory(prefix="reconciler-base-") as name:
        _unpack(git, commit, Path(name))
        try:
            there = open_fleet(Path(name), fleet.base_url, allowed_host, partly=True)
        except Invalid:
            there = None
    labels = {key_of(one): one.labels for one in there.accounts} if there else {}
    return replace(
        fleet, base=Base(commit, there.file if there else None, labels, lambda file: _file(git, commit, file))
    )


def _unpack(git: Git, commit: str, folder: Path) -> None:
    """What declares accounts, below the fleet's folder. Raises Invalid."""
    listed = git.here("ls-tree", "-r", "-z", "--name-only", commit)
    names = [one.decode("utf-8", "surrogateescape") for one in listed.out.split(b"\0")]
    wanted = [one for one in names if one.lower().endswith(_READ)]
    if listed.code == 0 and FILE not in wanted:
        return
    packed = git.here("--literal-pathspecs", "archive", "--format=tar", commit, "--", *wanted)
    if listed.code or packed.code:
        why = listed.why if listed.code else packed.why
        raise Invalid(Finding("R413", f"git cannot read commit {commit[:12]}: {why}", hint=_SHALLOW))
    with tarfile.open(fileobj=io.BytesIO(packed.out)) as archive:
        if hidden := sorted({*wanted} - {*archive.getnames()}):
            hint = "take export-ignore out of its .gitattributes, and name that commit"
            raise Invalid(Finding("R413", f"git leaves {hidden[0]} of commit {commit[:12]} out", hint=hint))
        for one in archive:
            path, data = folder / one.name, archive.extractfile(one) if one.isfile() else None
            if data is not None and ".." not in path.parts:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data.read())


def _file(git: Git, commit: str, file: str) -> bytes | None:
    found = git.here("cat-file", "blob", f"{commit}:./{file}")
    return found.out if found.code == 0 else None


def authors(fleet: Fleet) -> frozenset[str]:
    """Names, addresses and logins of those who wrote what is new since the base commit; without one, the commit at
    hand. Nobody, where the fleet is in no git repository. Raises Invalid."""
    git = Git(fleet.root, "origin")
    if git.here("rev-parse", "--verify", "--quiet", "HEAD").code:
        return frozenset()
    which = [f"{fleet.base.commit}..HEAD"] if fleet.base else ["-1"]
    told = git.here("log", f"--format={_FORMAT}", *which)
    if told.code:
        raise Invalid(Finding("R413", f"git cannot tell who wrote this commit: {told.why}", hint=_SHALLOW))
    found: set[str] = set()
    for record in told.out.decode("utf-8", "replace").split("\x1e"):
        name, _, rest = record.strip("\n").partition("\x1f")
        address, _, others = rest.partition("\x1f")
        found |= _names(name, address)
        for one in others.split("\x1f"):
            other, _, theirs = one.rpartition("<")
            found |= _names(other, theirs.rstrip("> \n"))
    return frozenset(found)


def _names(name: str, address: str) -> set[str]:
    login = _NOREPLY.fullmatch(address.strip())
    parts = (name, address, address.partition("@")[0], login[1] if login else "")
    return {one.strip().casefold() for one in parts if one.strip()}
