"""The switches: everything the documents leave open, or that a test wants otherwise, each with a default.

A switch is a field of `Settings`, described as `switches.py` has it; those of Upgraded Smart+: `smart_switches.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, replace
from typing import Any, NamedTuple

from reconciler.simulator.failure import SimulatorUsage
from reconciler.simulator.smart_switches import SmartSwitches
from reconciler.simulator.switches import choice, counts, flag, hours, names, seconds, share, signed, span, whole, word


class Described(NamedTuple):
    """One switch for a help text: its name, default, allowed values and meaning, all texts."""

    name: str
    default: str
    allowed: str
    meaning: str


SMART = frozenset(one.name for one in fields(SmartSwitches))
RATES = ("rate_per_second", "rate_per_minute", "rate_ad_create_per_second", "rate_ad_create_per_minute")
TIERS = {
    "basic": (10, 600, 5, 150),
    "advanced": (20, 1200, 10, 200),
    "premium": (30, 1800, 10, 300),
    "ultimate": (50, 3000, 15, 300),
}


@dataclass(frozen=True)
class Settings(SmartSwitches):
    """The switches in force. Immutable: a change makes a new one."""

    tokens: frozenset[str] | None = names("access tokens that are accepted")
    advertisers: frozenset[str] | None = names("advertiser ids the tokens own")
    rate: bool = flag("on", "refuse calls past the rate limits with code 40100")
    tier: str = choice(
        "basic",
        "advanced",
        "premium",
        "ultimate",
        meaning="sets the four rate switches of calls and of ad/create to those of a tier of the app",
    )
    minute_pause: bool = flag("off", "a call past a limit of a minute keeps the app out for five minutes")
    rate_window: str = choice(
        "sliding", "fixed", meaning="limits count any second and minute, or those of the clock face"
    )
    rate_per_second: int = whole(10, "calls a second and token")
    rate_per_minute: int = whole(600, "calls a minute and token")
    rate_ad_create_per_second: int = whole(5, "calls of ad/create a second and token")
    rate_ad_create_per_minute: int = whole(150, "calls of ad/create a minute and token")
    rate_refresh_per_second: int = whole(1, "refresh tasks a second that all tokens together may create")
    rate_refresh_per_minute: int = whole(5, "refresh tasks a minute that all tokens together may create")
    latency_ms: tuple[float, float] = span("0-0", "MS", "how long every reply takes, in simulated milliseconds")
    list_lag: float = seconds("0", "how long a new object is missing from lists")
    late_commit: float = seconds("0", "how long after a lost, broken or replaced reply its write commits")
    unique_names: bool = flag(
        "off", "refuse a second object of the same name under the same parent with code 40002; marketing: on, ads aside"
    )
    max_name: int = whole(512, "characters a name may have")
    max_page_size: int = whole(1000, "larger pages are cut to this, and page_info says so")
    list_order: str = choice("oldest", "newest", meaning="which objects a list gives first; marketing: newest")
    show_deleted: bool = flag("off", "lists hold deleted objects and the children of deleted parents")
    filter: str = choice("honoured", "ignored", meaning="whether lists heed campaign_ids, campaign_id and adgroup_id")
    unknown_fields: str = choice("refuse", "ignore", meaning="body fields the document does not have")
    absent_fields: str = choice(
        "omitted", "null", meaning="how a list shows optional fields that were never sent; marketing: null"
    )
    ids_as: str = choice("string", "number", meaning="how answers write ids")
    numbers_as: str = choice("number", "string", meaning="how answers write budgets and metrics")
    errors_as: str = choice("code", "http", meaning="errors with HTTP 200, or with the HTTP status of their kind")
    request_id: bool = flag("on", "the envelope carries a request_id")
    audiences: int = whole(5, "custom audiences every account has", least=0)
    report_days: int = whole(365, "days one report may span")
    allowlist: bool = flag("on", "the app may refresh videos; otherwise every such call is refused with code 40118")
    fetch: bool = flag("off", "an upload looks at its URL, on loopback addresses only; otherwise it goes by its name")
    upload_answer: str = choice(
        "object", "array", meaning="whether upload answers with an object or with a list of one"
    )
    asset_answer: str = choice(
        "array", "object", meaning="the same for an upload into the asset library of an advertiser"
    )
    upload_preview: bool = flag("on", "a preview_url that lives may be uploaded")
    recommended: str = choice("four_ids", "one_id", meaning="RECOMMENDED gives four tasks, or one task of four videos")
    stray_theme: str = choice("tolerate", "refuse", meaning="a holiday_theme with another hook_type than HOLIDAY")
    task_seconds: tuple[float, float] = span("20-40", "SECONDS", "how long a refresh task takes")
    fail_tasks: frozenset[int] = counts("which task creates, counted from 1, give tasks that end FAILED")
    fail_probability: float = share("0", "how probable it is that a task ends FAILED")
    unknown_tasks: str = choice(
        "omit", "refuse", meaning="task ids nobody has are left out, or refused with code 40007"
    )
    preview_seconds: float = seconds("21600", "how long a preview_url lives")
    preview_renewed: bool = flag("off", "listing gives a preview_url that lives from then on, not from the success on")
    preview_expired: str = choice("403", "410", meaning="the HTTP status of a preview_url that is over")
    strangers: int = whole(0, "refreshed videos a colleague has made before; a larger number adds some", least=0)
    birth_status: str = choice(
        "honoured", "ignored", meaning="whether a create heeds operation_status, or gives everything birth as ENABLE"
    )
    custom_identities: str = choice(
        "refuse",
        "take",
        meaning="new ads on TikTok with the identity CUSTOMIZED_USER, which production refuses since January 2026",
    )
    aigc_spark: str = choice(
        "ignore", "keep", "refuse", meaning="what becomes of aigc_disclosure_type under a TikTok account"
    )
    texts: str = choice(
        "kept", "trimmed", meaning="whether texts are stored as sent, or with composed letters and single spaces"
    )
    cbo_default: bool = flag("off", "what budget_optimize_on is where it was not sent")
    adgroup_update: str = choice(
        "merge", "replace", meaning="whether adgroup/update leaves what was not sent, or sets it back to its default"
    )
    no_update: bool = flag("off", "an update that changes nothing is refused with code 40012")
    secondary_status: bool = flag("on", "lists show secondary_status, which the sandbox does not")
    manual_creates: str = choice(
        "all",
        "four",
        "campaigns_stop",
        "all_stop",
        meaning="which calls by hand still create: all of them, campaigns of the four objectives that stay, no "
        "campaigns, or nothing (campaigns, ad groups and ads)",
    )
    budget_lock: bool = flag("off", "budgets cannot be changed from 23:55 to 00:00 of the account")
    review_seconds: float = seconds("0", "how long a new or changed ad is AD_STATUS_AUDIT")
    transcode_seconds: float = seconds("5", "how long a video of the asset library is transcoded")
    covers: int = whole(5, "covers that can be suggested for a video, at most 10", least=0)
    identities: str = choice("any", "known", meaning="ads take any identity_id, or only one of the account")
    currency: str = word("USD", "[A-Z]{3}", "three capitals", "currency of every account the operator set no other for")
    timezone: str = word("America/New_York", r"[A-Za-z0-9_+/-]+", "an IANA name", "time zone of every such account")
    tiring: float = share("0.5", "which share of the ads loses its views and clicks from day to day")
    report_lag: float = hours("0", "how long after the end of a day reports have no row for it")
    report_fix: float = signed("0", "by which share yesterday's figures grow when they are corrected at 12:00 UTC")
    attribution_days: int = whole(0, "how many days after its impression a conversion may still be booked", least=0)
    fatigue_api: bool = flag("off", "the account may ask creative_fatigue/get; otherwise it is refused with code 40001")
    report_empty: int = whole(0, "how many of the next reports come empty; each counts this down", least=0)
    log: bool = flag("on", "keep the arrival log")

    def change(self, pairs: Mapping[str, str]) -> Settings:
        """New settings with these switches set, given as texts. SimulatorUsage names what is allowed."""
        known = {one.name: one for one in fields(self)}
        values: dict[str, Any] = {}
        if pairs.get("tier") in TIERS:
            pairs = {**dict(zip(RATES, map(str, TIERS[pairs["tier"]]), strict=True)), **pairs}
        for name, text in pairs.items():
            if name not in known:
                raise SimulatorUsage(f"no switch is called {name!r}; there are {', '.join(sorted(known))}")
            values[name] = _read(known[name], text)
        return replace(self, **values)

    def rate_limit(self, kind: str) -> tuple[int, int]:
        """Calls a second and calls a minute of one class of endpoints: `default`, `ad_create`, `refresh`."""
        prefix = "rate" if kind == "default" else f"rate_{kind}"
        return getattr(self, f"{prefix}_per_second"), getattr(self, f"{prefix}_per_minute")


def _read(switch: Field[Any], text: object) -> Any:
    try:
        if not isinstance(text, str):
            raise ValueError
        return switch.metadata["read"](text)
    except (ValueError, KeyError):
        allowed = switch.metadata["allowed"]
        raise SimulatorUsage(f"switch {switch.name} takes {allowed}, not {text!r}") from None


def describe_switches() -> list[Described]:
    """Every switch, in the order of the table above, those of Upgraded Smart+ last."""
    ours = sorted(fields(Settings), key=lambda one: one.name in SMART)
    return [
        Described(one.name, one.metadata["default"], one.metadata["allowed"], one.metadata["meaning"]) for one in ours
    ]
