"""Previews come from public hosts only, whole, and without anything of ours going along."""

from __future__ import annotations

import contextlib
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reconciler.api.fetch import Fetched, FetchFailed, PreviewFetcher, is_public
from reconciler.world import SystemWorld

VIDEO = b"\0\0\0\x10ftypisom\0\0\2\0" * 500
Answer = Callable[[BaseHTTPRequestHandler], None]


class Ticking(SystemWorld):
    """A world in which every look at the clock takes a second."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = 0.0

    def monotonic(self) -> float:
        self._clock += 1.0
        return self._clock


class Server(ThreadingHTTPServer):
    """Answers each path by its own function and keeps the heads of the requests."""

    daemon_threads = False

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.heads: list[tuple[str, dict[str, str]]] = []
        self.over = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                own.heads.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                with contextlib.suppress(OSError):
                    own.answers[self.path.partition("?")[0]](self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        own = self
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that refuses the certificate is part of the test."""

    def url(self, path: str = "/v", scheme: str = "http", host: str = "localhost") -> str:
        return f"{scheme}://{host}:{self.server_port}{path}"


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on this machine."""
    with Server() as one:
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield one
        one.over.set()
        one.shutdown()
        thread.join()


def answer(body: bytes = VIDEO, status: int = 200, **headers: str) -> Answer:
    """A reply with these headers (underscores become dashes); the true Content-Length unless one is given."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content_Length": str(len(body)), "Content_Type": "video/mp4"} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def moved(place: str, status: int = 302) -> Answer:
    return answer(b"", status, Location=place, Set_Cookie="session=1; Path=/")


def raw(head: bytes, piece: bytes = b"", times: int = 1) -> Answer:
    """Bytes as they are; the connection ends after them."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        for _ in range(times):
            handler.wfile.write(piece)

    return reply


def lookup(**names: str) -> Callable[[str, int], list[str]]:
    """A resolver: names (dots as underscores) to addresses; localhost to this machine."""
    known = {name.replace("_", "."): places.split() for name, places in names.items()} | {"localhost": ["127.0.0.1"]}

    def resolve(host: str, port: int) -> list[str]:
        if host not in known:
            raise OSError("unknown name")
        return known[host]

    return resolve


def get(url: str, *, loopback: bool = True, world: SystemWorld | None = None, **options: Any) -> tuple[Fetched, bytes]:
    parts: list[bytes] = []
    options = {"resolve": lookup()} | options
    fetched = PreviewFetcher(world or SystemWorld(), loopback=loopback, **options).fetch(url, parts.append)
    return fetched, b"".join(parts)


def failed(url: str, **options: Any) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        get(url, **options)
    assert "secret" not in caught.value.why
    return caught.value


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses to which a connection was about to be made."""
    addresses: list[str] = []
    make = PreviewFetcher._pool

    def noted(self: PreviewFetcher, hop: Any, address: str, left: Any) -> Any:
        addresses.append(address)
        return make(self, hop, address, left)

    monkeypatch.setattr(PreviewFetcher, "_pool", noted)
    return addresses


def test_whole(server: Server) -> None:
    """The body arrives as it was sent, with what was announced."""
    server.answers["/v"] = answer()
    assert get(server.url()) == (Fetched("video/mp4", len(VIDEO), len(VIDEO)), VIDEO)


def test_without_length(server: Server) -> None:
    """A body that ends with the connection, or in chunks, is taken too."""
    server.answers["/v"] = raw(b"HTTP/1.1 200 OK\r\n\r\n" + VIDEO)
    assert get(server.url()) == (Fetched("", None, len(VIDEO)), VIDEO)
    server.answers["/v"] = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert get(server.url()) == (Fetched("", None, 5), b"abcde")


