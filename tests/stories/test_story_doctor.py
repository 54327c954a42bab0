"""The doctor: every fault it knows, made by the simulator or in the folder, and seen, with what to do."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from reconciler.contracts.registry import CONTRACTS
from tests.stories.account import ADVERTISER, Account
from tests.stories.manifests import campaign, family
from tests.stories.workspace import TOKEN, Run, Workspace

REFRESH = """kind: CreativeRefresh
name: hooks
spec: {video_id: "v1", strategies: [SWAP_MUSIC], variants: 1}
"""
ALL = {
    "workspace", "manifests", "state", "open writes", "disk", "rate window", "host", "limits", "token", "connection",
    "clock", "token accepted", "advertiser", "contract", "families", "currency", "timezone", "generated variants",
}  # fmt: skip


@pytest.fixture(params=list(CONTRACTS))
def spoken(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Account, Workspace]]:
    """An account with one campaign and a workspace, for each contract that a workspace can speak."""
    with Account(contract=request.param) as account:
        work = Workspace(tmp_path / "workspace", account.url)
        work.configure()
        work.replace("contract: openapi", f"contract: {request.param}", "reconciler.yaml")
        work.replace("currency: USD}", "currency: USD, timezone: America/New_York}", "reconciler.yaml")
        account.load(campaigns=[{"campaign_name": "Spring"}])
        account.forget_calls()
        yield account, work


def seen(ended: Run) -> dict[str, dict[str, Any]]:
    """The lines of the document, by name: each name once, and each that is not well says what to do."""
    rows = ended.json["checks"]
    assert all(row["hint"] for row in rows if row["state"] in ("warning", "failed")), rows
    states = [row["state"] for row in rows]
    assert ended.json["summary"] == {one: states.count(one) for one in ("ok", "warning", "failed", "skipped")}
    assert len({row["name"] for row in rows}) == len(rows)
    return {row["name"]: row for row in rows}


def diagnosed(work: Workspace, name: str, state: str, code: int, *, token: str | None = TOKEN) -> dict[str, Any]:
    """The line of that name, which must be in that state; in words it is shown as well."""
    ended = work.run("doctor", "--json", token=token)
    found = seen(ended)
    assert found.keys() >= ALL - {"advertiser"}
    assert (found[name]["state"], ended.code) == (state, code), ended.text
    shown = work.run("doctor", token=token)
    assert shown.code == code
    assert any(line.startswith(state) and f"  {name} " in line for line in shown.stdout.splitlines()), shown.text
    assert not found[name]["hint"] or found[name]["hint"] in shown.stdout
    return found[name]


def test_a_healthy_workspace(spoken: tuple[Account, Workspace]) -> None:
    """Everything is well or cannot be told: exit 0; a handful of GETs, nothing is written, no token is shown."""
    account, work = spoken
    before = work.files()
    ended = work.run("doctor", "--json")
    found = seen(ended)
    assert ended.code == 0, ended.text
    assert found.keys() == ALL
    told = CONTRACTS[work.root.joinpath("reconciler.yaml").read_text("utf-8").partition("contract: ")[2].split(",")[0]]
    unknown = set() if told.reports.account_path else {"currency", "timezone", "families"}
    assert {name for name, row in found.items() if row["state"] != "ok"} == unknown
    assert account.posts() == []
    assert len(account.calls()) <= 7
    assert work.files() == before
    assert TOKEN not in ended.text
    assert "TIKTOK_ACCESS_TOKEN" in found["token"]["message"]


# ------------------------------------------------------------------------------------------------ this machine


def test_no_token(work: Workspace, account: Account) -> None:
    """Exit 4; everything about this machine is checked all the same, and nothing is sent."""
    assert diagnosed(work, "token", "failed", 4, token=None)["code"] == "R601"
    assert account.calls() == []


def test_the_token_of_a_file(work: Workspace, account: Account) -> None:
    """The line says where the token is from; a file that cannot be read is exit 4, and the other checks go on."""
    file = work.write("token", TOKEN)
    with mock.patch.dict(os.environ, {"TIKTOK_ACCESS_TOKEN_FILE": str(file)}):
        assert "TIKTOK_ACCESS_TOKEN_FILE" in diagnosed(work, "token", "ok", 0, token=None)["message"]
    with mock.patch.dict(os.environ, {"TIKTOK_ACCESS_TOKEN_FILE": "/nowhere"}):
        assert diagnosed(work, "token", "failed", 4, token=None)["code"] == "R601"


def test_a_broken_workspace(work: Workspace, account: Account) -> None:
    """Exit 3 even without a token: what is not known is not guessed, and disk and token are looked at."""
    work.write("reconciler.yaml", "version: 2\n")
    assert diagnosed(work, "workspace", "failed", 3)["code"].startswith("R")
    assert seen(work.run("doctor", "--json", token=None))["token"]["state"] == "failed"
    assert work.run("doctor", token=None).code == 3
    assert account.calls() == []


def test_a_broken_manifest(work: Workspace, account: Account) -> None:
    """Exit 3 with its place; the API is asked all the same."""
    work.manifest(campaign(objective_type="TRAFIC"))
    found = diagnosed(work, "manifests", "failed", 3)
    assert found["message"].startswith("manifests/a.yaml:")
    assert account.calls() != []


@pytest.mark.parametrize("file", ["reconciler.lock", ".reconciler/journal.jsonl"])
def test_a_damaged_state(work: Workspace, account: Account, file: str) -> None:
    """Lockfile or journal cannot be used: exit 3, and the API is asked all the same."""
    work.manifest(*family())
    work.apply()
    account.forget_calls()
    text = (work.root / file).read_text("utf-8")
    work.write(file, "{" + text if file.endswith("lock") else "x" + text)
    assert diagnosed(work, "state", "failed", 3)["code"] in ("R501", "R502")
    assert account.calls() != []


def test_a_journal_that_is_gone(work: Workspace) -> None:
    """A warning: the next apply looks around first."""
    work.manifest(*family())
    work.apply()
    work.journal.unlink()
    assert "journal is gone" in diagnosed(work, "state", "warning", 0)["message"]


def test_an_open_write(work: Workspace, account: Account) -> None:
    """A write of unknown outcome is named, with the commands that settle it."""
    work.configure(quiet=600)
    work.manifest(campaign())
    account.faults({"path": "campaign/create/", "lose_reply": True})
    work.apply(code=8)
    account.faults()
    found = diagnosed(work, "open writes", "warning", 0)
    assert "campaign/spring" in found["message"]
    assert "recover" in found["hint"]


def test_another_run(work: Workspace) -> None:
    """Who holds the workspace is a warning, and the doctor does not wait for it."""
    work.manifest(campaign())
    work.apply()
    with (work.root / ".reconciler/lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert diagnosed(work, "run lock", "warning", 0)["code"] == "R503"


def test_a_file_where_our_folder_belongs(work: Workspace) -> None:
    """The disk cannot be used."""
    work.write(".reconciler", "")
    assert seen(work.run("doctor", "--json"))["disk"]["state"] == "failed"
    assert work.run("doctor").code in (1, 3)


def test_a_folder_that_cannot_be_written_to(work: Workspace) -> None:
    """Seen without writing; root may write anywhere, and is told so."""
    work.root.chmod(0o500)
    try:
        diagnosed(work, "disk", *(("ok", 0) if os.geteuid() == 0 else ("failed", 1)))
    finally:
        work.root.chmod(0o700)


def test_the_rate_window(work: Workspace) -> None:
    """What is no rate window is a failure, a folder in its place too; nothing of it is touched."""
    path = work.write(".reconciler/rate.json", "no JSON")
    assert diagnosed(work, "rate window", "failed", 3)["code"] == "R405"
    assert path.read_text("utf-8") == "no JSON"
    path.unlink()
    path.mkdir()
    diagnosed(work, "rate window", "failed", 1)


# ------------------------------------------------------------------------------------------------ the server


def test_a_refused_token(spoken: tuple[Account, Workspace]) -> None:
    """Exit 4, the API's words and its log id; nothing more is asked."""
    account, work = spoken
    account.switch(tokens="another")
    found = diagnosed(work, "token accepted", "failed", 4)
    assert "40105" in found["message"]
    assert found["request_id"]
    assert len(account.calls()) == 2


