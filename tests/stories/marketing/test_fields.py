"""Every field of every kind in both contracts: set, changed, applied or taken back, left out; no difference stays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from reconciler.contracts.registry import CONTRACTS
from reconciler.kinds.registry import KINDS
from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.marketing.scene import settle_in
from tests.stories.marketing.trials import CASES, TABLES, Trial
from tests.stories.workspace import Workspace

ADVERTISERS = count(7_000_000_000_000_000_100)


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Account]]:
    """One simulator for each contract; every test has an account of its own there."""
    with Account() as plain, Account.of_production() as market:
        yield {"openapi": plain, "marketing": market}


@pytest.fixture
def work(trial: Trial, servers: dict[str, Account], tmp_path: Path) -> Workspace:
    """A workspace in which the field has been applied with its first value."""
    account = servers[trial.contract]
    made = settle_in(tmp_path, account, advertiser=str(next(ADVERTISERS)))
    made.manifest(*trial.first())
    made.apply()
    return made


@pytest.fixture
def trial(request: pytest.FixtureRequest) -> Trial:
    """The field of this test."""
    return Trial(*request.param)


@pytest.mark.parametrize("contract", TABLES)
@pytest.mark.parametrize("kind", ["campaign", "adgroup", "ad"])
def test_every_field_has_a_sample(contract: str, kind: str) -> None:
    """A field that is added to a kind and a contract is tried in this file."""
    parent = KINDS[kind].parent_field
    wanted = CONTRACTS[contract].bindings[kind].fields | ({parent} if parent else set())
    assert TABLES[contract][kind].keys() == wanted
    assert wanted <= KINDS[kind].manifest.spec_model().model_fields.keys()


@pytest.mark.parametrize(
    "trial", rotating([(case,) for case in CASES], 8, ids=lambda one: "-".join(one[0])), indirect=True
)
def test_a_field_is_set_changed_and_left_out(trial: Trial, work: Workspace) -> None:
    """The plan shows exactly it, and nothing is left after it is applied; what is fixed says what a change takes."""
    sample, field = trial.sample, trial.field
    assert work.in_sync()

    work.manifest(*trial.second())
    ((address, row),) = work.plan().rows.items()
    assert address == trial.address
    assert {one["path"] for one in row["fields"]} == trial.changed
    assert {one["side"] for one in row["fields"]} == {"ours"}
    if sample.fixed:
        refused = work.apply(code=5).rows[address]
        assert (row["op"], refused["outcome"]) == ("blocked", "skipped")
        assert refused["error"]["code"] == ("R704" if trial.updates else "R705")
        assert field in refused["error"]["hint"]
        assert (f"--replace {address}" in refused["error"]["hint"]) == trial.updates
        work.manifest(*trial.first())
    else:
        assert row["op"] == "update"
        assert work.apply().ended == {address: "done"}
    assert work.in_sync()

    work.manifest(*trial.without())
    if sample.needed:
        ended = work.run("plan", "--json")
        assert ended.code == 3, ended.text
        assert {"R202", "R216"} & set(ended.codes)
        return
    made = work.plan()
    assert made.rows == {}
    assert len([one for one in made.json["warnings"] if f"{address}: {field} " in one]) == 1
    assert work.apply().json["outcomes"] == []
    assert work.plan().json["warnings"] == []
