"""The kinds of objects an account holds, and their fields beyond id, name, parent, status and times."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Kind:
    """`word` is the stem of its wire names: `campaign` has campaign_id and campaign_name."""

    word: str
    plural: str
    fields: tuple[str, ...]
    parent: Kind | None = None
    title: str = ""
    """The wire name of its name, where it does not follow from the word."""

    @property
    def id_field(self) -> str:
        """The wire name of its id."""
        return f"{self.word}_id"

    @property
    def name_field(self) -> str:
        """The wire name of its name."""
        return self.title or f"{self.word}_name"


CAMPAIGN = Kind("campaign", "campaigns", ("objective_type", "budget_mode", "budget"))
ADGROUP = Kind("adgroup", "adgroups", ("placement_type", "budget_mode", "budget"), CAMPAIGN)
AD = Kind("ad", "ads", ("ad_format", "creative_type", "landing_page_url"), ADGROUP)
SMART_AD = Kind("smart_plus_ad", "smart_plus_ads", (), ADGROUP, "ad_name")
"""An ad of Upgraded Smart+. Its creatives are rows of AD beside it in its ad group: that is what manual calls list."""

CLASSIC = (CAMPAIGN, ADGROUP, AD)
KINDS = {kind.word: kind for kind in (*CLASSIC, SMART_AD)}
"""Parents before children."""