def test_somebody_elses_advertiser(spoken: tuple[Account, Workspace]) -> None:
    """Exit 4: the token is accepted, the advertiser is not its own; the other questions are asked all the same."""
    account, work = spoken
    account.switch(advertisers="7999999999999999999")
    found = diagnosed(work, "advertiser", "failed", 4)
    assert "40001" in found["message"]
    assert seen(work.run("doctor", "--json"))["token accepted"]["state"] == "ok"
    assert seen(work.run("doctor", "--json"))["generated variants"]["state"] == "ok"


@pytest.mark.parametrize(("code", "exit_code"), [(40001, 4), (40118, 4), (40300, 1), (51002, 1)])
def test_one_call_that_is_refused(spoken: tuple[Account, Workspace], code: int, exit_code: int) -> None:
    """The other calls are asked all the same, and tell the contract."""
    account, work = spoken
    account.faults(*({"path": path, "code": code} for path in ("ad/get/", "smart_plus/ad/get/")))
    assert str(code) in diagnosed(work, "advertiser", "failed", exit_code)["message"]
    assert seen(work.run("doctor", "--json"))["contract"]["state"] == "ok"


def test_no_permission_for_variants(spoken: tuple[Account, Workspace]) -> None:
    """A warning as long as no manifest wants any, then exit 4; the advice names permission and allow list."""
    account, work = spoken
    account.switch(allowlist="off")
    found = diagnosed(work, "generated variants", "warning", 0)
    assert "Generative AI Tool > Video Generation" in found["hint"]
    assert "allow list" in found["hint"]
    work.manifest(REFRESH)
    assert "40118" in diagnosed(work, "generated variants", "failed", 4)["message"]


