"""What the workspace file gives to every manifest: `vars`, and `defaults` of a kind's fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from reconciler.contracts.registry import Contracts
from reconciler.errors import Source
from reconciler.kinds.registry import BY_TITLE
from reconciler.manifest.document import Document, Stand
from reconciler.manifest.problems import Problem
from reconciler.manifest.template import LONGEST, VAR, Template, template
from reconciler.manifest.words import nearest


class Shared(Struct, frozen=True):
    """Vars and defaults, with all put in."""

    document: Document
    """The workspace file."""
    vars: Mapping[str, str] = field(default_factory=dict)
    """`var.NAME` → its text."""
    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Kind, as in a manifest → field → value."""

    def types(self) -> dict[str, str]:
        """Every var is text."""
        return dict.fromkeys(self.vars, "text")


def shared_of(document: Document) -> tuple[Shared, list[Problem]]:
    """What a workspace file, whose shape was checked, gives; and every mistake in it."""
    problems: list[Problem] = []
    written: dict[str, Any] = document.value.get("vars", {})
    templates = {f"{VAR}{name}": template(document, text, path=("vars", name)) for name, text in written.items()}
    types = dict.fromkeys(templates, "text")
    for one in templates.values():
        problems += one.problems(types, "vars of this file")
    values = {} if problems else _in_order(templates, document, problems)
    given = template(document, document.value.get("defaults", {}), path=("defaults",))
    problems += given.problems(types, "vars of this file")
    # Beside these two nothing is put in anywhere.
    rest = {key: value for key, value in document.value.items() if key not in ("vars", "defaults")}
    problems += template(document, rest).problems({}, "`${var.NAME}` stands in manifests, `vars` and `defaults` alone")
    problems += _unknown(document)
    defaults = {} if problems else given.made(values)
    return Shared(document, values, defaults), problems


def _in_order(templates: Mapping[str, Template], document: Document, problems: list[Problem]) -> dict[str, str]:
    """Every var with the vars that it names put in, however deep; a circle is a mistake."""
    values: dict[str, str] = {}
    left = dict(templates)
    while ready := [name for name, one in left.items() if all(spot.name in values for spot in one.spots)]:
        for name in ready:
            values[name] = made = str(left.pop(name).made(values))
            if len(made) > LONGEST:
                where, hint = ("vars", name.removeprefix(VAR)), f"at most {LONGEST:,} can be put in"
                problems.append(Problem("R211", f"the text has {len(made):,} characters", document, where, hint=hint))
                return values
    # What only leads into a circle is no mistake of its own.
    while ends := [name for name in left if not any(name in map(_name, one.spots) for one in left.values())]:
        for name in ends:
            del left[name]
    for name in left:
        text = f"`{name.removeprefix(VAR)}` names itself, directly or through others"
        hint = f"in the circle: {', '.join(left)}"
        problems.append(Problem("R411", text, document, ("vars", name.removeprefix(VAR)), hint=hint))
    return values


def _name(spot: Any) -> str | None:
    name: str | None = spot.name
    return name


def _unknown(document: Document) -> list[Problem]:
    """Defaults for what is no kind, or no field of one."""
    found = []
    for title, fields in document.value.get("defaults", {}).items():
        if title not in BY_TITLE:
            hint = nearest(title, BY_TITLE) or f"one of {', '.join(BY_TITLE)}"
            found.append(Problem("R210", f'no kind is named "{title}"', document, ("defaults", title), True, hint))
            continue
        known = BY_TITLE[title].manifest.spec_model().model_fields
        for name in fields:
            if name not in known:
                hint = nearest(name, known) or f"fields of {title}: {', '.join(known)}"
                where = ("defaults", title, name)
                found.append(Problem("R201", f"unknown key `{name}`", document, where, True, hint))
    return found


class Defaults:
    """Puts the defaults into documents, as far as the contract of each knows them."""

    def __init__(self, shared: Shared, contracts: Contracts) -> None:
        self._shared, self._contracts = shared, contracts
        self._known: dict[tuple[str, Any], Mapping[str, Any]] = {}

    def fill(self, document: Document) -> Document:
        """The document with each field that its spec does not set."""
        title = document.value.get("kind")
        spec = document.value.get("spec")
        if not isinstance(title, str) or title not in self._shared.defaults or not isinstance(spec, dict):
            return document
        fields = self._of(title, document.value.get("contract"))
        missing = fields.keys() - spec.keys()
        if not missing:
            return document
        use = document.use or Source(document.file, document.line)
        there = self._shared.document
        borrowed = {
            **(document.borrowed or {}),
            **{name: Stand(there.file, there.index, ("defaults", title, name), use) for name in missing},
        }
        value = {**document.value, "spec": {**spec, **{name: fields[name] for name in missing}}}
        written = document.written or document.value
        return Document(document.file, document.index, document.line, value, False, document.use, written, borrowed)

    def _of(self, title: str, contract: Any) -> Mapping[str, Any]:
        """The defaults of a kind that a contract knows."""
        key = (title, contract if isinstance(contract, str) else None)
        if key not in self._known:
            known = {one.name for one in self._contracts.all}
            spoken = self._contracts.of(key[1] if key[1] in known else None)
            binding = spoken.bindings.get(BY_TITLE[title].short)
            foreign = binding.foreign if binding else frozenset()
            given = self._shared.defaults[title].items()
            self._known[key] = {name: value for name, value in given if name not in foreign}
        return self._known[key]
