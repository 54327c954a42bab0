"""How far a refresh's order of hooks has got: a value of the plan, of the lockfile and of the journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Renewed(NamedTuple):
    """What a Renewal has brought about. `step`: 0 is what the manifest's own fields say; `theme`: the holiday of the
    calendar whose hook runs in its place; `evidence`: the hash of what it was decided on."""

    step: int
    because: str
    evidence: str
    theme: str | None = None

    @property
    def place(self) -> tuple[int, str | None]:
        """Which hook runs."""
        return self.step, self.theme

    @property
    def words(self) -> int | str:
        """For people: 1, or `1, for CHRISTMAS_DAY`."""
        return f"{self.step}, for {self.theme}" if self.theme else self.step

    def as_json(self) -> dict[str, Any]:
        """As lockfile and journal hold it."""
        return {**self._asdict()}

    @classmethod
    def of_json(cls, told: Mapping[str, Any] | None) -> Renewed | None:
        """The inverse. Raises TypeError or ValueError where it is not that shape."""
        if told is None:
            return None
        if not isinstance(told["step"], int) or not all(isinstance(told[one], str) for one in ("because", "evidence")):
            raise ValueError("its step is not one")
        return cls(**told)
