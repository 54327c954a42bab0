"""The list of audiences, counted or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from reconciler.account.audiences import Audience, read_audiences
from reconciler.api.transport import Reply, Request
from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.errors import ApiError
from reconciler.model import Number
from tests.unit.worlds import FakeTransport, client, envelope, page

CONTRACTS = {name: msgspec.structs.replace(OPENAPI, name=name) for name in ("openapi", "marketing")}


def rows(count: int, first: int = 1) -> list[Mapping[str, Any]]:
    """Audiences with ids."""
    return [{"audience_id": str(number), "name": f"A{number}"} for number in range(first, first + count)]


def listed(every: list[Mapping[str, Any]], cap: int) -> tuple[list[str], int]:
    """The ids that an uncounted list gives, from a server that cuts pages to `cap`, and how many calls it took."""

    def answer(request: Request) -> Reply:
        number, size = int(request.query["page"]), min(cap, int(request.query["page_size"]))
        return envelope({"list": every[(number - 1) * size : number * size]})

    transport = FakeTransport(answer)
    return [one.id for one in read_audiences(client(transport), CONTRACTS["openapi"], "7")], len(transport.requests)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
@pytest.mark.parametrize("cap", [100, 30])
def test_a_list_without_a_total_is_read_to_its_end(count: int, cap: int) -> None:
    """Also where the server gives smaller pages than were asked for, which nothing in its answer tells."""
    assert listed(rows(count), cap)[0] == [str(number) for number in range(1, count + 1)]


def test_a_server_that_ignores_pages_ends() -> None:
    """The same page again brings nothing new."""
    transport = FakeTransport(lambda _: envelope({"list": rows(3)}))
    assert len(read_audiences(client(transport), CONTRACTS["openapi"], "7")) == 3
    assert len(transport.requests) == 2


@pytest.mark.parametrize("data", [{}, {"list": None}, [], {"list": [5]}, {"list": [{"name": "x"}]}], ids=str)
@pytest.mark.parametrize("contract", CONTRACTS)
def test_what_is_no_list_is_an_error(contract: str, data: Any) -> None:
    """No names are resolved by half a list."""
    with pytest.raises(ApiError) as caught:
        read_audiences(client(FakeTransport(lambda _: envelope(data))), CONTRACTS[contract], "7")
    assert caught.value.findings[0].code == "R605"
    assert caught.value.findings[0].request_id


def test_each_contract_has_its_own_names() -> None:
    """`size` here, `cover_num` there; what is not told is None, however numbers are written."""
    flat = {"audience_id": 5, "name": "n", "audience_type": "t", "size": Number("3.0"), "cover_num": 9}
    told = {"list": [flat]}
    first, second = envelope(told), envelope({"list": []})
    pages = iter([first, second])
    (found,) = read_audiences(client(FakeTransport(lambda _: next(pages))), CONTRACTS["openapi"], "7")
    assert found == Audience("5", "n", "t", 3)
    whole = {**flat, "cover_num": "12", "is_valid": False, "create_time": "2026-01-01 00:00:00",
             "expired_time": "2027-01-01 00:00:00", "error_msg": "too small"}  # fmt: skip
    (found,) = read_audiences(client(FakeTransport(lambda _: page([whole], 1, 100, 1, 1))), CONTRACTS["marketing"], "7")
    assert found == Audience("5", "n", "t", 12, False, "2026-01-01 00:00:00", "2027-01-01 00:00:00", "too small")
