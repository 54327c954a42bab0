"""GitHub's own parser and evaluator (its packages on npm) on every shipped file, as GitHub's editor runs them."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.workflow.init_github import Gate, Repository, workflows
from tests.gitops import expressions
from tests.gitops.test_workflow_files import ACTIONS, WORKFLOWS, load, name_of

pytestmark = pytest.mark.proof
PLACE = Path(sys.prefix) / "node"
"""Where `make proof` puts the packages of tests/gitops/official."""


def ask(files: Mapping[str, str], texts: list[str], contexts: list[tuple[Any, bool]]) -> dict[str, Any]:
    """`diagnostics` of the files, and the `values` of each expression in each of the contexts."""
    assert (PLACE / "node_modules").is_dir(), "npm ci has not been run here: `make proof` does"
    asked = json.dumps({"files": files, "expressions": texts, "contexts": contexts})
    command = ["node", "--no-warnings", "--import", "./json.mjs", "check.mjs"]
    ended = subprocess.run(command, cwd=PLACE, input=asked, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def shipped() -> dict[str, str]:
    """Ours by their path, and the example's, which lie in somebody's repository."""
    return {name_of(path).removeprefix("examples/gitops/"): path.read_text("utf-8") for path in [*WORKFLOWS, *ACTIONS]}


def written() -> Iterator[dict[str, str]]:
    """What `init --github` writes in a folder of a repository of another branch, for each gate, and for a server."""
    gates: tuple[Gate, ...] = ("environment", "dispatch")
    for gate, host in itertools.product(gates, ("github.com", "ghe.example.com")):
        there = Repository(Path(), "accounts/us", "acme", "trunk", (host, "acme/ads"))
        made = workflows(there, gate, ("acme/reconciler", "a" * 40))
        yield {name: text for name, text in made.items() if name.endswith(".yml")}


def test_the_official_parser_finds_nothing() -> None:
    """No error and no warning in any workflow and action, with the inputs of each call and each `$/` followed."""
    for files in (shipped(), *({**shipped(), **one} for one in written())):
        assert ask(files, [], [])["diagnostics"] == []


def test_the_official_parser_does_look() -> None:
    """What it is here for is found: an input that a workflow does not take, a context that is not there, a typing
    error, an action that is nowhere."""
    files = shipped()
    for name, old, new, said in (
        (".github/workflows/ads-plan.yml", "      command: plan\n", "      comand: plan\n", "comand"),
        (".github/workflows/reconciler.yml", "inputs.command == 'drift'", "input.command == 'drift'", "input"),
        (".github/workflows/ci.yml", "timeout-minutes: 20", "timeout-minute: 20", "timeout-minute"),
        (".github/workflows/gitops.yml", "$/.github/actions/drift", "$/.github/actions/drit", "drit"),
        ("action.yml", "using: composite", "using: compsite", "compsite"),
    ):
        broken = files[name].replace(old, new)
        assert broken != files[name]
        found = ask({**files, name: broken}, [], [])["diagnostics"]
        assert any(path == name and said in message for path, _, message in found), (name, found)


def texts() -> list[str]:
    """Every expression of the shipped files."""
    found: set[str] = set()
    for path in [*WORKFLOWS, *ACTIONS]:
        found |= {hole.strip() for hole in re.findall(r"\$\{\{(.*?)\}\}", path.read_text("utf-8"), re.DOTALL)}
        found |= {condition for condition in _conditions(load(path)) if "${{" not in condition}
    return sorted(found)


def _conditions(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "if" in part:
            yield str(part["if"])
        for inner in part.values():
            yield from _conditions(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _conditions(inner)


def surroundings(names: list[str]) -> Iterator[tuple[dict[str, Any], bool]]:
    """What a run may be surrounded by: the event, the command, what the inputs and outputs hold, and how it stands."""
    repository = {"full_name": "acme/ads", "default_branch": "main"}
    events: list[tuple[str, str, dict[str, Any]]] = [
        ("push", "main", {"repository": repository}),
        ("push", "other", {"repository": repository}),
        ("schedule", "main", {"schedule": "17 * * * *"}),
        ("workflow_dispatch", "main", {"repository": repository}),
        ("workflow_dispatch", "Main", {"repository": repository}),
    ]
    events += [
        ("issue_comment", "main", {"repository": repository, "action": "created", "issue": {"number": 7},
                                   "comment": {"id": 3, "body": body, "user": {"type": kind}}})
        for body, kind in (("/Approve refresh/hooks 1", "User"), ("a word", "User"), ("/reject it", "Bot"))
    ]  # fmt: skip
    events += [
        ("pull_request", "7/merge", {"repository": repository, "pull_request": {
            "number": 7, "head": {"repo": {"full_name": owner}}, "base": {"ref": "main"}}})
        for owner in ("acme/ads", "stranger/ads")
    ]  # fmt: skip
    for (name, ref, event), command, given, failed in itertools.product(
        events, ("plan", "apply", "advance", "drift"), ("", "true", "false", "unsafe-plan"), (False, True)
    ):
        found: dict[str, Any] = {
            "github": {"event_name": name, "event": event, "ref_name": ref, "ref": f"refs/heads/{ref}", "token": "t",
                       "repository": "acme/ads", "run_id": "12", "workflow": "ads", "sha": "a" * 40}
        }  # fmt: skip
        for path in names:
            one, (*most, last) = found, path.split(".")
            for part in most:
                one = one.setdefault(part, {})
            one.setdefault(last, given)
        found["inputs"]["command"] = command
        yield found, failed


def test_our_evaluator_agrees_with_the_official_one() -> None:
    """Every expression of the shipped files comes to the same value in both, of the same type, in every surrounding: so
    what the stories of this folder see is what GitHub would do."""
    every = texts()
    assert len(every) > 50
    names = sorted(
        {name for one in every for name in re.findall(r"\b(?!github)\w+(?:\.[\w-]+)+", re.sub("'[^']*'", "", one))}
    )
    around = list(surroundings(names))
    found = ask({}, every, around)["values"]
    for text, values in zip(every, found, strict=True):
        for (contexts, failed), theirs in zip(around, values, strict=True):
            functions = {"always": True, "success": not failed, "failure": failed, "cancelled": False}
            ours = expressions.value(text, {**contexts, "()": functions})
            assert [_kind(ours), expressions.shown(ours)] == theirs, (text, contexts, failed)


def _kind(found: Any) -> str:
    return {bool: "Boolean", str: "String", int: "Number", type(None): "Null"}[type(found)]
