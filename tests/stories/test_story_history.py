"""The record of runs, by the real command: who did what, when and why, how it ended, and what was tampered with."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable

import pytest

from tests.stories.account import Account
from tests.stories.manifests import campaign, family
from tests.stories.refresh.scene import ready
from tests.stories.workspace import TOKEN, Workspace, finish, until


def newest(work: Workspace) -> dict[str, object]:
    """The newest run."""
    ended = work.run("history", "--json", token=None)
    assert ended.code == 0, ended.text
    found: dict[str, object] = ended.json["runs"][0]
    return found


def test_an_apply_is_recorded_with_all_that_is_known_of_it(
    work: Workspace, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who, where, for which commit, pull request and plan, with what allowance and why, and what came of it."""
    event = work.write(".git/event.json", json.dumps({"pull_request": {"number": 12}}))
    for name, value in {
        "GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ana", "GITHUB_SHA": "f" * 40, "GITHUB_REF": "refs/heads/main",
        "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/ads", "GITHUB_RUN_ID": "77",
        "GITHUB_EVENT_PATH": str(event), "GITHUB_HEAD_REF": "",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    work.manifest(*family(status="ENABLE", budget="1500.00"))
    allow = ("--allow", "max_daily_spend=campaign/spring=1500.00", "--reason", f"launch week {TOKEN}")
    applied = work.apply(*allow)
    run = newest(work)
    assert {name: run[name] for name in ("command", "actor", "host", "commit", "branch", "pull_request")} == {
        "command": "apply", "actor": "ana", "host": platform.node(), "commit": "f" * 40, "branch": "main",
        "pull_request": "12",
    }  # fmt: skip
    assert run["run_url"] == "https://github.com/acme/ads/actions/runs/77"
    assert run["plan_digest"] == applied.json["plan_digest"]
    assert (run["approval"], run["allow"]) == ("auto-approve", [allow[1]])
    assert run["reason"] == "launch week [access token]"
    assert (run["state"], run["exit_code"], run["counts"]) == ("ended", 0, applied.json["summary"])
    assert run["calls"] == {"done": 5, "accepted": 0, "rejected": 0, "unknown": 0, "open": 0}
    text = work.run("history").stdout
    for word in ("apply by ana", "commit ffffffffffff", "pull request 12", "3 done", "launch week", "ended with 0"):
        assert word in text
    assert TOKEN.encode() not in work.journal.read_bytes()


def test_history_reads_only_and_needs_no_token(work: Workspace, account: Account) -> None:
    """No call, no file changed, and no lock: it works while another run holds the workspace."""
    assert work.run("history", token=None).stdout == "Nothing is recorded.\n"
    work.manifest(campaign("a"), campaign("b"))
    work.apply()
    account.forget_calls()
    work.replace("500.00", "400.00")
    account.faults({"path": "campaign/update/", "delay": 60})
    first = work.start("apply", "--auto-approve", "--json")
    until(lambda: bool(account.posts()))
    before, calls = work.files(), len(account.calls())
    found = work.run("history", "--json", token=None)
    assert [run["state"] for run in found.json["runs"]] == ["running", "ended"]
    assert (work.files(), len(account.calls())) == (before, calls)
    first.kill()
    finish(first)
    assert newest(work)["state"] == "killed"
    assert "was killed: no end is recorded" in work.run("history").stdout


def test_every_effect_on_an_address_is_told(work: Workspace, account: Account) -> None:
    """When, what was sent, what came of it, and the API's log id; refused and lost ones too."""
    work.configure(quiet=1)
    work.manifest(*family())
    work.apply()
    work.replace("500.00", "400.00")
    account.faults({"path": "campaign/update/", "code": 40002, "message": "no \x1b[31m"})
    work.apply(code=1)
    account.faults({"path": "campaign/update/", "lose_reply": True})
    assert work.run("apply", "--auto-approve").code == 8
    assert work.run("history", "campaign/spring", "--json").json["effects"][0]["outcome"] == "unknown"
    account.faults()
    work.apply()
    found = work.run("history", "campaign/spring", "--json", token=None)
    assert found.code == 0
    rows = [one for one in found.json["effects"] if one["path"]]
    assert [(one["verb"], one["outcome"]) for one in rows[-2:]] == [("pause", "done"), ("create", "done")]
    assert rows[-1]["fields"]["budget"] == "500.00"
    assert rows[-1]["id"] == work.lock["campaign/spring"]["id"]
    assert all(one["request_id"] for one in rows[-2:])
    refused = next(one for one in rows if one["outcome"] == "rejected")
    assert (refused["code"], refused["fields"]) == ("40002", {"budget": "400.00"})
    lost = rows[0]
    assert (lost["verb"], lost["outcome"], lost["request_id"]) == ("update", "done", None)
    assert found.json["address"] == "campaign/spring"
    text = work.run("history", "campaign/spring", "--limit", "50").stdout
    assert "\x1b" not in text
    assert "update: rejected (" in text
    assert "1 shown, " in work.run("history", "campaign/spring", "--limit", "1").stdout


def test_an_address_nobody_recorded_is_a_typing_mistake(work: Workspace) -> None:
    """3, with the nearest name."""
    work.manifest(campaign())
    work.apply()
    ended = work.run("history", "campaign/sprnig", "--json")
    assert (ended.code, ended.codes) == (3, ["R908"])
    assert "campaign/spring" in ended.json["errors"][0]["hint"]
    assert work.run("history", "nonsense", "--json").codes == ["R901"]


def test_every_writing_command_says_how_it_ended(work: Workspace, account: Account) -> None:
    """Adopt, state, advance and recover as well as apply; a command that recorded nothing is not in it."""
    account.switch(task_seconds="0")
    ready(work)
    assert work.run("apply", "--auto-approve", "--detach").code == 8
    assert work.run("advance").code == 0
    assert work.run("state", "mv", "refresh/hooks", "refresh/others").code == 0
    assert work.run("state", "rm", "refresh/others").code == 0
    assert work.run("recover").code == 0
    found = work.run("history", "--json").json["runs"]
    assert [(one["command"], one["exit_code"]) for one in found] == [
        ("state rm", 0), ("state mv", 0), ("advance", 0), ("apply", 8),
    ]  # fmt: skip
    assert found[-1]["counts"]["pending"] == 1
    assert found[0]["counts"] is None


def test_a_run_that_changed_nothing_is_not_recorded(work: Workspace) -> None:
    """The second apply has nothing to do, and writes nothing."""
    work.manifest(campaign())
    work.apply()
    before = work.files()
    work.apply()
    assert work.files() == before
    assert work.run("history", "--json").json["total"] == 1


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda lines: [*lines[:3], lines[3].replace(b"campaign", b"kampaign", 1), *lines[4:]], "R906"),
        (lambda lines: [*lines[:3], *lines[4:]], "R906"),
        (lambda lines: [*lines[:3], b"\x00\n", *lines[3:]], "R906"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "R906"),
    ],
    ids=["altered", "removed", "inserted", "swapped"],
)
def test_a_record_that_was_tampered_with_is_named(
    work: Workspace, harm: Callable[[list[bytes]], list[bytes]], code: str
) -> None:
    """3 with file and line, after what could still be read; with --json one document."""
    work.manifest(campaign())
    work.apply()
    kept = work.journal.with_name("journal-1.jsonl")
    kept.write_bytes(b"".join(harm(kept.read_bytes().splitlines(keepends=True))))
    for command in (["history"], ["history", "campaign/spring"]):
        ended = work.run(*command, "--json", token=None)
        assert (ended.code, ended.codes) == (3, [code])
        assert ended.json["errors"][0]["file"] == ".reconciler/journal-1.jsonl"
        assert ended.json["errors"][0]["line"] in (1, 4)
        said = work.run(*command, token=None)
        assert said.code == 3
        assert f"error[{code}]" in said.stderr
        assert "Traceback" not in said.text


