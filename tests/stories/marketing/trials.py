"""Manifests in which fields are tried: each field in a resource of its own, with what it needs around it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.stories.manifests import adgroup as plain_adgroup
from tests.stories.marketing import samples
from tests.stories.marketing.samples import Sample
from tests.stories.marketing.scene import AD, ADGROUP, CAMPAIGN, Fields, adgroup, campaign, document

TABLES: Mapping[str, Mapping[str, Mapping[str, Sample]]] = {"openapi": samples.OPENAPI, "marketing": samples.MARKETING}
CASES = [
    (contract, kind, field) for contract, kinds in TABLES.items() for kind, fields in kinds.items() for field in fields
]
_TITLES = {"campaign": "Campaign", "adgroup": "AdGroup", "ad": "Ad"}
_BARE: Mapping[str, Fields] = {
    "adgroup": {"placement_type": "PLACEMENT_TYPE_AUTOMATIC"},
    "ad": {"ad_format": "SINGLE_VIDEO"},
}


class Trial:
    """One field of one kind: the manifests with its first value, with the second, or without it."""

    def __init__(self, contract: str, kind: str, field: str) -> None:
        self.contract, self.kind, self.field = contract, kind, field
        self.sample = TABLES[contract][kind][field]
        self.name = f"{kind}-{field.replace('_', '-')}"
        self.address = f"{kind}/{self.name}"

    @property
    def updates(self) -> bool:
        """Whether the contract has a call that updates such an object."""
        return self.contract == "marketing" or self.kind == "campaign"

    @property
    def changed(self) -> set[str]:
        """The fields that differ once it has its second value."""
        return {self.field, *(name for name, value in self.sample.then.items() if value)}

    def first(self) -> list[str]:
        """The manifests with its first value."""
        return self._manifests(**{self.field: self._named(self.sample.first)})

    def second(self) -> list[str]:
        """The manifests with the other value."""
        return self._manifests(**{self.field: self._named(self.sample.second), **self.sample.then})

    def without(self) -> list[str]:
        """The manifests that do not set it."""
        return self._manifests(**{self.field: None, **dict.fromkeys(self.sample.with_it)})

    def _named(self, value: object) -> object:
        """A reference names one of the two parents that are ours."""
        return f"{self.name}-{value}" if self.field in ("campaign", "adgroup") else value

    def _manifests(self, **fields: object) -> list[str]:
        sample, marketing = self.sample, self.contract == "marketing"
        both = [f"{self.name}-one", f"{self.name}-two"]
        above: list[str] = []
        told: Fields = dict(CAMPAIGN)
        if self.kind != "campaign":
            above = [campaign(one, **sample.campaign) for one in both]  # type: ignore[arg-type]
            told = {"campaign": both[0], **(ADGROUP if marketing else _BARE["adgroup"])}
        if self.kind == "ad":
            make = adgroup if marketing else plain_adgroup
            above += [make(one, both[0], **sample.adgroup) for one in both]  # type: ignore[arg-type]
            told = {"adgroup": both[0], **(AD if marketing else _BARE["ad"])}
        return [*above, document(_TITLES[self.kind], self.name, {**told, **sample.also, **fields})]
