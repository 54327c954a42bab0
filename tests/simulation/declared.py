"""What the manifests of a story declare, as values, and the edits people make to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from reconciler.model import Address, Lifecycle, Number, OnRemove, Resource, Source

WHERE = Source("manifests/a.yaml", 1)
HOOK = {"hook_type": "EMOTIONAL", "product_category": "GAMES"}
FOUR = {"hook_type": "RECOMMENDED", "product_category": "GAMES"}


@dataclass
class Campaign:
    """One campaign with its ad groups, each with its ads by name."""

    name: str
    title: str
    budget: int
    status: str | None
    on_remove: OnRemove
    groups: dict[str, list[str]]
    group_budget: int | None = None


@dataclass
class Refresh:
    """Variants of one source video."""

    name: str
    video: str
    url: str
    variants: int
    four: bool
    revision: int = 1


@dataclass
class Manifests:
    """Everything that is declared."""

    campaigns: dict[str, Campaign] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    drawn: int = 0
    """How many campaigns there have been: no name is used twice."""
    contract: str = "openapi"
    """The contract of the workspace."""

    def resources(self) -> dict[Address, Resource]:
        """As the product's loader gives them."""
        found = []
        for one in self.campaigns.values():
            fields: dict[str, Any] = {
                "campaign_name": one.title,
                "objective_type": "TRAFFIC",
                "budget_mode": "BUDGET_MODE_DAY",
                "budget": money(one.budget),
            }
            if one.status:
                fields["status"] = one.status
            above = _resource("campaign", one.name, fields, None, one.title, one.on_remove)
            found.append(above)
            for group, ads in one.groups.items():
                fields = {"placement_type": "PLACEMENT_TYPE_AUTOMATIC"}
                if one.group_budget is not None:
                    fields |= {"budget_mode": "BUDGET_MODE_DAY", "budget": money(one.group_budget)}
                middle = _resource("adgroup", group, fields, above.address, group, one.on_remove)
                found.append(middle)
                for ad in ads:
                    fields = {"ad_format": "SINGLE_VIDEO", "landing_page_url": f"https://example.com/{ad}"}
                    found.append(_resource("ad", ad, fields, middle.address, ad, one.on_remove))
        for made in self.refreshes.values():
            video = _resource("video", made.video, {"url": made.url}, None, made.video)
            fields = {
                "strategies": ("ADD_HOOK",),
                "add_hook": FOUR if made.four else HOOK,
                "variants": made.variants,
                "revision": made.revision,
            }
            found += [video, _resource("refresh", made.name, fields, video.address, made.name)]
        return {one.address: one for one in found}


def money(amount: int) -> Number:
    """In normal form."""
    return Number(f"{amount}.00")


def _resource(
    kind: str, name: str, fields: dict[str, Any], parent: Address | None, title: str, on_remove: OnRemove = "disable"
) -> Resource:
    refs = {parent.kind: parent} if parent else {}
    return Resource(Address(kind, name), fields, parent, title, Lifecycle(on_remove), {}, WHERE, refs=refs)


def draw(random: Random) -> Manifests:
    """The first manifests of a story."""
    made = Manifests()
    for _ in range(random.randint(1, 3)):
        add_campaign(made, random)
    if random.random() < 0.5:
        four = random.random() < 0.2
        made.refreshes["hooks"] = Refresh(
            "hooks", "hero", "https://cdn.example.com/1.mp4", 4 if four else random.randint(2, 3), four
        )
        if random.random() < 0.4:
            made.refreshes["bodies"] = Refresh("bodies", "second", "https://cdn.example.com/0.mp4", 2, False)
    return made


def add_campaign(made: Manifests, random: Random) -> None:
    """One more campaign, with what is under it."""
    name = f"c{made.drawn}"
    made.drawn += 1
    groups = {
        f"{name}-g{one}": [f"{name}-g{one}-a{ad}" for ad in range(random.randint(0, 2))]
        for one in range(random.randint(0, 2))
    }
    made.campaigns[name] = Campaign(
        name,
        f"Title of {name}",
        random.randint(20, 90),
        random.choice((None, "ENABLE", "ENABLE", "DISABLE")),
        random.choice(("disable", "disable", "delete")),
        groups,
        random.choice((None, random.randint(20, 40))),
    )


def edit(made: Manifests, random: Random) -> str:
    """One edit of the kind people make; returns what it was."""
    kind = random.choice(("budget", "status", "title", "add", "remove", "group", "ad", "variants", "revision", "url"))
    campaign = random.choice(list(made.campaigns.values()))
    refresh = random.choice(list(made.refreshes.values())) if made.refreshes else None
    if kind == "budget":
        campaign.budget = random.randint(20, 90)
    elif kind == "status":
        campaign.status = random.choice(("ENABLE", "DISABLE"))
    elif kind == "title":
        campaign.title += "+"
    elif kind == "add":
        add_campaign(made, random)
    elif kind == "remove" and len(made.campaigns) > 1:
        del made.campaigns[campaign.name]
    elif kind == "group":
        group = f"{campaign.name}-g{len(campaign.groups)}"
        campaign.groups[group] = [f"{group}-a0"]
    elif kind == "ad" and campaign.groups:
        group, ads = random.choice(list(campaign.groups.items()))
        ads.append(f"{group}-a{len(ads)}")
    elif refresh is not None and kind == "variants":
        refresh.variants += 4 if refresh.four else 1
    elif refresh is not None and kind == "revision":
        refresh.revision += 1
    elif refresh is not None and kind == "url":
        refresh.url = f"https://cdn.example.com/{random.randint(2, 9)}.mp4"
    else:
        return "nothing"
    return f"{kind} of {campaign.name}"
