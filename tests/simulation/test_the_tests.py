"""The simulation is tested: every deliberate breakage is caught, and the product is driven nearly whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from tests.rotation import rotating
from tests.simulation.ads_mutants import ADS_MUTANTS
from tests.simulation.batch_mutants import BATCH_MUTANTS
from tests.simulation.flight_mutants import FLIGHT_MUTANTS
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.smart_mutants import SMART_MUTANTS
from tests.simulation.smart_story import play

MOST_SEEDS = 300
"""Within these every mutant is caught."""

QUARTERS = 4
"""A run of the tests looks for every fourth mutant, the proof for all."""
DRIVEN = (
    "plan/actions", "plan/updates", "plan/batches", "apply/fresh", "apply/flight", "apply/send", "apply/executor",
    "apply/items", "apply/uploads", "apply/readback", "apply/variants", "state/variants", "apply/reply",
    "apply/settle", "apply/waiting", "apply/outcomes", "state/fold", "state/journal", "state/ledger",
    "workflow/advance",
)  # fmt: skip
COVERED_BY = (("--seeds", "1050"), ("--points", "--every", "12"))
ROOT = Path(__file__).parents[2]


ALL = (*MUTANTS, *ADS_MUTANTS, *SMART_MUTANTS, *BATCH_MUTANTS, *FLIGHT_MUTANTS)


@pytest.mark.parametrize("mutant", rotating(ALL, QUARTERS))
def test_a_mutant_is_caught(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product with this breakage breaks an invariant that is about it, within a bounded number of seeds."""
    mutant.put(monkeypatch)
    found: set[str] = set()
    for seed in mutant.seeds(MOST_SEEDS):
        found |= {one.name for one in play(seed).broken[:1]}
        if found & set(mutant.by.split()):
            return
    pytest.fail(f"not caught in {MOST_SEEDS} seeds; broken were {sorted(found) or 'none'}, not {mutant.by}")


def test_there_are_enough_mutants() -> None:
    """At least the dozen that the design asks for, each with a name of its own and a sentence."""
    assert len({one.name for one in ALL}) == len(ALL) >= 24
    assert all(one.put.__doc__ for one in ALL)


@pytest.mark.proof
def test_the_product_is_driven(tmp_path: Path) -> None:
    """Some seeds and crash points alone take 88 of 100 branches of what orders, sends, records and settles."""
    settings = tmp_path / "coverage.ini"
    driven = ", ".join(f"*/reconciler/{one}.py" for one in DRIVEN)
    settings.write_text(f"[run]\nbranch = true\nparallel = true\ndata_file = {tmp_path}/found\ninclude = {driven}\n")
    rc = f"--rcfile={settings}"
    cover = [sys.executable, "-m", "coverage"]
    begun = [
        subprocess.Popen([*cover, "run", rc, "-m", "tests.simulation", "--jobs", "1", *given], cwd=ROOT, stdout=PIPE)
        for given in COVERED_BY
    ]
    told = [one.communicate() for one in begun]
    assert [one.returncode for one in begun] == [0, 0], told
    subprocess.run([*cover, "combine", "-q", rc], cwd=ROOT, check=True, capture_output=True)
    report = tmp_path / "report.json"
    subprocess.run([*cover, "json", "-q", rc, "-o", str(report)], cwd=ROOT, check=True, capture_output=True)
    files = json.loads(report.read_text())["files"]
    sums = {one: files[f"reconciler/{one}.py"]["summary"] for one in DRIVEN}
    taken = sum(one["covered_branches"] for one in sums.values())
    branches = sum(one["num_branches"] for one in sums.values())
    each = {name: f"{one['covered_branches']}/{one['num_branches']}" for name, one in sums.items()}
    assert taken >= 0.88 * branches, f"{taken} of {branches} branches: {each}"
    print(f"{taken} of {branches} branches: {each}")
