"""Upgraded Smart+: the calls below `smart_plus/`, beside the manual ones in the same accounts (fact sheet smart_plus).

Not served, because nothing but their names is known: ad/appeal/, material/review_info/, campaign/copy/task/*.
"""

from __future__ import annotations

from reconciler.simulator.smart_plus import adgroups, ads, campaigns, lists, materials, reviews, statuses
from reconciler.simulator.smart_plus.readback import KNOWN

ENDPOINTS = (
    *lists.ENDPOINTS,
    *campaigns.ENDPOINTS,
    *adgroups.ENDPOINTS,
    *ads.ENDPOINTS,
    *statuses.ENDPOINTS,
    *reviews.ENDPOINTS,
    *materials.ENDPOINTS,
)
FIELDS = KNOWN

__all__ = ["ENDPOINTS", "FIELDS"]
