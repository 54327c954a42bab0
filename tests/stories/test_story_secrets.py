"""What must not leak and what must not reach a terminal: the token, and other people's control characters."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.stories.account import Account
from tests.stories.manifests import adgroup, campaign, family
from tests.stories.workspace import TOKEN, Run, Workspace

HOSTILE = "\x1b]0;owned\x07\x1b[2K\r\u202egnirps\u202c\u200b\x9b31m\n::add-mask::x\u2028"
FORBIDDEN = ("\x1b", "\x07", "\r", "\u202e", "\u202c", "\u200b", "\x9b", "\u2028")
FORMS = {
    "plain": TOKEN,
    "with escaped slashes": TOKEN.replace("/", "\\/"),
    "with unicode escapes": "".join(f"\\u{ord(one):04x}" for one in TOKEN),
    "in percents": TOKEN.replace("/", "%2F"),
}


def harmless(ended: Run) -> None:
    """No control or format character reaches the terminal, and no line is one of somebody else's making."""
    assert not [one for one in FORBIDDEN if one in ended.text], ended.text
    assert not any(line.startswith("::") for line in ended.text.splitlines())


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_token_that_a_server_echoes_is_nowhere(
    work: Workspace, account: Account, isolated: Path, form: str
) -> None:
    """In an error message or log id, however JSON wrote it: not on the screen, in no file, in no report of a bug."""
    body = '{"code": CODE, "message": "bad token ' + form + '", "data": {}, "request_id": "' + form + '"}'
    work.configure(quiet=0)
    work.manifest(campaign("refused"), campaign("unknown"))
    account.faults(
        {"path": "campaign/create/", "match": {"campaign_name": "refused"}, "garbage": body.replace("CODE", "40002")},
        {"path": "campaign/create/", "match": {"campaign_name": "unknown"}, "garbage": body.replace("CODE", "51999")},
    )
    ended = [work.run("apply", "--auto-approve", "--json"), work.run("apply", "--auto-approve", "-v")]
    ended += [work.run("status"), work.run("status", "--json"), work.run("plan", "--json")]
    account.faults({"method": "GET", "garbage": body.replace("CODE", "40002")})
    ended += [work.run("plan", "--json"), work.run("plan", "-v"), work.run("drift")]
    account.faults({"echo_token": True})
    ended += [work.run("plan"), work.run("apply", "--auto-approve", "--json")]
    shown = "".join(one.text for one in ended)
    kept = b"".join(work.files().values()) + b"".join(path.read_bytes() for path in isolated.iterdir())
    for written in {TOKEN, form}:
        assert written not in shown
        assert written.encode() not in kept


@pytest.mark.parametrize("name", ["campaign_name", "adgroup_name"])
def test_the_token_as_a_live_name_is_not_shown(work: Workspace, account: Account, name: str) -> None:
    """Somebody named an object after our token."""
    work.manifest(campaign(campaign_name="Spring"), adgroup(adgroup_name="US"))
    work.apply()
    account.edit(name.partition("_")[0], "Spring" if name == "campaign_name" else "US", **{name: f"x {TOKEN} y"})
    for command in (["plan"], ["plan", "--json"], ["drift"], ["drift", "--json"]):
        assert TOKEN not in work.run(*command).text


def test_the_token_never_enters_the_environment_of_a_child_or_the_folder(work: Workspace, account: Account) -> None:
    """A whole story with a real process: create, drift, repair; no file of the workspace holds the token."""
    work.manifest(*family(status="ENABLE"))
    applied = work.process("apply", "--auto-approve", "-v", anew=True)
    assert applied.code == 0, applied
    assert TOKEN not in applied.text
    for command in (["plan", "-v"], ["drift"], ["status"], ["state", "list"]):
        ended = work.run(*command)
        assert ended.code == 0, ended
        assert TOKEN not in ended.text
    assert TOKEN.encode() not in b"".join(work.files().values())
    assert all(TOKEN not in str(one) for one in account.calls())


