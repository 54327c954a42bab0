"""Behind a company's certificate or proxy: `api.network` is used, the environment is not, failures are told apart."""

from __future__ import annotations

import base64
import contextlib
import gc
import http.client
import json
import os
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reconciler.api.route import DIRECT, Route
from reconciler.api.secret import Secret
from reconciler.api.transport import Network, Request, TooLate
from reconciler.world import SystemWorld
from tests.rotation import rotating
from tests.stories import workspace
from tests.stories.account import ADVERTISER, Account
from tests.stories.hurry import world_of
from tests.stories.manifests import campaign
from tests.stories.refresh.scene import ready, refresh, video
from tests.stories.workspace import Workspace, until

RATE = "{default: {per_second: 100000, per_minute: 1000000}}"
IGNORED = ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def network(work: Workspace, text: str) -> None:
    """Writes `api.network`."""
    settings = (work.root / "reconciler.yaml").read_text("utf-8")
    work.write("reconciler.yaml", settings.replace("api: {", f"api: {{network: {text}, ", 1))


def certificate(folder: Path) -> tuple[Path, Path]:
    """(certificate, key) of a company's own for 127.0.0.1, made there."""
    openssl = shutil.which("openssl")
    assert openssl, "the tests need the command openssl"
    key, made = folder / "key.pem", folder / "ca.pem"
    command = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1"
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(made)]
    subprocess.run([*command.split(), *more], check=True, capture_output=True)
    return made, key


class Passing(ThreadingHTTPServer):
    """A proxy on loopback that passes everything on: requests for http, tunnels for https. It may ask for a login."""

    daemon_threads = True

    def __init__(self, login: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Passed)
        self.login, self.seen = login, list[str]()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Passed(BaseHTTPRequestHandler):
    server: Passing

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing."""

    def _let_in(self) -> bool:
        self.server.seen.append(f"{self.command} {self.path}")
        wanted = self.server.login and "Basic " + base64.b64encode(self.server.login.encode()).decode()
        if wanted and self.headers.get("Proxy-Authorization") != wanted:
            self.send_error(407)
            return False
        return True

    def _pass_on(self) -> None:
        if not self._let_in():
            return
        parts = urlsplit(self.path)
        inner = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        with contextlib.closing(inner):
            inner.request(self.command, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
            answer = inner.getresponse()
            data = answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "Date"):
            if answer.headers.get(name):
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = _pass_on

    def do_CONNECT(self) -> None:
        """A tunnel."""
        if not self._let_in():
            return
        host, _, port = self.path.partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as inner:
            self.send_response(200)
            self.end_headers()
            there = threading.Thread(target=_pump, args=(self.connection, inner), daemon=True)
            there.start()
            _pump(inner, self.connection)
            there.join(timeout=5)
        self.close_connection = True


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.fixture
def proxy() -> Iterator[Passing]:
    """A proxy that asks for nothing."""
    one = Passing()
    yield one
    one.shutdown()
    one.server_close()


@pytest.fixture(scope="module")
def corporate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(certificate, key) of the company of these stories."""
    return certificate(tmp_path_factory.mktemp("corporate"))


