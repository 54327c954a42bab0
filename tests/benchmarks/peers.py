"""G1, G3: the CPU of a plan in turn with what others take for a tree of the same shape.

Terraform plans `terraform_data` resources with the fields of ours, without a network; its state is written as it writes
it. octoDNS compares two folders of zones, a hundred A records each, by `octodns-sync` without `--doit`. Neither is a
dependency of anything here: what is neither on the PATH nor named is left out, and the report says so.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import tree
from tests.benchmarks.measure import Cost, Server, environment, middle, ratios, run, spread
from tests.benchmarks.plans import prepared

MOST = 20_000
"""Resources: Terraform takes 10 ms for each."""
MANY = 10_000
ZONE = 100
CHANGES = 2
"""How `terraform plan -detailed-exitcode` ends where something is to be changed."""


@dataclass(frozen=True, slots=True)
class Peer:
    """`goals`: size → what our CPU may be of its. `program`: None where it is not there."""

    goal: str
    name: str
    option: str
    goals: Mapping[int, float]
    program: str | None
    memory: float | None = None
    """What our memory may be of its."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Plans of so many resources, in turn; without `theirs` the program is not there."""

    peer: Peer
    size: int
    ours: Sequence[Cost] = ()
    theirs: Sequence[Cost] = ()


def measure(
    sizes: Sequence[int], terraform: str | None, octodns: str | None, rounds: int, folder: Path
) -> Iterator[Compared]:
    """`terraform`, `octodns`: paths of the programs; None looks on the PATH."""
    core, zones = shutil.which(terraform or "terraform"), shutil.which(octodns or "octodns-sync")
    peers = (
        Peer("G1", "terraform plan", "terraform", {1000: 0.10, MANY: 0.03}, core, memory=0.08),
        Peer("G3", "octodns-sync", "octodns", {MANY: 0.20}, zones),
    )
    for peer in peers:
        for size in [one for one in sizes if one <= MOST]:
            if peer.program is None:
                yield Compared(peer, size)
            else:
                # It takes minutes: one round tells enough.
                often = 1 if peer.goal == "G1" and size >= MANY else rounds
                yield _measure(peer, peer.program, size, often, folder / f"{peer.option}{size}")


def _measure(peer: Peer, program: str, size: int, rounds: int, folder: Path) -> Compared:
    env = environment(folder.parent / "cache")
    theirs = folder / "theirs"
    theirs.mkdir(parents=True)
    if peer.goal == "G1":
        _resources(size, theirs)
        command, code = [program, "plan", "-input=false", "-no-color", "-detailed-exitcode"], CHANGES
    else:
        _zones(size, theirs)
        command, code = [program, "--config-file", str(theirs / "config.yaml")], 0
    # Its own modules, and no word with its maker.
    apart = {**env, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
    del apart["PYTHONPATH"]
    if peer.goal == "G1":
        run([program, "init", "-input=false", "-no-color"], apart, theirs)
    with Server(env, folder) as server:
        plan = prepared(size, folder / "ours", server)
        run(plan, env, folder)
        pairs = [(run(plan, env, folder), run(command, apart, theirs, expect=code)) for _ in range(rounds)]
    return Compared(peer, size, [ours for ours, _ in pairs], [others for _, others in pairs])


def _fields(node: tree.Node, *, changed: bool) -> dict[str, str]:
    """All that our manifest says of a resource, its labels apart."""
    return {"kind": node.kind, "key": node.name, "parent": node.parent or "", **tree.fields(node, changed=changed)}


def _labels(node: tree.Node) -> dict[str, str]:
    return {"team": f"t{node.number % 20}", "tier": "gold", "season": "spring", "market": f"m{node.number % 3}",
            "owner": f"person-{node.number % 7}"}  # fmt: skip


def _resources(size: int, folder: Path) -> None:
    """One resource each, and the state that an apply before the changes would have left."""
    declared, known = [], []
    for node in tree.nodes(size):
        fields = {**_fields(node, changed=True), "labels": _labels(node)}
        # An object in JSON is one in HCL.
        declared.append(f'resource "terraform_data" "{node.name}" {{\n  input = {json.dumps(fields, indent=2)}\n}}\n')
        known.append(_instance(node))
    (folder / "main.tf").write_text("\n".join(declared), encoding="utf-8")
    state = {"version": 4, "terraform_version": "1.0.0", "serial": size + 1, "lineage": str(uuid.uuid4()),
             "outputs": {}, "resources": known, "check_results": None}  # fmt: skip
    (folder / "terraform.tfstate").write_text(json.dumps(state, indent=2), encoding="utf-8")


def _instance(node: tree.Node) -> dict[str, Any]:
    fields, labels = _fields(node, changed=False), _labels(node)
    shape = {**dict.fromkeys(fields, "string"), "labels": ["object", dict.fromkeys(labels, "string")]}
    value = {"value": {**fields, "labels": labels}, "type": ["object", shape]}
    attributes = {"id": str(uuid.uuid4()), "input": value, "output": value, "triggers_replace": None}
    return {
        "mode": "managed",
        "type": "terraform_data",
        "name": node.name,
        "provider": 'provider["terraform.io/builtin/terraform"]',
        "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}],
    }


def _zones(size: int, folder: Path) -> None:
    """Two folders, of which the first has 1 % of the records otherwise."""
    names = [f"z{number}.example.com." for number in range(-(-size // ZONE))]
    for side in ("source", "target"):
        (folder / side).mkdir()
        for at, name in enumerate(names):
            numbers = range(at * ZONE, min(size, (at + 1) * ZONE))
            text = "".join(_record(number, changed=side == "source" and number % 100 == 8) for number in numbers)
            (folder / side / f"{name}yaml").write_text(f"---\n{text}", encoding="utf-8")
    providers = {
        side: {"class": "octodns.provider.yaml.YamlProvider", "directory": str(folder / side)}
        for side in ("source", "target")
    }
    zones = {name: {"sources": ["source"], "targets": ["target"]} for name in names}
    # JSON is YAML.
    (folder / "config.yaml").write_text(json.dumps({"providers": providers, "zones": zones}), encoding="utf-8")


def _record(number: int, *, changed: bool) -> str:
    """Names in the order that octoDNS wants."""
    value = f"10.{1 if changed else 0}.{number // 250 % 250}.{number % 250}"
    return f"r{number:06d}:\n  ttl: {300 + number % 7}\n  type: A\n  value: {value}\n"


def report(found: Iterable[Compared]) -> Iterator[str]:
    """Rows of the table of goals, each as soon as it is known."""
    for one in found:
        peer, goal = one.peer, one.peer.goals.get(one.size)
        what = f"{peer.goal} plan CPU / {peer.name} CPU, {one.size} resources"
        if not one.theirs:
            yield f"{what}: not measured, there is no {peer.name.split()[0]}: name it with --{peer.option} PATH"
            continue
        cpu, theirs = ([cost.cpu for cost in costs] for costs in (one.ours, one.theirs))
        aim = f"goal ≤ {goal:.2f}" if goal else "no goal"
        yield f"{what}: {spread(ratios(cpu, theirs), 3)}, {aim} ({spread(cpu)} s / {spread(theirs, 1)} s)"
        if peer.memory and one.size >= MANY:
            less = [ours.rss / others.rss for ours, others in zip(one.ours, one.theirs, strict=True)]
            yield f"G8 memory of it / {peer.name}: {middle(less):.3f}, goal ≤ {peer.memory}"
