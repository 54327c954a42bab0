"""`--target` and `--exclude`: what is named, what that needs, and nothing that was not asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from reconciler.errors import Invalid
from reconciler.model import Plan
from reconciler.plan.targets import narrow
from tests.unit.builders import at, basis, entry, live, planned, resource

NEW = basis(
    [
        resource("campaign/a", labels={"team": "growth"}),
        resource("adgroup/a-g", parent="campaign/a", labels={"team": "growth"}),
        resource("ad/a-ad", parent="adgroup/a-g"),
        resource("campaign/b"),
    ],
    {"campaign/old": entry("9")},
    {"campaign": [live("9", "old", status="ENABLE")]},
)


def chosen(targets: Sequence[str] = (), excludes: Sequence[str] = ()) -> Plan:
    """The narrowed plan."""
    return narrow(planned(NEW), NEW.desired, NEW.entries, targets, excludes)


@pytest.mark.parametrize(
    ("targets", "excludes", "addresses"),
    [
        ([], [], ["campaign/a", "campaign/b", "adgroup/a-g", "ad/a-ad", "campaign/old"]),
        (["campaign/b"], [], ["campaign/b"]),
        (["ad/a-ad"], [], ["campaign/a", "adgroup/a-g", "ad/a-ad"]),
        (["campaign/a"], [], ["campaign/a"]),
        (["campaign/*"], [], ["campaign/a", "campaign/b", "campaign/old"]),
        (["label:team=growth"], [], ["campaign/a", "adgroup/a-g"]),
        (["campaign/old"], [], ["campaign/old"]),
        ([], ["campaign/old"], ["campaign/a", "campaign/b", "adgroup/a-g", "ad/a-ad"]),
        ([], ["adgroup/*"], ["campaign/a", "campaign/b", "campaign/old"]),
        ([], ["campaign/a"], ["campaign/b", "campaign/old"]),
        (["*"], ["campaign/a", "campaign/old"], ["campaign/b"]),
        (["campaign/a", "campaign/b"], ["campaign/b"], ["campaign/a"]),
    ],
)
def test_rows(targets: list[str], excludes: list[str], addresses: list[str]) -> None:
    """Parents that are not there yet come along; what needs an excluded row goes with it; the rest is counted."""
    found = chosen(targets, excludes)
    assert [str(row.address) for row in found.changes] == addresses
    assert found.untargeted == 5 - len(addresses)


def test_a_target_takes_no_removal_it_does_not_name() -> None:
    """Choosing what is declared never disables something else."""
    assert at("campaign/old") not in {row.address for row in chosen(["ad/*", "adgroup/*", "campaign/a"]).changes}


def test_parents_that_are_there_are_left_alone() -> None:
    """A parent's edit is not needed by its child."""
    given = basis(
        [resource("campaign/a", {"status": "ENABLE"}), resource("adgroup/g", parent="campaign/a")],
        {"campaign/a": entry("1")},
        {"campaign": [live("1", "a", status="DISABLE")]},
    )
    found = narrow(planned(given), given.desired, given.entries, ["adgroup/g"], [])
    assert [str(row.address) for row in found.changes] == ["adgroup/g"]


@pytest.mark.parametrize("pattern", ["campaign/nope", "label:team=sales", "label:none", "nothing", ""])
@pytest.mark.parametrize("which", ["targets", "excludes"])
def test_a_pattern_that_matches_nothing_is_a_mistake(pattern: str, which: str) -> None:
    """A misspelt exclusion must not let anything through."""
    with pytest.raises(Invalid) as caught:
        chosen(**{which: [pattern]})
    assert caught.value.findings[0].code == "R902"


def test_metadata_follows_the_choice() -> None:
    """Entries that change without a call are taken only for what is chosen."""
    given = basis(
        [resource("campaign/a", protect=True), resource("campaign/b", protect=True)],
        {"campaign/a": entry("1"), "campaign/b": entry("2")},
        {"campaign": [live("1", "a"), live("2", "b")]},
    )
    found = narrow(planned(given), given.desired, given.entries, ["campaign/a"], [])
    assert list(found.entries) == [at("campaign/a")]
