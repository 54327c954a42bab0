"""What of local files cannot be uploaded is told where it stands, before anything is sent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.simulator.films import film
from tests.stories.marketing.scene import ad, adgroup, campaign, document
from tests.stories.marketing.test_local_files import LOGO, media, put
from tests.stories.refresh.scene import HERO, refresh
from tests.stories.workspace import Workspace

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


def refused(work: Workspace, command: str = "validate") -> dict[str, Any]:
    """The one error of the manifests."""
    ended = work.run(command, "--json")
    assert ended.code == 3, ended.text
    (found,) = ended.json["errors"]
    return dict(found)


WRONG = {
    "missing": (None, "R131", "is not there"),
    "empty": (b"", "R131", "is empty"),
    "pointer": (POINTER, "R132", "Git LFS pointer"),
}


@pytest.mark.parametrize("command", ["validate", "plan"])
@pytest.mark.parametrize("how", WRONG)
def test_a_file_that_cannot_be_uploaded(shop: Workspace, how: str, command: str) -> None:
    """It is told with its place, before anything is sent, whether an ad uses it or not."""
    data, code, words = WRONG[how]
    if data is not None:
        put(shop, "logo.png", data)
    shop.manifest(campaign(), media(file="logo.png"))
    found = refused(shop, command)
    assert (found["code"], found["file"], found["address"]) == (code, "manifests/a.yaml", "image/logo")
    line = (shop.root / "manifests/a.yaml").read_text().splitlines()[found["line"] - 1]
    assert line == "  file: logo.png"
    assert words in found["message"]
    assert how != "pointer" or "git lfs pull" in found["hint"]


def test_a_file_that_is_too_large(shop: Workspace) -> None:
    """It is told by its size, and not read: the hole would be 501 MiB of zeros."""
    path = shop.root / "hero.mov"
    with path.open("wb") as file:
        file.truncate(501 * 1024 * 1024)
    shop.manifest(campaign(), media("Video", "hero", file="hero.mov"))
    assert "501.0 MiB, at most 500 MiB" in refused(shop)["message"]


@pytest.mark.parametrize("name", ["../logo.png", "/etc/logo.png", "link.png", "linked/logo.png", ".git/logo.png"])
def test_a_path_that_leads_away(shop: Workspace, tmp_path: Path, name: str) -> None:
    """Out of the workspace, through a link, or into git's own folder."""
    put(shop, "there/logo.png", LOGO)
    (tmp_path / "logo.png").write_bytes(LOGO)
    os.symlink(tmp_path / "logo.png", shop.root / "link.png")
    os.symlink("there", shop.root / "linked")
    shop.manifest(campaign(), media(file=name))
    found = refused(shop)
    assert (found["code"], found["address"]) == ("R115", "image/logo")


@pytest.mark.parametrize(("name", "code"), [("logo.gif", "R131"), ("folder.png", "R116")])
def test_a_file_of_another_kind(shop: Workspace, name: str, code: str) -> None:
    """By its ending, or because it is a folder."""
    put(shop, "logo.gif", b"GIF89a")
    (shop.root / "folder.png").mkdir()
    shop.manifest(campaign(), media(file=name))
    assert refused(shop)["code"] == code


def test_a_sha256_beside_a_file_must_be_its_own(shop: Workspace) -> None:
    """Written by hand it pins the content; another one is told with the right one."""
    digest = put(shop, "logo.png", LOGO)
    shop.manifest(campaign(), media(file="logo.png", sha256="a" * 64))
    found = refused(shop)
    assert (found["code"], digest in found["message"]) == ("R131", True)
    shop.replace("a" * 64, digest)
    assert shop.run("validate").code == 0


@pytest.mark.parametrize("fields", [{}, {"url": HERO, "file": "logo.png"}])
def test_exactly_one_source(shop: Workspace, fields: dict[str, object]) -> None:
    """Neither, and both."""
    put(shop, "logo.png", LOGO)
    shop.manifest(campaign(), document("Image", "logo", {**fields, "extra": "{}"}))
    assert refused(shop)["code"] in ("R201", "R202")


def test_a_refresh_needs_a_url(shop: Workspace) -> None:
    """The platform fetches its source itself; the error stands where the refresh names the video."""
    put(shop, "hero.mp4", film("hero", "local"))
    shop.manifest(media("Video", "hero", file="hero.mp4"), refresh("hooks"), campaign())
    found = refused(shop)
    assert (found["code"], found["address"]) == ("R216", "refresh/hooks")
    line = (shop.root / "manifests/a.yaml").read_text().splitlines()[found["line"] - 1]
    assert line.strip() == "video: hero"
    assert "`url`" in found["hint"]


def test_an_image_that_nobody_declares(shop: Workspace) -> None:
    """A misspelt name is told with its place and what is near."""
    put(shop, "logo.png", LOGO)
    shop.manifest(media(file="logo.png"), campaign(), adgroup(), ad(image_ids="[{image: logoo}]"))
    found = refused(shop)
    assert found["code"] == "R302"
    assert "logo" in found["hint"]