def test_a_lockfile_that_came_from_elsewhere_is_said(work: Workspace, account: Account) -> None:
    """The journal stays on its machine; another machine's runs are not in it."""
    work.manifest(campaign())
    work.apply()
    for one in work.journal.parent.glob("journal*.jsonl"):
        one.unlink()
    told = work.run("history", "--json")
    assert (told.code, told.json["total"], told.json["elsewhere"]) == (0, 0, True)
    assert "not recorded here" in work.run("history").stdout
    work.replace("500.00", "400.00")
    work.apply()
    assert newest(work)["gap_before"] is True
    assert "a run elsewhere wrote the lockfile" in work.run("history").stdout


def test_a_plan_reads_no_record_of_a_run_that_is_over(work: Workspace) -> None:
    """Its journal is set aside, and only who asks for the past opens it: `plan` and `status` do not even notice that it
    is spoilt, `history` says where."""
    work.manifest(campaign())
    work.apply()
    assert [one["kind"] for one in work.records][-2:] == ["end", "aside"]
    assert work.run("explain", "campaign/spring").stdout.count("last done: ") == 1
    kept = work.journal.with_name("journal-1.jsonl")
    kept.write_bytes(b"spoilt\n" + kept.read_bytes())
    assert work.in_sync()
    assert work.run("status").code == 0
    told = work.run("history", "--json")
    assert (told.code, told.codes) == (3, ["R906"])
    assert told.json["errors"][0]["file"] == ".reconciler/journal-1.jsonl"
