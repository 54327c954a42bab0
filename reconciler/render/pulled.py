"""What a pull took over, as lines for people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.kinds.registry import KINDS
from reconciler.model import Address
from reconciler.plan.takeover import Left
from reconciler.text import clean

_SPOKEN = {short: re.sub("(?<=[a-z])(?=[A-Z])", " ", kind.title).lower() for short, kind in KINDS.items()}


def pulled_lines(
    rows: Sequence[tuple[Address, str, str]],
    left: Iterable[Left],
    unwritten: Mapping[str, int],
    *,
    dry: bool,
    narrow: bool,
    twins: bool,
) -> Iterator[str]:
    """A line a file, a line a reason, what no manifest carries, and the sum. `rows`: (address, id, file); `narrow`:
    whether only a part of the account was asked for; `twins`: whether manifests declare some of it already."""
    files: dict[str, Counter[str]] = {}
    for address, _, file in rows:
        files.setdefault(file, Counter())[address.kind] += 1
    yield from (f"  {file}  {_counted(kinds)}" for file, kinds in files.items())
    reasons: dict[str, Counter[str]] = {}
    for one in left:
        reasons.setdefault(one.reason, Counter())[one.kind] += 1
    yield from (f"  left: {_counted(kinds)}: {clean(why)}" for why, kinds in reasons.items())
    if unwritten:
        yield f"  live values that no manifest carries: {', '.join(map(clean, unwritten))}"
    into = "1 file" if len(files) == 1 else f"{len(files)} files"
    total = f"{_counted(Counter(address.kind for address, _, _ in rows))} into {into}"
    if not rows and narrow:
        yield "Nothing to pull: no unmanaged object that can be declared is what was asked for."
    elif not rows:
        yield "Nothing to pull: every live object that can be declared is."
    elif dry:
        yield f"Would pull {total}. Nothing was written."
    else:
        yield f"Pulled {total}." + ("" if twins else " `reconciler plan` shows no change.")


def twins_line(twins: Sequence[Address]) -> str:
    """What to do about manifests that declare what was pulled as somebody else's."""
    names = ", ".join(map(str, twins[:3])) + (", …" if len(twins) > 3 else "")
    them = "a manifest declares" if len(twins) == 1 else f"{len(twins)} manifests declare"
    return (
        f"{them} what was pulled, and the lockfile does not know it ({names}): nothing is made twice. "
        "If the lockfile was lost, put the last one back and remove what was pulled; else keep one of the two manifests"
    )


def _counted(kinds: Counter[str]) -> str:
    return ", ".join(f"{number} {_SPOKEN[kind]}{'s' if number > 1 else ''}" for kind, number in kinds.items())
