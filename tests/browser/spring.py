"""A plan of a team's ordinary week, with something of everything a page has to show, and long names."""

from __future__ import annotations

from typing import Any

from reconciler.model import Address, Change, FieldChange, Plan, RefreshWork, Source, Violation
from reconciler.plan.about import About, Known, Unwatched
from reconciler.render.links import Links
from tests.unit.builders import at, money, plan

LONG = "DACH_Prospecting_Frühjahr-2027_Mobile_18-34_Interests+Lookalike_v3_FINAL (copy) 2"
LINKS = Links(
    sources="https://github.com/acme/ads/blob/0123456789abcdef0123456789abcdef01234567/accounts/dach",
    page="https://github.com/acme/ads/actions/runs/7#artifacts",
    gallery="https://github.com/acme/ads/actions/runs/7#artifacts",
    advertiser="7000000000000000001",
)
_TREE: dict[str, tuple[str, str | None, str | None]] = {
    "campaign/spring": ("Spring 2027", "1800000000000000011", None),
    "adgroup/spring-de": (LONG, "1800000000000000021", "campaign/spring"),
    "adgroup/spring-at": ("Austria 18–34", None, "campaign/spring"),
    "ad/de-hero": ("Hero | 9:16 | Kauf jetzt", "1800000000000000031", "adgroup/spring-de"),
    "ad/de-hook-1": ("Hook 1", "1800000000000000032", "adgroup/spring-de"),
    "ad/de-hook-2": ("Hook 2", "1800000000000000033", "adgroup/spring-de"),
    "ad/de-hook-3": ("Hook 3", "1800000000000000034", "adgroup/spring-de"),
    "ad/de-hook-4": ("Hook 4", "1800000000000000035", "adgroup/spring-de"),
    "ad/at-hook-1": ("at-hook-1", None, "adgroup/spring-at"),
    "ad/at-hook-2": ("at-hook-2", None, "adgroup/spring-at"),
    "campaign/outlet": ("Outlet", None, None),
    "refresh/hero-hooks": ("hero-hooks", None, None),
}


def _row(address: str, op: Any, reason: str, line: int, *fields: FieldChange, **more: Any) -> Change:
    place = Source("manifests/spring.yaml", line)
    return Change(at(address), op, reason, _TREE[address][1], fields, place, **more)


def _new(**fields: Any) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(path.replace("__", "."), None, value) for path, value in sorted(fields.items()))


def week() -> Plan:
    """Every op a buyer meets in a week: edits, creates, pauses, a refresh, blocked rows, a refusal, warnings."""
    paused = FieldChange("status", "ENABLE", "DISABLE")
    work = RefreshWork(2, "x", ((1,), (2,), (3,)), {}, 3, 3, None, "v", Source("manifests/spring.yaml", 90))
    waits = "approve it once it is made: `reconciler gallery`, then `reconciler approve refresh/hero-hooks {}`"
    changes = (
        _row("campaign/spring", "update", "both", 3, FieldChange("budget", money("1200.00"), money("1500.00"), "both"),
             FieldChange("campaign_name", "Spring 2027", "Spring 2027 | DACH")),
        _row("adgroup/spring-de", "update", "edited", 12,
             FieldChange("targeting_spec.age_groups", ("AGE_18_24",), ("AGE_18_24", "AGE_25_34")),
             FieldChange("targeting_spec.location_ids", ("2921044",), ("2782113", "2921044", "2658434"))),
        _row("adgroup/spring-at", "create", "new", 31, *_new(
            adgroup_name="Austria 18–34", campaign="spring", budget=money("125000.50"), budget_mode="BUDGET_MODE_DAY",
            billing_event="OCPM", targeting_spec__age_groups=("AGE_18_24", "AGE_25_34"),
            targeting_spec__location_ids=("2782113",), targeting_spec__gender="GENDER_FEMALE", status="DISABLE")),
        *(_row(f"ad/de-hook-{one}", "disable", "removed", 40 + one, paused) for one in (1, 2, 3, 4)),
        *(_row(f"ad/at-hook-{one}", "blocked", "awaited", 60 + one, code="R720", hint=waits.format(one))
          for one in (1, 2)),
        _row("campaign/outlet", "blocked", "twin", 80, FieldChange("campaign_name", "Outlet", "Outlet"), code="R701",
             hint='take it over with `adopt: "1800000000000000099"` beside its name, or `reconciler adopt '
                  'campaign/outlet 1800000000000000099`; or set another campaign_name'),
        _row("refresh/hero-hooks", "refresh", "new inputs", 90, *_new(strategies=("ADD_HOOK",)), work=work),
    )  # fmt: skip
    keeps = "ad/{} keeps the video it shows until generation 2 of refresh/hero-hooks is approved"
    spent = Violation("max_daily_spend", at("campaign/spring"), "1500.00", "1400.00", "max_daily_spend=campaign/spring")
    objects = {
        at(one): Known(name, identity, at(parent) if parent else None)
        for one, (name, identity, parent) in _TREE.items()
    }
    places = {"2782113": "Austria", "2921044": "Germany"}
    return plan(
        *changes,
        currency="EUR",
        account_name="Acme Retail DACH",
        worst_case=("1200.00", "126500.50"),
        running=(12, 13),
        violations=(spent,),
        warnings=(*(keeps.format(f"de-hook-{one}") for one in (1, 2, 3, 4)), "every amount counts in EUR"),
        unchanged=41,
        unmanaged=1,
        eta_seconds=36,
        about=About(objects, {"locations": places}, (Unwatched(Address("refresh", "hero-hooks"), 1, (1, 3)),)),
    )
