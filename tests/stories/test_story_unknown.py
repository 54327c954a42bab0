"""Writes without a usable answer: never sent twice on faith, never a second object, and the report names them."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign, family
from tests.stories.workspace import Workspace

BROKEN: dict[str, dict[str, Any]] = {
    "the reply is lost": {"lose_reply": True},
    "the request is lost": {"lose_request": True},
    "the reply is cut": {"truncate": 9},
    "the reply is cut before its body": {"truncate": 0},
    "a gateway answers, done": {"status": 504, "commit": True},
    "a gateway answers, not done": {"status": 502},
    "no JSON, done": {"garbage": "<html>oops</html>", "commit": True},
    "an empty body": {"garbage": "", "commit": True},
    "JSON, no envelope": {"garbage": "[1, 2]", "commit": True},
    "an envelope with code twice": {"garbage": '{"code": 40002, "code": 0, "message": "", "data": {}}', "commit": True},
    "a code that is a text": {"garbage": '{"code": "0", "message": "", "data": {}}', "commit": True},
    "bytes that are no text": {"garbage": "/////w==", "encoding": "base64", "commit": True},
    "deep JSON": {"garbage": "[" * 100_000, "commit": True},
    "an unknown code": {"code": 51999, "message": "hm", "commit": True},
    "a system error": {"code": 50000, "message": "system error", "commit": True},
    "a success in an error status": {
        "garbage": '{"code": 0, "message": "OK", "data": {}}', "http_status": 500, "commit": True,
    },
    "a redirect": {"redirect": "http://127.0.0.1:9/", "commit": True},
    "a redirect that keeps the method": {"redirect": "http://127.0.0.1:9/", "http_status": 307},
}  # fmt: skip
WRITES = {"campaign": "campaign/create/", "adgroup": "adgroup/create/"}
FAMILY = {"campaign": "campaign/spring", "adgroup": "adgroup/spring-us"}


def settled(work: Workspace, account: Account) -> None:
    """Once the quiet period is over the next apply looks, decides, and ends in sync with one object a name."""
    work.configure(quiet=0)
    work.apply()
    assert work.run("status", "--json").json["intents"] == []
    assert work.in_sync()
    for kind in ("campaign", "adgroup", "ad"):
        assert len(account.names(kind)) == len(account.objects(kind)) == len(set(account.names(kind)))


@pytest.mark.parametrize(("how", "kind"), rotating(list(product(BROKEN, WRITES)), 5, ": ".join))
def test_a_create_without_a_usable_answer_never_makes_a_second_object(
    work: Workspace, account: Account, kind: str, how: str
) -> None:
    """Unknown and 8 while the quiet period runs, its row blocked; then it is looked for, and only what is not there
    is sent again."""
    account.faults({"path": WRITES[kind], "nth": 1, **BROKEN[how]})
    work.configure(quiet=600)
    work.manifest(*family())
    address = FAMILY[kind]
    first = work.apply(code=8)
    assert first.ended[address] == "unknown"
    assert first.rows[address]["error"]["code"] == "R709"
    assert first.rows[address]["error"]["hint"]
    assert first.ended["ad/spring-us-hero"] == "skipped"
    status = work.run("status", "--json").json
    assert [(one["address"], one["op"]) for one in status["intents"]] == [(address, "create")]
    row = work.plan().rows[address]
    assert (row["op"], row["reason"]) == ("blocked", "unknown")
    (sent,) = [one for one in account.calls("POST") if one["path"] == WRITES[kind]]
    settled(work, account)
    assert account.one("campaign", "spring")["status"] == "DISABLE"
    assert [path for path, _ in account.posts()].count(WRITES[kind]) == (1 if sent["committed"] else 2)
    assert "Traceback" not in first.text


@pytest.mark.parametrize("how", rotating(list(BROKEN), 5))
def test_an_update_without_a_usable_answer_blocks_its_row_alone(work: Workspace, account: Account, how: str) -> None:
    """The other campaign's update is done; the unknown one is looked at later, and sent again only if it is needed."""
    work.manifest(campaign("a"), campaign("b"))
    work.apply()
    work.configure(quiet=600)
    work.replace("500.00", "400.00")
    account.forget_calls()
    account.faults({"path": "campaign/update/", "nth": 1, **BROKEN[how]})
    assert work.apply(code=8).ended == {"campaign/a": "unknown", "campaign/b": "done"}
    assert work.plan().ops == {"campaign/a": "blocked"}
    settled(work, account)
    assert account.one("campaign", "a")["budget"] == "400.00"
    assert len(account.posts()) == (2 if account.calls("POST")[0]["committed"] else 3)


