"""Files that were there are written again with the permissions and the line ends that their owner gave them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.account import Account
from tests.stories.manifests import campaign
from tests.stories.workspace import Workspace


def mode(path: Path) -> int:
    """Its permissions."""
    return path.stat().st_mode & 0o7777


@pytest.mark.parametrize("given", [0o600, 0o664, 0o755])
def test_what_is_written_again_keeps_its_permissions(work: Workspace, account: Account, given: int) -> None:
    """Formatting, taking over a live value, and every apply: the file is replaced, and who may read it is not."""
    manifest = work.root / "manifests" / "a.yaml"
    work.manifest(campaign("live", budget="500.00"))
    work.apply()
    for one in (manifest, work.root / "reconciler.lock"):
        one.chmod(given)
    before = manifest.stat().st_ino
    work.replace("spec:", "spec:   ")
    assert work.run("fmt").code == 0
    account.edit("campaign", "live", budget="620.00")
    assert work.run("drift", "--accept", "campaign/live").code == 0
    assert manifest.stat().st_ino != before
    assert "620.00" in manifest.read_text("utf-8")
    work.manifest(campaign("live", budget="620.00"), campaign("more"))
    work.apply()
    assert (mode(manifest), mode(work.root / "reconciler.lock")) == (given, given)


@pytest.mark.parametrize("before", [b"*.pyc\n", b"*.pyc\r\n", b"caf\xe9\n", b"*.pyc", b"*.pyc\r\nbuild", b""])
@pytest.mark.parametrize("more", [(), ("--github",)])
def test_init_goes_on_with_a_list_of_ignored_files(tmp_path: Path, before: bytes, more: tuple[str, ...]) -> None:
    """Every byte of it stays, what comes behind ends its lines alike, and a second time nothing is to be added."""
    work = Workspace(tmp_path / "new", "")
    ignored = work.root / ".gitignore"
    ignored.write_bytes(before)
    ignored.chmod(0o640)
    assert work.run("init", *more).code == 0
    after = ignored.read_bytes()
    end = b"\r\n" if b"\r" in before else b"\n"
    whole = before if before.endswith(b"\n") or not before else before + end
    assert after == whole + end.join([b"artifacts/", b"gallery/", b".reconciler/", b""])
    assert mode(ignored) == 0o640
    assert work.run("init", "--github").code == 0
    assert ignored.read_bytes() == after