def test_nothing_of_ours_is_sent(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No token, login, cookie or proxy goes out, after a redirect that set a cookie neither."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("TIKTOK_ACCESS_TOKEN", "secret")
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answers |= {"/v": moved("/next?sign=secret"), "/next": moved(server.url("/last")), "/last": answer()}
    assert get(server.url())[1] == VIDEO
    assert [path for path, _ in server.heads] == ["/v", "/next?sign=secret", "/last"]
    for _, head in server.heads:
        assert head == {
            "host": f"localhost:{server.server_port}", "accept": "*/*", "accept-encoding": "identity",
            "user-agent": "ads-reconciler",
        }  # fmt: skip


@pytest.mark.parametrize("status", [403, 404, 410])
def test_expired(server: Server, status: int) -> None:
    """A host that has the preview no longer says so once and for all."""
    server.answers["/v"] = answer(b"gone", status)
    failure = failed(server.url("/v?sign=secret"))
    assert (failure.expired, failure.again) == (True, False)


@pytest.mark.parametrize(("status", "again"), [(500, True), (503, True), (429, True), (206, False), (401, False)])
def test_other_status(server: Server, status: int, again: bool) -> None:
    """Every other status is a failure, and some may pass."""
    server.answers["/v"] = answer(VIDEO, status)
    failure = failed(server.url())
    assert (failure.expired, failure.again) == (False, again)


@pytest.mark.parametrize(
    "kind",
    ["text/html; charset=utf-8", "TEXT/plain", "application/json", "application/problem+json", "application/xml"],
)
def test_page(server: Server, kind: str) -> None:
    """A page with status 200 is no video."""
    server.answers["/v"] = answer(b"<!doctype html>", Content_Type=kind)
    assert "not a video" in failed(server.url()).why


def test_packed(server: Server) -> None:
    """A body packed against our wish is refused, not unpacked."""
    server.answers["/v"] = answer(b"\x1f\x8b", Content_Encoding="gzip")
    assert "packed" in failed(server.url()).why


@pytest.mark.parametrize(
    "reply",
    [
        answer(b""),
        raw(b"HTTP/1.1 200 OK\r\n\r\n"),
        raw(b""),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0x3\r\n\r\nabc"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\nabc"),
        raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000 + b"\r\n\r\nabc"),
        raw(b"not HTTP\r\n\r\n"),
    ],
)
def test_cut(server: Server, reply: Answer, caplog: pytest.LogCaptureFixture) -> None:
    """Empty, cut and contradictory replies may be better next time; the URL is told to nobody."""
    server.answers["/v"] = reply
    failure = failed(server.url("/v?sign=secret"))
    assert (failure.expired, failure.again) == (False, True)
    assert not [one for one in caplog.records if one.levelname != "DEBUG" and "secret" in one.getMessage()]