@pytest.mark.parametrize(
    "data", [{}, {"campaign_id": ""}, {"campaign_id": True}, {"campaign_id": "12x"}, [], None], ids=str
)
def test_a_reply_that_lies_about_the_id_is_unknown(work: Workspace, account: Account, data: Any) -> None:
    """Success without an id, or with one that is none, binds nothing and pauses nothing."""
    account.faults({"path": "campaign/create/", "nth": 1, "edit": {"data": data}})
    work.configure(quiet=600)
    work.manifest(campaign())
    assert work.apply(code=8).ended == {"campaign/spring": "unknown"}
    assert [path for path, _ in account.posts()] == ["campaign/create/"]
    settled(work, account)


def test_the_shape_of_an_unknown_outcome(work: Workspace, account: Account) -> None:
    """apply and status say which write, when it was sent, and when it can be known."""
    account.faults({"path": "campaign/create/", "nth": 1, "lose_reply": True})
    work.configure(quiet=600)
    work.manifest(campaign())
    applied = work.apply(code=8)
    assert applied.json["summary"] == {"done": 0, "failed": 0, "skipped": 0, "unknown": 1, "pending": 0}
    (row,) = applied.json["outcomes"]
    assert row.keys() == {"address", "op", "outcome", "id", "error"}
    assert row["error"].keys() == {"code", "message", "request_id", "hint"}
    status = work.run("status", "--json").json
    assert status.keys() == {"format_version", "serial", "refreshes", "intents", "summary"}
    (intent,) = status["intents"]
    assert intent.keys() == {"address", "op", "sent_at", "state", "settles_at"}
    assert intent["state"] == "unknown"
    assert intent["sent_at"] < intent["settles_at"]
    assert status["summary"] == {"pending": 0, "unknown": 1}
    assert "campaign/spring" in work.run("status").stdout


def test_a_late_commit_is_not_doubled(work: Workspace, account: Account) -> None:
    """The connection dropped and the object came later: one object, which is ours once it is found."""
    account.faults({"path": "campaign/create/", "nth": 1, "late_commit": 30})
    work.configure(quiet=600)
    work.manifest(campaign())
    work.apply(code=8)
    assert account.names("campaign") == []
    account.operate("clock", {"advance": 31})
    assert account.names("campaign") == ["spring"]
    assert work.plan().ops == {"campaign/spring": "blocked"}
    settled(work, account)


def test_a_create_that_was_accepted_is_bound_once_a_list_shows_it(work: Workspace, account: Account) -> None:
    """Accepted without an id and not listed yet: 8; once the list has it, the next apply binds it without a write."""
    account.switch(list_lag="3600")
    work.manifest(campaign(), adgroup())
    applied = work.run("apply", "--auto-approve", "--json")
    assert applied.code in (8, 10), applied.text
    assert applied.ended == {"campaign/spring": "done", "adgroup/spring-us": "unknown"}
    assert applied.rows["adgroup/spring-us"]["error"]["code"] == "R711"
    account.switch(list_lag="0")
    account.forget_calls()
    work.apply()
    assert account.posts() == []
    assert work.lock["adgroup/spring-us"]["id"] == account.one("adgroup", "spring-us")["adgroup_id"]
    assert work.in_sync()


