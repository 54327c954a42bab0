"""Every field of Smart+: set, changed, applied or taken back, left out; no difference stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest

from reconciler.contracts.registry import CONTRACTS
from reconciler.kinds.registry import KINDS
from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.marketing.samples import Sample
from tests.stories.marketing.scene import Fields, document, settle_in
from tests.stories.smart_plus import scene
from tests.stories.smart_plus.samples import SMART_PLUS, STILL
from tests.stories.workspace import Workspace

ADVERTISERS = count(7_000_000_000_000_000_500)
CASES = [(kind, field) for kind, fields in SMART_PLUS.items() for field in fields]


class Trial:
    """One field of one kind: the manifests with its first value, with the second, or without it."""

    def __init__(self, kind: str, field: str) -> None:
        self.kind, self.field, self.sample = kind, field, SMART_PLUS[kind][field]
        self.address = f"{kind}/tried"

    def with_value(self, value: object, more: Mapping[str, object]) -> list[str]:
        """The manifests with this value; None leaves it out."""
        if self.field in ("campaign", "adgroup") and value:
            value = f"{value}-{self.field}"
        inner = self.field.partition(".")[2]
        base: Fields = {"campaign": scene.CAMPAIGN, "adgroup": scene.ADGROUP, "ad": scene.AD}[self.kind]
        told: Fields = {**base, **self.sample.also, **more}
        if inner:
            place = [] if inner == "location_ids" else ['location_ids: ["6252001"]']
            told["targeting_spec"] = f"{{{', '.join([*place, *([f'{inner}: {value}'] if value else [])])}}}"
        else:
            told[self.field] = value
        return [*self._above(self.sample), self._own(told)]

    def _above(self, sample: Sample) -> list[str]:
        both = () if self.kind == "campaign" else ("one-campaign", "two-campaign")
        found = [scene.campaign(one, **sample.campaign) for one in both]
        if self.kind == "ad":
            groups = ("one-adgroup", "two-adgroup")
            found += [scene.adgroup(one, "one-campaign", **sample.adgroup) for one in groups]
        return found

    def _own(self, told: Fields) -> str:
        if self.kind == "campaign":
            return scene.campaign("tried", **told)
        if self.kind == "adgroup":
            told = {"campaign": "one-campaign", **told}
            return document("AdGroup", "tried", told)
        return document("Ad", "tried", {"adgroup": "one-adgroup", **told})

    @property
    def changed(self) -> set[str]:
        """The fields that differ once it has its second value."""
        return {self.field, *(name for name, value in self.sample.then.items() if value and name != "targeting_spec")}


@pytest.fixture(scope="module")
def server() -> Iterator[Account]:
    """One simulator; every test has an account of its own there."""
    with Account.of_production("smart_plus", switches={"sp_ad_gap_seconds": "0"}) as one:
        yield one


@pytest.fixture
def trial(request: pytest.FixtureRequest) -> Trial:
    """The field of this test."""
    return Trial(*request.param)


@pytest.fixture
def work(trial: Trial, server: Account, tmp_path: Path) -> Workspace:
    """A workspace in which the field has been applied with its first value."""
    made = settle_in(tmp_path, server, advertiser=str(next(ADVERTISERS)))
    made.manifest(*trial.with_value(trial.sample.first, {}))
    made.apply()
    return made


@pytest.mark.parametrize("kind", SMART_PLUS)
def test_every_field_has_a_sample(kind: str) -> None:
    """A field that is added to a kind and to Smart+ is tried in this file."""
    parent = KINDS[kind].parent_field
    wanted = CONTRACTS["smart_plus"].bindings[kind].fields | ({parent} if parent else set())
    assert SMART_PLUS[kind].keys() == wanted


@pytest.mark.parametrize(
    "trial", rotating([(case,) for case in CASES], 10, ids=lambda one: "-".join(one[0])), indirect=True
)
def test_a_field_is_set_changed_and_left_out(trial: Trial, work: Workspace) -> None:
    """The plan shows exactly it, and nothing is left after it is applied; what is fixed says what a change takes."""
    sample, field = trial.sample, trial.field
    assert work.in_sync()
    if (trial.kind, field) not in STILL:
        work.manifest(*trial.with_value(sample.second, sample.then))
        ((address, row),) = work.plan().rows.items()
        assert address == trial.address
        assert {one["path"].partition("[")[0] for one in row["fields"]} == trial.changed
        assert {one["side"] for one in row["fields"]} == {"ours"}
        if sample.fixed:
            refused = work.apply(code=5).rows[address]
            assert (row["op"], refused["outcome"], refused["error"]["code"]) == ("blocked", "skipped", "R704")
            assert field in refused["error"]["hint"]
            work.manifest(*trial.with_value(sample.first, {}))
        else:
            assert row["op"] == "update"
            assert work.apply().ended == {address: "done"}
        assert work.in_sync()
    work.manifest(*trial.with_value(None, dict.fromkeys(sample.with_it)))
    ended = work.run("plan", "--json")
    if sample.needed:
        assert ended.code == 3, ended.text
        assert {"R202", "R216", "R302"} & set(ended.codes)
        return
    assert (ended.code, ended.rows) == (0, {}), ended.text
    assert work.apply().json["outcomes"] == []
    assert work.plan().json["warnings"] == []
