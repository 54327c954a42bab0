"""`reconciler.yaml`: what it may hold, and the rules that tie its settings to the API host."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from reconciler.kinds.document import Strict, unset
from reconciler.kinds.fields import Id, Text, fail, text
from reconciler.manifest.backend import NAMED, State, Variable, bucket_url, variable
from reconciler.manifest.guardrails import Guardrails
from reconciler.manifest.numbers import Positive
from reconciler.manifest.template import NAME
from reconciler.model import Plain

FILE = "reconciler.yaml"
PRODUCTION = "https://business-api.tiktok.com"
SANDBOX = "https://sandbox-ads.tiktok.com"
_SECONDS = re.compile(r"(?:0|[1-9][0-9]{0,6})(?:\.[0-9]{1,6})?", re.ASCII)
_ARTIFACTS = "artifacts"
# Calls a second and a minute of one developer app, by tier. Source: the platform's published rate limits; the limit of
# refresh tasks is the same for every tier.
TIERS: dict[str, dict[str, tuple[int, int]]] = {
    "basic": {"default": (10, 600), "ad_create": (5, 150), "refresh_create": (1, 5)},
    "advanced": {"default": (20, 1200), "ad_create": (10, 200), "refresh_create": (1, 5)},
    "premium": {"default": (30, 1800), "ad_create": (10, 300), "refresh_create": (1, 5)},
    "ultimate": {"default": (50, 3000), "ad_create": (15, 300), "refresh_create": (1, 5)},
}


def _seconds(value: Any) -> float:
    if isinstance(value, Plain) and _SECONDS.fullmatch(value):
        return float(Decimal(value))
    raise fail(
        "R208",
        f"`{value}` is not a number of seconds" if isinstance(value, str) else "a number of seconds is expected here",
    )


def _some_seconds(value: Any) -> float:
    found = _seconds(value)
    if found <= 0:
        raise fail("R208", "0 seconds is not a waiting time", "write more than 0")
    return found


def _currency(value: Any) -> str:
    written = text(value)
    if not re.fullmatch(r"[A-Z]{3}", written):
        raise fail("R204", f'"{written}" is not a currency', "write its three capital letters, such as USD")
    return written


def _timezone(value: Any) -> str:
    written = text(value)
    if not _is_zone(written):
        raise fail("R204", f'"{written}" is not a time zone', "write an IANA name such as America/New_York")
    return written


def _is_zone(name: str) -> bool:
    """Whether it is in the database. Asking for all of its names would read every one of its 600 files."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return not name.startswith(("posix", "right/"))


def _version(value: Any) -> int:
    if value != "1" or not isinstance(value, Plain):
        raise fail("R204", f"version {value} is not known", "write `version: 1`")
    return 1


def _inside(value: Any) -> str:
    """A path inside the workspace: relative, without `..`, plain."""
    written = text(value)
    parts = written.replace("\\", "/").split("/")
    if not written or written.startswith(("/", "~")) or ".." in parts or ":" in parts[0] or "\0" in written:
        raise fail("R115", f'"{written}" leads out of the workspace', "write a path relative to the workspace folder")
    return written


def _artifacts(value: Any) -> str:
    return bucket_url(value) if "://" in text(value) else _inside(value)


Version = Annotated[int, PlainValidator(_version), WithJsonSchema({"const": 1})]
Seconds = Annotated[float, PlainValidator(_seconds), WithJsonSchema({"type": "number", "minimum": 0})]
SomeSeconds = Annotated[float, PlainValidator(_some_seconds), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})]


Inside = Annotated[str, PlainValidator(_inside), WithJsonSchema({"type": "string"})]


class Account(Strict):
    """The one ad account of this workspace."""

    advertiser_id: Id
    """The account's id, digits in quotes. Pinned: it cannot change while the lockfile holds anything."""
    currency: Annotated[str, PlainValidator(_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})] = (
        unset()
    )
    """The account's currency; it decides how many decimals money has."""
    timezone: Annotated[str, PlainValidator(_timezone), WithJsonSchema({"type": "string"})] = unset()
    """The account's time zone, an IANA name."""


