"""A kind, a field or a contract that is added somewhere is added everywhere; a failing test names who forgot what.

Kinds × contracts × simulator × examples. What an example must cover: each kind and each contract stand in examples/;
each field stands there too, or in the tables that tests/stories/marketing/test_fields.py tries over HTTP
(samples.py), or, where no contract has a row for its kind, in the stories of tests/stories/refresh; names of the
account in the stories of names.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.contracts.binding import Binding
from reconciler.contracts.fields import WireField
from reconciler.contracts.registry import CONTRACTS
from reconciler.kinds.registry import BY_TITLE, KINDS
from reconciler.kinds.schema import descriptions
from reconciler.simulator.contracts import CONTRACTS as SIMULATED
from reconciler.simulator.rules import Field
from reconciler.simulator.smart_plus.lists import NAMES
from tests.stories.account import ADVERTISER, Account
from tests.stories.marketing.trials import TABLES
from tests.stories.smart_plus.samples import SMART_PLUS
from tests.stories.workspace import TOKEN

ROOT = Path(__file__).resolve().parents[1]
PAIRS = [(contract, kind) for contract, told in CONTRACTS.items() for kind in told.bindings]
SHOWN_ONLY_WITH = {"budget_optimize_on": True}
"""What a listing shows only of an object that has it."""
BESIDE = {"extra"}
"""What every spec has and no contract a row for."""


def binding(contract: str, kind: str) -> Binding:
    """One kind in one contract."""
    return CONTRACTS[contract].bindings[kind]


def wire(row: WireField, told: Binding, contract: str) -> str:
    """The name of a field on the wire; of one inside an object that object's."""
    if row.name == "status":
        return CONTRACTS[contract].status_field
    sample: object = (
        [{"video_id": "v1"}] if row.keyed else ["1"] if row.merged else {} if row.name == row.inside else "1"
    )
    (name,) = told.encode({row.name: sample})
    return name


SAID_OF_OTHERS = {"identity_authorized_bc_id", "aigc_disclosure_type", "on_new_generation"}
"""What a Smart+ ad says of its creatives: it is sent inside them."""


def rows_of(contract: str, kind: str) -> list[WireField]:
    """The rows of what a call or a listing has by itself."""
    said = SAID_OF_OTHERS if any(one.keyed for one in binding(contract, kind).rows) else set()
    return [one for one in binding(contract, kind).rows if one.name not in said]


@pytest.mark.parametrize("kind", [one for one in KINDS if any(one in told.bindings for told in CONTRACTS.values())])
def test_every_field_has_a_row(kind: str) -> None:
    """A field of an object of the account that no contract sends could only be ignored."""
    rows = {row.name for told in CONTRACTS.values() if kind in told.bindings for row in told.bindings[kind].rows}
    named = {path[0]: mark.instead for path, mark in KINDS[kind].named.items() if mark.instead and len(path) == 1}
    assert [one for instead in named.values() for one in instead if one not in rows] == []
    fields = KINDS[kind].types.keys() - BESIDE - {KINDS[kind].parent_field} - named.keys()
    forgotten = sorted(fields - rows)
    assert forgotten == [], f"no rows.py of reconciler/contracts has a row for these fields of kinds/{kind}.py"


@pytest.mark.parametrize(("contract", "kind"), PAIRS)
def test_every_row_has_a_field(contract: str, kind: str) -> None:
    """What a spec may set is a field of the kind, once; what the kind says of its type is not said again."""
    rows, types = binding(contract, kind).rows, KINDS[kind].types
    names = [row.name for row in rows]
    where = f"reconciler/contracts/{contract}/rows.py, {kind}"
    assert len(set(names)) == len(names), f"{where}: a field has two rows"
    strangers = [row.name for row in rows if row.ours and row.name not in types]
    assert strangers == [], f"{where}: kinds/{kind}.py does not have these"
    ours = [row for row in rows if row.ours]
    repeated = [row.name for row in ours if row.many or row.unordered or row.shape == types[row.name].shape]
    assert repeated == [], f"{where}: kinds/{kind}.py says this of their types already"


@pytest.mark.parametrize(("contract", "kind"), PAIRS)
def test_every_row_keeps_its_word(contract: str, kind: str) -> None:
    """What is required can be set; what is carried or patched can be changed; what is fixed has one value."""
    where = f"reconciler/contracts/{contract}/rows.py, {kind}"
    rows = binding(contract, kind).rows
    assert [one.name for one in rows if one.required and not one.ours] == [], f"{where}: required, and not ours"
    odd = [one.name for one in rows if (one.carried or one.patched) and one.changing == "fixed"]
    assert odd == [], f"{where}: sent by updates, and fixed"
    names = {one.name for one in rows}
    lost = [one.name for one in rows if one.along_with and one.along_with[0] not in names]
    assert lost == [], f"{where}: they go along with what has no row"


def taken(contract: str, kind: str, path: str | None) -> set[str]:
    """The body fields of a call of the simulator; those of each creative, where there are some."""
    fields = {one.name: one for one in SIMULATED[contract].routes()[path or ""]["POST"].fields}
    nested: Field | None = fields.get(binding(contract, kind).nested or "")
    return {one.name for one in nested.fields} if nested else set(fields)


