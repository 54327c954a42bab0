"""The driver `local`: what waits for nobody has one thread."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from reconciler.fleet import local
from reconciler.fleet.execute import Services
from reconciler.fleet.load import open_fleet
from reconciler.fleet.run import Result
from reconciler.fleet.tokens import Tokens
from reconciler.world import SystemFiles, SystemWorld
from tests.fleet.scene import Fleet, advertiser

COUNT = 12
OWN = "version: 1\nname: a0\nworkspace: markets/own\n"


class Noted(SystemFiles):
    """Files that note which threads of accounts look at them."""

    def __init__(self) -> None:
        self.by = set[str]()

    def read(self, path: Path) -> bytes | None:
        self._note()
        return super().read(path)

    def size(self, path: Path) -> int | None:
        self._note()
        return super().size(path)

    def _note(self) -> None:
        name = threading.current_thread().name
        if name.startswith("account"):
            self.by.add(name)


def threads(root: Path, command: str, *, own: bool = False) -> tuple[int, list[Result]]:
    """How many the command uses, and what it comes to."""
    fleet = Fleet(root, "http://127.0.0.1:9", COUNT)
    if own:
        fleet.write("accounts/a0.yaml", OWN)
        fleet.write("markets/own/reconciler.yaml", f'version: 1\naccount: {{advertiser_id: "{advertiser(0)}"}}\n')
    opened, world = open_fleet(root, None, None), SystemWorld()
    world.files = noted = Noted()
    services = Services(opened, Tokens(root, opened.file.groups, {}), world, None, lambda: False)
    found = local.carry_out(services, opened.accounts, command, lambda one: None, through=True)
    return len(noted.by), found


@pytest.mark.parametrize("command", ["validate", "status"])
def test_what_waits_for_nobody_has_one_thread(tmp_path: Path, command: str) -> None:
    """Several would only take the interpreter from each other: of 5,000 accounts that costs as much again."""
    used, found = threads(tmp_path / "fleet", command)
    assert (used, [one.exit_code for one in found]) == (1, [0] * COUNT)


def test_what_may_wait_has_several(tmp_path: Path) -> None:
    """A workspace of its own may keep its state anywhere."""
    used, _ = threads(tmp_path / "fleet", "status", own=True)
    assert used > 1