class Trap:
    """A second server that remembers what reaches it."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                seen.append(self.client_address)
                super().handle_one_request()

            def log_message(self, format: str, *args: Any) -> None:
                seen.append(format % args)

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def trap() -> Iterator[Trap]:
    """Where a redirect would lead."""
    one = Trap()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(work: Workspace, account: Account, trap: Trap, status: int) -> None:
    """Reads and writes: the second server sees no connection at all, so it cannot see the token."""
    work.configure(quiet=600)
    work.manifest(*family())
    account.faults({"method": "POST", "nth": 1, "redirect": trap.url, "http_status": status})
    assert work.apply(code=8).ended["campaign/spring"] == "unknown"
    account.faults({"method": "GET", "nth": 1, "redirect": trap.url, "http_status": status})
    assert work.run("plan").code == 0
    assert trap.seen == []


def test_proxies_of_the_environment_are_not_used(
    work: Workspace, account: Account, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token goes to the one host that is configured, whatever the environment says."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, trap.url)
    work.manifest(campaign())
    work.apply()
    assert trap.seen == []


HOSTS = (
    "https://evil.example", "http://business-api.tiktok.com", "https://business-api.tiktok.com.evil.example",
    "https://business-api.tiktok.com@evil.example", "https://evil.example/business-api.tiktok.com",
    "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example", "https://business-api.tiktok.com:8443",
    "ftp://127.0.0.1", "http://127.0.0.1:99999", "http://[", "http://", "//127.0.0.1", "127.0.0.1:80", "file:///etc",
    "http://127.0.0.1:9/x", "http://127.0.0.1:9?x", "http://user:word@127.0.0.1:9", "http://0.0.0.0:9", "http://[::]:9",
    "http://localhost.evil.example", "http://127.0.0.1\\@evil.example", "https://sandbox-ads.tiktok.com.",
)  # fmt: skip


@pytest.mark.parametrize("url", HOSTS)
def test_the_token_goes_to_tiktok_or_to_this_machine_only(work: Workspace, url: str) -> None:
    """Any other host is refused before a connection: on the command line and, with its place, in the workspace."""
    work.manifest(campaign())
    ended = work.run("plan", "--json", "--base-url", url)
    assert (ended.code, ended.codes) == (3, ["R402"]), ended.text
    work.url = f"'{url}'"
    work.configure()
    ended = work.run("plan", "--json")
    assert (ended.code, ended.json["errors"][0]["file"]) == (3, "reconciler.yaml"), ended.text


@pytest.mark.parametrize("command", ["plan", "drift"])
def test_hostile_live_names_are_shown_escaped(work: Workspace, account: Account, command: str) -> None:
    """A stranger's name with escape sequences, a bidi override and a line of its own: all of it visible and dead."""
    work.manifest(campaign(campaign_name="Spring"))
    work.apply()
    account.edit("campaign", "Spring", campaign_name=HOSTILE)
    ended = work.run(command)
    assert ended.code == 0
    harmless(ended)
    assert "\\u202e" in ended.stdout
    assert work.run(command, "--json").stdout.isascii()


def test_hostile_messages_of_the_api_are_shown_escaped(work: Workspace, account: Account) -> None:
    """In a refused read, a refused write, a listing after a write, and in the log id."""
    work.configure(quiet=0)
    work.manifest(campaign(), adgroup())
    fault = {"code": 40002, "message": HOSTILE}
    for faults in ([{"method": "GET"}], [{"method": "POST"}], [{"path": "adgroup/get/", "from": 2}]):
        account.faults(*({**one, **fault} for one in faults))
        harmless(work.run("apply", "--auto-approve", "-v"))
    account.faults()
    harmless(work.run("status"))
    harmless(work.run("plan"))


def test_hostile_file_names_are_shown_escaped(work: Workspace, account: Account) -> None:
    """A manifest's own path is data, too: in a plan, in an error with its excerpt, and in the refusal of the worst."""
    for name in ("##[error]\u00e9.yaml", "\x1b[31m\n::x\u202e.yaml"):
        work.manifest(campaign("stays"))
        work.manifest(campaign(), file=name)
        harmless(work.run("plan"))
        work.manifest(campaign(budget="x"), file=name)
        harmless(work.run("validate"))
        (work.root / "manifests" / name).unlink()


def test_hostile_arguments_are_shown_escaped(work: Workspace) -> None:
    """What the command line says back about an option or an address."""
    work.manifest(campaign())
    for command in (
        ["explain", HOSTILE], [HOSTILE], ["state", "show", HOSTILE], ["plan", "--target", HOSTILE], ["schema", HOSTILE],
        ["adopt", "campaign/spring", HOSTILE], ["adopt", f"campaign/{HOSTILE}", "1"], ["plan", HOSTILE],
        ["simulate", "--set", HOSTILE], ["plan", "--base-url", HOSTILE], ["state", "show", f"campaign/{HOSTILE}"],
    ):  # fmt: skip
        ended = work.run(*command)
        assert ended.code == 3, command
        harmless(ended)
