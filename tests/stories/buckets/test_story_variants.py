"""A variant that was made on one machine, which is gone, is approved on a second and becomes an ad on a third."""

from __future__ import annotations

import hashlib
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.buckets.machines import Machines
from tests.stories.buckets.server import Fault
from tests.stories.marketing.scene import ad, adgroup, campaign, error
from tests.stories.refresh.scene import SUBMIT, refresh, variants, video
from tests.stories.workspace import Workspace, finish

MADE = (video(), refresh(variants=2, require_approval="true"))
SHOWN = (campaign(), adgroup(), *(ad(f"hook-{n}", video=f"{{refresh: hooks, variant: {n}}}") for n in (1, 2)))


def generated(market: Account) -> list[dict[str, Any]]:
    """The videos in the asset library that came from variants."""
    found: list[dict[str, Any]] = market.operate("state")["library_videos"]
    return [one for one in found if one["file_name"].startswith("hooks-")]


def made(machines: Machines) -> list[dict[str, Any]]:
    """Two variants, made on a machine that is gone."""
    first = machines.clean("first")
    first.manifest(*MADE)
    first.apply()
    found = variants(first)
    assert sorted(machines.kept()) == sorted(one["sha256"] for one in found)
    machines.thrown_away(first)
    return found


def approved(machines: Machines, *numbers: str) -> Path:
    """The decisions of somebody on a second machine, as they are committed."""
    second = machines.clean("second")
    second.manifest(*MADE)
    ended = second.run("approve", "refresh/hooks", *(numbers or ("--all",)), "--by", "Ann")
    assert ended.code == 0, ended.text
    return second.root / "approvals"


def showing(machines: Machines, approvals: Path | None, name: str = "third") -> Workspace:
    """A clean machine with the ads."""
    work = machines.clean(name)
    work.manifest(*MADE, *SHOWN)
    if approvals:
        shutil.copytree(approvals, work.root / "approvals")
    return work


def test_a_variant_of_one_clean_disk_reaches_its_ad_on_another(machines: Machines, market: Account) -> None:
    """With its very bytes; it is made and paid once, and the third machine had no file of it."""
    found = made(machines)
    third = showing(machines, approved(machines))
    assert not (third.root / "artifacts").exists()
    assert set(third.apply().ended.values()) == {"done"}
    data = [(third.root / one["file"]).read_bytes() for one in variants(third)]
    assert [hashlib.sha256(one).hexdigest() for one in data] == [one["sha256"] for one in found]
    md5 = sorted(hashlib.md5(one, usedforsecurity=False).hexdigest() for one in data)
    assert sorted(one["signature"] for one in generated(market)) == md5
    assert len(market.objects("ad")) == 2
    assert [path for path, _ in market.posts()].count(SUBMIT) == 2
    assert third.in_sync()


def test_the_gallery_on_a_clean_disk_shows_what_another_machine_made(machines: Machines) -> None:
    """The files come back for the page, and the page shows what was decided."""
    found = made(machines)
    work = showing(machines, approved(machines, "1"))
    assert [one["approval"] for one in variants(work)] == ["approved", "none"]
    ended = work.run("gallery", "--out", "gallery")
    assert ended.code == 0, ended.text
    media = sorted((work.root / "gallery" / "media" / "hooks").iterdir())
    assert [hashlib.sha256(one.read_bytes()).hexdigest() for one in media] == [one["sha256"] for one in found]


def test_a_damaged_copy_is_named_and_not_used(machines: Machines, market: Account) -> None:
    """Its ad is not made, the other one is; nobody can approve it either."""
    first, second = made(machines)
    approvals = approved(machines)
    machines.damage(first["sha256"])
    third = showing(machines, approvals)
    ended = third.run("apply", "--auto-approve", "--json")
    assert ended.code == 9, ended.text
    told = error(ended, "ad/hook-1")
    assert told["code"] == "R730"
    assert first["sha256"] in told["message"]
    assert ended.ended["ad/hook-2"] == "done"
    assert [one["file_name"] for one in generated(market)] == [f"hooks-g1-v2-{second['sha256'][:16]}.mp4"]
    assert not (third.root / first["file"]).exists()
    shutil.rmtree(third.root / "artifacts")
    shutil.rmtree(third.root / "approvals")
    assert third.run("approve", "refresh/hooks", "1", "--json", "--by", "Ann").codes == ["R805"]


def test_a_file_that_lies_on_this_disk_is_used_from_here(machines: Machines, market: Account) -> None:
    """One that was changed here is neither used nor overwritten: what was approved is."""
    approvals = None
    found = made(machines)
    approvals = approved(machines)
    third = showing(machines, approvals)
    changed = third.root / found[0]["file"]
    changed.parent.mkdir(parents=True)
    changed.write_bytes(b"edited")
    assert [one["approval"] for one in variants(third)] == ["none", "approved"]
    assert set(third.apply().ended.values()) == {"done"}
    assert changed.read_bytes() == b"edited"
    assert {one["file_name"].rpartition("-")[2] for one in generated(market)} == {
        f"{one['sha256'][:16]}.mp4" for one in found
    }