class Rate(Strict):
    """Calls of one rate class."""

    per_second: Positive = unset()
    """Most calls in any second."""
    per_minute: Positive = unset()
    """Most calls in any minute."""


class Rates(Strict):
    """Rate limits of the developer app."""

    tier: Literal["basic", "advanced", "premium", "ultimate"] = "basic"
    """The developer app's tier, which sets the limits below."""
    default: Rate = Field(default_factory=Rate.model_construct)
    """Every call without a class of its own."""
    ad_create: Rate = Field(default_factory=Rate.model_construct)
    """Creating ads."""
    refresh_create: Rate = Field(default_factory=Rate.model_construct)
    """Creating refresh tasks."""


class Timeout(Strict):
    """How long a call may take."""

    connect: SomeSeconds = 5.0
    """Seconds until a connection stands."""
    read: SomeSeconds = 30.0
    """Seconds until the whole reply is there."""


def _proxy(value: Any) -> str | Variable:
    if isinstance(value, dict):
        if found := variable(value):
            return found
        raise fail("R215", "a URL is wanted here, or {env: NAME} with the name of a variable that holds one")
    written = text(value)
    if trouble := proxy_trouble(written):
        raise fail("R212", trouble, "write scheme, host and port, such as http://127.0.0.1:3128")
    if "@" in written:
        raise fail("R119", "the URL holds a user or a password", "write {env: NAME}, and the URL into that variable")
    return written


def proxy_trouble(url: str) -> str | None:
    """Why this is no proxy's URL, or None; nothing of the URL is in the text, since it may hold a password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "this is not a URL"
    if parts.scheme not in ("http", "https") or not host:
        return "this is not a URL with http or https and a host"
    if parts.query or parts.fragment or parts.path not in ("", "/") or not url.isascii() or not url.isprintable():
        return "a proxy's URL is scheme, host and port only"
    return None


class NetworkSettings(Strict):
    """How the calls leave this machine. Nothing is taken from the environment."""

    ca_bundle: Inside = unset()
    """A file with certificates in PEM form, relative to the workspace: servers are verified against these alone."""
    proxy: Annotated[
        str | Variable,
        PlainValidator(_proxy),
        WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^https?://"}, NAMED]}),
    ] = unset()
    """The proxy's URL, without user and password; or {env: NAME}, the variable that holds the URL."""


class Api(Strict):
    """Which API, where, and how fast."""

    contract: Literal["openapi", "marketing", "smart_plus"]
    """How the API speaks."""
    base_url: Text = PRODUCTION
    """TikTok's production or sandbox host, or loopback."""
    rate: Rates = Field(default_factory=Rates.model_construct)
    """Rate limits; above the documented ones on loopback only."""
    rate_window: Text = ".reconciler/rate.json"
    """Where the use of the developer app's limits is kept; workspaces that share an app name the same file."""
    timeout: Timeout = Field(default_factory=Timeout.model_construct)
    """How long a call may take."""
    network: NetworkSettings = Field(default_factory=NetworkSettings.model_construct)
    """Proxy and certificates."""


class Refresh(Strict):
    """Waiting for refresh tasks."""

    poll_seconds: SomeSeconds = 5.0
    """Seconds between looks at running tasks; below 5 on loopback only."""
    wait_seconds: Seconds = 900.0
    """Seconds an apply waits for tasks before it ends with exit code 8."""


class Recovery(Strict):
    """Waiting after a write without a usable answer."""

    quiet_period: Seconds = 180.0
    """Seconds after which such a write can no longer take effect; below `timeout.read` + 150 on loopback only."""


def _var(value: str) -> str:
    if not re.fullmatch(NAME, value, re.ASCII):
        raise fail("R209", f'"{value}" is not the name of a var', "begin with a letter; then letters, digits, _ and -")
    return value


