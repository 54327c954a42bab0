"""A listing is complete or an error: nothing is decided on a part of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.api.transport import Failure, Reply, Request
from reconciler.errors import ApiError, Credentials
from tests.unit.worlds import FakeTransport, VirtualWorld, client, envelope, page

Rows = list[Mapping[str, Any]]


def rows(count: int, first: int = 1) -> Rows:
    """Rows with ids."""
    return [{"campaign_id": str(number)} for number in range(first, first + count)]


def account(every: Rows) -> Callable[[Request], Reply]:
    """A server that pages as documented."""

    def answer(request: Request) -> Reply:
        number, size = int(request.query["page"]), int(request.query["page_size"])
        return page(every[(number - 1) * size : number * size], number, size, len(every), -(-len(every) // size))

    return answer


def listed(answer: Callable[[Request], Reply], size: int = 10) -> list[str]:
    """The ids of a listing."""
    found = client(FakeTransport(answer)).listing("campaign/get/", {}, "campaign_id", size)
    return [str(row["campaign_id"]) for row in found]


@settings(max_examples=30)
@given(st.integers(0, 45), st.integers(1, 12))
def test_every_row_once_in_order(count: int, size: int) -> None:
    """Any number of rows in pages of any size, with the fewest requests."""
    transport = FakeTransport(account(rows(count)))
    found = client(transport).listing("campaign/get/", {}, "campaign_id", size)
    assert [row["campaign_id"] for row in found] == [str(number) for number in range(1, count + 1)]
    assert len(transport.requests) == max(1, -(-count // size))
    assert {request.method for request in transport.requests} == {"GET"}


def test_the_page_size_in_force_counts() -> None:
    """A server that gives smaller pages than asked for says so, and all of them are read."""

    def small(request: Request) -> Reply:
        return account(rows(25))(Request("GET", request.path, {**request.query, "page_size": "5"}))

    assert len(listed(small, 1000)) == 25


def test_ids_may_be_numbers() -> None:
    """Some rows show an id as a number; it is the same id."""
    assert listed(lambda _: page([{"campaign_id": 5}], 1, 10, 1, 1)) == ["5"]


FULL = rows(10)
BROKEN = {
    "a page of the middle is short": lambda n: page(rows(9 if n == 2 else 10, n * 10), n, 10, 30, 3),
    "the last page is missing": lambda n: page(rows(10, n * 10), n, 10, 25, 2),
    "the last page is empty": lambda n: page(rows(10) if n == 1 else [], n, 10, 15, 2),
    "the total changes": lambda n: page(rows(10, n * 10), n, 10, 20 + n, 2),
    "a row comes twice": lambda n: page(rows(10, n * 9), n, 10, 20, 2),
    "the same page again": lambda n: page(FULL, 1, 10, 20, 2),
    "a row without an id": lambda n: page([*rows(9), {"campaign_id": None}], 1, 10, 10, 1),
    "a row that is no mapping": lambda n: page([*rows(9), 5], 1, 10, 10, 1),  # type: ignore[list-item] # on purpose
    "no list": lambda n: envelope({"page_info": {"page": 1, "page_size": 10, "total_number": 0, "total_page": 0}}),
    "no page_info": lambda n: envelope({"list": []}),
    "half a page_info": lambda n: envelope({"list": [], "page_info": {"total_number": 0}}),
    "a page_info of texts": lambda n: envelope(
        {"list": [], "page_info": {"page": "1", "page_size": "10", "total_number": "0", "total_page": "0"}}
    ),
    "a negative total": lambda n: page([], 1, 10, -1, 1),
    "no data": lambda n: envelope([]),
    "more rows than it says": lambda n: page(rows(5), 1, 10, 4, 1),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_does_not_add_up_is_an_error(broken: Callable[[int], Reply]) -> None:
    """After a few readings from the start it is given up: absence must never be a fault of paging."""
    with pytest.raises(ApiError) as caught:
        listed(lambda request: broken(int(request.query["page"])))
    assert caught.value.findings[0].code == "R605"


def test_pages_that_contradict_the_total_are_not_all_fetched() -> None:
    """One row in a million pages is nonsense that page one tells; asking for the million would never end."""
    transport = FakeTransport(lambda request: page(rows(1), int(request.query["page"]), 10, 1, 400))
    with pytest.raises(ApiError):
        client(transport).listing("campaign/get/", {}, "campaign_id", 10)
    assert len(transport.requests) < 100


def test_a_listing_that_settles_is_read_again() -> None:
    """Rows that shift while they are read make one reading useless, not the run."""
    totals = iter([20, 21, *[20] * 10])

    def answer(request: Request) -> Reply:
        number = int(request.query["page"])
        return page(rows(10, number * 10), number, 10, next(totals), 2)

    assert len(listed(answer)) == 20


@pytest.mark.parametrize("trouble", [Failure("no reply", sent=True), Reply(502, b""), envelope(code=40100)])
def test_a_read_is_sent_again(trouble: Failure | Reply) -> None:
    """Reading twice does no harm; it waits longer each time."""
    world = VirtualWorld()
    answers: list[Failure | Reply] = [trouble, trouble, page(rows(1), 1, 10, 1, 1)]

    def answer(request: Request) -> Reply:
        one = answers.pop(0)
        if isinstance(one, Failure):
            raise one
        return one

    assert len(client(FakeTransport(answer), world).listing("campaign/get/", {}, "campaign_id", 10)) == 1
    assert len(world.slept) == 2
    assert world.slept[1] > world.slept[0] > 0


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (envelope(code=40105), Credentials, "R602"),
        (envelope(code=40001), Credentials, "R602"),
        (envelope(code=40002), ApiError, "R606"),
        (envelope(code=40100), ApiError, "R607"),
        (Reply(502, b"<html>"), ApiError, "R604"),
    ],
)
def test_what_stays_wrong_is_named(answer: Reply, error: type[Exception], code: str) -> None:
    """Each with its own code; a refusal is not asked again."""
    transport = FakeTransport(lambda _: answer)
    with pytest.raises(error) as caught:
        client(transport).read("campaign/get/", {})
    assert caught.value.findings[0].code == code  # type: ignore[attr-defined] # both are ours
    assert (len(transport.requests) == 1) is (code in ("R602", "R606"))


def test_a_write_is_sent_exactly_once() -> None:
    """Whatever comes back, or nothing: deciding what it means is not the client's."""
    transport = FakeTransport(lambda _: Reply(502, b""))
    assert client(transport).write("campaign/create/", "{}").status == 502
    assert [(one.method, one.body) for one in transport.requests] == [("POST", "{}")]


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(lambda number: [], id="empty"),
        pytest.param(lambda number: rows(10), id="repeated"),
        pytest.param(lambda number: rows(10, 1 + 10 * min(number, 40)), id="repeated later"),
    ],
)
def test_a_false_number_of_pages_is_not_believed(rest: Callable[[int], Rows]) -> None:
    """A million pages that bring nothing: few are asked for, and what was read is never taken for everything."""

    def answer(request: Request) -> Reply:
        number = int(request.query["page"])
        return page(rows(10) if number == 1 else rest(number), number, 10, 10_000_000, 1_000_000)

    transport = FakeTransport(answer)
    with pytest.raises(ApiError) as caught:
        client(transport).listing("campaign/get/", {}, "campaign_id", 10)
    assert caught.value.findings[0].code == "R605"
    assert len(transport.requests) < 400


def test_pages_without_end_are_bounded_by_time() -> None:
    """Every page is full and new: after ten minutes it is an error, and it is not read again."""
    world = VirtualWorld()

    def answer(request: Request) -> Reply:
        world.sleep(1)
        number = int(request.query["page"])
        return page(rows(10, 1 + 10 * number), number, 10, 10_000_000, 1_000_000)

    transport = FakeTransport(answer)
    with pytest.raises(ApiError) as caught:
        client(transport, world).listing("campaign/get/", {}, "campaign_id", 10)
    assert "within 600 s" in str(caught.value)
    assert 300 < len(transport.requests) < 700


def test_one_page_too_many_is_no_harm() -> None:
    """A server that counts an empty page after the last full one tells everything."""

    def answer(request: Request) -> Reply:
        number = int(request.query["page"])
        return page(rows(10) if number == 1 else [], number, 10, 10, 2)

    assert len(listed(answer)) == 10
