"""What a use says of the documents it makes: other fields for some, some left out, and what they were called before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.manifest.document import Document, Path
from reconciler.manifest.problems import Problem, address_of
from reconciler.manifest.words import misaddressed


class Patches:
    """`patch`, `drop` and `moved` of one use; or what an account says last of all that it declares."""

    def __init__(self, document: Document, whole: str) -> None:
        """`whole`: what the documents belong to, for texts."""
        self._document, self._whole = document, whole
        self._patches: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self._drops: dict[str, int] = {}
        self._wanted: dict[tuple[str, Path], bool] = {}
        """(address, where it is written) → whether a document had it."""
        self._name = ""
        self._former: list[str] = []

    def begin(self, value: Mapping[str, Any]) -> None:
        """Take what one combination says."""
        self._patches, self._drops = {}, {}
        former = value.get("moved", {}).get("from", [])
        self._name, self._former = value["name"], former if isinstance(former, list) else [former]
        for index, one in enumerate(value.get("patch", ())):
            self._patches.setdefault(one["address"], []).append((index, one["spec"]))
            self._wanted.setdefault((one["address"], ("patch", index, "address")), False)
        for index, address in enumerate(value.get("drop", ())):
            self._drops[address] = index
            self._wanted.setdefault((address, ("drop", index)), False)

    def made(self, document: Document) -> Document | None:
        """A document with its patches; None for one that is left out."""
        document = self._moved(document) if self._former else document
        if not self._patches and not self._drops:
            return document
        address = address_of(document)
        for index, spec in self._patches.get(address, ()):
            self._wanted[address, ("patch", index, "address")] = True
            document = self._patched(document, index, spec)
        if address not in self._drops:
            return document
        self._wanted[address, ("drop", self._drops[address])] = True
        return None

    def _moved(self, document: Document) -> Document:
        """The same, with the addresses it had under the names that the use had."""
        own = document.value.get("moved", {}).get("from", [])
        names = [document.value["name"], *(own if isinstance(own, list) else [own])]
        before = f"{self._name}-"
        olds = [f"{old}-{one.removeprefix(before)}" for old in self._former for one in names if one.startswith(before)]
        value = {**document.value, "moved": {"from": [*names[1:], *olds]}}
        there = self._document
        borrowed = {**(document.borrowed or {}), "moved": there.stand(("moved", "from"))}
        return Document(
            document.file, document.index, document.line, value, False, document.use, document.written, borrowed
        )

    def _patched(self, document: Document, index: int, spec: Mapping[str, Any]) -> Document:
        there, before = self._document, document.value.get("spec")
        value = {**document.value, "spec": {**before, **spec} if isinstance(before, dict) else dict(spec)}
        borrowed = {
            **(document.borrowed or {}),
            **{name: there.stand(("patch", index, "spec", name)) for name in spec},
        }
        written = document.written
        return Document(document.file, document.index, document.line, value, False, document.use, written, borrowed)

    def idle(self, addresses: set[str]) -> Iterator[Problem]:
        """Patches and drops that no document had."""
        for (address, path), had in self._wanted.items():
            if not had:
                text = f"no document of {self._whole} is {address}"
                hint = misaddressed(address, addresses) or "`reconciler render` lists the addresses there are"
                yield Problem("R313", text, self._document, path, hint=hint)
