"""A form with a file is what the library would make of it, and never holds the file."""

from __future__ import annotations

import re
from typing import Any

import pytest
import urllib3

from reconciler.api.form import Attached, Form

DATA = bytes(range(256)) * 1000


def attached(size: int, most: list[int]) -> Attached:
    """A file that notes how much of it is asked for at once."""

    def read(at: int, count: int) -> bytes:
        most.append(count)
        return DATA[at : at + count]

    return Attached("video_file", 'a "film".mp4', "video/mp4", size, read)


@pytest.mark.parametrize("piece", [1, 7, 8192, 10**9])
def test_it_is_the_form_of_the_library(piece: int) -> None:
    """Byte for byte, however it is read; its length is told before."""
    form, told = Form({"advertiser_id": "1", "file_name": "ä"}, attached(len(DATA), [])), b""
    while part := form.read(piece):
        told += part
    boundary = re.sub("multipart/form-data; boundary=", "", form.content_type)
    parts: dict[str, Any] = {"advertiser_id": "1", "file_name": "ä"}
    parts["video_file"] = ('a "film".mp4', DATA, "video/mp4")
    assert told == urllib3.encode_multipart_formdata(parts, boundary)[0]
    assert len(form) == len(told)


def test_it_is_sent_in_pieces() -> None:
    """However large the file: what is asked for at once is what the connection takes."""
    most: list[int] = []
    assert b"".join(Form({}, attached(len(DATA), most))).count(DATA) == 1
    assert max(most) <= 65536 < len(DATA)


def test_a_file_that_shrinks_is_no_shorter_form() -> None:
    """The server would wait for the rest: the sending ends instead."""
    with pytest.raises(OSError, match="shorter"):
        b"".join(Form({}, attached(len(DATA) + 1, [])))
