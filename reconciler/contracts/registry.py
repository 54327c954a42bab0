"""The explicit list of contracts."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.contracts.contract import Contract
from reconciler.contracts.marketing.binding import MARKETING
from reconciler.contracts.openapi.binding import OPENAPI

CONTRACTS: Mapping[str, Contract] = {OPENAPI.name: OPENAPI, MARKETING.name: MARKETING}