@pytest.mark.parametrize(("contract", "kind"), PAIRS)
def test_the_simulator_takes_every_field(contract: str, kind: str) -> None:
    """What a create may send, and what an update may, are fields of the simulator's calls."""
    told, where = binding(contract, kind), f"reconciler/simulator, contract {contract}, {kind}"
    status = {CONTRACTS[contract].status_field}
    rows = rows_of(contract, kind)
    sent = {wire(row, told, contract) for row in rows if row.ours} - (status if not told.born_paused else set())
    assert sorted(sent - taken(contract, kind, told.create_path)) == [], f"{where}: a create does not take these"
    if told.update_path:
        changed = {wire(row, told, contract) for row in rows if row.changing != "fixed"}
        changed -= status if told.status_path else set()
        assert sorted(changed - taken(contract, kind, told.update_path)) == [], (
            f"{where}: an update does not take these"
        )


@cache
def listed(contract: str, kind: str) -> dict[str, Any]:
    """A row of the simulator's listing, with nothing set but what is shown only then."""
    with Account(contract=contract, switches={"absent_fields": "null"}) as account:
        known = SIMULATED[contract].fields
        rows = {one: {name: value for name, value in SHOWN_ONLY_WITH.items() if name in known[one]} for one in known}
        made = account.load(
            campaigns=[{"campaign_name": "c", **rows["campaign"]}],
            adgroups=[{"adgroup_name": "g", "parent": 0, **rows["adgroup"]}],
            ads=[{"ad_name": "a", "parent": 0, **rows["ad"]}],
        )
        assert made
        url = f"{account.url}/open_api/v1.3/{binding(contract, kind).list_path}?advertiser_id={ADVERTISER}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(url, headers={"Access-Token": TOKEN}), timeout=20) as answer:
            (row,) = json.loads(answer.read())["data"]["list"]
    return dict(row)


@pytest.mark.parametrize(("contract", "kind"), PAIRS)
def test_the_simulator_lists_every_field(contract: str, kind: str) -> None:
    """As the row's `shown` says: never means never, and everything else is in a listing that shows nulls."""
    told, rows = binding(contract, kind), rows_of(contract, kind)
    # Smart+ shows no nulls: what its lists can show stands in the table of what `fields` takes.
    smart = told.list_path.startswith("smart_plus/")
    row = set(NAMES["smart_plus_ad" if kind == "ad" else kind]) if smart else set(listed(contract, kind))
    row |= {"deep_funnel_optimization_status"} & {one.name for one in rows if "deep_funnel_toggle" in row}
    where = f"contract {contract}, {kind}"
    names = {one.name: wire(one, told, contract) for one in rows}
    hidden = sorted(names[one.name] for one in rows if one.shown != "never" and names[one.name] not in row)
    assert hidden == [], f"{where}: rows.py says that lists show these, reconciler/simulator does not"
    open_secrets = sorted(names[one.name] for one in rows if one.shown == "never" and names[one.name] in row)
    assert open_secrets == [], f"{where}: rows.py says that no list shows these, reconciler/simulator does"


def documents(folder: Path) -> Iterator[dict[str, Any]]:
    """Every document of every YAML file below a folder."""
    for path in sorted(folder.rglob("*.yaml")):
        yield from (one for one in yaml.safe_load_all(path.read_text("utf-8")) if isinstance(one, dict))


EXAMPLES = list(documents(ROOT / "examples"))


@pytest.mark.parametrize("title", BY_TITLE)
def test_every_kind_stands_in_an_example(title: str) -> None:
    """Who looks for one finds it in examples/."""
    assert any(one.get("kind") == title for one in EXAMPLES), f"examples/ has no {title}"


@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_contract_stands_in_an_example(contract: str) -> None:
    """A workspace of each lies in examples/, and the simulator speaks it."""
    spoken = {one["api"]["contract"] for one in EXAMPLES if isinstance(one.get("api"), dict)}
    assert contract in spoken, f"examples/ has no workspace of contract {contract}"
    assert contract in SIMULATED, f"reconciler/simulator/contracts.py does not know {contract}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_used(kind: str) -> None:
    """In an example, in the table of fields that are tried, or in the stories of the kinds without rows."""
    used = {name for one in EXAMPLES if one.get("kind") == KINDS[kind].title for name in one["spec"]}
    used |= {name for table in (*TABLES.values(), SMART_PLUS) for name in table.get(kind, {})}
    used |= {name.partition(".")[0] for name in used}
    if not any(kind in told.bindings for told in CONTRACTS.values()):
        stories = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "tests/stories/refresh").glob("*.py")))
        used |= {name for name in KINDS[kind].types if re.search(rf"\b{name}\b\"?\s*[:=]", stories)}
    stories = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "tests/stories").glob("*/test_names.py")))
    used |= {path[-1] for path in KINDS[kind].named if re.search(rf"\b{path[-1]}\b\"?\s*[:=]", stories)}
    unused = sorted(KINDS[kind].types.keys() - BESIDE - used)
    assert unused == [], f"neither examples/ nor tests/stories/marketing/samples.py use these of kinds/{kind}.py"


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_says_what_it_is(kind: str) -> None:
    """Its docstring: what editors show, and the pages of the documentation."""
    spec = KINDS[kind].manifest.spec_model()
    silent = sorted(spec.model_fields.keys() - descriptions(spec).keys())
    assert silent == [], f"kinds/{kind}.py: no docstring under these"


def test_every_contract_lists_rows_of_the_kinds() -> None:
    """And a binding says which kind it is of."""
    assert [(contract, kind) for contract, kind in PAIRS if binding(contract, kind).kind != kind] == []
    assert [(contract, kind) for contract, kind in PAIRS if kind not in KINDS] == []