def test_too_large(server: Server) -> None:
    """A body over the limit is refused as announced, or when it gets there; the sink never sees more."""
    server.answers["/v"] = answer(VIDEO)
    taken: list[bytes] = []
    fetcher = PreviewFetcher(SystemWorld(), loopback=True, most_bytes=len(VIDEO) - 1, resolve=lookup())
    with pytest.raises(FetchFailed, match="larger"):
        fetcher.fetch(server.url(), taken.append)
    assert taken == []
    server.answers["/v"] = raw(b"HTTP/1.1 200 OK\r\n\r\n", bytes(1000), 100_000)
    with pytest.raises(FetchFailed, match="larger"):
        fetcher.fetch(server.url(), taken.append)
    assert len(b"".join(taken)) < len(VIDEO)
    server.answers["/v"] = answer(VIDEO)
    assert get(server.url(), most_bytes=len(VIDEO))[1] == VIDEO


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 100 Continue\r\n\r\n"]
)
def test_endless(server: Server, head: bytes) -> None:
    """A body, a header or a row of interim replies that never ends is ended by the clock."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        while not server.over.wait(0.001):
            handler.wfile.write(head if b"100" in head else b"a")

    server.answers["/v"] = drip
    failure = failed(server.url(), world=Ticking(), total_seconds=20.0)
    assert failure.again
    assert "within its time" in failure.why


def test_silence(server: Server) -> None:
    """A host that never answers is given up."""

    def wait(handler: BaseHTTPRequestHandler) -> None:
        server.over.wait()

    server.answers["/v"] = wait
    assert "within its time" in failed(server.url(), total_seconds=0.2).why


def test_sink_fails(server: Server) -> None:
    """An error of the disk stays what it is."""
    server.answers["/v"] = answer()

    def full(piece: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        PreviewFetcher(SystemWorld(), loopback=True, resolve=lookup()).fetch(server.url(), full)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects(server: Server, status: int) -> None:
    """Three redirects are followed, a fourth is not."""
    for step in range(3):
        server.answers[f"/{step}"] = moved(f"/{step + 1}", status)
    server.answers["/3"] = answer()
    assert get(server.url("/0"))[1] == VIDEO
    server.answers["/3"] = moved("/0", status)
    assert "more than 3" in failed(server.url("/0")).why


@pytest.mark.parametrize(
    "place",
    [
        "http://10.0.0.1/", "http://192.0.2.1/", "https://10.0.0.1/", "https://169.254.169.254/latest/", "//10.0.0.1/",
        "https://[64:ff9b::7f00:1]/", "https://inner.test/", "https://mixed.test/", "ftp://localhost/v", "gopher://x/",
        "file:///etc/passwd", "data:video/mp4,x", "https://me:pw@localhost/", "https://unknown.test/", "https://[::1/",
        "", "/a b", "/\xe4", "https://localhost\\@x/", "http://localhost.evil.test/", "https://localhost:0/",
    ],
)  # fmt: skip
def test_bad_redirects(server: Server, tried: list[str], place: str) -> None:
    """A redirect is checked as the first URL was: nothing is asked at the second place."""
    server.answers["/v"] = moved(place)
    failure = failed(
        server.url(),
        resolve=lookup(inner_test="10.1.2.3", mixed_test="8.8.8.8 10.1.2.3", localhost_evil_test="8.8.8.8"),
    )
    assert not failure.expired
    assert tried == ["127.0.0.1"]


@pytest.mark.parametrize(
    "url",
    [
        "", "/v", "v.mp4", "http://video.test/", "HTTP://video.test/", "ftp://video.test/", "file:///etc/passwd",
        "https://", "https:///v", "https://me@video.test/", "https://me:pw@video.test/", "https://@video.test/",
        "https://video.test:0/", "https://video.test:99999/", "https://video.test:x/", "https://vid\neo.test/",
        " https://video.test/", "https://video.test/\r\nX: y", "https://vidéo.test/", "https://video.test\\@x/",
        "https://vid%65o.test/", "https://-video.test/", "https://[::1", "https://video.test/" + "a" * 9000,
        "http://localhost/", "http://127.0.0.1/", "https://localhost/", "https://127.0.0.1/", "https://[::1]/",
        "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://inner.test/", "https://mixed.test/",
        "https://nothing.test/", "https://broken.test/",
    ],
)  # fmt: skip
def test_bad_urls(tried: list[str], url: str) -> None:
    """Only https to public hosts leaves this machine; no address of a name may be private."""
    resolve = lookup(
        video_test="8.8.8.8", inner_test="10.1.2.3", mixed_test="8.8.8.8 fd00::1", nothing_test="", broken_test="oops",
        **{"2130706433": "127.0.0.1", "0x7f_1": "127.0.0.1", "127_1": "127.0.0.1"},
    )  # fmt: skip
    assert not failed(url, loopback=False, resolve=resolve).expired
    assert tried == []


def test_loopback_is_narrow(server: Server, tried: list[str]) -> None:
    """With loopback allowed, http still goes nowhere else, and private networks stay closed."""
    for url in ("http://video.test/", "https://inner.test/", "https://10.0.0.1/", "http://10.0.0.1/"):
        failed(url, resolve=lookup(video_test="127.0.0.1", inner_test="10.1.2.3"))
    failed(server.url(), resolve=lambda host, port: ["127.0.0.1", "8.8.8.8"])
    assert tried == []


def test_one_lookup(server: Server) -> None:
    """A name that changes its address between look-ups is asked once, and the checked address is the one used."""
    server.answers["/v"] = answer()
    replies = [["127.0.0.1"], ["10.0.0.1"]]
    assert get(server.url(), resolve=lambda host, port: replies.pop(0))[1] == VIDEO
    assert replies == [["10.0.0.1"]]


def test_next_address(server: Server) -> None:
    """When nobody listens at the first address, the next one is tried; when nowhere, that may pass."""
    server.answers["/v"] = answer()
    assert get(server.url(), resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"])[1] == VIDEO
    failure = failed(server.url(), resolve=lambda host, port: ["127.0.0.2"])
    assert failure.again


@pytest.fixture
def trusted(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The server speaks TLS as video.test, whose certificate is trusted; the answer collects the names asked for."""
    openssl = shutil.which("openssl")
    assert openssl, "the tests need the command openssl"
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=video.test"
    extension = ["-addext", "subjectAltName=DNS:video.test", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *extension], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    names: list[str | None] = []
    context.sni_callback = lambda sock, name, _: names.append(name)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    monkeypatch.setattr("requests.utils.DEFAULT_CA_BUNDLE_PATH", str(certificate))
    return names


