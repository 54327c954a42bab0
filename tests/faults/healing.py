"""What a person does until a workspace of the state machine converges: answers, takes over, lets go, makes anew."""

from __future__ import annotations

from typing import Any

from reconciler.state import lockfile
from tests.faults.stage import APPLY, MOST_RUNS, wait
from tests.stories.account import Account
from tests.stories.workspace import Workspace

ENDS = (0, 1, 5, 6, 8, 9, 10)
"""6: what was made a moment ago is believed to be there though no list shows it; a colleague may have deleted it."""
YOUNG, BETWEEN = 60, 10
"""Seconds after which nothing is believed to be there that no list shows, and from one apply to the next."""
PARENT = {"campaign": "", "adgroup": "campaign_id"}


class Healer:
    """Somebody who knows the account; `strange` are the ids that are not ours, `adopted` what was taken over."""

    def __init__(self, work: Workspace, account: Account, strange: set[str], adopted: set[str]) -> None:
        self._work, self._account, self._strange, self._adopted = work, account, strange, adopted

    def heal(self) -> None:
        """Applies, and does what the rows say, until nothing is left to do."""
        wait(self._account, YOUNG)
        runs, more = 0, list[str]()
        while (ended := self._work.run(*APPLY, *more)).code != 0:
            assert ended.code in ENDS, ended.text
            assert "Traceback" not in ended.text
            runs += 1
            assert runs < MOST_RUNS, ended.text
            if ended.code == 10:
                self._answer()
            more = self._unblock()
            wait(self._account, BETWEEN)

    def _answer(self) -> None:
        for case in self._work.run("recover", "--json").json["open"]:
            seen = [row["id"] for row in case["candidates"]]
            ours = [one for one in seen if one not in self._strange]
            address = case["address"]
            decision = f"--adopt={address}={ours[0]}" if ours else f"--absent={address}"
            decided = self._work.run("recover", "--json", decision)
            assert decided.code in (0, 8, 10) or "R703" in decided.codes, decided.text

    def _unblock(self) -> list[str]:
        """Takes over twins, lets go of what vanished and has one; what to recreate."""
        recreate: list[str] = []
        for address, row in self._work.plan().rows.items():
            if row["op"] != "blocked" or row["reason"] == "unknown":
                continue
            assert row["reason"] in ("twin", "vanished"), row
            if row["reason"] == "twin":
                if self._work.run("adopt", "--json", address, row["id"]).code == 0:
                    self._adopted.add(row["id"])
            elif self._namesakes(address):
                for one, entry in entries(self._work).items():
                    if entry.get("parent") == address:
                        self._work.run("state", "rm", "--json", one)
                self._work.run("state", "rm", "--json", address)
            else:
                recreate += ["--recreate", address]
        return recreate

    def _namesakes(self, address: str) -> bool:
        kind, name = address.split("/", 1)
        return name in self._account.names(kind)

    def settled(self) -> None:
        """Nothing to plan, nothing to send, nothing open, and every entry has its living object."""
        assert self._work.in_sync(), self._work.plan().text
        self._account.forget_calls()
        assert self._work.run(*APPLY).code == 0
        assert self._account.posts() == []
        assert self._work.run("recover", "--json").json["open"] == []
        for kind in PARENT:
            ids = {one[f"{kind}_id"] for one in self._account.objects(kind) if one["status"] != "DELETE"}
            bound = [entry["id"] for address, entry in entries(self._work).items() if address.startswith(f"{kind}/")]
            assert set(bound) <= ids, f"the lockfile knows a {kind} that is not there"
            assert len(set(bound)) == len(bound)


def entries(work: Workspace) -> dict[str, Any]:
    """The lockfile's resources; none before the first apply that did something."""
    return work.lock if (work.root / lockfile.FILE).exists() else {}


def ours(account: Account, kind: str, strange: set[str]) -> list[dict[str, Any]]:
    """The living objects of a kind that no stranger made."""
    living = [one for one in account.objects(kind) if one["status"] != "DELETE"]
    return [one for one in living if one[f"{kind}_id"] not in strange]
