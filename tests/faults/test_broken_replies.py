"""Every malformed reply at every call: no traceback, an honest exit code, no second object, the token nowhere."""

from __future__ import annotations

import base64
import gzip
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.faults.stage import (
    APPLY,
    SUBMIT,
    UPLOAD,
    VIDEO,
    converge,
    own_tasks,
    places,
    refresh,
    set_up,
    settled,
)
from tests.rotation import rotating
from tests.stories.account import Account
from tests.stories.manifests import ad, adgroup, campaign
from tests.stories.workspace import TOKEN, finish, until

BIRTH = (campaign("a", status="ENABLE", budget="70"), adgroup("g", "a"), ad("d", "g"), VIDEO, refresh())
WRITES = ["campaign/create/", "campaign/update/", "adgroup/create/", "ad/create/", UPLOAD, SUBMIT]
READS = [
    "campaign/get/", "adgroup/get/", "ad/get/", "creative/aigc/video/list/", "creative/aigc/video/task/list/",
]  # fmt: skip
OK = '{"code": 0, "message": "OK", "request_id": "1", "data": %s}'


def body(raw: bytes | str, **more: Any) -> dict[str, Any]:
    """A reply with these bytes."""
    data = raw.encode() if isinstance(raw, str) else raw
    return {"garbage": base64.b64encode(data).decode(), "encoding": "base64", **more}


BODIES: dict[str, dict[str, Any]] = {
    **{f"body {text[:12]!r}": body(text) for text in (
        "", "{}", "null", "[]", '"x"', "7", "{", OK % "{}" + "x", "\ufeff" + OK % "{}", "<html>log in</html>",
        OK % '"\\ud800"', OK % "9" * 9, OK % "1e400", OK % "NaN", OK % "null", OK % "[]", OK % '"x"', OK % "[[]]",
        '{"message": "OK", "data": {}}', '{"code": true, "data": {}}', '{"code": 0.0, "data": {}}',
        '{"code": null, "data": {}}', '{"code": -0, "data": {}}', '{"code": 0, "data": {}, "code": 50000}',
        OK % '{"campaign_id": "../x", "video_id": "", "task_ids": []}',
        OK % '{"campaign_id": 1e19, "video_id": 5.5, "task_ids": ["a", null]}',
        OK % '{"campaign_id": -4, "video_id": "a b", "task_ids": [{}]}',
        OK % '{"list": [{}], "page_info": {"page": 1, "page_size": 1000, "total_number": 1, "total_page": 1}}',
        OK % '{"list": [], "page_info": {"page": 1, "page_size": 1000, "total_number": 9, "total_page": 1}}',
        OK % '{"list": [], "page_info": {"page": 1, "page_size": 0, "total_number": 0, "total_page": 99999999}}',
        OK % '{"list": {}, "page_info": []}',
        OK % ('{"list": [{"campaign_id": "5", "adgroup_id": "5", "ad_id": "5", "video_id": "5", "task_id": [], '
              '"campaign_name": 5, "adgroup_name": {}, "ad_name": [], "status": {}, "budget": "x", "create_time": 5, '
              '"preview_url": "file:///etc/passwd", "video_name": []}], '
              '"page_info": {"page": 1, "page_size": 1000, "total_number": 1, "total_page": 1}}'),
    )},
    "UTF-16": body((OK % "{}").encode("utf-16")),
    "not UTF-8": body(b'{"code": 0, "message": "\xff\xfe", "data": {}}'),
    "NUL": body(b"\0" * 50),
    "5000 digits": body('{"code": ' + "1" * 5000 + "}"),
    "deep": body("[" * 100_000),
    "gzip": body(gzip.compress(b"0" * 100_000), headers={"Content-Encoding": "gzip"}),
    "escapes in the message": body('{"code": 40002, "message": "\\u001b[31m\\u202e\\n", "data": {}}'),
    "two replies": body("{}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
    "cut head": {"truncate": 0},
    "cut body": {"truncate": 40},
    "too long": {"wrong_length": 5000},
    "too short": {"wrong_length": 20},
    "redirect": {"redirect": "http://127.0.0.1:9/"},
    "redirect that keeps the method": {"redirect": "http://127.0.0.1:9/", "http_status": 307},
    "the token itself": {"echo_token": True},
    **{f"status {one}": {"status": one} for one in (204, 206, 304, 413, 418, 429, 500, 502, 503, 504)},
}  # fmt: skip
LIES = ("escapes in the message", "the token itself", "status 429")
"""Replies that say by contract that nothing was done."""
COMMITTED = ("garbage", "status", "redirect", "echo_token")


def suffer(account: Account, root: Path, path: str, fault: dict[str, Any]) -> None:
    """One apply with the first reply at one call broken; then without: one of each, and in sync."""
    account.switch(task_seconds="0.1-0.2")
    work = set_up(root, account.url, quiet=0.2)
    work.manifest(*BIRTH)
    account.faults({"path": path, "nth": 1, **fault})
    ended = work.run(*APPLY)
    assert ended.code in (0, 1, 4, 5, 8, 9, 10), ended.text
    assert "Traceback" not in ended.text
    assert ended.json["format_version"]
    assert "\x1b" not in ended.text
    assert places(work, TOKEN, ended.stdout, ended.stderr) == []
    account.faults()
    converge(work, account)
    settled(work, account)


READ_CASES = [(path, name) for path in READS for name in BODIES]
WRITE_CASES = [
    (path, name, commit)
    for path in WRITES
    for name, fault in BODIES.items()
    for commit in (False, True)
    if not commit or (set(COMMITTED) & fault.keys() and name not in LIES)
]


def named(case: tuple[object, ...]) -> str:
    """What is broken where."""
    return " ".join(map(str, case))


@pytest.mark.parametrize(("path", "name"), rotating(READ_CASES, 26, named))
def test_a_broken_answer_to_a_read_decides_nothing(account: Account, tmp_path: Path, path: str, name: str) -> None:
    """It is read again: the apply ends as without it, and what it made is one of each."""
    suffer(account, tmp_path / "w", path, BODIES[name])


@pytest.mark.parametrize(("path", "name", "commit"), rotating(WRITE_CASES, 26, named))
def test_a_broken_answer_to_a_write_makes_no_second_object(
    account: Account, tmp_path: Path, path: str, name: str, commit: bool
) -> None:
    """Whether or not the write was carried out: one of each in the end, and no task paid for twice."""
    suffer(account, tmp_path / "w", path, {**BODIES[name], **({"commit": True} if commit else {})})
    assert len(own_tasks(account)) == 1


def test_no_child_process_and_no_command_line_holds_the_token(account: Account, tmp_path: Path) -> None:
    """While a call hangs: the token is in the environment that the command was given, and in no process list."""
    work = set_up(tmp_path / "w", account.url)
    work.manifest(*BIRTH)
    account.faults({"path": "campaign/create/", "delay": 60})
    process = work.start(*APPLY, anew=True)
    until(lambda: account.posts())
    mine = Path("/proc") / str(process.pid)
    shown = subprocess.run(["ps", "-axww", "-o", "args="], capture_output=True, check=True)
    line, theirs = shown.stdout, []
    if mine.exists():
        # Only Linux shows the environment of children.
        children = (mine / "task" / str(process.pid) / "children").read_text().split()
        theirs = [(Path("/proc") / child / "environ").read_bytes() for child in children]
    process.kill()
    ended = finish(process)
    assert not any(TOKEN.encode() in data for data in (line, *theirs))
    assert places(work, TOKEN, ended.stdout, ended.stderr) == []
