"""The repository's own action, out of its parts: `python -m tests.gitops.root_action` writes action.yml again.

Who writes `uses: OWNER/reconciler@COMMIT` gets the command `setup` and one of the commands below .github/actions, with
every input and output that one of them has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.gitops.machine import ROOT

PARTS = ("plan", "apply", "advance", "decide", "drift")
FILE = ROOT / "action.yml"
_HEAD = """\
# Made of .github/actions by `python -m tests.gitops.root_action`: change it there. See docs/gitops.md.
name: reconciler
description: Ads as code for TikTok. Plans a pull request, applies what was reviewed, tells what others changed.
author: The reconciler developers
branding: {icon: git-pull-request, color: gray-dark}

"""


def part(name: str) -> dict[str, Any]:
    """One of the actions below .github/actions."""
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "actions" / name / "action.yml").read_text("utf-8"))
    return found


def text() -> str:
    """What action.yml has to hold."""
    return _HEAD + "\n".join([*_inputs(), *_outputs(), *_steps()]) + "\n"


def _of(names: list[str]) -> str:
    """Of which commands something is, behind its description."""
    return "" if len(names) == len(PARTS) else f" [{', '.join(names)}]"


def _gathered(section: str) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Name → command → what it says of it."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for name in PARTS:
        for key, told in part(name)[section].items():
            found.setdefault(key, {})[name] = told
    return found


def _inputs() -> Iterator[str]:
    yield "inputs:"
    yield "  command:"
    yield f"    description: What to do ({', '.join(PARTS)})."
    yield "    required: true"
    for key, told in _gathered("inputs").items():
        yield f"  {key}:"
        yield f"    description: {_one(key, told)}"
        (given,) = {one.get("default") for one in told.values()}
        if given is None and len(told) == len(PARTS):
            yield "    required: true"
        else:
            yield f"    default: {given if str(given).startswith('$') else json.dumps(given or '')}"


def _outputs() -> Iterator[str]:
    yield ""
    yield "outputs:"
    for key, told in _gathered("outputs").items():
        yield f"  {key}:"
        yield f"    description: {_one(key, told)}"
        yield f"    value: ${{{{ {' || '.join(f'steps.{name}.outputs.{key}' for name in told)} }}}}"


def _one(key: str, told: Mapping[str, Mapping[str, Any]]) -> str:
    """A description: the one that the commands share, or each with the command it is of."""
    said: dict[str, list[str]] = {}
    for name, one in told.items():
        said.setdefault(str(one["description"]), []).append(name)
    shared = " ".join(description + _of(names) for description, names in said.items())
    return json.dumps(shared, ensure_ascii=False) if ": " in shared else shared


def _steps() -> Iterator[str]:
    yield ""
    yield "runs:"
    yield "  using: composite"
    yield "  steps:"
    yield "    - name: A command that is there"
    none = " && ".join(f"inputs.command != '{name}'" for name in PARTS)
    yield f"      if: ${{{{ {none} }}}}"
    yield "      shell: bash"
    yield "      env:"
    yield "        COMMAND: ${{ inputs.command }}"
    yield "      run: |"
    yield f'        echo "command: $COMMAND is none of {", ".join(PARTS)}" >&2'
    yield "        exit 1"
    yield "    - uses: $/.github/actions/setup"
    for name in PARTS:
        yield f"    - id: {name}"
        yield f"      if: ${{{{ inputs.command == '{name}' }}}}"
        yield f"      uses: $/.github/actions/{name}"
        yield "      with:"
        yield from (f"        {key}: ${{{{ inputs.{key} }}}}" for key in part(name)["inputs"])


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
