"""A value in the words of somebody who buys media: `AGE_18_24` is 18–24, `GENDER_MALE` is men, a place has its name.

What has no word here stays what it is: an id that nobody has a name for is that id. Source of the enums: the field
tables of kinds/adgroup.py and kinds/targeting.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.kinds.registry import KINDS
from reconciler.model import Number, Plan
from reconciler.plan.about import About, last_of

LABELS: Mapping[str, str] = {
    "objective_type": "goal",
    "optimization_goal": "optimised for",
    "billing_event": "billed",
    "placement_type": "where it is shown",
    "placements": "shown in",
    "ad_format": "format",
    "ad_text": "text",
    "ad_texts": "texts",
    "landing_page_url": "landing page",
    "call_to_action": "button",
    "url": "source",
    "file": "source",
    "add_hook": "opening",
    "strategies": "what is changed in the video",
    "video": "made from",
    "age_groups": "ages",
    "spc_audience_age": "ages",
    "location_ids": "locations",
    "operating_systems": "devices",
    "interest_category_ids": "interests",
    "excluded_audiences": "audiences left out",
    "pixel_id": "pixel",
    "app_id": "app",
    "schedule_start_time": "starts (UTC)",
    "schedule_end_time": "ends (UTC)",
}
"""Field → what it is called; any other is called by its own name."""
_BUDGETS = {
    "BUDGET_MODE_DAY": "budget per day",
    "BUDGET_MODE_DYNAMIC_DAILY_BUDGET": "budget per day on average",
    "BUDGET_MODE_TOTAL": "budget in total",
}
ADDED, REMOVED = " added", " taken out"
"""After the label of a list of which only what differs is told."""
_FIELDS = frozenset(path.rpartition(".")[2].replace("_", " ") for kind in KINDS.values() for path in kind.types)
_ABOVE = {kind.short: f"in the {kind.noun.one.lower()}" for kind in KINDS.values() if kind.name_field}
"""The field by which something names what it belongs to → what that is called."""
_OWN = _FIELDS | {"name", *_ABOVE.values(), *LABELS.values(), *_BUDGETS.values()}
OWN_LABELS = _OWN | {one + more for one in _OWN for more in (ADDED, REMOVED)}
"""Labels that are our own words; any other is a name inside a value, which a manifest may have chosen."""
_VALUES: Mapping[str, str] = {
    "OVER_EIGHTEEN": "18+", "OVER_TWENTY_FIVE": "25+", "GENDER_MALE": "men", "GENDER_FEMALE": "women",
    "GENDER_UNLIMITED": "everybody", "ANDROID": "Android", "IOS": "iOS", "PLACEMENT_TYPE_NORMAL": "chosen placements",
    "PLACEMENT_TIKTOK": "TikTok", "PLACEMENT_PANGLE": "Pangle", "BUDGET_MODE_INFINITE": "no limit",
    "SCHEDULE_FROM_NOW": "no end", "SCHEDULE_START_END": "until its end", "CPC": "per click",
    "CPM": "per 1,000 views", "OCPM": "per 1,000 views, optimised", "CPV": "per video view",
}  # fmt: skip
_FREE = frozenset({"ad_texts"}).union(
    *(kind.free_text | {path[-1] for path in kind.references} for kind in KINDS.values())
)
"""Fields in which people write what they like: a campaign named IOS is no device."""
_AGE = re.compile(r"AGE_[0-9]{1,3}_[0-9]{1,3}", re.ASCII)
_OLDEST = 100
"""In the name of a group that has no upper end."""
_ENUM = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_PREFIXES = ("PLACEMENT_TYPE_", "BUDGET_MODE_", "PACING_MODE_", "BID_TYPE_")


def label(path: str, mode: Any) -> str:
    """What a field is called. `mode`: the budget mode beside it. Of an object what is in it is told."""
    if path == "budget":
        return _BUDGETS.get(mode, "budget") if isinstance(mode, str) else "budget"
    last = last_of(path)
    return LABELS.get(path) or LABELS.get(last) or _ABOVE.get(path) or last.replace("_", " ")


def is_budget(mode: Any) -> bool:
    """Whether the label of a budget says this mode already."""
    return isinstance(mode, str) and mode in _BUDGETS


def named(path: str, given: Any, made: Plan) -> str:
    """A value in words; behind the id of a video stands what the manifests call it."""
    name = f" ({made.names[given]})" if isinstance(given, str) and given in made.names else ""
    return _in_words(path, given, made) + name


def _in_words(path: str, given: Any, made: Plan) -> str:
    if given is None:
        return "not set"
    if isinstance(given, Number):
        return f"{given} {made.currency}" if made.currency else str(given)
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, str):
        known = made.about.name_of(path, given) if isinstance(made.about, About) else None
        return known or (str(given) if last_of(path) in _FREE else _word(given))
    if isinstance(given, tuple | list):
        if given and all(isinstance(one, str) and _AGE.fullmatch(one) for one in given):
            return _ages(given)
        return ", ".join(_in_words(path, item, made) for item in given)
    if isinstance(given, Mapping):
        inner = ((str(key), item) for key, item in given.items())
        return "; ".join(f"{label(key, None)}: {_in_words(key, item, made)}" for key, item in inner)
    return json.dumps(given)


def _ages(given: Iterable[str]) -> str:
    """Groups that follow each other as one: 18–34."""
    spans: list[list[int]] = []
    for first, last in sorted(tuple(map(int, one.split("_")[1:])) for one in given):
        if spans and spans[-1][1] + 1 == first:
            spans[-1][1] = last
        else:
            spans.append([first, last])
    return ", ".join(f"{first}+" if last == _OLDEST else f"{first}–{last}" for first, last in spans)


def _word(given: str) -> str:
    """An enum's value as a word, any other text as it is."""
    if given in _VALUES:
        return _VALUES[given]
    if _AGE.fullmatch(given):
        return _ages([given])
    if not _ENUM.fullmatch(given) or len(given) < 4:
        return str(given)
    word = str(given)
    for prefix in _PREFIXES:
        word = word.removeprefix(prefix)
    return word.replace("_", " ").lower()
