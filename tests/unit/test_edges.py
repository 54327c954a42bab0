"""References are edges: a kind with several of them is made, changed, replaced and removed in the order they say.

The kinds are thrown away afterwards: a squad belongs to a campaign, and names a pixel, a catalog (which names a pixel
itself) and, inside a field of its own, another pixel. The engine is not told of them anywhere but in their rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from reconciler.account.listing import Reader, read_all
from reconciler.apply.executor import Executor
from reconciler.apply.keeping import Keeping
from reconciler.apply.outcomes import Outcomes
from reconciler.apply.run import Run
from reconciler.apply.send import Sender
from reconciler.apply.uploads import Uploads
from reconciler.contracts.registry import Contracts
from reconciler.kinds.registry import KINDS
from reconciler.manifest.desired import resources
from reconciler.manifest.problems import Problem
from reconciler.model import Address, Asset, Plan, Ref, Resource
from reconciler.plan import decide, removals
from reconciler.plan.actions import compile_plan
from reconciler.plan.basis import Basis
from reconciler.plan.edges import with_edges
from reconciler.plan.sending import Action
from reconciler.plan.targets import narrow
from reconciler.state.ledger import Ledger
from reconciler.world import SystemFiles
from tests.unit.builders import ADVERTISER, NOON, at, documents, plan, told
from tests.unit.pixels import PixelAccount, added
from tests.unit.worlds import FakeTransport, MemoryStore, VirtualWorld, client

CAMPAIGN = "kind: Campaign\nname: spring\nspec: {objective_type: TRAFFIC, budget_mode: BUDGET_MODE_DAY, budget: 500}\n"
SQUAD = """\
kind: Squad
name: s
spec: {campaign: spring, pixel: main, catalog: shop, tracking: {pixel: side, window: WEEK}}
"""
CATALOG = "kind: Catalog\nname: shop\nspec: {pixel: main}\n"
MAIN = "kind: Pixel\nname: main\nspec: {code: A}\n"
SIDE = "kind: Pixel\nname: side\nspec: {code: B}\n"
ALL = (SQUAD, CATALOG, MAIN, SIDE, CAMPAIGN)


@dataclass
class Scene:
    """A workspace, its state and its account."""

    contracts: Contracts
    account: PixelAccount = field(default_factory=PixelAccount)
    store: MemoryStore = field(default_factory=MemoryStore)
    world: VirtualWorld = field(default_factory=VirtualWorld)

    def read(self, *texts: str) -> tuple[dict[Address, Resource], list[Problem]]:
        """What the manifests declare, and what is wrong with them."""
        return resources(documents("---\n".join(texts)), self.contracts, "USD")

    def basis(self, *texts: str, **more: Any) -> Basis:
        """What a plan of these manifests depends on."""
        desired, wrong = self.read(*texts)
        assert wrong == []
        ledger = Ledger.read(self.store, self.world, {"advertiser_id": ADVERTISER}, None)
        found = read_all(self.reader, self.contracts.kinds)
        return with_edges(Basis(
            self.contracts, ADVERTISER, "USD", NOON, desired, dict(ledger.lock.resources),
            {kind: one.objects for kind, one in found.items()}, {kind: one.by_name for kind, one in found.items()},
            **more,
        ))  # fmt: skip

    @property
    def reader(self) -> Reader:
        """What reads the account."""
        return Reader(client(FakeTransport(self.account), self.world), self.contracts, ADVERTISER, 2)

    def plan(self, *texts: str, targets: tuple[str, ...] = (), **more: Any) -> tuple[Plan, list[Action]]:
        """The plan of these manifests, and its actions."""
        basis = self.basis(*texts, **more)
        draft = decide.decide(basis)
        removals.decide(basis, draft)
        made = plan(*draft.changes, entries=draft.entries)
        made = narrow(made, basis.desired, basis.entries, targets, ())
        return made, compile_plan(made, basis, "2026-05-28T12:00:00Z")

    def apply(self, *texts: str, **more: Any) -> dict[str, str]:
        """Carry the plan out; address → how its row ended."""
        made, actions = self.plan(*texts, **more)
        self.account.writes.clear()
        reader = self.reader
        ledger = Ledger.read(self.store, self.world, {"advertiser_id": ADVERTISER}, "apply")
        run = Run(self.world, reader.client, reader, self.contracts, ledger, 0.0, lambda: False, lambda text: None)
        sender, outcomes = Sender(run), Outcomes()
        outcomes.begin(made, {})
        uploads = Uploads(run, sender, Keeping(SystemFiles(), Path("nowhere"), "artifacts", None, print), {})
        listings = read_all(reader, self.contracts.kinds)
        executor = Executor(run, sender, uploads, outcomes, listings, lambda *_: None, lambda live: None)
        executor.begin(actions)
        executor.carry_out(actions, made.entries)
        executor.finish()
        return {str(address): one.outcome for address, one in outcomes.ended.items()}

    def entry(self, address: str) -> Any:
        """What the lockfile says."""
        ledger = Ledger.read(self.store, self.world, {"advertiser_id": ADVERTISER}, None)
        return ledger.lock.resources[at(address)]

    def paths(self) -> list[str]:
        """The writes of the last apply, in order."""
        return [path for path, _ in self.account.writes]


@pytest.fixture
def scene() -> Iterator[Scene]:
    """An empty account, with the kinds registered."""
    with added() as contracts:
        yield Scene(contracts)


@pytest.fixture
def settled(scene: Scene) -> Scene:
    """All of it is made."""
    assert set(scene.apply(*ALL).values()) == {"done"}
    return scene


def without(*gone: str) -> list[str]:
    """The manifests but these."""
    return [one for one in ALL if one not in gone]


def test_a_kind_stands_behind_what_it_refers_to(scene: Scene) -> None:
    """Wherever its row stands: it is made later, shown later, and what refers to it is lowered before it."""
    order = list(KINDS)
    assert order[-3:] == ["pixel", "catalog", "squad"]
    assert KINDS["pixel"].stage < KINDS["catalog"].stage < KINDS["squad"].stage
    assert KINDS["campaign"].descent < KINDS["squad"].descent < KINDS["catalog"].descent < KINDS["pixel"].descent
    assert [KINDS[one].descent for one in ("campaign", "adgroup", "ad")] == [0, 1, 2]


def test_the_kinds_are_gone_afterwards() -> None:
    """A row is all a kind needs, and all that is left to take away."""
    before = dict(KINDS)
    with added():
        assert set(KINDS) - set(before) == {"pixel", "catalog", "squad"}
    assert before == KINDS


def test_every_reference_of_a_manifest_is_found(scene: Scene) -> None:
    """Field → address, those inside another field too; the one that nests is the parent."""
    found, wrong = scene.read(*ALL)
    squad = found[at("squad/s")]
    assert wrong == []
    assert {name: str(one) for name, one in squad.refs.items()} == {
        "campaign": "campaign/spring", "pixel": "pixel/main", "catalog": "catalog/shop", "tracking.pixel": "pixel/side",
    }  # fmt: skip
    assert squad.parent == at("campaign/spring")
    assert not squad.fields.keys() & {"campaign", "pixel", "catalog"}


@pytest.mark.parametrize(
    ("written", "path"),
    [("pixel: main", "spec.pixel"), ("catalog: shop", "spec.catalog"), ("pixel: side", "spec.tracking.pixel"),
     ("campaign: spring", "spec.campaign")],
)  # fmt: skip
def test_what_is_missing_is_said_at_its_place(scene: Scene, written: str, path: str) -> None:
    """R302 with the nearest name, for each reference alike."""
    _, wrong = scene.read(SQUAD.replace(f"{written}", f"{written}x"), *without(SQUAD))
    (one,) = wrong
    assert (one.code, ".".join(map(str, one.path))) == ("R302", path)
    assert one.hint == f"did you mean `{written.split()[1]}`?"


def test_a_reference_may_be_left_to_others(scene: Scene) -> None:
    """It is sent at creation and never compared, like any field; the parent is none."""
    found, wrong = scene.read(SQUAD + "lifecycle: {ignore: [pixel]}\n", *without(SQUAD))
    assert wrong == []
    assert found[at("squad/s")].lifecycle.ignore == {"pixel"}
    _, wrong = scene.read(SQUAD + "lifecycle: {ignore: [campaign]}\n", *without(SQUAD))
    assert [one.code for one in wrong] == ["R201"]


def test_what_is_named_is_made_first_and_its_id_filled_in(scene: Scene) -> None:
    """A place holder until it exists, in the action; its id, in the call."""
    _, actions = scene.plan(*ALL)
    assert [one.removeprefix("create ") for one in told(actions)] == [
        "campaign/spring", "pixel/main", "pixel/side", "catalog/shop", "squad/s",
    ]  # fmt: skip
    squad = actions[-1]
    assert squad.call is not None
    assert squad.call.body["pixel_id"] == Ref(at("pixel/main"))
    assert squad.call.body["tracking"] == {"pixel": Ref(at("pixel/side")), "window": "WEEK"}
    assert set(squad.after) == {at(one) for one in ("campaign/spring", "pixel/main", "catalog/shop", "pixel/side")}
    assert not any(isinstance(value, Asset) for value in squad.call.body.values())
    assert set(scene.apply(*ALL).values()) == {"done"}
    ids = {name: scene.account.of("pixel", name)["pixel_id"] for name in ("main", "side")}
    made = scene.account.of("squad", "s")
    assert (made["pixel_id"], made["tracking"]) == (ids["main"], {"pixel": ids["side"], "window": "WEEK"})
    assert made["catalog_id"] == scene.account.of("catalog", "shop")["catalog_id"]
    assert scene.entry("squad/s").applied["pixel"] == ids["main"]


def test_nothing_is_left_to_do_once_it_is_there(settled: Scene) -> None:
    """What the account shows is the id of what the manifest names."""
    assert settled.plan(*ALL) == (plan(), [])


def test_another_name_is_another_id(settled: Scene) -> None:
    """An edit of a reference is an update of one field, or blocked where the field is fixed."""
    made, actions = settled.plan(SQUAD.replace("pixel: main", "pixel: side"), *without(SQUAD))
    ids = {name: settled.account.of("pixel", name)["pixel_id"] for name in ("main", "side")}
    assert [(one.path, one.old, one.new) for one in made.changes[0].fields] == [("pixel", ids["main"], ids["side"])]
    assert actions[0].after == ()
    fixed, none = settled.plan(
        SQUAD.replace("catalog: shop", "catalog: two"), CATALOG.replace("shop", "two"), *without(SQUAD)
    )
    assert [(one.op, str(one.address)) for one in fixed.changes] == [("create", "catalog/two"), ("blocked", "squad/s")]
    assert told(none) == ["create catalog/two"]


def test_a_target_takes_what_it_refers_to(scene: Scene) -> None:
    """What is not there yet comes along, through every edge; what is there does not."""
    made, _ = scene.plan(*ALL, targets=("catalog/shop",))
    assert [str(one.address) for one in made.changes] == ["pixel/main", "catalog/shop"]
    made, _ = scene.plan(*ALL, targets=("squad/s",))
    assert len(made.changes) == len(ALL)
    scene.apply(MAIN)
    made, _ = scene.plan(*ALL, targets=("catalog/shop",))
    assert [str(one.address) for one in made.changes] == ["catalog/shop"]


def test_what_depends_on_something_blocked_is_skipped(scene: Scene) -> None:
    """Along every edge, and nothing else is."""
    scene.account.put("pixel", "main")
    ended = scene.apply(*ALL)
    assert ended == {
        "campaign/spring": "done", "pixel/main": "skipped", "pixel/side": "done", "catalog/shop": "skipped",
        "squad/s": "skipped",
    }  # fmt: skip
    assert scene.paths() == ["campaign/create", "pixel/create"]


def test_what_depends_on_something_refused_is_skipped(scene: Scene) -> None:
    """The catalog is refused while the run goes: the squad is not sent."""
    scene.account.refused.add("catalog/create")
    ended = scene.apply(*ALL)
    assert (ended["catalog/shop"], ended["squad/s"], ended["pixel/side"]) == ("failed", "skipped", "done")
    assert "squad/create" not in scene.paths()


def test_what_is_replaced_is_named_by_its_new_id(settled: Scene) -> None:
    """The successor first, then those that name it, and only then is the old one paused."""
    old = settled.account.of("pixel", "side")["pixel_id"]
    texts = [SIDE.replace("B", "C"), SQUAD.replace("tracking:", "budget: 20, tracking:"), *without(SIDE, SQUAD)]
    assert set(settled.apply(*texts, replace=frozenset({at("pixel/side")})).values()) == {"done"}
    assert settled.paths() == ["pixel/update", "pixel/create", "squad/update", "pixel/status/update"]
    fresh = settled.account.of("pixel", "side")["pixel_id"]
    assert fresh != old
    assert settled.account.of("squad", "s")["tracking"] == {"pixel": fresh, "window": "WEEK"}
    assert settled.entry("squad/s").applied["tracking"] == {"pixel": fresh, "window": "WEEK"}
    assert settled.account.writes[-1][1]["pixel_ids"] == [old]
    assert settled.plan(*texts) == (plan(), [])


def test_what_lowers_and_names_a_successor_waits_for_it(settled: Scene) -> None:
    """A lower budget goes out before anything else, but never with the id of what is being replaced."""
    squad = SQUAD.replace("tracking:", "budget: 20, tracking:")
    settled.apply(squad, *without(SQUAD))
    lower = squad.replace("budget: 20", "budget: 10")
    texts = [lower, SIDE.replace("B", "C"), *without(SQUAD, SIDE)]
    settled.apply(*texts, replace=frozenset({at("pixel/side")}))
    fresh = settled.account.of("pixel", "side")["pixel_id"]
    assert settled.paths() == ["pixel/update", "pixel/create", "squad/update", "pixel/status/update"]
    assert settled.account.of("squad", "s")["tracking"]["pixel"] == fresh


def test_what_is_still_named_is_not_paused(settled: Scene) -> None:
    """A squad's catalog is fixed: its row is blocked, and the old catalog goes on until the squad has another one."""
    old = settled.account.of("catalog", "shop")["catalog_id"]
    ended = settled.apply(*ALL, replace=frozenset({at("catalog/shop")}))
    assert ended == {"catalog/shop": "skipped", "squad/s": "skipped"}
    assert settled.paths() == ["catalog/update", "catalog/create"]
    assert settled.account.of("squad", "s")["catalog_id"] == old


