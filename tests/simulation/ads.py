"""What the manifests of a marketing story declare, and the edits people make to them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from reconciler.kinds.registry import KINDS
from reconciler.manifest.references import references
from reconciler.model import Address, Lifecycle, OnRemove, Resource
from tests.simulation.declared import FOUR, HOOK, WHERE, Manifests, Refresh, money
from tests.simulation.marketing import KNOWN_FILM

GROUP = {
    "placement_type": "PLACEMENT_TYPE_AUTOMATIC",
    "promotion_type": "WEBSITE",
    "billing_event": "CPC",
    "optimization_goal": "CLICK",
    "budget_mode": "BUDGET_MODE_DAY",
    "pacing": "PACING_MODE_SMOOTH",
    "schedule_type": "SCHEDULE_FROM_NOW",
    "schedule_start_time": "2027-01-01 00:00:00",
    "location_ids": ("6252001",),
}
AD = {"ad_format": "SINGLE_VIDEO", "identity_type": "TT_USER", "identity_id": "7000000000000000009"}
_STATUSES = (None, None, "ENABLE", "ENABLE", "ENABLE", "DISABLE")


@dataclass
class Node:
    """One object of the account as its manifest has it."""

    parent: Address | None
    fields: dict[str, Any]
    on_remove: OnRemove = "disable"
    contract: str = "marketing"


@dataclass
class Ads(Manifests):
    """Everything that is declared under the marketing contract."""

    contract: str = "marketing"
    nodes: dict[Address, Node] = field(default_factory=dict)
    videos: dict[str, str] = field(default_factory=dict)
    """Video → its URL."""
    approval: bool = False
    """Whether refreshed videos must be approved."""

    def resources(self) -> dict[Address, Resource]:
        """As the product's loader gives them."""
        found = {}
        for address, node in self.nodes.items():
            name = str(node.fields.get(f"{address.kind}_name", address.name))
            lifecycle = Lifecycle(node.on_remove)
            refs = references(KINDS[address.kind], node.fields) | (
                {node.parent.kind: node.parent} if node.parent else {}
            )
            found[address] = Resource(
                address, dict(node.fields), node.parent, name, lifecycle, {}, WHERE, node.contract, refs
            )
        for name, url in self.videos.items():
            address = Address("video", name)
            found[address] = Resource(address, {"url": url}, None, name, Lifecycle(), {}, WHERE)
        for name, one in self.refreshes.items():
            fields = {"strategies": ("ADD_HOOK",), "add_hook": FOUR if one.four else HOOK, "variants": one.variants,
                      "revision": one.revision, "require_approval": self.approval}  # fmt: skip
            address, source = Address("refresh", name), Address("video", one.video)
            found[address] = Resource(address, fields, None, name, Lifecycle(), {}, WHERE, refs={"video": source})
        return found

    def inputs(self, refresh: str) -> tuple[object, ...]:
        """What a generation of it is made from now."""
        one = self.refreshes[refresh]
        return self.videos[one.video], one.four, one.revision

    def copy(self) -> Ads:
        """As it is now."""
        nodes = {one: replace(node, fields=dict(node.fields)) for one, node in self.nodes.items()}
        refreshes = {name: replace(one) for name, one in self.refreshes.items()}
        return replace(self, refreshes=refreshes, nodes=nodes, videos=dict(self.videos))

    def below(self, address: Address) -> list[Address]:
        """Everything under it."""
        found = [one for one, node in self.nodes.items() if node.parent == address]
        return found + [deeper for one in found for deeper in self.below(one)]


def draw(random: Random) -> Ads:
    """The first manifests of a story."""
    made = Ads(approval=random.random() < 0.3)
    made.videos["hero"] = "https://cdn.example.com/1.mp4"
    if random.random() < 0.6:
        four = random.random() < 0.15
        made.refreshes["hooks"] = Refresh("hooks", "hero", "", 4 if four else random.randint(1, 2), four)
    for _ in range(random.randint(1, 2)):
        add_campaign(made, random)
    return made


def add_campaign(made: Ads, random: Random) -> None:
    name = f"c{made.drawn}"
    made.drawn += 1
    fields: dict[str, Any] = {"campaign_name": f"Title of {name}", "objective_type": "TRAFFIC"}
    if random.random() < 0.25:
        fields["budget_mode"] = "BUDGET_MODE_INFINITE"
    else:
        fields |= {"budget_mode": "BUDGET_MODE_DAY", "budget": money(random.randint(50, 90))}
    address = Address("campaign", name)
    made.nodes[address] = Node(None, with_status(fields, random), random.choice(("disable", "disable", "delete")))
    for _ in range(random.randint(0, 2)):
        _add_group(made, address, random)


def _add_group(made: Ads, campaign: Address, random: Random) -> None:
    address = Address("adgroup", f"{campaign.name}-g{made.drawn}")
    made.drawn += 1
    fields = {**GROUP, "budget": money(random.randint(20, 40))}
    made.nodes[address] = Node(campaign, with_status(fields, random), made.nodes[campaign].on_remove)
    for _ in range(random.randint(0, 2)):
        _add_ad(made, address, random)


