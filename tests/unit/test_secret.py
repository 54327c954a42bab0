"""The access token: nobody can print it, and no form of it stays in what anybody sees."""

from __future__ import annotations

import base64
import copy
import json
import pickle
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.api.secret import Secret, take_token
from reconciler.errors import Credentials

TOKEN = 'abc/DEF+ghi=123"456'
tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=16, max_size=60)


def forms(token: str) -> list[str]:
    """Every way the token is likely to be written."""
    raw = token.encode()
    return [token, quote(token, safe=""), json.dumps(token)[1:-1], base64.b64encode(raw).decode()]


def test_it_shows_itself_nowhere() -> None:
    """Neither by printing nor by formatting, nor inside a list or an error."""
    secret = Secret(TOKEN)
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r}", f"{[secret]}", str(ValueError(secret))):
        assert TOKEN not in shown
        assert "***" in shown


def test_it_cannot_be_copied_out() -> None:
    """Pickling and copying fail, and there is no dictionary to look into."""
    secret = Secret(TOKEN)
    for take in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            take(secret)
    assert not hasattr(secret, "__dict__")


@settings(max_examples=100)
@given(tokens, st.binary(max_size=30), st.binary(max_size=30))
def test_every_form_is_removed(token: str, before: bytes, after: bytes) -> None:
    """Plain, percent-encoded, inside JSON, and Base64."""
    secret = Secret(token)
    for form in forms(token):
        assert secret.within(f"x{form}y")
        left = secret.remove(before + form.encode() + after)
        assert form.encode() not in left


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=15))
def test_a_short_one_may_be_a_word_and_hides_none(token: str) -> None:
    """Below 16 characters it is found in nothing and masks nothing."""
    secret = Secret(token)
    assert (secret.long, secret.searched) == (False, None)
    assert not secret.within(f"the word {token} of a text")
    assert secret.remove(f"the word {token} of a text".encode()) == f"the word {token} of a text".encode()


def test_the_rest_stays() -> None:
    """Only the token is taken out."""
    assert Secret(TOKEN).remove(b"before after") == b"before after"
    assert Secret(TOKEN).remove(b"a" + TOKEN.encode() + b"b") == b"a[access token]b"
    assert not Secret(TOKEN).within("nothing of it")


def test_it_is_taken_out_of_the_environment() -> None:
    """No child process inherits it."""
    environment = {"TIKTOK_ACCESS_TOKEN": f" {TOKEN}\n", "HOME": "/"}
    found = take_token(environment)
    assert found is not None
    assert found.reveal() == TOKEN
    assert environment == {"HOME": "/"}


def test_it_may_come_from_a_file(tmp_path: Path) -> None:
    """The variable wins over the file."""
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n", encoding="utf-8")
    found = take_token({"TIKTOK_ACCESS_TOKEN_FILE": str(file)})
    assert found is not None
    assert found.reveal() == TOKEN
    both = take_token({"TIKTOK_ACCESS_TOKEN": "other", "TIKTOK_ACCESS_TOKEN_FILE": str(file)})
    assert both is not None
    assert both.reveal() == "other"


@pytest.mark.parametrize("environment", [{}, {"TIKTOK_ACCESS_TOKEN": ""}, {"TIKTOK_ACCESS_TOKEN": "  "}])
def test_nothing_is_no_token(environment: dict[str, str]) -> None:
    """None, and no made-up default."""
    assert take_token(environment) is None


@pytest.mark.parametrize("token", ["two words", "tab\there", "naïve", "a\x00b", "line\nbreak"])
def test_what_cannot_be_a_token_is_refused(token: str) -> None:
    """A header could not carry it, or would carry more than it."""
    with pytest.raises(Credentials) as caught:
        take_token({"TIKTOK_ACCESS_TOKEN": token})
    assert token not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, a folder, not text, or empty: one error that names the variable and says why."""
    binary, empty = tmp_path / "binary", tmp_path / "empty"
    binary.write_bytes(b"\xff\xfe")
    empty.write_text("\n")
    causes = {tmp_path / "missing": "No such file", tmp_path: "Is a directory", binary: "no text", empty: "is empty"}
    for path, why in causes.items():
        with pytest.raises(Credentials, match=f"TIKTOK_ACCESS_TOKEN_FILE.*{why}"):
            take_token({"TIKTOK_ACCESS_TOKEN_FILE": str(path)})
