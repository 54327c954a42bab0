"""A resource that is remembered comes back exactly as it was read, or is not remembered at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.kinds.fields import Sought
from reconciler.manifest.desired import resources
from reconciler.manifest.remembered import as_json, documents
from reconciler.model import Address, Lifecycle, Number, Plain, Resource
from reconciler.workflow.load import load_documents, open_workspace
from tests.unit.builders import resource

EXAMPLES = sorted(
    one.parent
    for one in (Path(__file__).parents[2] / "examples").rglob("reconciler.yaml")
    if "${" not in one.read_text(encoding="utf-8")
)


def _read_back(text: bytes, file: str = "manifests/a.yaml") -> Resource | None:
    return documents(b"[%b]" % text, file)[0].known


@pytest.mark.parametrize("root", EXAMPLES, ids=lambda root: root.name)
def test_every_example(root: Path) -> None:
    """Of each kind and contract; most of them are remembered."""
    work = open_workspace(root, None, None, None)
    loaded = load_documents(work, None).documents
    resources(loaded, work.contracts, work.file.account.currency)
    alone = {one.alone.address: one.alone for one in loaded if one.alone}
    told = {address: as_json(one) for address, one in alone.items()}
    for address, text in told.items():
        assert text is None or _read_back(text, alone[address].source.file) == alone[address]
    assert any(told.values())


FULL = replace(
    resource(
        "adgroup/g",
        {"budget": Number("50.00"), "ids": ("1", "2"), "on": True, "inner": {"a": ("x",), "b": None}, "n": 3},
        parent="campaign/c",
        name="Ünï",
        labels={"team": "growth"},
    ),
    lifecycle=Lifecycle("delete", True, frozenset({"budget"}), frozenset({"ids"}), {"budget": "others'"}),
    contract="marketing",
    adopt="7",
    moved=(Address("adgroup", "old"),),
)


def test_everything_that_a_resource_holds() -> None:
    """Types, too: money stays money."""
    text = as_json(FULL)
    assert text is not None
    again = _read_back(text)
    assert again == FULL
    assert type(again.fields["budget"]) is Number
    assert type(again.fields["ids"]) is tuple


@pytest.mark.parametrize(
    "value", [["a", "b"], Sought("name"), Plain("50"), {"x": Number("1.00")}, (Number("1.00"),), {"x": ["a"]}, {1: "x"}]
)
def test_what_would_come_back_otherwise_is_not_remembered(value: object) -> None:
    """A list for a tuple, a name that is still to be looked up, money inside something."""
    assert as_json(replace(FULL, fields={"x": value})) is None


PLAIN = resource("campaign/c", {"campaign_name": "spring"}, name="spring")


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": {"budget": Plain("50")}},
        {"labels": {"team": Plain("50")}},
        {"parent": Address("campaign", "other")},
        {"source": PLAIN.source._replace(use=PLAIN.source)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_plain_resource_is_no_exception(changes: dict[str, Any]) -> None:
    """What holds nothing but texts and amounts is not read back for proof; one part that is no such thing is seen."""
    assert as_json(PLAIN) is not None
    assert as_json(replace(PLAIN, **changes)) is None


def test_a_file_of_the_workspace_is_looked_at_each_time() -> None:
    """Its content belongs to the resource, and may have changed."""
    assert as_json(resource("video/hero", {"file": "hero.mp4"})) is None
