"""The `marketing` contract: the Marketing API v1.3 as production speaks it (fact sheet of production, all sections)."""

from __future__ import annotations

from reconciler.simulator.marketing import (
    account,
    adgroups,
    ads,
    budgets,
    campaigns,
    fatigue,
    figures,
    images,
    lists,
    statuses,
    tools,
    videos,
)
from reconciler.simulator.marketing.readback import KNOWN

UPLOAD = "file/video/ad/upload/"
ENDPOINTS = (
    *lists.ENDPOINTS,
    *campaigns.ENDPOINTS,
    *adgroups.ENDPOINTS,
    *budgets.ENDPOINTS,
    *ads.ENDPOINTS,
    *statuses.ENDPOINTS,
    *videos.ENDPOINTS,
    *images.ENDPOINTS,
    *account.ENDPOINTS,
    *tools.ENDPOINTS,
    *figures.ENDPOINTS,
    *fatigue.ENDPOINTS,
)
FIELDS = KNOWN
SWITCHES = {"unique_names": "on", "list_order": "newest", "absent_fields": "null"}

__all__ = ["ENDPOINTS", "FIELDS", "SWITCHES", "UPLOAD"]
