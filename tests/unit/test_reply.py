"""What a recorded write turned out to be: from its reply, or from a complete listing, never from hope."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.account.listing import Listing, Reader
from reconciler.apply.reply import candidates, identity, read_reply, settle_listed, settle_recorded
from reconciler.contracts.openapi.binding import OPENAPI
from reconciler.contracts.registry import Contracts
from reconciler.errors import ApiError
from reconciler.model import LiveObject
from reconciler.state.fold import Intent
from reconciler.state.ledger import Ledger
from tests.unit.builders import ADVERTISER, at, entry, live
from tests.unit.worlds import FakeTransport, MemoryStore, VirtualWorld, client, page

BODY = {"campaign_id": "1", "adgroup_name": "g"}

SPOKEN = Contracts(OPENAPI)


def sent(ledger: Ledger, address: str = "campaign/a", verb: str = "create", body: Mapping[str, Any] = BODY) -> Intent:
    """A write of this run."""
    where = at(address)
    kept = entry("" if verb == "create" else "1")
    return ledger.intent(where, verb, "x/", json.dumps(body), seen=["7"], entries={where: kept})


def ledger() -> Ledger:
    """An empty state."""
    return Ledger.read(MemoryStore(), VirtualWorld(), {"advertiser_id": ADVERTISER}, "apply")


def answered(reply: dict[str, Any], address: str = "campaign/a", verb: str = "create") -> tuple[str, str | None]:
    """Verdict and id of a recorded reply."""
    intent = sent(ledger(), address, verb)
    intent.reply = reply
    found = read_reply(intent, SPOKEN)
    return found.verdict, found.id


def body(data: Any, code: int = 0) -> dict[str, Any]:
    """A recorded reply."""
    return {"status": 200, "body": json.dumps({"code": code, "message": "m", "data": data})}


@pytest.mark.parametrize(
    ("reply", "address", "verb", "verdict"),
    [
        (body({"campaign_id": "5"}), "campaign/a", "create", ("done", "5")),
        (body({"campaign_id": 5}), "campaign/a", "create", ("done", "5")),
        (body({}), "campaign/a", "create", ("unknown", None)),
        (body(None), "campaign/a", "create", ("unknown", None)),
        (body({"campaign_id": "x"}), "campaign/a", "create", ("unknown", None)),
        (body({}), "adgroup/g", "create", ("accepted", None)),
        (body({}), "campaign/a", "update", ("done", None)),
        (body({}, 40002), "campaign/a", "create", ("rejected", None)),
        (body({}, 40100), "campaign/a", "create", ("throttled", None)),
        (body({}, 40105), "campaign/a", "create", ("credentials", None)),
        (body({}, 50000), "campaign/a", "create", ("unknown", None)),
        ({"failure": "no reply"}, "campaign/a", "create", ("unknown", None)),
        ({"status": 502, "body": ""}, "campaign/a", "update", ("unknown", None)),
    ],
)
def test_read_reply(reply: dict[str, Any], address: str, verb: str, verdict: tuple[str, str | None]) -> None:
    """The same reading whether the reply came now or lies in the journal."""
    assert answered(reply, address, verb) == verdict


@pytest.mark.parametrize(
    ("value", "found"),
    [("5", "5"), (5, "5"), ("0" * 20, "0" * 20), ("0" * 21, None), (True, None), (0, None), (-5, None), ("", None),
     ("٣", None), (5.0, None), (None, None), ("5 ", None), ([5], None)],
)  # fmt: skip
def test_identity(value: object, found: str | None) -> None:
    """Digits as text; anything else is no id."""
    assert identity(value) == found


def listing(*objects: LiveObject) -> Listing:
    """A complete listing."""
    by_name: dict[tuple[str | None, str], list[str]] = {}
    for one in objects:
        by_name.setdefault((one.parent, one.name), []).append(one.id)
    return Listing({one.id: one for one in objects}, 0.0, len(objects), by_name)


def test_candidates_have_name_and_parent_and_were_not_there() -> None:
    """Only what this very create can have made."""
    shown = listing(live("7", "g", "1"), live("8", "g", "2"), live("9", "G", "1"), live("10", "g", "1"))
    assert candidates(sent(ledger(), "adgroup/g"), SPOKEN, shown) == ["10"]


def test_a_recorded_reply_is_read_after_a_crash() -> None:
    """The crash came between reply and meaning: the next run gives it, once."""
    state = ledger()
    intent = sent(state)
    state.reply(intent, body({"campaign_id": "5"}))
    settle_recorded(state, SPOKEN)
    assert state.lock.resources[at("campaign/a")].id == "5"
    assert state.intents == {}


def test_without_a_reply_nothing_is_settled() -> None:
    """It may or may not have been done."""
    state = ledger()
    sent(state)
    settle_recorded(state, SPOKEN)
    assert len(state.intents) == 1
    assert not state.lock.resources


@pytest.mark.parametrize(("ids", "bound"), [([], None), (["10"], "10"), (["10", "11"], None), (["7"], None)])
def test_an_accepted_create_is_bound_only_to_the_one_candidate(ids: list[str], bound: str | None) -> None:
    """None or two: a person or a later listing must tell."""
    state = ledger()
    state.accepted(sent(state, "adgroup/g"))
    settle_listed(state, SPOKEN, {"adgroup": listing(*(live(one, "g", "1") for one in ids))})
    found = state.lock.resources.get(at("adgroup/g"))
    assert (found.id if found else None) == bound
    assert (len(state.intents) == 0) is (bound is not None)


def reader(rows: list[Mapping[str, Any]]) -> Reader:
    """A reader of an account with these campaigns."""
    transport = FakeTransport(lambda _: page(rows, 1, 1000, len(rows), 1 if rows else 0))
    return Reader(client(transport), SPOKEN, ADVERTISER, 2)


def test_a_listing_is_filtered_on_our_side_too() -> None:
    """Other advertisers' and deleted rows are not ours, whatever the server shows."""
    rows: list[Mapping[str, Any]] = [
        {"campaign_id": "1", "advertiser_id": ADVERTISER, "campaign_name": "a", "status": "ENABLE", "budget": 50},
        {"campaign_id": "2", "advertiser_id": "7000000000000000002", "campaign_name": "b"},
        {"campaign_id": "3", "campaign_name": "c", "status": "DELETE"},
    ]
    found = reader(rows).listing("campaign")
    assert list(found.objects) == ["1"]
    assert found.objects["1"].fields["budget"] == "50.00"
    assert list(reader(rows).listing("campaign", ids=["9"]).objects) == []


@pytest.mark.parametrize("row", [{"campaign_id": "x1"}, {"campaign_id": "1", "budget": "much"}])
def test_a_row_that_cannot_be_read_is_an_error(row: Mapping[str, Any]) -> None:
    """An id that is no number would poison the lockfile, a budget that is none the guard rail."""
    with pytest.raises(ApiError):
        reader([row]).listing("campaign")
