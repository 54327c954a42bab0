"""Renewals as they are committed: one file a step, `renewals/NAME/DATE.yaml`. Read as strictly as manifests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.errors import Finding, Invalid, Place
from reconciler.kinds.renew import FOLDER
from reconciler.kinds.renewal import Renewal, RenewalDocument, path_of
from reconciler.state.signed import documents_of

_FILE = re.compile(rf"{FOLDER}/[a-z0-9][a-z0-9-]{{0,62}}/[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}\.ya?ml", re.ASCII)
_PICK = "keep one of the two and delete the other"


def renewals(files: Mapping[str, bytes]) -> list[Renewal]:
    """Every Renewal, by file. Raises Invalid: for what cannot be read, and for two that contradict each other."""
    found: list[Renewal] = []
    wrong: list[Finding] = []
    for name, data in sorted(files.items()):
        try:
            told = documents_of(name, data, RenewalDocument)
        except Invalid as error:
            wrong += error.findings
            continue
        wrong += _misplaced(name, told)
        found += [Renewal(name, one) for one in told]
    wrong += _twice(found)
    if wrong:
        raise Invalid(many=wrong)
    return found


def _misplaced(name: str, told: Sequence[RenewalDocument]) -> list[Finding]:
    """A file that does not lie where what it says belongs."""
    if len(told) > 1:
        hint = f"{_PICK}: a step has a file of its own"
        return [Finding("R314", f"{name} holds {len(told)} Renewals of one date", Place(name, 1), hint=hint)]
    folder, _, file = name.rpartition("/")
    stem = file.partition(".")[0]
    # A file is named by the account's day; `decided_at` is a moment in UTC, which can be the day after or before.
    wanted = path_of(told[0].refresh, stem if _DAY.fullmatch(stem) else told[0].decided_at[:10])
    if _FILE.fullmatch(name) and wanted.rpartition("/")[0] == folder:
        return []
    return [
        Finding("R315", f"the step of {told[0].refresh} lies in {name}", Place(name, 1), hint=f"move it to {wanted}")
    ]


def _twice(found: Sequence[Renewal]) -> list[Finding]:
    """Two of one date, or one after the other to the same step: two branches have decided the same."""
    wrong: list[Finding] = []
    before: dict[str, Renewal] = {}
    for one in sorted(found, key=lambda one: (one.day, one.file)):
        first = before.get(one.told.refresh)
        if first and first.file != one.file:
            same_place = first.renewed.place == one.renewed.place
            if first.day == one.day or same_place:
                what = f"to step {one.renewed.words}" if same_place else f"of {one.day}"
                message = f"two Renewals {what}: {first.file} and {one.file}"
                wrong.append(Finding("R314", message, Place(one.file, 1), one.told.refresh, _PICK))
        before[one.told.refresh] = one
    return wrong


def renewal_text(told: RenewalDocument) -> str:
    """A Renewal's file: one line a part, one line an ad."""
    parts = told.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True)
    lines = []
    for name, value in parts.items():
        if name == "evidence":
            lines.append("evidence:")
            lines += [f"  - {_flow(one)}" for one in value]
        else:
            lines.append(f"{name}: {_flow(value) if name not in _BARE else value}")
    return "\n".join(lines) + "\n"


_BARE = ("kind", "refresh", "step", "theme", "because", "decided_at", "evidence_sha256")
"""Parts whose words no reader of YAML can take for anything else."""
_PLAIN = re.compile(r"[a-z]+(/[a-z0-9-]+)?|sha256:[0-9a-f]{64}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WORDS = frozenset({"hook", "hold", "ctr", "cvr", "cpa", "any", "all", "tired"})


def _flow(value: Any) -> str:
    """YAML in flow style; JSON's escapes are YAML's."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str):
        is_plain = value in _WORDS or "/" in value or ":" in value
        bare = (is_plain and _PLAIN.fullmatch(value)) or _DAY.fullmatch(value)
        return value if bare else json.dumps(value, ensure_ascii=False)
    return str(value)
