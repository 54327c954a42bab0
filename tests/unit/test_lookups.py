"""Names of the account: whole lists, what matches, the lines to paste, and what stands for what in a spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.account.lookups import Named, read_named
from reconciler.api.transport import Reply
from reconciler.contracts.lookups import LOOKUPS, MOST_VIDEOS
from reconciler.errors import ApiError
from reconciler.kinds.fields import Sought
from reconciler.kinds.registry import KINDS
from reconciler.manifest import named
from reconciler.render.paste import pasted
from reconciler.text import clean
from reconciler.workflow.lookup import Hits, matches
from tests.unit.worlds import FakeTransport, client, envelope

APPS = [{"app_id": "1", "app_name": "One"}, {"app_id": 2, "app_name": "Two", "platform": "IOS"}]


def apps(*answers: Mapping[str, Any]) -> tuple[list[Named], int]:
    """What is read of these answers, the last one again and again, and how many calls it took."""
    left = list(answers)

    def answer(_: object) -> Reply:
        return envelope(left.pop(0) if len(left) > 1 else left[0])

    transport = FakeTransport(answer)
    return read_named(client(transport), LOOKUPS["apps"], "7"), len(transport.requests)


def test_a_list_without_pages_is_one_call() -> None:
    """Every row with its id as text, and the details it tells."""
    found, calls = apps({"apps": APPS})
    assert calls == 1
    assert found == [
        Named("1", "One", {"app_id": "1", "app_name": "One"}),
        Named("2", "Two", {"app_id": "2", "app_name": "Two", "platform": "IOS"}),
    ]
    assert apps({"apps": []}) == ([], 1)


def test_a_list_that_comes_whole_the_second_time() -> None:
    """An answer without its array is asked for again."""
    assert len(apps({}, {"apps": APPS})[0]) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"apps": None},
        {"apps": [5]},
        {"apps": [{"app_name": "x"}]},
        {"apps": [{"app_id": "1\nx"}]},
        {"apps": APPS, "page_info": {"total_number": 3}},
    ],
    ids=str,
)
def test_a_list_that_may_not_be_whole_is_an_error(answer: Mapping[str, Any]) -> None:
    """R605, once it was asked for often enough: no name is taken from a part of a list."""
    with pytest.raises(ApiError) as caught:
        apps(answer)
    assert caught.value.findings[0].code == "R605"


def test_a_place_is_in_another() -> None:
    """Its parent's name comes along."""
    rows = [{"location_id": "1", "name": "Here", "parent_id": "0"}, {"location_id": 2, "name": "Part", "parent_id": 1}]
    transport = FakeTransport(lambda _: envelope({"region_info": rows}))
    found = read_named(client(transport), LOOKUPS["locations"], "7")
    assert [one.within for one in found] == ["", "Here"]
    assert transport.requests[0].query["level_range"] == "ALL"


def names(*given: str) -> list[Named]:
    """Things of these names."""
    return [Named(str(number), name, {}) for number, name in enumerate(given, 100)]


def told(rows: list[Named], text: str) -> list[tuple[str, str | None]]:
    """Names that match, and how."""
    return [(one.name, match) for one, match in matches(rows, text)]


def test_what_matches() -> None:
    """Capitals, spaces and composed letters do not count; alike only where nothing holds the text; an id is exact."""
    rows = names("Caf\u00e9  Nord", "caf\u00e9 nord", "Caf\u00e9 Nord-Ost", "Bar")
    assert told(rows, " CAFE\u0301 nord") == [
        ("Caf\u00e9  Nord", "exact"), ("caf\u00e9 nord", "exact"), ("Caf\u00e9 Nord-Ost", "part"),
    ]  # fmt: skip
    assert told(rows, "Barr") == [("Bar", "alike")]
    assert told(rows, "103") == [("Bar", "exact")]
    assert told(rows, "qqqqqq") == []


@given(st.text(), st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
def test_a_line_is_yaml_whatever_the_name(name: str, identity: str) -> None:
    """Any name, any id that is one word: the line reads as the id, and the name ends nothing."""
    (line,) = pasted(["image_ids: [{{image_id}}]"], {"image_id": identity}, name)
    assert "\n" not in line
    assert clean(line) == line
    if "##[" not in identity:
        assert yaml.safe_load(line) == {"image_ids": [identity]}


@pytest.mark.parametrize("what", LOOKUPS)
def test_every_line_says_a_value_of_its_row(what: str) -> None:
    """What a line asks for is the id, the name or a detail, in both contracts, once a line."""
    one = LOOKUPS[what]
    row = dict.fromkeys((one.id_key, one.name_key, *one.details), "7")
    assert set(one.written) == {"marketing", "smart_plus"}
    for written in one.written.values():
        assert len(list(pasted(written.lines, row, ""))) == len(written.lines)


def test_ten_thousand_videos_may_not_be_all() -> None:
    """The search shows no more, so a list of so many is not called complete."""
    for total, complete in ((MOST_VIDEOS - 1, True), (MOST_VIDEOS, False)):
        assert Hits(LOOKUPS["videos"], "marketing", "", (), total).document()["complete"] is complete


ADGROUP, AD = KINDS["adgroup"], KINDS["ad"]
VALUES = {"identity_id": "77", "identity_type": "TT_USER"}


def test_a_name_stands_for_its_fields() -> None:
    """In fields as in the items of a list; what the account does not tell is left out."""
    fields = named.sought(AD, {"identity": "Acme", "creatives": ({"video_id": "v", "identity": "Acme"},), "x": 1})
    assert "identity" not in fields
    assert isinstance(fields["identity_type"], Sought)
    assert named.wanted(AD, fields) == [("identities", "Acme"), ("identities", "Acme")]
    assert named.resolved(AD, fields, lambda what, name: VALUES) == {
        **VALUES, "creatives": ({"video_id": "v", **VALUES},), "x": 1,
    }  # fmt: skip


def test_ids_among_names_stay() -> None:
    """Lists in which both are mixed end as ids, each once."""
    fields = {"audiences": ("9", "Buyers", "Visitors"), "targeting_spec.audiences": ("Buyers",)}
    assert set(named.wanted(ADGROUP, fields)) == {("audiences", "Buyers"), ("audiences", "Visitors")}
    ids = {"Buyers": "9", "Visitors": "8"}
    found = named.resolved(ADGROUP, fields, lambda what, name: {"audience_id": ids[name]})
    assert found == {"audiences": ("8", "9"), "targeting_spec.audiences": ("9",)}


def test_where_a_field_is_said() -> None:
    """By its own key, by a name that stands for it, one level down, or nowhere."""
    spec = {"identity": "Acme", "targeting_spec": {"gender": "x"}, "pixel_id": "1"}
    where = {one: named.written(ADGROUP, spec, one) for one in ("identity_type", "targeting_spec.gender", "pixel_id")}
    assert where == {
        "identity_type": ("spec", "identity"),
        "targeting_spec.gender": ("spec", "targeting_spec", "gender"),
        "pixel_id": ("spec", "pixel_id"),
    }
    assert named.written(ADGROUP, spec, "app_id") is None
