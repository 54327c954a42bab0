"""Manifests that have not changed are not read again; whatever is wrong with the cache changes nothing but the time."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.api.secret import Secret
from reconciler.workflow.load import load_desired, open_workspace
from tests.stories.manifests import campaign
from tests.stories.workspace import TOKEN, Workspace

CACHE = ".reconciler/cache/manifests"
MANY = 400


@pytest.fixture
def large(work: Workspace) -> Workspace:
    """Two files, together large enough to be remembered."""
    for file, first in (("a.yaml", 0), ("b.yaml", MANY)):
        work.manifest(*(campaign(f"c{number}", budget="50.00") for number in range(first, first + MANY)), file=file)
    return work


def plan(work: Workspace) -> str:
    """The plan as JSON."""
    ended = work.run("plan", "--json")
    assert ended.code == 0, ended.text
    return ended.stdout


def signed(body: bytes) -> bytes:
    """What somebody who knows the token would write."""
    mac = hmac.new(TOKEN.encode(), b"reconciler cache\0" + body, hashlib.sha256).hexdigest()
    return mac.encode() + b"\n" + body


def test_a_plan_writes_the_cache_and_nothing_else(large: Workspace) -> None:
    """Beside the line that keeps it out of version control; the token is not in it."""
    before = large.files()
    plan(large)
    after = large.files()
    assert after.keys() - before.keys() == {CACHE, ".reconciler/.gitignore"}
    assert {name: after[name] for name in before} == before
    assert TOKEN.encode() not in after[CACHE]
    assert (large.root / CACHE).stat().st_mode & 0o077 == 0


def test_the_next_plan_is_the_same_and_comes_from_it(large: Workspace) -> None:
    """Byte for byte; what is in a cache of ours is believed, which shows that it is used."""
    first = plan(large)
    cache = large.root / CACHE
    assert plan(large) == first
    body = cache.read_bytes().partition(b"\n")[2]
    assert len(body.splitlines()) == 2
    cache.write_bytes(signed(body.replace(b'"budget":"50.00"', b'"budget":"51.00"', 1)))
    assert plan(large).count('"51.00"') == 1


def test_what_changed_is_read_and_what_did_not_is_kept(large: Workspace) -> None:
    """One line of the cache is another one; a renamed file, and another workspace file, are read anew."""
    plan(large)
    cache = large.root / CACHE
    lines = set(cache.read_bytes().splitlines()[1:])
    large.replace("50.00", "60.00", "manifests/b.yaml")
    assert plan(large).count('"60.00"') >= MANY
    now = set(cache.read_bytes().splitlines()[1:])
    assert (len(now), len(now & lines)) == (2, 1)
    (large.root / "manifests/b.yaml").rename(large.root / "manifests/z.yaml")
    assert "manifests/z.yaml" in plan(large)
    with (large.root / "reconciler.yaml").open("a", encoding="utf-8") as file:
        file.write("defaults: {Campaign: {status: DISABLE}}\n")
    assert plan(large).count('"path": "status"') + plan(large).count('"path":"status"') >= 2 * MANY


def _flip(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"budget":"50.00"', b'"budget":"99.00"', 1))


def _sign_otherwise(path: Path) -> None:
    body = path.read_bytes().partition(b"\n")[2].replace(b"50.00", b"99.00")
    path.write_bytes(hmac.new(b"x" * 32, body, hashlib.sha256).hexdigest().encode() + b"\n" + body)


def _nonsense(path: Path) -> None:
    body = b"".join(line[:65] + b"[[1,2]]\n" for line in path.read_bytes().splitlines()[1:])
    path.write_bytes(signed(body))


def _link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "spoil",
    [_flip, _sign_otherwise, _nonsense, _link, _folder, _pipe, lambda path: path.write_bytes(b""),
     lambda path: path.write_bytes(path.read_bytes()[:-100]), lambda path: path.write_bytes(b"\xff" * 1000)],
    ids=["flipped", "another token's", "nonsense", "a link", "a folder", "a pipe", "empty", "cut", "no text"],
)  # fmt: skip
def test_a_cache_that_is_not_ours_counts_for_nothing(large: Workspace, spoil: Callable[[Path], object]) -> None:
    """Damaged, foreign or no file at all: the same plan, no word about it, and nothing behind a link is written."""
    first = plan(large)
    spoil(large.root / CACHE)
    assert plan(large) == first
    assert not [*(large.root / CACHE).parent.glob("*.tmp")]


def test_a_cache_that_cannot_be_written_is_no_error(large: Workspace) -> None:
    """A file stands where its folder would be."""
    large.write(".reconciler/cache", "in the way")
    assert plan(large) == plan(large)
    assert large.files()[".reconciler/cache"] == b"in the way"


def test_a_mistake_is_told_with_its_place(large: Workspace) -> None:
    """Also where it is in a file that the cache has: a second declaration makes one of the first."""
    plan(large)
    large.manifest(campaign("c7", budget="50.00"), file="0.yaml")
    ended = large.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R301"])
    (found,) = ended.json["errors"]
    text = (large.root / "manifests/a.yaml").read_text("utf-8").splitlines()
    assert (found["file"], text[found["line"] - 1]) == ("manifests/a.yaml", "name: c7")


def test_nothing_is_remembered_of_what_holds_the_token_or_without_one(large: Workspace) -> None:
    """Nor of a tree that is small."""
    assert large.run("validate", token=None).code == 0
    assert CACHE not in large.files()
    large.replace("kind: Campaign\nname: c0\n", f"# {TOKEN}\nkind: Campaign\nname: c0\n")
    large.run("plan")
    assert TOKEN.encode() not in large.files().get(CACHE, b"")


def test_what_is_edited_while_a_command_begins_is_not_remembered_wrongly(large: Workspace) -> None:
    """The workspace file was read with one default; by the time the manifests are, it has another: what is kept says
    what the first one meant, and the next plan reads anew."""
    for number, file in enumerate(("a.yaml", "b.yaml")):
        names = (f"{number}-{one}" for one in range(MANY))
        large.manifest(*(campaign(f"c{one}", campaign_name=one + "x" * 60, budget=None) for one in names), file=file)
    defaults = "defaults: {Campaign: {budget: %s}}\n"
    text = (large.root / "reconciler.yaml").read_text("utf-8")
    large.write("reconciler.yaml", text + defaults % "50.00")
    secret = Secret(TOKEN)
    opened = open_workspace(large.root, None, None, secret)
    large.write("reconciler.yaml", text + defaults % "51.00")
    load_desired(opened, secret, {})
    assert plan(large).count('"51.00"') == 2 * MANY
