"""reconciler.yaml: which hosts get the token, how fast, and which paths are inside."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from pydantic import ValidationError

from reconciler.contracts.hosts import is_loopback
from reconciler.manifest.problems import schema_problem
from reconciler.manifest.workspace import TIERS, WorkspaceFile, host_trouble, too_fast, windows
from tests.unit.builders import documents

PLAIN = """version: 1
account: {advertiser_id: "7000000000000000001"}
api: {contract: openapi}
"""


def read(more: str = "", text: str = PLAIN) -> WorkspaceFile:
    """A workspace file with more in it."""
    (document,) = documents(text + more)
    return WorkspaceFile.model_validate(document.value, context={"currency": None})


def codes(more: str = "", text: str = PLAIN) -> list[tuple[str, str]]:
    """Code and path of every mistake."""
    (document,) = documents(text + more)
    try:
        WorkspaceFile.model_validate(document.value, context={})
    except ValidationError as error:
        found = [schema_problem(detail, document, WorkspaceFile) for detail in error.errors()]
        return [(one.code, ".".join(str(step) for step in one.path)) for one in found]
    return []


def test_defaults() -> None:
    """The documented ones."""
    file = read()
    assert file.api.base_url == "https://business-api.tiktok.com"
    assert windows(file.api.rate, "default") == {1.0: 10, 60.0: 600}
    assert windows(file.api.rate, "ad_create") == {1.0: 5, 60.0: 150}
    assert windows(file.api.rate, "refresh_create") == {1.0: 1, 60.0: 5}
    assert (file.api.timeout.connect, file.api.timeout.read) == (5, 30)
    assert (file.refresh.poll_seconds, file.refresh.wait_seconds, file.recovery.quiet_period) == (5, 900, 180)
    assert (file.manifests, file.artifacts, file.state.backend) == (["manifests"], "artifacts", "local")
    assert (file.guardrails.delete_hold_days, file.guardrails.plan_hours) == (7, 24)
    assert "max_daily_spend" not in file.guardrails.model_fields_set
    assert too_fast(file) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("version: 2", ("R204", "version")),
        ("state: {backend: s3}", ("R204", "state.backend")),
        ("state: {backend: git, ref: reconciler-state}", ("R204", "state.ref")),
        ("state: {backend: git, ref: refs/heads/a..b}", ("R204", "state.ref")),
        ("state: {backend: git, ref: refs/heads/a.lock}", ("R204", "state.ref")),
        ("state: {backend: git, ref: 'refs/heads/-x y'}", ("R204", "state.ref")),
        ("state: {backend: git, remote: --upload-pack=x}", ("R204", "state.remote")),
        ("state: {backend: git, remote: 'https://x@example.com/y'}", ("R204", "state.remote")),
        ("state: {backend: git, path: ../x}", ("R204", "state.path")),
        ("state: {backend: git, path: .git}", ("R204", "state.path")),
        ("state: {backend: git, path: a//b}", ("R204", "state.path")),
        ('version: "1"', ("R204", "version")),
        ("account: {advertiser_id: 7000000000000000001}", ("R206", "account.advertiser_id")),
        ('account: {advertiser_id: "7", currency: usd}', ("R204", "account.currency")),
        ('account: {advertiser_id: "7", timezone: Mars/Base}', ("R204", "account.timezone")),
        ("account: {}", ("R202", "account")),
        ("api: {}", ("R202", "api")),
        ("api: {contract: soap}", ("R204", "api.contract")),
        ("api: {contract: openapi, rate: {tier: gold}}", ("R204", "api.rate.tier")),
        ("api: {contract: openapi, rate: {default: {per_second: 0}}}", ("R208", "api.rate.default.per_second")),
        ("api: {contract: openapi, rate: {default: {per_hour: 5}}}", ("R201", "api.rate.default.per_hour")),
        ("api: {contract: openapi, timeout: {read: -1}}", ("R208", "api.timeout.read")),
        ("manifests: [/etc]", ("R115", "manifests.0")),
        ("manifests: [../other]", ("R115", "manifests.0")),
        ("manifests: [a/../../b]", ("R115", "manifests.0")),
        ("manifests: ['~/x']", ("R115", "manifests.0")),
        ("manifests: ['C:/x']", ("R115", "manifests.0")),
        ("manifests: ['..\\x']", ("R115", "manifests.0")),
        ("manifests: x", ("R215", "manifests")),
        ("artifacts: /tmp", ("R115", "artifacts")),
        ("artifacts: 's3://Bucket'", ("R204", "artifacts")),
        ("artifacts: 's3://bucket/../up'", ("R204", "artifacts")),
        ("artifacts: 'ftp://bucket/x'", ("R204", "artifacts")),
        ("state: {backend: bucket, url: bucket/x}", ("R204", "state.url")),
        ("state: {backend: etcd}", ("R204", "state.backend")),
        ("guardrails: {max_daily_spend: 1e9}", ("R205", "guardrails.max_daily_spend")),
        ("guardrails: {delete_hold_days: -1}", ("R208", "guardrails.delete_hold_days")),
        ("guardrails: {max_spend: 5}", ("R201", "guardrails.max_spend")),
        ("vars: {a: 1}", ("R203", "vars.a")),
        ("vars: {a b: c}", ("R209", "vars.a b")),
        ("defaults: {Ad: x}", ("R215", "defaults.Ad")),
        ("token: abc", ("R201", "token")),
    ],
)
def test_one_mistake(more: str, expected: tuple[str, str]) -> None:
    """Found alone, with its code, at its path."""
    key = more.partition(":")[0]
    text = "".join(line + "\n" for line in PLAIN.splitlines() if not line.startswith(key + ":"))
    assert codes(more, text) == [expected]


@pytest.mark.parametrize("path", ["manifests", "a/b", "./a", "a..b", ".hidden", "a.yaml"])
def test_paths_inside(path: str) -> None:
    """Relative and plain."""
    assert read(f"manifests: [{path}]").manifests == [path]


@pytest.mark.parametrize(
    "url",
    [
        "https://business-api.tiktok.com", "https://business-api.tiktok.com/", "https://business-api.tiktok.com:443",
        "https://BUSINESS-API.TIKTOK.COM", "https://sandbox-ads.tiktok.com", "http://127.0.0.1:8080",
        "http://localhost", "http://[::1]:9", "http://127.1.2.3",
    ],
)  # fmt: skip
def test_hosts_that_get_the_token(url: str) -> None:
    """Production, sandbox, and this machine by its very name."""
    assert host_trouble(url, is_loopback(url), None) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://business-api.tiktok.com", "https://business-api.tiktok.com:8443", "https://business-api.tiktok.com.evil.com",
        "https://evil.com", "https://business-api.tiktok.com@evil.com", "https://user@business-api.tiktok.com",
        "https://business-api.tiktok.com/path", "https://business-api.tiktok.com?x", "https://business-api.tiktok.com#x",
        "http://127.0.0.1.evil.com", "http://localhost.evil.com", "http://evil.com#127.0.0.1", "http://0.0.0.0",
        "http://10.0.0.1", "http://[::2]", "ftp://localhost", "localhost", "", "https://", "https://a:b", "http://[::1",
    ],
)  # fmt: skip
def test_hosts_that_do_not(url: str) -> None:
    """Anything else, however much it looks like one of them."""
    loopback = False
    with contextlib.suppress(ValueError):
        loopback = is_loopback(url)
    assert host_trouble(url, loopback, None) is not None


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("127.0.0.1:8080", "write scheme and host"), ("https://evil.com/path", "write scheme and host"),
        ("http://evil.com", "write https://evil.com;"), ("https://evil.com", "only with --dangerous-api-host"),
    ],
)  # fmt: skip
def test_what_to_do_about_a_host(url: str, hint: str) -> None:
    """A mistake of writing is none that an option allows."""
    trouble = host_trouble(url, False, None)
    assert trouble
    assert hint in trouble[1]


def test_a_host_can_be_allowed_by_its_name_only() -> None:
    """Exactly that host, and over https."""
    assert host_trouble("https://proxy.example", False, "proxy.example") is None
    assert host_trouble("https://proxy.example:8443", False, "proxy.example") is None
    for url in ("http://proxy.example", "https://sub.proxy.example", "https://proxy.example.evil"):
        assert host_trouble(url, False, "proxy.example") is not None


@pytest.mark.parametrize("tier", TIERS)
def test_a_tier_sets_the_limits(tier: str) -> None:
    """And nothing above them is allowed outside loopback."""
    second, minute = TIERS[tier]["default"]
    api = f"contract: openapi, rate: {{tier: {tier}, default: {{per_second: %d, per_minute: %d}}}}"
    for more, expected in ((0, 0), (1, 2)):
        file = read(f"api: {{{api % (second + more, minute + more)}}}", PLAIN.replace("api: {contract: openapi}\n", ""))
        assert len(too_fast(file)) == expected
    slow = read(f"api: {{{api % (1, 2)}}}", PLAIN.replace("api: {contract: openapi}\n", ""))
    assert windows(slow.api.rate, "default") == {1.0: 1, 60.0: 2}


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("refresh: {poll_seconds: 4.9}", ("refresh", "poll_seconds")),
        ("recovery: {quiet_period: 179}", ("recovery", "quiet_period")),
    ],
)
def test_waits_that_are_too_short(more: str, path: tuple[str, ...]) -> None:
    """Allowed on loopback only."""
    assert [found for found, _ in too_fast(read(more))] == [path]


def test_the_quiet_period_follows_the_timeout() -> None:
    """A longer timeout needs a longer quiet period."""
    text = PLAIN.replace("openapi}", "openapi, timeout: {read: 60}}")
    assert [found for found, _ in too_fast(read("", text))] == [("recovery", "quiet_period")]
    assert too_fast(read("recovery: {quiet_period: 210}", text)) == []


def test_money_follows_the_currency() -> None:
    """A limit in yen has no cents."""
    value: dict[str, Any] = documents(PLAIN + "guardrails: {max_daily_spend: 5.5}")[0].value
    with pytest.raises(ValidationError):
        WorkspaceFile.model_validate(value, context={"currency": "JPY"})
