"""A pull that is killed anywhere can be run again, and the end is the same."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from unittest import mock

import pytest

from reconciler.cli.main import main
from reconciler.world import SystemFiles, SystemWorld
from tests.stories.account import Account
from tests.stories.pull.full import ad, adgroup, campaign, is_clean, pulled
from tests.stories.workspace import TOKEN, Workspace


class Killed(BaseException):
    """The process is gone."""


class DyingFiles(SystemFiles):
    """Files whose machine dies before the change of that number, or in the middle of it."""

    def __init__(self, at: int, *, torn: bool) -> None:
        self.at, self.torn, self.count = at, torn, 0

    def _next(self) -> bool:
        self.count += 1
        if self.count == self.at and not self.torn:
            raise Killed
        return self.count == self.at

    def write(self, path: Path, data: bytes) -> None:
        if self._next():
            super().write(path, data[: len(data) // 2])
            raise Killed
        super().write(path, data)

    def append(self, path: Path, data: bytes, *, sync: bool) -> None:
        if self._next():
            super().append(path, data[: len(data) // 2], sync=False)
            raise Killed
        super().append(path, data, sync=sync)

    def rename(self, old: Path, new: Path) -> None:
        torn = self._next()
        super().rename(old, new)
        if torn:
            raise Killed

    def remove(self, path: Path) -> None:
        torn = self._next()
        super().remove(path)
        if torn:
            raise Killed


class DyingWorld(SystemWorld):
    """The world until then."""

    def __init__(self, at: int, *, torn: bool) -> None:
        super().__init__()
        self.files: DyingFiles = DyingFiles(at, torn=torn)


def killed(shop: Workspace, at: int, *, torn: bool) -> bool:
    """A pull in a world that ends so; whether it got that far."""
    with (
        mock.patch.dict(os.environ, {"TIKTOK_ACCESS_TOKEN": TOKEN}),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        pytest.raises((Killed, SystemExit)) as end,
    ):
        main(["pull", "-C", str(shop.root)], DyingWorld(at, torn=torn))
    return isinstance(end.value, Killed)


def fill(market: Account) -> None:
    """Three campaigns with an ad group and an ad each."""
    market.load(
        campaigns=[campaign(name) for name in ("one", "two", "three")],
        adgroups=[adgroup(f"group {number}", number) for number in range(3)],
        ads=[ad(f"ad {number}", number) for number in range(3)],
    )


@pytest.fixture
def whole(shop: Workspace, market: Account, tmp_path: Path) -> dict[str, bytes]:
    """What a pull that nobody disturbs writes."""
    fill(market)
    other = Workspace(tmp_path / "other", market.url)
    other.write("reconciler.yaml", (shop.root / "reconciler.yaml").read_text("utf-8"))
    pulled(other)
    return manifests(other)


def manifests(shop: Workspace) -> dict[str, bytes]:
    """Every manifest file, and whatever else lies beside them."""
    return {name: data for name, data in shop.files().items() if name.startswith("manifests/")}


@pytest.mark.parametrize("torn", [False, True], ids=["before", "within"])
@pytest.mark.parametrize("at", range(1, 40))
def test_killed_anywhere_and_run_again(
    shop: Workspace, market: Account, whole: dict[str, bytes], at: int, torn: bool
) -> None:
    """Before or within any change on disk: the second run ends as if the first had never been."""
    killed(shop, at, torn=torn)
    shop.run("pull")
    found = {name: data for name, data in manifests(shop).items() if not name.endswith(".tmp")}
    assert found == whole
    assert len(shop.lock) == 9
    assert is_clean(shop)


def test_the_points_of_death_reach_from_the_first_change_to_the_last(
    shop: Workspace, market: Account, whole: dict[str, bytes]
) -> None:
    """The numbers above are no fewer than there are changes."""
    assert killed(shop, 3, torn=False)
    assert not killed(shop, 40, torn=False)


def test_an_account_that_changed_in_between(shop: Workspace, market: Account, whole: dict[str, bytes]) -> None:
    """What the first run wrote is its own: a file of a campaign that is deleted meanwhile goes away."""
    at = next(number for number in range(1, 40) if _left_files(shop, number))
    market.edit("campaign", "one", operation_status="DELETE")
    run = pulled(shop)
    assert "campaign/one" not in {one["address"] for one in run.json["pulled"]}, at
    assert not (shop.root / "manifests/pulled/one.yaml").exists()
    assert is_clean(shop)


def _left_files(shop: Workspace, at: int) -> bool:
    killed(shop, at, torn=True)
    left = (shop.root / "manifests/pulled/two.yaml").exists() and not (shop.root / "reconciler.lock").exists()
    if not left:
        for path in sorted(shop.root.glob("manifests/pulled/*")):
            path.unlink()
        for name in ("reconciler.lock", ".reconciler/journal.jsonl"):
            (shop.root / name).unlink(missing_ok=True)
    return left


def test_a_file_that_somebody_has_edited_meanwhile_is_not_touched(
    shop: Workspace, market: Account, whole: dict[str, bytes]
) -> None:
    """The rerun names it, with what to do; moved away, the run goes through."""
    next(number for number in range(1, 40) if _left_files(shop, number))
    shop.replace("budget: 100.00", "budget: 120.00", "manifests/pulled/one.yaml")
    before = manifests(shop)
    run = pulled(shop, code=3)
    assert run.codes == ["R519"]
    assert run.json["errors"][0]["file"] == "manifests/pulled/one.yaml"
    assert manifests(shop) == before
    (shop.root / "manifests/pulled/one.yaml").unlink()
    pulled(shop)
    assert manifests(shop) == whole
    assert is_clean(shop)