class WorkspaceFile(Strict):
    """One folder, one ad account."""

    version: Version
    """The format of this file."""
    account: Account
    """The one ad account of this workspace."""
    api: Api
    """Which API, where, and how fast."""
    manifests: list[Inside] = Field(default_factory=lambda: ["manifests"])
    """Folders or files with manifests, relative to the workspace."""
    artifacts: Annotated[str, PlainValidator(_artifacts), WithJsonSchema({"type": "string"})] = _ARTIFACTS
    """The folder for downloaded variants; or s3://BUCKET/PREFIX (gs://, az://), with copies in artifacts/."""
    state: State = Field(default_factory=State.model_construct)
    """Where the lockfile and the journal live."""
    refresh: Refresh = Field(default_factory=Refresh.model_construct)
    """Waiting for refresh tasks."""
    recovery: Recovery = Field(default_factory=Recovery.model_construct)
    """Waiting after a write without a usable answer."""
    guardrails: Guardrails = Field(default_factory=Guardrails.model_construct)
    """Limits a plan may not break."""
    vars: dict[Annotated[str, AfterValidator(_var)], Text] = Field(default_factory=dict)
    """Texts for manifests and defaults, where `${var.NAME}` stands for them; a var may name other vars."""
    defaults: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Kind → fields that a spec of that kind has unless it sets them, as far as its contract knows them."""

    @property
    def artifacts_folder(self) -> str:
        """Where variants lie on this machine, relative to the workspace."""
        return _ARTIFACTS if "://" in self.artifacts else self.artifacts

    @property
    def artifacts_url(self) -> str | None:
        """Where all machines find them, if the workspace names a bucket for them."""
        return self.artifacts if "://" in self.artifacts else None


def windows(rates: Rates, name: str) -> dict[float, int]:
    """`{seconds: calls}` of one rate class."""
    second, minute = TIERS[rates.tier][name]
    given: Rate = getattr(rates, name)
    return {1.0: given.per_second or second, 60.0: given.per_minute or minute}


class Paced(Protocol):
    """A file that says how fast calls may follow on each other."""

    api: Api
    refresh: Refresh
    recovery: Recovery


def too_fast(file: Paced) -> list[tuple[tuple[str, ...], str]]:
    """(path, message) of every setting that is allowed on loopback only."""
    found: list[tuple[tuple[str, ...], str]] = []
    for name, (second, minute) in TIERS[file.api.rate.tier].items():
        given: Rate = getattr(file.api.rate, name)
        for key, most in (("per_second", second), ("per_minute", minute)):
            if (getattr(given, key) or 0) > most:
                found.append(
                    (("api", "rate", name, key), f"more than {most} calls, the limit of tier {file.api.rate.tier}")
                )
    if file.refresh.poll_seconds < 5:
        found.append((("refresh", "poll_seconds"), "less than 5 seconds"))
    floor = file.api.timeout.read + 150
    if file.recovery.quiet_period < floor:
        found.append((("recovery", "quiet_period"), f"less than timeout.read + 150 = {floor:g} seconds"))
    return found


def host_trouble(base_url: str, loopback: bool, allowed_host: str | None) -> tuple[str, str] | None:
    """Why the token must not be sent to this address, and what to do; or None."""
    whole = "write scheme and host, as https://HOST or http://127.0.0.1:PORT"
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return f'"{base_url}" is not a URL', whole
    if parts.scheme not in ("http", "https") or not host:
        return f'"{base_url}" is not a URL with http or https and a host', whole
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in ("", "/"):
        return "the address is scheme, host and port only", whole
    if loopback:
        return None
    if parts.scheme != "https":
        return f"{host} is reached over https only", f"write https://{host}; http is for this machine alone"
    if host == allowed_host:
        return None
    if f"https://{host}" in (PRODUCTION, SANDBOX) and port in (None, 443):
        return None
    hint = "the token is sent to another host only with --dangerous-api-host HOST"
    return f"{host} is neither TikTok's production or sandbox host nor loopback", hint
