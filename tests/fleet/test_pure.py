"""What an account comes to depends on what its files say alone: not on their order, nor on other accounts."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.fleet.load import open_fleet
from reconciler.render import manifests
from reconciler.workflow.load import load_documents

FLEET = """\
version: 1
app: {{name: agency}}
api: {{contract: marketing}}
accounts: [{entries}]
groups: [{{token: {{env: X}}}}]
vars: {{brand: Brand}}
defaults: {{Campaign: {{objective_type: TRAFFIC}}}}
"""
MODULE = "inputs:\n  budget: {type: money, max: 500.00}\n  label: {type: text, default: plain}\n"
CAMPAIGN = (
    "kind: Campaign\nname: {name}\n"
    'spec: {{budget_mode: BUDGET_MODE_DAY, budget: "${{budget}}", campaign_name: "Brand ${{label}}"}}\n'
)
HEAD = "name,advertiser_id,currency,uses,inputs.budget,labels.market"

MODULES = st.dictionaries(
    st.sampled_from(["launch", "always", "late"]),
    st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=4, unique=True),
    min_size=1,
)


class Declared(NamedTuple):
    """An account: the modules it uses, its budget, whether its last word is a patch, and whether it is a row."""

    uses: tuple[str, ...]
    budget: int
    patched: bool
    row: bool
    own: bool


@st.composite
def fleets(draw: st.DrawFn) -> tuple[dict[str, list[str]], dict[str, Declared]]:
    """(documents by module, accounts by name)."""
    modules = draw(MODULES)
    found = {}
    for number in range(draw(st.integers(1, 5))):
        uses = tuple(draw(st.lists(st.sampled_from(sorted(modules)), min_size=1, max_size=3, unique=True)))
        row = draw(st.booleans())
        more = (draw(st.booleans()) and not row, row, draw(st.booleans()))
        found[f"a{number}"] = Declared(uses[:1] if row else uses, draw(st.integers(20, 500)), *more)
    return modules, found


def files_of(modules: Mapping[str, Sequence[str]], accounts: Mapping[str, Declared]) -> dict[str, str]:
    """Text by path; the rows of the table are left out."""
    found = {f"modules/{name}/module.yaml": MODULE for name in modules}
    for name, documents in modules.items():
        found |= {f"modules/{name}/{one}.yaml": CAMPAIGN.format(name=one) for one in documents}
    for number, (name, one) in enumerate(accounts.items()):
        if one.own:
            campaign = "kind: Campaign\nname: own\nspec: {budget_mode: BUDGET_MODE_DAY, budget: 30.00}\n"
            found[f"accounts/{name}/manifests/own.yaml"] = campaign
        if not one.row:
            inputs = f'{{budget: {one.budget}.00, label: "${{var.brand}}"}}'
            uses = "".join(f"- {{module: {use}, name: {use}, inputs: {inputs}}}\n" for use in one.uses)
            first = f"{one.uses[0]}-{modules[one.uses[0]][0]}"
            patch = f"patch: [{{address: campaign/{first}, spec: {{budget: 499.00}}}}]\n" if one.patched else ""
            head = f'version: 1\nname: {name}\naccount: {{advertiser_id: "{7000 + number}", currency: USD}}\n'
            found[f"accounts/{name}.yaml"] = f"{head}uses:\n{uses}{patch}"
    return found


def rows_of(accounts: Mapping[str, Declared]) -> list[str]:
    """Those that stand in the table."""
    return [
        f"{name},{7000 + number},USD,{one.uses[0]},{one.budget}.00,us"
        for number, (name, one) in enumerate(accounts.items())
        if one.row
    ]


def documents(files: Sequence[tuple[str, str]], rows: Sequence[str], entries: Sequence[str], back: bool) -> Any:
    """By account what it comes to. `back`: the last account is rendered first."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for path, text in (*files, ("more.csv", "\n".join([HEAD, *rows]) + "\n"), ("accounts/.keep", "")):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, "utf-8")
        (root / "fleet.yaml").write_text(FLEET.format(entries=", ".join(entries)), "utf-8")
        fleet = open_fleet(root, None, None)
        found: dict[str, Any] = {}
        for one in reversed(fleet.accounts) if back else fleet.accounts:
            loaded = load_documents(fleet.workspace(one), None)
            assert not loaded.findings, loaded.findings
            found[one.name] = manifests.document(loaded.documents)["documents"]
            for document in found[one.name]:
                used = document["source"].get("use")
                if used and used["file"].endswith(".csv"):
                    # A row's line is its place in the table, and says nothing of what it comes to.
                    del used["line"]
        return found


@settings(max_examples=25, deadline=None)
@given(fleets(), st.randoms(use_true_random=False))
def test_rendering_is_pure(declared: Any, shuffled: Any) -> None:
    """Files made in any order, rows and entries in any order, accounts rendered in any order: the same documents."""
    modules, accounts = declared
    files, rows = list(files_of(modules, accounts).items()), rows_of(accounts)
    first = documents(files, rows, ["accounts", "more.csv"], back=False)
    assert sorted(first) == sorted(accounts)
    shuffled.shuffle(files)
    shuffled.shuffle(rows)
    assert documents(files, rows, ["more.csv", "accounts"], back=True) == first


@settings(max_examples=10, deadline=None)
@given(fleets())
def test_an_account_is_what_its_own_files_say(declared: Any) -> None:
    """Without the other accounts, and the modules that it does not use, it comes to the same."""
    modules, accounts = declared
    whole = documents(
        list(files_of(modules, accounts).items()), rows_of(accounts), ["accounts", "more.csv"], back=False
    )
    for name, one in accounts.items():
        mine = {use: modules[use] for use in one.uses}
        alone = documents(
            list(files_of(mine, {name: one}).items()), rows_of({name: one}), ["accounts", "more.csv"], back=False
        )
        assert alone[name] == whole[name]
