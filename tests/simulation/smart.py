"""What the manifests of a Smart+ story declare, some of it manual, and the edits people make to it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from reconciler.model import Address, OnRemove
from tests.simulation import ads
from tests.simulation.ads import Ads, Node, alike, with_status
from tests.simulation.declared import Refresh, money
from tests.simulation.smart_account import OUR_FILMS

DYNAMIC = "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"
CAMPAIGN = {"objective_type": "WEB_CONVERSIONS", "sales_destination": "WEBSITE"}
GROUP = {
    "promotion_type": "WEBSITE",
    "optimization_goal": "CLICK",
    "billing_event": "CPC",
    "bid_type": "BID_TYPE_NO_BID",
    "schedule_type": "SCHEDULE_FROM_NOW",
    "schedule_start_time": "2027-01-01 00:00:00",
    "placement_type": "PLACEMENT_TYPE_NORMAL",
    "placements": ("PLACEMENT_TIKTOK",),
    "targeting_optimization_mode": "MANUAL",
    "targeting_spec.location_ids": ("6252001",),
    "targeting_spec.age_groups": ("AGE_25_34",),
}
IDENTITY = {"identity_type": "TT_USER", "identity_id": "7000000000000000009"}
AD = {**IDENTITY, "call_to_action_id": "7100000000000000001", "landing_page_url": "https://example.com/a"}
POST = "7500000000000000001"
TEXTS = ("Play", "Play now", "Play it", "Go")


@dataclass
class Smart(Ads):
    """Everything that is declared where both families live in one account."""

    contract: str = "smart_plus"


def draw(random: Random) -> Smart:
    """The first manifests of a story."""
    made = Smart(approval=random.random() < 0.3, contract=random.choice(("smart_plus", "smart_plus", "marketing")))
    made.videos["hero"] = "https://cdn.example.com/1.mp4"
    if random.random() < 0.4:
        four = random.random() < 0.15
        made.refreshes["hooks"] = Refresh("hooks", "hero", "", 4 if four else random.randint(1, 2), four)
    _add_campaign(made, random)
    if random.random() < 0.4:
        ads.add_campaign(made, random)
    return made


def _add_campaign(made: Smart, random: Random) -> None:
    name = f"s{made.drawn}"
    made.drawn += 1
    fields: dict[str, Any] = {**CAMPAIGN, "campaign_name": f"Title of {name}"}
    if random.random() < 0.3:
        fields |= {"budget_optimize_on": True, "budget_mode": DYNAMIC, "budget": money(random.randint(50, 90))}
    else:
        fields |= {"budget_optimize_on": False, "budget_mode": "BUDGET_MODE_INFINITE"}
    address = Address("campaign", name)
    on_remove: OnRemove = random.choice(("disable", "disable", "delete"))
    made.nodes[address] = Node(None, with_status(fields, random), on_remove, "smart_plus")
    for _ in range(random.randint(0, 2)):
        _add_group(made, address, random)


def _add_group(made: Smart, campaign: Address, random: Random) -> None:
    address = Address("adgroup", f"{campaign.name}-g{made.drawn}")
    made.drawn += 1
    above = made.nodes[campaign]
    fields: dict[str, Any] = dict(GROUP)
    if not above.fields["budget_optimize_on"]:
        fields |= {"budget_mode": DYNAMIC, "budget": money(random.randint(20, 40))}
    made.nodes[address] = Node(campaign, with_status(fields, random), above.on_remove, "smart_plus")
    for _ in range(random.randint(0, 2)):
        _add_ad(made, address, random)


def _add_ad(made: Smart, group: Address, random: Random) -> None:
    address = Address("ad", f"{group.name}-a{made.drawn}")
    made.drawn += 1
    fields: dict[str, Any] = {
        **AD,
        "creatives": _uses(made, random),
        "ad_texts": tuple(sorted(random.sample(TEXTS, random.randint(1, 2)))),
        "on_new_generation": random.choice(("replace", "replace", "join")),
    }
    made.nodes[address] = Node(group, with_status(fields, random), made.nodes[group].on_remove, "smart_plus")


def _uses(made: Smart, random: Random) -> tuple[dict[str, Any], ...]:
    """What an ad is made of: one to three, no video twice."""
    uses: list[dict[str, Any]] = [{"video": "hero"}, {"tiktok_item_id": POST}]
    uses += [{"video_id": one} for one in OUR_FILMS]
    for one in made.refreshes.values():
        uses += [{"refresh": one.name} if random.random() < 0.7 else {"refresh": one.name, "variant": 1}] * 3
    found: list[dict[str, Any]] = []
    for use in random.sample(uses, random.randint(1, 3)):
        if use not in found:
            found.append(use)
    if all("tiktok_item_id" in use for use in found):
        found.append({"video_id": OUR_FILMS[0]})  # posts alone go without texts
    return tuple({**use, **({"status": "DISABLE"} if random.random() < 0.25 else {})} for use in found)


def edit(made: Smart, random: Random, waiting: list[Address]) -> str:
    """One edit of the kind people make; returns what it was."""
    mine = [one for one, node in made.nodes.items() if node.contract == "smart_plus"]
    if not mine or (len(mine) < len(made.nodes) and random.random() < 0.2):
        return ads.edit(made, random, waiting)
    shown = [one for one in mine if one.kind == "ad"]
    kinds = (
        "budget",
        "status",
        "title",
        "ages",
        "group",
        "ad",
        "add",
        "remove",
        "fixed",
        "revision",
        "variants",
        "url",
    )
    kind = random.choice((*kinds, *("creatives", "paused", "texts", "page") * 2))
    address = random.choice(mine)
    if kind in ("creatives", "paused", "texts", "page") and shown:
        return _edit_ad(made, random.choice(shown), kind, random)
    node, refresh = made.nodes[address], next(iter(made.refreshes.values()), None)
    if kind == "budget" and "budget" in node.fields:
        node.fields["budget"] = money(random.randint(50, 90))
    elif kind == "status":
        status = random.choice(("ENABLE", "DISABLE"))
        for each in alike(made, address, random):
            each.fields["status"] = status
    elif kind == "title":
        name = f"{address.kind}_name"
        node.fields[name] = f"{node.fields.get(name, address.name)}+"
    elif kind == "ages" and address.kind == "adgroup":
        node.fields["targeting_spec.age_groups"] = random.choice((("AGE_18_24", "AGE_25_34"), ("AGE_18_24",)))
    elif kind == "fixed" and address.kind == "adgroup":
        goal = {"CLICK": "TRAFFIC_LANDING_PAGE_VIEW", "TRAFFIC_LANDING_PAGE_VIEW": "CLICK"}
        node.fields["optimization_goal"] = goal[node.fields["optimization_goal"]]
        node.fields["billing_event"] = "CPC" if node.fields["optimization_goal"] == "CLICK" else "OCPM"
    elif kind == "group" and address.kind == "campaign":
        _add_group(made, address, random)
    elif kind == "ad" and address.kind == "adgroup":
        _add_ad(made, address, random)
    elif kind == "add":
        _add_campaign(made, random)
    elif kind == "remove" and len([one for one in mine if one.kind == "campaign"]) > (address.kind == "campaign"):
        for one in [address, *made.below(address)]:
            del made.nodes[one]
    elif kind == "revision" and refresh is not None:
        refresh.revision += 1
    elif kind == "variants" and refresh is not None:
        refresh.variants += 4 if refresh.four else 1
    elif kind == "url":
        made.videos["hero"] = f"https://cdn.example.com/{random.randint(2, 9)}.mp4"
    else:
        return "nothing"
    return f"{kind} of {address}"


def _edit_ad(made: Smart, address: Address, kind: str, random: Random) -> str:
    fields = made.nodes[address].fields
    if kind == "creatives":
        fields["creatives"] = _uses(made, random)
    elif kind == "paused":
        place = random.randrange(len(fields["creatives"]))
        status = random.choice(("ENABLE", "DISABLE"))
        fields["creatives"] = tuple(
            {**use, "status": status} if number == place else use for number, use in enumerate(fields["creatives"])
        )
    elif kind == "texts":
        fields["ad_texts"] = tuple(sorted(random.sample(TEXTS, random.randint(1, 3))))
    else:
        fields["landing_page_url"] += "x"
    return f"{kind} of {address}: {fields['creatives']}"
