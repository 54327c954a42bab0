"""Manifests as people write them."""

from __future__ import annotations


def campaign(name: str = "spring", *, lifecycle: str = "", top: str = "", **fields: object) -> str:
    """A campaign of 500.00 a day, unless told; a field of None is left out."""
    given = {"objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": "500.00", **fields}
    return _document("Campaign", name, lifecycle, top, given)


def adgroup(
    name: str = "spring-us", parent: str = "spring", *, lifecycle: str = "", top: str = "", **fields: object
) -> str:
    """An ad group of 50 a day, unless told."""
    given = {
        "campaign": parent,
        "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
        "budget_mode": "BUDGET_MODE_DAY",
        "budget": "50",
        **fields,
    }
    return _document("AdGroup", name, lifecycle, top, given)


def ad(
    name: str = "spring-us-hero", parent: str = "spring-us", *, lifecycle: str = "", top: str = "", **fields: object
) -> str:
    """An ad."""
    given = {"adgroup": parent, "ad_format": "SINGLE_VIDEO", "landing_page_url": "https://example.com/spring", **fields}
    return _document("Ad", name, lifecycle, top, given)


def family(**fields: object) -> tuple[str, str, str]:
    """A campaign (with these fields), its ad group and its ad."""
    return campaign(**fields), adgroup(), ad()  # type: ignore[arg-type]


def _document(kind: str, name: str, lifecycle: str, top: str, fields: dict[str, object]) -> str:
    lines = [f"kind: {kind}", f"name: {name}"]
    lines += [f"lifecycle: {{{lifecycle}}}"] if lifecycle else []
    lines += [top] if top else []
    lines += ["spec:", *(f"  {key}: {value}" for key, value in fields.items() if value is not None)]
    return "\n".join(lines) + "\n"