def test_what_is_refused_keeps_the_old_one_going(settled: Scene) -> None:
    """The squad's update fails: it still names the old pixel, which is not paused."""
    settled.account.refused.add("squad/update")
    texts = [SIDE.replace("B", "C"), *without(SIDE)]
    ended = settled.apply(*texts, replace=frozenset({at("pixel/side")}))
    assert ended == {"pixel/side": "skipped", "squad/s": "failed"}
    assert settled.paths() == ["pixel/update", "pixel/create", "squad/update"]


def test_what_is_removed_goes_before_what_it_names(settled: Scene) -> None:
    """Paused: the campaign, the squad, the catalog, the pixels; deleted: what names, then what is named."""
    for kind in ("campaign", "squad", "catalog", "pixel"):
        for one in settled.account.rows[kind]:
            one["operation_status"] = "ENABLE"
    made, actions = settled.plan()
    assert {one.op for one in made.changes} == {"disable"}
    assert [one.split("/")[0] for one in told(actions)] == [
        "disable campaign", "disable squad", "disable catalog", "disable pixel", "disable pixel",
    ]  # fmt: skip
    rows = [str(one.address) for one in made.changes]
    assert rows == ["squad/s", "catalog/shop", "pixel/side", "pixel/main", "campaign/spring"]


