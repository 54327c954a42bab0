"""A saved plan goes into a file and comes back as it was, and no damage to it goes unseen."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.allowance import Allowance
from reconciler.errors import Invalid
from reconciler.model import Change, Number, Plan, RefreshWork, Source, Violation
from reconciler.plan.approved import Observation, difference
from reconciler.plan.conversion import plan_document
from reconciler.plan.digest import digest
from reconciler.plan.saved import BoundTo, SavedPlan, dump, manifests_hash, parse, save
from reconciler.render import markdown, text
from tests.unit.builders import at, change, money, plan, resource

HASH = "sha256:" + "0" * 64
BOUND_TO = BoundTo(
    id="3fa9",
    created_at="2026-11-21T10:00:00Z",
    tool_version="0.1.0",
    contract="openapi",
    lineage="L",
    serial=4,
    manifests=HASH,
    live={at("campaign/b"): Observation("2", "2026-11-20 10:00:00", {"budget": money("50.00"), "list": ("a", "b")})},
    choices={"targets": ["campaign/*"], "allow": []},
)
WORK = RefreshWork(2, "abc", ((3,), (4, 5)), {}, 5, 3, None, "v", Source("manifests/a.yaml", 9))


def full() -> Plan:
    """A row of every sort."""
    return plan(
        change("campaign/a", "create", "new", budget=money("50.00"), campaign_name="5.00", flags=("x", "y"), on=True),
        change("campaign/b", "update", "both", "2", budget=(money("50.00"), money("60.00"), "both"), other=(None, "")),
        Change(at("campaign/c"), "blocked", "twin", "3", (), Source("manifests/a.yaml", 1), "R701", "adopt it"),
        Change(at("refresh/hooks"), "refresh", "new", source=Source("manifests/a.yaml", 9), work=WORK),
        unchanged=4,
        unmanaged=2,
        untargeted=1,
        warnings=("careful",),
        violations=(
            Violation("max_daily_spend", at("campaign/a"), "150.00", None, "max_daily_spend=campaign/a"),
            Violation("vanished_share", "campaign", "3 of 5", "half", "vanished_share=campaign"),
        ),
        allowances=(Allowance("max_daily_spend", "campaign/a", None, "because"),),
        worst_case=("0.00", None),
        running=(1, 2),
        eta_seconds=24,
    )


def back(saved: SavedPlan) -> SavedPlan:
    """Through the bytes of a file."""
    return parse(dump(saved), "plan.json")


def test_a_plan_comes_back() -> None:
    """Every format shows the same, the digest is the same, and so is what binds it."""
    made = full()
    read = back(save(made, BOUND_TO))
    assert digest(read.plan) == digest(made)
    assert not difference(made, read.plan)
    assert plan_document(read.plan) == json.loads(json.dumps(plan_document(made)))
    assert text.plan(read.plan, color=False) == text.plan(made, color=False)
    assert text.plain_plan(read.plan, color=False) == text.plain_plan(made, color=False)
    assert markdown.plan(read.plan) == markdown.plan(made)
    assert read.bound_to == BOUND_TO
    assert dump(read) == dump(save(made, BOUND_TO))


def test_money_and_text_stay_apart() -> None:
    """An amount comes back as one; a name that looks like one stays a name."""
    fields = {one.path: one.new for one in back(save(full(), BOUND_TO)).plan.changes[0].fields}
    assert type(fields["budget"]) is Number
    assert type(fields["campaign_name"]) is str


def test_everything_of_a_plan_is_in_the_file() -> None:
    """Only what tells how it is carried out is not."""
    made = full()
    changes = [replace(one, work=None) if one.work else one for one in made.changes]
    read = back(save(made, BOUND_TO)).plan
    assert replace(read, changes=tuple(replace(one, work=None) for one in read.changes)) == replace(
        made, changes=tuple(changes)
    )


@settings(max_examples=60)
@given(place=st.integers(min_value=0), byte=st.integers(0, 255))
def test_no_damage_goes_unseen(place: int, byte: int) -> None:
    """One byte that differs makes no plan, or the same one (white space)."""
    data = bytearray(dump(save(full(), BOUND_TO)))
    data[place % len(data)] = byte
    with contextlib.suppress(Invalid):
        assert parse(bytes(data), "plan.json").document == save(full(), BOUND_TO).document


@settings(max_examples=60)
@given(data=st.one_of(st.binary(), st.text().map(str.encode), st.recursive(
    st.one_of(st.none(), st.text(), st.integers(), st.floats()),
    lambda inner: st.dictionaries(st.sampled_from(["saved", "hash", "changes", "format"]), inner) | st.lists(inner),
).map(lambda value: json.dumps(value).encode())))  # fmt: skip
def test_whatever_is_no_plan_is_refused(data: bytes) -> None:
    """With a finding, never with a bug."""
    with pytest.raises(Invalid) as caught:
        parse(data, "plan.json")
    assert caught.value.findings[0].code == "R806"


def test_a_hash_of_manifests_knows_what_matters() -> None:
    """Fields, parent, name, lifecycle and labels; not where they stand."""
    one = resource("campaign/a", {"budget": money("1.00"), "list": ("x",)}, labels={"team": "x"})
    known = manifests_hash({one.address: one})
    moved = replace(one, source=Source("manifests/b.yaml", 7))
    assert manifests_hash({one.address: moved}) == known
    others = [
        replace(one, fields={"budget": money("2.00"), "list": ("x",)}),
        replace(one, parent=at("campaign/b")),
        replace(one, name="other"),
        replace(one, lifecycle=replace(one.lifecycle, on_remove="keep")),
        replace(one, lifecycle=replace(one.lifecycle, protect=True)),
        replace(one, lifecycle=replace(one.lifecycle, ignore=frozenset({"budget"}))),
        replace(one, labels={}),
    ]
    assert len({known, *(manifests_hash({one.address: other}) for other in others)}) == 8
