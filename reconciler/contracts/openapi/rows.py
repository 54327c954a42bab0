"""The fields of contract `openapi`. Source: the OpenAPI document, sections campaign, ad group, ad."""

from __future__ import annotations

from reconciler.contracts.fields import WireField

CAMPAIGN = (
    WireField("campaign_name", changing="free", shown="always"),
    WireField("objective_type", shown="always"),
    WireField("budget_mode", shown="always"),
    WireField("budget", changing="free", shown="always"),
    WireField("status", changing="free", shown="always"),
)
ADGROUP = (
    WireField("adgroup_name", shown="always"),
    WireField("placement_type", required=True, shown="always"),
    WireField("budget_mode", shown="always"),
    WireField("budget", shown="always"),
    WireField("status", ours=False, shown="always"),
)
AD = (
    WireField("ad_name", shown="always"),
    WireField("ad_format", required=True, shown="always"),
    WireField("landing_page_url", shown="never"),
    WireField("status", ours=False, shown="always"),
)
