"""The account around the ads: advertisers, identities, audiences (fact sheet, 1.6)."""

from __future__ import annotations

import hashlib
from typing import Any

from reconciler.simulator.accounts import ACCOUNT_NOTE, facts
from reconciler.simulator.answers import page_info, size_of, wire_id
from reconciler.simulator.clock import stamp
from reconciler.simulator.failure import NO_PERMISSION, ApiFailure
from reconciler.simulator.library import IDENTITY, Asset, Birth
from reconciler.simulator.marketing.shapes import FIELDS, MISSING, OWNER, PAGE, count, endpoint, ids, text, wrong
from reconciler.simulator.marketing.words import IDENTITY_TYPES
from reconciler.simulator.rules import Call, Field, Type
from reconciler.simulator.wire import Json

AUDIENCES = ("Customer File", "Engagement", "Website Traffic", "App Activity", "Lookalike Audience")
DAY = 86400
SOMEBODY = "7000000000000000001"
"""The advertiser of a token whose accounts nobody has named."""


def advertisers(call: Call) -> Json:
    """What advertisers are; one that is not the token's is a refusal."""
    owned = call.settings.advertisers
    for owner in call.params["advertiser_ids"]:
        if owned is not None and owner not in owned:
            raise ApiFailure(NO_PERMISSION, f"Advertiser {owner} doesn't exist or has been deleted")
    wanted = call.params.get("fields")
    rows = [_advertiser(call, owner) for owner in dict.fromkeys(call.params["advertiser_ids"])]
    return {"list": [{key: row[key] for key in row if not wanted or key in wanted} for row in rows]}


def _advertiser(call: Call, owner: str) -> dict[str, Json]:
    told = facts(call.world, owner)
    return {
        "advertiser_id": wire_id(call, owner),
        "name": told["name"],
        "currency": told["currency"],
        "timezone": told["timezone"],
        "display_timezone": told["timezone"],
        "status": told["status"],
        "role": "ROLE_ADVERTISER",
        "country": None,
        "company": None,
        "balance": 0.0,
        "create_time": 1_600_000_000,
    }


def authorized(call: Call) -> Json:
    """The advertisers of the token."""
    owned = call.settings.advertisers
    noted = [name.removeprefix(ACCOUNT_NOTE) for name in call.world.notes if name.startswith(ACCOUNT_NOTE)]
    owners = sorted(owned) if owned is not None else list(dict.fromkeys((*call.world.owners(), *noted))) or [SOMEBODY]
    return {
        "list": [
            {"advertiser_id": wire_id(call, owner), "advertiser_name": facts(call.world, owner)["name"]}
            for owner in owners
        ]
    }


# --- identities ------------------------------------------------------------------------------------------------------


def identities(call: Call) -> Json:
    """A page of the identities of the account, oldest first."""
    kind, asked = call.params.get("identity_type"), call.params.get("filtering", {})
    if kind == "BC_AUTH_TT" and "identity_authorized_bc_id" not in call.params:
        raise wrong("identity_authorized_bc_id", MISSING)
    latest = call.now - call.settings.list_lag
    rows = [_identity(one) for one in call.library.of(IDENTITY, call.owner) if one.created <= latest]
    rows = [row for row in rows if kind in (None, row["identity_type"])]
    rows = [row for row in rows if asked.get("keyword", "").casefold() in row["display_name"].casefold()]
    page, size = call.params.get("page", 1), size_of(call, 20)
    return {
        "identity_list": rows[(page - 1) * size : page * size],
        "page_info": page_info(page, size, len(rows)),
    }


def _identity(one: Asset) -> dict[str, Json]:
    shown = {name: one.fields[name] for name in ("identity_authorized_bc_id",) if name in one.fields}
    return {
        "identity_id": one.id,
        "identity_type": one.fields.get("identity_type", IDENTITY_TYPES[0]),
        **shown,
        "display_name": one.fields.get("display_name", one.name),
        "available_status": "AVAILABLE",
        "profile_image": one.fields.get("image_uri"),
    }


def new_identity(call: Call) -> Json:
    """A new identity that is no account of TikTok."""
    told = {name: call.params[name] for name in ("display_name", "image_uri") if name in call.params}
    fields = {**told, "identity_type": IDENTITY_TYPES[0]}
    return {"identity_id": call.library.add(Birth(IDENTITY, call.owner, "", fields), call.now).id}


# --- audiences -------------------------------------------------------------------------------------------------------


def audiences(call: Call) -> Json:
    """A page of the custom audiences; every fifth is not valid."""
    rows = [_audience(call, number) for number in range(call.settings.audiences)]
    wanted = call.params.get("custom_audience_ids")
    if wanted is not None:
        rows = [row for row in rows if str(row["audience_id"]) in wanted]
    page, size = call.params.get("page", 1), size_of(call)
    shown = [{**row, "audience_id": wire_id(call, row["audience_id"])} for row in rows[(page - 1) * size : page * size]]
    return {"list": shown, "page_info": page_info(page, size, len(rows))}


def _audience(call: Call, number: int) -> dict[str, Any]:
    draw = _draw(f"{call.seed}/{call.owner}/audience/{number}")
    valid = number % 5 != 4
    created = call.now - draw % 300 * DAY
    return {
        "audience_id": str(1_700_000_000_000_000_000 + number * 10**15 + draw % 10**15),
        "name": f"Audience {number + 1}",
        "audience_type": AUDIENCES[number % len(AUDIENCES)],
        "audience_sub_type": "NORMAL",
        "cover_num": 1_000 + draw % 2_000_000 if valid else 0,
        "is_valid": valid,
        "is_expiring": False,
        "shared": False,
        "is_creator": True,
        "owner_id": call.owner,
        "calculate_type": "MULTIPLE_TYPES" if number % 2 else None,
        "create_time": stamp(created),
        "expired_time": stamp(created + 365 * DAY),
        "error_msg": None if valid else "The audience is too small",
    }


def _draw(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=6).digest(), "big")


ENDPOINTS = (
    endpoint("GET", "advertiser/info/", (ids("advertiser_ids", required=True, most=100), FIELDS), advertisers),
    endpoint(
        "GET", "oauth2/advertiser/get/", (text("app_id", required=True), text("secret", required=True)), authorized
    ),
    endpoint(
        "GET",
        "identity/get/",
        (
            OWNER,
            text("identity_type", *IDENTITY_TYPES),
            text("identity_authorized_bc_id"),
            Field("filtering", Type.OBJECT, fields=(text("keyword"),)),
            PAGE,
            count("page_size", most=100),
        ),
        identities,
    ),
    endpoint(
        "POST",
        "identity/create/",
        (OWNER, text("display_name", required=True, most=100), text("image_uri")),
        new_identity,
    ),
    endpoint(
        "GET",
        "dmp/custom_audience/list/",
        (OWNER, ids("custom_audience_ids", most=100), PAGE, count("page_size", most=100)),
        audiences,
    ),
)