@pytest.mark.parametrize("field", ["pixel: main", "pixel: side"])
def test_what_is_let_go_is_paused_afterwards(settled: Scene, field: str) -> None:
    """A pixel that nothing names from now on runs until what named it names another one, and on if that fails."""
    gone = MAIN if field.endswith("main") else SIDE
    for one in settled.account.rows["pixel"]:
        one["operation_status"] = "ENABLE"
    third = SIDE.replace("side", "third")
    texts = [one.replace(field, "pixel: third") for one in without(gone)] + [third]
    ended = settled.apply(*texts)
    assert set(ended.values()) == {"done"}
    assert settled.paths()[0] == "pixel/create"
    assert settled.paths()[-1] == "pixel/status/update"
    assert "squad/update" in settled.paths()
    assert settled.plan(*texts) == (plan(), [])


def test_what_could_not_be_let_go_runs_on(settled: Scene) -> None:
    """The squad still names the pixel whose manifest is gone: it is not paused."""
    for one in settled.account.rows["pixel"]:
        one["operation_status"] = "ENABLE"
    settled.account.refused.add("squad/update")
    texts = [one.replace("pixel: side", "pixel: main") for one in without(SIDE)]
    assert settled.apply(*texts) == {"squad/s": "failed", "pixel/side": "skipped"}
    assert settled.paths() == ["squad/update"]


def test_a_kind_without_a_parent_needs_no_other(scene: Scene) -> None:
    """A pixel is an object of its own."""
    assert told(scene.plan(MAIN)[1]) == ["create pixel/main"]
