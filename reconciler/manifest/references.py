"""What a manifest names of other manifests must be there: the mistakes of references that stand inside a field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconciler.model import Address, Resource


class Mistake(NamedTuple):
    """A use that cannot be: where in the spec of which ad, and what to do."""

    address: Address
    code: str
    message: str
    path: tuple[str | int, ...]
    hint: str


def mistakes(resources: Mapping[Address, Resource], declared: set[Address]) -> Iterator[Mistake]:
    """References to videos that are not there, and to slots above `variants`."""
    for address, resource in resources.items():
        use = resource.fields.get("video") if address.kind == "ad" else None
        if not isinstance(use, Mapping):
            continue
        kind = "refresh" if "refresh" in use else "video"
        title = {"refresh": "CreativeRefresh", "video": "Video"}[kind]
        if kind not in use:
            continue
        target = Address(kind, use[kind])
        if target not in declared:
            text = f'no {title} is named "{use[kind]}"'
            yield Mistake(address, "R302", text, ("spec", "video", kind), f"declare a {title} of that name")
        elif kind == "refresh" and target in resources and use["variant"] > resources[target].fields["variants"]:
            count = resources[target].fields["variants"]
            text = f"`variant`: slot {use['variant']} of {target}, which asks for {count}"
            yield Mistake(address, "R208", text, ("spec", "video", "variant"), f"write 1 to {count}, or raise variants")
