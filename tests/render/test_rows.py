"""A plan's rows in words: only what differs has two values, and one thing is not spoken of as several."""

from __future__ import annotations

import pytest

from reconciler.model import Change, FieldChange
from reconciler.render import text
from reconciler.render.rows import beside
from tests.unit.builders import at, plan


def test_a_twin_says_whose_its_name_is() -> None:
    """Its name is the same on both sides, so it stands once, with the id of the object that has it."""
    named = (FieldChange("campaign_name", "Spring", "Spring"),)
    made = plan(Change(at("campaign/spring"), "blocked", "twin", "77", named, code="R701", hint="adopt it"))
    for shown in (text.plan(made, color=False), text.plain_plan(made, color=False)):
        assert "already there: id 77" in shown
        assert "→ " not in shown.replace("→ adopt it", "").replace("0.00 USD → 0.00 USD", "")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 unmanaged"),
        (1, "1 unmanaged: `reconciler unmanaged` lists it, `reconciler pull` takes it over"),
        (2, "2 unmanaged: `reconciler unmanaged` lists them, `reconciler pull` takes them over"),
    ],
)
def test_what_nobody_declares_is_counted(count: int, said: str) -> None:
    """One object is `it`."""
    assert beside(plan(unmanaged=count)).endswith(said)