@pytest.fixture
def secure(corporate: tuple[Path, Path], account: Account) -> Iterator[str]:
    """The account behind TLS with that certificate: its URL."""
    made, key = corporate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    listening = socket.create_server(("127.0.0.1", 0))
    port = urlsplit(account.url).port or 0

    def serve(plain: socket.socket) -> None:
        try:
            with (
                context.wrap_socket(plain, server_side=True) as outer,
                socket.create_connection(("127.0.0.1", port)) as inner,
            ):
                threading.Thread(target=_pump, args=(outer, inner), daemon=True).start()
                _pump(inner, outer)
        except OSError:
            return

    def accept() -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(plain,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"https://127.0.0.1:{listening.getsockname()[1]}"
    listening.close()


@pytest.fixture(autouse=True)
def hurried(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands between, or is there instead: the clock is the account's, and waiting takes no time."""
    monkeypatch.setattr(workspace, "world_of", lambda url: world_of(account.url))


@pytest.fixture
def behind(corporate: tuple[Path, Path], work: Workspace, secure: str) -> Workspace:
    """A workspace whose account is behind that certificate, which lies in it as corp-ca.pem."""
    work.url = secure
    work.configure()
    work.manifest(campaign())
    shutil.copy(corporate[0], work.root / "corp-ca.pem")
    return work


def failed(work: Workspace) -> tuple[str, str]:
    """`plan` ends with 1 and R603: its message and its hint."""
    ended = work.run("plan", "--json")
    assert (ended.code, ended.codes) == (1, ["R603"]), ended.text
    (error,) = ended.json["errors"]
    return error["message"], error["hint"]


def test_a_private_certificate_is_told_and_can_be_trusted(behind: Workspace, account: Account) -> None:
    """Not trusted: the message says so and what to set; with `ca_bundle` an apply goes through."""
    message, hint = failed(behind)
    assert "certificate of 127.0.0.1" in message
    assert "not trusted" in message
    assert "`api.network.ca_bundle`" in hint
    network(behind, "{ca_bundle: corp-ca.pem}")
    behind.apply()
    assert behind.in_sync()
    assert account.names("campaign") == ["spring"]


def test_only_the_bundle_counts(behind: Workspace, tmp_path: Path) -> None:
    """Another company's certificate does not vouch for this server, and the environment vouches for nobody."""
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(certificate(other)[0], behind.root / "other.pem")
    network(behind, "{ca_bundle: other.pem}")
    message, hint = failed(behind)
    assert "`api.network.ca_bundle`" in message
    assert "that file" in hint


@pytest.mark.parametrize("name", rotating(IGNORED, 3))
def test_nothing_is_taken_from_the_environment(
    work: Workspace, behind: Workspace, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A proxy or a bundle that is only named there changes nothing but the hint."""
    monkeypatch.setenv(name, str(behind.root / "corp-ca.pem") if "C" in name[-9:] else "http://127.0.0.1:9")
    message, _ = failed(behind)
    assert "not trusted" in message
    if "PROXY" in name.upper():
        work.url = "http://127.0.0.1:9"
        work.configure()
        assert f"{name} is set, but the environment is not used" in failed(work)[1]


def test_refused_unknown_and_tls_are_told_apart(work: Workspace, behind: Workspace, account: Account) -> None:
    """Three causes, three messages, each with what was tried."""
    work.url = "http://127.0.0.1:9"
    work.configure()
    refused, hint = failed(work)
    assert "127.0.0.1:9: connection refused (tried directly, without a proxy)" in refused
    assert "start the simulator (`reconciler simulate --port 9`)" in hint
    ended = work.run("plan", "--json", "--base-url", "https://nobody.invalid", "--dangerous-api-host", "nobody.invalid")
    assert ended.code in (1, 3)
    work.url = account.url.replace("http:", "https:")
    work.configure()
    assert "TLS with 127.0.0.1" in failed(work)[0]


def test_calls_go_through_the_proxy(work: Workspace, account: Account, proxy: Passing) -> None:
    """Reads and writes of an http server, and the downloads of previews."""
    account.switch(task_seconds="0")
    ready(work)
    network(work, f'{{proxy: "{proxy.url}"}}')
    work.manifest(video(), refresh(variants=1), campaign())
    work.apply()
    paths = {one.split(" ")[1].split("?")[0].removeprefix(account.url) for one in proxy.seen}
    assert {"/open_api/v1.3/campaign/get/", "/open_api/v1.3/campaign/create/"} <= paths
    assert any(one.startswith("/preview/") for one in paths)
    assert len(proxy.seen) >= len(account.calls())
    assert work.in_sync()


def test_https_goes_through_a_tunnel(behind: Workspace, proxy: Passing, secure: str) -> None:
    """The proxy sees host and port, and no token."""
    network(behind, f'{{ca_bundle: corp-ca.pem, proxy: "{proxy.url}"}}')
    behind.apply()
    assert set(proxy.seen) == {f"CONNECT {secure.removeprefix('https://')}"}
    assert behind.in_sync()


def test_a_write_can_be_called_off_until_it_leaves(
    account: Account, behind: Workspace, proxy: Passing, secure: str
) -> None:
    """Asked once, when the connection stands, behind a proxy when its tunnel does: nothing of it reaches the server."""
    bundle = str(behind.root / "corp-ca.pem")
    for url, way, tunnels in ((account.url, DIRECT, 0), (secure, Route(ca_bundle=bundle, proxy=proxy.url), 1)):
        asked: list[int] = []

        def late(asked: list[int] = asked) -> None:
            asked.append(len(proxy.seen))
            raise TooLate(6)

        api = Network(url, Secret(workspace.TOKEN, "a test"), (5, 30), SystemWorld(), way)
        with pytest.raises(TooLate) as failure:
            api.send(Request("POST", "campaign/create/", body="{}", ready=late))
        assert (failure.value.sent, asked) == (False, [tunnels])
        assert api.send(Request("GET", "campaign/get/", {"advertiser_id": ADVERTISER})).status == 200
    assert account.posts() == []


class _Counting(socketserver.ThreadingTCPServer):
    """Passes bytes on, and counts the connections."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        self.made, self.to = 0, urlsplit(url)
        super().__init__(("127.0.0.1", 0), _Relayed)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.made += 1
        return True


class _Relayed(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        there: _Counting = self.server  # type: ignore[assignment]
        with socket.create_connection((there.to.hostname, there.to.port)) as other:
            back = threading.Thread(target=_stream, args=(other, self.request), daemon=True)
            back.start()
            _stream(self.request, other)
            back.join(5)


def _has(server: _Counting, made: int) -> bool:
    return server.made == made


def _stream(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def test_what_was_called_off_finds_a_connection_that_stands(
    account: Account, behind: Workspace, proxy: Passing, secure: str
) -> None:
    """To make one may have taken the time: the next try need not make one again."""
    bundle = str(behind.root / "corp-ca.pem")
    with _Counting(account.url) as plain, _Counting(secure) as sealed:
        for one in (plain, sealed):
            threading.Thread(target=one.serve_forever, daemon=True).start()
        ports = {name: one.server_address[1] for name, one in (("http", plain), ("https", sealed))}
        for scheme, way, server in (
            ("http", DIRECT, plain),
            ("https", Route(ca_bundle=bundle), sealed),
            ("https", Route(ca_bundle=bundle, proxy=proxy.url), sealed),
        ):
            before = server.made
            api = Network(
                f"{scheme}://127.0.0.1:{ports[scheme]}", Secret(workspace.TOKEN, "a test"), (5, 30), SystemWorld(), way
            )

            def late() -> None:
                raise TooLate(6)

            with pytest.raises(TooLate, match=r"6\.0 s passed"):
                api.send(Request("POST", "campaign/create/", body="{}", ready=late))
            until(partial(_has, server, before + 2))
            assert api.send(Request("POST", "campaign/create/", body="{}")).status == 200
            assert server.made == before + 2
        plain.shutdown()
        sealed.shutdown()


def test_a_proxy_that_is_not_there_or_lets_nothing_through(behind: Workspace, proxy: Passing) -> None:
    """The message names the proxy, and a write counts as never sent."""
    network(behind, '{ca_bundle: corp-ca.pem, proxy: "http://127.0.0.1:9"}')
    message, hint = failed(behind)
    assert "the proxy 127.0.0.1:9 cannot be used: connection refused" in message
    assert "`api.network.proxy`" in hint
    proxy.login = "ann:secret"
    behind.replace("http://127.0.0.1:9", proxy.url, "reconciler.yaml")
    message, hint = failed(behind)
    assert "does not let calls to 127.0.0.1" in message
    assert "HTTP 407" in message


def test_a_login_comes_from_a_variable_and_is_never_shown(
    behind: Workspace, account: Account, proxy: Passing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`proxy: {env: NAME}`: without the variable it is 3, with it everything goes through."""
    proxy.login = "ann:s3cret-word"
    network(behind, "{ca_bundle: corp-ca.pem, proxy: {env: CORP_PROXY}}")
    ended = behind.run("plan", "--json")
    assert (ended.code, ended.codes) == (3, ["R212"])
    assert "CORP_PROXY" in ended.text
    monkeypatch.setenv("CORP_PROXY", "s3cret-word")
    assert behind.run("plan").code == 3
    monkeypatch.setenv("CORP_PROXY", proxy.url.replace("//", "//ann:s3cret-word@"))
    ended = behind.run("apply", "--auto-approve", "-v")
    assert ended.code == 0, ended.text
    monkeypatch.setenv("CORP_PROXY", proxy.url.replace("//", "//ann:other-word@"))
    assert behind.run("plan").code == 1
    kept = b"".join(behind.files().values())
    for text in (ended.text, behind.run("plan", "-v").text, kept.decode(errors="replace")):
        assert "-word" not in text


@pytest.mark.parametrize("url", ["http://ann:s3cret@127.0.0.1:3128", "http://ann@127.0.0.1:3128"])
def test_a_login_in_the_workspace_file_is_refused_and_not_repeated(work: Workspace, url: str) -> None:
    """The file is committed: 3, and neither message nor excerpt shows it."""
    network(work, f'{{proxy: "{url}"}}')
    ended = work.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, ["R119"])
    assert "s3cret" not in ended.text + work.run("validate").text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{proxy: socks5://127.0.0.1:1080}", "R212"),
        ("{proxy: 127.0.0.1:3128}", "R212"),
        ('{proxy: "http://127.0.0.1:3128/path"}', "R212"),
        ('{proxy: "http://127.0.0.1:port"}', "R212"),
        ("{proxy: {environment: X}}", "R215"),
        ("{proxy: {env: 1X}}", "R215"),
        ("{proxy: [a]}", "R215"),
        ("{ca_bundle: missing.pem}", "R118"),
        ("{ca_bundle: reconciler.yaml}", "R118"),
        ("{ca_bundle: manifests}", "R118"),
        ("{ca_bundle: loop.pem}", "R118"),
        ("{ca_bundle: out.pem}", "R118"),
        ("{ca_bundle: ../corp.pem}", "R115"),
        ("{ca_bundle: /etc/ssl/corp.pem}", "R115"),
        ("{ca: x}", "R201"),
    ],
)
def test_what_cannot_be_used_is_3_with_its_place(
    work: Workspace, corporate: tuple[Path, Path], text: str, code: str
) -> None:
    """Before anything is called."""
    (work.root / "loop.pem").symlink_to("loop.pem")
    (work.root / "out.pem").symlink_to(corporate[0])
    network(work, text)
    ended = work.run("validate", "--json")
    assert (ended.code, ended.codes) == (3, [code]), ended.text
    (error,) = ended.json["errors"]
    assert (error["file"], error["line"]) == ("reconciler.yaml", 3)
    assert json.loads(work.run("doctor", "--json").stdout)["checks"][0]["state"] == "failed"


def test_a_command_that_ended_holds_no_connection(work: Workspace, account: Account) -> None:
    """Whoever runs many commands in one process, as a scheduler does, does not run out of descriptors."""
    port = int(account.url.rpartition(":")[2])

    gc.freeze()  # of what was there before, nothing is looked at below

    def held() -> int:
        gc.collect()
        return sum(_peer(int(one)) == port for one in os.listdir("/dev/fd"))

    work.manifest(campaign())
    work.plan()
    before = held()
    for _ in range(3):
        work.plan()
    assert held() <= before


def _peer(descriptor: int) -> int | None:
    """The port at the other end, where this is a socket that has one."""
    try:
        with socket.socket(fileno=os.dup(descriptor)) as one:
            return int(one.getpeername()[1])
    except (OSError, IndexError, TypeError, ValueError):
        return None


@pytest.mark.parametrize(
    ("host", "contract", "speaks"),
    [
        ("business-api.tiktok.com", "openapi", "marketing and smart_plus"),
        ("sandbox-ads.tiktok.com", "openapi", "marketing"),
        ("sandbox-ads.tiktok.com", "smart_plus", "marketing"),
    ],
)
@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"], ["drift"], ["pull"]])
def test_a_host_that_speaks_another_contract_is_asked_nothing(
    work: Workspace, host: str, contract: str, speaks: str, command: list[str]
) -> None:
    """A campaign of the wrong contract could not be paused there: 3 before a connection, with what is spoken."""
    work.configure(quiet=600, rate="{default: {per_second: 1}}")
    work.replace(work.url, f"https://{host}", "reconciler.yaml")
    work.replace("contract: openapi", f"contract: {contract}", "reconciler.yaml")
    ended = work.run(*command, "--json")
    assert (ended.code, ended.codes) == (3, ["R905"]), ended.text
    assert f"speaks contract {speaks}, not {contract}" in ended.json["errors"][0]["message"]
