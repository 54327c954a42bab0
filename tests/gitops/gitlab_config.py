"""Pipelines of GitLab, read as GitLab reads them: inputs, includes, `extends` and rules; the part that our files use.

Source: GitLab's pages on CI/CD inputs and on the YAML reference. What is not known here is an error, not a guess: an
input that is not declared, a keyword of a job, an expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml

_INPUT = re.compile(r"\$\[\[\s*inputs\.([\w-]+)\s*\]\]")
_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"[^\"]*\"|'[^']*')|(?P<name>\$\w+)|(?P<null>null\b)|(?P<sign>&&|\|\||==|!=|[()]))"
)
KEYWORDS = {
    "artifacts", "before_script", "environment", "extends", "image", "needs", "resource_group", "rules", "script",
    "stage", "timeout", "variables",
}  # fmt: skip
STAGES = ("test", "deploy")
"""Of those that there are without `stages`."""


def pipeline(read: Callable[[str], str], inputs: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Jobs by name, with everything put in. `read`: a file of the commit, by its path."""
    jobs: dict[str, dict[str, Any]] = {}
    top = _file(read(".gitlab-ci.yml"), inputs)
    for one in top.pop("include", []):
        assert set(one) <= {"local", "inputs"}, one
        jobs |= _file(read(one["local"].lstrip("/")), one.get("inputs", {}))
    jobs |= top
    made = {name: _extended(name, jobs) for name in jobs if not name.startswith(".")}
    for name, job in made.items():
        assert set(job) <= KEYWORDS, f"{name}: {set(job) - KEYWORDS}"
        assert job["stage"] in STAGES, name
    return made


def starts(job: Mapping[str, Any], variables: Mapping[str, str]) -> str | None:
    """`on_success` or `manual`; None where the job is not in the pipeline. The first rule that fits counts."""
    for rule in job["rules"]:
        assert set(rule) <= {"if", "when"}, rule
        if _Expression(rule["if"], variables).holds():
            return str(rule.get("when", "on_success"))
    return None


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """A value with `$NAME` in it, as GitLab expands one."""
    return re.sub(r"\$(\w+)", lambda found: variables.get(found[1], ""), text)


def _file(text: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A file with its inputs put in; values are put into what was parsed, never into text before parsing."""
    documents = list(yaml.safe_load_all(text))
    header, body = documents if len(documents) == 2 else ({"spec": {"inputs": {}}}, *documents)
    declared = header["spec"]["inputs"]
    assert set(given) <= set(declared), f"unknown inputs: {set(given) - set(declared)}"
    values = {}
    for name, one in declared.items():
        assert name in given or "default" in one, f"the input {name} is needed"
        values[name] = given.get(name, one.get("default"))
        assert isinstance(values[name], str), f"{name} is a string"
        assert values[name] in one.get("options", [values[name]]), f"{name} cannot be {values[name]!r}"
    found = _filled(body, values)
    assert isinstance(found, dict)
    return found


def _filled(node: Any, values: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {_filled(key, values): _filled(one, values) for key, one in node.items()}
    if isinstance(node, list):
        return [_filled(one, values) for one in node]
    return _INPUT.sub(lambda found: values[found[1]], node) if isinstance(node, str) else node


def _extended(name: str, jobs: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    job = dict(jobs[name])
    above = job.pop("extends", None)
    return _merged(_extended(above, jobs), job) if above else job


def _merged(one: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Maps are merged, lists are replaced."""
    found = dict(one)
    for key, value in other.items():
        known = found.get(key)
        found[key] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return found


class _Expression:
    """`rules:if`: comparisons, `&&` and `||`; a variable that is not set is null."""

    def __init__(self, text: str, variables: Mapping[str, str]) -> None:
        self._variables, self._tokens, at = variables, [], 0
        text = text.strip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            assert match, f"not understood: {text[at:]!r}"
            self._tokens.append((str(match.lastgroup), match[match.lastgroup or ""]))
            at = match.end()

    def holds(self) -> bool:
        found = self._either()
        assert not self._tokens, f"left over: {self._tokens}"
        return bool(found)

    def _either(self) -> Any:
        found = self._both()
        while self._take("||"):
            other = self._both()
            found = found or other
        return found

    def _both(self) -> Any:
        found = self._compared()
        while self._take("&&"):
            other = self._compared()
            found = found and other
        return found

    def _compared(self) -> Any:
        found = self._one()
        while sign := self._take("==", "!="):
            found = (found == self._one()) is (sign == "==")
        return found

    def _one(self) -> Any:
        if self._take("("):
            found = self._either()
            assert self._take(")")
            return found
        kind, text = self._tokens.pop(0)
        assert kind in ("text", "name", "null"), text
        return text[1:-1] if kind == "text" else self._variables.get(text[1:]) if kind == "name" else None

    def _take(self, *signs: str) -> str | None:
        if self._tokens and self._tokens[0][0] == "sign" and self._tokens[0][1] in signs:
            return self._tokens.pop(0)[1]
        return None
