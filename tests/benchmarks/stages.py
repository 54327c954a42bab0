"""Reading a page of a listing and a lockfile, and G10, comparing: CPU beside the plainest way, in one process."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import tree
from tests.benchmarks.measure import environment, ratios, run, spread

ROWS, ENTRIES = 1000, 10_000
_BEGIN = """\
import gc, json, pathlib, sys, time
from reconciler.api.replies import read
from reconciler.api.transport import Reply
from reconciler.state.lockfile import parse
gc.disable()
data = pathlib.Path(sys.argv[1]).read_bytes()
best = []
for read_it in (lambda: {}, lambda: json.loads(data)):
    times = []
    for _ in range(7):
        began = time.process_time()
        read_it()
        times.append(time.process_time() - began)
    best.append(min(times))
print(*best, file=open(sys.argv[2], "w"))
"""


_COMPARE = """\
import gc, sys, time
from reconciler.plan.diff import changed_fields
from tests.benchmarks import tree
gc.disable()
nodes = list(tree.nodes(int(sys.argv[1])))
pairs = [(tree.fields(one), tree.fields(one, changed=True)) for one in nodes]
best = []
for each in (lambda: [changed_fields(*pair) for pair in pairs], lambda: [old != new for old, new in pairs]):
    times = []
    for _ in range(7):
        began = time.process_time()
        each()
        times.append(time.process_time() - began)
    best.append(min(times))
print(*best, file=open(sys.argv[2], "w"))
"""


@dataclass(frozen=True, slots=True)
class Read:
    """CPU seconds of our reader, and of `json.loads` in the same process, round by round."""

    what: str
    goal: str
    ours: Sequence[float]
    plain: Sequence[float]


def measure(rounds: int, folder: Path) -> list[Read]:
    """A page of the largest size, and the lockfile of the largest tree that is measured in full."""
    folder = folder / "stages"
    folder.mkdir()
    ids = {plural: [str(10**18 + number) for number in range(ENTRIES)] for plural in tree.LISTS.values()}
    tree.write_lockfile(ENTRIES, folder, ids)
    (folder / "page.json").write_bytes(_page())
    return [
        _measure(f"a reply of {ROWS} rows", "≤ 1.0 ms", "read(Reply(200, data))", folder / "page.json", rounds),
        _measure(f"a lockfile of {ENTRIES}", "–", "parse(data)", folder / "reconciler.lock", rounds),
    ]


def _page() -> bytes:
    rows = ",".join(
        f'{{"campaign_id":"{10**18 + number}","campaign_name":"campaign c{number} spring 2026","budget":{number}.50,'
        '"objective_type":"TRAFFIC","budget_mode":"BUDGET_MODE_DAY","operation_status":"DISABLE","advertiser_id":'
        f'"{tree.ADVERTISER}","create_time":"2026-01-01 00:00:00","modify_time":"2026-01-01 00:00:00","is_new":true}}'
        for number in range(ROWS)
    )
    return f'{{"code":0,"message":"OK","request_id":"2","data":{{"list":[{rows}],"page_info":{{"page":1}}}}}}'.encode()


def _measure(what: str, goal: str, reader: str, file: Path, rounds: int) -> Read:
    env, answer = environment(file.parent.parent / "cache"), file.with_suffix(".seconds")
    ours, plain = [], []
    for number in range(rounds + 1):
        run([sys.executable, "-c", _BEGIN.format(reader), str(file), str(answer)], env, file.parent)
        if number:
            one, other = map(float, answer.read_text(encoding="utf-8").split())
            ours.append(one)
            plain.append(other)
    return Read(what, goal, ours, plain)


def compare(rounds: int, folder: Path) -> list[float]:
    """Ratios: naming the fields that differ / asking whether any does, of all pairs."""
    env, answer = environment(folder / "cache"), folder / "compared"
    found = []
    for _ in range(rounds):
        run([sys.executable, "-c", _COMPARE, str(ENTRIES), str(answer)], env, folder)
        ours, plain = map(float, answer.read_text(encoding="utf-8").split())
        found.append(ours / plain)
    return found


def report(found: Sequence[Read], compared: Sequence[float]) -> list[str]:
    """Rows of the table of goals."""
    told = f"G10 which fields differ / whether any does, {ENTRIES} pairs: {spread(compared)}, goal ≤ 3"
    return [told] + [
        f"reading {one.what}: {spread([1000 * value for value in one.ours])} ms, goal {one.goal}; / json.loads without "
        f"a check: {spread(ratios(one.ours, one.plain))}"
        for one in found
    ]