def _add_ad(made: Ads, group: Address, random: Random) -> None:
    address = Address("ad", f"{group.name}-a{made.drawn}")
    made.drawn += 1
    fields = {
        **AD,
        "landing_page_url": f"https://example.com/{address.name}",
        "ad_text": "Play",
        "video": _use(made, random),
    }
    made.nodes[address] = Node(group, with_status(fields, random), made.nodes[group].on_remove)


def with_status(fields: dict[str, Any], random: Random) -> dict[str, Any]:
    status = random.choice(_STATUSES)
    return {**fields, "status": status} if status else fields


def _use(made: Ads, random: Random) -> dict[str, Any]:
    """What an ad shows."""
    uses: list[dict[str, Any]] = [{"video": "hero"}, {"video_id": KNOWN_FILM}]
    for one in made.refreshes.values():
        uses += [{"refresh": one.name, "variant": random.randint(1, one.variants)}] * 3
    return random.choice(uses)


def alike(made: Ads, address: Address, random: Random) -> list[Node]:
    """An object, or all of its kind and contract: people pause and enable many at once."""
    node = made.nodes[address]
    if random.random() < 0.5:
        return [node]
    return [other for one, other in made.nodes.items() if (one.kind, other.contract) == (address.kind, node.contract)]


def at_once(made: Ads, random: Random) -> str:
    """Edits all objects of one kind and contract: what somebody does who stops everything, or goes on."""
    address = random.choice(list(made.nodes))
    mine = [
        one for at, one in made.nodes.items() if (at.kind, one.contract) == (address.kind, made.nodes[address].contract)
    ]
    status = random.choice(("ENABLE", "DISABLE", "budget"))
    for one in mine:
        if status != "budget":
            one.fields["status"] = status
        elif "budget" in one.fields:
            one.fields["budget"] = money(random.randint(50, 90))
    return f"{status} of every {address.kind}"


def edit(made: Ads, random: Random, waiting: list[Address]) -> str:
    """One edit of the kind people make, often of what waits for a variant; returns what it was."""
    kinds = ["budget", "budget", "status", "status", "title", "text", "page", "ages", "video", "add", "group", "ad"]
    kind = random.choice([*kinds, "remove", "move", "fixed", "variants", "revision", "revision", "url"])
    address = random.choice([one for one, node in made.nodes.items() if node.contract == "marketing"])
    waiting = [one for one in waiting if made.nodes[one].contract == "marketing"]
    if waiting and random.random() < 0.5:
        address = random.choice(waiting)
        kind = random.choice(("text", "page", "title", "status", "video", "revision"))
    node = made.nodes[address]
    refresh = random.choice(list(made.refreshes.values())) if made.refreshes else None
    groups = [one for one, node in made.nodes.items() if (one.kind, node.contract) == ("adgroup", "marketing")]
    if kind == "budget" and "budget" in node.fields:
        for each in alike(made, address, random):
            each.fields |= {"budget": money(random.randint(50, 90))} if "budget" in each.fields else {}
    elif kind == "status":
        status = random.choice(("ENABLE", "DISABLE"))
        for each in alike(made, address, random):
            each.fields["status"] = status
    elif kind == "title":
        name = f"{address.kind}_name"
        node.fields[name] = f"{node.fields.get(name, address.name)}+"
    elif kind == "text" and address.kind == "ad":
        node.fields["ad_text"] += "!"
    elif kind == "page" and address.kind == "ad":
        node.fields["landing_page_url"] += "x"
    elif kind == "ages" and address.kind == "adgroup":
        node.fields["age_groups"] = random.choice((("AGE_18_24", "AGE_25_34"), ("AGE_18_24",)))
    elif kind == "video" and address.kind == "ad":
        node.fields["video"] = _use(made, random)
    elif kind == "add":
        add_campaign(made, random)
    elif kind == "group" and address.kind == "campaign":
        _add_group(made, address, random)
    elif kind == "ad" and address.kind == "adgroup":
        _add_ad(made, address, random)
    elif kind == "remove" and len({one for one in made.nodes if one.kind == "campaign"}) > (address.kind == "campaign"):
        for one in [address, *made.below(address)]:
            del made.nodes[one]
    elif kind == "move" and address.kind == "ad":
        node.parent = random.choice(groups)
    elif kind == "fixed" and address.kind == "adgroup":
        goal = node.fields["optimization_goal"]
        fresh = {"optimization_goal": "REACH", "billing_event": "CPM"}
        node.fields |= fresh if goal == "CLICK" else {"optimization_goal": "CLICK", "billing_event": "CPC"}
    elif kind == "fixed" and address.kind == "campaign":
        other = {"TRAFFIC": "REACH", "REACH": "TRAFFIC"}
        node.fields["objective_type"] = other[node.fields["objective_type"]]
    elif refresh is not None and kind == "variants":
        refresh.variants += 4 if refresh.four else 1
    elif refresh is not None and kind == "revision":
        refresh.revision += 1
    elif kind == "url":
        made.videos["hero"] = f"https://cdn.example.com/{random.randint(2, 9)}.mp4"
    else:
        return "nothing"
    return f"{kind} of {address}"