def test_an_empty_account_cannot_tell_its_contract(work: Workspace) -> None:
    """Said plainly, as a warning."""
    assert "undecided" in diagnosed(work, "contract", "warning", 0)["message"]


@pytest.mark.parametrize("contract", list(CONTRACTS))
@pytest.mark.parametrize("server", ["openapi", "marketing"])
def test_a_server_that_speaks_another_contract(tmp_path: Path, contract: str, server: str) -> None:
    """Rows tell which it is: exit 1, and where it is known the name of the right one."""
    if contract == server or (contract, server) == ("smart_plus", "marketing"):
        return
    with Account(contract=server) as account:
        work = Workspace(tmp_path / "workspace", account.url)
        work.configure()
        work.replace("contract: openapi", f"contract: {contract}", "reconciler.yaml")
        account.load(campaigns=[{"campaign_name": "Spring"}])
        if contract == "smart_plus":
            # Nothing answers below smart_plus/ there.
            assert "smart_plus/" in diagnosed(work, "connection", "failed", 1)["message"]
            return
        found = diagnosed(work, "contract", "failed", 1)
        assert CONTRACTS[contract].status_field in found["message"]
        assert server not in CONTRACTS or f"api.contract: {server}" in found["hint"]


@pytest.mark.parametrize(
    ("seconds", "state", "code"), [(1, "ok", 0), (5, "ok", 0), (60, "warning", 0), (600, "failed", 1)]
)
def test_the_clock(spoken: tuple[Account, Workspace], seconds: int, state: str, code: int) -> None:
    """The server's Date header against this machine: settling a lost write bears two minutes."""
    account, work = spoken
    account.operate("clock", {"advance": seconds})
    found = diagnosed(work, "clock", state, code)
    assert "behind" in found["message"] or seconds == 1


def test_a_server_without_a_clock(work: Workspace, account: Account) -> None:
    """What is not told is not judged."""
    account.faults(
        {"path": "campaign/get/", "garbage": '{"code": 40002, "message": "no"}', "headers": {"Date": "soon"}}
    )
    assert "no time" in seen(work.run("doctor", "--json"))["clock"]["message"]


