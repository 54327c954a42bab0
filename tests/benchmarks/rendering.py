"""Uses of a module: reading and rendering them, in turn with reading what they stand for, written out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciler.contracts.registry import Contracts
from reconciler.manifest.document import Document
from reconciler.manifest.modules import Modules
from reconciler.manifest.rendered import rendered
from reconciler.manifest.shared import Shared
from reconciler.manifest.yaml import read
from reconciler.render.manifests import text
from tests.benchmarks.measure import environment, ratios, run, spread

_MODULE = Path(__file__).resolve().parents[2] / "examples" / "environments" / "modules" / "launch"
_USE = """\
kind: Use
name: u{number}
module: launch
inputs: {{country: "{number}", budget: {budget}.00, video: hero, landing: "https://example.com/{number}"}}
"""
_FILE = 500
"""Documents of a manifest file."""
_BEGIN = (
    "import gc, pathlib, sys, time\nfrom reconciler.contracts.registry import Contracts\n"
    "from reconciler.manifest.document import Document\nfrom reconciler.manifest.modules import Modules\n"
    "from reconciler.manifest.rendered import rendered\nfrom reconciler.manifest.shared import Shared\n"
    "from reconciler.manifest.yaml import read\nroot = pathlib.Path(sys.argv[1])\n"
    "files = [p.read_bytes() for p in sorted((root / sys.argv[2]).iterdir())]\ngc.disable()\n"
    "began = time.process_time()\nmade = [one for data in files for one in read('f', data)[0]]\n"
)
_RENDER = (
    "made, wrong = rendered(made, Shared(Document('f', 0, 1, {})), Contracts.of_workspace('marketing'),"
    " Modules(root, 'USD', None))\n"
)
_END = "print(time.process_time() - began, file=open(sys.argv[3], 'w'))\nassert len(made) == int(sys.argv[4])\n"


@dataclass(frozen=True, slots=True)
class RenderedUses:
    """CPU seconds of both ways."""

    uses: int
    documents: int
    short: Sequence[float]
    written: Sequence[float]


def measure(uses: int, rounds: int, folder: Path) -> RenderedUses:
    """`uses` uses of the module in examples/environments."""
    folder = folder / "uses"
    (folder / "launch").mkdir(parents=True)
    for path in _MODULE.iterdir():
        (folder / "launch" / path.name).write_bytes(path.read_bytes())
    short = [_USE.format(number=number, budget=10 + number % 90) for number in range(uses)]
    _write(folder / "short", short)
    documents = [one for part in short for one in read("f", part.encode())[0]]
    shared, modules = Shared(Document("f", 0, 1, {})), Modules(folder, "USD", None)
    made, wrong = rendered(documents, shared, Contracts.of_workspace("marketing"), modules)
    assert not wrong
    _write(folder / "written", [text([one]) for one in made])
    env, answer = environment(folder.parent / "cache"), folder / "seconds"
    times: dict[str, list[float]] = {"short": [], "written": []}
    for number in range(rounds + 1):
        for name, program in (("short", _BEGIN + _RENDER + _END), ("written", _BEGIN + _END)):
            run([sys.executable, "-c", program, str(folder), name, str(answer), str(len(made))], env, folder)
            if number:
                times[name].append(float(answer.read_text(encoding="utf-8")))
    return RenderedUses(uses, len(made), times["short"], times["written"])


def _write(folder: Path, documents: Sequence[str]) -> None:
    folder.mkdir()
    for start in range(0, len(documents), _FILE):
        name = folder / f"{start:06}.yaml"
        name.write_text("---\n".join(documents[start : start + _FILE]), encoding="utf-8")


def report(found: RenderedUses) -> list[str]:
    """A row of the table of goals."""
    return [
        f"reading and rendering {found.uses} uses / reading their {found.documents} documents written out "
        f"({spread(found.written)} s): {spread(ratios(found.short, found.written))}, goal ≤ 1.0"
    ]
