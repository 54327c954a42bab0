"""`matrix`: a document stands once for each combination of the values on its axes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from pydantic_core import PydanticCustomError

from reconciler.kinds.fields import INTEGER, fail, text
from reconciler.manifest.document import Document
from reconciler.manifest.problems import Problem
from reconciler.manifest.template import LONGEST, NAME, Template
from reconciler.model import Plain

MOST = 1000
"""So many documents may come of one matrix, and of one Use."""
Axes = Mapping[str, list[str]]


def combinations(axes: Axes) -> Iterator[dict[str, str]]:
    """Each combination as axis → value, the last axis going fastest."""
    for values in product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def simple(value: Any) -> PydanticCustomError | None:
    """Why a value is no text, id or integer; None where it is one."""
    if isinstance(value, Plain) and INTEGER.fullmatch(value):
        return None
    try:
        short(text(value))
    except PydanticCustomError as error:
        return error
    return None


def short(value: str) -> None:
    """Raises PydanticCustomError for a text that is too long to be put in."""
    if len(value) > LONGEST:
        raise fail("R211", f"the text has {len(value):,} characters", f"at most {LONGEST:,} can be put in")


def axes_of(raw: Any, document: Document) -> tuple[Axes, list[Problem]]:
    """The axes of the document's `matrix`, and every mistake in it."""
    if not isinstance(raw, dict) or not raw:
        hint = "write `matrix: {hook: [1, 2, 3]}`"
        return {}, [Problem("R311", "`matrix` names no axis", document, ("matrix",), hint=hint)]
    problems = [one for name, values in raw.items() for one in _axis(name, values, document)]
    if not problems and (count := math.prod(len(values) for values in raw.values())) > MOST:
        message = f"`matrix` makes {count:,} documents"
        problems.append(Problem("R311", message, document, ("matrix",), hint=f"at most {MOST:,} come of one"))
    return raw, problems


def _axis(name: str, values: Any, document: Document) -> Iterator[Problem]:
    path = ("matrix", name)
    if not re.fullmatch(NAME, name, re.ASCII):
        hint = "begin with a letter; then letters, digits, _ and -"
        yield Problem("R311", f"`{name}` is not the name of an axis", document, path, True, hint)
    if not isinstance(values, list) or not values:
        hint = "a list of at least one text, id or integer"
        yield Problem("R311", f"`{name}` has no values", document, path, hint=hint)
        return
    seen: set[str] = set()
    for index, one in enumerate(values):
        if (error := simple(one)) is not None:
            context = error.context or {}
            message = f"`{name}`: {context['text']}"
            yield Problem(context["code"], message, document, (*path, index), hint=context["hint"] or None)
        elif one in seen:
            yield Problem(
                "R311", f"`{name}`: {one} is in the list twice", document, (*path, index), hint="write it once"
            )
        else:
            seen.add(one)


def not_in_the_name(axes: Axes, whole: Template, document: Document) -> Iterator[Problem]:
    """Axes that the name does not hold: two documents would be one."""
    for axis in axes:
        if axis not in whole.names_at("name"):
            text_ = f"the axis `{axis}` is not in the name"
            hint = f"put ${{{axis}}} into `name`: every document needs a name of its own"
            yield Problem("R311", text_, document, ("name",), hint=hint)