def test_a_server_that_made_two_of_them_is_a_case_for_a_person(work: Workspace, account: Account) -> None:
    """Two new objects of that name: neither is bound by guess, and no third is made."""
    account.faults({"path": "adgroup/create/", "nth": 1, "duplicate": True})
    work.configure(quiet=0)
    work.manifest(campaign(), adgroup())
    assert work.run("apply", "--auto-approve", "--json").ended["adgroup/spring-us"] == "unknown"
    assert work.apply(code=10).ended["adgroup/spring-us"] == "skipped"
    assert len(account.objects("adgroup")) == 2


def test_a_throttled_write_is_sent_again_and_done(work: Workspace, account: Account) -> None:
    """40100 says that nobody looked at it: the same call goes out later, and one object comes of it."""
    work.configure(quiet=0.2)
    account.faults({"path": "campaign/create/", "to": 2, "code": 40100, "message": "too fast"})
    work.manifest(*family())
    assert set(work.apply().ended.values()) == {"done"}
    assert account.names("campaign") == ["spring"]
    assert len([path for path, _ in account.posts() if path == "campaign/create/"]) == 3


def test_a_throttle_that_lied_makes_no_second_object(work: Workspace, account: Account) -> None:
    """The call was carried out and answered 40100: a look at the list comes before the call would go out again."""
    work.configure(quiet=0.2)
    account.faults({"path": "campaign/create/", "nth": 1, "code": 40100, "message": "too fast", "commit": True})
    work.manifest(campaign())
    applied = work.run("apply", "--auto-approve", "--json")
    assert applied.ended == {"campaign/spring": "failed"}
    assert account.names("campaign") == ["spring"]


def test_a_refused_create_is_failed_with_the_apis_words(work: Workspace, account: Account) -> None:
    """40002: nothing was made, the message and log id are in the report, the rest is done: 9; alone: 1."""
    account.faults({"path": "campaign/create/", "match": {"campaign_name": "bad"}, "code": 40002, "message": "no way"})
    work.manifest(campaign("bad"), campaign("good"))
    applied = work.apply(code=9)
    assert applied.ended == {"campaign/bad": "failed", "campaign/good": "done"}
    error = applied.rows["campaign/bad"]["error"]
    assert error["code"] == "R606"
    assert "40002" in error["message"]
    assert "no way" in error["message"]
    assert error["request_id"]
    assert work.apply(code=1).ended == {"campaign/bad": "failed"}
    account.faults()
    work.apply()
    assert work.in_sync()


def test_a_write_that_takes_longer_than_the_time_limit_is_unknown(work: Workspace, account: Account) -> None:
    """It may still be carried out: never sent again, and reported as unknown."""
    account.faults({"path": "campaign/create/", "nth": 1, "delay": 600})
    work.configure(quiet=600, timeout="{connect: 5, read: 0.3}")
    work.manifest(*family())
    assert work.apply(code=8).ended["campaign/spring"] == "unknown"
    assert len(account.posts()) == 1


def test_our_own_limits_keep_the_server_from_refusing(work: Workspace, account: Account) -> None:
    """With the documented limits on both sides no call is answered 40100."""
    account.switch(rate="on")
    work.configure(rate="{tier: basic}")
    work.manifest(
        *(campaign(f"c{number}") for number in range(6)), adgroup(parent="c0"), *(ad(f"a{n}") for n in range(7))
    )
    work.apply()
    assert {one["code"] for one in account.calls()} == {"0"}


def test_an_unknown_outcome_that_nobody_has_looked_at_is_8_however_long_the_run(
    work: Workspace, account: Account
) -> None:
    """10 is for what was looked at and cannot be decided: here the next apply settles it by itself."""
    account.faults({"path": "campaign/create/", "nth": 1, "lose_reply": True})
    work.configure(quiet=0)
    work.manifest(campaign())
    assert work.apply(code=8).ended == {"campaign/spring": "unknown"}
    settled(work, account)
