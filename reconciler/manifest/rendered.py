"""Documents as they are written → documents as they are meant: vars, matrix, modules and defaults put in.

Everything that follows knows only what results, and each document's place in the files.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.contracts.registry import Contracts
from reconciler.manifest.document import Document
from reconciler.manifest.modules import Modules
from reconciler.manifest.patches import Patches
from reconciler.manifest.pattern import Pattern
from reconciler.manifest.problems import Problem, address_of
from reconciler.manifest.shared import Defaults, Shared
from reconciler.manifest.uses import TITLE, UseRenderer


def rendered(
    documents: Iterable[Document], shared: Shared, contracts: Contracts, modules: Modules, last: Document | None = None
) -> tuple[list[Document], list[Problem]]:
    """What the documents stand for, in their order, and every mistake; a document with one stands for nothing.

    `last`: a document whose `patch` and `drop` count for all that results.
    """
    defaults = Defaults(shared, contracts)
    uses = UseRenderer(modules, shared, defaults)
    types = shared.types()
    found: list[Document] = []
    for one in documents:
        if one.known is not None:
            found.append(one)
        elif one.value.get("kind") == TITLE:
            found += uses.documents(one)
        elif not is_plain(one):
            pattern = Pattern(one, types, "a manifest knows the vars of the workspace and its own axes")
            uses.problems += pattern.problems
            if not pattern.problems:
                found += [defaults.fill(made) for made in pattern.documents(shared.vars, uses.problems)]
        else:
            found.append(defaults.fill(one))
    problems = uses.problems + modules.problems
    if last is None:
        return found, problems
    patches = Patches(last, "the account")
    patches.begin(last.value)
    kept = [made for one in found if (made := patches.made(one)) is not None]
    idle = [] if problems else patches.idle({address_of(one) for one in found})
    return kept, [*problems, *idle]


def is_plain(document: Document) -> bool:
    """Whether it stands for itself, once, with the defaults of the workspace."""
    return document.value.get("kind") != TITLE and not document.is_open and "matrix" not in document.value
