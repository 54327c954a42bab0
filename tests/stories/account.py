"""A simulated ad account, and what a test may know and do there: the truth, the calls, a stranger's hand, faults."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from reconciler.simulator import Simulator
from tests.stories.hurry import close_world, open_world, operate

ADVERTISER = "7000000000000000001"
LISTS = {"campaign": "campaigns", "adgroup": "adgroups", "ad": "ads"}


class Account:
    """One account on one simulator, started here or, with `url`, by somebody else."""

    def __init__(self, url: str | None = None, *, ago: float = 0, **options: Any) -> None:
        """`ago`: its clock, and that of whoever works with it here, begin so many seconds before the present."""
        switches = {"rate": "off", **options.pop("switches", {})}
        options |= {"start": time.time() - ago} if ago else {}
        self.contract: str = options.get("contract", "openapi")
        self._own = Simulator(switches=switches, **options).start() if url is None else None
        self.url = url or (self._own.url if self._own else "")
        open_world(self.url, ago)

    @classmethod
    def of_production(cls, contract: str = "marketing", *, ago: float = 0, switches: Mapping[str, str] = {}) -> Account:
        """One whose videos are made and transcoded at once, and whose ads do not tire, unless a switch says so."""
        at_once = {"transcode_seconds": "0", "task_seconds": "0", "tiring": "0"}
        return cls(contract=contract, ago=ago, switches={**at_once, **switches})

    def __enter__(self) -> Account:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._own:
            self._own.stop()
            close_world(self.url)

    def operate(self, name: str, body: object = None) -> Any:
        """One call of the operator. Numbers of the answer are texts, digit for digit."""
        return operate(self.url, name, body)

    def objects(self, kind: str, *, advertiser: str = ADVERTISER) -> list[dict[str, Any]]:
        """The truth about every object of a kind, deleted ones too, oldest first."""
        found: list[dict[str, Any]] = self.operate("state")[LISTS[kind]]
        return [one for one in found if one["advertiser_id"] == advertiser]

    def one(self, kind: str, name: str) -> dict[str, Any]:
        """The truth about the only object of that name."""
        (found,) = [one for one in self.objects(kind) if one[f"{kind}_name"] == name]
        return found

    def names(self, kind: str) -> list[str]:
        """The names of a kind's living objects, sorted."""
        return sorted(one[f"{kind}_name"] for one in self.objects(kind) if one["status"] != "DELETE")

    def calls(self, method: str | None = None) -> list[dict[str, Any]]:
        """Every call that came, in order."""
        found: list[dict[str, Any]] = self.operate("log")["arrivals"]
        return [one for one in found if method in (None, one["method"])]

    def posts(self) -> list[tuple[str, dict[str, Any]]]:
        """Every write that came, in order: path and body."""
        return [(one["path"], one["body"]) for one in self.calls("POST")]

    def forget_calls(self) -> None:
        """Start counting calls anew."""
        self.operate("reset-log", {})

    def faults(self, *faults: Mapping[str, Any]) -> None:
        """From now on these calls go wrong."""
        self.operate("faults", list(faults))

    def switch(self, **switches: str) -> None:
        """From now on the server behaves so."""
        self.operate("switches", switches)

    def edit(self, kind: str, name: str, **fields: object) -> None:
        """A stranger's hand."""
        self.operate("edit", {"id": self.one(kind, name)[f"{kind}_id"], **fields})

    def load(self, *, advertiser: str = ADVERTISER, **lists: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
        """Objects that were there before us; their ids."""
        made: dict[str, list[str]] = self.operate("load", {"advertiser_id": advertiser, **lists})
        return made