def test_throttled_now(spoken: tuple[Account, Workspace]) -> None:
    """Said at once, without the pauses of other commands; what could not be looked at is not called well."""
    account, work = spoken
    account.faults({"code": 40100})
    assert "40100" in diagnosed(work, "limits", "failed", 1)["message"]
    assert len(account.calls()) == 2


@pytest.mark.parametrize(
    "fault", [{"lose_request": True}, {"status": 404}, {"garbage": "<html>"}, {"status": 502}], ids=str
)
def test_no_api_there(spoken: tuple[Account, Workspace], fault: dict[str, Any]) -> None:
    """Nothing answers, or something that is not this API."""
    account, work = spoken
    account.faults(fault)
    diagnosed(work, "connection", "failed", 1)


def test_nobody_listens(spoken: tuple[Account, Workspace]) -> None:
    """A base_url where nothing runs."""
    account, work = spoken
    work.replace(account.url, "http://127.0.0.1:9", "reconciler.yaml")
    assert diagnosed(work, "connection", "failed", 1)["code"] == "R603"


def test_an_answer_that_is_no_listing(spoken: tuple[Account, Workspace]) -> None:
    """An envelope without a list is not what any contract promises."""
    account, work = spoken
    account.faults({"path": "*/get/", "empty_data": True})
    diagnosed(work, "contract", "failed", 1)


@pytest.mark.parametrize(
    ("name", "value", "state", "code"), [("currency", "JPY", "failed", 1), ("timezone", "Asia/Tokyo", "warning", 0)]
)
def test_an_account_that_is_another(tmp_path: Path, name: str, value: str, state: str, code: int) -> None:
    """A wrong currency is a failure, a wrong time zone a warning; one that is not written down is suggested."""
    with Account(contract="marketing") as account:
        work = Workspace(tmp_path / "workspace", account.url)
        work.configure()
        work.replace("contract: openapi", "contract: marketing", "reconciler.yaml")
        account.load(campaigns=[{"campaign_name": "Spring"}])
        assert diagnosed(work, "timezone", "warning", 0)["hint"] == "set `account.timezone: America/New_York`"
        work.replace("currency: USD}", "currency: USD, timezone: America/New_York}", "reconciler.yaml")
        account.operate("account", {"advertiser_id": ADVERTISER, name: value})
        assert value in diagnosed(work, name, state, code)["message"]


def test_an_account_that_does_not_tell(spoken: tuple[Account, Workspace]) -> None:
    """No permission to ask for its facts, or no row about it: said, and nothing is broken."""
    account, work = spoken
    for fault, states in (({"code": 40001}, {"warning", "skipped"}), ({"edit": {"data.list": []}}, {"skipped"})):
        account.faults({"path": "advertiser/info/", **fault})
        ended = work.run("doctor", "--json")
        assert ended.code == 0, ended.text
        assert seen(ended)["currency"]["state"] in states


def test_an_account_that_is_closed(tmp_path: Path) -> None:
    """Its state is a warning of its own."""
    with Account(contract="marketing") as account:
        work = Workspace(tmp_path / "workspace", account.url)
        work.configure()
        work.replace("contract: openapi", "contract: marketing", "reconciler.yaml")
        account.load(campaigns=[{"campaign_name": "Spring"}])
        account.operate("account", {"advertiser_id": ADVERTISER, "status": "STATUS_DISABLE"})
        assert "STATUS_DISABLE" in diagnosed(work, "advertiser", "warning", 0)["message"]


def test_hostile_words_of_a_server(work: Workspace, account: Account) -> None:
    """What it says reaches the terminal without control characters, and without the token."""
    account.faults({"code": 40002, "message": f"no \x1b[2J\u202e {TOKEN}"})
    ended = work.run("doctor")
    assert ended.code == 1
    assert not {"\x1b", "\u202e", TOKEN} & {part for part in ("\x1b", "\u202e", TOKEN) if part in ended.text}
