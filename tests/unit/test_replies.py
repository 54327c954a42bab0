"""What a reply to a write means: every code the platform is known to send, and every shape that is none."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.api.phrases import PHRASES, advice
from reconciler.api.replies import read
from reconciler.api.returned import RETURNED, Returned, groups
from reconciler.api.transport import Reply

# The published return codes, each with what it means for a write that was sent.
TABLE = {
    "done": [0],
    "throttled": [40016, 40100, 40132, 40133, 61000],
    "credentials": [
        40001, 40003, 40010, 40013, 40014, *range(40101, 40111), *range(40112, 40120), 40124, 40125, 40130, 40131,
        41000, 70001,
    ],
    "rejected": [
        40000, 40002, 40006, 40007, 40008, 40009, 40011, 40051, 40052, 40053, 40061, 40062, 40063, 40065, 40200, 40201,
        40300, 40301, 40302, 40309, 40400, 40502, 40900, 40901, 40902, 40903, 40904, 40905, 40906, 40907, 40908, 40909,
        40910, 40911, 40912, 40913, 40914, 40915, 40916, 41001, 41002,
    ],
    "unknown": [
        20001, 40012, 40050, 40202, 40700, 50000, 50002, *range(51000, 51068), 51099, 51305, *range(52000, 52004),
        *range(52100, 52104), *range(52201, 52205), 53102, 53103, 60001, 1, -1, 99999,
    ],
}  # fmt: skip


def reply(code: object, status: int = 200, **more: object) -> Reply:
    """An envelope."""
    return Reply(status, json.dumps({"code": code, "message": "m", "request_id": "r", "data": {}, **more}).encode())


@pytest.mark.parametrize(("verdict", "code"), [(verdict, code) for verdict, codes in TABLE.items() for code in codes])
def test_codes(verdict: str, code: int) -> None:
    """Done, rejected, throttled, refused credentials; anything else may or may not have been done."""
    assert read(reply(code)).verdict == verdict


# The same for a GET, where it differs: what may be asked again, and what is refused for good.
READS = {
    "unknown": [
        40200, 40201, 40202, 40700, 40901, 40902, 40903, 40913, 50000, 50002, 51001, 51039, 51067, 51099, 51305,
        52000, 52103, 52204, 60001, 99999,
    ],
    "rejected": [20001, 40000, 40002, 40007, 40011, 40012, 40050, 40400, 40900, 40911, 53102, 53103],
    "throttled": TABLE["throttled"],
    "credentials": TABLE["credentials"],
    "done": [0],
}  # fmt: skip


@pytest.mark.parametrize(("verdict", "code"), [(verdict, code) for verdict, codes in READS.items() for code in codes])
def test_codes_of_reads(verdict: str, code: int) -> None:
    """What a write must leave unknown, a read may ask again; what will never pass is not asked again."""
    assert read(reply(code), get=True).verdict == verdict


def test_no_code_stands_in_two_rows() -> None:
    """The table does not contradict itself, and holds every code that this file knows."""
    listed = [code for _, one in groups() for code in [number for number, row in RETURNED.items() if row is one]]
    assert len(listed) == len(set(listed)) == len(RETURNED)
    assert {code for codes in TABLE.values() for code in codes} - RETURNED.keys() == {1, -1, 99999}


@pytest.mark.parametrize("one", [one for _, one in groups()], ids=lambda one: one.title)
def test_a_throttle_or_refused_token_is_the_same_both_ways(one: Returned) -> None:
    """Only between rejected and unknown may a read and a write differ; every row is whole sentences."""
    assert one.write == one.read or {one.write, one.read} == {"rejected", "unknown"}
    assert one.title
    assert one.means.endswith(".")
    assert one.advice.endswith(".")


def test_hints_are_the_advice_of_the_table() -> None:
    """An error says what to do about its code, and something sensible about one that nobody knows."""
    assert advice(40105, "m", "-") == "check the access token; a new one comes from the developer portal"
    assert (advice(12345, "m", "look"), advice(None, "", "look")) == ("look", "look")


@pytest.mark.parametrize(
    ("code", "status", "verdict"),
    [
        (0, 201, "done"),
        (0, 500, "unknown"),
        (0, 302, "unknown"),
        (40002, 400, "rejected"),
        (40002, 502, "unknown"),
        (40105, 401, "credentials"),
        (40100, 429, "throttled"),
        (77777, 401, "credentials"),
        (77777, 429, "throttled"),
        (77777, 500, "unknown"),
    ],
)
def test_code_and_status(code: int, status: int, verdict: str) -> None:
    """The body decides; a status that contradicts it makes it unknown."""
    assert read(reply(code, status)).verdict == verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, "unknown"), (301, "unknown"), (307, "unknown"), (400, "unknown"), (401, "credentials"),
        (403, "credentials"), (404, "unknown"), (405, "unknown"), (408, "unknown"), (413, "unknown"),
        (429, "throttled"), (500, "unknown"), (502, "unknown"), (503, "unknown"), (504, "unknown"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b"[]", b'"0"', b'{"code":"0"}', b'{"code":true}', b"{"])
def test_no_envelope(status: int, verdict: str, body: bytes) -> None:
    """Without the documented envelope only a plain status says anything."""
    found = read(Reply(status, body))
    assert (found.verdict, found.code) == (verdict, None)


@pytest.mark.parametrize(
    "body",
    [
        b'{"code":0,"code":40002}',
        b'{"code":0.0}',
        b'{"code":NaN}',
        b'{"code":0,"data":Infinity}',
        b'{"code":0}{"code":0}',
        b"\xff\xfe",
        b'{"code":0,"data":' + b"[" * 100_000,
    ],
)
def test_what_only_looks_like_success(body: bytes) -> None:
    """An envelope that says two things, or is no JSON, is no success."""
    assert read(Reply(200, body)).verdict == "unknown"


def test_amounts_keep_their_digits() -> None:
    """No live budget passes through a binary float."""
    found = read(Reply(200, b'{"code":0,"data":{"budget":0.10}}'))
    assert str(found.data["budget"]) == "0.10"


@pytest.mark.parametrize("odd", [None, 5, "", [], {}])
def test_message_and_request_id_are_texts(odd: object) -> None:
    """Whatever the server puts there, nothing but text is shown."""
    found = read(reply(40002, message=odd, request_id=odd))
    assert found.message == (odd if isinstance(odd, str) else "")
    assert found.request_id is None


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(100, 599))
def test_no_bytes_are_success_by_accident(body: bytes, status: int) -> None:
    """Noise is never taken for done, and never raises."""
    assert read(Reply(status, body)).verdict != "done"


@pytest.mark.parametrize("phrase", [phrase for phrase, _ in PHRASES])
@pytest.mark.parametrize("code", [40000, 40002])
def test_a_message_can_mean_more_than_its_code(phrase: str, code: int) -> None:
    """In any case of its letters; with another code, or another message, only the code counts."""
    (means,) = [one for known, one in PHRASES if known == phrase]
    told = reply(code, message=f"Sorry: {phrase.upper()}!")
    assert (read(told).verdict, read(told, get=True).verdict) == (means.write, means.read)
    assert advice(code, phrase, "-").endswith(means.advice[1:].removesuffix("."))
    assert read(reply(40105, message=phrase)).verdict == "credentials"
    assert read(reply(code, message="budget is wrong")).verdict == "rejected"


def test_what_is_transient_in_fact_is_unknown_not_refused() -> None:
    """The manifest is not blamed for it, and nothing is sent twice on faith."""
    assert read(reply(40002, message="Could not acquire IP.")).verdict == "unknown"
    assert "manifest is not wrong" in advice(40002, "Could not acquire IP.", "-")
    assert {read(reply(code)).verdict for code in (50000, 50001, 50003, 50999)} == {"unknown"}
    assert read(reply(40133)).verdict == "throttled"


_NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
_TEXTS = st.text(st.characters(exclude_characters='"\\', exclude_categories=("Cs", "Cc")), max_size=9)
_VALUES = st.recursive(
    _NUMBERS
    | st.sampled_from(("true", "null", "NaN", "1.", "01", "-Infinity", "9" * 5000))
    | _TEXTS.map('"{}"'.format),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda some: f"[{','.join(some)}]")
        | st.lists(st.tuples(_TEXTS, inner), max_size=3).map(
            lambda some: "{" + ",".join(f'"{key}":{value}' for key, value in some) + "}"
        )
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(_VALUES, st.binary(max_size=2), st.integers(0, 60))
def test_a_plain_reply_is_read_as_a_careful_reader_reads_it(value: str, noise: bytes, at: int) -> None:
    """An escape in a key makes the careful one read the same envelope: digit for digit, and refuse the same."""
    told = []
    for key in (b'"code"', rb'"\u0063ode"'):
        data = value.encode()
        data = data[:at] + noise + data[at:]
        found = read(Reply(200, b'{"message":"m",' + key + b':0,"data":' + data + b"}"))
        told.append(repr(found))
    assert told[0] == told[1]


def test_amounts_and_ids_keep_every_digit() -> None:
    """No binary fraction stands between the wire and what is compared; a whole number has no size."""
    body = b'{"code":0,"data":{"budget":1234567890123456.10,"spend":0.1,"id":123456789012345678901234567890}}'
    data = read(Reply(200, body)).data
    assert data == {
        "budget": Decimal("1234567890123456.10"),
        "spend": Decimal("0.1"),
        "id": 123456789012345678901234567890,
    }
    assert str(data["budget"]) == "1234567890123456.10"
    assert type(data["spend"]) is Decimal


def test_two_codes_are_none() -> None:
    """However the second is written."""
    for second in (b'"code":0', rb'"\u0063ode":0', b'"code" :0'):
        assert read(Reply(200, b'{"code":40002,' + second + b"}")).verdict == "unknown"