def test_killed_between_keeping_and_recording(unsure: Machines, market: Account) -> None:
    """The variant lies there and nobody knows: the next machine downloads it again, and ends with the same two, each
    paid once and kept once."""
    first = unsure.clean("first")
    first.manifest(*MADE)
    process = first.start("apply", "--auto-approve", "--json")
    unsure.deadly(lambda: process.pid)
    assert finish(process).code == -signal.SIGKILL
    (lost,) = unsure.kept()
    unsure.thrown_away(first)
    second = unsure.clean("second")
    second.manifest(*MADE)
    _unlocked(second)
    assert {one["state"] for one in variants(second)} == {"pending"}
    second.apply()
    found = variants(second)
    assert sorted(unsure.kept()) == sorted(one["sha256"] for one in found)
    assert lost in unsure.kept()
    assert [path for path, _ in market.posts()].count(SUBMIT) == 2


def _unlocked(work: Workspace) -> None:
    """Whoever held the state is gone for good."""
    held = work.run("apply", "--auto-approve", "--json")
    if "R509" in held.codes:
        lock_id = held.json["errors"][0]["hint"].rpartition("unlock ")[2].rstrip("`")
        assert work.run("state", "unlock", lock_id).code == 0


@pytest.mark.parametrize("how", ["away", "denied"])
def test_what_cannot_be_kept_is_not_recorded_as_kept(bucketed: Machines, market: Account, how: str) -> None:
    """The bucket does not take the first variant: its row fails with R729 and the next run downloads it again; nothing
    is paid twice, and the secret is nowhere."""
    first = bucketed.clean("first")
    first.manifest(*MADE)
    bucketed.s3.faults.append(Fault("PUT", "*/ads/artifacts/sha256/*", how, times=1000))
    ended = first.run("apply", "--auto-approve", "--json")
    assert ended.code in (1, 9), ended.text
    assert error(ended, "refresh/hooks")["code"] == "R729"
    assert "story-secret" not in ended.text
    assert {one["state"] for one in variants(first)} == {"pending"}
    bucketed.s3.faults.clear()
    bucketed.thrown_away(first)
    second = bucketed.clean("second")
    second.manifest(*MADE)
    assert second.run("advance", "--json").code == 0
    assert len(bucketed.kept()) == 2
    assert [path for path, _ in market.posts()].count(SUBMIT) == 2


def test_files_that_lie_in_the_folder_move_in(machines: Machines, market: Account) -> None:
    """Made while the state was this machine's alone; with the setting changed, the next apply puts them there."""
    work = machines.clean("first")
    work.manifest(*MADE)
    settings = (work.root / "reconciler.yaml").read_text("utf-8")
    work.write("reconciler.yaml", settings.replace(machines.settings, ""))
    work.apply()
    assert machines.kept() == {}
    work.write("reconciler.yaml", settings)
    work.apply()
    assert sorted(machines.kept()) == sorted(one["sha256"] for one in variants(work))
    assert [path for path, _ in market.posts()].count(SUBMIT) == 2


def test_what_the_lockfile_does_not_name_is_taken_away(machines: Machines) -> None:
    """A generation past `keep`, where room is limited; a bucket keeps it."""
    made(machines)
    work = machines.clean("second")
    for revision in (2, 3):
        work.manifest(video(), refresh(variants=2, require_approval="true", revision=revision, keep=1))
        work.apply()
    named = {one["sha256"] for one in variants(work)}
    assert len(named) == 4
    assert set(machines.kept()) >= named
    assert len(machines.kept()) == (4 if machines.kind in ("git", "postgres") else 6)


def test_what_a_remote_does_not_take_stays_on_the_machine(branched: Machines) -> None:
    """A remote that takes branches alone: the variant is ready here, a warning says where it is not."""
    branched.remote.hook("update", 'case "$1" in refs/heads/*) ;; *) exit 1 ;; esac')
    work = branched.clean("first")
    work.manifest(*MADE)
    ended = work.run("apply", "--auto-approve")
    assert ended.code == 0, ended.text
    assert "lies on this machine alone" in ended.stderr
    assert [one["state"] for one in variants(work)] == ["ready", "ready"]


def test_doctor_says_where_things_lie(machines: Machines) -> None:
    """State and kept variants, each by its place; one that is away is a failure."""
    work = machines.clean("first")
    ended = work.run("doctor", "--json")
    told = {one["name"]: one for one in ended.json["checks"]}
    assert told["kept variants"]["state"] == "ok"
    where = {"bucket": f"s3://{machines.bucket}", "postgres": "PostgreSQL on 127.0.0.1"}
    assert where.get(machines.kind, "refs/heads/reconciler-state of origin") in told["state"]["message"]
    if machines.kind == "git and bucket":
        machines.s3.faults.append(Fault("GET", "*", "denied", times=9))
        ended = work.run("doctor", "--json")
        told = {one["name"]: one for one in ended.json["checks"]}
        assert told["kept variants"]["code"] == "R729"
        assert ended.code == 1