def test_tls_by_name(server: Server, trusted: list[str | None]) -> None:
    """The connection goes to the address, while certificate, SNI and Host are those of the name."""
    server.answers["/v"] = answer()
    url = server.url(scheme="https", host="video.test")
    assert get(url, resolve=lookup(video_test="127.0.0.1"))[1] == VIDEO
    assert trusted == ["video.test"]
    assert server.heads[0][1]["host"] == f"video.test:{server.server_port}"


@pytest.mark.parametrize("host", ["other.test", "127.0.0.1"])
def test_tls_of_another(server: Server, trusted: list[str | None], host: str) -> None:
    """A certificate for another name is refused before anything is asked."""
    failure = failed(server.url(scheme="https", host=host), resolve=lookup(other_test="127.0.0.1"))
    assert "certificate" in failure.why
    assert server.heads == []


def test_tls_untrusted(server: Server, trusted: list[str | None], monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate nobody vouches for is refused, and the environment cannot vouch for it."""
    import certifi
    import requests.utils

    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, requests.utils.DEFAULT_CA_BUNDLE_PATH)
    monkeypatch.setattr("requests.utils.DEFAULT_CA_BUNDLE_PATH", certifi.where())
    url = server.url(scheme="https", host="video.test")
    assert "certificate" in failed(url, resolve=lookup(video_test="127.0.0.1")).why
    assert server.heads == []


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8", "169.254.169.254",
        "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1",
        "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::7f00:1", "::808:808", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::ffff:192.0.0.8", "::ffff:0:7f00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::e000:1",
        "64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1",
        "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "2002:c000:8::", "3fff::1", "5f00::1", "fc00::1",
        "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
    ],
)  # fmt: skip
def test_private_addresses(tried: list[str], address: str) -> None:
    """Addresses that are not of the public internet, and the wrappings of such, are refused."""
    assert not is_public(address)
    host = f"[{address}]" if ":" in address else address
    failed(f"https://{host}/v", loopback=False)
    failed("https://video.test/v", loopback=False, resolve=lookup(video_test=f"8.8.8.8 {address}"))
    assert tried == []


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "23.1.2.3", "172.32.0.1", "192.0.1.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
     "2002:808:808::1"],
)  # fmt: skip
def test_public_addresses(address: str) -> None:
    """Public addresses are accepted, wrapped ones too."""
    assert is_public(address)
